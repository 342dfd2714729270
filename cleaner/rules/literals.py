"""Which of thousands of known lines a line is, at the cost of a few look-ups a line."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache

import numpy as np
from numpy.typing import NDArray

from cleaner.native import load
from cleaner.split.page import Page, Units

SHORTEST_PREFIX = 8  # characters; what a line begins with is looked up before the rest of it
_HEAD = 12  # characters that hold as many of a line whose white space is not collapsed yet
_MARKERS = frozenset("-*•·–")
_SPACE = ord(" ")
_ODD = 0xFFFF  # no character; what a unit is folded to that is not folded to one unit
# Where units are that do not fold to themselves, past which are ideographs and the like.
_CASED = (range(0x3000), range(0xA640, 0xAC00), range(0xD800, 0xE000), range(0xF900, 0x10000))
_HASH_BITS = 20
_FACTORS = np.array(
    [pow(0x9E3779B97F4A7C15, n + 1, 1 << 64) for n in range(SHORTEST_PREFIX)], dtype=np.uint64
)

_compiled = load("lookups")


class LiteralIndex:
    """Exact lines and prefixes, each with a number, sought by how a line begins."""

    def __init__(self, exact: Iterable[tuple[str, int]], prefixes: Iterable[tuple[str, int]]):
        self._exact: dict[str, list[int]] = {}
        self._prefixes: dict[str, list[tuple[str, int]]] = {}
        for text, number in exact:
            self._exact.setdefault(fold(text), []).append(number)
        for text, number in prefixes:
            prefix = fold_prefix(text)
            self._prefixes.setdefault(prefix[:SHORTEST_PREFIX], []).append((prefix, number))
        self._heads = {line[:SHORTEST_PREFIX].strip() for line in self._exact}
        self._heads |= {head.strip() for head in self._prefixes}
        self._known_heads = np.zeros(1 << _HASH_BITS, dtype=np.bool_)
        rows = np.zeros((len(self._heads), SHORTEST_PREFIX), dtype=np.uint16)
        for row, head in zip(rows, self._heads, strict=True):
            units = np.frombuffer(head.encode("utf-16-le"), dtype=np.uint16)[:SHORTEST_PREFIX]
            row[: len(units)] = units
        self._known_heads[_hash_heads(rows)] = True

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
        is_known, is_odd = _look_up_heads(page.units, page.line_ends, self._known_heads)
        texts = page.texts
        for line in np.flatnonzero(is_odd).tolist():
            is_known[line] |= self._may_be(texts[line][:_HEAD])
        found: list[int] = np.flatnonzero(is_known).tolist()
        return found

    def _may_be(self, head: str) -> bool:
        text = fold(head)
        return text[:SHORTEST_PREFIX].rstrip() in self._heads or text[:1] in _MARKERS

    def _look_up(self, line: str, place: int, found: list[tuple[int, int]]) -> None:
        if numbers := self._exact.get(line):
            found += [(place, number) for number in numbers]
        if prefixes := self._prefixes.get(line[:SHORTEST_PREFIX]):
            found += [(place, number) for prefix, number in prefixes if line.startswith(prefix)]


def _look_up_heads(
    units: Units, ends: NDArray[np.int64], known: NDArray[np.bool_]
) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Which of the lines that end at `ends` may begin like a known one, and which are odd.

    Odd is what is folded to more or fewer units, and white space beyond single spaces.
    """
    markers = np.array([ord(mark) for mark in _MARKERS], dtype=np.uint16)
    if _compiled is not None:
        found: tuple[NDArray[np.bool_], NDArray[np.bool_]] = _compiled.look_up(
            units, ends, _folds(), known.view(np.uint8), markers, _FACTORS, _HASH_BITS
        )
        return found
    if not len(ends):
        return np.zeros(0, dtype=np.bool_), np.zeros(0, dtype=np.bool_)
    starts = np.concatenate([[0], ends[:-1] + 1])
    at = starts[:, None] + np.arange(SHORTEST_PREFIX)
    heads = np.where(at < ends[:, None], _folds()[units[np.minimum(at, len(units) - 1)]], 0)
    spaces = heads == _SPACE
    is_odd = (heads == _ODD).any(axis=1) | (spaces[:, 1:] & spaces[:, :-1]).any(axis=1)
    is_marked = np.isin(heads[:, 0], markers) & spaces[:, 1]
    heads[spaces[:, -1], -1] = 0
    return is_marked | (known[_hash_heads(heads)] & ~is_odd), is_odd


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


def _hash_heads(heads: NDArray[np.uint16]) -> NDArray[np.int64]:
    """A number of `_HASH_BITS` bits for each row."""
    mixed = (heads.astype(np.uint64) * _FACTORS).sum(axis=1)
    return np.asarray(mixed >> np.uint64(64 - _HASH_BITS)).astype(np.int64)


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
