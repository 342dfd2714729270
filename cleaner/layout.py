"""What pages themselves say of their lines: by tags, by marks in plain text, by blocks of code."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from cleaner.native import load
from cleaner.split.names import IS_PRE, names
from cleaner.split.page import Elements, Page
from cleaner.split.tags import POSTS
from cleaner.types import KINDS

_TAG_KINDS = {
    "h1": "title",
    **dict.fromkeys(["h2", "h3", "h4", "h5", "h6"], "heading"),
    **dict.fromkeys(["td", "th", "caption"], "table"),
    **dict.fromkeys(["pre", "code", "listing"], "code"),
    "li": "list_item",
    "dt": "list_item",
    "dd": "list_item",
    "blockquote": "quote",
    "figcaption": "caption",
}
# What a block of code, or what it stands in, is called: highlight, language-py, brush: js.
_CODE_WORD = re.compile(r"code|highlight|lang(?:uage)?-|brush:|prettyprint|hljs", re.IGNORECASE)
_TAG_REACH = 4  # elements up from a line in which a tag tells its kind
_CELL_WORDS = 20  # from which on what stands in a cell is text
_CONTAINERS = frozenset(["p", "div", "article", "section"])

_HEADING, _BODY, _ITEM, _TABLE, _QUOTE = (
    KINDS.index(kind) for kind in ("heading", "body", "list_item", "table", "quote")
)
NO_KIND = -1  # of a line of which nothing tells what it is
_CONTAINER, _TITLE = -2, len(KINDS)
_LIST_MARKS = np.array([ord(mark) for mark in "-*•"], dtype=np.uint16)


_compiled = load("text")

Bool = NDArray[np.bool_]
Int64 = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Layout:
    """What a batch of pages says of its lines; `bounds` parts the pages.

    `words` is how many words a line has, `tag_kinds` the kind its tag gives it, as a place in
    `KINDS`, or -1, and `is_html` what its page is.
    """

    bounds: Int64
    pages: Int64
    words: Int64
    tag_kinds: Int64
    is_title: Bool
    is_html: Bool


def read_layout(pages: Sequence[Page]) -> Layout:
    """The layout of pages of one batch."""
    sizes = np.array([len(page) for page in pages])
    bounds = np.concatenate([[0], np.cumsum(sizes)])
    page_of = np.repeat(np.arange(len(pages)), sizes)
    is_html = np.array([page.elements is not None for page in pages])[page_of]
    words, is_item, is_row = _read_lines(pages)
    tag_kinds = np.full(len(page_of), NO_KIND, dtype=np.int64)
    tag_kinds[is_html] = _tag_kinds([page for page in pages if page.elements is not None])
    tag_kinds[is_item & ~is_html] = _ITEM
    tag_kinds[(tag_kinds == _TABLE) & (words >= _CELL_WORDS)] = NO_KIND  # a cell of a layout
    tag_kinds[is_row & ~is_html] = _TABLE
    is_title = tag_kinds == _TITLE
    tag_kinds[is_title] = _HEADING
    return Layout(bounds, page_of, words, tag_kinds, is_title, is_html)


def _read_lines(pages: Sequence[Page]) -> tuple[Int64, Bool, Bool]:
    """How many words each line has, and whether it is an item of a list or `| a row | of cells |`.

    An item begins with the mark of one.
    """
    units = np.concatenate([page.units for page in pages])
    offsets = np.cumsum([0, *(len(page.units) for page in pages)]).tolist()
    ends = np.concatenate([p.line_ends + at for p, at in zip(pages, offsets, strict=False)])
    starts = np.concatenate([[0], ends + 1])[:-1]
    is_row = (units[starts] == ord("|")) & (units[ends - 1] == ord("|")) & (ends > starts + 1)
    if _compiled is not None:
        words, is_item = _compiled.read_lines(units, ends, _LIST_MARKS)
    else:
        is_space = units == ord(" ")
        words = np.diff(np.searchsorted(np.flatnonzero(is_space), ends), prepend=0) + 1
        is_item = np.isin(units[starts], _LIST_MARKS) & is_space[np.minimum(starts + 1, ends[-1])]
    first = 0
    for page in pages:
        if page.written is not None:  # Markdown, whose lines are here without its marks
            own = slice(first, first + len(page))
            is_item[own] |= page.marked
            is_row[own] = [text[0] == text[-1] == "|" and len(text) > 1 for text in page.written]
        first += len(page)
    return words, is_item, is_row


def _tag_kinds(pages: Sequence[Page]) -> Int64:
    """The kind that its tag gives each line of HTML pages, or that of an element close above.

    `_TITLE` stands for the heading of a whole page. A cell that holds paragraphs is layout, but
    for one that holds a single line beside others of its row, as documentation has them.
    """
    if not pages:
        return np.zeros(0, dtype=np.int64)
    columns = [page.elements or Elements() for page in pages]
    counts = [len(elements) for elements in columns]
    offsets = np.cumsum([0, *counts])
    nobody = int(offsets[-1])  # the parent of roots

    def joined(numbers: Iterable[NDArray[np.int32]]) -> Int64:
        """Numbers of elements of a page, -1 for none, as those of all pages."""
        parts = zip(numbers, offsets.tolist(), strict=False)
        return np.concatenate([np.where(some >= 0, some + start, nobody) for some, start in parts])

    parents = np.append(joined(elements.parents for elements in columns), nobody)
    at = joined(page.element for page in pages)
    kind_of = np.concatenate(
        [*(_kinds_of_pairs(elements)[elements.signatures] for elements in columns), [NO_KIND]]
    )
    found = np.full(len(at), NO_KIND, dtype=np.int64)
    contained = np.zeros(len(at), dtype=np.bool_)
    cell = np.full(len(at), nobody)  # that holds the line, and nothing further in tells its kind
    for _ in range(_TAG_REACH):
        kind = kind_of[at]
        takes = (found == NO_KIND) & (kind >= 0)
        is_cell = takes & contained & (kind == _TABLE)
        cell[is_cell & (cell == nobody)] = at[is_cell & (cell == nobody)]
        takes &= ~is_cell
        found[takes] = kind[takes]
        contained |= kind == _CONTAINER
        at = parents[at]
    found[_is_data(cell, parents, nobody) & (found == NO_KIND)] = _TABLE
    return found


def _kinds_of_pairs(elements: Elements) -> Int64:
    """Per entry of `pairs` what `_tag_table` has for its tag, but that posts are no quotes."""
    kinds = _tag_table()[elements.tag_numbers]
    for pair in np.flatnonzero(kinds == _QUOTE).tolist():
        if not POSTS.isdisjoint(elements.pairs[pair][1].split()):
            kinds[pair] = _BODY
    return kinds


def _is_data(cell: Int64, parents: Int64, nobody: int) -> Bool:
    """Of lines in cells whether each is alone in its own, and that not alone in its row."""
    is_data = np.zeros(len(cell), dtype=np.bool_)
    inside = np.flatnonzero(cell != nobody)
    if not len(inside):
        return is_data
    cells, number, lines = np.unique(cell[inside], return_inverse=True, return_counts=True)
    _, row, in_row = np.unique(parents[cells], return_inverse=True, return_counts=True)
    is_data[inside] = ((lines == 1) & (in_row[row] > 1))[number]
    return is_data


@cache
def _tag_table() -> Int64:
    """Per number of a tag the kind it gives a line, `_CONTAINER` or `NO_KIND`."""
    known = names()
    table = np.full(len(known.names), NO_KIND, dtype=np.int64)
    for tag, kind in _TAG_KINDS.items():
        table[known.number[tag]] = _TITLE if kind == "title" else KINDS.index(kind)
    for tag in _CONTAINERS:
        table[known.number[tag]] = _CONTAINER
    return table


def code_blocks(page: Page) -> list[Int64]:
    """The lines of each preformatted block of a page that is said to be code."""
    elements = page.elements
    if elements is None:
        return []
    is_pre = (names().flags[elements.tag_numbers] & IS_PRE) != 0
    blocks = np.flatnonzero(is_pre[elements.signatures])
    if not len(blocks):
        return []
    ends = np.maximum.accumulate(elements.ends[blocks])
    is_outermost = np.append(True, blocks[1:] >= ends[:-1])
    blocks, ends = blocks[is_outermost], ends[is_outermost]
    block = np.searchsorted(blocks, page.element, side="right") - 1
    inside = np.flatnonzero((block >= 0) & (page.element < ends[block]))
    found, first, sizes = np.unique(block[inside], return_index=True, return_counts=True)
    return [
        inside[start : start + size]
        for at, start, size in zip(found.tolist(), first.tolist(), sizes.tolist(), strict=True)
        if size > 1 and _is_code(elements, int(blocks[at]), int(ends[at]))
    ]


def _is_code(elements: Elements, block: int, end: int) -> bool:
    """Whether a preformatted block holds `code`, or it or what it stands in is called so."""
    around = max(int(elements.parents[block]), 0)
    said = (elements.pairs[at][1] for at in elements.signatures[[around, block]].tolist())
    holds = elements.tag_numbers[elements.signatures[block:end]] == names().number["code"]
    return bool(holds.any()) or any(map(_CODE_WORD.search, said))
