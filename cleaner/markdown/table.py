"""Which tables hold data, and their kept cells as rows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from cleaner.markdown.outline import Outline
from cleaner.markdown.place import Places
from cleaner.split.page import Page
from cleaner.split.tags import HEADINGS, PREFORMATTED

_LAYOUT = frozenset(["table", "ul", "ol", "dl", "blockquote", "form", *HEADINGS, *PREFORMATTED])
_LONG_CELL = 60  # words, from which on a cell holds an article rather than a value
_WIDEST = 100  # cells that one may span


@dataclass(slots=True)
class Table:
    """A table's rows, each with the lines of its cells; columns without a kept line are gone.

    `lines` are all of them, `first` the first. `has_head`: the first row names the columns.
    """

    rows: list[list[list[int]]]
    has_head: bool
    lines: set[int]
    first: int


def tables(page: Page, places: Places, outline: Outline, kept: Sequence[int]) -> dict[int, Table]:
    """The tables of data by element: two rows and two columns at least, and no layout in them."""
    by_table: dict[int, dict[int, dict[int, list[int]]]] = {}
    for line in kept:
        element = int(page.element[line])
        table, row, cell = outline.table[element], outline.row[element], outline.cell[element]
        if min(table, row, cell) >= 0:
            rows = by_table.setdefault(table, {})
            rows.setdefault(row, {}).setdefault(cell, []).append(line)
    found = {}
    for table, rows in by_table.items():
        inside = places.tags[table + 1 : places.ends[table]]
        longest = max(
            sum(page.texts[line].count(" ") + 1 for line in lines)
            for cells in rows.values()
            for lines in cells.values()
        )
        if longest <= _LONG_CELL and _LAYOUT.isdisjoint(inside):
            made = _table(places, rows)
            if len(made.rows) > 1 and len(made.rows[0]) > 1:
                found[table] = made
    return found


def _table(places: Places, rows: dict[int, dict[int, list[int]]]) -> Table:
    grid = [_row(places, row, cells) for row, cells in rows.items()]
    width = max(map(len, grid))
    grid = [row + [[] for _ in range(width - len(row))] for row in grid]
    columns = [at for at in range(width) if any(row[at] for row in grid)]
    first, cells = next(iter(rows.items()))
    has_head = places.tags[places.parents[first]] == "thead" or all(
        places.tags[cell] == "th" for cell in cells
    )
    lines = {line for row in rows.values() for lines in row.values() for line in lines}
    return Table([[row[at] for at in columns] for row in grid], has_head, lines, min(lines))


def _row(places: Places, row: int, cells: dict[int, list[int]]) -> list[list[int]]:
    made: list[list[int]] = []
    at = row + 1
    while at < places.ends[row]:
        if places.tags[at] in ("td", "th"):
            span = places.attributes[at].get("colspan", "").strip()
            wide = int(span) if span.isascii() and span.isdecimal() and len(span) < 4 else 1
            made += [cells.get(at, []), *([] for _ in range(min(wide, _WIDEST) - 1))]
        at = max(places.ends[at], at + 1)
    return made
