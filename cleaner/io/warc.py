"""Pages of web archives: WARC with HTML as it was served, WET with text made of it."""

from __future__ import annotations

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
        fastwarc = _fastwarc()
        kinds = fastwarc.WarcRecordType
        stream = compress.reader(file, self.address, limit=limits.unpacked)
        number = 0
        try:
            # Content is unpacked as it is read, and read up to the limit only.
            records = fastwarc.ArchiveIterator(
                _Readable(stream), parse_http=True, auto_decode="all", stream_detect=False
            )
            for number, record in enumerate(records, 1):
                if record.record_type == kinds.response and record.is_http:
                    yield self._page(record, number, limits)
                elif record.record_type == kinds.conversion:
                    yield self._text(record, number, limits)
                elif record.record_type != kinds.warcinfo:
                    yield None
        except READ_ERRORS as error:
            reason = f"cannot be read beyond this record: {error}"
            where = f"{self.address}:{number + 1}"
            yield BrokenEntry(where, reason, number + 1, is_end=True)

    def _page(self, record: Any, number: int, limits: Limits) -> Entry | None:
        headers = record.http_headers
        kind = (record.http_content_type or "").lower()
        if headers.status_code != 200 or (kind and kind not in _HTML):
            return None
        try:
            content = record.reader.read(limits.page + 1)
        except READ_ERRORS as error:
            where = f"{self.address}:{number}"
            return BrokenEntry(where, f"cannot be unpacked: {error}", number)
        if not kind and b"<" not in content[:1024]:
            return None
        charset = record.http_charset
        return self._entry(record, number, content, "html", charset)

    def _text(self, record: Any, number: int, limits: Limits) -> Entry | None:
        kind = (record.headers.get("Content-Type") or "text/plain").partition(";")[0]
        if kind.strip().lower() != "text/plain":
            return None
        content = record.reader.read(limits.page + 1)
        return self._entry(record, number, content, "text", "utf-8")

    def _entry(
        self, record: Any, number: int, content: bytes, format: Format, charset: str | None
    ) -> Entry:
        headers = record.headers
        url = headers.get("WARC-Target-URI", "").strip("<>") or None
        date = headers.get("WARC-Date")
        fields = {self.url_field: url, **({"date": date} if date else {})}
        id = headers.get("WARC-Record-ID", "").strip("<>")
        where = f"{self.address}:{number}"
        return BytesEntry(where, id, content, format, number, url, charset, fields)


class _Readable:
    """A stream as the library wants it: `read` gives nothing only at the end."""

    def __init__(self, stream: IO[bytes]) -> None:
        self._stream = stream

    def read(self, size: int = -1) -> bytes:
        """The next bytes."""
        return self._stream.read(size)


def _fastwarc() -> Any:
    try:
        import fastwarc
    except ImportError:
        raise CleanerError("web archives need: pip install 'pagecleaner[warc]'") from None
    return fastwarc
