"""Kept lines as Markdown: paragraphs, headings, lists, quotes, tables and code."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import takewhile
from typing import Literal

from cleaner.markdown.code import around_code, language
from cleaner.markdown.inline import (
    PLAIN,
    Segment,
    Style,
    address,
    fenced,
    guard_heading,
    guard_start,
    image,
    render,
)
from cleaner.markdown.outline import Outline, outline
from cleaner.markdown.place import Places, locate, word_places
from cleaner.markdown.table import Table, tables
from cleaner.split.page import Lines, Page
from cleaner.types import Cleaned, Gap, Markdown

_WORDS = Markdown()
_BREAK = "  "  # at the end of a line, it ends there
_INDENT = "&nbsp;&nbsp;"  # of an item within another in a cell, where white space is none
_LONG_SCRIPT = 20  # characters, from which on words that are raised or lowered are a text
_TIGHT = ("text", "heading", "image")  # shapes that need no empty line between items
_MOSTLY = 0.5  # share of the characters from which on emphasis says nothing


@dataclass(slots=True)
class _Block:
    """Lines of Markdown in the list items and quotes `within`, outermost first.

    `owner` is the element whose further lines belong to the block too.
    """

    shape: Literal["text", "heading", "code", "table", "image"]
    within: tuple[int, ...]
    lines: list[str]
    owner: int = -1


@dataclass(slots=True)
class _Sheet:
    """A page, and all that is asked of it line by line."""

    page: Page
    places: Places
    outline: Outline
    options: Markdown
    base: str | None
    plain: frozenset[str]
    scripts: dict[int, str]
    pictures: dict[int, list[tuple[int, str]]] = field(default_factory=dict)
    in_cells: dict[int, list[tuple[int, str]]] = field(default_factory=dict)

    def line(self, line: int, *, in_table: bool = False, in_heading: bool = False) -> str:
        """A line with its marks."""
        text = self.page.texts[line]
        segments = self._segments(line, text, in_heading=in_heading)
        return render(text, segments, self._pictures(line, text), in_table=in_table)

    def _segments(self, line: int, text: str, *, in_heading: bool) -> list[Segment]:
        at = word_places(text)
        segments: list[Segment] = []
        for run in self.places.runs[line]:
            style = self._style(run.element, in_heading=in_heading)
            script = self.scripts.get(self.outline.marks[run.element].script, "")
            start, end = at[run.start], at[run.end - 1] + 1
            last = segments[-1] if segments else None
            if last and start == last.end and min(last.style.code, style.code) >= 0:
                style = style._replace(code=last.style.code)  # code beside code is one piece
            if last and (last.style, last.script) == (style, script):
                last.end = end
            else:
                segments.append(Segment(start, end, style, script))
        return segments

    def _style(self, element: int, *, in_heading: bool) -> Style:
        marks = self.outline.marks[element]
        link = ""
        if self.options.links and marks.link >= 0:
            link = address(self.places.attributes[marks.link].get("href", ""), self.base)
        if marks.code >= 0 and "code" not in self.plain:  # in which no mark is read
            return Style(code=marks.code, link=link)
        return Style(
            strong=marks.strong and not in_heading and "strong" not in self.plain,
            emphasis=marks.emphasis and "emphasis" not in self.plain,
            strike=marks.strike and "strike" not in self.plain,
            link=link,
        )

    def _pictures(self, line: int, text: str) -> list[tuple[int, str]]:
        if line not in self.pictures:
            return []
        at = word_places(text)
        return [(at[place], picture) for place, picture in self.pictures[line] if place]


def to_markdown(cleaned: Cleaned, options: Markdown = _WORDS) -> str:
    """The kept lines of a page as Markdown (CommonMark, and tables as GitHub has them).

    Which lines these are the verdicts say, as for `Cleaned.text`. A plain text is given as it is:
    it may hold Markdown already.
    """
    if cleaned.format == "text" or not isinstance(cleaned.lines, Lines):
        return cleaned.text
    page = cleaned.lines.page
    kept = [line for line, verdict in enumerate(cleaned.verdicts) if verdict.keep]
    places = locate(page)
    if places is None:
        return "\n\n".join(_bare(page.texts[line]) for line in kept)
    around = outline(places, kept)
    left_out = around_code(page, places, around)
    kept = [line for line in kept if line not in left_out]
    base = cleaned.document.url
    plain, scripts = _overdone(places, around, kept), _scripts(places, around)
    sheet = _Sheet(page, places, around, options, base, plain, scripts)
    images = _images(sheet, kept) if options.images else {}
    return _write(_blocks(sheet, kept, images), places, around)


def _bare(text: str) -> str:
    text = text.strip()  # of preformatted text
    return guard_start(render(text, [Segment(0, len(text), PLAIN)], [], in_table=False))


def _overdone(places: Places, around: Outline, kept: Sequence[int]) -> frozenset[str]:
    """The marks that most of the text has, as where a tag is never closed: they say nothing."""
    names = ("strong", "emphasis", "strike", "code")
    sizes = dict.fromkeys(names, 0)
    total = 0
    for line in kept:
        for run in places.runs[line]:
            marks = around.marks[run.element]
            size = run.end - run.start
            total += size
            has = (marks.strong, marks.emphasis, marks.strike, marks.code >= 0)
            for name, is_so in zip(names, has, strict=True):
                sizes[name] += size * is_so
    return frozenset(name for name in names if sizes[name] > _MOSTLY * total)


def _scripts(places: Places, around: Outline) -> dict[int, str]:
    """The tags of elements that raise or lower a few characters."""
    sizes: Counter[int] = Counter()
    for runs in places.runs:
        for run in runs:
            sizes[around.marks[run.element].script] += run.end - run.start
    return {
        element: places.tags[element]
        for element, size in sizes.items()
        if element >= 0 and size < _LONG_SCRIPT
    }


def _images(sheet: _Sheet, kept: Sequence[int]) -> dict[int, list[tuple[int, str]]]:
    """By line, the images before it, as elements and Markdown; those within a line go to `sheet`.

    One between two lines stays if both do, or if one does that is in the same figure. Beside the
    one that scripts load stands the same for readers without.
    """
    stay = set(kept)
    between: dict[int, list[tuple[int, str]]] = {}
    last = len(sheet.page) - 1
    figures, noscripts = (_inside(sheet.places, tag) for tag in ("figure", "noscript"))
    latest: tuple[int, int, str, bool] | None = None
    for line, place, element in sheet.places.images:
        attributes = sheet.places.attributes[element]
        source = attributes.get("src", "")
        if not source or source.startswith("data:"):
            source = attributes.get("data-src", "")
        picture = image(source, attributes.get("alt", ""), sheet.base)
        is_spare = noscripts[element] >= 0
        before, latest = latest, (line, place, picture, is_spare)
        if not picture or before == (line, place, picture, not is_spare):
            continue
        if place:
            if line in stay:
                sheet.pictures.setdefault(line, []).append((place, picture))
            continue
        near = [at for at in (line - 1, line) if 0 <= at <= last]
        figure = figures[element]
        together = [
            at for at in near if figure >= 0 and figures[int(sheet.page.element[at])] == figure
        ]
        if stay.intersection(together) or (near and stay.issuperset(near)):
            between.setdefault(line, []).append((element, picture))
    return between


def _inside(places: Places, name: str) -> list[int]:
    """For each element the innermost one called `name` that it is in; -1 for none."""
    inside: list[int] = []
    for element, (tag, parent) in enumerate(zip(places.tags, places.parents, strict=True)):
        above = inside[parent] if parent >= 0 else -1
        inside.append(element if tag == name else above)
    return inside


def _blocks(
    sheet: _Sheet, kept: Sequence[int], images: dict[int, list[tuple[int, str]]]
) -> Iterator[_Block]:
    around, page = sheet.outline, sheet.page
    data = _tables(sheet, kept, images)
    table_of = {
        line: table for table, made in data.items() for cell in made.lines.values() for line in cell
    }
    block: _Block | None = None
    before = -1
    for line in [*kept, len(page)]:
        pieces = [
            _Block("image", around.within[element], [picture])
            for at in range(before + 1, line + 1)
            for element, picture in images.get(at, [])
            if around.cell[element] not in sheet.in_cells
        ]
        gap, blank = Gap.PARAGRAPH, 0
        if line < len(page):
            gap = Gap(page.gaps[before + 1 : line + 1].max())
            blank = sheet.places.blanks.get(line, 0) if before == line - 1 else 0
            if line in table_of:
                table = table_of[line]
                drawn = _draw(sheet, data[table]) if line == data[table].first else []
                pieces.append(_Block("table", around.within[table], drawn, table))
            else:
                pieces.append(_piece(sheet, line))
        for piece in pieces:
            if block is None or not _goes_on(block, piece, gap, blank):
                if block is not None and block.lines:
                    yield block
                block = piece
        before = line
    if block is not None and block.lines:
        yield block


def _piece(sheet: _Sheet, line: int) -> _Block:
    """The block that a line is, or is a part of."""
    element = int(sheet.page.element[line])
    within = sheet.outline.within[element]
    pre, heading = sheet.outline.pre[element], sheet.outline.heading[element]
    if pre >= 0:
        return _Block("code", within, [sheet.page.texts[line]], pre)
    if heading >= 0:
        return _Block("heading", within, [sheet.line(line, in_heading=True)], heading)
    return _Block("text", within, [sheet.line(line)], sheet.outline.cell[element])


def _goes_on(block: _Block, piece: _Block, gap: Gap, blank: int) -> bool:
    """Add a piece to the block it is a part of; False if it is of another."""
    same = (block.shape, block.within, block.owner) == (piece.shape, piece.within, piece.owner)
    if not same or piece.shape == "image" or (piece.shape == "text" and gap > Gap.LINE):
        return False
    if gap == Gap.CELL and piece.shape == "text":
        return False
    if piece.shape == "code":
        block.lines += [""] * blank
    if piece.shape == "heading" or (piece.shape == "text" and gap < Gap.LINE):
        space = "" if gap == Gap.NONE else " "
        block.lines[-1] += space + piece.lines[0]
    else:
        block.lines += piece.lines
    return True


def _tables(
    sheet: _Sheet, kept: Sequence[int], images: dict[int, list[tuple[int, str]]]
) -> dict[int, Table]:
    """The tables of data; images in their cells go to `sheet`."""
    cell_of, in_cells = sheet.outline.cell, sheet.in_cells
    for line, pictures in images.items():
        for element, picture in pictures:
            if cell_of[element] >= 0:
                in_cells.setdefault(cell_of[element], []).append((line, picture))
    data = tables(sheet.page, sheet.places, sheet.outline, kept, in_cells.keys())
    drawn = {cell for made in data.values() for row in made.rows for cell in row}
    for cell in in_cells.keys() - drawn:
        del in_cells[cell]
    return data


def _draw(sheet: _Sheet, table: Table) -> list[str]:
    """A table as lines, with a head that is empty where it has none."""
    rows = [[_cell(sheet, cell, table.lines.get(cell, [])) for cell in row] for row in table.rows]
    if not table.has_head:
        rows.insert(0, [""] * len(rows[0]))
    rows.insert(1, ["---"] * len(rows[0]))
    return [f"| {' | '.join(row)} |" for row in rows]


def _cell(sheet: _Sheet, cell: int, lines: Sequence[int]) -> str:
    """The lines of a cell as one, those that begin an item of a list with its mark."""
    around = sheet.outline
    pictures = [(at, picture.replace("|", "\\|")) for at, picture in sheet.in_cells.get(cell, [])]
    begun: set[int] = set()
    parts = []
    for line in lines:
        element = int(sheet.page.element[line])
        items = around.within[element][len(around.within[cell]) :]
        mark = ""
        if items and items[-1] not in begun:
            mark = _INDENT * len(begun.intersection(items)) + _mark(around, items[-1])
            begun.add(items[-1])
        before = [f"{picture} " for at, picture in pictures if at == line]
        parts.append(mark + "".join(before) + sheet.line(line, in_table=True))
    after = " ".join(picture for at, picture in pictures if at not in lines)
    return " <br> ".join([*parts, after] if after else parts)


def _mark(around: Outline, item: int, delimiter: str = ".") -> str:
    return f"{around.numbers[item]}{delimiter} " if item in around.numbers else "- "


def _counts_on(before: int, item: int, places: Places, around: Outline) -> bool:
    """Whether an item is of the same list as one `before` it, and its number one more."""
    if before not in around.numbers or places.parents[before] != places.parents[item]:
        return False
    return around.numbers.get(item) == around.numbers[before] + 1


def _write(blocks: Iterator[_Block], places: Places, around: Outline) -> str:
    """Blocks as text, each in the marks of the lists and quotes that it stands in.

    Another delimiter begins a list of its own, and only the first number of a list is read.
    """
    lines: list[str] = []
    begun: dict[int, str] = {}  # list items, and what stands before their further lines
    turned: set[int] = set()  # those whose number has a parenthesis in place of a full stop
    previous: _Block | None = None
    for block in blocks:
        shared = 0
        if previous is not None:
            pairs = zip(previous.within, block.within, strict=False)
            shared = sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], pairs))
        rest = "".join(begun.get(each, "> ") for each in block.within[:shared])
        first = rest
        last = previous.within[shared] if previous and len(previous.within) > shared else -1
        for each in block.within[shared:]:
            mark = "> "
            if places.tags[each] == "li":
                counts_on = _counts_on(last, each, places, around)
                if last in around.numbers and counts_on == (last in turned):
                    turned.add(each)
                mark = _mark(around, each, ")" if each in turned else ".")
                begun[each] = " " * len(mark)
            first += mark
            rest += begun.get(each, "> ")
            last = -1  # what is within an item begins a list
        if previous is not None and not _is_tight(previous, block, shared, places, around):
            lines.append("".join(begun.get(each, "> ") for each in block.within[:shared]).rstrip())
        for at, text in enumerate(_content(block, places)):
            before = rest if at else first
            lines.append(before + text if text else before.rstrip())
        previous = block
    return "\n".join(lines)


def _content(block: _Block, places: Places) -> list[str]:
    if block.shape == "code":
        return fenced(block.lines, language(places, block.owner))
    if block.shape == "heading":
        mark = "#" * int(places.tags[block.owner][1])
        return [f"{mark} {guard_heading(line)}" for line in block.lines]
    if block.shape == "text":
        lines = [guard_start(line) for line in block.lines]
        return [line + _BREAK for line in lines[:-1]] + lines[-1:]
    return block.lines


def _is_tight(
    previous: _Block, block: _Block, shared: int, places: Places, around: Outline
) -> bool:
    """Whether no empty line parts two blocks: items of one list, and a list in an item of it."""
    if len(block.within) <= shared or places.tags[block.within[shared]] != "li":
        return False
    if previous.shape not in _TIGHT or block.shape not in _TIGHT:
        return False
    item = block.within[shared]
    if len(previous.within) > shared:  # an item before it, whatever is in it
        before = previous.within[shared]
        return places.tags[before] == "li" and places.parents[before] == places.parents[item]
    in_item = shared > 0 and places.tags[block.within[shared - 1]] == "li"
    return in_item and around.numbers.get(item, 1) == 1  # no other may follow a text directly
