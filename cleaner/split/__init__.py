"""A document to its lines."""

from __future__ import annotations

from cleaner.decode import decode
from cleaner.split.detect import looks_like_html
from cleaner.split.html import split_html
from cleaner.split.page import Elements, Lines, Page
from cleaner.split.text import split_text
from cleaner.types import Document

__all__ = ["Elements", "Lines", "Page", "split"]


def split(document: Document) -> Page:
    """The lines of `document` as columns; its format is detected when it does not say."""
    content = document.content
    source = decode(content) if isinstance(content, bytes) else content
    source = source.removeprefix("\ufeff")
    is_html = looks_like_html(source) if document.format is None else document.format == "html"
    return split_html(source) if is_html else split_text(source)
