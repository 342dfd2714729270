"""A page's lines in their elements: its markup read once more, and laid beside its lines."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import accumulate

from cleaner.split.lines import plain_text, without_marks
from cleaner.split.page import Page
from cleaner.split.tags import PREFORMATTED, attributes

# What the splitter takes for white space: what is left are the characters of a line.
_WIDE = (0x85, 0xA0, 0x1680, *range(0x2000, 0x200B), 0x2028, 0x2029, 0x202F, 0x205F, 0x3000)
_SPACES = dict.fromkeys((*range(0x21), *_WIDE))
_WORD = re.compile(r"[^\s\x00-\x20]+")
_WITH_ATTRIBUTES = frozenset("a img ol li pre code td th".split())  # whose attributes are asked for


@dataclass(slots=True)
class Run:
    """Characters `start` up to `end` of a line, white space not counted, in an element."""

    start: int
    end: int
    element: int


@dataclass(slots=True)
class Places:
    """The elements of a page with their attributes, and where in them its lines' characters are.

    `runs` has a list for each line. `images` are elements, each with the line and the character
    of it that comes next. `blanks` counts, of preformatted text, the empty lines before a line.
    `words` are those of classes, ids, roles and itemprops.
    """

    tags: list[str]
    words: list[str]
    parents: list[int]
    ends: list[int]
    attributes: dict[int, dict[str, str]]
    runs: list[list[Run]]
    images: list[tuple[int, int, int]] = field(default_factory=list)
    blanks: dict[int, int] = field(default_factory=dict)


def squeeze(text: str) -> str:
    """`text` without white space."""
    words = "".join(text.split())
    return words if words.isprintable() else words.translate(_SPACES)


def word_places(text: str) -> list[int]:
    """Where in `text` the characters are that `squeeze` leaves."""
    places: list[int] = []
    for word in _WORD.finditer(text):
        places.extend(range(*word.span()))
    return places


def locate(page: Page) -> Places | None:
    """Where the lines of an HTML page stand; None where its source does not tell.

    A page that was read from JSON-LD, or as mere text, has lines that stand in no element.
    """
    elements = page.elements
    tags = None if page.source is None else page.source.tags()
    if elements is None or tags is None or sum(tag.is_element for tag in tags) != len(elements):
        return None
    lines = [squeeze(text) for text in page.texts]
    starts = list(accumulate(map(len, lines), initial=0))
    whole = "".join(lines)
    starting = {start: line for line, start in enumerate(starts)}
    places = Places(
        tags=elements.tags,
        words=elements.attributes,
        parents=elements.parents.tolist(),
        ends=elements.ends.tolist(),
        attributes={},
        runs=[[] for _ in lines],
    )
    open_: list[int] = []
    made = at = breaks = pres = 0
    for tag in tags:
        name = places.tags[made] if tag.is_element else ""
        if tag.is_element:
            if name in _WITH_ATTRIBUTES:
                written = tag.written.decode("utf-8", "replace")
                places.attributes[made] = {key.lower(): value for key, value in attributes(written)}
            if name == "img":
                line = bisect_right(starts, at) - 1
                places.images.append((line, at - starts[line], made))
            if tag.opens:
                open_.append(made)
                pres += name in PREFORMATTED
            breaks += name == "li" and pres > 0
            made += 1
        elif tag.closes and open_:
            pres -= places.tags[open_.pop()] in PREFORMATTED
        breaks += name == "br"
        if not tag.text:
            continue
        text = without_marks(plain_text(tag.text.decode("utf-8", "replace")))
        for number, part in enumerate(text.split("\n") if pres else [text] if text else []):
            breaks += number > 0
            if not (chars := squeeze(part)):
                continue
            if not open_ or not whole.startswith(chars, at):
                return None
            if pres and at in starting:
                places.blanks[starting[at]] = breaks - 1
            breaks = 0
            _add_runs(places.runs, starts, at, at + len(chars), open_[-1])
            at += len(chars)
    return places if at == len(whole) else None


def _add_runs(
    runs: list[list[Run]], starts: Sequence[int], at: int, end: int, element: int
) -> None:
    """Note that the page's characters from `at` up to `end` stand in an element."""
    line = bisect_right(starts, at) - 1
    while at < end:
        until = min(end, starts[line + 1])
        runs[line].append(Run(at - starts[line], until - starts[line], element))
        at, line = until, line + 1
