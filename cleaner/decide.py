"""Scores and rulings to verdicts: what is kept, what each line is, and why."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import overload

import numpy as np
from numpy.typing import NDArray

from cleaner.layout import NO_KIND, Layout, code_blocks, read_layout
from cleaner.model.line_model import Scores
from cleaner.rules import Ruling, Rulings
from cleaner.split.page import Page
from cleaner.types import (
    CONTENT_KINDS,
    DEBRIS_KINDS,
    EMPTIED,
    KINDS,
    CleanerError,
    Document,
    Verdict,
)

# Kinds that are neither body nor debris: whether they stay is a matter of taste. Captions are
# kept in plain text; in HTML, which marks them off from the text, the model decides.
DROPPED_BY_DEFAULT = frozenset(["byline", "credit"])
CONVENTIONS = ("byline", "credit", "caption")

_SURE_KIND = 0.5  # share from which a line is taken for a by-line, credit or caption
_CONVENTION_WORDS = {"byline": 25, "credit": 25, "caption": 80}  # longer lines are none
_POSSIBLE_CAPTION = 0.2  # probability below which a caption is none but a label, as `Photo`
_BODY_LEAD = 0.1  # how much likelier body a line may be than a kind that is dropped by default
_SURE_BODY = 0.97  # probability from which no kind that is dropped by default takes a line

_BODY_COLUMNS = np.array(
    [KINDS.index(kind) for kind in CONTENT_KINDS if kind not in CONVENTIONS], dtype=np.int64
)
_DEBRIS_COLUMNS = [KINDS.index(kind) for kind in DEBRIS_KINDS]
_CONVENTION_COLUMNS = [KINDS.index(kind) for kind in CONVENTIONS]
_HEADING, _BODY, _CODE, _ITEM, _TABLE, _CAPTION = (
    KINDS.index(kind) for kind in ("heading", "body", "code", "list_item", "table", "caption")
)
_HEADING_WORDS = 12  # from more on a line of a text is no heading

_BARE = "policy:mark"
_POLICY_WORDINGS = (*(f"policy:{kind}" for kind in KINDS), _BARE)  # by kind, and the last

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
    lines = read_layout(pages)
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
    wordings = [*_POLICY_WORDINGS, *dict.fromkeys(models)]
    reasons = np.array([wordings.index(model) for model in models])[lines.pages]

    named = [NO_KIND if ruling.kind is None else KINDS.index(ruling.kind) for ruling in spoken]
    of_rules = np.array(named, dtype=np.int64)[said]
    of_tags = lines.tag_kinds[ruled]  # of a post that is kept, lists and quotes are such
    of_rules = np.where((of_rules == _BODY) & (of_tags >= 0), of_tags, of_rules)
    kinds[ruled] = np.where(of_rules == NO_KIND, of_ruled, of_rules)
    reasons[ruled] = len(wordings) + said
    wordings += [ruling.reason for ruling in spoken]

    wanted = _wanted(policy, kinds, lines.is_html, probability)
    is_wish = _among(wishes)[kinds]
    # Labelled pages of a site have said what stays there of kinds that are a matter of taste.
    is_taught = np.array([page.taught for page in scores])[lines.pages] & ~is_wish
    wanted[is_taught] = -1
    speaks = (wanted >= 0) & ((numbers < 0) | is_wish)
    changes = speaks & (wanted != keep)
    by_policy = changes | ((wanted >= 0) & (numbers < 0) & _among(frozenset(CONVENTIONS))[kinds])
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
    pages: Sequence[Page], lines: Layout, probability: NDArray[np.float32]
) -> NDArray[np.float32]:
    """`probability` with its mean over the words of a block of code for each line of that.

    Code with holes is of no use: it stays whole or it goes.
    """
    for page, start in zip(pages, lines.bounds.tolist(), strict=False):
        for block in code_blocks(page):
            at = start + block
            probability[at] = np.average(probability[at], weights=lines.words[at])
    return probability


def _kinds(
    pages: Sequence[Page],
    lines: Layout,
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
            is_likelier = shares[:, column] + _BODY_LEAD > probability
            sure &= (probability < _SURE_BODY) & is_likelier & ~is_matter
        kinds[sure] = column
    return kinds


def _wanted(
    policy: Policy, kinds: Int64, is_html: Bool, probability: NDArray[np.float32]
) -> NDArray[np.int8]:
    """Whether the policy keeps each line, as 1 or 0; -1 where it is left to the model."""
    wanted = np.where(_among(DROPPED_BY_DEFAULT | policy.drop), 0, -1)
    by_line = np.where(_among(policy.keep), 1, wanted).astype(np.int8)[kinds]
    is_caption = (kinds == _CAPTION) & ~is_html & (probability >= _POSSIBLE_CAPTION)
    by_line[is_caption & (by_line < 0)] = 1
    return by_line


@cache
def _among(names: frozenset[str]) -> Bool:
    """By the number of a kind whether it is one of these."""
    return np.array([kind in names for kind in KINDS])


def _bare_marks(
    pages: Sequence[Page], lines: Layout, keep: Bool, kinds: Int64, by_model: Bool, policy: Policy
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
