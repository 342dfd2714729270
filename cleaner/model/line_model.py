"""The line classifier: for each line of a batch of pages, how likely it is body, and its kind."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from cleaner.model.batch import Batch, Columns, Float32, make_batch, take
from cleaner.model.features import (
    context_columns,
    line_columns,
    page_columns,
    stack,
)
from cleaner.model.hashing import (
    Table,
    score_anchors,
    score_buckets,
    score_dom,
    score_words,
    scores,
)
from cleaner.model.kinds import HIDDEN, KindModel, kind_shares
from cleaner.model.lexicon import Lexicon
from cleaner.model.network import Network, logistic
from cleaner.model.sums import page_sums
from cleaner.model.threads import one_thread
from cleaner.model.tokens import UInt64
from cleaner.model.topic import stem_features, stem_hashes, topic_columns
from cleaner.split.page import Page

# What an input is to the model. A dump is all visible text of a page, a residue what another
# extractor left of it; they differ in what a line's neighbours tell. Markdown is a dump that says
# what is linked, what is a heading and what an item of a list.
View = Literal["html", "dump", "residue", "markdown"]
VIEWS: tuple[View, ...] = ("html", "dump", "residue", "markdown")
WORD_VIEWS: tuple[View, ...] = VIEWS[:3]  # that have a scorer of words each; Markdown has a dump's

_LEAST_THRESHOLD = 0.5  # how far an unsure page lowers its threshold, as a share of it
_MOST_LOST = 0.1  # share of the mass of a residue: one line may hold the whole text

_RESIDUE = 0.5  # what the router must say of a text to make it a residue
# Menus of a dump are seen by a residue's view too. A text of which a dump's view is unsure, and
# of which a residue's view would drop next to nothing, is a residue, unless the router is sure.
_MAYBE_RESIDUE = 0.1
_UNSURE = 0.65  # `Scores.certainty`
_NEXT_TO_NOTHING = 0.002  # share of the words

_ROWS = 8192  # lines a network sees at once
_NEARLY_ALL = 0.8  # share of a batch's lines

# A line ruled on before scoring counts as this sure a score for the lines around it, if rules
# speak of no more than such a share of its page: a page half of whose lines were so sure would
# look like none the networks have seen, and lose its text. The first guess is ruled on always.
_RULED_SCORE = 4.0
_FEW_RULED = 0.15


@dataclass(frozen=True, slots=True)
class ViewModel:
    """What scores one view: a column of the scorers' tables and two networks.

    `first` sees a line, its place and how its neighbours' words score; `second` sees
    `first`'s guesses around it besides. `threshold` is the lowest probability that is kept,
    chosen on validation pages; a page whose lines are unsure may get a lower one.
    """

    first: Network
    second: Network
    threshold: float


@dataclass(frozen=True, slots=True)
class Stems:
    """What scores the stems of a residue: `table` (2^STEM_SCORE_BITS, 1) and its `bias`.

    `weights` (2^STEM_BITS,) says how much a stem tells of what a page is about, in every view.
    """

    table: Table
    bias: Float32
    weights: Float32


@dataclass(frozen=True, slots=True)
class LineModel:
    """A trained model: hashed linear scorers, networks per view, kinds.

    `words` is (2^WORD_BITS, 3) and `anchors` (2^ANCHOR_BITS, 3), one column a view in the
    order of `WORD_VIEWS`, and `dom` (2^DOM_BITS, 1). `router` tells a residue from a dump. The
    scorer of `stems` is for residue alone.
    """

    name: str
    words: Table
    words_bias: Float32
    anchors: Table
    anchors_bias: Float32
    dom: Table
    dom_bias: Float32
    kinds: KindModel
    views: dict[View, ViewModel]
    router: Network
    stems: Stems
    lexicon: Lexicon


@dataclass(frozen=True, slots=True)
class Scores:
    """A page's lines as the model sees them.

    `probability` (lines,) that a line is body; `kinds` (lines, kinds) in the order of
    `types.KINDS`, each row summing to 1; `threshold` from which a line is kept. `taught` says that
    labelled pages of the site had a say, which settles what is else a matter of taste.
    """

    view: View
    probability: Float32
    kinds: Float32
    threshold: float
    taught: bool = False

    @property
    def is_empty(self) -> bool:
        """Whether no line would be kept."""
        return not bool((self.probability >= self.threshold).any())

    def loss(self, words: NDArray[np.int64]) -> float:
        """The share of the words that would be dropped, of so many in each line."""
        return float(words[self.probability < self.threshold].sum() / max(words.sum(), 1))

    def certainty(self, words: NDArray[np.int64]) -> float:
        """How likely body is what is taken for body, in 0 to 1, a mean over its words."""
        mass = words * self.probability
        return float(mass @ self.probability / max(mass.sum(), 1e-6))


@one_thread()
def score(
    model: LineModel, pages: Sequence[Page], ruled: Sequence[NDArray[np.int8]]
) -> list[Scores]:
    """The scores of `pages`, which all hold lines.

    `ruled` has, per page and line, 1 where a rule keeps the line, 0 where one drops it, and
    -1 where none speaks. A ruled line counts as ruled in the context of its neighbours.
    One thread does it: the matrices are too small for more, which wait for each other wherever
    the other processors are at work.
    """
    results: dict[int, Scores] = {}
    for is_html in (True, False):
        some = [i for i, page in enumerate(pages) if (page.elements is not None) == is_html]
        if not some:
            continue
        batch = make_batch([pages[i] for i in some])
        rulings = np.concatenate([ruled[i] for i in some])
        if is_html:
            found = list(_batch_scores(model, "html", batch, rulings, None))
        else:
            found = _text_scores(model, [pages[i] for i in some], batch, rulings)
        results |= zip(some, found, strict=True)
    return [results[i] for i in range(len(pages))]


def _text_scores(
    model: LineModel, pages: Sequence[Page], batch: Batch, rulings: NDArray[np.int8]
) -> list[Scores]:
    """The scores of a batch of texts, each in the view that it is."""
    said = word_scores(model, batch, "dump")
    chance = route(model, batch, said)
    chance[[page.is_whole for page in pages]] = 0
    views: dict[int, View] = {
        at: "residue" if chance[at] >= _RESIDUE else "markdown" if page.links.any() else "dump"
        for at, page in enumerate(pages)
    }
    found = _scores_in_views(model, batch, rulings, said, views)

    counts = batch.words.counts
    words = [counts[start:end] for start, end in pairwise(batch.bounds.tolist())]
    doubted: dict[int, View] = {
        at: "residue"
        for at, seen in found.items()
        if seen.view != "residue"
        and (
            seen.is_empty or (chance[at] >= _MAYBE_RESIDUE and seen.certainty(words[at]) < _UNSURE)
        )
    }
    for at, other in _scores_in_views(model, batch, rulings, said, doubted).items():
        # A dump in which nothing is text is none, but a residue of an odd kind.
        if found[at].is_empty or other.loss(words[at]) < _NEXT_TO_NOTHING:
            found[at] = other
    return [found[at] for at in range(len(pages))]


def _scores_in_views(
    model: LineModel,
    batch: Batch,
    rulings: NDArray[np.int8],
    said: Float32,
    views: Mapping[int, View],
) -> dict[int, Scores]:
    """The scores of some texts of a batch, by their numbers, each in its view."""
    results: dict[int, Scores] = {}
    for view in dict.fromkeys(views.values()):
        chosen = [at for at, its in views.items() if its == view]
        is_scored = np.zeros(len(batch.bounds) - 1, dtype=np.bool_)
        is_scored[chosen] = True
        # To part a batch costs more than to score a few pages of it for nothing.
        is_scored |= is_scored[batch.pages].mean() >= _NEARLY_ALL
        scored = np.flatnonzero(is_scored).tolist()
        own = batch if is_scored.all() else take(batch, scored)
        if view != "markdown":
            own = replace(own, marks=None)
        lines = is_scored[batch.pages]
        found = dict(
            zip(scored, _batch_scores(model, view, own, rulings[lines], said[lines]), strict=True)
        )
        results |= {at: found[at] for at in chosen}
    return results


def _batch_scores(
    model: LineModel,
    view: View,
    batch: Batch,
    rulings: NDArray[np.int8],
    words: Float32 | None,
) -> Iterator[Scores]:
    """The scores of the pages of a batch."""
    probability, hidden = probabilities(model, batch, view, rulings, words=words)
    kinds = kind_shares(model.kinds, batch, view, probability, hidden)
    counts = batch.words.counts
    for start, end in pairwise(batch.bounds.tolist()):
        lines = slice(start, end)
        threshold = page_threshold(
            view, probability[lines], counts[lines], model.views[view].threshold
        )
        yield Scores(view, probability[lines], kinds[lines], threshold)


def route(model: LineModel, batch: Batch, words: Float32) -> Float32:
    """Per page of a batch of texts, how likely it is a residue rather than a dump.

    `words` is what `word_scores` gives.
    """
    return model.router(stack(page_columns(batch, words[:, 0])))


def word_scores(model: LineModel, batch: Batch, view: View) -> Float32:
    """What the words and the anchors of each line say, a column each scorer the view has.

    Plain text is scored by those of both its views.
    """
    columns = slice(0, 1) if view == "html" else slice(1, 3)
    words = scores(score_words(batch.words, model.words)) + model.words_bias
    anchors = scores(score_anchors(batch.words, model.anchors)) + model.anchors_bias
    return np.hstack([words[:, columns], anchors[:, columns]])


def probabilities(
    model: LineModel,
    batch: Batch,
    view: View,
    ruled: NDArray[np.int8] | None = None,
    *,
    words: Float32 | None = None,
) -> tuple[Float32, Float32]:
    """The probability of each line of a batch that it is body, and what kinds are told by.

    The latter are units of the second network, (lines, at most `HIDDEN`): what it makes of a
    line's columns. `words` is what `word_scores` gives, where that is known already.
    """
    words = word_scores(model, batch, view) if words is None else words.copy()
    dom = None if batch.dom is None else scores(score_dom(batch.dom, model.dom)) + model.dom_bias
    words = _ruled(batch, words, ruled)
    dom = None if dom is None else _ruled(batch, dom, ruled)
    parts = model.views[view]
    stems = stem_hashes(batch.words)
    if view == "residue":
        found = stem_features(batch.words, stems)
        said = scores(score_buckets(found, model.stems.table, len(batch))) + model.stems.bias
        words = np.hstack([words, _ruled(batch, said, ruled)])
    columns = view_columns(view, batch, stems, words, dom, model.stems.weights, model.lexicon)
    guess = np.concatenate([parts.first(rows) for rows in _chunks(columns)])
    if ruled is not None:
        guess = np.where(ruled >= 0, ruled, guess).astype(np.float32)
    both = columns | context_columns(batch, guess)
    judged = [judge(parts.second, rows) for rows in _chunks(both)]
    return np.concatenate([p for p, _ in judged]), np.concatenate([units for _, units in judged])


def judge(second: Network, rows: Float32) -> tuple[Float32, Float32]:
    """What a second network says of rows, as `probabilities` gives it."""
    hidden = second.hidden(rows)
    return logistic(second.finish(hidden)[:, 0]), hidden[:, :HIDDEN]


def view_columns(
    view: View,
    batch: Batch,
    stems: UInt64,
    words: Float32,
    dom: Float32 | None,
    weights: Float32,
    lexicon: Lexicon,
) -> Columns:
    """The columns of a batch that the first network sees.

    `words` are scores of words and of anchors, in plain text each of both views (lines, 4), and
    for residue of stems (lines, 5); `dom` those of elements. `weights` say how much a stem tells.
    """
    own, anchors = {"html": (0, 1), "dump": (0, 2), "residue": (1, 3), "markdown": (0, 2)}[view]
    columns = line_columns(batch, words, dom, lexicon)
    return columns | topic_columns(batch, stems, words[:, own], words[:, anchors], weights)


def _ruled(batch: Batch, scores: Float32, ruled: NDArray[np.int8] | None) -> Float32:
    """`scores` in which the lines that a rule spoke on count as sure, where these are few."""
    if ruled is not None and (ruled >= 0).any():
        few = page_sums(batch, ruled >= 0) <= _FEW_RULED * batch.sizes
        scores[(ruled == 0) & few[batch.pages]] = -_RULED_SCORE
        scores[(ruled == 1) & few[batch.pages]] = _RULED_SCORE
    return scores


def _chunks(columns: Columns) -> Iterator[Float32]:
    """The rows of all lines, some thousands at once: a huge page needs no huge matrix."""
    lines = len(next(iter(columns.values())))
    if lines <= _ROWS:
        yield stack(columns)
        return
    for at in range(0, lines, _ROWS):
        yield stack(columns, slice(at, at + _ROWS))


def page_threshold(
    view: View, probability: Float32, words: NDArray[np.int64], threshold: float
) -> float:
    """The probability from which a line of one page is kept.

    F1 is greatest when what is kept has a probability of at least half the F1 that can be
    reached (Lipton, Elkan and Narayanaswamy 2014), so that a page the model is unsure of keeps
    more. A residue is mostly body, and its threshold guards the body instead: the lines below it
    hold a tenth of the page's mass at most, which is the words of a line times the square of its
    probability. So minutes and records, of which the model is sure nowhere, do not lose half.
    """
    order = np.argsort(probability if view == "residue" else -probability, kind="stable")
    chance, weight = probability[order].astype(np.float64), words[order].astype(np.float64)
    if view == "residue":
        lost = np.cumsum(chance**2 * weight)
        first = int(np.searchsorted(lost, _MOST_LOST * lost[-1], side="right"))
        best = float(chance[min(first, len(chance) - 1)])
    else:
        kept, hits = np.cumsum(weight), np.cumsum(chance * weight)
        best = float((2 * hits / np.maximum(kept + hits[-1], 1e-9)).max() / 2)
    return min(max(best, _LEAST_THRESHOLD * threshold), threshold)
