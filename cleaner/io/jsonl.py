"""Pages as JSON Lines: one object a line, plain or gzipped."""

from __future__ import annotations

import gzip
import hashlib
import json
import os
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

from cleaner.io import names
from cleaner.io.entry import BrokenEntry, Entry
from cleaner.types import CleanerError, Document

SUFFIXES = (".jsonl", ".jsonl.gz")


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
    number: int
    raw: bytes
    position: int
    fields: Fields

    @property
    def where(self) -> str:
        """File and line number."""
        return f"{self.file}:{self.number}"

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
    """The records of a JSONL file or stream. A stream is read once; its `path` is None."""

    path: Path | None
    stream: Iterable[bytes] | None = None
    fields: Fields = DEFAULT_FIELDS
    ignored: int = 0

    @property
    def total(self) -> int | None:
        """Bytes of the file as it lies on disk."""
        return None if self.path is None else self.path.stat().st_size

    def __iter__(self) -> Iterator[Entry]:
        if self.stream is not None:
            yield from self._lines(self.stream, None)
        elif self.path is not None:
            with self.path.open("rb") as file:
                zipped = self.path.name.lower().endswith(".gz")
                lines = gzip.GzipFile(fileobj=file) if zipped else file
                yield from self._lines(lines, file if zipped else None)

    def named(self, suffix: str) -> Iterator[tuple[Entry, str]]:
        """Names made of the records' ids; of the line number where there is none."""
        taken: dict[str, int] = {}
        for entry in self:
            stem = _id(entry.raw, self.fields) if isinstance(entry, RecordEntry) else ""
            if not stem:
                stem = f"line-{entry.number:07d}" if isinstance(entry, RecordEntry) else "broken"
            yield entry, names.free(names.safe(stem), suffix, taken)

    def identity(self) -> bytes | None:
        """Path, size and time of change; None for a stream."""
        if self.path is None:
            return None
        status = self.path.stat()
        path = os.fsencode(self.path.absolute())
        return b"%s\0%d\0%d" % (path, status.st_size, status.st_mtime_ns)

    def _lines(self, lines: Iterable[bytes], file: BinaryIO | None) -> Iterator[Entry]:
        name = "stdin" if self.path is None else str(self.path)
        number = read = 0
        try:
            for number, raw in enumerate(lines, 1):
                read += len(raw)
                if raw.strip():
                    # Bytes of the file on disk: a gzipped one is read ahead a little.
                    position = file.tell() if file else read
                    yield RecordEntry(name, number, raw, position, self.fields)
        except (EOFError, zlib.error, OSError) as error:
            reason = f"cannot be read beyond this line: {error}"
            yield BrokenEntry(f"{name}:{number + 1}", reason, read)


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
    return (json.dumps(record, ensure_ascii=False) + "\n").encode("utf-8", "backslashreplace")


def _text_in(record: dict[str, Any], field: str) -> str | None:
    value = record.get(field)
    if value is None or isinstance(value, str):
        return value
    raise CleanerError(f"field {field!r} holds {type(value).__name__}, text was expected")


def _text(value: object) -> str:
    return "" if value is None else str(value)


def _id(raw: bytes, fields: Fields) -> str:
    """The id of a record; empty where the line is broken, which is for `load` to say."""
    try:
        return _text(parse(raw).get(fields.id))
    except CleanerError:
        return ""
