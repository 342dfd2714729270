"""Views of a labelled page: what the same page looks like as the other inputs we meet.

A *dump* is all visible text of a page, one line a block. A *residue* is what another extractor
left: mostly body, with a few debris lines before, after and between. Debris stands among debris
in a dump, and a model learns to lean on the neighbours; in a residue it must learn the wording.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import IntEnum

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from cleaner.model.batch import make_batch
from cleaner.split.page import Page, text_page
from cleaner.training.phrases import fill
from cleaner.types import Gap

BODY = 0.6  # share of a line's words on the alignment from which the line is body
DEBRIS = 0.1  # share up to which it is debris; between the two it is neither

# Lines about which golds disagree by convention: nobody learns to fight over them. Titles,
# standfirsts and captions stay in plain text; by-lines, dates and credits teach nothing.
_STAYS = re.compile(r"caption|standfirst|subtitle|\bdek\b|\blede?\b", re.IGNORECASE)
_STAYS_TAGS = frozenset(["figcaption", "h1", "caption"])
_OPEN = re.compile(
    r"byline|\bauthor\b|dateline|\bdate\b|publish(?:ed|[-_ ]?(?:date|time|on))|timestamp|credit"
    r"|copyright",
    re.IGNORECASE,
)
_LOOK_UP = 3  # elements above a line whose words tell its convention


class Convention(IntEnum):
    """What golds think of a line by convention: nothing, that it stays, or they differ."""

    NONE = 0
    STAYS = 1
    OPEN = 2


@dataclass(frozen=True, slots=True)
class View:
    """A page with a label per line in 0 to 1 and the weight it is trained with."""

    page: Page
    labels: NDArray[np.float32]
    weights: NDArray[np.float32]


def conventions(page: Page) -> NDArray[np.int8]:
    """A `Convention` for each line of an HTML page, by what the elements around it say."""
    elements = page.elements
    found = np.zeros(len(page), dtype=np.int8)
    if elements is None:
        return found
    tags, attributes, parents = elements.tags, elements.attributes, elements.parents.tolist()
    for line, start in enumerate(page.element.tolist()):
        at = start
        for _ in range(_LOOK_UP):
            if at < 0:
                break
            words = attributes[at]
            if tags[at] == "time" or _OPEN.search(words):
                found[line] = Convention.OPEN
                break
            if tags[at] in _STAYS_TAGS or _STAYS.search(words):
                found[line] = Convention.STAYS
                break
            at = parents[at]
    return found


def dump(view: View, rng: Generator) -> View:
    """All lines of `view` as plain text; blank lines as in the page, nowhere or everywhere.

    The page has the columns of Markdown besides.
    """
    style = rng.integers(3)
    gaps = [max(Gap(gap), Gap.LINE) for gap in view.page.gaps]
    if style:
        gaps = [Gap.LINE if style == 1 else Gap.PARAGRAPH] * len(gaps)
    page, batch = text_page(view.page.texts, gaps), make_batch([view.page])
    assert batch.marks is not None
    page.link_chars, page.links = view.page.link_chars, view.page.links
    page.headings, page.marked = batch.marks.headings, view.page.marked
    return View(page, view.labels, view.weights)


def residue(view: View, by_convention: NDArray[np.int8], rng: Generator) -> View | None:
    """The body of `view` with some of the page's own debris lines put back, in their order.

    None for a page without enough body to speak of. Debris comes in runs, most of them inside
    the body or beside it. The title and captions, when put back, count as body.
    """
    labels, page = view.labels, view.page
    body = np.flatnonzero((labels >= BODY) & (view.weights > 0))
    if len(body) < 3:
        return None
    debris = np.flatnonzero((labels <= DEBRIS) & (view.weights > 0) & (by_convention == 0))
    chosen = set(body.tolist())
    if len(debris):
        for _ in range(rng.geometric(0.3) - 1):
            chosen.update(_run(debris, body, rng))
    first, last = int(body[0]), int(body[-1])
    for line in np.flatnonzero((by_convention > 0) & (labels < BODY)).tolist():
        if first - 6 <= line <= last and rng.random() < 0.5:
            chosen.add(line)

    picked = np.array(sorted(chosen))
    picked_labels, weights = labels[picked].copy(), view.weights[picked].copy()
    weights[(by_convention[picked] == Convention.OPEN) & (picked_labels < BODY)] = 0
    stays = (by_convention[picked] == Convention.STAYS) & (picked_labels < BODY)
    picked_labels[stays] = 1
    weights[stays] *= 0.5
    texts = [page.texts[line] for line in picked]
    title = re.split(r"\s[|–—-]\s", page.title)[0]
    if title and rng.random() < 0.6 and title not in texts:
        texts.insert(0, title)
        picked_labels = np.insert(picked_labels, 0, 1.0)
        weights = np.insert(weights, 0, np.sqrt(len(title.split())))
    style = rng.integers(3)
    if style == 0:
        gaps = [Gap.LINE] * len(texts)
    elif style == 1:
        gaps = [Gap.PARAGRAPH] * len(texts)
    else:
        gaps = [Gap.PARAGRAPH if rng.random() < 0.5 else Gap.LINE for _ in texts]
    return View(text_page(texts, gaps), picked_labels, weights)


def _run(debris: NDArray[np.intp], body: NDArray[np.intp], rng: Generator) -> list[int]:
    """A run of debris lines: inside the body, after it, before it, or anywhere."""
    place = rng.random()
    inside = debris[(debris > body[0]) & (debris < body[-1])]
    if place < 0.4 and len(inside):
        start = int(np.searchsorted(debris, rng.choice(inside)))
    elif place < 0.7:
        start = int(np.searchsorted(debris, body[-1])) + int(rng.geometric(0.2)) - 1
    elif place < 0.85:
        start = int(np.searchsorted(debris, body[0])) - int(rng.geometric(0.2))
    else:
        start = int(rng.integers(len(debris)))
    start = min(max(start, 0), len(debris) - 1)
    return [int(line) for line in debris[start : start + int(rng.geometric(0.35))]]


@dataclass(frozen=True, slots=True)
class Salt:
    """Debris of our own making that is put into residues.

    Phrases by language and kind, and other pages' titles and first paragraphs by language.
    """

    phrases: Mapping[str, Mapping[str, Sequence[str]]]
    titles: Mapping[str, Sequence[str]]
    openings: Mapping[str, Sequence[str]] = field(default_factory=dict)

    def line(self, kind: str, language: str, rng: Generator) -> str:
        """One debris line of `kind`, in `language` where there are phrases in it."""
        by_kind = self.phrases.get(language, {})
        if kind not in by_kind or rng.random() < 0.1:
            language, by_kind = "en", self.phrases["en"]
        titles = self.titles.get(language) or self.titles["en"]
        wordings = by_kind[kind]
        wording = wordings[int(rng.integers(len(wordings)))]
        return fill(wording, rng, titles=titles, sentences=titles, language=language)

    def headline(self, language: str, rng: Generator) -> str:
        """The title of some other page."""
        titles = self.titles.get(language) or self.titles["en"]
        return titles[int(rng.integers(len(titles)))]

    def teasers(self, language: str, rng: Generator) -> list[str]:
        """Some other articles as a list of them shows them, all in the same manner."""
        openings = self.openings.get(language) or self.openings.get("en") or ()
        style = rng.random(4) < (0.75, 0.45, 0.2, 0.2)  # headline, opening, date, "Read more"
        in_one = rng.random() < 0.25
        more = self.line("related", language, rng) if style[3] else ""
        lines: list[str] = []
        for _ in range(int(rng.integers(1, 6))):
            parts = []
            if style[0] or not style[1]:
                parts.append(self.headline(language, rng))
            if style[1] and openings:
                parts.append(_cut(openings[int(rng.integers(len(openings)))], rng))
            if style[2]:
                titles = self.titles["en"]
                known = language if language in self.phrases else "en"
                parts.append(fill("{date}", rng, titles=titles, sentences=titles, language=known))
            if more:
                parts.append(more)
            lines += [" ".join(parts)] if in_one else parts
        return lines


def _cut(text: str, rng: Generator) -> str:
    """The first sentences of `text`, whole or cut off where the room ends."""
    if rng.random() < 0.4:
        words = text.split(" ")
        ending = ("...", "…", " [...]", "")[int(rng.integers(4))]
        return " ".join(words[: int(rng.integers(10, 40))]) + ending
    sentences = re.split(r"(?<=[.!?])\s+|(?<=[。！？])", text)
    return " ".join(sentences[: int(rng.integers(1, 3))]).strip()


# Where debris of a kind stands in what extractors leave, and how often it is put there.
_INSIDE = {
    "related": 6, "promotion": 3, "newsletter": 2, "advertisement": 2, "share": 1, "other": 1,
}  # fmt: skip
_AFTER = {
    "related": 3, "comment_form": 3, "comment": 3, "captcha": 2, "counter": 2, "share": 2,
    "newsletter": 3, "promotion": 2, "legal": 2, "alert": 2, "navigation": 2, "other": 2,
}  # fmt: skip
_BEFORE = {"navigation": 3, "share": 2, "alert": 2, "counter": 1, "promotion": 1, "other": 1}


def salted(view: View, salt: Salt, language: str, rng: Generator) -> View:
    """`view`, a residue, with debris of our own making among its lines."""
    inserts: list[tuple[int, str]] = []
    count = len(view.page)
    for table, lowest, highest, mean in (
        (_INSIDE, 1, count - 1, 1.5),
        (_AFTER, count, count, 1.2),
        (_BEFORE, 0, 1, 0.3),
    ):
        kinds, odds = list(table), np.array(list(table.values()), dtype=float)
        for _ in range(rng.poisson(mean)):
            at = int(rng.integers(lowest, max(highest, lowest) + 1))
            kind = kinds[int(rng.choice(len(kinds), p=odds / odds.sum()))]
            run = int(rng.geometric(0.6)) if table is _INSIDE else int(rng.geometric(0.5))
            inserts += [(at, salt.line(kind, language, rng)) for _ in range(run)]
            if kind == "related" and (table is _AFTER or rng.random() < 0.3):
                inserts += [(at, text) for text in salt.teasers(language, rng)]
    if rng.random() < 0.25:  # with nothing that says what they are
        inserts += [(count, text) for text in salt.teasers(language, rng)]
    if not inserts:
        return view
    inserts.sort(key=lambda item: item[0])
    places = np.array([min(position, count) for position, _ in inserts])
    texts, gaps = list(view.page.texts), [Gap(gap) for gap in view.page.gaps]
    dense = Gap.PARAGRAPH not in gaps
    for position, text in reversed(inserts):
        texts.insert(min(position, count), text)
        gap = Gap.LINE if dense or rng.random() < 0.3 else Gap.PARAGRAPH
        gaps.insert(min(position, count), gap)
    lengths = [np.sqrt(len(text.split())) for _, text in inserts]
    return View(
        text_page(texts, gaps),
        np.insert(view.labels, places, 0.0),
        np.insert(view.weights, places, np.array(lengths, dtype=np.float32)),
    )
