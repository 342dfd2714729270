"""Where cleaned pages go. What is done with these places is `cleaner.batch`'s business."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from cleaner.io import atomic
from cleaner.io.render import Layout


@dataclass(frozen=True, slots=True)
class Folder:
    """A file for each page, below `root`."""

    root: Path
    layout: Layout


@dataclass(frozen=True, slots=True)
class SingleFile:
    """The file `path` for the one page of a source."""

    path: Path
    layout: Layout


@dataclass(frozen=True, slots=True)
class JsonlFile:
    """One JSONL file for all pages, gzipped if its name ends in `.gz`."""

    path: Path
    layout: Layout

    @property
    def stamp(self) -> Path:
        """The file beside it that says what it was made of."""
        return self.path.with_name(f".{self.path.name}.clean")

    @property
    def lock(self) -> Path:
        """The file beside it that is there while a run writes."""
        return self.path.with_name(f".{self.path.name}.lock")


@dataclass(frozen=True, slots=True)
class Stream:
    """All pages one after the other, as for standard output."""

    file: BinaryIO
    layout: Layout


Sink = Folder | SingleFile | JsonlFile | Stream


def stamp(sink: JsonlFile, *, digest: str, pages: int) -> None:
    """Note that the file is complete, what it was made of, and how many pages it holds."""
    note = " ".join([*_state(sink, digest), str(pages)])
    atomic.write(sink.stamp, note.encode("ascii"), scratch=sink.stamp.parent)


def pages_done(sink: JsonlFile, *, digest: str) -> int | None:
    """How many pages the file holds, if it is complete and made of what `digest` says."""
    if not (sink.path.is_file() and sink.stamp.is_file()):
        return None
    *state, pages = sink.stamp.read_text("ascii", "replace").split() or [""]
    return int(pages) if state == _state(sink, digest) else None


def _state(sink: JsonlFile, digest: str) -> list[str]:
    """What a stamp says of a file that is as we left it."""
    status = sink.path.stat()
    return [digest, str(status.st_size), str(status.st_mtime_ns)]
