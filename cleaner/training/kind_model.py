"""Training of what tells kinds: a linear scorer of lines alone, and networks that see around them.

The scorer learns from weak labels, from written phrases and from lines whose kind was read; the
networks, which must know how often a kind is what it looks like, from the lines that were read.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix, vstack

from cleaner.model.batch import Batch, Float32, make_batch
from cleaner.model.hashing import Table
from cleaner.model.kinds import KIND_BITS, KindModel, kind_buckets, kind_rows
from cleaner.model.line_model import View
from cleaner.model.network import Network, softmax
from cleaner.model.tokens import UInt64, mix
from cleaner.split.page import text_page
from cleaner.training.datasets import Dataset, Labelled
from cleaner.training.kinds import phrase_lines, weak_kinds
from cleaner.training.networks import fit_network
from cleaner.training.records import read_records
from cleaner.training.residue import digest
from cleaner.training.scorers import FOLDS, bucket_matrix, fit_linear
from cleaner.training.views import Salt
from cleaner.types import KINDS, CleanerError, Gap

_LINES_PER_KIND = 10_000  # of the weak labels
_PHRASE = 20.0  # how much a phrase counts that was written for its kind, against a class word
_READ = 10.0  # how much a line counts whose kind was read
_MOST_TAUGHT = 60_000  # lines of a view that its network learns from
_SIZE = 3 << KIND_BITS  # of the scorer's table
_UNITS = 32
_EPOCHS = 20
_NEVER = -10.0  # log-odds of a kind that no line teaches

Kinds = NDArray[np.int64]
KindLabels = Mapping[tuple[str, str], Mapping[str, str]]
_KIND_LABEL = {"set": str, "page": str, "digest": str, "kind": str}


def read_kinds(path: Path) -> KindLabels:
    """The kinds in a JSONL file of `set`, `page`, `digest` and `kind`: by page, by line's digest.

    Raises:
        CleanerError: a line that is no such record, or names no kind.
    """
    known: dict[tuple[str, str], dict[str, str]] = defaultdict(dict)
    for where, record in read_records(path, _KIND_LABEL):
        if record["kind"] not in KINDS:
            raise CleanerError(f"{where}: no kind {record['kind']!r}")
        known[record["set"], record["page"]][record["digest"]] = record["kind"]
    return known


@dataclass(frozen=True, slots=True)
class Taught:
    """The kinds of lines that taught a view's network, and what one without them took them for."""

    kinds: Kinds
    guessed: Kinds


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of the kinds of all pages' lines before training: places in `KINDS`, or -1."""

    weak: Kinds  # by class words
    read: Kinds  # by someone


def known_kinds(pages: Sequence[Labelled], labels: KindLabels | None) -> Known:
    """The weak labels of the lines of `pages`, and those that were read.

    Raises:
        CleanerError: there are `labels`, or else weak ones, of fewer than two kinds.
    """
    weak = np.concatenate([weak_kinds(page.view) for page in pages])
    read = np.concatenate([_read(page, labels or {}) for page in pages])
    teaching, what = (weak, "class words tell") if labels is None else (read, "the labels name")
    if len(np.unique(teaching[teaching >= 0])) < 2:
        raise CleanerError(
            f"{what} fewer than two kinds on the training pages"
            + (": are they of these pages?" if labels is not None else "")
        )
    return Known(weak, read)


@dataclass(frozen=True, slots=True)
class Lesson:
    """What a base model learns from: labelled pages in folds by group, and in every view."""

    pages: list[Labelled]
    folds: NDArray[np.int64]
    known: Known
    phrases: Mapping[str, Mapping[str, Sequence[str]]]
    salt: Salt
    datasets: dict[View, Dataset]


def train_kinds(
    lesson: Lesson,
    probabilities: Mapping[View, Float32],
    hidden: Mapping[View, Float32],
    seed: int,
) -> tuple[KindModel, Mapping[View, Taught]]:
    """What tells kinds; and by view, out of fold, what it takes the lines for that taught it.

    `probabilities` are how likely the lines of each view are body, out of fold or as a model says
    that stays as it is. `hidden` are units of the networks that tell bodies
    (`line_model.judge`), which are not of any fold: those of one could not be compared with
    another's. On the lines that were read that flatters by up to 0.005. Where none was read the
    networks learn from weak labels.
    """
    batch = make_batch([page.view.page for page in lesson.pages])
    known = lesson.known
    rng = np.random.default_rng(seed)
    is_read = known.read >= 0
    labelled = np.union1d(_some_of_each(known.weak, rng), np.flatnonzero(is_read))
    labels = np.where(is_read, known.read, known.weak)
    taught = np.flatnonzero(is_read) if is_read.any() else labelled
    fit = _scorer(batch, labels, is_read, _phrases(lesson.phrases, lesson.salt, rng), seed)
    fold_of_line = lesson.folds[batch.pages]
    by_fold = [fit(labelled[fold_of_line[labelled] != fold]) for fold in range(FOLDS)]
    table, bias = fit(labelled)

    keys = _line_keys(batch, batch.pages)[taught]
    networks: dict[str, Network] = {}
    found: dict[View, Taught] = {}
    for view, data in lesson.datasets.items():
        kinds = _looked_up(
            _line_keys(data.batch, data.origin[data.batch.pages]), keys, labels[taught]
        )
        lines = np.sort(rng.permutation(np.flatnonzero(kinds >= 0))[:_MOST_TAUGHT])
        alone = _alone(data, lines, by_fold)
        every = list(kind_rows(data.batch, alone, probabilities[view], hidden[view]))
        rows = np.concatenate(every)[lines]
        kinds, its_folds = kinds[lines], data.folds[lines]
        networks[view] = _fit_network(rows, kinds, np.arange(len(lines)), seed)
        guessed = np.zeros(len(lines), dtype=np.int64)
        for fold in range(FOLDS):
            held = its_folds == fold
            other = _fit_network(rows, kinds, np.flatnonzero(~held), seed)
            shares = alone[lines[held]] + softmax(other.outputs(rows[held]))
            guessed[held] = shares.argmax(axis=1)
        found[view] = Taught(kinds, guessed)
    return KindModel(Table.of(table), bias, networks), found


def _phrases(
    phrases: Mapping[str, Mapping[str, Sequence[str]]], salt: Salt, rng: np.random.Generator
) -> tuple[csr_matrix, Kinds]:
    """Features and kinds of the written phrases, filled."""
    texts, kinds = phrase_lines(phrases, rng, titles=salt.titles["en"], sentences=salt.titles["en"])
    written = make_batch([text_page([text], [Gap.PARAGRAPH]) for text in texts])
    return bucket_matrix(kind_buckets(written), len(written), _SIZE), kinds


def _scorer(
    batch: Batch,
    labels: Kinds,
    is_read: NDArray[np.bool_],
    phrases: tuple[csr_matrix, Kinds],
    seed: int,
) -> Callable[[NDArray[np.intp]], tuple[Float32, Float32]]:
    """What fits a table and biases to chosen lines, as they are and without their DOM."""
    forms = [batch, replace(batch, dom=None)]
    seen = [bucket_matrix(kind_buckets(some), len(some), _SIZE) for some in forms]
    phrase_rows, phrase_kinds = phrases

    def fit(chosen: NDArray[np.intp]) -> tuple[Float32, Float32]:
        weights = np.where(is_read[chosen], _READ, 1.0)
        return _fit_scorer(
            vstack([*(matrix[chosen] for matrix in seen), phrase_rows]).tocsr(),
            np.concatenate([labels[chosen], labels[chosen], phrase_kinds]),
            np.concatenate([weights, weights, np.full(len(phrase_kinds), _PHRASE)]),
            seed,
        )

    return fit


def _line_keys(batch: Batch, pages: NDArray[np.int64]) -> UInt64:
    """A hash a line that is the same for the same text of the same page, whatever the view."""
    return np.asarray(
        mix(batch.words.line_hashes[: len(batch)] + mix(pages.astype(np.uint64), 61), 62)
    )


def _looked_up(lines: UInt64, keys: UInt64, kinds: Kinds) -> Kinds:
    """The kinds of the lines whose key is one of `keys`, -1 for the others."""
    order = np.argsort(keys, kind="stable")
    at = np.minimum(np.searchsorted(keys, lines, sorter=order), len(keys) - 1)
    there = order[at]
    return np.where(keys[there] == lines, kinds[there], -1)


def _alone(
    data: Dataset, lines: NDArray[np.intp], scorers: Sequence[tuple[Float32, Float32]]
) -> Float32:
    """What each line is taken for alone, out of fold, on the pages that hold `lines`."""
    batch = data.batch
    wanted = np.isin(batch.pages, np.unique(batch.pages[lines]))
    rows, buckets = kind_buckets(batch)
    some = wanted[rows]
    matrix = bucket_matrix((rows[some], buckets[some]), len(batch), _SIZE)
    alone = np.zeros((len(batch), len(KINDS)), dtype=np.float32)
    for fold, (table, bias) in enumerate(scorers):
        held = np.flatnonzero(wanted & (data.folds == fold))
        alone[held] = softmax(np.asarray(matrix[held] @ table + bias))
    return alone


def _read(page: Labelled, known: KindLabels) -> Kinds:
    """The kind of each line that was read, as a place in `KINDS`; -1 for the others."""
    found = np.full(len(page.view.page), -1, dtype=np.int64)
    if kinds := known.get((page.gold_page.source, page.gold_page.document.id)):
        for line, text in enumerate(page.view.page.texts):
            if kind := kinds.get(digest(text)):
                found[line] = KINDS.index(kind)
    return found


def _fit_scorer(
    matrix: csr_matrix, labels: Kinds, weights: NDArray[np.float64], seed: int
) -> tuple[Float32, Float32]:
    """A table and biases, one logistic regression a kind. Rare kinds count for more."""
    counts = np.bincount(labels, minlength=len(KINDS))
    evened = (weights / np.sqrt(np.maximum(counts, 1))[labels]).astype(np.float32)
    table = np.zeros((matrix.shape[1], len(KINDS)), dtype=np.float32)
    biases = np.full(len(KINDS), _NEVER, dtype=np.float32)
    for kind in np.flatnonzero(counts).tolist():
        model = fit_linear(matrix, labels == kind, evened, seed)
        table[:, kind], biases[kind] = model.coef_[0], model.intercept_[0]
    return table, biases


def _fit_network(rows: Float32, labels: Kinds, chosen: NDArray[np.intp], seed: int) -> Network:
    """A network with an output for every kind, also for those that no line teaches."""
    weights = np.ones(len(labels), dtype=np.float32)
    narrow = fit_network(rows, labels, weights, chosen, seed, units=_UNITS, epochs=_EPOCHS)
    last, bias = narrow.weights[-1], narrow.biases[-1]
    if last.shape[1] == 1:  # of two kinds scikit-learn gives the log-odds of the second
        last, bias = np.hstack([-last / 2, last / 2]), np.hstack([-bias / 2, bias / 2])
    wide = np.zeros((last.shape[0], len(KINDS)), dtype=np.float32)
    biases = np.full(len(KINDS), _NEVER, dtype=np.float32)
    known = np.unique(labels[chosen])
    wide[:, known], biases[known] = last, bias
    return replace(
        narrow, weights=(*narrow.weights[:-1], wide), biases=(*narrow.biases[:-1], biases)
    )


def _some_of_each(kinds: Kinds, rng: np.random.Generator) -> NDArray[np.intp]:
    """Lines with a kind, at most `_LINES_PER_KIND` of each, in order."""
    some = []
    for kind in range(len(KINDS)):
        lines = np.flatnonzero(kinds == kind)
        some.append(rng.permutation(lines)[:_LINES_PER_KIND])
    return np.sort(np.concatenate(some))
