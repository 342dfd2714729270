"""Write beside, then replace: nobody ever sees half a file."""

from __future__ import annotations

import errno
import glob
import os
import secrets
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from cleaner.io import place
from cleaner.types import CleanerError

_FULL = frozenset([errno.ENOSPC, errno.EDQUOT, errno.EFBIG])


def write(target: Path, data: bytes, *, scratch: Path, sync: bool = True) -> None:
    """Put `data` at `target` in one step, by way of a file in `scratch`.

    `scratch` must be on the same file system. `sync` waits until it is on the disk.

    Raises:
        CleanerError: something other than a file is there.
    """
    _check(target)
    part = _part(scratch, "page")
    try:
        with _named(target, part), part.open("xb") as file:
            file.write(data)
            if sync:
                file.flush()
                os.fsync(file.fileno())
        part.replace(target)
    finally:
        part.unlink(missing_ok=True)


def put(address: str, data: bytes) -> None:
    """Put `data` at a local or remote address in one step."""
    with replacing(address) as file:
        file.write(data)


@contextmanager
def replacing(address: str, *, scratch: Path | None = None) -> Iterator[IO[bytes]]:
    """A file to write to that becomes `address` when the block ends, and vanishes if it raises.

    It is made in `scratch`, which must be on the same file system; left out, beside the
    target. What goes to a remote address is made here first, and sent when it is complete.

    Raises:
        CleanerError: something other than a file is there.
    """
    remote = place.is_remote(address)
    target = Path(address)
    folder = Path(tempfile.gettempdir()) if remote else scratch or target.parent
    if not remote:
        _check(target)
        target.parent.mkdir(parents=True, exist_ok=True)
    # No other process makes a file of that name, so a link is never written through.
    part = _part(folder, place.name(address))
    try:
        with _named(address, part), part.open("xb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        if remote:
            place.put(part, address)
        else:
            part.replace(target)
            _sync_folder(target.parent)
    finally:
        part.unlink(missing_ok=True)


def _check(target: Path) -> None:
    """Refuse to put a file in the place of a pipe or a device, which is lost to its readers."""
    if target.exists() and not (target.is_file() or target.is_dir()):
        raise CleanerError(
            f"{target} is a pipe or a device, where no file can be put; expected a file, or -"
            " for standard output"
        )


@contextmanager
def _named(target: Path | str, part: Path) -> Iterator[None]:
    """Say which file could not be written: a failed write names none, or one of ours."""
    try:
        yield
    except OSError as error:
        is_full = error.errno in _FULL and error.filename is None
        if is_full or error.filename == str(part):
            raise OSError(error.errno, error.strerror, str(target)) from error
        raise


def sweep(folder: Path, name: str = "") -> None:
    """Remove unfinished files, of `name` if it is given, that killed processes left."""
    for part in folder.glob(f".{glob.escape(name)}*.part"):
        part.unlink(missing_ok=True)


def _part(folder: Path, name: str) -> Path:
    # A long name leaves no room for more.
    return folder / f".{name[:100]}.{os.getpid()}-{secrets.token_hex(4)}.part"


def _sync_folder(folder: Path) -> None:
    """Make the new name last through a power failure, where the system can."""
    if os.name != "posix":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
