"""Other extractors as a front: theirs is what is taken from a page, ours to clean what they left.

What they leave is also the view that a model for residue learns from.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from typing import Literal, get_args

from cleaner.split import html_of, split
from cleaner.split.markup import parse
from cleaner.types import CleanerError, Document

FrontName = Literal["trafilatura", "readability", "resiliparse"]
FRONTS: tuple[FrontName, ...] = get_args(FrontName)

_PACKAGES = {"readability": "readability-lxml"}  # where it is not called like the front

Extract = Callable[[str, str | None], str]


@cache
def extractor(name: str) -> Extract:
    """What takes a page's HTML and its URL and gives the text that the tool finds in it.

    Each is called as its documentation shows first, without readers' comments.

    Raises:
        CleanerError: There is no such front, or it is not installed.
    """
    if name not in FRONTS:
        raise CleanerError(f"no front {name!r}; the fronts are {', '.join(FRONTS)}")
    # What they say of single pages reaches those who have set up logging, and no one else.
    logging.getLogger(name).addHandler(logging.NullHandler())
    try:
        return {"trafilatura": _trafilatura, "readability": _readability,
                "resiliparse": _resiliparse}[name]()  # fmt: skip
    except ImportError as error:
        raise CleanerError(
            f"front {name} is not installed: pip install 'pagecleaner[{name}]' ({error})"
        ) from error


def version_of(name: str) -> str:
    """The version of a front's package, on which what it leaves depends; empty if there is none."""
    try:
        return version(_PACKAGES.get(name, name))
    except PackageNotFoundError:
        return ""


def through(document: Document, name: str) -> Document:
    """What the front leaves of a page, as plain text.

    A plain text has been through an extractor already, and passes as it is.
    """
    html = html_of(document)
    if html is None:
        return document
    html = html.replace("\0", "").encode("utf-8", "replace").decode()  # as they all can read it
    return replace(document, content=extractor(name)(html, document.url), format="text")


def title(document: Document) -> str:
    """A page's title, which is in none of the texts; empty for a plain text."""
    html = html_of(document)
    node = None if html is None else parse(html).css_first("title")
    return "" if node is None else " ".join(node.text().split())


def _trafilatura() -> Extract:
    from trafilatura import extract

    return lambda html, url: extract(html, url=url, include_comments=False) or ""


def _readability() -> Extract:
    from lxml.etree import LxmlError
    from readability import Document as Readable
    from readability.readability import Unparseable

    def read(html: str, url: str | None) -> str:
        try:
            article = Readable(html, url=url).summary(html_partial=True)
        except (Unparseable, LxmlError):
            return ""
        page = split(Document(article, format="html"))
        return page.join([True] * len(page))

    return read


def _resiliparse() -> Extract:
    from resiliparse.extract.html2text import extract_plain_text

    return lambda html, url: str(
        extract_plain_text(html, main_content=True, alt_texts=False, comments=False)
    )
