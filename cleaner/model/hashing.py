"""Sparse features of a batch as hashed buckets, for linear scorers.

The hashing trick (Weinberger et al. 2009): a feature's bucket is its hash, so no vocabulary is
stored. A scorer is a table with a weight per bucket, and a line's score the mean of its
buckets' weights, times the square root of how many there are.
"""

from __future__ import annotations

import re
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array

from cleaner.model.batch import Dom, Float32
from cleaner.model.tokens import Int64, UInt64, Words, hash_word, mix

WORD_BITS = 19
ANCHOR_BITS = 17
DOM_BITS = 17
DISTANCES = 4  # an element's words count apart for its own lines, its children's, …
_ANCESTORS = 9  # elements above a line whose words count
_MAX_WORDS = 40  # words from a line's start that count; the rest repeats what they say
_SHORT = 12  # words; a line up to this long also counts as a whole

Buckets = tuple[Int64, Int64]


def word_buckets(words: Words) -> Buckets:
    """The lines and the buckets of what lines say, as parallel arrays.

    Features are words and pairs of words, near a line's start, and how long it is.
    """
    counts = np.diff(words.first)
    near = words.ranks < _MAX_WORDS
    has_next = np.zeros(len(near), dtype=bool)
    has_next[:-1] = words.lines[1:] == words.lines[:-1]
    paired = near & has_next
    pairs = _follow(words.hashes, words.hashes, 1)
    length = np.minimum(np.log2(counts + 1) * 2, 20).astype(np.uint64)
    return _buckets(
        [
            (words.lines[near], mix(words.hashes[near], 1)),
            (words.lines[paired], mix(pairs[paired], 2)),
            (np.arange(len(counts)), mix(length, 3)),
        ],
        WORD_BITS,
    )


def anchor_buckets(words: Words) -> Buckets:
    """The lines and the buckets of how lines begin and end, as parallel arrays.

    Features are the first one to three words with the mark behind them, the last one and two
    words, a short line as a whole, and what a line ends with. They are scored apart from what
    the line says, or a teaser's headline would outvote the `Related:` before it.
    """
    counts = np.diff(words.first)
    hashes = words.hashes
    pairs = _follow(hashes, hashes, 1)
    triples = _follow(pairs, hashes, 2)
    filled = np.flatnonzero(counts)
    two, three = filled[counts[filled] >= 2], filled[counts[filled] >= 3]
    heads, tails = words.first[:-1], words.first[1:] - 1
    behind = words.units[np.minimum(words.ends, len(words.units) - 1)].astype(np.uint64)
    opener = np.where(
        words.line_ends > words.line_starts, words.units[words.line_starts], 0
    ).astype(np.uint64)
    last = np.maximum(words.line_ends - 1, 0)
    short = np.flatnonzero(counts <= _SHORT)
    everyone = np.arange(len(counts))
    return _buckets(
        [
            (filled, mix(hashes[heads[filled]], 4)),
            (filled, mix(hashes[heads[filled]] + behind[heads[filled]], 5)),
            (two, mix(pairs[heads[two]] + behind[heads[two] + 1], 6)),
            (three, mix(triples[heads[three]], 7)),
            (filled, mix(hashes[tails[filled]], 8)),
            (two, mix(pairs[tails[two] - 1], 9)),
            (short, mix(words.line_hashes[short], 10)),
            (everyone, mix(words.units[last].astype(np.uint64), 11)),
            (everyone, mix(opener + np.uint64(1 << 20), 12)),
        ],
        ANCHOR_BITS,
    )


def _buckets(parts: list[tuple[Int64, UInt64]], bits: int) -> Buckets:
    rows = np.concatenate([lines for lines, _ in parts])
    hashes = np.concatenate([hashes for _, hashes in parts])
    return rows, (hashes >> np.uint64(64 - bits)).astype(np.int32)


def _follow(first: UInt64, second: UInt64, step: int) -> UInt64:
    """`first[i]` and `second[i + step]` as one hash; the last `step` entries are no pairs."""
    pairs = np.zeros_like(first)
    if len(first) > step:
        pairs[:-step] = first[:-step] * np.uint64(3) + second[step:] * np.uint64(0x9E3779B1)
    return pairs


def score_buckets(buckets: Buckets, tables: NDArray[np.floating], lines: int) -> Float32:
    """The scores of all lines, one column a table; `tables` is (buckets, columns).

    A sparse matrix of ones times the tables: one pass over the features for all columns.
    """
    rows, at = buckets
    scale = 1 / np.sqrt(np.maximum(np.bincount(rows, minlength=lines), 1))
    ones = np.ones(len(rows), dtype=np.float32)
    sums = coo_array((ones, (rows, at)), shape=(lines, len(tables))) @ tables
    return np.asarray(sums * scale[:, None], dtype=np.float32)


_ATTRIBUTE_WORD = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])|\d+")


@lru_cache(maxsize=1 << 16)
def signature_hashes(tag: str, attributes: str) -> UInt64:
    """Hashes of what an element says it is: its tag, its class words, whole and in parts."""
    words = {f"<{tag}>"}
    for name in attributes.split()[:12]:
        words.add("." + re.sub(r"\d+", "0", name[:60].lower()))
        parts = [part.lower() for part in _ATTRIBUTE_WORD.findall(name[:60])]
        words.update(part for part in parts if not part.isdigit() and len(part) > 1)
        words.add(f"{tag}.{parts[0]}" if parts else "")
    return np.array([hash_word(word) for word in sorted(words - {""})], dtype=np.uint64)


def dom_buckets(dom: Dom, reach: int = _ANCESTORS) -> Buckets:
    """The lines and the buckets of the DOM features of a batch, as parallel arrays.

    Features are the words of a line's element and of those up to `reach` above it, apart by
    distance.
    """
    hashes = [signature_hashes(*pair) for pair in dom.pairs]
    sizes = np.array([len(h) for h in hashes])
    flat = np.concatenate(hashes)
    offsets = np.concatenate([[0], np.cumsum(sizes)])[:-1]
    rows, buckets = [], []
    lines = np.arange(len(dom.links))
    for distance, element in enumerate(dom.ancestors[: reach + 1]):
        signatures = dom.signatures[element]
        here = element < len(dom.parents) - 1
        count = sizes[signatures[here]]
        which = np.repeat(offsets[signatures[here]], count)
        within = np.arange(len(which)) - np.repeat(np.cumsum(count) - count, count)
        rows.append(np.repeat(lines[here], count))
        salted = mix(flat[which + within], 20 + min(distance, DISTANCES - 1))
        buckets.append((salted >> np.uint64(64 - DOM_BITS)).astype(np.int64))
    return np.concatenate(rows), np.concatenate(buckets)


def score_dom(dom: Dom, tables: NDArray[np.floating]) -> Float32:
    """The DOM scores of all lines, one column a table; `tables` is (2^DOM_BITS, columns).

    The same as summing over `dom_buckets`, but each distinct element is scored once.
    """
    hashes = [signature_hashes(*pair) for pair in dom.pairs]
    sizes = np.array([len(h) for h in hashes])
    flat = np.concatenate(hashes)
    owner = np.repeat(np.arange(len(hashes)), sizes)
    lines, columns = len(dom.links), tables.shape[1]
    total = np.zeros((lines, columns))
    count = np.zeros(lines)
    nobody = len(dom.parents) - 1
    by_signature = []
    for distance in range(DISTANCES):
        buckets = (mix(flat, 20 + distance) >> np.uint64(64 - DOM_BITS)).astype(np.int64)
        sums = [
            np.bincount(owner, weights=tables[:, column][buckets], minlength=len(hashes))
            for column in range(columns)
        ]
        by_signature.append(np.stack(sums, axis=1))
    for distance, element in enumerate(dom.ancestors[: _ANCESTORS + 1]):
        signatures = dom.signatures[element]
        here = element < nobody
        total += by_signature[min(distance, DISTANCES - 1)][signatures] * here[:, None]
        count += sizes[signatures] * here
    return (total / np.sqrt(np.maximum(count, 1))[:, None]).astype(np.float32)
