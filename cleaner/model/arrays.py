"""Arrays on disk, which load without running code, and what tells them apart."""

from __future__ import annotations

import hashlib
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

Arrays = Mapping[str, NDArray[Any]]

ERRORS = (KeyError, ValueError, TypeError, OSError, zipfile.BadZipFile)  # of a damaged file
_MAX_BYTES = 64 << 20  # what is larger is no model of ours


def write(path: Path, arrays: Arrays) -> None:
    """Put named arrays into one `.npz` file, in one step."""
    fresh = path.with_name(f".{path.name}")  # ends as it must: numpy adds an ending otherwise
    np.savez_compressed(fresh, **arrays)  # type: ignore[arg-type]
    fresh.replace(path)


def read(path: Path) -> dict[str, NDArray[Any]]:
    """The arrays of a `.npz` file.

    Raises:
        ValueError, OSError, zipfile.BadZipFile: it is none, or larger than any of ours.
    """
    with zipfile.ZipFile(path) as archive:
        if sum(entry.file_size for entry in archive.infolist()) > _MAX_BYTES:
            raise ValueError(f"unpacks to more than {_MAX_BYTES >> 20} MB")
    with np.load(path, allow_pickle=False) as stored:
        return {name: stored[name] for name in stored.files}


def digest(arrays: Arrays) -> str:
    """What changes when any of the arrays does, or its name."""
    whole = hashlib.blake2b(digest_size=16)
    for name in sorted(arrays):
        array = np.ascontiguousarray(arrays[name])
        whole.update(f"{name} {array.dtype.str} {array.shape}\0".encode() + array.tobytes())
    return whole.hexdigest()
