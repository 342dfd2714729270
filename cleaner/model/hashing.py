"""Sparse features of a batch as hashed buckets, for linear scorers.

The hashing trick (Weinberger et al. 2009): a feature's bucket is its hash, so no vocabulary is
stored. A scorer is a table with a weight per bucket, and a line's score the mean of its
buckets' weights, times the square root of how many there are.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache, cached_property
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from cleaner.model.batch import Dom, Float32
from cleaner.model.tokens import Int64, UInt64, Words, mix
from cleaner.native import load

WORD_BITS = 19
ANCHOR_BITS = 17
DOM_BITS = 17
DISTANCES = 4  # an element's words count apart for its own lines, its children's, …
_ANCESTORS = 9  # elements above a line whose words count
_DOM_SALT = 20  # of the words of a line's own element; one more for each further distance
_MAX_WORDS = 40  # words from a line's start that count; the rest repeats what they say
_SHORT = 12  # words; a line up to this long also counts as a whole

Buckets = tuple[Int64, Int64]

_words = load("words")
_adders = load("sums")


def word_buckets(words: Words) -> Buckets:
    """The lines and the buckets of what lines say, as parallel arrays.

    Features are words and pairs of words, near a line's start, and how long it is.
    """
    counts = words.counts
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
    counts = words.counts
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
    return rows, (hashes >> np.uint64(64 - bits)).astype(np.int64)


def _follow(first: UInt64, second: UInt64, step: int) -> UInt64:
    """`first[i]` and `second[i + step]` as one hash; the last `step` entries are no pairs."""
    pairs = np.zeros_like(first)
    if len(first) > step:
        pairs[:-step] = first[:-step] * np.uint64(3) + second[step:] * np.uint64(0x9E3779B1)
    return pairs


@dataclass(frozen=True)
class Table:
    """What buckets weigh: `weights` (buckets, columns) in steps of `scale`, one a column.

    Eight bits a weight keep the tables small enough to stay near the processor, and cost a
    scorer nothing that can be measured.
    """

    weights: NDArray[np.int8]
    scale: Float32

    @staticmethod
    def of(values: Float32) -> Table:
        """`values` (buckets, columns), rounded to steps."""
        scale = np.maximum(np.abs(values).max(axis=0), 1e-9).astype(np.float32) / 127
        return Table(np.round(values / scale).astype(np.int8), scale)

    def __len__(self) -> int:
        return len(self.weights)

    @cached_property
    def parts(self) -> tuple[Table, Table, Table]:
        """A table of three parts of one length, apart."""
        one, two, three = np.split(self.weights, 3)
        return Table(one, self.scale), Table(two, self.scale), Table(three, self.scale)

    @cached_property
    def wide(self) -> NDArray[np.int32]:
        """The weights as numpy and scipy can sum them."""
        return self.weights.astype(np.int32)


class Sums(NamedTuple):
    """What features sum up to in a table: `sums` (lines, columns), of `numbers` (lines,) each."""

    sums: Float32
    numbers: Int64


def scores(*parts: Sums) -> Float32:
    """The scores of all lines, (lines, columns), from what each part of their features sums to."""
    total = parts[0].sums
    number = parts[0].numbers
    for part in parts[1:]:
        total = total + part.sums
        number = number + part.numbers
    scale = 1 / np.sqrt(np.maximum(number, 1), dtype=np.float32)
    return np.asarray(total * scale[:, None], dtype=np.float32)


def score_buckets(buckets: Buckets, table: Table, lines: int) -> Sums:
    """What features given as their lines and buckets sum up to in `table`, (buckets, columns)."""
    rows, at = buckets
    sums = _scaled(_sum_rows(rows, at, table, lines), table)
    return Sums(sums, np.bincount(rows, minlength=lines))


def dom_buckets(dom: Dom, reach: int = _ANCESTORS) -> Buckets:
    """The lines and the buckets of the DOM features of a batch, as parallel arrays.

    Features are the words of a line's element and of those up to `reach` above it, apart by
    distance.
    """
    rows, buckets = [], []
    lines = np.arange(len(dom.ancestors[0]))
    for distance, element in enumerate(dom.ancestors[: reach + 1]):
        here = element < len(dom.parents) - 1
        counts, said = dom.said_by(dom.signatures[element[here]])
        rows.append(np.repeat(lines[here], counts))
        salted = mix(said, _DOM_SALT + min(distance, DISTANCES - 1))
        buckets.append((salted >> np.uint64(64 - DOM_BITS)).astype(np.int64))
    return np.concatenate(rows), np.concatenate(buckets)


def score_words(words: Words, table: Table) -> Sums:
    """What the features of `word_buckets` sum up to in `table`, (2^bits, columns).

    A table of fewer bits than `WORD_BITS` is looked up by the first ones.
    """
    bits = len(table).bit_length() - 1
    if _words is not None:
        sums, numbers = _words.score_words(
            words.first, words.hashes, _lengths(), table.weights, bits
        )
        return Sums(_scaled(sums, table), numbers)
    return score_buckets(
        _first_bits(word_buckets(words), WORD_BITS, bits), table, len(words.line_ends)
    )


def score_anchors(words: Words, table: Table) -> Sums:
    """The same of the features of `anchor_buckets`."""
    bits = len(table).bit_length() - 1
    if _words is not None:
        sums, numbers = _words.score_anchors(
            words.first, words.hashes, words.units, words.ends, words.line_starts,
            words.line_ends, words.line_hashes, table.weights, bits,
        )  # fmt: skip
        return Sums(_scaled(sums, table), numbers)
    return score_buckets(
        _first_bits(anchor_buckets(words), ANCHOR_BITS, bits), table, len(words.line_ends)
    )


def score_dom(dom: Dom, table: Table, reach: int = _ANCESTORS) -> Sums:
    """The same of the features of `dom_buckets`, but each distinct element is scored once."""
    shift = 64 - (len(table).bit_length() - 1)
    ancestors = dom.ancestors[: reach + 1]
    if _adders is not None:
        sums, numbers = _adders.score_elements(
            ancestors, dom.signatures, dom.said, dom.said_counts, table.weights, DISTANCES,
            _DOM_SALT, shift,
        )  # fmt: skip
        return Sums(_scaled(sums, table), numbers)
    sizes = np.concatenate([[0], dom.said_counts[1:]])  # the first pair is nobody's
    owner = np.repeat(np.arange(len(sizes)), dom.said_counts)
    sums = np.zeros((len(ancestors[0]), table.weights.shape[1]), dtype=np.int32)
    numbers = np.zeros(len(ancestors[0]), dtype=np.int64)
    for distance, element in enumerate(ancestors):
        signatures = dom.signatures[element]
        if distance < DISTANCES:
            buckets = (mix(dom.said, _DOM_SALT + distance) >> np.uint64(shift)).astype(np.int64)
            known = _sum_rows(owner, buckets, table, len(sizes))
            known[0] = 0
        sums += known[signatures]
        numbers += sizes[signatures]
    return Sums(_scaled(sums, table), numbers)


def _scaled(sums: NDArray[np.int32], table: Table) -> Float32:
    return sums.astype(np.float32) * table.scale


def _sum_rows(rows: Int64, at: Int64, table: Table, lines: int) -> NDArray[np.int32]:
    """The sum of `table.weights[at[i]]` over all `i` with `rows[i] == line`: (lines, columns)."""
    if _adders is not None:
        sums: NDArray[np.int32] = _adders.sum_rows(rows, at, table.weights, lines)
        return sums
    from scipy.sparse import coo_array  # a third of the start-up, and seldom needed

    ones = np.ones(len(rows), dtype=np.int32)
    return np.asarray(coo_array((ones, (rows, at)), shape=(lines, len(table))) @ table.wide)


def _first_bits(buckets: Buckets, bits: int, wanted: int) -> Buckets:
    return buckets[0], buckets[1] >> (bits - wanted)


@cache
def _lengths() -> UInt64:
    """What lines of 0, 1, … words count as; longer ones count as the last."""
    return np.asarray(np.minimum(np.log2(np.arange(1 << 10) + 1) * 2, 20).astype(np.uint64))
