"""Plain text to lines: one non-blank line of the source is one line.

Of text that was broken at a width, a paragraph is one.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from cleaner.native import load
from cleaner.split.lines import wide_spaces
from cleaner.split.page import Page, Units, int32, text_page
from cleaner.split.pieces import LONG_LINE, cut_rows, layout_rows, sentences
from cleaner.split.unmarked import is_markdown, unmarked
from cleaner.split.wrapped import find_broken, find_soft_breaks, splits_word
from cleaner.types import Gap

Int64 = NDArray[np.int64]
Bool = NDArray[np.bool_]

# What ends a line: CRLF, CR, LF, vertical tab, form feed, NEL and the Unicode separators.
# Unlike str.splitlines, not U+001C to U+001E, which are data in the wild.
_WIDE_ENDS = np.array([0x85, 0x2028, 0x2029], dtype=np.uint16)

_compiled = load("text")


def split_text(source: str) -> Page:
    """The non-blank lines of `source`, white space around them taken off.

    A text that stands all in one long line is split into sentences instead, and so are cells of
    tables that a page is laid out in; lines of a text that was broken at a width are joined to
    paragraphs.
    """
    encoded = (source + "\n").encode("utf-16-le", "surrogatepass")
    units = np.frombuffer(encoded, dtype=np.uint16)
    starts, stops, filled, cut = _cut_lines(units)
    has_marks = is_markdown(source)
    gaps = np.full(len(filled), -1)  # of what is no line of the source's but a piece of one
    if has_marks and (rows := layout_rows(units, starts, stops)):
        starts, stops, lines, gaps = cut_rows(units, starts, stops, rows)
        filled = filled[lines]
        feed = np.array([ord("\n")], dtype=np.uint16)
        spans = zip(starts.tolist(), stops.tolist(), strict=True)
        cut = np.concatenate([part for start, stop in spans for part in (units[start:stop], feed)])
    if len(filled) == 1 and stops[0] - starts[0] > LONG_LINE:
        text = source.strip()
        return _split_sentences(text, int(filled[0]) + 1, source.index(text[0]))

    follows = np.diff(filled, prepend=-2) == 1
    page = Page("text", units=cut)
    broken = None
    if has_marks:
        broken = find_soft_breaks(units, page.texts, starts, stops, follows)
    if broken is None:
        broken = find_broken(units, starts, stops, follows)
    if broken is not None:
        page = Page("text", units=_joined(cut, broken, page.texts if has_marks else None))
        goes_on = np.zeros(len(filled), dtype=np.bool_)
        goes_on[broken] = True
        is_first = ~np.append(False, goes_on[:-1])
        starts, stops, filled = starts[is_first], stops[~goes_on], filled[is_first]
        follows, gaps = follows[is_first], gaps[is_first]
    if has_marks:
        page = unmarked(page.texts, follows)
    gaps = np.where(gaps >= 0, gaps, np.where(follows, Gap.LINE, Gap.PARAGRAPH))
    page.gaps = gaps.astype(np.uint8)
    page.number_lines(filled + 1)
    page.starts, page.ends = int32(starts), int32(stops)
    if not source.isascii() and (trails := (units & 0xFC00) == 0xDC00).any():
        # Positions count characters, of which some are two units.
        extra = np.cumsum(trails)
        page.starts, page.ends = int32(starts - extra[starts]), int32(stops - extra[stops - 1])
    return page


def _cut_lines(units: Units) -> tuple[Int64, Int64, Int64, Units]:
    """Where lines that are not blank start and stop, their numbers from 0, and their units.

    Each has a line feed behind it in the last.
    """
    if _compiled is not None:
        found: tuple[Int64, Int64, Int64, Units] = _compiled.cut_lines(
            units, wide_spaces().view(np.uint8)
        )
        return found
    is_space, is_end = _classify(units)
    ends = np.flatnonzero(is_end)
    ends = ends[(units[ends] != ord("\n")) | (units[ends - 1] != ord("\r")) | (ends == 0)]
    # Of each line the first and the last of its runs of what is no white space.
    change = np.flatnonzero(is_space[1:] != is_space[:-1]) + 1
    if not is_space[0]:
        change = np.concatenate([[0], change])
    run_starts, run_ends = change[::2], change[1::2]
    runs = np.searchsorted(run_starts, ends)  # before the end of each line
    first = np.concatenate([[0], runs[:-1]])
    filled = np.flatnonzero(runs > first)
    starts, stops = run_starts[first[filled]], run_ends[runs[filled] - 1]
    return starts, stops, filled, _cut(units, starts, stops)


def _classify(units: Units) -> tuple[Bool, Bool]:
    """Which units are white space, as `str.isspace` has it, and which end a line."""
    is_space = (units == ord(" ")) | ((units >= 0x1C) & (units <= 0x1F))
    is_end = (units >= ord("\n")) & (units <= ord("\r"))
    is_space |= is_end | (units == ord("\t"))
    high = np.flatnonzero(units > 0x7F)
    is_space[high[wide_spaces()[units[high]]]] = True
    is_end[high[np.isin(units[high], _WIDE_ENDS)]] = True
    return is_space, is_end


def _cut(units: Units, starts: Int64, ends: Int64) -> Units:
    """The stretches of `units` from `starts` up to `ends`, a line feed behind each."""
    change = np.zeros(len(units) + 1, dtype=np.int8)
    change[starts] = 1
    change[ends + 1] -= 1  # one stretch may begin where the feed behind the last one stands
    fed = units.copy()
    fed[ends] = ord("\n")
    return np.asarray(fed[np.cumsum(change[:-1], dtype=np.int8).view(np.bool_)])


def _joined(cut: Units, broken: Int64, texts: Sequence[str] | None) -> Units:
    """The lines `cut` of which the `broken` ones go on in the next one.

    `texts` are those of Markdown, whose words and addresses have no space where they were broken.
    """
    feeds = np.flatnonzero(cut == ord("\n"))[broken]
    joined: Units = cut.copy()
    joined[feeds] = ord(" ")
    if texts is None:
        return joined
    within = [splits_word(texts[line]) for line in broken.tolist()]
    return np.asarray(np.delete(joined, feeds[within]), dtype=np.uint16)


def _split_sentences(text: str, number: int, offset: int) -> Page:
    pieces = list(sentences(text))
    page = text_page([text[start:end] for start, end, _ in pieces], [gap for *_, gap in pieces])
    page.number_lines(np.full(len(pieces), number))
    page.starts = int32([offset + start for start, *_ in pieces])
    page.ends = int32([offset + end for _, end, _ in pieces])
    return page
