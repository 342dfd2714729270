"""Pages as JSON Lines: one object a line, plain, gzipped or packed by zstd."""

from __future__ import annotations

import base64
import hashlib
import json
import re
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import IO, Any

from cleaner.decode import decode
from cleaner.io import compress, place
from cleaner.io.entry import BrokenEntry, Entry, Group, Limits, grouped
from cleaner.io.place import Found
from cleaner.types import CleanerError, Document

RECORD = re.compile(rb'(?:\xef\xbb\xbf)?\s*\{\s*"')  # how JSONL begins, and no page does
SUFFIXES = (".jsonl", *(f".jsonl{packing}" for packing in compress.SUFFIXES))


@dataclass(frozen=True, slots=True)
class Fields:
    """What a record's fields are called. The cleaned text is written to `text`."""

    html: str = "html"
    text: str = "text"
    id: str = "id"
    url: str = "url"


DEFAULT_FIELDS = Fields()


@dataclass(frozen=True, slots=True)
class RecordEntry:
    """One line of a JSONL file, not yet parsed."""

    file: str
    position: int
    raw: bytes
    fields: Fields

    @property
    def where(self) -> str:
        """File and line number."""
        return f"{self.file}:{self.position}"

    @property
    def size(self) -> int:
        """Bytes of the line."""
        return len(self.raw)

    def identity(self) -> bytes:
        """A digest of the line."""
        return hashlib.blake2b(self.raw).digest()

    def load(self) -> Document:
        """Parse the line."""
        return document(parse(self.raw), self.fields)


@dataclass(frozen=True, slots=True)
class Records:
    """The records of a JSONL file, plain or packed, or of a stream, which is read once."""

    found: Found | None
    stream: IO[bytes] | None = None
    fields: Fields = DEFAULT_FIELDS
    until: Callable[[], bool] | None = None  # ends a group early: see `grouped`

    @property
    def address(self) -> str:
        """The file's."""
        return "stdin" if self.found is None else self.found.address

    @property
    def size(self) -> int | None:
        """Bytes of the file as it is stored."""
        return None if self.found is None else self.found.size

    def identity(self) -> bytes | None:
        """What tells a changed file; None for a stream."""
        return None if self.found is None else self.found.identity()

    def groups(self, limits: Limits) -> Iterator[Group]:
        """The records."""
        return grouped(self._entries(limits), self.until or (lambda: False))

    def _entries(self, limits: Limits) -> Iterator[tuple[Entry, int]]:
        if self.stream is not None:
            yield from self._lines(self.stream, self.stream, limits)
            return
        try:
            file = place.open_read(self.address)
        except OSError as error:
            yield BrokenEntry(self.address, f"cannot be read: {error}", 0), 0
            return
        with file:
            lines = compress.reader(file, self.address, limit=limits.unpacked)
            yield from self._lines(lines, file, limits)

    def _lines(
        self, lines: IO[bytes], file: IO[bytes], limits: Limits
    ) -> Iterator[tuple[Entry, int]]:
        number = 0
        read = 0
        try:
            for number, raw in enumerate(_bounded(lines, limits.line), 1):
                # Of a packed file, bytes as it is stored: it is read ahead a little.
                read = read + len(raw or b"") if lines is file else file.tell()
                where = f"{self.address}:{number}"
                if raw is None:
                    reason = (
                        f"the line is longer than the limit of {limits.line} bytes (--max-line)"
                    )
                    yield BrokenEntry(where, reason, number), read
                elif not raw.isspace():
                    yield RecordEntry(self.address, number, raw, self.fields), read
        except READ_ERRORS as error:
            reason = f"cannot be read beyond this line: {error}"
            where = f"{self.address}:{number + 1}"
            yield BrokenEntry(where, reason, number + 1, is_end=True), read


# What a damaged or vanished file raises while it is read.
READ_ERRORS = (EOFError, zlib.error, OSError)


def _bounded(lines: IO[bytes], limit: int) -> Iterator[bytes | None]:
    """Lines; None for one that is longer than `limit`, of which no more is held than that."""
    while raw := lines.readline(limit + 1):
        if len(raw) <= limit:
            yield raw
            continue
        while raw and not raw.endswith(b"\n"):
            raw = lines.readline(1 << 20)
        yield None


def parse(raw: bytes) -> dict[str, Any]:
    """The JSON object on a line.

    Raises:
        CleanerError: It is not UTF-8, not JSON, or not an object.
    """
    try:
        record = json.loads(raw.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        raise CleanerError(f"not UTF-8: byte {error.start} of the line: {error.reason}") from error
    except json.JSONDecodeError as error:
        message = f"not JSON: {error.msg} (character {error.pos + 1})"
        raise CleanerError(message) from error
    except (ValueError, RecursionError) as error:
        raise CleanerError(f"not JSON that can be read: {error}") from error
    if not isinstance(record, dict):
        kind = type(record).__name__
        raise CleanerError(f"a JSON object was expected on this line, found {kind}")
    return record


def document(record: dict[str, Any], fields: Fields) -> Document:
    """The page a record holds: its HTML, and its text where it has no HTML.

    `Document.fields` are the record without those two.

    Raises:
        CleanerError: There is neither, or a field holds something else than text.
    """
    html = _text_in(record, fields.html)
    text = _text_in(record, fields.text)
    url = _text_in(record, fields.url)
    if html is None and text is None:
        raise CleanerError(
            f"neither {fields.html!r} nor {fields.text!r} is there; "
            f"the fields are: {', '.join(map(repr, record)) or 'none'}"
        )
    is_html = bool(html) or text is None
    return Document(
        content=(html if is_html else text) or "",
        id=_text(record.get(fields.id)),
        url=url,
        format="html" if is_html else "text",
        fields={k: v for k, v in record.items() if k not in (fields.html, fields.text)},
    )


def line(record: dict[str, Any]) -> bytes:
    r"""A record as one line of JSON in UTF-8.

    A lone surrogate, which UTF-8 cannot hold, stays the JSON escape it came from.

    >>> line({"text": "é \ud800"})
    b'{"text": "\xc3\xa9 \\ud800"}\n'
    """
    return dumps(record) + b"\n"


def dumps(value: object) -> bytes:
    """A value as JSON in UTF-8. Numbers that JSON does not have (NaN, infinities) become null.

    >>> dumps({"score": float("nan")})
    b'{"score": null}'
    """
    encode = partial(json.dumps, ensure_ascii=False, allow_nan=False, default=plain)
    try:
        text = encode(value)
    except ValueError:
        written = json.dumps(value, default=plain)
        text = encode(json.loads(written, parse_constant=lambda _: None))
    return text.encode("utf-8", "backslashreplace")


def plain(value: object) -> str:
    r"""A value that JSON has no form for, as text: bytes that are no UTF-8 in base64.

    >>> plain(b"abc"), plain(b"\xff")
    ('abc', '/w==')
    """
    if not isinstance(value, bytes):
        return str(value)
    try:
        return value.decode()
    except UnicodeDecodeError:
        return base64.b64encode(value).decode("ascii")


def _text_in(record: dict[str, Any], field: str) -> str | None:
    value = record.get(field)
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, bytes):  # never of JSON; a Parquet column may hold pages undecoded
        return decode(value)
    raise CleanerError(f"field {field!r} holds {type(value).__name__}, text was expected")


def _text(value: object) -> str:
    return "" if value is None else str(value)
