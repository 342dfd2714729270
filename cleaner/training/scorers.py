"""Linear scorers of hashed features: what the words of a line, or the DOM around it, say."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix, vstack
from sklearn.linear_model import SGDClassifier

from cleaner.model.batch import Float32
from cleaner.model.hashing import Buckets
from cleaner.model.line_model import WORD_VIEWS
from cleaner.model.line_model import View as ViewName
from cleaner.model.tokens import Words
from cleaner.training.datasets import Dataset

FOLDS = 5


@dataclass(frozen=True, slots=True)
class TextScorers:
    """Linear scorers of what lines say, one column a view, and their out-of-fold scores.

    `scores` has a column for HTML; the two views of plain text have one of each other's too.
    """

    table: Float32
    bias: Float32
    scores: dict[ViewName, Float32]


def text_scorers(
    datasets: dict[ViewName, Dataset],
    find_buckets: Callable[[Words], Buckets],
    bits: int,
    debris: Words,
    seed: int,
) -> TextScorers:
    """A scorer for each view of `datasets`, on the features that `find_buckets` gives of its words.

    `bits` says how many buckets there are; the lines of `debris` are learned from in every fold.
    """
    matrices = {
        view: bucket_matrix(
            find_buckets(datasets[view].batch.words), len(datasets[view].batch), 1 << bits
        )
        for view in WORD_VIEWS
    }
    written = bucket_matrix(find_buckets(debris), len(debris.line_ends), 1 << bits)
    table = np.zeros((1 << bits, len(WORD_VIEWS)), dtype=np.float32)
    bias = np.zeros(len(WORD_VIEWS), dtype=np.float32)
    found: dict[ViewName, list[Float32]] = {view: [] for view in WORD_VIEWS}
    for column, view in enumerate(WORD_VIEWS):
        readers: tuple[ViewName, ...] = ("html",) if view == "html" else ("dump", "residue")
        scores, table[:, column], bias[column] = fit_scorer(
            datasets[view], matrices[view], {to: (datasets[to], matrices[to]) for to in readers},
            seed, debris=written,
        )  # fmt: skip
        for to in readers:
            found[to].append(scores[to])
    return TextScorers(table, bias, {view: np.stack(some, axis=1) for view, some in found.items()})


def bucket_matrix(buckets: Buckets, lines: int, size: int) -> csr_matrix:
    """Bucket counts by line, each line scaled by the root of how many features it has."""
    rows, at = buckets
    scale = 1 / np.sqrt(np.maximum(np.bincount(rows, minlength=lines), 1))
    return csr_matrix((scale[rows].astype(np.float32), (rows, at)), shape=(lines, size))


def fit_linear(
    rows: csr_matrix, labels: NDArray[np.generic], weights: Float32, seed: int
) -> SGDClassifier:
    """A logistic regression on hashed features."""
    model = SGDClassifier(
        loss="log_loss", alpha=3e-6, max_iter=6, tol=None, average=True, random_state=seed
    )
    return model.fit(rows, labels, sample_weight=weights / weights.mean())


def fit_scorer(
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
        return fit_linear(chosen, labels, weights, seed)

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
