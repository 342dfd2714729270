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


@dataclass(frozen=True, slots=True)
class Segments:
    """How many wanted and unwanted pieces of text a result holds, and how many there are."""

    wanted: int
    wanted_found: int
    unwanted: int
    unwanted_found: int


def count_segments(text: str, wanted: Sequence[str], unwanted: Sequence[str]) -> Segments:
    """Wanted and unwanted pieces that stand in `text`, as trafilatura's evaluation counts them.

    White space and case do not count.

    >>> count_segments("One story. Share", ["one  story"], ["Share", "Log in"])
    Segments(wanted=1, wanted_found=1, unwanted=2, unwanted_found=1)
    """
    whole = " ".join(text.lower().split())

    def found(pieces: Sequence[str]) -> int:
        return sum(" ".join(piece.lower().split()) in whole for piece in pieces)

    return Segments(len(wanted), found(wanted), len(unwanted), found(unwanted))


def segment_f1(counts: Sequence[Segments]) -> float | None:
    """The F1 over the segments of all pages together; None where there are none."""
    found = sum(each.wanted_found for each in counts)
    wrong = sum(each.unwanted_found for each in counts)
    missed = sum(each.wanted - each.wanted_found for each in counts)
    whole = 2 * found + wrong + missed
    return 2 * found / whole if whole else None


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


@dataclass(frozen=True, slots=True)
class Difference:
    """The mean of paired differences, its 95 % interval, and how likely chance gives as much.

    `p` is two-sided.
    """

    mean: float
    interval: tuple[float, float]
    p: float


def paired_difference(
    before: Sequence[float], after: Sequence[float], *, draws: int = 10_000, seed: int = 0
) -> Difference:
    """How much greater `after` is than `before`, entry by entry.

    The interval is a bootstrap over pairs; `p` is that of a permutation test that turns signs at
    random (Fisher 1935), with the pairs as they are counted among the draws.

    >>> paired_difference([0.5, 0.5], [0.5, 0.5])
    Difference(mean=0.0, interval=(0.0, 0.0), p=1.0)
    """
    gains = np.asarray(after, dtype=np.float64) - np.asarray(before, dtype=np.float64)
    mean = float(gains.mean())
    rng = np.random.default_rng(seed)
    as_far = 1
    for _ in range(draws // 1000):
        signs = rng.integers(0, 2, size=(1000, len(gains)), dtype=np.int8) * 2 - 1
        as_far += int((np.abs((signs * gains).mean(axis=1)) >= abs(mean) - 1e-12).sum())
    drawn = draws // 1000 * 1000
    return Difference(mean, bootstrap_interval(gains.tolist(), seed=seed), as_far / (drawn + 1))


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
