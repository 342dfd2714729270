"""Write beside, then replace: nobody ever sees half a file."""

from __future__ import annotations

import gzip
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO


def write(target: Path, data: bytes, *, scratch: Path) -> None:
    """Put `data` at `target` in one step, by way of a file in `scratch`.

    `scratch` must be on the same file system. Nothing is flushed to disk: for a folder of
    small files that costs more than cleaning them, and a process that is killed loses
    nothing by it. After a power failure, run again with `force`.
    """
    part = scratch / f".{os.getpid()}.part"
    try:
        part.write_bytes(data)
        part.replace(target)
    finally:
        part.unlink(missing_ok=True)


@contextmanager
def replacing(target: Path) -> Iterator[IO[bytes] | gzip.GzipFile]:
    """A file to write to that becomes `target` when the block ends, and vanishes if it raises.

    A `target` that ends in `.gz` is compressed, the same bytes for the same content.
    """
    part = part_of(target)
    target.parent.mkdir(parents=True, exist_ok=True)
    try:
        # What a killed run left goes; a link is never written through.
        part.unlink(missing_ok=True)
        with part.open("xb") as file:
            if target.name.lower().endswith(".gz"):
                with gzip.GzipFile(filename="", fileobj=file, mode="wb", mtime=0) as zipped:
                    yield zipped
            else:
                yield file
            file.flush()
            os.fsync(file.fileno())
        part.replace(target)
    finally:
        part.unlink(missing_ok=True)


def part_of(target: Path) -> Path:
    """Where `target` is written until it is complete."""
    return target.with_name(f"{target.name}.part")
