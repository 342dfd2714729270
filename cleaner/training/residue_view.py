"""Training of the residue view: a scorer of stems, and averaged networks over topic columns."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.sparse import csr_matrix

from cleaner.model.batch import Columns, Float32
from cleaner.model.features import context_columns, line_columns, stack
from cleaner.model.lexicon import Lexicon
from cleaner.model.line_model import ViewModel, judge, view_columns
from cleaner.model.tokens import Words
from cleaner.model.topic import STEM_SCORE_BITS, stem_features, stem_hashes
from cleaner.training.datasets import Dataset
from cleaner.training.networks import averaged
from cleaner.training.scorers import bucket_matrix, fit_scorer

# Of a residue's body words, at the threshold chosen. Read line by line, about half of what goes
# at 1 % is debris that golds hold (share bars, disclosures, promotions).
_MAX_BODY_LOSS = 0.01


@dataclass(frozen=True, slots=True)
class ResidueTrained:
    """What is learned for residue, and the out-of-fold probabilities of its lines.

    `hidden` is what `line_model.judge` gives of all lines.
    """

    model: ViewModel
    stems: Float32
    stems_bias: Float32
    probability: Float32
    hidden: Float32


def train_residue(
    data: Dataset,
    weights: Float32,
    scores: Float32,
    written: Words,
    lexicon: Lexicon,
    seed: int,
) -> ResidueTrained:
    """The residue view from its lines and their scores by words and anchors, (lines, 4).

    `weights` say how much a stem tells, and `written` are lines of debris that the scorer of
    stems learns besides.
    """
    matrix = _matrix(data.batch.words)
    said, table, bias = fit_scorer(
        data, matrix, {"residue": (data, matrix)}, seed, debris=_matrix(written)
    )
    stems = stem_hashes(data.batch.words)
    own_scores = np.hstack([scores, said["residue"][:, None]])
    columns = view_columns("residue", data.batch, stems, own_scores, None, weights, lexicon)
    # Half of the networks do without what is said of the topic: it helps most where the words
    # are unknown, and misleads most on pages of many short parts.
    plain = set(line_columns(data.batch, scores, None, lexicon))
    own = stack(columns)
    guess, first = averaged(own, data, seed, _seen(columns, plain))
    context = context_columns(data.batch, guess)
    both = np.hstack([own, stack(context)])
    probability, second = averaged(both, data, seed, _seen(columns | context, plain | set(context)))
    _, hidden = judge(second, both)
    threshold = residue_threshold(data, probability)
    return ResidueTrained(
        model=ViewModel(first, second, threshold),
        stems=table[:, None],
        stems_bias=np.array([bias], dtype=np.float32),
        probability=probability,
        hidden=hidden,
    )


def _seen(columns: Columns, plain: set[str]) -> list[np.ndarray[tuple[int], np.dtype[np.bool_]]]:
    everything = np.ones(len(columns), dtype=bool)
    without = np.array([name in plain for name in columns])
    return [everything, without, everything, without]


def _matrix(words: Words) -> csr_matrix:
    buckets = stem_features(words, stem_hashes(words))
    return bucket_matrix(buckets, len(words.line_ends), 1 << STEM_SCORE_BITS)


def residue_threshold(data: Dataset, probability: Float32) -> float:
    """The highest threshold that loses no more of the body's words than is allowed.

    It is chosen on what extractors left, where there is any.
    """
    counts = data.is_body & (data.weights > 0)
    if (counts & data.extracted).any():
        counts = counts & data.extracted
    body = np.flatnonzero(counts)
    words = data.batch.words.counts[body]
    order = np.argsort(probability[body])
    lost = np.cumsum(words[order]) / words.sum()
    return round(float(probability[body][order][np.searchsorted(lost, _MAX_BODY_LOSS)]), 3)
