"""Columns for wordings that page furniture is known by, whatever the language.

A lexicon holds hashes of written wordings of debris (`training/phrases`): of whole lines, of how
lines begin before a headline or a name (`Read more: …`), and of how they end. What a match is
worth the networks learn, mostly from English pages; it holds for the other languages too, of
whose wordings the scorers have seen little.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from cleaner.model.batch import Columns, Float32
from cleaner.model.tokens import Int64, UInt64, Words, mix
from cleaner.native import load

MOST_WORDS = 12  # of a whole line
HEAD_WORDS = 5
TAIL_WORDS = (2, 3)
_PLACE = np.uint64(0x9E3779B97F4A7C15)  # parts a word's hash by where it stands
_MARKS = np.array([ord(c) for c in ":：»›→>|–—-】]"], dtype=np.uint16)  # between head and the rest
_SPACE = ord(" ")

_compiled = load("lexicon")


@dataclass(frozen=True)
class Lexicon:
    """Hashes of wordings, each ascending: of whole lines, beginnings and ends."""

    whole: UInt64
    heads: UInt64
    tails: UInt64

    @cached_property
    def slots(self) -> tuple[UInt64, UInt64, UInt64]:
        """The hashes where a look-up finds them: open addressing, 0 where nothing is."""
        return _slots(self.whole), _slots(self.heads), _slots(self.tails)


def lexicon_columns(words: Words, lexicon: Lexicon) -> Columns:
    """What of each line stands in `lexicon`."""
    if _compiled is not None:
        whole, head, head_mark, whole_mark, tail = _compiled.match(
            words.first, words.hashes, words.units, words.ends, *lexicon.slots, _MARKS
        )
    else:
        whole, head, head_mark, whole_mark, tail = _match(words, lexicon)
    counts = words.counts
    return {
        "written": whole,
        "written length": whole * np.log1p(np.minimum(counts, MOST_WORDS)),
        "written head": np.log1p(head),
        "written head mark": head_mark,
        "written before mark": np.log1p(whole_mark),
        "written tail": tail,
    }


def head_hashes(words: Words, count: int | None = None) -> UInt64:
    """A hash of each line's first `count` words, or of all; 0 for lines of fewer."""
    sums = np.zeros(len(words.hashes) + 1, dtype=np.uint64)
    np.cumsum(mix(words.hashes + words.ranks.astype(np.uint64) * _PLACE, 71), out=sums[1:])
    first, counts = words.first[:-1], words.counts
    wanted = counts if count is None else np.minimum(counts, count)
    hashes = sums[first + wanted] - sums[first]
    return np.where(counts >= wanted.clip(count or 1), hashes, np.uint64(0))


def tail_hashes(words: Words, count: int) -> UInt64:
    """A hash of each line's last `count` words; 0 for lines of fewer."""
    counts = words.counts
    lines = np.flatnonzero(counts >= count)
    hashes = np.zeros(len(counts), dtype=np.uint64)
    for back in range(count):
        at = words.first[lines + 1] - 1 - back
        place = np.uint64(back * int(_PLACE) % (1 << 64))
        hashes[lines] += mix(words.hashes[at] + place, 72)
    return hashes


def _match(words: Words, lexicon: Lexicon) -> tuple[Float32, ...]:
    counts = words.counts
    whole = _is_among(head_hashes(words), lexicon.whole) & (counts <= MOST_WORDS)
    head, whole_mark, tail = (np.zeros(len(counts), dtype=np.float32) for _ in range(3))
    head_mark = np.zeros(len(counts), dtype=bool)
    for count in range(1, HEAD_WORDS + 1):
        hashes = head_hashes(words, count)
        marked = _has_mark(words, count)
        is_head = _is_among(hashes, lexicon.heads) & (marked | (count > 1))
        head[is_head] = count
        head_mark |= is_head & marked
        whole_mark[_is_among(hashes, lexicon.whole) & marked & (counts > count)] = count
    for count in TAIL_WORDS:
        tail[_is_among(tail_hashes(words, count), lexicon.tails)] = count
    columns = (whole, head, head_mark, whole_mark, tail)
    return tuple(column.astype(np.float32) for column in columns)


def _has_mark(words: Words, count: int) -> NDArray[np.bool_]:
    """Whether a mark follows each line's first `count` words, with a space between or none."""
    lines = np.flatnonzero(words.counts >= count)
    end: Int64 = words.ends[words.first[lines] + count - 1]
    last = len(words.units) - 1
    after, behind = words.units[np.minimum(end, last)], words.units[np.minimum(end + 1, last)]
    found = np.zeros(len(words.first) - 1, dtype=bool)
    found[lines] = np.isin(after, _MARKS) | ((after == _SPACE) & np.isin(behind, _MARKS))
    return found


def _is_among(hashes: UInt64, known: UInt64) -> NDArray[np.bool_]:
    if not len(known):
        return np.zeros(len(hashes), dtype=bool)
    at = np.minimum(np.searchsorted(known, hashes), len(known) - 1)
    return np.asarray((known[at] == hashes) & (hashes != 0))


def _slots(hashes: UInt64) -> UInt64:
    size = 1 << max(3, (4 * len(hashes)).bit_length())
    slots = [0] * size
    for value in hashes.tolist():
        at = value & (size - 1)
        while slots[at]:
            at = (at + 1) & (size - 1)
        slots[at] = value
    return np.array(slots, dtype=np.uint64)
