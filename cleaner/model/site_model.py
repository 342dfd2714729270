"""A site model: what the base model gets wrong on one site, as weights of site features.

The base model's log-odds are the prior and the site model adds to them, so that where it
knows nothing the base model speaks alone (a logistic regression with an offset).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from cleaner.model.batch import Batch, Float32, make_batch
from cleaner.model.line_model import LineModel, Scores, View, page_threshold
from cleaner.model.site_features import SiteFeatures, site_features
from cleaner.model.tokens import UInt64
from cleaner.split.page import Page

PARTS = ("html", "text")  # what a site model has weights for; dumps and residues share one
MOST_SURE = 4.0  # log-odds of the base model beyond which no line counts as more sure


@dataclass(frozen=True, slots=True)
class SiteWeights:
    """Weights (features,) of features known by their `hashes` (features,), in rising order."""

    hashes: UInt64
    weights: Float32

    def __call__(self, features: SiteFeatures) -> Float32:
        """What the features of each line add to its log-odds, (lines,)."""
        if not len(self.hashes):
            return np.zeros(features.lines, dtype=np.float32)
        at = np.minimum(np.searchsorted(self.hashes, features.hashes), len(self.hashes) - 1)
        known = self.hashes[at] == features.hashes
        weights = self.weights[at[known]] * features.values[known]
        sums = np.bincount(features.rows[known], weights=weights, minlength=features.lines)
        return sums.astype(np.float32)


@dataclass(frozen=True, slots=True)
class SiteModel:
    """The corrections for one site, by part; `base` is the digest of the model they correct.

    `signs` are the keys of lines that pages of the site are known by; `anchors`, in rising order,
    those of lines between which what stands is alike on its pages.
    """

    site: str
    base: str
    parts: Mapping[str, SiteWeights]
    signs: UInt64
    anchors: UInt64


def part_of(view: View) -> str:
    """The part of a site model that corrects a view."""
    return "html" if view == "html" else "text"


def correct(
    model: SiteModel, base: LineModel, pages: Sequence[Page], scores: Sequence[Scores]
) -> list[Scores]:
    """`scores` of pages of the model's site with its corrections, and thresholds to match."""
    results = list(scores)
    for view in sorted({some.view for some in scores}):
        weights = model.parts.get(part_of(view))
        members = [number for number, some in enumerate(scores) if some.view == view]
        if weights is None:
            continue
        batch = make_batch([pages[number] for number in members])
        before = np.concatenate([scores[number].probability for number in members])
        after = corrected(weights, batch, before, model.anchors)
        words = batch.words.counts
        for place, number in enumerate(members):
            lines = slice(batch.bounds[place], batch.bounds[place + 1])
            threshold = page_threshold(view, after[lines], words[lines], base.views[view].threshold)
            results[number] = Scores(
                view, after[lines], scores[number].kinds, threshold, taught=True
            )
    return results


def corrected(weights: SiteWeights, batch: Batch, probability: Float32, anchors: UInt64) -> Float32:
    """The probability of each line that it is body, with what the site's pages have taught."""
    odds = prior(probability) + weights(site_features(batch, probability, anchors=anchors))
    return np.asarray(1 / (1 + np.exp(-odds)), dtype=np.float32)


def prior(probability: Float32) -> Float32:
    """The base model's log-odds, none of them surer than pages of the site could overrule."""
    bounded = np.clip(probability.astype(np.float64), 1e-6, 1 - 1e-6)
    odds = np.log(bounded / (1 - bounded))
    return np.clip(odds, -MOST_SURE, MOST_SURE).astype(np.float32)
