"""Texts of a batch to runs: what stands between one tag that ends a line and the next."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cleaner.native import load
from cleaner.split.lines import Texts, alnum_units
from cleaner.split.names import IS_APART, IS_BLANKED, IS_BOX, IS_HEADING, NO_STEP, names
from cleaner.split.tree import Tags, Tree, signed
from cleaner.types import Gap

Int64 = NDArray[np.int64]
Bool = NDArray[np.bool_]
UInt8 = NDArray[np.uint8]

_compiled = load("runs")


@dataclass(slots=True)
class Runs:
    """The runs that hold words, a column each; but for the last two, which are of texts.

    `firsts` has the first text with words of each, `owners` the innermost element that holds it
    whole, `marked` whether it begins an item of a list. `number` is the run that a text is in or
    comes after, and `joints` what stands between it and the next one.
    """

    firsts: Int64
    owners: Int64
    links: Int64
    link_chars: Int64
    gaps: UInt8
    marked: Bool
    number: Int64
    joints: UInt8


def find_runs(
    tags: Tags, tree: Tree, steps: UInt8, breaks: Bool, is_named: Bool, page_starts: Int64,
    texts: Texts,
) -> Runs:  # fmt: skip
    """The runs of `texts`.

    `steps` are the gaps that tags leave, `breaks` the tags that break a line and leave none.
    `is_named` has the elements with words of their own.
    """
    known = names()
    page_first = np.searchsorted(tags.at, page_starts)
    if _compiled is not None:
        return Runs(*_compiled.find_runs(
            tags.flags, tags.name, tags.opens, tags.closes, steps, breaks,
            tree.of, tree.current, tree.depth, is_named, page_first,
            texts.tag, texts.has_words, texts.starts, texts.sizes, texts.units, alnum_units(),
            known.number["a"], known.number["li"],
        ))  # fmt: skip
    is_inline = steps == NO_STEP
    is_boundary = ~is_inline | breaks
    run_of = np.cumsum(is_boundary)
    runs = run_of[texts.tag]  # the boundaries before each text

    is_link = (tags.name == known.number["a"]) & is_inline
    link_depth = np.cumsum(signed(tags, is_link))
    links = np.cumsum(is_link & tags.opens)
    boundaries = np.flatnonzero(is_boundary)

    words = np.flatnonzero(texts.has_words)
    firsts = words[np.flatnonzero(np.diff(runs[words], prepend=-1))] if len(words) else words
    lasts = words[np.flatnonzero(np.diff(runs[words], append=-1))] if len(words) else words
    passed = runs[firsts]  # per run with words, the boundaries before it
    if not len(firsts):
        return _no_runs(texts)

    before = np.concatenate([[0], passed[:-1]])
    gaps, marked = _spaces(tags, steps, breaks, boundaries[: passed[-1]], before)

    # Links count for the line whose text comes next, as a link around a heading does.
    ends = boundaries[passed]
    page_of = np.searchsorted(page_first, ends, side="right") - 1
    at_start = np.where(page_first > 0, links[page_first - 1], 0)[page_of]
    seen = np.maximum(np.concatenate([[0], links[ends[:-1]]]), at_start)
    run_links = links[ends] - seen

    # The innermost element that holds a whole run is where the depth is least within it.
    keys = (tree.depth << 40) + tree.current
    spans = np.stack([texts.tag[firsts], texts.tag[lasts] + 1], axis=1).ravel()
    owners = np.minimum.reduceat(np.append(keys, 1 << 62), spans)[::2] & ((1 << 40) - 1)

    number = np.zeros(len(texts.tag), dtype=np.int64)
    number[firsts[1:]] = 1
    number = np.cumsum(number)  # per text, the run it is in or comes after
    in_link = texts.has_words & (link_depth[texts.tag] > 0)
    link_chars = np.bincount(number, weights=texts.sizes * in_link, minlength=len(firsts))

    joints = _joints(texts, runs, number, tags, tree, is_inline, is_named, is_link, link_depth,
                     links, seen)  # fmt: skip
    return Runs(
        firsts, owners, run_links, link_chars.astype(np.int64), gaps, marked, number, joints
    )


def _no_runs(texts: Texts) -> Runs:
    none, zeros = np.zeros(0, dtype=np.int64), np.zeros(len(texts.tag), dtype=np.int64)
    return Runs(
        none, none, none, none, none.astype(np.uint8), none.astype(np.bool_), zeros,
        zeros.astype(np.uint8),
    )  # fmt: skip


def _spaces(
    tags: Tags, steps: UInt8, breaks: Bool, boundaries: Int64, before: Int64
) -> tuple[UInt8, Bool]:
    """Per run, the widest gap of the boundaries before it, and whether a list item begins there.

    `before` has, per run, the first boundary after the run before it.
    """
    known = names()
    boundary_steps = np.where(breaks, 0, steps)[boundaries]
    gaps = np.maximum.reduceat(boundary_steps, before)
    lines = np.add.reduceat(breaks[boundaries].astype(np.int64), before)
    gaps = np.maximum(gaps, np.array([Gap.NONE, Gap.LINE, Gap.PARAGRAPH])[np.minimum(lines, 2)])
    is_item = tags.name[boundaries] == known.number["li"]
    opens = tags.opens[boundaries]
    # A card with a heading is no item of a list.
    says = is_item | (((tags.flags[boundaries] & IS_HEADING) != 0) & opens)
    last = np.maximum.reduceat(np.where(says, np.arange(len(says)), -1), before)
    return gaps.astype(np.uint8), (last >= before) & (is_item & opens)[last]


def _joints(
    texts: Texts, runs: Int64, number: Int64, tags: Tags, tree: Tree, is_inline: Bool,
    is_named: Bool, is_link: Bool, link_depth: Int64, links: Int64, seen: Int64,
) -> UInt8:  # fmt: skip
    """What stands between each text and the next: nothing, a space, or a line's end."""
    joints = np.zeros(len(texts.tag), dtype=np.uint8)
    here, there = texts.tag[:-1], texts.tag[1:]
    apart = runs[:-1] != runs[1:]

    # Boxes are apart from what is around them, and so are links side by side.
    boxes = np.cumsum(((tags.flags & IS_BOX) != 0) & ~tags.closes)
    is_space = boxes[here] != boxes[there]
    outer = np.cumsum(is_link & tags.opens & (link_depth == 1))
    is_space |= (outer[here] != outer[there]) & (links[there] - 1 > seen[number[:-1]])

    if len(set_apart := np.flatnonzero(tags.flags & IS_APART)):
        is_space |= np.searchsorted(set_apart, here, "right") < np.searchsorted(
            set_apart, there, "right"
        )
    # Where one inline element ends and another starts with nothing between, and one has a name,
    # they are apart on the screen, as a date and an author are. Drop caps and markup of letters
    # are not.
    close = ~(apart | is_space) & texts.has_words[:-1] & texts.has_words[1:]
    is_alnum = alnum_units()
    close &= is_alnum[texts.last_units[:-1]] & is_alnum[texts.first_units[1:]]
    # Words are apart, too, between which others were left out.
    if len(blanked := np.flatnonzero(tags.flags & IS_BLANKED)):
        left = np.flatnonzero(close)
        between = np.searchsorted(blanked, there[left], "right") - np.searchsorted(
            blanked, here[left], "right"
        )
        is_space[left[between > 0]] = True
    near = np.flatnonzero(
        close & (texts.sizes[:-1] > 1) & (texts.sizes[1:] > 1) & (there - here > 1)
    )
    if len(near):
        inside = is_inline & (tree.of >= 0)
        named = is_named[tree.of]
        starts = inside & ~tags.closes
        stops = inside & ~tags.opens
        last = there[near]
        stop_at = np.append(np.flatnonzero(stops), len(stops) - 1)
        first_stop = stop_at[np.searchsorted(stop_at[:-1], here[near] + 1)]
        started = np.cumsum(starts)
        started_named = np.cumsum(starts & named)
        stopped_named = np.cumsum(stops & named)
        parted = (first_stop <= last) & (started[last] > started[first_stop])
        parted &= (stopped_named[last] > stopped_named[here[near]]) | (
            started_named[last] > started_named[first_stop]
        )
        is_space[near[parted]] = True
    joints[:-1] = np.where(apart, 2, is_space)
    joints[-1] = 2
    return joints
