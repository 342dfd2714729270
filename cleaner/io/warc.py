"""Pages of web archives: WARC with HTML as it was served, WET with text made of it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import IO, Any

from cleaner.io import compress, place
from cleaner.io.entry import (
    GROUP_BYTES,
    GROUP_PAGES,
    BrokenEntry,
    BytesEntry,
    Entry,
    Group,
    Limits,
)
from cleaner.io.jsonl import READ_ERRORS
from cleaner.io.place import Found
from cleaner.types import CleanerError, Format

SUFFIXES = tuple(
    kind + packing
    for kind in (".warc", ".wet", ".warc.wet")
    for packing in ("", *compress.SUFFIXES)
)
_HTML = ("text/html", "application/xhtml+xml")
_CHARSET = re.compile(r"""charset\s*=\s*["']?([\w.:-]+)""", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Archive:
    """The pages of a WARC or WET file, plain, gzipped or packed by zstd.

    Pages are HTML in answers with status 200, and the text of conversion records. All else is
    passed over and counted. A page's id is its record's, its fields `url` and `date`.
    """

    found: Found
    url_field: str = "url"

    @property
    def address(self) -> str:
        """The file's."""
        return self.found.address

    @property
    def size(self) -> int:
        """Bytes of the file as it is stored."""
        return self.found.size

    def identity(self) -> bytes:
        """What tells a changed file."""
        return self.found.identity()

    def groups(self, limits: Limits) -> Iterator[Group]:
        """The pages."""
        group: list[Entry] = []
        size = ignored = 0
        with place.open_read(self.address) as file:
            for entry in self._entries(file, limits):
                if entry is None:
                    ignored += 1
                    continue
                group.append(entry)
                size += entry.size
                if len(group) == GROUP_PAGES or size >= GROUP_BYTES:
                    yield Group(tuple(group), file.tell(), ignored)
                    group, size, ignored = [], 0, 0
        if group or ignored:
            yield Group(tuple(group), self.size, ignored)

    def _entries(self, file: IO[bytes], limits: Limits) -> Iterator[Entry | None]:
        """A page, or None for a record that is none."""
        archives, broken = _library()
        errors: tuple[type[Exception], ...] = (*READ_ERRORS, *broken)
        stream = compress.reader(file, self.address, limit=limits.unpacked)
        number = 0
        try:
            for number, record in enumerate(archives(stream), 1):
                if record.rec_type == "response" and record.http_headers is not None:
                    yield self._page(record, number, limits)
                elif record.rec_type == "conversion":
                    yield self._text(record, number, limits)
                elif record.rec_type != "warcinfo":
                    yield None
        except errors as error:
            reason = f"cannot be read beyond this record: {error or type(error).__name__}"
            where = f"{self.address}:{number + 1}"
            yield BrokenEntry(where, reason, number + 1, is_end=True)

    def _page(self, record: Any, number: int, limits: Limits) -> Entry | None:
        served = record.http_headers.get_header("Content-Type") or ""
        kind = served.partition(";")[0].strip().lower()
        if record.http_headers.get_statuscode() != "200" or (kind and kind not in _HTML):
            return None
        try:
            # Unpacked as it is read, and read up to the limit only.
            content = _content(record, limits)
        except (*READ_ERRORS, ValueError) as error:
            where = f"{self.address}:{number}"
            return BrokenEntry(where, f"cannot be unpacked: {error}", number)
        if not kind and b"<" not in content[:1024]:
            return None
        charset = _CHARSET.search(served)
        return self._entry(record, number, content, "html", charset[1] if charset else None)

    def _text(self, record: Any, number: int, limits: Limits) -> Entry | None:
        kind = (record.rec_headers.get_header("Content-Type") or "text/plain").partition(";")[0]
        if kind.strip().lower() != "text/plain":
            return None
        return self._entry(record, number, _content(record, limits), "text", "utf-8")

    def _entry(
        self, record: Any, number: int, content: bytes, format: Format, charset: str | None
    ) -> Entry:
        headers = record.rec_headers
        url = (headers.get_header("WARC-Target-URI") or "").strip("<>") or None
        date = headers.get_header("WARC-Date")
        fields = {self.url_field: url, **({"date": date} if date else {})}
        id = (headers.get_header("WARC-Record-ID") or "").strip("<>")
        where = f"{self.address}:{number}"
        return BytesEntry(where, id, content, format, number, url, charset, fields)


def _content(record: Any, limits: Limits) -> bytes:
    """What a record holds, or one byte more than the limit of it."""
    stream = record.content_stream()
    left = limits.page + 1
    parts = []
    while left > 0 and (part := stream.read(min(left, 1 << 20))):
        parts.append(part)
        left -= len(part)
    return b"".join(parts)


def _library() -> tuple[Any, tuple[type[Exception], ...]]:
    """What iterates over an archive, and what it raises for one that is damaged."""
    try:
        from warcio.archiveiterator import ArchiveIterator
        from warcio.exceptions import ArchiveLoadFailed
    except ImportError:
        raise CleanerError("web archives need: pip install 'pagecleaner[warc]'") from None
    return ArchiveIterator, (ArchiveLoadFailed, ValueError)
