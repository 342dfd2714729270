"""Where cleaned pages go. What is done with these places is `cleaner.batch`'s business."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, Protocol

from cleaner.io import atomic, compress, parquet, place
from cleaner.io.render import Layout
from cleaner.types import METADATA


@dataclass(frozen=True, slots=True)
class Folder:
    """A file for each page, or for each file of records, below `root`."""

    root: str
    layout: Layout


@dataclass(frozen=True, slots=True)
class SingleFile:
    """The file at `address` for the one page of a source."""

    address: str
    layout: Layout


@dataclass(frozen=True, slots=True)
class RecordFile:
    """One JSONL or Parquet file for all pages; JSONL is packed as its name says."""

    address: str
    layout: Layout


@dataclass(frozen=True, slots=True)
class Stream:
    """All pages one after the other, as for standard output."""

    file: IO[bytes]
    layout: Layout


Sink = Folder | SingleFile | RecordFile | Stream


class Writer(Protocol):
    """Takes the pages of a group, as `chunk` made them."""

    def append(self, part: Any) -> None:
        """Write them."""


def chunk(data: Sequence[Any], rows: Any, layout: Layout) -> Any:
    """The pages of a group as their writer takes them; None in `data` for one that failed."""
    if layout.format == "parquet":
        added = METADATA if layout.metadata else ()
        return parquet.table(data, rows, layout.fields, verdicts=layout.verdicts, added=added)
    parts = [each for each in data if each is not None]
    # Texts in one stream stand a blank line apart.
    return parts if layout.format == "txt" else [b"".join(parts)]


@contextmanager
def opened(address: str, layout: Layout, *, scratch: Path | None = None) -> Iterator[Writer]:
    """A writer of a file that is there when the block ends, whole; not if it raises."""
    with atomic.replacing(address, scratch=scratch) as file:
        if layout.format == "parquet":
            with parquet.writer(file) as rows:
                yield rows
        else:
            with compress.writer(file, place.name(address)) as packed:
                yield Lines(packed, layout)


class Lines:
    """Writes pages one after the other."""

    def __init__(self, file: IO[bytes], layout: Layout) -> None:
        self._file = file
        self._apart = layout.format == "txt"
        self._is_first = True

    def append(self, parts: Sequence[bytes]) -> None:
        """Write the pages."""
        for part in parts:
            if self._apart and not self._is_first:
                self._file.write(b"\n")
            self._is_first = False
            self._file.write(part)
