"""What all adapters share: texts in, clean texts out, and a cleaner made once a process."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any

from cleaner.pipeline import Cleaner
from cleaner.types import Document

_LOG = logging.getLogger("cleaner")
_MISSING = ("NAType", "NaTType")  # of pandas, which need not be there


def clean_texts(
    contents: Iterable[object],
    urls: Iterable[object] | None = None,
    *,
    options: Mapping[str, Any] | None = None,
) -> list[str | None]:
    """The clean text of each of `contents`, HTML or plain text, as `str` or `bytes`.

    `options` are the arguments of `Cleaner`. What is missing (`None`, NaN) stays `None`, and so
    does a page that cannot be cleaned, whose error is logged: one bad page never ends a batch.

    >>> clean_texts(["<p>Ships waited outside the frozen harbour for weeks.</p>", None])
    ['Ships waited outside the frozen harbour for weeks.', None]

    Raises:
        CleanerError: as `Cleaner` does.
        ValueError: `contents` is one page, or there are more or fewer URLs than pages.
    """
    if isinstance(contents, str | bytes | bytearray | memoryview):
        raise ValueError("expected a sequence of pages, not one page")
    contents = [_content(content) for content in contents]
    places = list(urls) if urls is not None else [None] * len(contents)
    if len(places) != len(contents):
        raise ValueError(f"expected a URL for each of {len(contents)} pages, not {len(places)}")
    documents = [
        Document(content, url=url if isinstance(url, str) else None)
        for content, url in zip(contents, places, strict=True)
        if isinstance(content, str | bytes)
    ]
    cleaned = iter(_clean(shared_cleaner(**(options or {})), documents))
    return [next(cleaned) if isinstance(each, str | bytes) else None for each in contents]


def _content(content: object) -> str | bytes | None:
    """A page, or None for what is missing; what is neither is logged."""
    if isinstance(content, bytearray | memoryview):
        return bytes(content)
    if isinstance(content, str | bytes):
        return content
    if not (content is None or isinstance(content, float) or type(content).__name__ in _MISSING):
        _LOG.error("a page is no str or bytes but %s, and was not cleaned", type(content).__name__)
    return None


def _clean(cleaner: Cleaner, documents: list[Document]) -> list[str | None]:
    try:
        return [cleaned.text for cleaned in cleaner.clean_many(documents)]
    except Exception:  # some page of the batch: go on one by one, to lose that one only
        if len(documents) == 1:
            _LOG.exception("a page was not cleaned: %s", documents[0].url or "no URL")
            return [None]
        return [_clean(cleaner, [document])[0] for document in documents]


def shared_cleaner(**options: Any) -> Cleaner:
    """A cleaner with these arguments, made once in a process: engines call adapters often.

    Raises:
        CleanerError: as `Cleaner` does.
    """
    return _made(tuple((name, _hashable(value)) for name, value in sorted(options.items())))


def _hashable(value: Any) -> Any:
    if isinstance(value, Mapping):
        return (*value.items(),)
    return value if isinstance(value, str) or not isinstance(value, Iterable) else (*value,)


@lru_cache(maxsize=8)
def _made(options: tuple[tuple[str, Any], ...]) -> Cleaner:
    return Cleaner(**dict(options))


def missing(library: str, extra: str) -> ImportError:
    """The error for an adapter whose library is not installed; it names the line to install it."""
    return ImportError(f"{library} is not installed: pip install 'pagecleaner[{extra}]'")
