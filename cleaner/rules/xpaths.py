"""XPaths of templates: compiled once, and what is wrong with those that are no use."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Any

from lxml import etree

_STRING = re.compile(r""""[^"]*"|'[^']*'""")
_PREDICATE = re.compile(r"\[[^\[\]]*\]")
_NO_ELEMENTS = re.compile(  # what a step at the end of a path gives
    r"(?:^|[/:|(])\s*(?:@|attribute\s*::|text\s*\()[^/|]*(?:\||$)"
)
_CALL = re.compile(r"([\w.-]+)\s*\(")
_PREFIX = re.compile(r"([\w.-]+):(?!:)(?<!::)")
# https://www.w3.org/TR/1999/REC-xpath-19991116/, with the tests of nodes and the operators that
# may stand before a bracket.
_CALLABLE = frozenset(
    "last position count id local-name namespace-uri name string concat starts-with contains "
    "substring-before substring-after substring string-length normalize-space translate boolean "
    "not true false lang number sum floor ceiling round "
    "text node comment processing-instruction and or mod div".split()
)


@lru_cache(maxsize=1024)
def compile_xpath(path: str) -> Any:
    """`path`, to be called with the element it starts from.

    Raises:
        etree.XPathError, ValueError: It is no XPath.
    """
    return etree.XPath(path)


def xpath_fault(path: str) -> str:
    """Why an XPath cannot name elements of a page; empty if it can.

    Functions, prefixes and variables that nobody knows are sought in what is written, and each
    predicate is tried by itself: an expression complains of such things only on a page on which
    it comes to that place.

    >>> xpath_fault("//p[ends-with(., 'x')]"), xpath_fault("//div[@id='a:b(c)']")
    ("no function 'ends-with' is known", '')
    """
    bare = _STRING.sub("''", path)
    if "$" in bare:
        return "no variables are known"
    for prefix in _PREFIX.findall(bare):
        if prefix != "xml":
            return f"no prefix {prefix!r} is known"
    for name in _CALL.findall(bare):
        if name not in _CALLABLE:
            return f"no function {name!r} is known"
    page = etree.Element("html", {"class": "page"})
    page.text = "text"
    try:
        found = compile_xpath(path)(page)
        for predicate in _predicates(path):
            etree.XPath(f"self::*[{predicate}]")(page)
    except (etree.XPathError, ValueError) as error:
        return str(error)
    steps = bare
    while (fewer := _PREDICATE.sub("", steps)) != steps:
        steps = fewer
    if not isinstance(found, list) or _NO_ELEMENTS.search(steps):
        return "gives text, attributes or a number, not elements"
    return ""


def _predicates(path: str) -> Iterator[str]:
    """What stands in brackets, and in brackets in these."""
    plain = _STRING.sub(lambda found: " " * len(found[0]), path)
    starts = []
    for at, char in enumerate(plain):
        if char == "[":
            starts.append(at + 1)
        elif char == "]" and starts:
            yield path[starts.pop() : at]
