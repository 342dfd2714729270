"""Pages in files of their own: one file, a folder, or one page from a stream."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from cleaner.io import place
from cleaner.io.entry import BrokenEntry, BytesEntry, FileEntry, Group, Limits, grouped
from cleaner.types import Format

HTML_SUFFIXES = (".html", ".htm", ".xhtml", ".shtml")
TEXT_SUFFIXES = (".txt", ".text", ".md", ".markdown")
SUFFIXES = HTML_SUFFIXES + TEXT_SUFFIXES

PageEntry = FileEntry | BytesEntry | BrokenEntry


@dataclass(frozen=True, slots=True)
class Files:
    """Pages that are known by name before the first is read."""

    address: str
    entries: Sequence[PageEntry]
    ignored: int = 0
    is_one: bool = False  # one page by the nature of the source, not by chance

    @property
    def size(self) -> int:
        """Bytes of all pages."""
        return sum(entry.size for entry in self.entries)

    def identity(self) -> bytes:
        """What tells each page, one after the other."""
        return b"\n".join(entry.identity() for entry in self.entries)

    def groups(self, limits: Limits) -> Iterator[Group]:
        """The pages, not yet read."""
        read = 0

        def reached() -> Iterator[tuple[PageEntry, int]]:
            nonlocal read
            for entry in self.entries:
                read += entry.size
                yield entry, read

        return grouped(reached())


def one_page(content: bytes, *, where: str, id: str, format: Format | None = None) -> Files:
    """The page in `content` as a source."""
    return Files(where, [BytesEntry(where, id, content, format)], is_one=True)


def one_file(address: str, *, format: Format | None = None) -> Files:
    """The page in a file as a source, whatever its suffix.

    Raises:
        FileNotFoundError: There is no such file.
    """
    found = place.find(address)
    if found is None:
        raise FileNotFoundError(2, "No such file", address)
    return Files(address, [_entry(found, place.name(address), format)], is_one=True)


def remote_folder(root: str, found: list[tuple[str, place.Found]]) -> Files:
    """The pages among the files of a remote folder."""
    pages = [(name, file) for name, file in found if name.lower().endswith(SUFFIXES)]
    entries = [
        replace(_entry(file, name, None), position=at) for at, (name, file) in enumerate(pages, 1)
    ]
    return Files(root, entries, len(found) - len(pages))


def folder(root: Path, *, outside: Path | None = None, format: Format | None = None) -> Files:
    """All pages below `root`, by their suffix, sorted by path.

    Hidden files and folders are passed over, and so is `outside`, where the output goes.
    Links are read only where they lead to a file below `root`; links to folders never are, so
    nothing can loop or lead out. What is no page is counted in `ignored`. A folder that
    cannot be listed becomes an entry that fails.
    """
    files, ignored = listing(root, SUFFIXES, outside=outside)
    found: list[FileEntry | BrokenEntry] = [
        file if isinstance(file, BrokenEntry) else _entry(file[1], file[0], format)
        for file in files
    ]
    entries = [replace(entry, position=at) for at, entry in enumerate(found, 1)]
    return Files(str(root), entries, ignored)


def listing(
    root: Path, suffixes: tuple[str, ...], *, outside: Path | None = None
) -> tuple[list[tuple[str, place.Found] | BrokenEntry], int]:
    """The files below `root` with such a suffix, with their paths below it, as `folder` has it.

    Beside them, how many files were passed over.
    """
    base = root.resolve()
    barred = outside and outside.resolve()
    found: list[tuple[str, tuple[str, place.Found] | BrokenEntry]] = []
    ignored = 0

    def unread(error: OSError) -> None:
        path = Path(error.filename)
        if path == root:
            raise error
        id = path.relative_to(root).as_posix()
        reason = f"cannot be read: {error.strerror}"
        found.append((id, BrokenEntry(str(path), reason, 0, id=id)))

    for here, folders, files in os.walk(root, onerror=unread):
        shown = [name for name in folders if not name.startswith(".")]
        folders.clear()
        for name in shown:
            path = Path(here, name)
            try:
                ignored += path.is_symlink()
                if path.resolve() != barred:
                    folders.append(name)
            except OSError as error:
                unread(error)
        for name in files:
            if name.startswith("."):
                continue
            path = Path(here, name)
            try:
                is_page = name.lower().endswith(suffixes) and _stays_inside(path, base)
                status = path.stat() if is_page else None
            except OSError as error:
                unread(error)
                continue
            if status is not None and stat.S_ISREG(status.st_mode):
                below = path.relative_to(root).as_posix()
                file = place.Found(str(path), status.st_size, str(status.st_mtime_ns))
                found.append((below, (below, file)))
            else:
                ignored += 1
    found.sort(key=lambda item: item[0])
    return [item for _, item in found], ignored


def _entry(found: place.Found, id: str, format: Format | None) -> FileEntry:
    if format is None and found.address.lower().endswith(HTML_SUFFIXES):
        format = "html"
    return FileEntry(found.address, id, found.size, found.state, 1, format)


def _stays_inside(path: Path, base: Path) -> bool:
    """Whether `path` is no link, or a link to a file that stands below `base`."""
    # `is_file` first: a link to itself cannot be resolved.
    return not path.is_symlink() or (path.is_file() and path.resolve().is_relative_to(base))
