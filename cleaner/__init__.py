"""Takes scraped pages, as HTML or plain text, and writes the text a person came to read."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cleaner.types import KINDS, Cleaned, CleanerError, Document, Gap, Line, Verdict

if TYPE_CHECKING:
    from cleaner.pipeline import Cleaner, clean

__all__ = [
    "KINDS",
    "Cleaned",
    "Cleaner",
    "CleanerError",
    "Document",
    "Gap",
    "Line",
    "Verdict",
    "clean",
]


def __getattr__(name: str) -> Any:
    """Import the pipeline when it is first asked for, so that `clean --help` need not."""
    if name in ("Cleaner", "clean"):
        from cleaner import pipeline

        return getattr(pipeline, name)
    if name == "__version__":
        from importlib.metadata import PackageNotFoundError, version

        try:
            return version("pagecleaner")
        except PackageNotFoundError:  # a checkout that is not installed
            return ""
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__, "__version__"})
