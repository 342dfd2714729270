"""A file of our own for what is too much for memory; it is gone when we are."""

from __future__ import annotations

import tempfile
import threading
import weakref

Place = tuple[int, int]  # offset and size in bytes


class Scratch:
    """Bytes are added, and read again by their place; from several threads at once."""

    def __init__(self) -> None:
        self._file = tempfile.TemporaryFile(buffering=0)  # noqa: SIM115 - closed when we are gone
        self._lock = threading.Lock()
        self._end = 0
        weakref.finalize(self, self._file.close)

    def add(self, data: bytes) -> Place:
        """Write `data` behind all else; its place."""
        with self._lock:
            start = self._end
            self._file.seek(start)
            left = memoryview(data)
            while left:
                left = left[self._file.write(left) :]
            self._end += len(data)
        return start, len(data)

    def read(self, place: Place) -> bytes:
        """What was added at `place`."""
        with self._lock:
            self._file.seek(place[0])
            parts = []
            left = place[1]
            while left and (part := self._file.read(left)):
                parts.append(part)
                left -= len(part)
        return b"".join(parts)
