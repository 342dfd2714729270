"""What a line has in common with other lines of its site, as hashes: what a site model weighs.

The base model knows the web; what it cannot know is that on this site `div.teaser` holds
headlines of other stories. So the features here are names: the line itself with its digits
masked, how it begins and ends, the elements it stands in, and the lines around it.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cleaner.model.batch import Batch, Dom, Float32
from cleaner.model.dates import date_hashes
from cleaner.model.tokens import DIGIT, Int64, UInt64, Words, hash_word, mix

SITE_FEATURE_VERSION = 3  # raised whenever a hash or a group here changes

_REACH = 4  # elements above a line's own whose names count
_NEAR = 12  # lines above and below that are known by what they say, where no HTML tells of a list
_LAST_LINES = 10  # from a page's end, that are known by their place
_SURE = 0.8  # probability from which on a line marks where the text begins and ends
_LONG = 12  # words of such a line at least
_NUMBER = np.uint64(hash_word("0"))
_STEP = np.uint64(0x9E3779B97F4A7C15 | 1)
_LONG_TEXT = 16  # words from which on, without HTML, only the line itself says ever more

# How much each group of features is trusted before any page of the site was seen: the value
# its features have, so that one penalty serves for all.
_TRUST = {
    "line": 3.0,
    "start": 0.6,
    "end": 0.6,
    "before": 2.0,
    "after": 1.6,
    "place": 0.15,
    "zone": 0.5,
    "shape": 0.4,
    "element": 1.0,
    "path": 1.0,
    "above": 0.7,
    "tags": 0.5,
    "site": 0.3,
    "between": 2.0,
    "near": 1.0,
}
GROUPS = tuple(_TRUST)
# Those that name something of the site. The others say where a line stands and how long it is,
# of which the base model knows more.
NAMES = ("line", "start", "end", "before", "after", "element", "path", "above", "tags", "between")


@dataclass(frozen=True, slots=True)
class SiteFeatures:
    """Features of a batch of lines as parallel arrays: line, hash and value of each."""

    rows: Int64
    hashes: UInt64
    values: Float32
    lines: int


def line_keys(words: Words) -> UInt64:
    """A hash a line that is the same for lines that differ in numbers and names of dates alone.

    Case and punctuation do not count. A line without a word has the hash of its marks.
    """
    dates = date_hashes()
    at = np.minimum(np.searchsorted(dates, words.hashes), len(dates) - 1)
    is_varying = _are_numbers(words) | (dates[at] == words.hashes)
    hashes = np.where(is_varying, _NUMBER, words.hashes)
    lines = len(words.line_ends)
    powers = np.cumprod(np.full(int(words.ranks.max(initial=0)) + 1, _STEP), dtype=np.uint64)
    terms = mix(hashes, 40) * powers[words.ranks]
    sums = np.concatenate([np.zeros(1, dtype=np.uint64), np.cumsum(terms, dtype=np.uint64)])
    keys = sums[words.first[1:]] - sums[words.first[:-1]]
    has_words = words.counts > 0
    return np.asarray(np.where(has_words, keys, mix(words.line_hashes, 41)[:lines]))


def _are_numbers(words: Words) -> NDArray[np.bool_]:
    """Per word, whether it is made of digits alone."""
    digits = np.concatenate([[0], np.cumsum((words.classes & DIGIT) != 0)])
    return np.asarray(digits[words.ends] - digits[words.starts] == words.ends - words.starts)


def site_features(
    batch: Batch,
    probability: Float32,
    groups: Collection[str] = GROUPS,
    anchors: UInt64 | None = None,
) -> SiteFeatures:
    """The features of all lines of `batch`; `probability` is what the base model gives them.

    `groups` names the groups of features, of `GROUPS`, that are given. `anchors` are keys, in
    rising order, of lines that stand on many pages of the site: on all of them what stands
    between two of these is alike, as what stands on one path of the DOM is.
    """
    words = batch.words
    lines = len(batch)
    everyone = np.arange(lines)
    counts = words.counts
    keys = line_keys(words)
    parts: list[tuple[Int64, UInt64, Float32]] = []
    # Without HTML little is known of a paragraph but where it stands, which must not be enough
    # to overrule what it says.
    doubt = np.sqrt(np.minimum(1, _LONG_TEXT / np.maximum(counts, 1)))

    def add(group: str, hashes: UInt64, rows: Int64 = everyone) -> None:
        if group not in groups:
            return
        salt = 50 + list(_TRUST).index(group)
        values = np.full(len(rows), _TRUST[group], dtype=np.float32)
        if batch.dom is None and group != "line":
            values *= doubt[rows]
        parts.append((rows, mix(mix(hashes, salt), 7), values))

    add("line", keys)
    hashes = np.where(_are_numbers(words), _NUMBER, words.hashes)
    filled = np.flatnonzero(counts)
    two = np.flatnonzero(counts >= 2)
    add("start", mix(hashes[words.first[filled]], 1), filled)
    add("start", mix(hashes[words.first[two]], 2) + hashes[words.first[two] + 1], two)
    add("end", mix(hashes[words.first[filled + 1] - 1], 1), filled)
    add("before", _beside(batch, keys, -1))
    add("after", _beside(batch, keys, 1))
    if "near" in groups and batch.dom is None:
        steps = np.arange(1, _NEAR + 1)
        rows = np.repeat(everyone, _NEAR)
        add("near", mix(_beside(batch, keys, -steps), 1), rows)
        add("near", mix(_beside(batch, keys, steps), 2), rows)

    index = everyone - batch.bounds[batch.pages]
    from_end = batch.bounds[batch.pages + 1] - 1 - everyone
    add("place", mix(np.minimum(index, 24).astype(np.uint64), 1))
    add("place", mix(np.minimum(from_end, _LAST_LINES).astype(np.uint64), 2))
    zone = _zones(batch, probability, counts)
    add("zone", zone)
    length = np.minimum(np.log2(counts + 1) * 2, 12).astype(np.uint64)
    add("shape", mix(length, 3) + mix(zone, 4))
    add("site", np.zeros(lines, dtype=np.uint64))
    if anchors is not None and len(anchors):
        above, below = _nearest(batch, keys, anchors)
        add("between", mix(above, 1))
        add("between", mix(below, 2))
        add("between", mix(above, 3) + below)
    if batch.dom is not None:
        _add_dom(batch.dom, zone, add)
    return SiteFeatures(
        rows=np.concatenate([rows for rows, _, _ in parts]),
        hashes=np.concatenate([some for _, some, _ in parts]),
        values=np.concatenate([values for _, _, values in parts]),
        lines=lines,
    )


def _beside(batch: Batch, keys: UInt64, steps: Int64 | int) -> UInt64:
    """The keys of the lines so many `steps` further down their page, 1 beyond its ends.

    Those of one line follow each other: (lines * steps,).
    """
    at = np.arange(len(batch))[:, None] + steps
    first, end = batch.bounds[batch.pages][:, None], batch.bounds[batch.pages + 1][:, None]
    inside = (at >= first) & (at < end)
    return np.where(inside, keys[np.where(inside, at, 0)], np.uint64(1)).ravel()


def _nearest(batch: Batch, keys: UInt64, anchors: UInt64) -> tuple[UInt64, UInt64]:
    """The keys of the nearest anchors above and below each line of its page, 1 for none."""
    at = np.arange(len(keys))
    place = np.minimum(np.searchsorted(anchors, keys), len(anchors) - 1)
    is_anchor = anchors[place] == keys
    last = np.maximum.accumulate(np.where(is_anchor, at, -1))
    above = np.concatenate([[-1], last[:-1]])
    following = np.minimum.accumulate(np.where(is_anchor, at, len(at))[::-1])[::-1]
    below = np.concatenate([following[1:], [len(at)]])
    has_above = above >= batch.bounds[batch.pages]
    has_below = below < batch.bounds[batch.pages + 1]
    nobody = np.uint64(1)
    return (
        np.where(has_above, keys[np.where(has_above, above, 0)], nobody),
        np.where(has_below, keys[np.where(has_below, below, 0)], nobody),
    )


def _zones(batch: Batch, probability: Float32, counts: Int64) -> UInt64:
    """Whether a line stands before the lines that are surely text, among or after them."""
    sure = (probability >= _SURE) & (counts >= _LONG)
    seen = np.concatenate([[0], np.cumsum(sure)])
    start, end = batch.bounds[batch.pages], batch.bounds[batch.pages + 1]
    at = np.arange(len(batch))
    before = seen[at] - seen[start] > 0
    after = seen[end] - seen[at + 1] > 0
    return np.asarray(before * 2 + after + sure * 4, dtype=np.uint64)


def _add_dom(dom: Dom, zone: UInt64, add: object) -> None:
    """The names of the elements a line stands in, apart by distance and as a path."""
    assert callable(add)
    looks = _look_hashes(dom)
    nobody = len(dom.parents) - 1
    lines = np.arange(len(dom.ancestors[0]))
    path = np.zeros(len(lines), dtype=np.uint64)
    tags = np.zeros(len(lines), dtype=np.uint64)
    tag_hashes = np.array([hash_word(tag or "-") for tag, _ in dom.pairs], dtype=np.uint64)
    for distance in range(_REACH + 1):
        element = dom.ancestors[distance]
        signature = dom.signatures[element]
        here = np.flatnonzero(element < nobody)
        path = mix(path + looks[signature], 11)
        tags = mix(tags + tag_hashes[signature], 12)
        if distance in (0, 1, 2, 4):
            add("path", mix(path, distance))
        if distance in (1, 3):
            add("tags", mix(tags, distance))
            add("tags", mix(tags, distance + 20) + zone)
        counts, said = dom.said_by(signature[here])
        group = "element" if distance == 0 else "above"
        add(group, mix(said, min(distance, 2)), np.repeat(here, counts))


def _look_hashes(dom: Dom) -> UInt64:
    """A hash per signature: its tag and attribute words, digits alike."""
    starts = np.cumsum(dom.said_counts) - dom.said_counts
    return np.asarray(np.bitwise_xor.reduceat(dom.said, starts))
