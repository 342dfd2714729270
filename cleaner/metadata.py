"""What a page says of itself: title, author, date, site, language and address.

All but the language is trafilatura's finding, and the date htmldate's, which it asks.
"""

from __future__ import annotations

import logging
import re
import warnings
from collections.abc import Callable
from functools import cache
from typing import Any

from selectolax.lexbor import LexborHTMLParser

from cleaner.split import html_of
from cleaner.split.markup import parse
from cleaner.types import METADATA, Document

# A language as BCP 47 has it, from `pt-BR` or `pt_BR`: the language, a script, a region.
_LANGUAGE = re.compile(r"\s*([a-z]{2,3})(?:[-_]([a-z]{4}))?(?:[-_]([a-z]{2}|\d{3}))?\b", re.I)
_LANGUAGE_PLACES = (
    ("html[lang]", "lang"),
    ("html[xml\\:lang]", "xml:lang"),
    ("meta[http-equiv='content-language' i]", "content"),
    ("meta[property='og:locale']", "content"),
)


def metadata(document: Document) -> dict[str, str | None]:
    """The `METADATA` of a page, None for what it does not say; all None for a plain text.

    `date` is YYYY-MM-DD, `language` as BCP 47 has it. The date is read from what is marked as
    one, in the markup or the address, and not guessed from the text.
    """
    found: dict[str, str | None] = dict.fromkeys(METADATA)
    source = html_of(document)
    if source is None:
        return found

    extract_metadata = _extract_metadata()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # what trafilatura is told about its own code
        try:
            said = extract_metadata(source, extensive=False)
        except Exception:  # foreign code, hostile input
            said = None  # odd pages trip it over; the page is no worse for that
    if said is not None:
        found.update(
            title=said.title, author=said.author, date=said.date, site_name=said.sitename,
            canonical_url=said.url,
        )  # fmt: skip
    found["language"] = _language(parse(source))
    return {field: value or None for field, value in found.items()}


@cache
def _extract_metadata() -> Callable[..., Any]:
    from trafilatura import extract_metadata

    # What they say of single pages reaches those who have set up logging, and no one else.
    for name in ("trafilatura", "htmldate"):
        logging.getLogger(name).addHandler(logging.NullHandler())
    return extract_metadata


def _language(tree: LexborHTMLParser) -> str | None:
    for selector, attribute in _LANGUAGE_PLACES:
        node = tree.css_first(selector)
        value = node.attributes.get(attribute) if node is not None else None
        if value and (match := _LANGUAGE.match(value)):
            language, script, region = match.groups(default="")
            return "-".join(filter(None, (language.lower(), script.title(), region.upper())))
    return None
