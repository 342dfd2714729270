"""Training of a base model: labelled pages to views, scorers, networks and thresholds.

Everything a later stage learns from is scored out of fold, by group, so that no stage trusts an
earlier one more than it deserves (stacked generalisation, Wolpert 1992).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from cleaner.model.batch import Float32, make_batch
from cleaner.model.features import context_columns, page_columns, stack
from cleaner.model.hashing import (
    ANCHOR_BITS,
    DOM_BITS,
    WORD_BITS,
    Table,
    anchor_buckets,
    dom_buckets,
    word_buckets,
)
from cleaner.model.line_model import LineModel, Stems, ViewModel, judge, view_columns
from cleaner.model.line_model import View as ViewName
from cleaner.model.line_model import probabilities as judge_lines
from cleaner.model.network import Network
from cleaner.model.threads import one_thread
from cleaner.model.tokens import Words, find_words
from cleaner.model.topic import stem_hashes, stem_weights
from cleaner.split import Page
from cleaner.split.page import text_page, to_units
from cleaner.training.corpus import GoldPage, folds_by_group
from cleaner.training.datasets import (
    Dataset,
    Labelled,
    label_pages,
    make_datasets,
    openings_by_language,
    titles_by_language,
)
from cleaner.training.extracted import Left
from cleaner.training.kind_model import KindLabels, Lesson, Taught, known_kinds, train_kinds
from cleaner.training.kinds import phrase_lines
from cleaner.training.lexicon import written_lexicon
from cleaner.training.networks import fit_network, network
from cleaner.training.phrases import load_phrases
from cleaner.training.residue_view import train_residue
from cleaner.training.scorers import (
    FOLDS,
    TextScorers,
    bucket_matrix,
    fit_scorer,
    text_scorers,
)
from cleaner.training.views import Salt
from cleaner.types import DEBRIS_KINDS, KINDS, CleanerError, Gap

_MADE_UP = 0.15  # how much a residue of our own making counts to tell residues from dumps
_FIRST_UNITS = 32  # of the network whose guesses the second refines; more bring nothing

Progress = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Trained:
    """A model, and the out-of-fold probabilities of the lines it was trained on, by view.

    `taught` has the lines that taught kinds, and what they were taken for, out of fold.
    """

    model: LineModel
    pages: list[Labelled]
    datasets: Mapping[ViewName, Dataset]
    probabilities: dict[ViewName, Float32]
    taught: Mapping[ViewName, Taught]


@one_thread()
def train(
    pages: Iterable[GoldPage],
    *,
    left: Left | None = None,
    kind_labels: KindLabels | None = None,
    name: str = "base",
    seed: int = 0,
    progress: Progress = print,
) -> Trained:
    """A base model from pages with gold text, HTML pages only.

    `left` is what extractors left of them; without it, residue is learned from made-up ones.
    `kind_labels` are kinds of lines that were read; without them kinds are learned from class words
    and phrases. One thread does it: the matrices of a step are too small for more, and its sums
    come in one order on every machine.

    Raises:
        CleanerError: too few usable pages or groups to hold any out, or fewer than two kinds are
            known of their lines.
    """
    lesson = _lesson(pages, left, kind_labels, seed, progress)
    datasets = lesson.datasets
    written = _debris_phrases(lesson, seed)
    lexicon = written_lexicon(lesson.phrases, np.random.default_rng(seed))
    words = text_scorers(datasets, word_buckets, WORD_BITS, written, seed)
    anchors = text_scorers(datasets, anchor_buckets, ANCHOR_BITS, written, seed)
    html = datasets["html"]
    assert html.batch.dom is not None
    dom_matrix = bucket_matrix(dom_buckets(html.batch.dom), len(html.batch), 1 << DOM_BITS)
    dom_scores, dom_table, dom_bias = fit_scorer(
        html, dom_matrix, {"html": (html, dom_matrix)}, seed
    )
    progress("scorers trained")

    views: dict[ViewName, ViewModel] = {}
    probabilities: dict[ViewName, Float32] = {}
    hidden: dict[ViewName, Float32] = {}
    weights = stem_weights(datasets["dump"].batch)
    for view, data in datasets.items():
        if view == "residue":
            continue
        words_of: ViewName = "dump" if view == "markdown" else view
        said = np.hstack([words.scores[words_of], anchors.scores[words_of]])
        dom = dom_scores["html"][:, None] if view == "html" else None
        stems = stem_hashes(data.batch.words)
        columns = view_columns(view, data.batch, stems, said, dom, weights, lexicon)
        own = stack(columns)
        guess, first = network(own, data, seed, units=_FIRST_UNITS)
        both = np.hstack([own, stack(context_columns(data.batch, guess))])
        probabilities[view], second = network(both, data, seed)
        _, hidden[view] = judge(second, both)
        views[view] = ViewModel(first, second, 0.5)
        progress(f"{view}: networks trained")
    said = np.hstack([words.scores["residue"], anchors.scores["residue"]])
    left_behind = train_residue(datasets["residue"], weights, said, written, lexicon, seed)
    views["residue"], probabilities["residue"] = left_behind.model, left_behind.probability
    hidden["residue"] = left_behind.hidden
    progress("residue: networks trained")

    kinds, taught = train_kinds(lesson, probabilities, hidden, seed)
    progress("kinds trained")
    router = _router(lesson, words, seed)
    model = LineModel(
        name=name,
        words=Table.of(words.table),
        words_bias=words.bias,
        anchors=Table.of(anchors.table),
        anchors_bias=anchors.bias,
        dom=Table.of(dom_table[:, None]),
        dom_bias=np.array([dom_bias], dtype=np.float32),
        stems=Stems(Table.of(left_behind.stems), left_behind.stems_bias, weights),
        lexicon=lexicon,
        kinds=kinds,
        views=views,
        router=router,
    )
    return Trained(model, lesson.pages, datasets, probabilities, taught)


@one_thread()
def train_kinds_alone(
    bodies: LineModel,
    pages: Iterable[GoldPage],
    *,
    left: Left | None = None,
    kind_labels: KindLabels | None = None,
    name: str = "base",
    seed: int = 0,
    progress: Progress = print,
) -> tuple[LineModel, Mapping[ViewName, Taught]]:
    """`bodies` with what tells kinds learned anew, and what that takes the lines that taught for.

    All that tells body from debris stays. Where `bodies` learned from the same pages it is surer of
    them than of others; what kinds make of that is no worse (docs/model.md).

    Raises:
        CleanerError: as `train`.
    """
    lesson = _lesson(pages, left, kind_labels, seed, progress)
    judged = {view: judge_lines(bodies, data.batch, view) for view, data in lesson.datasets.items()}
    probabilities = {view: probability for view, (probability, _) in judged.items()}
    hidden = {view: units for view, (_, units) in judged.items()}
    kinds, taught = train_kinds(lesson, probabilities, hidden, seed)
    progress("kinds trained")
    return replace(bodies, name=name, kinds=kinds), taught


def _lesson(
    pages: Iterable[GoldPage],
    left: Left | None,
    kind_labels: KindLabels | None,
    seed: int,
    progress: Progress,
) -> Lesson:
    """What is learned from, as `train` is given it."""
    labelled = [page for page in label_pages(pages) if page.view.page.elements is not None]
    if len({page.group for page in labelled}) < FOLDS:
        raise CleanerError(
            f"training needs usable HTML pages of at least {FOLDS} sites,"
            f" found {len({page.group for page in labelled})}"
        )
    known = known_kinds(labelled, kind_labels)
    folds = folds_by_group([page.group for page in labelled], FOLDS, seed)
    phrases = load_phrases()
    salt = Salt(phrases, titles_by_language(labelled), openings_by_language(labelled))
    datasets = make_datasets(labelled, folds, salt, np.random.default_rng(seed), left=left)
    for view, data in datasets.items():
        progress(f"{view}: {len(data.origin)} pages, {len(data.batch)} lines")
    return Lesson(labelled, folds, known, phrases, salt, datasets)


def _debris_phrases(lesson: Lesson, seed: int) -> Words:
    """The words of every phrase of debris, filled in several ways."""
    titles = lesson.salt.titles["en"]
    rng = np.random.default_rng(seed)
    texts, kinds = phrase_lines(lesson.phrases, rng, titles=titles, sentences=titles, copies=12)
    is_debris = np.isin(kinds, [KINDS.index(kind) for kind in DEBRIS_KINDS])
    return find_words(to_units([text for text, yes in zip(texts, is_debris, strict=True) if yes]))


def _router(lesson: Lesson, words: TextScorers, seed: int) -> Network:
    """What tells a residue from a dump by what the page is like.

    Dumps are learned from cut short too, or being short would pass for being a residue. Most of
    what is known of residues is known from those that extractors left, where there are any.
    """
    dumps, residues = lesson.datasets["dump"], lesson.datasets["residue"]
    scores = words.scores["dump"][:, 0]
    rng = np.random.default_rng(seed)
    stretches: list[Page] = []
    lines: list[NDArray[np.int64]] = []
    for origin, (start, end) in zip(dumps.origin, pairwise(dumps.batch.bounds), strict=True):
        size = int(rng.integers((end - start + 3) // 4, end - start + 1))
        first = int(rng.integers(0, end - start - size + 1))
        texts = lesson.pages[origin].view.page.texts[first : first + size]
        stretches.append(text_page(texts, [Gap.LINE] * size))
        lines.append(np.arange(start + first, start + first + size))
    rows = [
        stack(page_columns(dumps.batch, scores)),
        stack(page_columns(make_batch(stretches), scores[np.concatenate(lines)])),
        stack(page_columns(residues.batch, words.scores["residue"][:, 0])),
    ]
    matrix = np.concatenate(rows)
    labels = np.repeat([0, 0, 1], [len(some) for some in rows])
    is_extracted = residues.extracted[residues.batch.bounds[:-1]]
    of_residues = np.where(is_extracted, 1.0, _MADE_UP)
    of_residues *= (labels == 0).sum() / of_residues.sum()  # as much as of dumps
    weights = np.concatenate([np.ones((labels == 0).sum()), of_residues]).astype(np.float32)
    everything = np.arange(len(matrix))
    return fit_network(matrix, labels, weights, everything, seed, units=16, epochs=20)
