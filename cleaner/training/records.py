"""Records of the JSONL files that training and evaluation read."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from cleaner.io import compress, jsonl
from cleaner.shape import misfit
from cleaner.types import CleanerError

_LABEL = {"doc", "line", "digest", "keep"}  # as `clean review` writes it
_BLANK = b" \t\r\n\xef\xbb\xbf"  # and a byte order mark


def record_files(path: Path) -> list[Path]:
    """The JSONL files in a folder, sorted; of anything else, itself.

    Raises:
        CleanerError: there is none in the folder.
    """
    if not path.is_dir():
        return [path]
    found = sorted(each for each in path.iterdir() if each.name.endswith(jsonl.SUFFIXES))
    if not found:
        raise CleanerError(f"{path}: no corpus file ({', '.join(jsonl.SUFFIXES)}) in this folder")
    return found


def read_records(
    path: Path, shape: Mapping[str, Any] | None = None
) -> Iterator[tuple[str, dict[str, Any]]]:
    """The records of a file, plain or packed, each after the place where it stands (`file:line`).

    Raises:
        CleanerError: the file cannot be read, or a line is no object, or none of `shape`
            (`cleaner.shape`), or the file is one of labels.
    """
    try:
        with path.open("rb") as packed:
            for number, raw in enumerate(compress.reader(packed, path.name), start=1):
                if not raw.strip(_BLANK):
                    continue
                where = f"{path}:{number}"
                try:
                    record = jsonl.parse(raw)
                except CleanerError as error:
                    raise CleanerError(f"{where}: {error}") from None
                if record.keys() >= _LABEL:
                    raise CleanerError(
                        f"{where}: a label, not a page; `clean labels export` writes the pages with"
                        " their labels, for `clean evaluate` with --gold"
                    )
                if wrong := misfit(record, dict(shape or {})):
                    raise CleanerError(f"{where}: {wrong}")
                yield where, record
    except jsonl.READ_ERRORS as error:
        raise CleanerError(f"{path}: cannot be read ({error})") from None
