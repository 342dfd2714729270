"""What workers are told, and how they tell what went wrong."""

from __future__ import annotations

import os
import traceback
from dataclasses import dataclass
from pathlib import Path

from cleaner.batch.options import Options
from cleaner.batch.report import Failure, Outcome, Stage
from cleaner.io.entry import Entry, Limits
from cleaner.io.render import Layout
from cleaner.types import CleanerError, Document

MEMORY = 4 << 30  # bytes that cleaning may take beyond what it starts with
TIMEOUT = 10.0


@dataclass(frozen=True, slots=True)
class Work:
    """What is the same for all pages. Without a layout nothing is to be written of them.

    `timeout` is in seconds, for each page; 0 is none. `usual` is, by site, the share of its text
    that a page usually loses at most, as an earlier run saw it.
    """

    options: Options
    layout: Layout | None = None
    limits: Limits = Limits()
    timeout: float = TIMEOUT
    usual: tuple[tuple[str, float], ...] = ()


def failed(
    entry: Entry, error: Exception | str, stage: Stage, document: Document | None = None
) -> Outcome:
    """The outcome of a page that could not be cleaned."""
    why = error if isinstance(error, str) else reason(error, entry.where)
    id = document.id if document else str(getattr(entry, "id", ""))
    url = document.url if document else getattr(entry, "url", None)
    return Outcome("failed", failure=Failure(entry.where, why, stage, entry.position, id, url))


def reason(error: Exception, where: str) -> str:
    """What to tell a user; for an error nobody foresaw, also the place in the code.

    A file that is not the page `where` is named.
    """
    if isinstance(error, CleanerError):
        return str(error)
    if isinstance(error, MemoryError):
        return f"needs more than {MEMORY >> 30} GB of memory"
    if isinstance(error, OSError) and error.strerror:
        # Of two files, as in a move, the second is the one the user knows.
        place = error.filename2 or error.filename
        is_page = place is None or os.fspath(place) == where
        return error.strerror if is_page else f"{place}: {error.strerror}"
    frame = traceback.extract_tb(error.__traceback__)[-1]
    return f"{type(error).__name__}: {error} ({Path(frame.filename).name}:{frame.lineno})"
