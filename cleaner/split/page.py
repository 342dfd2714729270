"""A split document: its lines as columns, so that a batch of pages is scored at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, Protocol, overload

import numpy as np
from numpy.typing import ArrayLike, NDArray

from cleaner.native import load
from cleaner.split.names import names
from cleaner.types import Format, Gap, Line

Int32 = NDArray[np.int32]
Units = NDArray[np.uint16]

_GAP_TEXT = {Gap.NONE: "", Gap.SPACE: " ", Gap.CELL: " | ", Gap.LINE: "\n", Gap.PARAGRAPH: "\n\n"}
_GAP_TEXTS = [_GAP_TEXT[gap] for gap in Gap]
MARKER = "- "
_LINE = int(Gap.LINE)  # numpy compares with an enum's member slowly

_FLAG_BITS = 16  # of the table that tells known words from others

_compiled = load("lookups")

_STEPS, _STEP_CHARS = 40, 60  # of a path, so that hostile pages have no endless ones


def int32(values: ArrayLike = ()) -> Int32:
    """`values` as a column."""
    return np.asarray(values, dtype=np.int32)


def to_units(texts: Sequence[str]) -> Units:
    """`texts` as UTF-16 code units, a line feed after each; none of them holds one."""
    joined = "\n".join(texts) + "\n" if texts else ""
    return np.frombuffer(joined.encode("utf-16-le", "surrogatepass"), dtype=np.uint16)


@dataclass(slots=True)
class Elements:
    """The elements of an HTML page in document order, one entry of each column an element.

    `parents[i] < i`, and -1 for the root; the subtree of `i` is the entries from `i` up to
    `ends[i]`. `pairs[signatures[i]]` are its tag and the words that say what it is for: class,
    id, role and itemprop, space-separated, as written in the page. Pages that were split
    together may share `pairs`, which then holds those of all of them.
    """

    parents: Int32 = field(default_factory=int32)
    ends: Int32 = field(default_factory=int32)
    signatures: Int32 = field(default_factory=int32)
    hidden: NDArray[np.bool_] = field(default_factory=lambda: np.zeros(0, dtype=np.bool_))
    pairs: list[tuple[str, str]] = field(default_factory=list)
    tags_of_pairs: NDArray[np.uint8] | None = field(default=None, repr=False)
    found: dict[frozenset[str], WordIndex] = field(default_factory=dict, repr=False)

    @property
    def tag_numbers(self) -> NDArray[np.uint8]:
        """Per entry of `pairs`, the number of its tag in `names.names()`; 0 for other tags."""
        if self.tags_of_pairs is None or len(self.tags_of_pairs) != len(self.pairs):
            known = names().number
            numbers = [known.get(tag, 0) for tag, _ in self.pairs]
            self.tags_of_pairs = np.array(numbers, dtype=np.uint8)
        return self.tags_of_pairs

    def __len__(self) -> int:
        return len(self.parents)

    def find_words(self, known: frozenset[str]) -> WordIndex:
        """Where in `pairs` each of the `known` words stands; looked for once a list of pairs."""
        found = self.found.get(known)
        if found is None or found.pairs is not self.pairs:
            found = self.found[known] = WordIndex.of(self.pairs, known)
        return found

    @property
    def tags(self) -> list[str]:
        """Each element's tag, as a list made anew."""
        return [self.pairs[number][0] for number in self.signatures.tolist()]

    @property
    def attributes(self) -> list[str]:
        """Each element's words, as a list made anew."""
        return [self.pairs[number][1] for number in self.signatures.tolist()]

    def tag(self, index: int) -> str:
        """The tag of one element."""
        return self.pairs[int(self.signatures[index])][0]


@dataclass(frozen=True, slots=True)
class WordIndex:
    """Which of some known words stand in a list of pairs.

    `words` has them by the number of the pair, `has` says of each pair whether it has any.
    """

    pairs: list[tuple[str, str]]
    words: dict[int, list[str]]
    has: NDArray[np.bool_]

    @classmethod
    def of(cls, pairs: list[tuple[str, str]], known: frozenset[str]) -> WordIndex:
        """The places of the `known` words in `pairs`."""
        words: dict[int, list[str]] = {}
        for word, numbers in _find_words(pairs, known).items():
            for number in numbers:
                words.setdefault(number, []).append(word)
        has = np.zeros(len(pairs), dtype=np.bool_)
        has[list(words)] = True
        return cls(pairs, words, has)

    def on_page(self, elements: Elements) -> NamedElements:
        """The elements of one page that have any of the words."""
        named = np.flatnonzero(self.has[elements.signatures])
        pairs = elements.signatures[named]
        words: dict[str, list[int]] = {}
        for pair in dict.fromkeys(pairs.tolist()):
            for word in self.words[pair]:
                words.setdefault(word, []).append(pair)
        return NamedElements(words, named, pairs, len(self.pairs))


@dataclass(frozen=True, slots=True)
class NamedElements:
    """The elements of a page that have any of some known words.

    `words` has the numbers of the pairs that hold each word; `elements` and `pairs` an entry each
    element, in document order, of `count` pairs in all.
    """

    words: dict[str, list[int]] = field(default_factory=dict)
    elements: NDArray[np.int64] = field(default_factory=lambda: np.zeros(0, dtype=np.int64))
    pairs: Int32 = field(default_factory=int32)
    count: int = 0

    def of(self, classes: Sequence[str]) -> NDArray[np.int64]:
        """The elements that have one of `classes`; of those joined by dots, all."""
        found: list[int] = []
        for word in classes:
            found += self.words.get(word, ())
            if "." in word:
                found += set.intersection(*(set(self.words.get(w, ())) for w in word.split(".")))
        if not found:
            return self.elements[:0]
        is_sought = np.zeros(self.count, dtype=np.bool_)
        is_sought[found] = True
        return self.elements[is_sought[self.pairs]]


def _find_words(pairs: list[tuple[str, str]], known: frozenset[str]) -> dict[str, list[int]]:
    """The numbers of the pairs that hold each of the `known` words, of those that any holds."""
    if _compiled is not None:
        found: dict[str, list[int]] = _compiled.find_words(pairs, known, _word_bits(known))
        return found
    places: dict[str, list[int]] = {}
    for number, (_, attributes) in enumerate(pairs):
        if attributes and not known.isdisjoint(names := attributes.split()):
            for word in known.intersection(names):
                places.setdefault(word, []).append(number)
    return places


@lru_cache(maxsize=8)
def _word_bits(known: frozenset[str]) -> NDArray[np.uint8]:
    """Flags that tell nearly all words that are not `known` from those that are."""
    assert _compiled is not None
    flags: NDArray[np.uint8] = _compiled.word_bits(known, _FLAG_BITS)
    return flags


@dataclass(slots=True)
class Page:
    """The lines of one document as columns, all of one length.

    `units` holds the text: the UTF-16 code units of every line, each followed by a line feed.
    Columns for plain text are `gaps`, `source_lines`, `starts`, `ends`; HTML has
    `elements` and, per line, `element` (the index of the block element that holds it). HTML and
    Markdown have `link_chars` (how many of a line's characters are link text), `links` (how many
    links) and `marked` (whether it begins an item of a list), Markdown also `headings` (the level
    of the heading that a line is, or 0). `seen` is how many characters a reader sees
    whose browser runs scripts. `written` has the lines as they are written out, where that is not
    what a reader sees of them, as in Markdown; `is_whole` says that they are known to be all of a
    page, menus too. `source` leads back to an HTML page's source.
    """

    format: Format
    units: Units = field(default_factory=lambda: to_units([]))
    gaps: NDArray[np.uint8] = field(default_factory=lambda: np.zeros(0, dtype=np.uint8))
    starts: Int32 = field(default_factory=int32)
    ends: Int32 = field(default_factory=int32)
    title: str = ""
    generator: str = ""
    elements: Elements | None = None
    element: Int32 = field(default_factory=int32)
    link_chars: Int32 = field(default_factory=int32)
    links: Int32 = field(default_factory=int32)
    marked: NDArray[np.bool_] = field(default_factory=lambda: np.zeros(0, dtype=np.bool_))
    headings: NDArray[np.uint8] = field(default_factory=lambda: np.zeros(0, dtype=np.uint8))
    seen: int = 0
    source: SourceView | None = field(default=None, repr=False)
    written: list[str] | None = None
    is_whole: bool = False
    _source_lines: Int32 | None = None
    _texts: list[str] | None = field(default=None, init=False, repr=False)
    _line_ends: NDArray[np.int64] | None = field(default=None, init=False, repr=False)

    def __len__(self) -> int:
        return len(self.gaps)

    @property
    def text(self) -> str:
        """All lines, a line feed after each."""
        return str(self.units.tobytes(), "utf-16-le", "surrogatepass")

    @property
    def texts(self) -> list[str]:
        """The lines as strings, made when first asked for."""
        if self._texts is None:
            self._texts = self.text.split("\n")[:-1]
        return self._texts

    @property
    def line_ends(self) -> NDArray[np.int64]:
        """Where in `units` the line feed behind each line stands, found when first asked for."""
        if self._line_ends is None:
            self._line_ends = np.flatnonzero(self.units == ord("\n"))
        return self._line_ends

    @property
    def sizes(self) -> NDArray[np.int64]:
        """How long each line is, in code units."""
        ends = self.line_ends
        sizes: NDArray[np.int64] = ends.copy()
        sizes[1:] -= ends[:-1] + 1
        return sizes

    @property
    def source_lines(self) -> Int32:
        """The line of the source that each line, or its element, begins in; 0 where in none."""
        if self._source_lines is None:
            found = None if self.source is None else self.source.lines()
            # Numbers may have made other elements of odd markup: then they say nothing.
            if found is None or self.elements is None or len(found) != len(self.elements.parents):
                self._source_lines = int32(np.zeros(len(self)))
            else:
                self._source_lines = found[self.element]
        return self._source_lines

    @property
    def markers(self) -> list[str]:
        """What each line is written with when it begins an item of a list, else nothing."""
        return [MARKER if is_marked else "" for is_marked in self.marked.tolist()]

    def number_lines(self, numbers: ArrayLike) -> None:
        """Say in which line of the source each line stands."""
        self._source_lines = int32(numbers)

    def forget_source(self) -> None:
        """Say of no line where in the source it stands."""
        nowhere = int32(np.full(len(self), -1))
        self.starts, self.ends, self._source_lines = nowhere, nowhere, nowhere + 1

    def line(self, index: int) -> Line:
        """The line at `index` as a value of its own."""
        is_html = self.elements is not None
        return Line(
            text=self.texts[index],
            index=index,
            source_line=int(self.source_lines[index]),
            start=-1 if is_html else int(self.starts[index]),
            end=-1 if is_html else int(self.ends[index]),
            path=self.path(index),
            gap=Gap(self.gaps[index]),
            marker=MARKER if is_html and self.marked[index] else "",
        )

    def path(self, index: int) -> str:
        """The place of a line in the DOM as `body/div.story/p`; empty for plain text.

        Of a line that lies very deep, the innermost steps.
        """
        elements = self.elements
        if elements is None:
            return ""
        steps: list[str] = []
        at = int(self.element[index])
        while at >= 0 and len(steps) < _STEPS:
            tag, attributes = elements.pairs[elements.signatures[at]]
            words = attributes.split(maxsplit=1)
            steps.append(tag + (f".{words[0][:_STEP_CHARS]}" if words else ""))
            at = int(elements.parents[at])
        return "/".join(reversed(steps))

    def join(self, keep: Sequence[bool] | NDArray[np.bool_]) -> str:
        """The text of the lines to keep; where lines go between two, the widest gap stays."""
        kept = np.flatnonzero(np.asarray(keep, dtype=np.bool_))
        if not len(kept):
            return ""
        after = np.concatenate([[0], kept[:-1] + 1])  # the first line after the one kept before
        gaps = np.maximum.reduceat(self.gaps[: kept[-1] + 1], after)
        before = [_GAP_TEXTS[gap] for gap in gaps.tolist()]
        before[0] = ""
        if self.written is None and len(self.marked):
            begins_item = self.marked[kept]
            begins_item[1:] &= gaps[1:] >= _LINE
            for at in np.flatnonzero(begins_item).tolist():
                before[at] += MARKER
        texts = self.written or self.texts
        parts = [""] * (2 * len(before))
        parts[::2] = before
        parts[1::2] = [texts[line] for line in kept.tolist()]
        return "".join(parts)


def text_page(texts: list[str], gaps: Sequence[int]) -> Page:
    """A page of plain text made of lines that stand in no source."""
    page = Page("text", units=to_units(texts), gaps=np.array(gaps, dtype=np.uint8))
    page._texts = texts
    page.forget_source()
    return page


class SourceView(Protocol):
    """What the page is made from, for what is asked for too seldom to have it ready."""

    def lines(self) -> Int32 | None:
        """Per element, the line of the source that it begins in; 0 where in none."""

    def nodes(self) -> list[Any]:
        """The elements as lxml has them, in their order."""

    def tags(self) -> list[Any] | None:
        """The tags that are read, in their order; None of a page that is taken as mere text."""


class Lines(Sequence[Line]):
    """The lines of a page, each made when it is looked at."""

    __slots__ = ("_page",)

    def __init__(self, page: Page) -> None:
        self._page = page

    @property
    def page(self) -> Page:
        """The page they are of."""
        return self._page

    def __len__(self) -> int:
        return len(self._page)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Sequence) and list(self) == list(other)

    __hash__ = None  # type: ignore[assignment]

    @property
    def texts(self) -> list[str]:
        """The texts alone, which cost far less than the lines."""
        return self._page.texts

    def __repr__(self) -> str:
        return f"<Lines: {len(self)}>"

    @overload
    def __getitem__(self, index: int) -> Line: ...
    @overload
    def __getitem__(self, index: slice) -> list[Line]: ...
    def __getitem__(self, index: int | slice) -> Line | list[Line]:
        if isinstance(index, slice):
            return [self._page.line(at) for at in range(*index.indices(len(self)))]
        return self._page.line(range(len(self))[index])
