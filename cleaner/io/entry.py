"""What a source yields: pages that are found but not yet read."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from cleaner.io.binary import refuse_binary
from cleaner.types import CleanerError, Document, Format


class Entry(Protocol):
    """One page of a source. It travels, unread where it can, to the process that cleans it."""

    @property
    def where(self) -> str:
        """How messages name it: a path, or a file and a line number."""

    @property
    def size(self) -> int:
        """How large it is, in bytes."""

    @property
    def position(self) -> int:
        """How far into its source it ends, in the unit of the source's `total`."""

    def identity(self) -> bytes:
        """Bytes that change when the page changes."""

    def load(self) -> Document:
        """Read the page.

        Raises:
            CleanerError: What was found is no page; the message says why.
            OSError: It cannot be read.
        """


class Source(Protocol):
    """Pages in a fixed order."""

    @property
    def total(self) -> int | None:
        """Where the last entry ends, None when nobody can know before the end."""

    @property
    def ignored(self) -> int:
        """How many files were found that are no pages."""

    def __iter__(self) -> Iterator[Entry]: ...

    def named(self, suffix: str) -> Iterator[tuple[Entry, str]]:
        """Each entry with the relative path of its output, no two of them the same."""

    def identity(self) -> bytes | None:
        """Bytes that change when any page changes; None when it cannot be read twice."""


@dataclass(frozen=True, slots=True)
class FileEntry:
    """A page in a file of its own. `id` is its path below the source's folder, with `/`."""

    path: str
    id: str
    size: int
    mtime_ns: int
    position: int
    format: Format | None

    @property
    def where(self) -> str:
        """The path as the user would write it."""
        return self.path

    def identity(self) -> bytes:
        """Path, size and time of change: contents are not read to tell."""
        path = os.fsencode(Path(self.path).absolute())
        return b"%s\0%d\0%d" % (path, self.size, self.mtime_ns)

    def load(self) -> Document:
        """Read the file."""
        content = refuse_binary(Path(self.path).read_bytes())
        return Document(content, id=_text(self.id), format=self.format)


@dataclass(frozen=True, slots=True)
class BytesEntry:
    """A page that is in memory already, as from standard input."""

    where: str
    id: str
    content: bytes
    format: Format | None
    position: int = 1

    @property
    def size(self) -> int:
        """Bytes of the page."""
        return len(self.content)

    def identity(self) -> bytes:
        """A digest of the page."""
        return hashlib.blake2b(self.content).digest()

    def load(self) -> Document:
        """The page as it is."""
        return Document(refuse_binary(self.content), id=self.id, format=self.format)


@dataclass(frozen=True, slots=True)
class BrokenEntry:
    """A place in a source that cannot be read. It fails when it is loaded, as a page would."""

    where: str
    reason: str
    position: int
    id: str = "broken"
    size: int = 0

    def identity(self) -> bytes:
        """Its reason: the same fault is the same entry."""
        return self.reason.encode("utf-8", "replace")

    def load(self) -> Document:
        """Raise the reason."""
        raise CleanerError(self.reason)


def _text(name: str) -> str:
    """A file name as text that can be written as UTF-8, whatever bytes it is made of."""
    return os.fsencode(name).decode("utf-8", "backslashreplace")
