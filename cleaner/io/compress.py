"""Plain bytes, and bytes packed by gzip, zstd or xz, told by a name's ending."""

from __future__ import annotations

import gzip
import io
import lzma
import struct
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import IO, Any

from cleaner.types import CleanerError

GZIP = ".gz"
ZSTD = (".zst", ".zstd")
XZ = ".xz"
SUFFIXES = (GZIP, *ZSTD, XZ)
_DICTIONARY = 0x184D2A5D  # the frame a .warc.zst may begin with


def stem(name: str) -> str:
    """A name without the ending that says how it is packed.

    >>> stem("crawl.warc.gz"), stem("a.jsonl")
    ('crawl.warc', 'a.jsonl')
    """
    lower = name.lower()
    for suffix in SUFFIXES:
        if lower.endswith(suffix):
            return name[: -len(suffix)]
    return name


class Limited(io.RawIOBase):
    """Unpacked bytes, of which no more come than `limit`.

    Reading beyond raises `OSError`: a small file that unpacks without end is an attack.
    """

    def __init__(self, file: Any, limit: int | None) -> None:
        self._file = file
        self._limit = limit
        self._read = 0

    def readable(self) -> bool:
        """It is."""
        return True

    def readinto(self, buffer: Any) -> int:
        """Fill `buffer`."""
        try:
            data = self._file.read1(len(buffer))  # what there is, before an error
        except OSError:
            raise
        except EOFError as error:  # for some readers no error, but the end
            raise OSError(str(error)) from error
        except Exception as error:  # a library's own error for bytes that do not unpack
            raise OSError(str(error)) from error
        self._read += len(data)
        if self._limit is not None and self._read > self._limit:
            raise OSError(f"unpacks to more than the limit of {self._limit} bytes (--max-unpacked)")
        buffer[: len(data)] = data
        return len(data)


def reader(file: IO[bytes], name: str, *, limit: int | None = None) -> IO[bytes]:
    """What is packed in `file`, unpacked as it is read; `file` itself where it is not packed.

    Raises:
        CleanerError: A library is missing.
    """
    lower = name.lower()
    unpacked: Any
    if lower.endswith(GZIP):
        unpacked = gzip.GzipFile(fileobj=file)
    elif lower.endswith(ZSTD):
        unpacked = _zstd_reader(file)
    elif lower.endswith(XZ):
        unpacked = _Frames(file, _xz_unpacker, padding=b"\0")
    else:
        return file
    return io.BufferedReader(Limited(unpacked, limit), 1 << 18)


@contextmanager
def writer(file: IO[bytes], name: str) -> Iterator[IO[bytes]]:
    """A file whose bytes reach `file` packed as `name` says, the same for the same content."""
    lower = name.lower()
    if lower.endswith(GZIP):
        with gzip.GzipFile(
            filename="", fileobj=file, mode="wb", mtime=0, compresslevel=6
        ) as zipped:
            yield zipped  # type: ignore[misc]
    elif lower.endswith(ZSTD):
        packer = zstandard().ZstdCompressor(level=3, write_checksum=True)
        with packer.stream_writer(file, closefd=False) as packed:
            yield packed
    elif lower.endswith(XZ):
        with lzma.LZMAFile(file, "wb") as packed:
            yield packed
    else:
        yield file


def zstandard() -> Any:
    """The library.

    Raises:
        CleanerError: It is not installed.
    """
    try:
        import zstandard
    except ImportError:
        raise CleanerError("zstd files need: pip install 'pagecleaner[zstd]'") from None
    return zstandard


def _zstd_reader(file: IO[bytes]) -> Any:
    library = zstandard()
    # A .warc.zst may bring the dictionary it was packed with, in a frame of its own.
    head = file.read(8)
    words = None
    if len(head) == 8 and struct.unpack("<I", head[:4])[0] == _DICTIONARY:
        packed = file.read(struct.unpack("<I", head[4:])[0])
        if packed.startswith(b"\x28\xb5\x2f\xfd"):
            packed = library.ZstdDecompressor().decompress(packed, max_output_size=1 << 24)
        words = library.ZstdCompressionDict(packed)
    else:
        file = Again(head, file)  # type: ignore[assignment]
    unpacker = library.ZstdDecompressor(dict_data=words, max_window_size=1 << 27)
    return _Frames(file, unpacker.decompressobj)


def _xz_unpacker() -> Any:
    return lzma.LZMADecompressor(lzma.FORMAT_XZ, memlimit=1 << 28)


class _Frames:
    """What is in the frames of a file, each unpacked by what `make` gives.

    One that is cut short is an error, and so is what stands behind a frame and is none, but for
    `padding`: the libraries' own readers take either for the end of the content.
    """

    def __init__(self, file: IO[bytes], make: Callable[[], Any], padding: bytes = b"") -> None:
        self._file = file
        self._make = make
        self._padding = padding
        self._frame: Any = None
        self._packed = self._ready = b""
        self._at = 0

    def read1(self, size: int) -> bytes:
        """Up to `size` bytes; none at the end."""
        while self._at >= len(self._ready):
            # Little at a time: a few bytes can hold very many.
            self._packed = self._packed or self._file.read(8192)
            if not self._packed:
                if self._frame is not None:
                    raise EOFError("the file is cut short")
                return b""
            if self._frame is None:
                if self._padding and not (packed := self._packed.lstrip(self._padding)):
                    self._packed = b""
                    continue
                if self._padding:
                    self._packed = packed
                self._frame = self._make()
            self._ready, self._at = self._frame.decompress(self._packed), 0
            self._packed = b""
            if self._frame.eof:
                self._packed, self._frame = self._frame.unused_data, None
        data = self._ready[self._at : self._at + size]
        self._at += len(data)
        return data


class Again(io.RawIOBase):
    """A stream whose first bytes were read already."""

    def __init__(self, head: bytes, rest: IO[bytes]) -> None:
        self._head = head
        self._rest = rest

    def read(self, size: int = -1) -> bytes:
        """The next bytes; fewer than asked for where the head ends."""
        if not self._head:
            return self._rest.read(size)
        if size < 0:
            head, self._head = self._head, b""
            return head + self._rest.read()
        head, self._head = self._head[:size], self._head[size:]
        return head

    def readline(self, size: int | None = -1) -> bytes:
        """The next line."""
        size = -1 if size is None else size
        if not self._head:
            return self._rest.readline(size)
        end = self._head.find(b"\n") + 1 or len(self._head)
        line = self.read(end if size < 0 else min(end, size))
        if line.endswith(b"\n") or len(line) == size:
            return line
        return line + self._rest.readline(size - len(line) if size >= 0 else -1)
