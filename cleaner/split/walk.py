"""Markup of many pages to their lines, without a Python object for an element.

The parser has made sense of each page and written it out again (`markup.py`), so that every `<`
begins a tag and every tag that needs it has an end. Tags are then columns: depths are running
sums, parents and ends follow from sorting by depth, and a line is a run of texts between two tags
that end lines.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from html import unescape
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from cleaner.native import load
from cleaner.split.attributes import Attributes, read_attributes
from cleaner.split.lines import Texts, assemble, read_texts
from cleaner.split.names import (
    IS_APART,
    IS_PRE,
    NO_STEP,
    names,
    windows_of,
)
from cleaner.split.page import Elements, Page, WordIndex, int32
from cleaner.split.runs import find_runs
from cleaner.split.tree import (
    PADDING,
    Tags,
    Tree,
    build_tree,
    find_tags,
    inherit,
    last_tags,
    signed,
)
from cleaner.split.unread import blank_unread
from cleaner.types import Gap

Int64 = NDArray[np.int64]
Bool = NDArray[np.bool_]
UInt8 = NDArray[np.uint8]

_GENERATOR = re.compile(rb' name="generator"', re.IGNORECASE)
_CONTENT = re.compile(rb' content="([^"]*)"')

_ALL = np.uint64(0xFFFFFFFFFFFFFFFF)
_UP = np.uint64(0x5F5F5F5F5F5F5F5F)  # lifts a byte above the space to one with its high bit set
_HIGHS = np.uint64(0x8080808080808080)

_compiled = load("markup")

_LINE = int(Gap.LINE)  # numpy compares with an enum's member slowly


class Tag(NamedTuple):
    """A tag as it is written in plain markup, with the text behind it, in UTF-8.

    `is_element` says that an element begins here, `opens` that it has an end tag.
    """

    written: bytes
    text: bytes
    is_element: bool
    opens: bool
    closes: bool


def walk(markups: Sequence[bytes]) -> list[Page]:
    """The pages that `markups` are of.

    Raises:
        NotPlainError: some of it is not plain markup.
    """
    data = b"".join([PADDING, *markups, PADDING])
    raw = np.frombuffer(data, dtype=np.uint8)
    sizes = np.array([len(markup) for markup in markups])
    page_starts = len(PADDING) + np.cumsum(sizes) - sizes
    tags, heads = find_tags(data, raw, page_starts)
    tag_bounds = np.searchsorted(tags.at, np.append(page_starts, len(data)))
    tree = build_tree(tags, tag_bounds)
    attributes, hidden, steps = _read_elements(data, raw, tags, tree)
    lines = _find_lines(data, tags, tree, steps, attributes.is_named, page_starts)

    # Each page gets its part of every column.
    element_bounds = np.searchsorted(tree.tag, tag_bounds)
    page_of_line = np.searchsorted(element_bounds, lines.element, side="right") - 1
    line_bounds = np.searchsorted(page_of_line, np.arange(len(markups) + 1)).tolist()
    unit_bounds = lines.bounds[line_bounds].tolist()
    element_bounds = element_bounds.tolist()
    is_off = hidden | (tags.name[tree.tag] == names().number["noscript"])
    is_seen = ~inherit(is_off, tree.ends)[lines.element]
    seen = np.bincount(
        page_of_line, weights=(np.diff(lines.bounds) - 1) * is_seen, minlength=len(markups)
    ).tolist()
    columns = [int32(column) for column in (tree.parents, tree.ends, lines.element)]
    parents, ends, element = columns
    pages: list[Page] = []
    found: dict[frozenset[str], WordIndex] = {}
    for number in range(len(markups)):
        first, last = element_bounds[number : number + 2]
        begin, end = line_bounds[number : number + 2]
        page = Page(
            "html",
            units=lines.units[unit_bounds[number] : unit_bounds[number + 1]],
            gaps=lines.gaps[begin:end],
            elements=Elements(
                parents=np.maximum(parents[first:last] - first, -1),
                ends=ends[first:last] - first,
                signatures=attributes.signatures[first:last],
                hidden=hidden[first:last],
                pairs=attributes.pairs,
                tags_of_pairs=attributes.tags,
                found=found,
            ),
            element=element[begin:end] - first,
            link_chars=lines.link_chars[begin:end],
            links=lines.links[begin:end],
            marked=lines.marked[begin:end],
            seen=int(seen[number]),
        )
        pages.append(page)
    for start, title in heads.titles:
        page = pages[int(np.searchsorted(page_starts, start, side="right")) - 1]
        page.title = page.title or _plain(title)
    for start, tag in heads.generators:
        page = pages[int(np.searchsorted(page_starts, start, side="right")) - 1]
        if not page.generator and _GENERATOR.search(tag) and (content := _CONTENT.search(tag)):
            page.generator = _plain(content[1])
    return pages


def read_tree(markup: bytes) -> tuple[list[tuple[bytes, bytes, bytes]], list[int]]:
    """Of one page's elements, the tags as written with the text in and behind each; the parents."""
    data = PADDING + markup + PADDING
    start = np.array([len(PADDING)])
    tags, _ = find_tags(data, np.frombuffer(data, dtype=np.uint8), start)
    tree = build_tree(tags, np.array([0, len(tags.at)]))
    texts = [data[a:b] for a, b in zip(tags.texts.tolist(), tags.text_ends.tolist(), strict=True)]
    last = last_tags(tags, tree)
    written = [
        (data[tags.at[tag] + 1 : tags.texts[tag] - 1], texts[tag] if end > tag else b"", texts[end])
        for tag, end in zip(tree.tag.tolist(), last.tolist(), strict=True)
    ]
    return written, tree.parents.tolist()


def read_tags(markup: bytes) -> list[Tag]:
    """The tags of one page that are read, in their order."""
    data = PADDING + markup + PADDING
    raw = np.frombuffer(data, dtype=np.uint8)
    tags, _ = find_tags(data, raw, np.array([len(PADDING)]))
    _read_elements(data, raw, tags, build_tree(tags, np.array([0, len(tags.at)])))
    columns = (tags.at, tags.texts, tags.text_ends, tags.is_element, tags.opens, tags.closes)
    return [
        Tag(data[at + 1 : text - 1], data[text:end], is_element, opens, closes)
        for at, text, end, is_element, opens, closes in zip(
            *(column.tolist() for column in columns), strict=True
        )
    ]


def _plain(written: bytes) -> str:
    return " ".join(unescape(written.decode("utf-8", "replace")).split())


def _read_elements(
    data: bytes, raw: UInt8, tags: Tags, tree: Tree
) -> tuple[Attributes, Bool, UInt8]:
    """What the elements say of themselves, which are hidden, and the gap that each tag leaves.

    Text that is not read is taken out of `tags`.
    """
    attributes = read_attributes(
        data, raw, tags.at[tree.tag], tags.texts[tree.tag] - 1, tags.name[tree.tag]
    )
    hidden = inherit(attributes.hides, tree.ends)
    steps = _steps(tags, tree, hidden)
    if len(in_line := _buttons_in_words(data, tags, tree, hidden)):
        steps[in_line] = NO_STEP
        tags.flags = tags.flags.copy()
        tags.flags[in_line] |= IS_APART
    blank_unread(data, tags, tree, attributes, hidden, steps)
    return attributes, hidden, steps


def _steps(tags: Tags, tree: Tree, hidden: Bool) -> UInt8:
    """The gap that each tag leaves, `NO_STEP` for what stands within a line."""
    steps = names().steps[tags.name]
    steps[tags.is_custom] = Gap.PARAGRAPH  # containers more often than not
    if hidden.any():
        # Hidden words are no part of the line a reader sees.
        steps[(steps == NO_STEP) & hidden[tree.of]] = Gap.SPACE
    steps[tree.of < 0] = NO_STEP
    return steps


def _buttons_in_words(data: bytes, tags: Tags, tree: Tree, hidden: Bool) -> Int64:
    """The tags of buttons in a sentence: with words of a paragraph right before and behind."""
    button, paragraph = names().number["button"], names().number["p"]
    first = np.flatnonzero((tags.name == button) & tags.opens)
    elements = tree.of[first]
    parents = tree.parents[elements]
    is_in = (parents >= 0) & (tags.name[tree.tag[parents]] == paragraph) & ~hidden[elements]
    if not is_in.any():
        return np.zeros(0, dtype=np.int64)
    last = last_tags(tags, tree)[elements]

    def has_words(tag: int) -> bool:
        text = data[tags.texts[tag] : tags.text_ends[tag]].decode("utf-8", "replace")
        return any(map(str.isalnum, unescape(text)))

    found = [
        pair
        for pair in zip(first[is_in].tolist(), last[is_in].tolist(), strict=True)
        if has_words(pair[0] - 1) and has_words(pair[1])
    ]
    return np.array(found, dtype=np.int64).reshape(-1)


@dataclass(slots=True)
class _Lines:
    """The lines of a batch; line `i` is `units[bounds[i]:bounds[i + 1]]`."""

    units: NDArray[np.uint16]
    bounds: Int64
    gaps: UInt8
    element: Int64
    link_chars: NDArray[np.int32]
    links: NDArray[np.int32]
    marked: Bool


def _find_lines(
    data: bytes,
    tags: Tags,
    tree: Tree,
    steps: UInt8,
    is_named: Bool,
    page_starts: Int64,
) -> _Lines:
    known = names()
    is_inline = steps == NO_STEP
    pre = np.cumsum(signed(tags, (tags.flags & IS_PRE) != 0))
    br = (tags.name == known.number["br"]) & is_inline
    breaks = br & (pre == 0)
    is_boundary = ~is_inline | breaks

    # The texts: those of white space only where they part words.
    texts = _read_texts(data, tags, is_boundary, pre, br)
    runs = find_runs(tags, tree, steps, breaks, is_named, page_starts, texts)
    if not len(runs.firsts):
        return _no_lines()
    assembled = assemble(texts, runs.joints, runs.firsts)

    # A line may begin with white space, as texts that are preformatted do.
    words = np.flatnonzero(texts.has_words)
    run = runs.number[words[np.searchsorted(words, assembled.texts)]]
    after_pre = np.flatnonzero(texts.is_pre[runs.firsts[:-1]]) + 1
    runs.gaps[after_pre] = np.maximum(runs.gaps[after_pre], _LINE)
    line_gaps, line_marked = runs.gaps[run], runs.marked[run]
    again = np.zeros(len(run), dtype=np.bool_)
    again[1:] = run[1:] == run[:-1]  # a further line of preformatted text
    line_gaps[again], line_marked[again] = _LINE, False
    sizes = np.diff(assembled.bounds) - 1
    return _Lines(
        units=assembled.units,
        bounds=assembled.bounds,
        gaps=line_gaps,
        element=runs.owners[run],
        link_chars=int32(np.minimum(runs.link_chars[run], sizes)),
        links=int32(runs.links[run]),
        marked=line_marked,
    )


def _no_lines() -> _Lines:
    nothing = np.zeros(0, dtype=np.int64)
    return _Lines(
        nothing.astype(np.uint16), np.zeros(1, dtype=np.int64), nothing.astype(np.uint8), nothing,
        int32(), int32(), nothing.astype(np.bool_),
    )  # fmt: skip


def _read_texts(data: bytes, tags: Tags, is_boundary: Bool, pre: Int64, br: Bool) -> Texts:
    """The texts behind tags, without those of white space next to what ends a line."""
    starts, ends = tags.texts, tags.text_ends
    in_pre = pre > 0
    is_filled = starts < ends
    next_ends = np.append(is_boundary[1:], True)
    at_edge = np.flatnonzero(is_filled & (is_boundary | next_ends) & ~in_pre)
    is_filled[at_edge[_are_blank(data, starts[at_edge], ends[at_edge])]] = False
    filled = np.flatnonzero(is_filled | (br & in_pre))
    pre_texts = in_pre[filled]
    return read_texts(data, starts[filled], ends[filled], filled, pre_texts, br[filled] & pre_texts)


def _are_blank(data: bytes, starts: Int64, ends: Int64) -> Bool:
    """Whether there is only white space at `data[starts[i]:ends[i]]`, for each."""
    if _compiled is not None:
        return np.asarray(_compiled.are_blank(data, starts, ends))
    windows = windows_of(data)
    is_blank = np.ones(len(starts), dtype=np.bool_)
    left = np.arange(len(starts))
    at = 0
    while len(left):
        left = left[starts[left] + at < ends[left]]
        size = np.minimum(ends[left] - starts[left] - at, 8).astype(np.uint64)
        words = windows[starts[left] + at] & (_ALL >> (np.uint64(64) - np.uint64(8) * size))
        # A byte above the space sets its high bit, or that of the first such byte does.
        has_word = ((words + _UP) | words) & _HIGHS != 0
        is_blank[left[has_word]] = False
        left = left[~has_word]
        at += 8
    return is_blank
