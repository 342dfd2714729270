"""Which of thousands of known lines a line is, at the cost of a few look-ups a line."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from cleaner.native import load
from cleaner.split.page import Page, Units

SHORTEST_PREFIX = 8  # characters; what a line begins with is looked up before the rest of it
_HEAD = 12  # characters that hold as many of a line whose white space is not collapsed yet
_MARKERS = frozenset("-*•·–")
_SPACE = ord(" ")
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
        heads = [head for head in self._heads if head.isascii()]
        if heads:
            rows = np.zeros((len(heads), SHORTEST_PREFIX), dtype=np.uint16)
            for row, head in zip(rows, heads, strict=True):
                row[: len(head)] = np.frombuffer(head.encode("utf-16-le"), dtype=np.uint16)
            self._known_heads[_hash_heads(rows)] = True

    def find(self, page: Page) -> Iterator[tuple[int, int]]:
        """Each line's place in `page` with the number of each literal that it is or begins with.

        A line with a list marker (`- `, `* `, `• `) is also compared without it.
        """
        for place in self._candidates(page.units).tolist():
            line = fold(page.texts[place])
            yield from ((place, number) for number in self._look_up(line))
            if line[:1] in _MARKERS and line[1:2] == " ":
                yield from ((place, number) for number in self._look_up(line[2:]))

    def _candidates(self, units: Units) -> NDArray[np.int64]:
        """The lines that may be one, by a hash of how they begin; they may be too many."""
        ends, is_known, is_odd = _look_up_heads(units, self._known_heads)
        odd = np.flatnonzero(is_odd)
        for line in odd.tolist():
            start = ends[line - 1] + 1 if line else 0
            is_known[line] |= self._may_be(units[start : min(ends[line], start + _HEAD)])
        return np.flatnonzero(is_known)

    def _may_be(self, head: Units) -> bool:
        text = fold(head.tobytes().decode("utf-16-le", "replace"))
        return text[:SHORTEST_PREFIX].rstrip() in self._heads or text[:1] in _MARKERS

    def _look_up(self, line: str) -> Iterator[int]:
        yield from self._exact.get(line, ())
        for prefix, number in self._prefixes.get(line[:SHORTEST_PREFIX], ()):
            if line.startswith(prefix):
                yield number


def _look_up_heads(
    units: Units, known: NDArray[np.bool_]
) -> tuple[NDArray[np.int64], NDArray[np.bool_], NDArray[np.bool_]]:
    """Where the lines in `units` end, which may begin like a known one, and which are odd.

    Odd is what is folded to more or fewer characters, and white space beyond single spaces.
    """
    if _compiled is not None:
        found: tuple[NDArray[np.int64], NDArray[np.bool_], NDArray[np.bool_]] = _compiled.look_up(
            units, known.view(np.uint8), _FACTORS, _HASH_BITS
        )
        return found
    ends = np.flatnonzero(units == ord("\n"))
    if not len(ends):
        return ends, np.zeros(0, dtype=np.bool_), np.zeros(0, dtype=np.bool_)
    starts = np.concatenate([[0], ends[:-1] + 1])
    at = starts[:, None] + np.arange(SHORTEST_PREFIX)
    heads = np.where(at < ends[:, None], units[np.minimum(at, len(units) - 1)], 0)
    spaces = heads == _SPACE
    is_odd = (
        (heads.max(axis=1) > 0x7F)
        | (spaces[:, 1:] & spaces[:, :-1]).any(axis=1)
        | (heads == ord("\t")).any(axis=1)
    )
    is_marker = ((heads[:, 0] == ord("-")) | (heads[:, 0] == ord("*"))) & spaces[:, 1]
    letters = (heads - ord("A")) < 26  # of what is no letter the difference wraps around
    heads += letters.view(np.uint8) * np.uint8(32)
    heads[spaces[:, -1], -1] = 0
    return ends, is_marker | (known[_hash_heads(heads)] & ~is_odd), is_odd


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


def fold_all(texts: Sequence[str]) -> list[str]:
    """Every text folded, at a fraction of what `fold` costs a line."""
    page = "\n".join(texts).casefold()
    for space in "\t\xa0\u2009\u202f\u3000":  # what pages use besides the space
        page = page.replace(space, " ")
    while "  " in page:
        page = page.replace("  ", " ")
    lines = page.split("\n")
    if len(lines) != len(texts):  # a text that itself holds a line end
        return [fold(text) for text in texts]
    return [line.strip() for line in lines]
