"""One run at a time into one place."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from cleaner.types import CleanerError

# Ours: a process id is used again, in containers often for the next run.
_held: set[Path] = set()


@contextmanager
def held(path: Path) -> Iterator[None]:
    """Hold the lock file `path`, which names our process, until the block ends.

    The lock of a process that is dead is taken over, where the system can tell.

    Raises:
        CleanerError: Another run holds it.
    """
    path = path.absolute()
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        lock = _create(path)
    except FileExistsError:
        if _is_held(path):
            raise _taken(path) from None
        path.unlink(missing_ok=True)
        try:
            lock = _create(path)
        except FileExistsError:
            raise _taken(path) from None  # by a run that found the dead one too, and was faster
    with os.fdopen(lock, "w", encoding="ascii") as file:
        file.write(str(os.getpid()))
    _held.add(path)
    try:
        yield
    finally:
        _held.remove(path)
        path.unlink(missing_ok=True)


def _create(path: Path) -> int:
    return os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o644)


def _is_held(path: Path) -> bool:
    """Whether the process that the lock names may be alive; one that names none is just made."""
    if path.is_symlink() or not path.is_file():
        return True
    owner = path.read_text("ascii", "replace").strip()
    if not owner.isdecimal() or path in _held:
        return True
    if int(owner) == os.getpid():
        return False
    # On Windows nobody can ask for a process without ending it.
    return os.name != "posix" or _is_alive(int(owner))


def _is_alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except (ProcessLookupError, OverflowError):
        return False
    except PermissionError:
        return True  # somebody else's
    return True


def _taken(path: Path) -> CleanerError:
    return CleanerError(
        f"another run writes here: {path} is its lock; remove that file if there is no such run"
    )
