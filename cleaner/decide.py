"""Scores and rulings to verdicts: what is kept, what each line is, and why."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from cleaner.model.line_model import Scores
from cleaner.rules import Ruling
from cleaner.split.page import Page
from cleaner.types import DEBRIS_KINDS, KINDS, CleanerError, Verdict

# Kinds that are neither body nor debris: whether they stay is a matter of taste. Captions are
# kept in plain text; in HTML, which marks them off from the text, the model decides.
DROPPED_BY_DEFAULT = frozenset(["byline", "credit"])
CONVENTIONS = ("byline", "credit", "caption")

EMPTIED = "emptied"  # flag: nothing is left of a page that held text

_SURE_KIND = 0.5  # share from which a line is taken for a by-line, credit or caption
_CONVENTION_WORDS = {"byline": 25, "credit": 25, "caption": 80}  # longer lines are none
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

    def verdict(self, kind: str, is_html: bool) -> bool | None:
        """Whether `kind` is kept; None where it is left to the model."""
        if kind in self.keep:
            return True
        if kind in self.drop or kind in DROPPED_BY_DEFAULT:
            return False
        return True if kind == "caption" and not is_html else None


def decide(
    page: Page, scores: Scores, rulings: Sequence[Ruling | None], policy: Policy, model: str
) -> list[Verdict]:
    """A verdict for each line of `page`.

    A rule speaks before the model, and the user's policy on kinds before either. `model` is
    the reason given where the model decides.
    """
    is_html = page.elements is not None
    verdicts = []
    for line, ruling in enumerate(rulings):
        probability = float(scores.probability[line])
        by_model = probability >= scores.threshold
        if ruling is not None:
            kind, keep, reason = ruling.kind, ruling.keep, ruling.reason
        else:
            kind, keep, reason = _kind(page, scores, line, by_model), by_model, model
        wanted = policy.verdict(kind, is_html)
        overrules = kind in policy.keep or kind in policy.drop
        if wanted is not None and (ruling is None or overrules) and wanted != keep:
            keep, reason = wanted, f"policy:{kind}"
        elif wanted is not None and ruling is None and kind in CONVENTIONS:
            reason = f"policy:{kind}"
        verdicts.append(Verdict(keep, round(probability, 4), kind, reason))
    return verdicts


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
    if tag_kind in ("caption", "title"):
        return "caption" if tag_kind == "caption" else "heading"
    if not is_body:
        return DEBRIS_KINDS[int(shares[_DEBRIS_COLUMNS].argmax())]
    if page.elements is None and shares[_HEADING] > shares[_BODY] and words <= 12:
        tag_kind = tag_kind or "heading"
    return tag_kind or "body"


def _tag_kind(page: Page, line: int) -> str | None:
    """The kind a line's tag gives it, or that of an element close above.

    `title` stands for the heading of a whole page. A cell that holds paragraphs is layout.
    """
    elements = page.elements
    if elements is None:
        return "list_item" if page.texts[line][:2] in ("- ", "* ", "• ") else None
    at = page.element[line]
    contained = False
    for _ in range(_TAG_REACH):
        if at < 0:
            break
        tag = elements.tags[at]
        kind = _TAG_KINDS.get(tag)
        if kind and not (contained and kind == "table"):
            return kind
        contained = contained or tag in _CONTAINERS
        at = elements.parents[at]
    return None


def flags(page: Page, verdicts: Sequence[Verdict]) -> tuple[str, ...]:
    """What a person should look at in a decided page."""
    is_emptied = len(page) > 0 and not any(verdict.keep for verdict in verdicts)
    return (EMPTIED,) if is_emptied else ()
