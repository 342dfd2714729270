"""HTML to lines: one line is the visible text of one block-level run."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from contextlib import suppress
from typing import Any

from cleaner.split.detect import looks_like_html
from cleaner.split.markup import (
    make_bare_markup,
    make_markup,
    make_markup_with_noscripts,
    make_markup_without_frames,
    parse,
)
from cleaner.split.page import Page
from cleaner.split.source import Maker, Source
from cleaner.split.text import split_text
from cleaner.split.tree import NotPlainError
from cleaner.split.walk import walk

_CONDITIONAL_COMMENT = re.compile(
    r"<!--\[if\b[^\]<>]{0,200}\]>(?:(?!<!--).)*?<!\[endif\]-->"  # closed: with what it holds
    r"|<!--\[if\b[^\]<>]{0,200}\]>|<!\[endif\]-->",  # not closed: the marks alone
    re.IGNORECASE | re.DOTALL,
)
_LITTLE_TEXT = 1000  # code units; a page with fewer may have them in `noscript` alone
_NO_TEXT = 40  # characters; a page with fewer has its text elsewhere


def split_html(source: str) -> Page:
    """The visible text of a page by block-level runs, with the elements it stands in."""
    return split_htmls([source])[0]


def split_htmls(sources: Sequence[str]) -> list[Page]:
    """The same for several pages, at a lower cost for each.

    Text that is hidden (`hidden`, `display:none`) or in `<noscript>` is split too, for the
    model to judge. A page whose DOM holds no text is read from its JSON-LD `articleBody`.
    """
    pages = _split(sources)
    for number, (source, page) in enumerate(zip(sources, pages, strict=True)):
        if _text_length(page) < _NO_TEXT and "<!--" in source:
            # An unclosed comment swallows the rest of a page; half-stripped pages have them.
            pages[number] = max(page, *_split([_open_comments(source)]), key=_text_length)
    return pages


def _split(sources: Sequence[str]) -> list[Page]:
    pages = _walk(sources, make_markup)
    for number, (source, page) in enumerate(zip(sources, pages, strict=True)):
        if len(page.units) < _LITTLE_TEXT and "noscript" in source.lower():
            [pages[number]] = _walk([source], make_markup_with_noscripts)
        if pages[number].seen < _NO_TEXT:
            pages[number] = _article_body(source, pages[number]) or pages[number]
    return pages


def _walk(sources: Sequence[str], make: Maker) -> list[Page]:
    markups = [make(source, lean=True) for source in sources]
    pages: dict[int, Page] = {}
    left = list(range(len(sources)))
    while len(pages) < len(sources):
        try:
            walked = walk([markups[number] for number in left])
        except NotPlainError as error:
            for number in [left[at] for at in error.pages]:
                pages[number] = _walk_odd(sources[number], make)
                left.remove(number)
            continue
        for number, page in zip(left, walked, strict=True):
            pages[number] = page
            page.source = Source(sources[number], make)
    return [pages[number] for number in range(len(sources))]


def _walk_odd(source: str, make: Maker) -> Page:
    """A page whose markup may not be plain, by itself."""
    for maker in (make, make_markup_without_frames):
        with suppress(NotPlainError):
            [page] = walk([maker(source, lean=True)])
            page.source = Source(source, maker)
            return page
    [page] = walk([make_bare_markup(source)])
    page.source = Source(source, make_bare_markup)
    return page


def _text_length(page: Page) -> int:
    return len(page.units) - len(page)


def _open_comments(source: str) -> str:
    """`source` without the comment marks that nothing closes and conditional ones."""
    source = _CONDITIONAL_COMMENT.sub(" ", source)
    end = source.rfind("-->") + 1
    return source[:end] + source[end:].replace("<!--", " ")


def _article_body(source: str, page: Page) -> Page | None:
    """The page's text as its JSON-LD gives it, when it gives more than the DOM."""
    if "articleBody" not in source:
        return None
    bodies = [
        body
        for script in parse(source).css("script")
        if (script.attributes.get("type") or "").strip().lower() == "application/ld+json"
        for body in _find_article_bodies(script.text() or "")
    ]
    best = max(bodies, key=len, default="")
    if len(best) <= _text_length(page):
        return None
    if looks_like_html(best):
        [inner] = _walk([best], make_markup)
        inner.title, inner.generator, inner.source = page.title, page.generator, None
        return inner
    text_page = split_text(best)
    text_page.title, text_page.generator = page.title, page.generator
    # Positions would be within the JSON string, not the source.
    text_page.forget_source()
    return text_page


def _find_article_bodies(text: str) -> Iterator[str]:
    try:
        queue: list[Any] = [json.loads(text, strict=False)]
    except (ValueError, RecursionError):
        return
    while queue:
        value = queue.pop()
        if isinstance(value, list):
            queue.extend(value)
        elif isinstance(value, dict):
            body = value.get("articleBody")
            if isinstance(body, str):
                yield body
            queue.extend(v for v in value.values() if isinstance(v, dict | list))
