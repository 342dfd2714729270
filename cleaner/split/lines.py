"""Texts to lines: words one space apart, or as they stand where they are preformatted."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from cleaner.native import load

Int64 = NDArray[np.int64]
Bool = NDArray[np.bool_]
UInt8 = NDArray[np.uint8]
Units = NDArray[np.uint16]

JOINED, SPACED, ENDED = range(3)  # what stands between a text and the next

_SPACE, _NEWLINE = ord(" "), ord("\n")
_BREAKS = np.array([0x0A, 0x0B, 0x0C, 0x0D, 0x1C, 0x1D, 0x1E], dtype=np.uint16)  # str.splitlines

_NO_WIDTH = "\u00ad\u2060\ufeff"  # soft hyphen, word joiner, byte order mark
_ZERO_WIDTH_SPACE = 0x200B
# Thai to Burmese, and Khmer, which part words by it, as far as two bytes of UTF-8 tell.
UNSPACED = ((0x0E00, 0x10BF), (0x1780, 0x17FF))
_LETTERS = "".join(f"{chr(first)}-{chr(last)}" for first, last in UNSPACED)
_MARKS = re.compile(f"[{_NO_WIDTH}]|(?<![{_LETTERS}])\u200b(?![{_LETTERS}])")

_compiled = load("markup")

_ENTITIES = {"nbsp": "\xa0", "lt": "<", "gt": ">", "amp": "&"}  # those the parser writes


@dataclass(slots=True)
class Texts:
    """The texts of a batch: `units[starts[i]:starts[i] + sizes[i]]`, and a unit for what follows.

    `tag` is the tag each follows, `is_pre` whether it is preformatted, `has_words` whether there
    is anything in it but white space.
    """

    tag: Int64
    is_pre: Bool
    units: Units
    starts: Int64
    sizes: Int64
    has_words: Bool

    @property
    def first_units(self) -> Units:
        """Each text's first unit."""
        return np.asarray(self.units[self.starts])

    @property
    def last_units(self) -> Units:
        """Each text's last unit; of one that is empty, whatever stands before it."""
        return np.asarray(self.units[self.starts + self.sizes - 1])


def read_texts(
    data: bytes, starts: Int64, ends: Int64, tag: Int64, is_pre: Bool, breaks: Bool
) -> Texts:
    """Texts as they stand in markup, at `data[starts[i]:ends[i]]`; `breaks` begin with a break."""
    if _compiled is not None:
        return Texts(tag, is_pre, *_compiled.read_texts(data, starts, ends, breaks, _widths()))
    pieces = [data[a:b] for a, b in zip(starts.tolist(), ends.tolist(), strict=True)]
    for number in np.flatnonzero(breaks).tolist():
        pieces[number] = b"\n" + pieces[number]
    text = without_marks(plain_text(b"\0".join([*pieces, b""]).decode("utf-8", "replace")))
    units = np.array(np.frombuffer(text.encode("utf-16-le", "surrogatepass"), dtype=np.uint16))
    if not text.isascii():
        high = np.flatnonzero(units > 0x7F)
        units[high[wide_spaces()[units[high]]]] = _SPACE
    stops = np.flatnonzero(units == 0)
    begins = np.zeros_like(stops)
    begins[1:] = stops[:-1] + 1
    has_words = (
        np.maximum.reduceat(units, begins) > _SPACE if len(begins) else np.zeros(0, dtype=np.bool_)
    )
    return Texts(tag, is_pre, units, begins, stops - begins, has_words)


def without_marks(text: str) -> str:
    """`text` without the characters that show nothing and say where a line may break.

    Beside letters of scripts without spaces, zero-width spaces part words.
    """
    return text if text.isascii() else _MARKS.sub("", text)


@dataclass(slots=True)
class Assembled:
    """Lines, each followed by a line feed: line `i` is `units[bounds[i]:bounds[i + 1]]`.

    `texts` is the text that each line begins with.
    """

    units: Units
    bounds: Int64
    texts: Int64


def assemble(texts: Texts, joints: UInt8, firsts: Int64) -> Assembled:
    """The lines that `texts` give.

    `joints` has what stands between each text and the next, and `firsts` the first text with
    words of each run of them that a line's end closes.
    """
    if _compiled is not None:
        return Assembled(
            *_compiled.assemble(texts.units, texts.starts, texts.sizes, joints, texts.is_pre)
        )
    units = texts.units
    marks = texts.starts + texts.sizes  # the unit behind each text stands for its joint
    is_word = units > _SPACE
    indents = _indents(texts, is_word, marks, joints) if texts.is_pre.any() else None
    kept = np.maximum(units, _SPACE)

    # What is no word is a gap, of which its first unit stays.
    is_gap = np.empty_like(is_word)
    is_gap[0] = False
    np.logical_and(~is_word[1:], is_word[:-1], out=is_gap[1:])
    gaps = np.flatnonzero(is_gap)
    ended = joints == ENDED
    stops = marks[ended]
    if indents is not None:
        stops = np.sort(np.concatenate([stops, indents.breaks]))
    at = np.searchsorted(gaps, stops, side="right") - 1
    kept[gaps[at[at >= 0]]] = _NEWLINE
    stay = is_word | is_gap
    # A gap of nothing but joints that leave no trace is none.
    joined = marks[joints == JOINED]
    joined = joined[np.searchsorted(gaps, joined, side="right") > 0]
    if len(joined):
        run_starts, run_ends = gaps, np.append(gaps[1:], len(units))
        sizes = _gap_sizes(is_word, run_starts, run_ends)
        in_gap = np.searchsorted(gaps, joined, side="right") - 1
        silent = np.bincount(in_gap, minlength=len(gaps)) == sizes
        stay[gaps[silent]] = False
    if indents is not None:
        first = is_gap & indents.is_silent & (kept != _NEWLINE)
        stay[first] = False
        more = indents.spaces[kept[indents.spaces] != _NEWLINE]
        stay[more] = True
        kept[more] = units[more]
    result = kept[stay]
    ends = np.flatnonzero(result == _NEWLINE) + 1
    bounds = np.concatenate([[0], ends])
    if indents is None:
        return Assembled(result, bounds, firsts)
    origin = np.flatnonzero(stay)[bounds[:-1]]
    return Assembled(result, bounds, np.searchsorted(texts.starts, origin, side="right") - 1)


def _gap_sizes(is_word: Bool, starts: Int64, ends: Int64) -> Int64:
    words = np.flatnonzero(is_word)
    after = np.searchsorted(words, starts)
    following = np.append(words, len(is_word))[after]
    return following - starts


@dataclass(slots=True)
class _Indents:
    """Of preformatted texts: line breaks, white space that stays, joints that leave no trace."""

    breaks: Int64
    spaces: Int64
    is_silent: Bool


def _indents(texts: Texts, is_word: Bool, marks: Int64, joints: UInt8) -> _Indents:
    units = texts.units
    is_pre = np.repeat(texts.is_pre, texts.sizes + 1)
    is_mark = np.zeros(len(units), dtype=np.bool_)
    is_mark[marks] = True
    is_break = is_pre & ~is_mark & ~is_word & np.isin(units, _BREAKS)
    breaks = np.flatnonzero(is_break)
    spaces = np.flatnonzero(is_pre & ~is_mark & ~is_word & ~is_break)
    stops = np.sort(np.concatenate([breaks, marks[joints == ENDED]]))
    words = np.flatnonzero(is_word)
    # White space stays when a word comes before the line ends.
    next_word = np.append(words, len(units))[np.searchsorted(words, spaces)]
    next_stop = np.append(stops, len(units))[np.searchsorted(stops, spaces)]
    is_silent = np.zeros(len(units), dtype=np.bool_)
    is_silent[marks[(joints == JOINED) & texts.is_pre]] = True
    return _Indents(breaks, spaces[next_word < next_stop], is_silent)


def plain_text(text: str) -> str:
    """`text` with its entities, which are few, as characters."""
    first, *others = text.split("&")
    if not others:
        return text
    parts = [first]
    for other in others:
        name, _, rest = other.partition(";")
        parts += [_ENTITIES[name], rest] if name in _ENTITIES else ["&", other]
    return "".join(parts)


@cache
def wide_spaces() -> Bool:
    """Which units above ASCII are white space."""
    return np.array([code > 0x7F and chr(code).isspace() for code in range(1 << 16)])


@cache
def _widths() -> UInt8:
    """Which units are white space above ASCII (1), and which have no width.

    A zero-width space (3) shows nothing but beside a unit (4) of a script without spaces; the
    others (2) never do.
    """
    table = wide_spaces().astype(np.uint8)
    table[[ord(mark) for mark in _NO_WIDTH]] = 2
    table[_ZERO_WIDTH_SPACE] = 3
    for first, last in UNSPACED:
        table[first : last + 1][table[first : last + 1] == 0] = 4
    return table


@cache
def alnum_units() -> Bool:
    """Which units are letters or digits."""
    return np.array([chr(code).isalnum() for code in range(1 << 16)])
