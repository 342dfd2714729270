"""Which of thousands of known texts stand in the lines of a page, found in one pass over it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import cache

import numpy as np
from numpy.typing import NDArray

from cleaner.native import load
from cleaner.split.page import Page, Units

HEAD = 4  # characters that a part of a line has at least: shorter ones stand on nearly every page
_PREFIX = 8  # characters that a beginning has at least, so that it says something
_DENSE_PREFIX = 4  # of scripts that say as much in half of them
_DENSE = re.compile("[\u1100-\u11ff\u2e80-\u9fff\uac00-\ud7af]")
_MARKERS = frozenset("-*•·–")
_MARKER_UNITS = np.array(sorted(map(ord, _MARKERS)), dtype=np.uint16)
# Where units are that do not fold to themselves, past which are ideographs and the like.
_CASED = (range(0x3000), range(0xA640, 0xAC00), range(0xF900, 0xFFFF))
# Where characters beyond 16 bits have case, in steps of those that have one first half.
_ASTRAL = range(0x10000, 0x20000, 0x400)
_ODD = 0xFFFF  # no character; what a unit is folded to that is not folded to one unit

_compiled = load("lookups")


class LiteralIndex:
    """Known texts, folded, which go by numbers: whole lines from 0, prefixes of lines, and parts.

    Prefixes and parts, which are sought everywhere, have `HEAD` characters or more.
    """

    def __init__(
        self, lines: Sequence[str], prefixes: Sequence[str] = (), parts: Sequence[str] = ()
    ):
        self._lines: dict[str, list[int]] = {}
        for number, text in enumerate(lines):
            self._lines.setdefault(text, []).append(number)
        self._prefixes: dict[str, list[tuple[str, int]]] = {}
        for number, text in enumerate(prefixes, len(lines)):
            self._prefixes.setdefault(text[:HEAD], []).append((text, number))
        self._parts = [(text, n) for n, text in enumerate(parts, len(lines) + len(prefixes))]
        self._columns: tuple[object, ...] = ()
        if _compiled is not None:
            texts = (*(f"{line}\n" for line in lines), *prefixes, *parts)
            encoded = [text.encode("utf-16-le", "surrogatepass") for text in texts]
            units = np.frombuffer(b"".join(encoded), dtype=np.uint16)
            bounds = np.cumsum([0, *(len(each) // 2 for each in encoded)], dtype=np.int64)
            chains = _compiled.chains(units, bounds, len(lines), len(prefixes))
            self._columns = (units, bounds, *chains, len(parts), _MARKER_UNITS)

    def find(self, page: Page) -> list[tuple[int, int]]:
        """Each line's place in `page` with the number of each text that it is or holds.

        A line with a list marker (`- `, `* `, `• `) is also taken without it.
        """
        folded = fold_units(page.units)
        if _compiled is not None and self._columns:  # it may come from where nothing is compiled
            found: list[tuple[int, int]] = _compiled.find(folded, *self._columns)
            return found
        text = _to_text(folded)
        parts = [(part, number) for part, number in self._parts if part in text]
        return [
            (place, number)
            for place, line in enumerate(text.split("\n")[:-1])
            for number in self._numbers(line, parts)
        ]

    def _numbers(self, line: str, parts: Sequence[tuple[str, int]]) -> Iterator[int]:
        """The numbers of what `line` is or begins with, and of those of `parts` that it holds."""
        yield from self._lines.get(line, ())
        yield from self._begun(line)
        if line[:1] in _MARKERS and line[1:2] == " ":
            yield from self._lines.get(line[2:], ())
            yield from self._begun(line[2:])
        yield from (number for part, number in parts if part in line)

    def _begun(self, line: str) -> Iterator[int]:
        for text, number in self._prefixes.get(line[:HEAD], ()):
            if line.startswith(text):
                yield number


def fold_units(units: Units) -> Units:
    """The code units of a page's lines, each as `fold` has it."""
    if _compiled is not None:
        folded: Units | None = _compiled.fold(units, *_folds())
        if folded is not None:
            return folded
    lines = _to_text(units).split("\n")
    return np.frombuffer(
        "\n".join(map(fold, lines)).encode("utf-16-le", "surrogatepass"), np.uint16
    )


def fold_lines(page: Page) -> list[str]:
    """The lines of a page, each as `fold` has it."""
    return _to_text(fold_units(page.units)).split("\n")[:-1]


def _to_text(units: Units) -> str:
    return str(units.tobytes(), "utf-16-le", "surrogatepass")


@cache
def _folds() -> tuple[NDArray[np.uint16], NDArray[np.uint16], NDArray[np.uint16]]:
    """What each UTF-16 code unit is folded to, and which become several, in which rows.

    Half of a character that has case is said to become nothing: it takes the whole character.
    """
    folds = np.arange(1 << 16, dtype=np.uint16)
    longer: dict[int, list[int]] = {}
    for unit in (unit for some in _CASED for unit in some):
        folded = " " if chr(unit).isspace() and unit != ord("\n") else chr(unit).casefold()
        if len(folded) > 1:
            longer[unit] = [*map(ord, folded), 0][:3]
        folds[unit] = ord(folded) if len(folded) == 1 else _ODD
    for number, first in enumerate(_ASTRAL):
        text = "".join(map(chr, range(first, first + _ASTRAL.step)))
        if text.casefold() != text:
            longer[0xD800 + number] = [0, 0, 0]
    folds[list(longer)] = _ODD
    odd = sorted(longer)
    return folds, np.array(odd, np.uint16), np.array([longer[unit] for unit in odd], np.uint16)


def is_long_enough(prefix: str) -> bool:
    """Whether a prefix, folded, says enough of a line that begins with it.

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
