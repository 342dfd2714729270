"""Pages of web archives: WARC with HTML as it was served, WET with text made of it."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from contextlib import redirect_stderr
from dataclasses import dataclass
from functools import partial
from typing import IO, Any

from cleaner.io import compress, place
from cleaner.io.binary import is_packed
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

_STEP, _MOST = 1 << 20, 64 << 20  # bytes; of gzip, no 16 KiB can unpack to more than 16 MiB
_NO_CHUNKS = len(b"0\r\n\r\n")
_CUT = "the file ends in it"


@dataclass(frozen=True, slots=True)
class Archive:
    """The pages of a WARC or WET file, plain, gzipped or packed by zstd.

    Pages are HTML in answers with status 200, and the text of conversion records. All else is
    passed over and counted. A page's id is its record's, its fields `url` and `crawled`.
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
        number = 1
        try:
            stream = compress.reader(file, self.address, limit=limits.unpacked)
            record = None
            for record in archives(_Available(stream)):
                _check_length(record)
                if record.rec_type == "response" and record.http_headers is not None:
                    yield self._page(record, number, limits)
                elif record.rec_type == "conversion":
                    yield self._text(record, number, limits)
                elif record.rec_type != "warcinfo":
                    yield None
                number += 1
            if record is not None and _missing(record):
                number -= 1
                raise EOFError(_CUT)
        except errors as error:
            reason = f"cannot be read beyond this record: {error or type(error).__name__}"
            yield BrokenEntry(f"{self.address}:{number}", reason, number, is_end=True)

    def _page(self, record: Any, number: int, limits: Limits) -> Entry | None:
        served = record.http_headers.get_header("Content-Type") or ""
        kind = served.partition(";")[0].strip().lower()
        if record.http_headers.get_statuscode() != "200" or (kind and kind not in _HTML):
            return None
        try:
            content = _unpacked(record, limits)
        except _PackedError as error:
            return BrokenEntry(f"{self.address}:{number}", f"cannot be unpacked: {error}", number)
        if not kind and b"<" not in content[:1024]:
            return None
        charset = _CHARSET.search(served)
        return self._entry(record, number, content, "html", charset[1] if charset else None)

    def _text(self, record: Any, number: int, limits: Limits) -> Entry | None:
        kind = (record.rec_headers.get_header("Content-Type") or "text/plain").partition(";")[0]
        if kind.strip().lower() != "text/plain":
            return None
        content = _content(record, record.content_stream(), limits)
        return self._entry(record, number, content, "text", "utf-8")

    def _entry(
        self, record: Any, number: int, content: bytes, format: Format, charset: str | None
    ) -> Entry:
        headers = record.rec_headers
        url = (headers.get_header("WARC-Target-URI") or "").strip("<>") or None
        date = headers.get_header("WARC-Date")
        fields = {self.url_field: url, **({"crawled": date} if date else {})}
        id = (headers.get_header("WARC-Record-ID") or "").strip("<>")
        where = f"{self.address}:{number}"
        return BytesEntry(where, id, content, format, number, url, charset, fields)


class _Available:
    """What a file has, as far as it can be read: a damaged end takes nothing before it along."""

    def __init__(self, file: Any) -> None:
        self._read = getattr(file, "read1", file.read)

    def read(self, size: int) -> bytes:
        """Up to `size` bytes."""
        data: bytes = self._read(size)
        return data


class _PackedError(Exception):
    """A page is packed in a way that cannot be undone."""


def _check_length(record: Any) -> None:
    """Refuse a record that does not say where it ends: it would be read into the next ones.

    Raises:
        EOFError: It does not.
    """
    given = record.rec_headers.get_header("Content-Length") or ""
    if record.format == "warc" and not given.strip().isdigit():
        raise EOFError(f"its Content-Length is {given!r}, a number was expected")


def _unpacked(record: Any, limits: Limits) -> bytes:
    """The page in an answer. It is unpacked as it is read, and read up to the limit only.

    Raises:
        _PackedError: It cannot be unpacked.
        EOFError, OSError: The archive ends in it or cannot be read.
    """
    stream = record.content_stream()
    complaints = io.StringIO()  # the library's way to say that the rest could not be unpacked
    try:
        with redirect_stderr(complaints):
            content = _content(record, stream, limits)
    except READ_ERRORS:
        raise
    except Exception as error:  # of a library that unpacks
        raise _PackedError(error) from error
    if complaints.getvalue():
        raise _PackedError(complaints.getvalue().strip())
    packing = (record.http_headers.get_header("Content-Encoding") or "").strip().lower()
    unpacker = getattr(stream, "decompressor", None)
    if packing in ("", "identity"):
        return content
    if unpacker is not None:
        is_lost = not (content or unpacker.eof or record.payload_length <= _NO_CHUNKS)
    else:  # some archives hold pages as they are, under the header that they were served with
        is_lost = is_packed(content[:1024], least=1)
    if is_lost:
        is_missing = packing == "br" and _brotli() is None
        help = ": pip install 'pagecleaner[warc]'" if is_missing else ""
        raise _PackedError(f"its Content-Encoding is {packing!r}{help}")
    return content


def _content(record: Any, stream: Any, limits: Limits) -> bytes:
    """What a record holds, or one byte more than the limit of it.

    Raises:
        EOFError: The archive ends in it.
    """
    left = limits.page + 1
    parts = []
    while left > 0 and (part := stream.read(min(left, 1 << 20))):
        parts.append(part)
        left -= len(part)
    if left > 0:  # all of it was read: what may stand behind, and whether that is there
        while record.raw_stream.read(1 << 20):
            pass
        if _missing(record):
            raise EOFError(_CUT)
    return b"".join(parts)


def _missing(record: Any) -> int:
    """How many bytes of a record that was read the file does not have."""
    return getattr(record.raw_stream, "limit", 0)


def _library() -> tuple[Any, tuple[type[Exception], ...]]:
    """What iterates over an archive, and what it raises for one that is damaged."""
    try:
        from warcio.archiveiterator import ArchiveIterator
        from warcio.bufferedreaders import BufferedReader
        from warcio.exceptions import ArchiveLoadFailed
    except ImportError:
        raise CleanerError("web archives need: pip install 'pagecleaner[warc]'") from None

    class Archives(ArchiveIterator):  # type: ignore[misc]
        INC_RECORD = ""  # it would be written to standard error, with what the file holds

        def _next_record(self, next_line: bytes | None) -> Any:
            try:
                return super()._next_record(next_line)
            except EOFError:  # in the middle of a record's headers too
                if next_line or (self.record is None and self.reader.num_read):
                    raise ArchiveLoadFailed(_CUT) from None
                raise
            except AttributeError as error:  # of headers that are missing
                raise ArchiveLoadFailed(f"its headers cannot be read ({error})") from None

    # warcio 1.8 knows the brotli of another package only.
    BufferedReader.DECOMPRESSORS.pop("br", None)
    if (library := _brotli()) is not None:
        BufferedReader.DECOMPRESSORS["br"] = partial(_Brotli, library)
    return Archives, (ArchiveLoadFailed, ValueError)


def _brotli() -> Any:
    """The library, None where it is not installed."""
    try:
        import brotli
    except ImportError:
        return None
    return brotli


class _Brotli:
    """Unpacks like an object of zlib, and no more than `_MOST` bytes at a time."""

    def __init__(self, library: Any) -> None:
        self._library = library
        self._unpacker = library.Decompressor()
        self._packed: list[bytes] = []  # all so far, unless they are more than `_MOST` bytes
        self._size = 0
        self.unused_data = b""

    @property
    def eof(self) -> bool:
        """Whether the end was reached."""
        return bool(self._unpacker.is_finished())

    def decompress(self, data: bytes) -> bytes:
        """What `data` adds; what stands behind the end becomes `unused_data`.

        Raises:
            ValueError: It is far too much.
        """
        if self.eof:
            self.unused_data += data
            return b""
        try:
            added = self._add(data)
        except self._library.error:
            if self._size > _MOST:
                raise
            return self._last(data)
        self._size += len(data)
        if self._size > _MOST:  # a packed page can be without end, and say nothing
            self._packed.clear()
        else:
            self._packed.append(data)
        return added

    def _last(self, data: bytes) -> bytes:
        """What `data` adds if the end is in it.

        Of bytes with others behind the end the library says only that it failed, and gives
        nothing: so all is unpacked anew, and these byte by byte.
        """
        self._unpacker = self._library.Decompressor()
        for each in self._packed:
            self._add(each)
        parts = []
        for at in range(len(data)):
            if self.eof:
                self.unused_data = data[at:]
                break
            parts.append(self._add(data[at : at + 1]))
        if not (self._packed or any(parts)):  # many a text begins like an empty page
            raise self._library.error("nothing is packed in it")
        return b"".join(parts)

    def _add(self, data: bytes) -> bytes:
        parts = [self._unpacker.process(data, output_buffer_limit=_STEP)]
        while not self._unpacker.can_accept_more_data():
            if len(parts) * _STEP >= _MOST:
                raise ValueError(f"{len(data)} bytes unpack to more than {_MOST}")
            parts.append(self._unpacker.process(b"", output_buffer_limit=_STEP))
        return b"".join(parts)
