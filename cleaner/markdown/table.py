"""Which tables hold data, and their kept cells as rows."""

from __future__ import annotations

from collections import Counter
from collections.abc import Container, Sequence
from dataclasses import dataclass

from cleaner.markdown.outline import Outline
from cleaner.markdown.place import Places
from cleaner.split.page import Page
from cleaner.split.tags import HEADINGS, PREFORMATTED

_LAYOUT = frozenset(["table", "blockquote", "form", *PREFORMATTED])
_LISTS = frozenset(["ul", "ol", "dl"])
_NAMES = frozenset(["th", "thead"])
_LONG_CELL = 60  # words, from which on a cell holds an article rather than a value
_WIDEST = 100  # cells that one may span
# A table of more cells than that, of which not one in so many holds anything, is written as lines:
# of one wide row and many short ones the cells are the square of what is there.
_SPARSE, _SPARSE_TIMES = 10_000, 20


@dataclass(slots=True)
class Table:
    """A table's rows of cells; columns without a kept line or an image are gone.

    A cell is an element, -1 where another one reaches. `lines` has the kept ones by cell, `first`
    is the first. `has_head`: the first row names the columns.
    """

    rows: list[list[int]]
    has_head: bool
    lines: dict[int, list[int]]
    first: int


def tables(
    page: Page, places: Places, outline: Outline, kept: Sequence[int], pictured: Container[int]
) -> dict[int, Table]:
    """The tables of data by element: two rows and two columns at least, and no layout in them.

    `pictured` are the cells in which images stay.
    """
    by_table: dict[int, dict[int, dict[int, list[int]]]] = {}
    for line in kept:
        element = int(page.element[line])
        table, row, cell = outline.table[element], outline.row[element], outline.cell[element]
        if min(table, row, cell) >= 0 and outline.pre[table] < 0:
            rows = by_table.setdefault(table, {})
            rows.setdefault(row, {}).setdefault(cell, []).append(line)
    found = {}
    for table, rows in by_table.items():
        lines = {cell: inside for cells in rows.values() for cell, inside in cells.items()}
        longest = max(
            sum(page.texts[line].count(" ") + 1 for line in cell) for cell in lines.values()
        )
        if longest <= _LONG_CELL and _is_data(places, outline, table):
            grid = _grid(places, table, rows)
            shown = _columns(grid, lines, pictured)
            is_sparse = len(grid) * len(shown) > max(_SPARSE, _SPARSE_TIMES * len(lines))
            if min(len(grid), len(_columns(grid, lines))) > 1 and not is_sparse:
                cells = [[row[at] if at < len(row) else -1 for at in shown] for row in grid]
                first = min(line for cell in lines.values() for line in cell)
                found[table] = Table(cells, _has_head(places, rows), lines, first)
    return found


def _is_data(places: Places, outline: Outline, table: int) -> bool:
    """Whether a table holds nothing that data does not.

    It may hold lists where its columns or rows have names, or else if all rows have as many
    cells, and no list is in the first of them or none in the first cells, where names would be.
    A heading may be a name.
    """
    inside = range(table + 1, places.ends[table])
    tags = places.tags[table + 1 : places.ends[table]]
    if not _LAYOUT.isdisjoint(tags):
        return False
    headings = [element for element in inside if places.tags[element] in HEADINGS]
    if not all(_is_name(places, outline.cell[heading]) for heading in headings):
        return False
    if _LISTS.isdisjoint(tags) or not _NAMES.isdisjoint(tags):
        return True
    rows = Counter(outline.row[element] for element in inside if places.tags[element] == "td")
    lists = [element for element in inside if places.tags[element] in _LISTS]
    first = min(rows, default=-1)
    in_first_row = {outline.row[element] == first for element in lists}
    in_first_cells = {outline.cell[element] == outline.row[element] + 1 for element in lists}
    return len(set(rows.values())) == 1 and not (True in in_first_row and True in in_first_cells)


def _is_name(places: Places, cell: int) -> bool:
    """Whether a cell names a row or columns; what is in none is the name of the table."""
    if cell < 0 or places.tags[cell] == "th":
        return True
    row = places.parents[cell]
    return places.tags[places.parents[row]] == "thead"


def _columns(grid: list[list[int]], *kinds: Container[int]) -> list[int]:
    """The columns that have cells of any of some kinds."""
    cells = ((at, cell) for row in grid for at, cell in enumerate(row))
    return sorted({at for at, cell in cells if any(cell in kind for kind in kinds)})


def _has_head(places: Places, rows: dict[int, dict[int, list[int]]]) -> bool:
    first, cells = next(iter(rows.items()))
    return places.tags[places.parents[first]] == "thead" or all(
        places.tags[cell] == "th" for cell in cells
    )


def _grid(places: Places, table: int, rows: Container[int]) -> list[list[int]]:
    """The cells of each of `rows`; -1 where one of a row or column before reaches."""
    held: dict[int, int] = {}  # by column, how many rows more it is taken
    grid = []
    for row in range(table + 1, places.ends[table]):
        if places.tags[row] == "tr":
            made = _row(places, row, held)
            if row in rows:
                grid.append(made)
    return grid


def _row(places: Places, row: int, held: dict[int, int]) -> list[int]:
    made: list[int] = []

    def pass_held() -> None:
        while held.get(len(made), 0):
            held[len(made)] -= 1
            made.append(-1)

    at = row + 1
    while at < places.ends[row]:
        if places.tags[at] in ("td", "th"):
            pass_held()
            wide, high = (min(_span(places, at, name), _WIDEST) for name in ("colspan", "rowspan"))
            start = len(made)
            made += [at, *[-1] * (wide - 1)]
            if start < _WIDEST:
                held.update(dict.fromkeys(range(start, len(made)), high - 1))
        at = max(places.ends[at], at + 1)
    pass_held()
    return made


def _span(places: Places, cell: int, name: str) -> int:
    span = places.attributes[cell].get(name, "").strip()
    return max(1, int(span)) if span.isascii() and span.isdecimal() and len(span) < 4 else 1
