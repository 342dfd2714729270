"""Scores and rulings to verdicts: what is kept, what each line is, and why."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import overload

import numpy as np
from numpy.typing import NDArray

from cleaner.model.line_model import Scores
from cleaner.native import load
from cleaner.rules import Ruling, Rulings
from cleaner.split.names import IS_PRE, names
from cleaner.split.page import Elements, Page
from cleaner.split.tags import POSTS
from cleaner.types import CONTENT_KINDS, DEBRIS_KINDS, KINDS, CleanerError, Document, Verdict

# Kinds that are neither body nor debris: whether they stay is a matter of taste. Captions are
# kept in plain text; in HTML, which marks them off from the text, the model decides.
DROPPED_BY_DEFAULT = frozenset(["byline", "credit"])
CONVENTIONS = ("byline", "credit", "caption")

EMPTIED = "emptied"  # flag: nothing is left of a page that held anything

_SURE_KIND = 0.5  # share from which a line is taken for a by-line, credit or caption
_CONVENTION_WORDS = {"byline": 25, "credit": 25, "caption": 80}  # longer lines are none
_POSSIBLE_CAPTION = 0.2  # probability below which a caption is none but a label, as `Photo`
_SURE_BODY = 0.97  # probability from which no kind that is dropped by default takes a line

_TAG_KINDS = {
    "h1": "title",
    **dict.fromkeys(["h2", "h3", "h4", "h5", "h6"], "heading"),
    **dict.fromkeys(["td", "th", "caption"], "table"),
    **dict.fromkeys(["pre", "code", "listing"], "code"),
    "li": "list_item",
    "dt": "list_item",
    "dd": "list_item",
    "blockquote": "quote",
    "figcaption": "caption",
}
# What a block of code, or what it stands in, is called: highlight, language-py, brush: js.
_CODE_WORD = re.compile(r"code|highlight|lang(?:uage)?-|brush:|prettyprint|hljs", re.IGNORECASE)
_TAG_REACH = 4  # elements up from a line in which a tag tells its kind
_CELL_WORDS = 20  # from which on what stands in a cell is text
_CONTAINERS = frozenset(["p", "div", "article", "section"])

_BODY_COLUMNS = np.array(
    [KINDS.index(kind) for kind in CONTENT_KINDS if kind not in CONVENTIONS], dtype=np.int64
)
_DEBRIS_COLUMNS = [KINDS.index(kind) for kind in DEBRIS_KINDS]
_CONVENTION_COLUMNS = [KINDS.index(kind) for kind in CONVENTIONS]
_HEADING = KINDS.index("heading")
_BODY, _CODE, _ITEM = (KINDS.index(kind) for kind in ("body", "code", "list_item"))
_TABLE = KINDS.index("table")
_QUOTE = KINDS.index("quote")
_CAPTION = KINDS.index("caption")
_NO_KIND, _CONTAINER, _TITLE = -1, -2, len(KINDS)
_HEADING_WORDS = 12  # from more on a line of a text is no heading

_BARE = "policy:mark"
_LIST_MARKS = np.array([ord(mark) for mark in "-*•"], dtype=np.uint16)

_compiled = load("text")

Bool = NDArray[np.bool_]
Int64 = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Policy:
    """Which kinds the user always keeps or drops, whatever the model or a rule says."""

    keep: frozenset[str] = frozenset()
    drop: frozenset[str] = frozenset()

    def __post_init__(self) -> None:
        """Refuse what is no kind, and a kind both kept and dropped."""
        for kind in sorted(self.keep | self.drop):
            if kind not in KINDS:
                raise CleanerError(f"no kind {kind!r}; the kinds are {', '.join(KINDS)}")
        if both := sorted(self.keep & self.drop):
            raise CleanerError(f"kind {both[0]!r} is both kept and dropped")


class Verdicts(Sequence[Verdict]):
    """The verdicts on a page's lines as columns; each is made when it is looked at.

    `keep`, `probability` and `kinds`, which are places in `KINDS`, have an entry a line, and
    `reasons` a place in `wordings`.
    """

    __slots__ = ("keep", "kinds", "probability", "reasons", "wordings")

    def __init__(
        self,
        keep: Bool,
        probability: NDArray[np.float32],
        kinds: Int64,
        reasons: Int64,
        wordings: Sequence[str],
    ) -> None:
        self.keep = keep
        self.probability = probability
        self.kinds = kinds
        self.reasons = reasons
        self.wordings = wordings

    def __len__(self) -> int:
        return len(self.keep)

    def __repr__(self) -> str:
        return f"<Verdicts: {len(self)}, {np.count_nonzero(self.keep)} keep>"

    @overload
    def __getitem__(self, index: int) -> Verdict: ...
    @overload
    def __getitem__(self, index: slice) -> list[Verdict]: ...
    def __getitem__(self, index: int | slice) -> Verdict | list[Verdict]:
        if isinstance(index, slice):
            return [self[at] for at in range(*index.indices(len(self)))]
        return Verdict(
            keep=bool(self.keep[index]),
            probability=round(float(self.probability[index]), 4),
            kind=KINDS[self.kinds[index]],
            reason=self.wordings[self.reasons[index]],
        )

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Sequence) and list(self) == list(other)

    __hash__ = None  # type: ignore[assignment]


_NOTHING = np.zeros(0, dtype=np.int64)
NO_VERDICTS = Verdicts(
    _NOTHING.astype(np.bool_), _NOTHING.astype(np.float32), _NOTHING, _NOTHING, ()
)


@dataclass(frozen=True, slots=True)
class _Lines:
    """The lines of a batch of pages as far as deciding goes; `bounds` parts the pages.

    `words` is how many words a line has, `tag_kinds` the kind its tag gives it, as a place in
    `KINDS`, or -1, and `is_html` what its page is.
    """

    bounds: Int64
    pages: Int64
    words: Int64
    tag_kinds: Int64
    is_title: Bool
    is_html: Bool


def decide(
    pages: Sequence[Page],
    scores: Sequence[Scores],
    rulings: Sequence[Rulings],
    policy: Policy,
    models: Sequence[str],
) -> list[Verdicts]:
    """A verdict for each line of `pages`.

    A rule speaks before the model, and the user's policy on kinds before either. `models` are,
    for each page, the reason given where the model decides.
    """
    if not pages:
        return []
    lines = _lines(pages)
    probability = _of_whole_code(pages, lines, np.concatenate([s.probability for s in scores]))
    shares = np.concatenate([page.kinds for page in scores])
    thresholds = np.array([page.threshold for page in scores])[lines.pages]
    by_model = probability >= thresholds

    numbers = np.concatenate([page.numbers for page in rulings])
    ruled = np.flatnonzero(numbers >= 0)
    spoken, said = _spoken(rulings, numbers[ruled], lines.pages[ruled])
    keep = by_model.copy()
    keep[ruled] = np.array([ruling.keep for ruling in spoken], dtype=np.bool_)[said]

    kinds = _kinds(pages, lines, probability, shares, by_model & keep)
    of_ruled = kinds[ruled]
    wishes = policy.keep | policy.drop
    if wishes:
        # The user speaks of what a line is, not of what was decided.
        plain = np.where(lines.tag_kinds >= 0, lines.tag_kinds, shares.argmax(axis=1))
        kinds = np.where(_among(wishes)[plain], plain, kinds)
    wordings = [*(f"policy:{kind}" for kind in KINDS), _BARE, *dict.fromkeys(models)]
    reasons = np.array([wordings.index(model) for model in models])[lines.pages]

    named = [_NO_KIND if ruling.kind is None else KINDS.index(ruling.kind) for ruling in spoken]
    of_rules = np.array(named, dtype=np.int64)[said]
    of_tags = lines.tag_kinds[ruled]  # of a post that is kept, lists and quotes are such
    of_rules = np.where((of_rules == _BODY) & (of_tags >= 0), of_tags, of_rules)
    kinds[ruled] = np.where(of_rules == _NO_KIND, of_ruled, of_rules)
    reasons[ruled] = len(wordings) + said
    wordings += [ruling.reason for ruling in spoken]

    wanted = _wanted(policy, kinds, lines.is_html, probability)
    is_wish = _among(wishes)[kinds]
    # Labelled pages of a site have said what stays there of kinds that are a matter of taste.
    is_taught = np.array([page.taught for page in scores])[lines.pages] & ~is_wish
    wanted[is_taught] = -1
    speaks = (wanted >= 0) & ((numbers < 0) | is_wish)
    changes = speaks & (wanted != keep)
    by_policy = changes | ((wanted >= 0) & (numbers < 0) & _among(CONVENTIONS)[kinds])
    keep = np.where(changes, wanted == 1, keep)
    reasons = np.where(by_policy, kinds, reasons)

    bare = _bare_marks(pages, lines, keep, kinds, (numbers < 0) & ~by_policy, policy)
    keep[bare] = False
    reasons[bare] = wordings.index(_BARE)
    return [
        Verdicts(keep[a:b], probability[a:b], kinds[a:b], reasons[a:b], wordings)
        for a, b in zip(lines.bounds[:-1].tolist(), lines.bounds[1:].tolist(), strict=True)
    ]


def _spoken(
    rulings: Sequence[Rulings], numbers: NDArray[np.int32], pages: Int64
) -> tuple[list[Ruling], Int64]:
    """The rulings that are given on any line, and which of them each ruled line has.

    `numbers` and `pages` are of the ruled lines.
    """
    table: list[Ruling] = []
    firsts: dict[int, int] = {}  # of each table, which pages mostly share, its place in the whole
    for page in rulings:
        if firsts.setdefault(id(page.table), len(table)) == len(table):
            table += page.table
    first = np.array([firsts[id(page.table)] for page in rulings])
    given, said = np.unique(numbers + first[pages], return_inverse=True)
    return [table[number] for number in given.tolist()], said


def _of_whole_code(
    pages: Sequence[Page], lines: _Lines, probability: NDArray[np.float32]
) -> NDArray[np.float32]:
    """`probability` with its mean over the words of a block of code for each line of that.

    Code with holes is of no use: it stays whole or it goes.
    """
    for page, start in zip(pages, lines.bounds.tolist(), strict=False):
        for block in _code_blocks(page):
            at = start + block
            probability[at] = np.average(probability[at], weights=lines.words[at])
    return probability


def _code_blocks(page: Page) -> list[Int64]:
    """The lines of each preformatted block of a page that is said to be code."""
    elements = page.elements
    if elements is None:
        return []
    is_pre = (names().flags[elements.tag_numbers] & IS_PRE) != 0
    blocks = np.flatnonzero(is_pre[elements.signatures])
    if not len(blocks):
        return []
    ends = np.maximum.accumulate(elements.ends[blocks])
    is_outermost = np.append(True, blocks[1:] >= ends[:-1])
    blocks, ends = blocks[is_outermost], ends[is_outermost]
    block = np.searchsorted(blocks, page.element, side="right") - 1
    inside = np.flatnonzero((block >= 0) & (page.element < ends[block]))
    found, first, sizes = np.unique(block[inside], return_index=True, return_counts=True)
    return [
        inside[start : start + size]
        for at, start, size in zip(found.tolist(), first.tolist(), sizes.tolist(), strict=True)
        if size > 1 and _is_code(elements, int(blocks[at]), int(ends[at]))
    ]


def _is_code(elements: Elements, block: int, end: int) -> bool:
    """Whether a preformatted block holds `code`, or it or what it stands in is called so."""
    around = max(int(elements.parents[block]), 0)
    said = (elements.pairs[at][1] for at in elements.signatures[[around, block]].tolist())
    holds = elements.tag_numbers[elements.signatures[block:end]] == names().number["code"]
    return bool(holds.any()) or any(map(_CODE_WORD.search, said))


def _lines(pages: Sequence[Page]) -> _Lines:
    sizes = np.array([len(page) for page in pages])
    bounds = np.concatenate([[0], np.cumsum(sizes)])
    page_of = np.repeat(np.arange(len(pages)), sizes)
    is_html = np.array([page.elements is not None for page in pages])[page_of]
    words, is_item, is_row = _read_lines(pages)
    tag_kinds = np.full(len(page_of), _NO_KIND, dtype=np.int64)
    tag_kinds[is_html] = _tag_kinds([page for page in pages if page.elements is not None])
    tag_kinds[is_item & ~is_html] = _ITEM
    tag_kinds[(tag_kinds == _TABLE) & (words >= _CELL_WORDS)] = _NO_KIND  # a cell of a layout
    tag_kinds[is_row & ~is_html] = _TABLE
    is_title = tag_kinds == _TITLE
    tag_kinds[is_title] = _HEADING
    return _Lines(bounds, page_of, words, tag_kinds, is_title, is_html)


def _read_lines(pages: Sequence[Page]) -> tuple[Int64, Bool, Bool]:
    """How many words each line has, and whether it is an item of a list or `| a row | of cells |`.

    An item begins with the mark of one.
    """
    units = np.concatenate([page.units for page in pages])
    offsets = np.cumsum([0, *(len(page.units) for page in pages)]).tolist()
    ends = np.concatenate([p.line_ends + at for p, at in zip(pages, offsets, strict=False)])
    starts = np.concatenate([[0], ends + 1])[:-1]
    is_row = (units[starts] == ord("|")) & (units[ends - 1] == ord("|")) & (ends > starts + 1)
    if _compiled is not None:
        words, is_item = _compiled.read_lines(units, ends, _LIST_MARKS)
    else:
        is_space = units == ord(" ")
        words = np.diff(np.searchsorted(np.flatnonzero(is_space), ends), prepend=0) + 1
        is_item = np.isin(units[starts], _LIST_MARKS) & is_space[np.minimum(starts + 1, ends[-1])]
    first = 0
    for page in pages:
        if page.written is not None:  # Markdown, whose lines are here without its marks
            own = slice(first, first + len(page))
            is_item[own] |= page.marked
            is_row[own] = [text[0] == text[-1] == "|" and len(text) > 1 for text in page.written]
        first += len(page)
    return words, is_item, is_row


def _tag_kinds(pages: Sequence[Page]) -> Int64:
    """The kind that its tag gives each line of HTML pages, or that of an element close above.

    `_TITLE` stands for the heading of a whole page. A cell that holds paragraphs is layout, but
    for one that holds a single line beside others of its row, as documentation has them.
    """
    if not pages:
        return np.zeros(0, dtype=np.int64)
    columns = [page.elements or Elements() for page in pages]
    counts = [len(elements) for elements in columns]
    offsets = np.cumsum([0, *counts])
    nobody = int(offsets[-1])  # the parent of roots

    def joined(numbers: Iterable[NDArray[np.int32]]) -> Int64:
        """Numbers of elements of a page, -1 for none, as those of all pages."""
        parts = zip(numbers, offsets.tolist(), strict=False)
        return np.concatenate([np.where(some >= 0, some + start, nobody) for some, start in parts])

    parents = np.append(joined(elements.parents for elements in columns), nobody)
    at = joined(page.element for page in pages)
    kind_of = np.concatenate(
        [*(_kinds_of_pairs(elements)[elements.signatures] for elements in columns), [_NO_KIND]]
    )
    found = np.full(len(at), _NO_KIND, dtype=np.int64)
    contained = np.zeros(len(at), dtype=np.bool_)
    cell = np.full(len(at), nobody)  # that holds the line, and nothing further in tells its kind
    for _ in range(_TAG_REACH):
        kind = kind_of[at]
        takes = (found == _NO_KIND) & (kind >= 0)
        is_cell = takes & contained & (kind == _TABLE)
        cell[is_cell & (cell == nobody)] = at[is_cell & (cell == nobody)]
        takes &= ~is_cell
        found[takes] = kind[takes]
        contained |= kind == _CONTAINER
        at = parents[at]
    found[_is_data(cell, parents, nobody) & (found == _NO_KIND)] = _TABLE
    return found


def _kinds_of_pairs(elements: Elements) -> Int64:
    """Per entry of `pairs` what `_tag_table` has for its tag, but that posts are no quotes."""
    kinds = _tag_table()[elements.tag_numbers]
    for pair in np.flatnonzero(kinds == _QUOTE).tolist():
        if not POSTS.isdisjoint(elements.pairs[pair][1].split()):
            kinds[pair] = _BODY
    return kinds


def _is_data(cell: Int64, parents: Int64, nobody: int) -> Bool:
    """Of lines in cells whether each is alone in its own, and that not alone in its row."""
    is_data = np.zeros(len(cell), dtype=np.bool_)
    inside = np.flatnonzero(cell != nobody)
    cells, number, lines = np.unique(cell[inside], return_inverse=True, return_counts=True)
    _, row, in_row = np.unique(parents[cells], return_inverse=True, return_counts=True)
    is_data[inside] = ((lines == 1) & (in_row[row] > 1))[number]
    return is_data


@cache
def _tag_table() -> Int64:
    """Per number of a tag the kind it gives a line, `_CONTAINER` or `_NO_KIND`."""
    known = names()
    table = np.full(len(known.names), _NO_KIND, dtype=np.int64)
    for tag, kind in _TAG_KINDS.items():
        table[known.number[tag]] = _TITLE if kind == "title" else KINDS.index(kind)
    for tag in _CONTAINERS:
        table[known.number[tag]] = _CONTAINER
    return table


def _kinds(
    pages: Sequence[Page],
    lines: _Lines,
    probability: NDArray[np.float32],
    shares: NDArray[np.float32],
    by_model: Bool,
) -> Int64:
    """What each line is: a convention where that is plain, else the likeliest of its side."""
    is_body = by_model.copy()
    titles: dict[int, set[str]] = {}  # the words of each page's title
    for line in np.flatnonzero(lines.is_title & ~by_model).tolist():
        number = int(lines.pages[line])
        if number not in titles:
            titles[number] = set(pages[number].title.lower().split())
        words = pages[number].texts[line - int(lines.bounds[number])].lower().split()
        is_body[line] = 2 * sum(word in titles[number] for word in words) >= len(words)
    kinds = np.where(lines.tag_kinds >= 0, lines.tag_kinds, _BODY)
    bare = ~lines.is_html & (lines.tag_kinds < 0)  # plain text has no tags to tell by
    likeliest = _BODY_COLUMNS[shares[:, _BODY_COLUMNS].argmax(axis=1)]
    likeliest[(likeliest == _HEADING) & (lines.words > _HEADING_WORDS)] = _BODY
    kinds[bare] = likeliest[bare]
    is_debris = ~is_body & (lines.tag_kinds != _CAPTION)
    debris = shares[is_debris][:, _DEBRIS_COLUMNS]
    # Names and dates in code, and in the rows and lists of a text, say nothing of who wrote it.
    # In HTML they may: by-lines stand in cells and lists there.
    is_matter = ((lines.tag_kinds == _TABLE) | (lines.tag_kinds == _ITEM)) & ~lines.is_html | (
        kinds == _CODE
    )
    is_matter &= by_model
    kinds[is_debris] = np.array(_DEBRIS_COLUMNS)[debris.argmax(axis=1)]
    for kind, column in reversed(list(zip(CONVENTIONS, _CONVENTION_COLUMNS, strict=True))):
        sure = (shares[:, column] >= _SURE_KIND) & (lines.words <= _CONVENTION_WORDS[kind])
        if kind in DROPPED_BY_DEFAULT:
            sure &= (probability < _SURE_BODY) & ~is_matter
        kinds[sure] = column
    return kinds


def _wanted(
    policy: Policy, kinds: Int64, is_html: Bool, probability: NDArray[np.float32]
) -> NDArray[np.int8]:
    """Whether the policy keeps each line, as 1 or 0; -1 where it is left to the model."""
    wanted = np.full(len(KINDS), -1, dtype=np.int8)
    for kinds_named, is_kept in ((DROPPED_BY_DEFAULT | policy.drop, 0), (policy.keep, 1)):
        wanted[[KINDS.index(kind) for kind in kinds_named]] = is_kept
    by_line = wanted[kinds]
    is_caption = (kinds == _CAPTION) & ~is_html & (probability >= _POSSIBLE_CAPTION)
    by_line[is_caption & (by_line < 0)] = 1
    return by_line


def _among(names: Iterable[str]) -> Bool:
    """By the number of a kind whether it is one of these."""
    flags = np.zeros(len(KINDS), dtype=np.bool_)
    flags[[KINDS.index(name) for name in names]] = True
    return flags


def _bare_marks(
    pages: Sequence[Page], lines: _Lines, keep: Bool, kinds: Int64, by_model: Bool, policy: Policy
) -> Int64:
    """The kept lines without a word that do not stand between lines that stay.

    It is so where the model decides and the user has no wish; a bracket that closes code is no
    such line.
    """
    is_apart = _among(policy.keep | {"code", "table"})[kinds]
    before = np.concatenate([[False], keep[:-1]])
    before[lines.bounds[:-1][np.diff(lines.bounds) > 0]] = False
    after = np.concatenate([keep[1:], [False]])
    after[lines.bounds[1:][np.diff(lines.bounds) > 0] - 1] = False
    edge = np.flatnonzero(keep & by_model & ~(before & after) & ~is_apart)
    bare = [
        line
        for line, number in zip(edge.tolist(), lines.pages[edge].tolist(), strict=True)
        if not any(map(str.isalnum, pages[number].texts[line - int(lines.bounds[number])]))
    ]
    return np.array(bare, dtype=np.int64)


def flags(document: Document, keep: Bool) -> tuple[str, ...]:
    """What a person should look at in a decided page.

    A page that shows its text only once its scripts have run is emptied too.
    """
    is_emptied = not keep.any() and document.content.strip()
    return (EMPTIED,) if is_emptied else ()
