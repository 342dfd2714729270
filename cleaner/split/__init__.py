"""A document to its lines."""

from __future__ import annotations

from collections.abc import Sequence

from cleaner.decode import decode
from cleaner.split.detect import looks_like_html
from cleaner.split.html import split_htmls
from cleaner.split.page import Elements, Lines, Page
from cleaner.split.text import split_text
from cleaner.types import Document

__all__ = ["Elements", "Lines", "Page", "html_of", "split", "split_all"]


def split(document: Document) -> Page:
    """The lines of `document` as columns; its format is detected when it does not say."""
    return split_all([document])[0]


def split_all(documents: Sequence[Document]) -> list[Page]:
    """The same for several documents, at a lower cost for each; about 1 MB at once is best."""
    pages: list[Page | None] = []
    html: list[str] = []
    for document in documents:
        source, is_html = _read(document)
        pages.append(None if is_html else split_text(source))
        if is_html:
            html.append(source)
    parsed = iter(split_htmls(html) if html else [])
    return [next(parsed) if page is None else page for page in pages]


def html_of(document: Document) -> str | None:
    """The decoded source of an HTML page; None for a plain text."""
    source, is_html = _read(document)
    return source if is_html else None


def _read(document: Document) -> tuple[str, bool]:
    content = document.content
    source = decode(content, document.charset) if isinstance(content, bytes) else content
    if source.startswith("\ufeff"):
        source = " " + source[1:]  # positions count it
    is_html = looks_like_html(source) if document.format is None else document.format == "html"
    return source, is_html
