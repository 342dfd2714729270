"""Text that was broken into lines of a fixed width, as `lynx -dump`, mail and old pages are.

A line says little then: the paragraph it is part of says what it is.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from cleaner.split.page import Units

_NARROWEST, _WIDEST = 40, 120  # columns at which text is broken
_FEWEST = 5  # lines that are full
_MANY = 10  # … from which on fewer of the lines that might be full must be
_LONG = 0.05  # share of lines that may be wider than any break: tables, links, code
_EDGE = 10  # columns in which most full lines end
_HALF_FULL = 0.6  # of the width; of lines from there on most are full in broken text, few elsewhere
_FULL, _ALL_BUT_FULL = 0.6, 0.85  # share of these lines that must be, of many and of few
# Share of full lines behind which a sentence goes on, told by a small letter.
_GOES_ON = 0.3
_FEWEST_LINKS = 3  # that are broken, where paragraphs are
_FLUSH = 0.5  # share of full lines that may end in the same column: those of a drawn table all do

Bool = NDArray[np.bool_]
Int64 = NDArray[np.int64]


def find_broken(source: Units, starts: Int64, stops: Int64, follows: Bool) -> Int64 | None:
    """The lines that go on in the next one; None if the text was not broken at a width.

    Line `i` is `source[starts[i]:stops[i]]`, and `follows` says of each whether it stands right
    below the one before. A line goes on if it is full: the next one's first word would not have
    fitted on it.
    """
    sizes = stops - starts
    is_wide = sizes > _WIDEST
    if is_wide.sum() > _LONG * len(sizes) or ((sizes >= _NARROWEST) & ~is_wide).sum() < _FEWEST:
        return None
    columns = _columns(source, stops)
    width = _width(columns)
    below = np.append(follows[1:], False)
    may_go_on = below & (columns >= _HALF_FULL * width) & (columns <= width + _EDGE)
    lines = np.flatnonzero(may_go_on)
    lines = lines[~_begin_items(source, starts[lines + 1])]
    spaces = np.flatnonzero(source == ord(" "))
    word_ends = np.append(spaces, len(source))[np.searchsorted(spaces, starts[lines + 1])]
    words = np.minimum(word_ends, stops[lines + 1]) - starts[lines + 1]
    full = lines[columns[lines] + 1 + words > width]
    share = _FULL if len(full) >= _MANY else _ALL_BUT_FULL
    if len(full) < _FEWEST or len(full) < share * len(lines):
        return None
    openers = str(source[starts[full + 1]].tobytes(), "utf-16-le", "replace")
    if sum(map(_is_small, openers)) < _GOES_ON * len(full):
        return None
    return full if np.bincount(columns[full]).max() <= _FLUSH * len(full) else None


def find_soft_breaks(
    source: Units, texts: Sequence[str], starts: Int64, stops: Int64, follows: Bool
) -> Int64 | None:
    """The lines of Markdown that go on in the next one; None if its paragraphs were not broken.

    They were if links are: lines are then too long or short for `find_broken` to tell a width. Two
    spaces at the end of a line keep the next one apart (CommonMark 0.31, 6.7).
    """
    below = np.flatnonzero(follows[1:])
    opens_link = np.array([_opens_link(texts[line]) for line in below.tolist()], dtype=np.bool_)
    broken_links = sum("](" in texts[line] + texts[line + 1] for line in below[opens_link].tolist())
    if broken_links < _FEWEST_LINKS:
        return None
    is_apart = np.isin(source[starts[below]], _units("#|")) & ~opens_link
    is_apart |= _begin_items(source, starts[below + 1])
    after = np.minimum(stops[below] + 1, len(source) - 1)
    is_apart |= (source[stops[below]] == ord(" ")) & (source[after] == ord(" "))
    return np.asarray(below[~is_apart])


def _opens_link(text: str) -> bool:
    return text.rfind("[") > text.rfind("]") or text.rfind("](") > text.rfind(")")


def splits_word(text: str) -> bool:
    """Whether a line ends within a word or an address that was broken at its hyphen."""
    return text.endswith("-") and text[-2:-1].isalnum()


def _columns(source: Units, stops: Int64) -> Int64:
    """The column that each line ends at, white space before it counted."""
    ends = np.flatnonzero(source == ord("\n"))
    before = np.searchsorted(ends, stops)  # ends before each stop
    return stops - np.where(before > 0, ends[before - 1] + 1, 0)


def _begin_items(units: Units, starts: Int64) -> Bool:
    """Which lines begin an item of a list, a quotation or a row of a table."""
    first, second = units[starts], units[np.minimum(starts + 1, len(units) - 1)]
    is_marked = np.isin(first, _units("*-+•·–")) & (second == ord(" "))
    is_numbered = (first - ord("0") < 10) & np.isin(second, _units(".)"))
    return np.asarray(is_marked | is_numbered | np.isin(first, _units(">|#")))


def _units(chars: str) -> Units:
    return np.array([ord(char) for char in chars], dtype=np.uint16)


def _is_small(char: str) -> bool:
    """Whether a letter may stand within a sentence: no capital, or of a script without any."""
    return char.islower() or "\u0590" <= char <= "\u0dff"  # Hebrew, Arabic, those of India


def _width(columns: Int64) -> int:
    """The column at which most lines end that have few beyond it."""
    counts = np.bincount(np.minimum(columns, _WIDEST + 1), minlength=_WIDEST + 2)[:-1]
    below = np.concatenate([[0], np.cumsum(counts)])  # lines that end before each column
    widths = np.arange(_NARROWEST, _WIDEST + 1)
    ending = below[widths + 1] - below[widths + 1 - _EDGE]
    beyond = below[-1] - below[widths + 1]
    return int(widths[np.argmax(ending - beyond)])
