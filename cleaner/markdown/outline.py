"""What each element of a page is to its lines: the list items, quotes and headings it is in."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple

from cleaner.markdown.place import Places
from cleaner.split.tags import HEADINGS, POSTS, PREFORMATTED

_STRONG = frozenset(["b", "strong"])
_EMPHASIS = frozenset(["em", "i"])
_STRIKE = frozenset(["del", "s", "strike"])
_CODE = frozenset(["code", "kbd", "samp", "tt"])
_LISTS = frozenset(["ul", "ol"])
_SCRIPTS = frozenset(["sub", "sup"])

_DEEP = 8  # lists and quotes within each other; deeper ones count as one


class Marks(NamedTuple):
    """What sets the words of an element off; code, link and script are elements, -1 for none."""

    strong: bool = False
    emphasis: bool = False
    strike: bool = False
    code: int = -1
    link: int = -1
    script: int = -1


@dataclass(slots=True)
class Outline:
    """For each element, what it stands in; -1 where in none.

    `within` are the list items and quotes, outermost first; those in preformatted text are lines
    of it. `numbers` has the items of numbered lists.
    """

    marks: list[Marks]
    within: list[tuple[int, ...]]
    heading: list[int]
    pre: list[int]
    cell: list[int]
    row: list[int]
    table: list[int]
    numbers: dict[int, int]


def outline(places: Places, kept: Iterable[int]) -> Outline:
    """The outline of a page of which some lines are kept, in one walk down its elements."""
    cards, hosts = _cards(places), _hosts(places, kept)
    made = Outline([], [], [], [], [], [], [], _numbers(places))
    for element, (tag, parent) in enumerate(zip(places.tags, places.parents, strict=True)):
        marks = made.marks[parent] if parent >= 0 else Marks()
        if tag in _STRONG:
            marks = marks._replace(strong=True)
        elif tag in _EMPHASIS:
            marks = marks._replace(emphasis=True)
        elif tag in _STRIKE:
            marks = marks._replace(strike=True)
        elif tag in _CODE and marks.code < 0:
            marks = marks._replace(code=element)
        elif tag == "a":
            marks = marks._replace(link=element)
        elif tag in _SCRIPTS:
            marks = marks._replace(script=element)
        made.marks.append(marks)
        host = hosts.get(element, parent)
        within = made.within[host] if host >= 0 else ()
        is_item = tag == "li" and element not in cards and element not in hosts
        is_quote = tag == "blockquote" and not _is_post(places, element)
        holds = is_quote or is_item
        holds = holds and (parent < 0 or made.pre[parent] < 0)
        made.within.append((*within, element) if holds and len(within) < _DEEP else within)
        for column, is_such in (
            (made.heading, tag in HEADINGS),
            (made.pre, tag in PREFORMATTED),
            (made.table, tag == "table"),
        ):
            column.append(element if is_such else column[parent] if parent >= 0 else -1)
        for column, is_such in ((made.row, tag == "tr"), (made.cell, tag in ("td", "th"))):
            above = column[parent] if parent >= 0 and tag != "table" else -1
            column.append(element if is_such else above)
    return made


def _numbers(places: Places) -> dict[int, int]:
    """The number of each list item that has one, as a browser counts them.

    Items below zero have none, which Markdown cannot write.
    """
    pairs = list(zip(places.tags, places.parents, strict=True))
    sizes = Counter(parent for tag, parent in pairs if tag == "li")
    numbers: dict[int, int] = {}
    following: dict[int, int] = {}
    steps: dict[int, int] = {}
    for element, (tag, parent) in enumerate(pairs):
        if tag == "ol":
            is_reversed = "reversed" in places.attributes[element]
            start = _integer(places.attributes[element].get("start"))
            first = sizes[element] if is_reversed else 1
            following[element] = first if start is None else start
            steps[element] = -1 if is_reversed else 1
        elif tag == "li" and parent in following:
            value = _integer(places.attributes[element].get("value"))
            number = following[parent] if value is None else value
            following[parent] = number + steps[parent]
            if number >= 0:
                numbers[element] = number
    return numbers


def _hosts(places: Places, kept: Iterable[int]) -> dict[int, int]:
    """The item that a list is of, for lists that stand in a list, or in an item without words.

    Given for the list or the item, it is the item before, which readers see them under; the list
    around where none is kept.
    """
    holders: list[int] = []  # the innermost list or item that an element is in
    for element, (tag, parent) in enumerate(zip(places.tags, places.parents, strict=True)):
        is_holder = tag == "li" or tag in _LISTS
        holders.append(element if is_holder else holders[parent] if parent >= 0 else -1)
    filled = {holders[run.element] for runs in places.runs for run in runs}
    filled.update(holders[element] for _, _, element in places.images)
    stay = {holders[run.element] for line in kept for run in places.runs[line]}
    hosts: dict[int, int] = {}
    latest: dict[int, int] = {}
    for element, (tag, parent) in enumerate(zip(places.tags, places.parents, strict=True)):
        if parent < 0 or places.tags[parent] not in _LISTS:
            continue
        if tag == "li" and element in stay:
            latest[parent] = element
        elif tag in _LISTS or (tag == "li" and element not in filled):
            hosts[element] = latest.get(parent, parent)
    return hosts


def _integer(text: str | None) -> int | None:
    text = (text or "").strip()
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 9 else None


def _is_post(places: Places, element: int) -> bool:
    is_quote = places.tags[element] == "blockquote"
    return is_quote and not POSTS.isdisjoint(places.words[element].split())


def _cards(places: Places) -> set[int]:
    """The list items that are no items of a list: those that hold a heading or a post."""
    cards = set()
    for element, tag in enumerate(places.tags):
        if tag in HEADINGS or _is_post(places, element):
            at = places.parents[element]
            while at >= 0 and at not in cards:
                if places.tags[at] == "li":
                    cards.add(at)
                    break
                at = places.parents[at]
    return cards
