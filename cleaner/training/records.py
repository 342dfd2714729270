"""Records of the JSONL files that training and evaluation read."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from cleaner.io import compress, jsonl
from cleaner.shape import misfit
from cleaner.types import CleanerError


def read_records(
    path: Path, shape: Mapping[str, Any] | None = None
) -> Iterator[tuple[str, dict[str, Any]]]:
    """The records of a file, plain or packed, each after the place where it stands (`file:line`).

    Raises:
        CleanerError: the file cannot be read, or a line is no object, or none of `shape`
            (`cleaner.shape`).
    """
    try:
        with path.open("rb") as packed:
            for number, raw in enumerate(compress.reader(packed, path.name), start=1):
                if raw.isspace():
                    continue
                where = f"{path}:{number}"
                try:
                    record = jsonl.parse(raw)
                except CleanerError as error:
                    raise CleanerError(f"{where}: {error}") from None
                if wrong := misfit(record, dict(shape or {})):
                    raise CleanerError(f"{where}: {wrong}")
                yield where, record
    except jsonl.READ_ERRORS as error:
        raise CleanerError(f"{path}: cannot be read ({error})") from None
