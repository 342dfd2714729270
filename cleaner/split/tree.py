"""Plain markup to the columns of its tags and of the tree of elements that they make."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cleaner.native import load
from cleaner.split.names import IS_RAW, IS_UNREAD, IS_VOID, has_hyphen, has_more, names, windows_of

Int64 = NDArray[np.int64]
Bool = NDArray[np.bool_]
UInt8 = NDArray[np.uint8]

_tags = load("tags")

PADDING = b"\0" * 16  # behind and before the markup, for what is read eight bytes at a time


@dataclass(slots=True)
class Tags:
    """The tags of a batch that are read, in order; what is in an unread element is none.

    A tag begins at `at` in the markup, and its text goes from `texts` up to `text_ends`. `opens`
    and `closes` say which tags do; one that does neither has no content, and `is_element` is not
    set for what is left of an unread element.
    """

    at: Int64
    texts: Int64
    text_ends: Int64
    name: UInt8
    flags: UInt8
    opens: Bool
    closes: Bool
    is_element: Bool
    is_custom: Bool


@dataclass(slots=True)
class Heads:
    """The titles as written, and tags that may name a generator, each with where it starts."""

    titles: list[tuple[int, bytes]]
    generators: list[tuple[int, bytes]]


class NotPlainError(ValueError):
    """Markup that is not plain; `pages` says of which pages."""

    def __init__(self, pages: Iterable[int]) -> None:
        super().__init__("markup that is not plain")
        self.pages = sorted({int(page) for page in pages})


@dataclass(slots=True)
class Tree:
    """The elements of a batch, and per tag the element it is of and the one open after it.

    `of` is -1 for what is left of unread elements. `depth` counts the open elements.
    """

    parents: Int64
    ends: Int64
    tag: Int64
    of: Int64
    current: Int64
    depth: Int64


def find_tags(data: bytes, raw: UInt8, page_starts: Int64) -> tuple[Tags, Heads]:
    """The tags of the pages that `data` holds, and what their heads say of them.

    Raises:
        NotPlainError: some of it is not plain markup.
    """
    known = names()
    title, meta = known.number["title"], known.number["meta"]
    if _tags is not None and (
        found := _tags.find_tags(data, len(data) - len(PADDING), *known.tables, title, meta)
    ):
        columns, places, frames = found
        if len(frames):
            raise NotPlainError(np.searchsorted(page_starts, frames, side="right") - 1)
        return Tags(*columns), _heads(data, places, title)
    at = np.flatnonzero(raw == ord("<"))
    close = np.flatnonzero(raw == ord(">"))
    if len(at) > len(close):  # one in the name of an attribute, as `<div <p>` has it
        at = at[np.diff(np.searchsorted(close, at), prepend=-1) > 0]
    if len(at) != len(close) or not (at < close).all() or not (close[:-1] < at[1:]).all():
        raise NotPlainError(range(len(page_starts)))
    closes = raw[at + 1] == ord("/")
    windows = windows_of(data)
    number, codes = known.find(windows, at + 1 + closes)
    flags = known.flags[number]
    is_frame = (flags & IS_RAW) != 0
    if is_frame.any():
        frames = np.flatnonzero(is_frame & ~closes)
        after = np.minimum(frames + 1, len(at) - 1)
        is_empty = (
            closes[after] & (at[after] == close[frames] + 1) & (number[after] == number[frames])
        )
        if not is_empty.all():
            filled = at[frames[~is_empty]]
            raise NotPlainError(np.searchsorted(page_starts, filled, side="right") - 1)

    # What is in an unread element goes, and of the element its last tag stays.
    is_void = (flags & IS_VOID) != 0
    is_unread = (flags & IS_UNREAD) != 0
    change = np.where(closes, -1, 1) * (is_unread & ~is_void)
    live = np.cumsum(change) == 0
    picked = np.flatnonzero((number == meta) | ((number == title) & ~closes))
    ends = at[np.minimum(picked + 1, len(at) - 1)]
    places = np.stack([number[picked], at[picked], close[picked] + 1, ends], axis=1).tolist()
    heads = _heads(data, places, title)
    text_ends = np.append(at[1:], len(data) - len(PADDING))[live]
    at, close, closes = at[live], close[live], closes[live]
    number, codes, flags = number[live], codes[live], flags[live]
    is_unread = is_unread[live]
    opens = ~(closes | is_void[live] | is_unread)
    tags = Tags(
        at=at,
        texts=close + 1,
        text_ends=text_ends,
        name=number,
        flags=flags,
        opens=opens,
        closes=closes & ~is_unread,
        is_element=~(closes | is_unread),
        is_custom=_is_custom(data, at + 1 + closes, number, codes),
    )
    return tags, heads


def _heads(data: bytes, places: list[list[int]], title: int) -> Heads:
    """What titles and metas say: their numbers, where they start, their text begins and ends."""
    heads = Heads([], [])
    for number, start, begin, end in places:
        if number == title:
            heads.titles.append((start, data[begin:end]))
        elif b"enerator" in (tag := data[start:begin]).lower():
            heads.generators.append((start, tag))
    return heads


def _is_custom(data: bytes, at: Int64, number: UInt8, codes: NDArray[np.uint64]) -> Bool:
    """Which tags have a hyphen in their name, as those that a page defines itself."""
    is_custom = np.zeros(len(number), dtype=np.bool_)
    unknown = np.flatnonzero(number == 0)
    if len(unknown):
        is_custom[unknown] = has_hyphen(codes[unknown])
        for tag in unknown[has_more(codes[unknown]) & ~is_custom[unknown]].tolist():
            start = int(at[tag])
            name = data[start : data.index(b">", start)].split(b" ", 1)[0]
            is_custom[tag] = b"-" in name
    return is_custom


def build_tree(tags: Tags, bounds: Int64) -> Tree:
    """The tree of the elements of pages; `bounds` parts their tags."""
    if _tags is not None and (
        columns := _tags.build_tree(tags.opens, tags.closes, tags.is_element, bounds)
    ):
        return Tree(*columns)
    change = tags.opens.astype(np.int64) - tags.closes
    depth = np.cumsum(change)
    totals = np.concatenate([[0], depth])[bounds]
    if totals.any() or (len(depth) and depth.min() < 0):
        begun = np.repeat(totals[:-1], np.diff(bounds))
        wrong = np.repeat(np.diff(totals) != 0, np.diff(bounds)) | (depth < begun)
        raise NotPlainError(np.searchsorted(bounds, np.flatnonzero(wrong), side="right") - 1)
    element_tags = np.flatnonzero(tags.is_element)
    count = len(element_tags)
    levels = depth[element_tags] - tags.opens[element_tags]
    order = _stable_order(levels)

    # An element that follows the tag which opens another is its first child; the siblings that
    # come after it stand behind it among those of one level.
    structural = tags.is_element | tags.closes
    opened = np.where(tags.opens, np.cumsum(tags.is_element) - 1, -1)[structural]
    before = np.concatenate([[-1], opened[:-1]])[tags.is_element[structural]][order]
    is_first = (before >= 0) | (levels[order] == 0)
    last_first = np.maximum.accumulate(np.where(is_first, np.arange(count), 0))
    parents = np.empty(count, dtype=np.int64)
    parents[order] = before[last_first]

    # The elements of one level that have content end in the order in which they begin.
    counts = np.cumsum(tags.is_element)
    ends = np.arange(1, count + 1)
    end_tags = np.flatnonzero(tags.closes)
    end_tags = end_tags[_stable_order(depth[end_tags])]
    with_content = order[tags.opens[element_tags[order]]]
    ends[with_content] = counts[end_tags]

    of = np.full(len(depth), -1)
    of[element_tags] = np.arange(count)
    of[end_tags] = with_content
    current = np.full(len(depth), -1)
    current[tags.opens] = of[tags.opens]
    current[end_tags] = parents[with_content]
    is_set = tags.opens | tags.closes
    latest = np.maximum.accumulate(np.where(is_set, np.arange(len(depth)), -1))
    current = np.where(latest >= 0, current[latest], -1)
    return Tree(parents, ends, element_tags, of, current, depth)


def _stable_order(levels: Int64) -> Int64:
    if len(levels) and levels.max() < 1 << 16:
        return np.argsort(levels.astype(np.uint16), kind="stable")  # a radix sort
    return np.argsort(levels, kind="stable")


def last_tags(tags: Tags, tree: Tree) -> Int64:
    """Per element, the tag that ends it: its own if it has no content."""
    last: Int64 = tree.tag.copy()
    ends = np.flatnonzero(tags.closes)
    last[tree.of[ends]] = ends
    return last


def inherit(marks: Bool, ends: Int64) -> Bool:
    """Which elements are marked or stand in one that is."""
    marked = np.flatnonzero(marks)
    if not len(marked):
        return marks
    change = np.zeros(len(marks) + 1, dtype=np.int64)
    change[marked] = 1
    np.subtract.at(change, ends[marked], 1)
    return np.asarray(np.cumsum(change[:-1]) > 0)


def signed(tags: Tags, chosen: Bool) -> Int64:
    """1 where a chosen tag opens and -1 where it closes."""
    return (tags.opens & chosen).astype(np.int64) - (tags.closes & chosen)
