"""Pages that are found but not yet read, and the groups they are cleaned in."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from cleaner.io import place
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
        """Its number in its shard: of the line, row, record or file, from 1."""

    def identity(self) -> bytes:
        """Bytes that change when the page changes."""

    def load(self) -> Document:
        """Read the page.

        Raises:
            CleanerError: What was found is no page; the message says why.
            OSError: It cannot be read.
        """


@dataclass(frozen=True, slots=True)
class Limits:
    """What is refused, in bytes: no page needs it, and it would cost the others.

    `page` is one page's content, `line` a line of JSONL or of a text, `unpacked` all that a
    packed file may hold; None is no limit. `depth` is how deep HTML elements may nest.
    """

    page: int = 20 << 20
    line: int = 64 << 20
    unpacked: int | None = 256 << 30
    depth: int = 2000


NO_LIMITS = Limits(page=1 << 62, line=1 << 62, unpacked=None, depth=1 << 62)
GROUP_PAGES = 64
GROUP_BYTES = 4 << 20


@dataclass(frozen=True, slots=True)
class Group:
    """Pages that are cleaned at once. It travels to the process that does.

    `ignored` counts what stood between them and was no page, `read` how far into its shard
    the group ends, in bytes. `rows` are the Arrow rows that the pages come from, one each.
    """

    entries: tuple[Entry, ...]
    read: int = 0
    ignored: int = 0
    rows: Any = None


class Shard(Protocol):
    """Pages in a fixed order that are read in one go, where the work runs."""

    @property
    def address(self) -> str:
        """How messages name it."""

    @property
    def size(self) -> int | None:
        """Bytes to be read; None when nobody can know."""

    def identity(self) -> bytes | None:
        """Bytes that change when any page does; None when it cannot be read twice."""

    def groups(self, limits: Limits) -> Iterator[Group]:
        """The pages. What cannot be read is an entry that fails, or the last one."""


@dataclass(frozen=True, slots=True)
class FileEntry:
    """A page in a file of its own. `id` is its path below the source's folder, with `/`."""

    path: str
    id: str
    size: int
    state: str
    position: int
    format: Format | None

    @property
    def where(self) -> str:
        """The path as the user would write it."""
        return self.path

    def identity(self) -> bytes:
        """Path, size, time of change, and what it is read as: contents are not read to tell."""
        found = place.Found(self.path, self.size, self.state).identity()
        return found + f"\0{self.format}".encode()

    def load(self) -> Document:
        """Read the file."""
        content = refuse_binary(place.read(self.path))
        return Document(content, id=_text(self.id), format=self.format)


@dataclass(frozen=True, slots=True)
class BytesEntry:
    """A page that is in memory already, as from standard input or an archive."""

    where: str
    id: str
    content: bytes | str
    format: Format | None
    position: int = 1
    url: str | None = None
    charset: str | None = None
    fields: Mapping[str, Any] = field(default_factory=dict)

    @property
    def size(self) -> int:
        """Bytes of the page."""
        return len(self.content)

    def identity(self) -> bytes:
        """A digest of the page."""
        content = self.content
        raw = content if isinstance(content, bytes) else content.encode("utf-8", "surrogatepass")
        return hashlib.blake2b(raw).digest()

    def load(self) -> Document:
        """The page as it is."""
        content = self.content
        return Document(
            refuse_binary(content) if isinstance(content, bytes) else content,
            id=self.id,
            url=self.url,
            format=self.format,
            fields=self.fields,
            charset=self.charset,
        )


@dataclass(frozen=True, slots=True)
class BrokenEntry:
    """A place in a source that cannot be read. It fails when it is loaded, as a page would."""

    where: str
    reason: str
    position: int
    id: str = "broken"
    size: int = 0
    is_end: bool = False  # nothing behind it could be read: the shard is not whole

    def identity(self) -> bytes:
        """Its reason: the same fault is the same entry."""
        return self.reason.encode("utf-8", "replace")

    def load(self) -> Document:
        """Raise the reason."""
        raise CleanerError(self.reason)


def grouped(
    entries: Iterable[tuple[Entry, int]], until: Callable[[], bool] = lambda: False
) -> Iterator[Group]:
    """Entries, each with how far into its shard it ends, in groups.

    A group ends early when `until` says so.
    """
    group: list[Entry] = []
    size = read = 0
    for entry, read in entries:
        group.append(entry)
        size += entry.size
        if len(group) == GROUP_PAGES or size >= GROUP_BYTES or until():
            yield Group(tuple(group), read)
            group, size = [], 0
    if group:
        yield Group(tuple(group), read)


def _text(name: str) -> str:
    """A file name as text that can be written as UTF-8, whatever bytes it is made of."""
    return os.fsencode(name).decode("utf-8", "backslashreplace")
