"""A split document: its lines as columns, so that a batch of pages is scored at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import overload

from lxml import etree

from cleaner.types import Format, Gap, Line

_GAP_TEXT = {Gap.NONE: "", Gap.SPACE: " ", Gap.CELL: " | ", Gap.LINE: "\n", Gap.PARAGRAPH: "\n\n"}

_STEPS, _STEP_CHARS = 40, 60  # of a path, so that hostile pages have no endless ones


@dataclass(slots=True)
class Elements:
    """The elements of an HTML page in document order, one entry of each column an element.

    `parents[i] < i`, and -1 for the root; the subtree of `i` is the entries from `i` up to
    `ends[i]`. `attributes` holds the words that say what an
    element is for: class, id, role and itemprop, space-separated, as written in the page.
    """

    nodes: list[etree._Element] = field(default_factory=list)
    parents: list[int] = field(default_factory=list)
    ends: list[int] = field(default_factory=list)
    tags: list[str] = field(default_factory=list)
    attributes: list[str] = field(default_factory=list)
    hidden: list[bool] = field(default_factory=list)


@dataclass(slots=True)
class Page:
    """The lines of one document as columns, all of one length.

    Columns for plain text are `texts`, `gaps`, `source_lines`, `starts`, `ends`; HTML has
    `elements` and, per line, `element` (the index of the block element that holds it),
    `link_chars` (how many of its characters are link text) and `links` (how many links).
    """

    format: Format
    texts: list[str] = field(default_factory=list)
    gaps: list[Gap] = field(default_factory=list)
    source_lines: list[int] = field(default_factory=list)
    markers: list[str] = field(default_factory=list)
    starts: list[int] = field(default_factory=list)
    ends: list[int] = field(default_factory=list)
    title: str = ""
    generator: str = ""
    elements: Elements | None = None
    element: list[int] = field(default_factory=list)
    link_chars: list[int] = field(default_factory=list)
    links: list[int] = field(default_factory=list)

    def __len__(self) -> int:
        return len(self.texts)

    def line(self, index: int) -> Line:
        """The line at `index` as a value of its own."""
        is_html = self.elements is not None
        return Line(
            text=self.texts[index],
            index=index,
            source_line=self.source_lines[index],
            start=-1 if is_html else self.starts[index],
            end=-1 if is_html else self.ends[index],
            path=self.path(index),
            gap=self.gaps[index],
            marker=self.markers[index] if is_html else "",
        )

    def path(self, index: int) -> str:
        """The place of a line in the DOM as `body/div.story/p`; empty for plain text.

        Of a line that lies very deep, the innermost steps.
        """
        if self.elements is None:
            return ""
        steps: list[str] = []
        at = self.element[index]
        while at >= 0 and len(steps) < _STEPS:
            words = self.elements.attributes[at].split(maxsplit=1)
            steps.append(self.elements.tags[at] + (f".{words[0][:_STEP_CHARS]}" if words else ""))
            at = self.elements.parents[at]
        return "/".join(reversed(steps))

    def join(self, keep: Sequence[bool]) -> str:
        """The text of the lines to keep; where lines go between two, the widest gap stays."""
        parts: list[str] = []
        gap = Gap.NONE
        markers = self.markers or [""] * len(self)
        for text, before, marker, is_kept in zip(self.texts, self.gaps, markers, keep, strict=True):
            gap = max(gap, before)
            if is_kept:
                if parts:
                    parts.append(_GAP_TEXT[gap])
                if marker and (gap >= Gap.LINE or not parts):
                    parts.append(marker)
                parts.append(text)
                gap = Gap.NONE
        return "".join(parts)


class Lines(Sequence[Line]):
    """The lines of a page, each made when it is looked at."""

    __slots__ = ("_page",)

    def __init__(self, page: Page) -> None:
        self._page = page

    def __len__(self) -> int:
        return len(self._page)

    @overload
    def __getitem__(self, index: int) -> Line: ...
    @overload
    def __getitem__(self, index: slice) -> list[Line]: ...
    def __getitem__(self, index: int | slice) -> Line | list[Line]:
        if isinstance(index, slice):
            return [self._page.line(at) for at in range(*index.indices(len(self)))]
        return self._page.line(range(len(self))[index])
