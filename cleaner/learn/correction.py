"""A site model without labels: what the base model says of all pages of a site, taken together.

A line alone leaves the base model unsure where forty that stand in the same place do not. So a
logistic regression on what names a line of this site is fit to the base model's own
probabilities, made surer (self-training: Scudder 1965, Yarowsky 1995), with the lines that
repeat as debris whatever they say (distant supervision: Mintz et al. 2009). Others have the benefit
of the doubt: of what stands on one page alone only what is plainly debris teaches to drop, or long
texts of which the base model is unsure would be lost whole. What is learned of a line is added to
the base model's log-odds.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from cleaner.learn.repeats import SURE_LINE, Repeats
from cleaner.learn.sample import Sample
from cleaner.model.line_model import LineModel
from cleaner.model.site_features import NAMES
from cleaner.model.site_model import SiteModel, SiteWeights
from cleaner.model.store import digest
from cleaner.split import Page
from cleaner.training.site import (
    Lines,
    anchor_lines,
    common_lines,
    fit,
    join,
    keeps,
    prepare,
    without_html,
)

LEAST_PAGES = 5  # of the sample, below which nothing is proved by what they share
_SURER = 3.0  # times the base model's log-odds are what the site model learns
_REPEATED = 0.02  # probability that a repeated line is text
_BENEFIT = {"html": 8.0, "text": 3.0}  # log-odds in favour of lines that do not repeat, by form
_PENALTY = 1.0  # of the squared weights
_SURE = math.log(SURE_LINE / (1 - SURE_LINE))  # log-odds of a line that is surely text


@dataclass(frozen=True, slots=True)
class Correction:
    """A site model learned without labels, and what it changes on the pages it learned from.

    `drops` and `adds` are lines that the base model alone would keep, or drop. `loss` is the
    share of all words that the base model keeps which are surely text, do not repeat, and
    would go; the worse part of the model counts.
    """

    model: SiteModel
    drops: tuple[str, ...]
    adds: tuple[str, ...]
    loss: float


def learn_correction(
    site: str, sample: Sample, repeats: Repeats, base: LineModel
) -> Correction | None:
    """The site model of a sample's pages, or None of too few. HTML also teaches its text."""
    if len(sample.split) < LEAST_PAGES:
        return None
    forms: dict[str, list[Page]] = {"text": [without_html(page) for page in sample.split]}
    if all(page.elements is not None for page in sample.split):
        forms["html"] = list(sample.split)
    anchors = anchor_lines(sample.split)
    parts: dict[str, SiteWeights] = {}
    changed: list[NDArray[np.int8]] = []
    losses: list[float] = []
    for part, pages in forms.items():
        unknown = [np.full(len(page), np.nan, dtype=np.float32) for page in pages]
        lines = join(
            [
                prepare(page, label, base, NAMES, anchors)
                for page, label in zip(pages, unknown, strict=True)
            ]
        )
        is_repeated = np.isin(lines.keys, np.array(sorted(repeats.lines), dtype=np.uint64))
        parts[part] = _fit(lines, is_repeated, _BENEFIT[part])
        before = keeps(lines, np.zeros_like(lines.prior), base)
        after = keeps(lines, parts[part](lines.features), base)
        changed.append(after.astype(np.int8) - before)
        lost = before & ~after & ~is_repeated & (lines.prior >= _SURE)
        losses.append(float(lines.words[lost].sum() / max(lines.words[before].sum(), 1)))
    model = SiteModel(site, digest(base), parts, common_lines(lines), anchors)
    return Correction(
        model,
        tuple(dict.fromkeys(sample.texts[at] for at in np.flatnonzero(changed[-1] < 0).tolist())),
        tuple(dict.fromkeys(sample.texts[at] for at in np.flatnonzero(changed[-1] > 0).tolist())),
        max(losses),
    )


def _fit(lines: Lines, is_repeated: NDArray[np.bool_], benefit: float) -> SiteWeights:
    target = 1 / (1 + np.exp(-_SURER * lines.prior.astype(np.float64) - benefit))
    target[is_repeated] = np.minimum(target[is_repeated], _REPEATED)
    taught = replace(lines, prior=np.zeros_like(lines.prior), labels=target.astype(np.float32))
    return fit(taught, np.ones(len(target), dtype=bool), _PENALTY)
