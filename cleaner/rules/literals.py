"""Which of thousands of known lines a line is, at the cost of a few look-ups a line."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from functools import cache, lru_cache

import numpy as np
from numpy.typing import NDArray

from cleaner.native import load
from cleaner.split.page import Page, Units

_PREFIX = 8  # characters; what a line begins with is looked up before the rest of it
_DENSE_PREFIX = 4  # of scripts that say as much in half of them
_DENSE = re.compile("[\u1100-\u11ff\u2e80-\u9fff\uac00-\ud7af]")
_HEAD = 12  # characters that hold as many of a line whose white space is not collapsed yet
_MARKERS = frozenset("-*•·–")
_MARKER_UNITS = np.array([ord(mark) for mark in _MARKERS], dtype=np.uint16)
_SPACE = ord(" ")
GUARD = 4  # characters that are sought at once; what is shorter stands on nearly every page
_ODD = 0xFFFF  # no character; what a unit is folded to that is not folded to one unit
# Where units are that do not fold to themselves, past which are ideographs and the like.
_CASED = (range(0x3000), range(0xA640, 0xAC00), range(0xD800, 0xE000), range(0xF900, 0x10000))
_HASH_BITS = 20
_DENSE_BITS = 16
_FACTORS = np.array(
    [pow(0x9E3779B97F4A7C15, n + 1, 1 << 64) for n in range(_PREFIX)], dtype=np.uint64
)

_compiled = load("lookups")


class LiteralIndex:
    """Exact lines and prefixes, each with a number, sought by how a line begins."""

    def __init__(self, exact: Iterable[tuple[str, int]], prefixes: Iterable[tuple[str, int]]):
        self._exact: dict[str, list[int]] = {}
        # By their first characters, so many of them.
        self._prefixes: dict[int, dict[str, list[tuple[str, int]]]] = {
            _PREFIX: {},
            _DENSE_PREFIX: {},
        }
        for text, number in exact:
            self._exact.setdefault(fold(text), []).append(number)
        for text, number in prefixes:
            prefix = fold_prefix(text)
            size = _PREFIX if len(prefix) >= _PREFIX else _DENSE_PREFIX
            self._prefixes[size].setdefault(prefix[:size], []).append((prefix, number))
        self._heads = {line[:_PREFIX].strip() for line in self._exact}
        self._heads |= {head.strip() for head in self._prefixes[_PREFIX]}
        self._known = _known_heads(self._heads, _PREFIX, _HASH_BITS)
        self._known_dense = _known_heads(self._prefixes[_DENSE_PREFIX], _DENSE_PREFIX, _DENSE_BITS)

    def find(self, page: Page) -> list[tuple[int, int]]:
        """Each line's place in `page` with the number of each literal that it is or begins with.

        A line with a list marker (`- `, `* `, `• `) is also compared without it.
        """
        texts = page.texts
        found: list[tuple[int, int]] = []
        for place in self._candidates(page):
            line = fold(texts[place])
            self._look_up(line, place, found)
            if line[:1] in _MARKERS and line[1:2] == " ":
                self._look_up(line[2:], place, found)
        return found

    def _candidates(self, page: Page) -> list[int]:
        """The lines that may be one, by a hash of how they begin; they may be too many."""
        is_known, is_odd = _look_up_heads(
            page.units, page.line_ends, self._known, self._known_dense
        )
        texts = page.texts
        for line in np.flatnonzero(is_odd).tolist():
            is_known[line] |= self._may_be(texts[line][:_HEAD])
        found: list[int] = np.flatnonzero(is_known).tolist()
        return found

    def _may_be(self, head: str) -> bool:
        text = fold(head)
        is_head = text[:_PREFIX].rstrip() in self._heads
        return (
            is_head or text[:_DENSE_PREFIX] in self._prefixes[_DENSE_PREFIX] or text[:1] in _MARKERS
        )

    def _look_up(self, line: str, place: int, found: list[tuple[int, int]]) -> None:
        if numbers := self._exact.get(line):
            found += [(place, number) for number in numbers]
        for size, known in self._prefixes.items():
            if prefixes := known.get(line[:size]):
                found += [(place, number) for prefix, number in prefixes if line.startswith(prefix)]


def _look_up_heads(
    units: Units, ends: NDArray[np.int64], known: NDArray[np.bool_], dense: NDArray[np.bool_]
) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Which of the lines that end at `ends` may begin like a known one, and which are odd.

    `known` and `dense` have flags of heads, long ones and short ones, by their hashes. Odd is
    what is folded to more or fewer units, and white space beyond single spaces.
    """
    if _compiled is not None:
        found: tuple[NDArray[np.bool_], NDArray[np.bool_]] = _compiled.look_up(
            units, ends, _folds(), known.view(np.uint8), dense.view(np.uint8),
            _MARKER_UNITS, _FACTORS, _DENSE_PREFIX,
        )  # fmt: skip
        return found
    if not len(ends):
        return np.zeros(0, dtype=np.bool_), np.zeros(0, dtype=np.bool_)
    starts = np.concatenate([[0], ends[:-1] + 1])
    at = starts[:, None] + np.arange(_PREFIX)
    heads = np.where(at < ends[:, None], _folds()[units[np.minimum(at, len(units) - 1)]], 0)
    spaces = heads == _SPACE
    is_odd = (heads == _ODD).any(axis=1) | (spaces[:, 1:] & spaces[:, :-1]).any(axis=1)
    is_marked = np.isin(heads[:, 0], _MARKER_UNITS) & spaces[:, 1]
    is_known = dense[_hash_heads(heads[:, :_DENSE_PREFIX], _DENSE_BITS)]
    is_known &= ends - starts >= _DENSE_PREFIX
    heads[spaces[:, -1], -1] = 0
    is_known |= known[_hash_heads(heads, _HASH_BITS)]
    return is_marked | (is_known & ~is_odd), is_odd


def stand_in(units: Units, literals: tuple[str, ...]) -> NDArray[np.bool_]:
    """Which of `literals` stand in a text as written; each is empty or of `GUARD` characters."""
    if _compiled is not None:
        return np.asarray(_compiled.stand_in(units, *_chains(literals)))
    text = str(units.tobytes(), "utf-16-le", "surrogatepass")
    return np.array([literal in text for literal in literals], dtype=np.bool_)


@lru_cache(maxsize=8)
def _chains(literals: tuple[str, ...]) -> tuple[NDArray[np.generic], ...]:
    """What it takes to find `literals` in one pass over a text."""
    assert _compiled is not None
    encoded = [literal.encode("utf-16-le", "surrogatepass") for literal in literals]
    units = np.frombuffer(b"".join(encoded), dtype=np.uint16)
    bounds = np.cumsum([0, *(len(each) // 2 for each in encoded)], dtype=np.int64)
    return units, bounds, *_compiled.chains(units, bounds)


@cache
def _folds() -> NDArray[np.uint16]:
    """What each UTF-16 code unit is folded to, or `_ODD`."""
    folds = np.arange(1 << 16, dtype=np.uint16)
    for unit in (unit for some in _CASED for unit in some):
        folded = chr(unit).casefold()
        is_odd = (
            len(folded) > 1
            or ord(folded) > _ODD
            or 0xD800 <= unit < 0xE000  # half of a character
            or (folded.isspace() and folded != " ")
        )
        folds[unit] = _ODD if is_odd else ord(folded)
    return folds


def fold_units(units: Units) -> Units:
    """The code units of a text as `fold_page` folds it, but for what it folds to several."""
    if _compiled is not None:
        return np.asarray(_compiled.fold(units, _blank_folds()))
    folded = _blank_folds()[units]
    is_space = folded == _SPACE
    is_more = is_space[1:] & is_space[:-1]
    return np.asarray(folded[np.insert(~is_more, 0, True)] if is_more.any() else folded)


def longest_folded(literal: str) -> str:
    """The longest part of a literal that stands in what `fold_units` makes of a text with it.

    >>> longest_folded("Noch 8 Straßen")
    'noch 8 stra'
    """
    folds = _folds()
    parts = [""]
    for char in literal:
        is_odd = ord(char) > _ODD or folds[ord(char)] == _ODD
        parts[-1:] = [parts[-1], ""] if is_odd else [parts[-1] + char.casefold()]
    return max(parts, key=len)


@cache
def _blank_folds() -> NDArray[np.uint16]:
    """`_folds`, with a space for each kind of white space."""
    folds: NDArray[np.uint16] = _folds().copy()
    folds[[unit for unit in range(0x3001) if chr(unit).isspace()]] = _SPACE  # none beyond
    return folds


def _known_heads(heads: Collection[str], size: int, bits: int) -> NDArray[np.bool_]:
    """Flags by the hashes of heads, which are at most `size` characters."""
    rows = np.zeros((len(heads), size), dtype=np.uint16)
    for row, head in zip(rows, heads, strict=True):
        units = np.frombuffer(head.encode("utf-16-le", "surrogatepass"), dtype=np.uint16)[:size]
        row[: len(units)] = units
    known = np.zeros(1 << bits, dtype=np.bool_)
    known[_hash_heads(rows, bits)] = True
    return known


def _hash_heads(heads: NDArray[np.uint16], bits: int) -> NDArray[np.int64]:
    """A number of so many bits for each row."""
    mixed = (heads.astype(np.uint64) * _FACTORS[: heads.shape[1]]).sum(axis=1)
    return np.asarray(mixed >> np.uint64(64 - bits)).astype(np.int64)


def is_long_enough(prefix: str) -> bool:
    """Whether a prefix, folded, is long enough to be looked up by how it begins.

    >>> is_long_enough("read also"), is_long_enough("read"), is_long_enough("相关阅读")
    (True, False, True)
    """
    return len(prefix) >= _PREFIX or len(_DENSE.findall(prefix)) >= _DENSE_PREFIX


def fold(text: str) -> str:
    r"""A line as it is compared: case and the amount of white space do not matter.

    >>> fold("Add  New\xa0comment ")
    'add new comment'
    """
    return " ".join(text.split()).casefold()


def fold_prefix(text: str) -> str:
    """A prefix as it is compared; a space at its end says that a word ends there."""
    return fold(text) + (" " if text[-1:].isspace() else "")


def fold_page(text: str) -> str:
    """A text of many lines with each folded, but for white space at their ends.

    At a fraction of what `fold` costs a line.
    """
    folded = text.casefold()
    for space in "\t\xa0\u2009\u202f\u3000":  # what pages use besides the space
        folded = folded.replace(space, " ")
    while "  " in folded:
        folded = folded.replace("  ", " ")
    return folded
