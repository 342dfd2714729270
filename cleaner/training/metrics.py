"""How close a text is to its gold."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Hashable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cleaner.training.align import tokens

_SHINGLE = 4
_AEB_TOKEN = re.compile(r"\w+")


@dataclass(frozen=True, slots=True)
class Overlap:
    """Precision, recall and F1 of one page, each in 0 to 1."""

    precision: float
    recall: float
    f1: float


def word_overlap(text: str, gold: str) -> Overlap:
    """Words in common, counted with multiplicity and lower-cased, as the WCXB benchmark does.

    Two empty texts agree; an empty and a filled one do not.

    >>> word_overlap("a b c", "a b d e")
    Overlap(precision=0.6666666666666666, recall=0.5, f1=0.5714285714285714)
    """
    return _overlap(tokens(text), tokens(gold))


def shingle_overlap(text: str, gold: str) -> Overlap:
    """Runs of four words in common, as in the article extraction benchmark (Zyte)."""
    return _overlap(_shingles(text), _shingles(gold))


def _shingles(text: str) -> list[tuple[str, ...]]:
    words = _AEB_TOKEN.findall(text)
    if len(words) < _SHINGLE:
        return [tuple(words)] if words else []
    return list(zip(*(words[start:] for start in range(_SHINGLE)), strict=False))


def _overlap(found: Sequence[Hashable], wanted: Sequence[Hashable]) -> Overlap:
    if not found and not wanted:
        return Overlap(1.0, 1.0, 1.0)
    common = sum((Counter(found) & Counter(wanted)).values())
    if not common:
        return Overlap(0.0, 0.0, 0.0)
    precision, recall = common / len(found), common / len(wanted)
    return Overlap(precision, recall, 2 * common / (len(found) + len(wanted)))


def bootstrap_interval(
    values: Sequence[float], *, draws: int = 1000, seed: int = 0
) -> tuple[float, float]:
    """The 95 % interval of the mean of `values`, by resampling them (Efron 1979)."""
    sample = np.asarray(values)
    rng = np.random.default_rng(seed)
    means = sample[rng.integers(len(sample), size=(draws, len(sample)))].mean(axis=1)
    return float(np.quantile(means, 0.025)), float(np.quantile(means, 0.975))


def expected_calibration_error(
    probability: NDArray[np.floating],
    is_body: NDArray[np.bool_],
    weight: NDArray[np.floating],
    *,
    bins: int = 15,
) -> float:
    """The mean gap between probability and frequency over equal-width bins (Naeini et al. 2015)."""
    edges = np.linspace(0, 1, bins + 1)
    which = np.clip(np.digitize(probability, edges) - 1, 0, bins - 1)
    gap = 0.0
    for number in range(bins):
        chosen = which == number
        if weight[chosen].sum() > 0:
            mean = np.average(probability[chosen], weights=weight[chosen])
            share = np.average(is_body[chosen], weights=weight[chosen])
            gap += weight[chosen].sum() * abs(float(mean - share))
    return float(gap / weight.sum())
