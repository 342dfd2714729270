"""Lines to words and hashes, for a whole batch at once.

All lines of a batch stand in one array of UTF-16 code units. A polynomial prefix hash over it
gives the hash of any word or line from two look-ups (Karp and Rabin 1987), so that no Python
object is made per word.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, fields
from functools import cache, cached_property, lru_cache

import numpy as np
from numpy.typing import NDArray

from cleaner.native import load

UInt64 = NDArray[np.uint64]
Int64 = NDArray[np.int64]

# What a code unit is, as bits.
WORD, DIGIT, UPPER, IDEOGRAPH, STOP, MARK, OPENER = (1 << bit for bit in range(7))

_IDEOGRAPHS = (
    (0x2E80, 0x2FDF),
    (0x3005, 0x3007),
    (0x3040, 0x30FF),
    (0x31F0, 0x31FF),
    (0x3400, 0x4DBF),
    (0x4E00, 0x9FFF),
    (0xF900, 0xFAFF),
    (0xFF66, 0xFF9F),
)
_STOPS = ".!?…。！？؟।"
_OPENERS = "-–—•·*>»›▸►●■|#+"
_NEWLINE = 10

_BASE = 0x9E3779B97F4A7C15 | 1
_INVERSE = pow(_BASE, -1, 1 << 64)
_MIX = np.uint64(0xD6E8FEB86659FD93)

_compiled = load("words")


@dataclass(frozen=True)
class Words:
    """The words of a batch of lines.

    `units` are the batch's code units with digits masked and case folded, `classes` their
    bits; line `i` stands at `line_starts[i]:line_ends[i]`. Word `w` stands at
    `starts[w]:ends[w]` in line `lines[w]`, `ranks[w]` words after that line's first;
    `hashes[w]` is the same wherever the word stands. `first[i]:first[i + 1]` are the words
    of line `i`, `line_hashes[i]` the hash of all of it.
    """

    units: NDArray[np.uint16]
    classes: NDArray[np.uint8]
    line_starts: Int64
    line_ends: Int64
    line_hashes: UInt64
    starts: Int64
    ends: Int64
    lines: Int64
    ranks: Int64
    hashes: UInt64
    first: Int64

    @cached_property
    def counts(self) -> Int64:
        """How many words each line has."""
        return self.first[1:] - self.first[:-1]

    @cached_property
    def chars(self) -> Int64:
        """How many code units each line has."""
        return self.line_ends - self.line_starts


def take_lines(words: Words, stretches: Sequence[tuple[int, int]]) -> Words:
    """The words of stretches of lines, one behind the other, as `find_words` would give them.

    A stretch `(a, b)` is the lines from `a` up to `b`, and none is empty.
    """
    parts: dict[str, list[NDArray[np.generic]]] = {field.name: [] for field in fields(Words)}
    units = lines = count = 0
    for a, b in stretches:
        start, end = int(words.line_starts[a]), int(words.line_ends[b - 1]) + 1
        first, last = int(words.first[a]), int(words.first[b])
        shift = units - start
        own = slice(first, last)
        taken = Words(
            units=words.units[start:end],
            classes=words.classes[start:end],
            line_starts=words.line_starts[a:b] + shift,
            line_ends=words.line_ends[a:b] + shift,
            line_hashes=words.line_hashes[a:b],
            starts=words.starts[own] + shift,
            ends=words.ends[own] + shift,
            lines=words.lines[own] + (lines - a),
            ranks=words.ranks[own],
            hashes=words.hashes[own],
            first=words.first[a:b] + (count - first),
        )
        for name, some in parts.items():
            some.append(getattr(taken, name))
        units, lines, count = units + end - start, lines + b - a, count + last - first
    parts["first"].append(np.array([count]))
    return Words(**{name: np.concatenate(some) for name, some in parts.items()})


def find_words(raw: NDArray[np.uint16]) -> Words:
    """The words of lines of UTF-16 code units, each followed by a line feed.

    A word is a run of letters, marks and digits, or one ideograph or kana.
    """
    classes, folded = _tables()
    if _compiled is not None:
        return Words(*_compiled.find(raw, classes, folded))
    classes, units = classes[raw], folded[raw]

    line_ends = np.flatnonzero(raw == _NEWLINE)
    line_starts = np.empty_like(line_ends)
    line_starts[0] = 0
    line_starts[1:] = line_ends[:-1] + 1

    is_word = (classes & WORD) != 0
    is_ideograph = (classes & IDEOGRAPH) != 0
    joins = np.zeros(len(raw), dtype=bool)  # goes on with the word of the unit before
    joins[1:] = is_word[1:] & is_word[:-1] & ~is_ideograph[1:] & ~is_ideograph[:-1]
    starts = np.flatnonzero(is_word & ~joins)
    is_last = is_word.copy()
    is_last[:-1] &= ~joins[1:]
    ends = np.flatnonzero(is_last) + 1

    prefix = _prefix_hashes(units)
    lines = np.searchsorted(line_ends, starts)
    first = np.searchsorted(starts, np.append(line_starts, len(raw)))
    return Words(
        units=units,
        classes=classes,
        line_starts=line_starts,
        line_ends=line_ends,
        line_hashes=_range_hashes(prefix, line_starts, line_ends),
        starts=starts,
        ends=ends,
        lines=lines,
        ranks=np.arange(len(starts)) - first[lines],
        hashes=_range_hashes(prefix, starts, ends),
        first=first,
    )


def mix(hashes: UInt64, salt: int) -> UInt64:
    """`hashes` spread anew, differently for each `salt`."""
    spread = (hashes ^ np.uint64(salt * 0x9E3779B97F4A7C15 % (1 << 64))) * _MIX
    spread ^= spread >> np.uint64(32)
    spread *= _MIX
    return np.asarray(spread ^ (spread >> np.uint64(29)))


def hash_word(word: str) -> int:
    """The hash that `find_words` gives a word, not masked nor folded here."""
    value = 0
    for at, unit in enumerate(np.frombuffer(word.encode("utf-16-le"), dtype=np.uint16).tolist()):
        value += (unit + 1) * pow(_BASE, at, 1 << 64)
    return value % (1 << 64)


def _prefix_hashes(units: NDArray[np.uint16]) -> UInt64:
    prefix = np.zeros(len(units) + 1, dtype=np.uint64)
    powers, _ = _powers(_capacity(len(units)))
    np.cumsum((units.astype(np.uint64) + np.uint64(1)) * powers[: len(units)], out=prefix[1:])
    return prefix


def _range_hashes(prefix: UInt64, starts: Int64, ends: Int64) -> UInt64:
    _, inverses = _powers(_capacity(len(prefix) - 1))
    return np.asarray((prefix[ends] - prefix[starts]) * inverses[starts])


def _capacity(length: int) -> int:
    return max(1 << 16, 1 << (length + 1).bit_length())


@lru_cache(maxsize=2)
def _powers(length: int) -> tuple[UInt64, UInt64]:
    """The powers of the hash's base and of its inverse, modulo 2^64."""
    both = []
    for base in (_BASE, _INVERSE):
        powers = np.full(length, base, dtype=np.uint64)
        powers[0] = 1
        both.append(np.cumprod(powers, dtype=np.uint64))
    return both[0], both[1]


@cache
def _tables() -> tuple[NDArray[np.uint8], NDArray[np.uint16]]:
    """Per UTF-16 code unit: its class bits, and the unit it is compared as."""
    classes = np.zeros(1 << 16, dtype=np.uint8)
    folded = np.arange(1 << 16, dtype=np.uint16)
    for code in range(1 << 16):
        if 0xD800 <= code < 0xE000:
            continue
        char = chr(code)
        category = unicodedata.category(char)
        bits = 0
        if category[0] in "LM" or category == "Nd":
            bits |= WORD
        elif category[0] in "PS":
            bits |= MARK
        if category == "Nd":
            bits |= DIGIT
            folded[code] = ord("0")
        elif category in ("Lu", "Lt"):
            bits |= UPPER
            lower = char.lower()
            if len(lower) == 1:
                folded[code] = ord(lower)
        classes[code] = bits
    for start, end in _IDEOGRAPHS:
        block = classes[start : end + 1]
        block[(block & WORD) != 0] |= IDEOGRAPH
    for chars, bit in ((_STOPS, STOP), (_OPENERS, OPENER)):
        for char in chars:
            classes[ord(char)] |= bit
    return classes, folded
