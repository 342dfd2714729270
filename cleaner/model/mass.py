"""Where on a page the mass of a first guess lies: dense features, one row a line.

The mass of a line is its words times how likely the guess thinks it body. The body of a page is
mostly one subtree, or the items of one group: elements of the same looks side by side, as posts,
cards and rows are.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from cleaner.model.batch import Batch, Columns, Dom, Float32
from cleaner.model.sums import page_sums, subtree_sums
from cleaner.model.tokens import Int64

_REACH = 10  # ancestors of a line that are looked at, its own element first
_GROUP = 3  # elements alike side by side that make a group
_LARGER = 1.3  # times the text a group further up must hold to count as the larger one


def mass_columns(batch: Batch, guess: Float32) -> Columns:
    """What a first guess, per line in 0 to 1, says of each page and of the subtrees in it."""
    words = np.diff(batch.words.first) + 1.0
    mass = guess * words
    pages = batch.pages
    total = page_sums(batch, words)
    page_mass = np.maximum(page_sums(batch, mass), 1e-6)
    sure = page_sums(batch, words * (guess > 0.5))
    columns: Columns = {
        "mass sure words": np.log1p(sure)[pages],
        "mass sure share": (sure / total)[pages],
        "mass unsure": (page_sums(batch, words * np.minimum(guess, 1 - guess)) / total)[pages],
        "mass certainty": (page_sums(batch, words * guess**2) / page_mass)[pages],
    }
    if batch.dom is not None:
        lineage = _lineage(batch.dom)
        within = subtree_sums(batch.dom, mass)
        for level, element in enumerate(lineage):
            columns[f"mass share {level}"] = within[element] / page_mass[pages]
        columns |= _best(batch, batch.dom, lineage, guess, words)
        columns |= _groups(batch, batch.dom, lineage, guess)
    return columns


def _lineage(dom: Dom) -> list[Int64]:
    """Per line its element and those above it, `_REACH` in all; above the root is nobody."""
    lineage = dom.ancestors[:_REACH]
    while len(lineage) < _REACH:
        lineage = [*lineage, dom.parents[lineage[-1]]]
    return lineage


def _best(
    batch: Batch, dom: Dom, lineage: list[Int64], guess: Float32, words: NDArray[np.float64]
) -> Columns:
    """Where a line stands to the subtree that holds most body and least debris of its page."""
    text = subtree_sums(dom, words)
    gain = np.where(text > 0, subtree_sums(dom, words * (guess - 0.5)), -np.inf)
    last = np.maximum.reduceat(lineage[0], batch.bounds[:-1])  # element with a line, by page
    starts = np.concatenate([[0], last[:-1] + 1])
    greatest = np.repeat(np.maximum.reduceat(gain, starts), np.diff(np.append(starts, len(gain))))
    # Of subtrees that hold the same, the innermost; rounding must not make it another one.
    is_best = gain >= greatest - 1e-9 * np.maximum(np.abs(greatest), 1)
    best = np.maximum.reduceat(np.where(is_best, np.arange(len(gain)), -1), starts)
    ends = dom.ends[best]
    held = text[best] / np.maximum(page_sums(batch, words), 1)
    share = subtree_sums(dom, words * guess)[best] / np.maximum(
        page_sums(batch, words * guess), 1e-6
    )
    own, best, ends = lineage[0], best[batch.pages], ends[batch.pages]
    steps = np.full(len(own), len(lineage))
    for level in reversed(range(len(lineage))):
        steps[(lineage[level] <= best) & (dom.ends[lineage[level]] >= ends)] = level
    return {
        "in best": (own >= best) & (own < ends),
        "before best": own < best,
        "steps to best": steps,
        "best share": share[batch.pages],
        "best text share": held[batch.pages],
    }


def _groups(batch: Batch, dom: Dom, lineage: list[Int64], guess: Float32) -> Columns:
    """The mean guess of the nearest group a line stands in, and of the one with most text."""
    nobody = len(dom.parents) - 1
    group = dom.groups
    is_item = (dom.group_sizes[group] >= _GROUP) & (dom.parents < nobody)
    weight = np.sqrt(np.diff(batch.words.first) + 1.0)
    chars = (batch.words.line_ends - batch.words.line_starts).astype(np.float64)
    texts, weights, masses = (
        np.bincount(group, weights=subtree_sums(dom, values))
        for values in (chars, weight, guess * weight)
    )
    means = (masses / np.maximum(weights, 1e-6))[group]
    held = texts[group]
    nearest, largest = guess.copy(), guess.copy()
    most = np.zeros(len(guess))
    is_met = np.zeros(len(guess), dtype=np.bool_)
    for element in lineage:
        first = is_item[element] & ~is_met
        nearest[first] = means[element[first]]
        is_met |= first
        larger = is_item[element] & (held[element] > most * _LARGER)
        largest[larger] = means[element[larger]]
        most[larger] = held[element[larger]]
    return {"guess in nearest group": nearest, "guess in largest group": largest}
