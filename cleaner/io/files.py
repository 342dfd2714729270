"""Pages in files of their own: one file, a folder, or one page from a stream."""

from __future__ import annotations

import hashlib
import os
import stat
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from cleaner.io import names
from cleaner.io.entry import BrokenEntry, BytesEntry, Entry, FileEntry
from cleaner.types import Format

HTML_SUFFIXES = (".html", ".htm", ".xhtml", ".shtml")
TEXT_SUFFIXES = (".txt", ".text")
SUFFIXES = HTML_SUFFIXES + TEXT_SUFFIXES


@dataclass(frozen=True, slots=True)
class Files:
    """Pages that are known by name before the first is read."""

    entries: Sequence[FileEntry | BytesEntry | BrokenEntry]
    ignored: int = 0
    is_one: bool = False  # one page by the nature of the source, not by chance

    @property
    def total(self) -> int:
        """How many pages there are."""
        return len(self.entries)

    def __iter__(self) -> Iterator[Entry]:
        return iter(self.entries)

    def named(self, suffix: str) -> Iterator[tuple[Entry, str]]:
        """The paths below the source, mirrored."""
        outputs = names.mirrored([entry.id for entry in self.entries], suffix)
        return zip(self.entries, outputs, strict=True)

    def identity(self) -> bytes:
        """A digest over all pages."""
        digest = hashlib.blake2b()
        for entry in self.entries:
            digest.update(entry.identity() + b"\n")
        return digest.digest()


def one_page(content: bytes, *, where: str, id: str, format: Format | None = None) -> Files:
    """The page in `content` as a source."""
    return Files([BytesEntry(where, id, content, format)], is_one=True)


def one_file(path: Path, *, format: Format | None = None) -> Files:
    """The page in the file `path` as a source, whatever its suffix.

    Raises:
        OSError: There is no such file.
    """
    return Files([_entry(path, path.name, path.stat(), format)], is_one=True)


def folder(root: Path, *, outside: Path | None = None, format: Format | None = None) -> Files:
    """All pages below `root`, by their suffix, sorted by path.

    Hidden files and folders are passed over, and so is `outside`, where the output goes.
    Links are read only where they lead to a file below `root`; links to folders never are, so
    nothing can loop or lead out. What is no page is counted in `ignored`. A folder that
    cannot be listed becomes an entry that fails.
    """
    base = root.resolve()
    barred = outside and outside.resolve()
    found: list[FileEntry | BrokenEntry] = []
    ignored = 0

    def unread(error: OSError) -> None:
        path = Path(error.filename)
        if path == root:
            raise error
        reason = f"cannot be read: {error.strerror}"
        found.append(BrokenEntry(str(path), reason, 0, id=path.relative_to(root).as_posix()))

    for here, folders, files in os.walk(root, onerror=unread):
        shown = [name for name in folders if not name.startswith(".")]
        ignored += sum(Path(here, name).is_symlink() for name in shown)
        folders[:] = [name for name in shown if Path(here, name).resolve() != barred]
        for name in files:
            if name.startswith("."):
                continue
            path = Path(here, name)
            if not (name.lower().endswith(SUFFIXES) and _stays_inside(path, base)):
                ignored += 1
                continue
            try:
                status = path.stat()
            except OSError as error:
                unread(error)
                continue
            if stat.S_ISREG(status.st_mode):
                below = path.relative_to(root).as_posix()
                found.append(_entry(path, below, status, format))
            else:
                ignored += 1
    found.sort(key=lambda entry: entry.id)
    entries = [replace(entry, position=at) for at, entry in enumerate(found, 1)]
    return Files(entries, ignored)


def _entry(path: Path, id: str, status: os.stat_result, format: Format | None) -> FileEntry:
    if format is None and path.name.lower().endswith(HTML_SUFFIXES):
        format = "html"
    return FileEntry(str(path), id, status.st_size, status.st_mtime_ns, 1, format)


def _stays_inside(path: Path, base: Path) -> bool:
    """Whether `path` is no link, or a link to a file that stands below `base`."""
    # `is_file` first: a link to itself cannot be resolved.
    return not path.is_symlink() or (path.is_file() and path.resolve().is_relative_to(base))
