"""Lines that are too long to be judged as one: by sentence, and rows of layout tables by cell."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from cleaner.split.page import Units
from cleaner.types import Gap

Int64 = NDArray[np.int64]

LONG_LINE = 400  # characters; a page in one line longer than this is judged by sentence

# A sentence's end, in scripts with and without spaces between sentences.
_SENTENCE_END = re.compile(
    r"(?<=[.!?…][\"'”’»)\]])\s+|(?<=[.!?…:])\s+(?=[^a-zа-я\s])|(?<=[。！？])"
)


def sentences(text: str) -> Iterator[tuple[int, int, Gap]]:
    """Where each sentence of `text` starts and ends, and what stands before it."""
    start, gap = 0, Gap.PARAGRAPH
    for end, after in [m.span() for m in _SENTENCE_END.finditer(text)] + [(len(text), len(text))]:
        if end > start:
            yield start, end, gap
            gap = Gap.SPACE if after > end else Gap.NONE
        start = after


def layout_rows(units: Units, starts: Int64, stops: Int64) -> list[int]:
    """The rows of tables of Markdown one of whose cells is as long as a text.

    Line `i` is `units[starts[i]:stops[i]]`. Pages that were laid out in tables are in a few such
    rows, the text and its menus in one line.
    """
    rows = np.flatnonzero((units[starts] == ord("|")) & (stops - starts > LONG_LINE))
    bars = np.flatnonzero(units == ord("|"))
    firsts, lasts = np.searchsorted(bars, np.stack([starts[rows], stops[rows]]))
    return [
        row
        for row, first, last in zip(rows.tolist(), firsts.tolist(), lasts.tolist(), strict=True)
        if np.diff(np.append(bars[first:last], stops[row])).max() > LONG_LINE
    ]


def cut_rows(
    units: Units, starts: Int64, stops: Int64, rows: list[int]
) -> tuple[Int64, Int64, Int64, Int64]:
    """The lines with each of `rows` cut into cells, and long cells into sentences.

    Where they start and stop, the line that each was before, and the gap before it, -1 where that
    is the line's.
    """
    pieces: list[tuple[int, int, int, int]] = []
    is_row = np.zeros(len(starts), dtype=np.bool_)
    is_row[rows] = True
    for line, (start, stop) in enumerate(zip(starts.tolist(), stops.tolist(), strict=True)):
        found = list(_cells(units, start, stop)) if is_row[line] else [(start, stop, -1)]
        pieces += [
            (first, last, line, gap if number else -1)
            for number, (first, last, gap) in enumerate(found)
        ]
    columns = np.array(pieces, dtype=np.int64).reshape(-1, 4).T
    return columns[0], columns[1], columns[2], columns[3]


def _cells(units: Units, start: int, stop: int) -> Iterator[tuple[int, int, Gap]]:
    """Where each cell of a row that is not blank, or each of its sentences, starts and stops."""
    row = units[start:stop]
    is_bar = row == ord("|")
    is_bar[1:] &= row[:-1] != ord("\\")
    for left, right in pairwise([*np.flatnonzero(is_bar).tolist(), len(row)]):
        cell = str(row[left + 1 : right].tobytes(), "utf-16-le", "surrogatepass")
        text = cell.strip()
        first = start + left + 1 + len(cell) - len(cell.lstrip())
        size = len(text.encode("utf-16-le", "surrogatepass")) // 2
        # Places in a text count characters, of which some are two units: such a cell stays whole.
        if LONG_LINE < len(text) == size:
            for begin, end, gap in sentences(text):
                yield first + begin, first + end, gap if begin else Gap.CELL
        elif text:
            yield first, first + size, Gap.CELL
