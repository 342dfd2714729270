"""Scores and rulings to verdicts: what is kept, what each line is, and why."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from cleaner.model.line_model import Scores
from cleaner.rules import Ruling
from cleaner.split.page import Page
from cleaner.types import DEBRIS_KINDS, KINDS, CleanerError, Document, Verdict

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
_TAG_REACH = 4  # elements up from a line in which a tag tells its kind
_CELL_WORDS = 20  # from which on what stands in a cell is text
_CONTAINERS = frozenset(["p", "div", "article", "section"])

_DEBRIS_COLUMNS = [KINDS.index(kind) for kind in DEBRIS_KINDS]
_CONVENTION_COLUMNS = [KINDS.index(kind) for kind in CONVENTIONS]
_HEADING = KINDS.index("heading")
_BODY = KINDS.index("body")


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

    def verdict(self, kind: str, *, is_html: bool, probability: float) -> bool | None:
        """Whether a line of `kind` is kept; None where it is left to the model."""
        if kind in self.keep:
            return True
        if kind in self.drop or kind in DROPPED_BY_DEFAULT:
            return False
        is_caption = kind == "caption" and not is_html and probability >= _POSSIBLE_CAPTION
        return True if is_caption else None


def decide(
    page: Page, scores: Scores, rulings: Sequence[Ruling | None], policy: Policy, model: str
) -> list[Verdict]:
    """A verdict for each line of `page`.

    A rule speaks before the model, and the user's policy on kinds before either. `model` is
    the reason given where the model decides.
    """
    is_html = page.elements is not None
    wishes = policy.keep | policy.drop
    verdicts = []
    for line, ruling in enumerate(rulings):
        probability = float(scores.probability[line])
        by_model = probability >= scores.threshold
        if ruling is not None:
            kind, keep, reason = ruling.kind, ruling.keep, ruling.reason
        else:
            kind, keep, reason = _kind(page, scores, line, by_model), by_model, model
            if wishes and (plain := _plain_kind(page, scores, line)) in wishes:
                kind = plain  # the user speaks of what a line is, not of what was decided
        wanted = policy.verdict(kind, is_html=is_html, probability=probability)
        if scores.taught and kind not in wishes:
            wanted = None  # labelled pages of the site have said what stays of such kinds
        overrules = kind in policy.keep or kind in policy.drop
        if wanted is not None and (ruling is None or overrules) and wanted != keep:
            keep, reason = wanted, f"policy:{kind}"
        elif wanted is not None and ruling is None and kind in CONVENTIONS:
            reason = f"policy:{kind}"
        verdicts.append(Verdict(keep, round(probability, 4), kind, reason))
    return _with_bare_marks(page, verdicts, policy, model)


def _with_bare_marks(
    page: Page, verdicts: list[Verdict], policy: Policy, model: str
) -> list[Verdict]:
    """`verdicts` in which a line without a word stays only between lines that stay.

    It is so where the model decides and the user has no wish; a bracket that closes code is no
    such line.
    """
    apart = policy.keep | {"code", "table"}
    last = len(verdicts) - 1
    decided = list(verdicts)
    for line, verdict in enumerate(verdicts):
        is_bare = verdict.keep and not any(char.isalnum() for char in page.texts[line])
        if is_bare and verdict.reason == model and verdict.kind not in apart:
            before = verdicts[line - 1].keep if line else False
            after = verdicts[line + 1].keep if line < last else False
            if not (before and after):
                decided[line] = replace(verdict, keep=False, reason="policy:mark")
    return decided


def _kind(page: Page, scores: Scores, line: int, is_body: bool) -> str:
    """What a line is: a convention where that is plain, else the likeliest of its side."""
    shares = scores.kinds[line]
    words = page.texts[line].count(" ") + 1
    for kind, column in zip(CONVENTIONS, _CONVENTION_COLUMNS, strict=True):
        if shares[column] >= _SURE_KIND and words <= _CONVENTION_WORDS[kind]:
            if kind in DROPPED_BY_DEFAULT and scores.probability[line] >= _SURE_BODY:
                continue
            return kind
    tag_kind = _tag_kind(page, line)
    if tag_kind == "table" and words >= _CELL_WORDS:
        tag_kind = None  # a cell of a layout
    if tag_kind == "title":
        tag_kind = "heading"
        is_body = is_body or _is_title(page, line)
    if tag_kind == "caption":
        return tag_kind
    if not is_body:
        return DEBRIS_KINDS[int(shares[_DEBRIS_COLUMNS].argmax())]
    if page.elements is None and shares[_HEADING] > shares[_BODY] and words <= 12:
        tag_kind = tag_kind or "heading"
    return tag_kind or "body"


def _plain_kind(page: Page, scores: Scores, line: int) -> str:
    """What a line is, whether it stays or goes."""
    tag_kind = _tag_kind(page, line)
    if tag_kind:
        return "heading" if tag_kind == "title" else tag_kind
    return KINDS[int(scores.kinds[line].argmax())]


def _is_title(page: Page, line: int) -> bool:
    """Whether most words of a line stand in the page's title."""
    title = set(page.title.lower().split())
    words = page.texts[line].lower().split()
    return 2 * sum(word in title for word in words) >= len(words)


def _tag_kind(page: Page, line: int) -> str | None:
    """The kind a line's tag gives it, or that of an element close above.

    `title` stands for the heading of a whole page. A cell that holds paragraphs is layout.
    """
    elements = page.elements
    if elements is None:
        return "list_item" if page.texts[line][:2] in ("- ", "* ", "• ") else None
    at = int(page.element[line])
    contained = False
    for _ in range(_TAG_REACH):
        if at < 0:
            break
        tag = elements.tag(at)
        kind = _TAG_KINDS.get(tag)
        if kind and not (contained and kind == "table"):
            return kind
        contained = contained or tag in _CONTAINERS
        at = int(elements.parents[at])
    return None


def flags(document: Document, verdicts: Sequence[Verdict]) -> tuple[str, ...]:
    """What a person should look at in a decided page.

    A page that shows its text only once its scripts have run is emptied too.
    """
    is_emptied = not any(verdict.keep for verdict in verdicts) and document.content.strip()
    return (EMPTIED,) if is_emptied else ()
