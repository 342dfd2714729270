"""Training of a base model: labelled pages to views, scorers, networks and thresholds.

Everything a later stage learns from is scored out of fold, by group, so that no stage trusts an
earlier one more than it deserves (stacked generalisation, Wolpert 1992).
"""

from __future__ import annotations

import re
import warnings
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix, vstack
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import SGDClassifier
from sklearn.neural_network import MLPClassifier

from cleaner.model.batch import Batch, Float32, make_batch
from cleaner.model.features import context_columns, line_columns, page_columns, stack
from cleaner.model.hashing import (
    ANCHOR_BITS,
    DOM_BITS,
    WORD_BITS,
    Buckets,
    anchor_buckets,
    dom_buckets,
    word_buckets,
)
from cleaner.model.line_model import (
    KIND_BITS,
    VIEWS,
    LineModel,
    ViewModel,
    kind_buckets,
)
from cleaner.model.line_model import (
    View as ViewName,
)
from cleaner.model.network import Network, standardise
from cleaner.model.tokens import Words, find_words
from cleaner.split import Page, split
from cleaner.training.align import align, tokens
from cleaner.training.corpus import GoldPage, folds_by_group
from cleaner.training.kinds import phrase_lines, weak_kinds
from cleaner.training.phrases import load_phrases
from cleaner.training.views import BODY, Salt, View, conventions, dump, residue, salted, unnamed
from cleaner.types import DEBRIS_KINDS, KINDS, CleanerError, Gap

FOLDS = 5
_MIN_FOUND = 0.7  # share of a gold's words found on its page; below, the label is no label
_RESIDUES = 4  # residue views a page, all but one of them salted
_MAX_BODY_LOSS = 0.005  # of a residue's body words, at the threshold chosen
_UNNAMED_EVERY = 4  # of so many pages one is seen without its class words too
_LINES_PER_KIND = 10_000
_UNITS = 64
_EPOCHS = 8

Progress = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Labelled:
    """A split page with its labels, and what groups and describes it."""

    view: View
    group: str
    language: str
    gold_page: GoldPage


@dataclass(frozen=True, slots=True)
class Dataset:
    """All lines of one view of a corpus: a batch with labels, weights and folds per line.

    `origin[p]` is the labelled page that page `p` of the batch was made from; of several made
    from one, the first is the plainest.
    """

    batch: Batch
    labels: Float32
    weights: Float32
    folds: NDArray[np.int64]
    origin: NDArray[np.int64]

    @property
    def is_body(self) -> NDArray[np.bool_]:
        """Per line, whether its label makes it body."""
        return np.asarray(self.labels >= BODY)

    def rows(self, *, without: int | None = None) -> NDArray[np.intp]:
        """The lines that have a weight, all or without those of one fold."""
        chosen = self.weights > 0
        if without is not None:
            chosen = chosen & (self.folds != without)
        return np.flatnonzero(chosen)


@dataclass(frozen=True, slots=True)
class Trained:
    """A model, and the out-of-fold probabilities of the lines it was trained on, by view."""

    model: LineModel
    pages: list[Labelled]
    datasets: dict[ViewName, Dataset]
    probabilities: dict[ViewName, Float32]


def label_pages(pages: Iterable[GoldPage]) -> list[Labelled]:
    """Split and align `pages`; those whose gold is not of the page are left out."""
    labelled = []
    for gold_page in pages:
        page = split(gold_page.document)
        if not len(page) or gold_page.suspect:
            continue
        labels, found = align(page.texts, gold_page.gold)
        if found < _MIN_FOUND:
            continue
        counts = np.array([len(tokens(text)) for text in page.texts])
        # A line that gold holds half of says little either way.
        certainty = np.maximum(np.abs(2 * np.nan_to_num(labels, nan=0.5) - 1), 0.1)
        weights = np.where(np.isnan(labels), 0, np.sqrt(counts) * certainty).astype(np.float32)
        if page.elements is not None:
            page.elements.nodes.clear()  # the tree is no longer needed, and large
        view = View(page, np.nan_to_num(labels), weights)
        labelled.append(Labelled(view, gold_page.group, gold_page.language[:2], gold_page))
    return labelled


def train(
    pages: Iterable[GoldPage], *, name: str = "base", seed: int = 0, progress: Progress = print
) -> Trained:
    """A base model from pages with gold text, HTML pages only.

    Raises:
        CleanerError: too few usable pages or groups to hold any out.
    """
    labelled = [page for page in label_pages(pages) if page.view.page.elements is not None]
    if len({page.group for page in labelled}) < FOLDS:
        raise CleanerError(
            f"training needs usable HTML pages of at least {FOLDS} sites,"
            f" found {len({page.group for page in labelled})}"
        )
    folds = folds_by_group([page.group for page in labelled], FOLDS, seed)
    phrases = load_phrases()
    salt = Salt(phrases, _titles(labelled))
    datasets = _datasets(labelled, folds, salt, np.random.default_rng(seed))
    for view, data in datasets.items():
        progress(f"{view}: {len(data.origin)} pages, {len(data.batch)} lines")

    written = _debris_phrases(phrases, salt, seed)
    words = _text_scorers(datasets, word_buckets, WORD_BITS, written, seed)
    anchors = _text_scorers(datasets, anchor_buckets, ANCHOR_BITS, written, seed)
    html = datasets["html"]
    assert html.batch.dom is not None
    dom_matrix = _matrix(dom_buckets(html.batch.dom), len(html.batch), 1 << DOM_BITS)
    dom_scores, dom_table, dom_bias = _scorer(html, dom_matrix, {"html": (html, dom_matrix)}, seed)
    progress("scorers trained")

    views: dict[ViewName, ViewModel] = {}
    probabilities: dict[ViewName, Float32] = {}
    for view, data in datasets.items():
        said = np.hstack([words.scores[view], anchors.scores[view]])
        doms = dom_scores["html"][:, None] if view == "html" else None
        own = stack(line_columns(data.batch, said, doms))
        guess, first = _network(own, data, seed)
        both = np.hstack([own, stack(context_columns(data.batch, guess))])
        probabilities[view], second = _network(both, data, seed)
        threshold = _residue_threshold(data, probabilities[view]) if view == "residue" else 0.5
        views[view] = ViewModel(first, second, threshold)
        progress(f"{view}: networks trained")

    kinds, kinds_bias = _kinds(labelled, phrases, salt, seed)
    progress("kinds trained")
    router = _router(datasets, words, seed)
    model = LineModel(
        name=name,
        words=words.table,
        words_bias=words.bias,
        anchors=anchors.table,
        anchors_bias=anchors.bias,
        dom=dom_table[:, None],
        dom_bias=np.array([dom_bias], dtype=np.float32),
        kinds=kinds,
        kinds_bias=kinds_bias,
        views=views,
        router=router,
    )
    return Trained(model, labelled, datasets, probabilities)


def _titles(pages: Sequence[Labelled]) -> dict[str, list[str]]:
    """Page titles by language, without the site's name."""
    titles: dict[str, list[str]] = defaultdict(list)
    for page in pages:
        title = re.split(r"\s[|–—-]\s", page.view.page.title)[0].strip()
        if len(title) > 15:
            titles[page.language].append(title)
    titles["en"] = titles["en"] or [title for some in titles.values() for title in some]
    return dict(titles)


def _datasets(
    pages: Sequence[Labelled],
    folds: NDArray[np.int64],
    salt: Salt,
    rng: np.random.Generator,
) -> dict[ViewName, Dataset]:
    views: dict[ViewName, list[View]] = {view: [] for view in VIEWS}
    origins: dict[ViewName, list[int]] = {view: [] for view in VIEWS}

    def add(name: ViewName, view: View, origin: int) -> None:
        views[name].append(view)
        origins[name].append(origin)

    for number, page in enumerate(pages):
        add("html", page.view, number)
        if number % _UNNAMED_EVERY == 0:
            add("html", unnamed(page.view), number)
        add("dump", dump(page.view, rng), number)
        by_convention = conventions(page.view.page)
        for copy in range(_RESIDUES):
            some = residue(page.view, by_convention, rng)
            if some is not None:
                if copy:
                    some = salted(some, salt, page.language, rng)
                add("residue", some, number)
    return {name: _dataset(views[name], origins[name], folds) for name in VIEWS}


def _dataset(views: list[View], origins: list[int], folds: NDArray[np.int64]) -> Dataset:
    batch = make_batch([view.page for view in views])
    origin = np.array(origins)
    return Dataset(
        batch=batch,
        labels=np.concatenate([view.labels for view in views]),
        weights=np.concatenate([view.weights for view in views]),
        folds=folds[origin][batch.pages],
        origin=origin,
    )


@dataclass(frozen=True, slots=True)
class TextScorers:
    """Linear scorers of what lines say, one column a view, and their out-of-fold scores.

    `scores` has a column for HTML; the two views of plain text have one of each other's too.
    """

    table: Float32
    bias: Float32
    scores: dict[ViewName, Float32]


def _text_scorers(
    datasets: dict[ViewName, Dataset],
    find_buckets: Callable[[Words], Buckets],
    bits: int,
    debris: Words,
    seed: int,
) -> TextScorers:
    matrices = {
        view: _matrix(find_buckets(data.batch.words), len(data.batch), 1 << bits)
        for view, data in datasets.items()
    }
    written = _matrix(find_buckets(debris), len(debris.line_ends), 1 << bits)
    table = np.zeros((1 << bits, len(VIEWS)), dtype=np.float32)
    bias = np.zeros(len(VIEWS), dtype=np.float32)
    found: dict[ViewName, list[Float32]] = {view: [] for view in VIEWS}
    for column, view in enumerate(VIEWS):
        readers: tuple[ViewName, ...] = ("html",) if view == "html" else ("dump", "residue")
        scores, table[:, column], bias[column] = _scorer(
            datasets[view], matrices[view], {to: (datasets[to], matrices[to]) for to in readers},
            seed, debris=written if view == "residue" else None,
        )  # fmt: skip
        for to in readers:
            found[to].append(scores[to])
    return TextScorers(table, bias, {view: np.stack(some, axis=1) for view, some in found.items()})


def _debris_phrases(phrases: dict[str, dict[str, list[str]]], salt: Salt, seed: int) -> Words:
    """The words of every phrase of debris, filled in several ways."""
    titles = salt.titles["en"]
    rng = np.random.default_rng(seed)
    texts, kinds = phrase_lines(phrases, rng, titles=titles, sentences=titles, copies=12)
    is_debris = np.isin(kinds, [KINDS.index(kind) for kind in DEBRIS_KINDS])
    return find_words([text for text, yes in zip(texts, is_debris, strict=True) if yes])


def _matrix(buckets: Buckets, lines: int, size: int) -> csr_matrix:
    """Bucket counts by line, each line scaled by the root of how many features it has."""
    rows, at = buckets
    scale = 1 / np.sqrt(np.maximum(np.bincount(rows, minlength=lines), 1))
    return csr_matrix((scale[rows].astype(np.float32), (rows, at)), shape=(lines, size))


def _linear(
    rows: csr_matrix, labels: NDArray[np.generic], weights: Float32, seed: int
) -> SGDClassifier:
    model = SGDClassifier(
        loss="log_loss", alpha=3e-6, max_iter=6, tol=None, average=True, random_state=seed
    )
    return model.fit(rows, labels, sample_weight=weights / weights.mean())


def _scorer(
    data: Dataset,
    matrix: csr_matrix,
    readers: dict[ViewName, tuple[Dataset, csr_matrix]],
    seed: int,
    *,
    debris: csr_matrix | None = None,
) -> tuple[dict[ViewName, Float32], Float32, float]:
    """A linear scorer of `data`: its out-of-fold scores for each reader, its table and bias.

    The rows of `debris` are learned from besides, in every fold.
    """

    def fit(rows: NDArray[np.intp]) -> SGDClassifier:
        chosen, labels, weights = matrix[rows], data.is_body[rows], data.weights[rows]
        if debris is not None:
            count = debris.shape[0]
            chosen = vstack([chosen, debris]).tocsr()
            labels = np.append(labels, np.zeros(count, dtype=bool))
            weights = np.append(weights, np.full(count, weights.mean(), dtype=np.float32))
        return _linear(chosen, labels, weights, seed)

    scores: dict[ViewName, Float32] = {
        to: np.zeros(len(other.batch), dtype=np.float32) for to, (other, _) in readers.items()
    }
    for fold in range(FOLDS):
        model = fit(data.rows(without=fold))
        for to, (other, other_matrix) in readers.items():
            held = other.folds == fold
            scores[to][held] = model.decision_function(other_matrix[held])
    model = fit(data.rows())
    return scores, model.coef_[0].astype(np.float32), float(model.intercept_[0])


def _network(rows: Float32, data: Dataset, seed: int) -> tuple[Float32, Network]:
    """Out-of-fold probabilities of all lines, and the network trained on all of them."""
    guesses = np.zeros(len(rows), dtype=np.float32)
    for fold in range(FOLDS):
        held = data.folds == fold
        guesses[held] = _fit(rows, data.is_body, data.weights, data.rows(without=fold), seed)(
            rows[held]
        )
    return guesses, _fit(rows, data.is_body, data.weights, data.rows(), seed)


def _fit(
    rows: Float32,
    labels: NDArray[np.generic],
    weights: Float32,
    chosen: NDArray[np.intp],
    seed: int,
    *,
    units: int = _UNITS,
    epochs: int = _EPOCHS,
) -> Network:
    mean = rows[chosen].mean(axis=0, dtype=np.float64).astype(np.float32)
    scale = 1 / (rows[chosen].std(axis=0, dtype=np.float64).astype(np.float32) + 1e-6)
    network = MLPClassifier(
        (units,), alpha=1.0, batch_size=min(512, len(chosen)), learning_rate_init=2e-3,
        max_iter=epochs, random_state=seed,
    )  # fmt: skip
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # the number of epochs is chosen
        network.fit(
            standardise(rows[chosen], mean, scale),
            labels[chosen],
            sample_weight=weights[chosen] / weights[chosen].mean(),
        )
    return Network(
        mean=mean,
        scale=scale,
        weights=tuple(layer.astype(np.float32) for layer in network.coefs_),
        biases=tuple(layer.astype(np.float32) for layer in network.intercepts_),
    )


def _residue_threshold(data: Dataset, probability: Float32) -> float:
    """The highest threshold that loses no more of the body's words than is allowed."""
    body = np.flatnonzero(data.is_body & (data.weights > 0))
    words = np.diff(data.batch.words.first)[body]
    order = np.argsort(probability[body])
    lost = np.cumsum(words[order]) / words.sum()
    return round(float(probability[body][order][np.searchsorted(lost, _MAX_BODY_LOSS)]), 3)


def _kinds(
    pages: Sequence[Labelled], phrases: dict[str, dict[str, list[str]]], salt: Salt, seed: int
) -> tuple[Float32, Float32]:
    """The table and the biases of the kind scorer, one logistic regression a kind."""
    views = [page.view for page in pages]
    html = make_batch([view.page for view in views])
    kinds = np.concatenate([weak_kinds(view) for view in views])
    texts, phrase_kinds = phrase_lines(
        phrases, np.random.default_rng(seed), titles=salt.titles["en"], sentences=salt.titles["en"]
    )
    written = make_batch(
        [Page("text", texts=[text], gaps=[Gap.PARAGRAPH], source_lines=[0]) for text in texts]
    )
    size = 3 << KIND_BITS
    words_only = kind_buckets(replace(html, dom=None))
    known = _some_of_each(kinds, np.random.default_rng(seed))
    matrix = vstack(
        [
            _matrix(kind_buckets(html), len(html), size)[known],
            _matrix(words_only, len(html), size)[known],  # plain text has no DOM to tell by
            _matrix(kind_buckets(written), len(written), size),
        ]
    ).tocsr()
    labels = np.concatenate([kinds[known], kinds[known], phrase_kinds])
    counts = np.bincount(labels, minlength=len(KINDS))
    # Rare kinds count for more, and a phrase written for its kind for more than a class word.
    weights = (1 / np.sqrt(np.maximum(counts, 1)))[labels]
    weights[2 * len(known) :] *= 5
    table = np.zeros((size, len(KINDS)), dtype=np.float32)
    biases = np.full(len(KINDS), -10, dtype=np.float32)
    for kind in range(len(KINDS)):
        if counts[kind]:
            model = _linear(matrix, labels == kind, weights.astype(np.float32), seed)
            table[:, kind], biases[kind] = model.coef_[0], model.intercept_[0]
    return table, biases


def _some_of_each(kinds: NDArray[np.int64], rng: np.random.Generator) -> NDArray[np.intp]:
    """Lines with a kind, at most `_LINES_PER_KIND` of each, in order."""
    some = []
    for kind in range(len(KINDS)):
        lines = np.flatnonzero(kinds == kind)
        some.append(rng.permutation(lines)[:_LINES_PER_KIND])
    return np.sort(np.concatenate(some))


def _router(datasets: dict[ViewName, Dataset], words: TextScorers, seed: int) -> Network:
    """What tells a residue from a dump by what the page is like."""
    views: tuple[ViewName, ...] = ("dump", "residue")
    rows = [stack(page_columns(datasets[view].batch, words.scores[view][:, 0])) for view in views]
    matrix = np.concatenate(rows)
    labels = np.repeat([0, 1], [len(some) for some in rows])
    weights = np.ones(len(matrix), dtype=np.float32)
    everything = np.arange(len(matrix))
    return _fit(matrix, labels, weights, everything, seed, units=16, epochs=20)
