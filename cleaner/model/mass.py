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
from cleaner.native import load

_compiled = load("dom")

_REACH = 10  # ancestors of a line that are looked at, its own element first
_GROUP = 3  # elements alike side by side that make a group
_LARGER = 1.3  # times the text a group further up must hold to count as the larger one


def mass_columns(batch: Batch, guess: Float32) -> Columns:
    """What a first guess, per line in 0 to 1, says of each page and of the subtrees in it."""
    words = np.asarray(batch.words.counts + 1, dtype=np.float64)
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
    return {
        "in best": (own >= best) & (own < ends),
        "before best": own < best,
        "steps to best": _steps_up(dom, lineage, best, ends),
        "best share": share[batch.pages],
        "best text share": held[batch.pages],
    }


def _steps_up(dom: Dom, lineage: list[Int64], wanted: Int64, ends: Int64) -> Int64:
    """How many steps up from each line the first element is that holds its `wanted` one.

    `ends` are those of the wanted ones. It is `_REACH` where none of so many elements does.
    """
    if _compiled is not None:
        found: Int64 = _compiled.steps_up(lineage[0], dom.parents, dom.ends, wanted, ends, _REACH)
        return found
    steps = np.full(len(wanted), len(lineage))
    for level in reversed(range(len(lineage))):
        element = lineage[level]
        steps[(element <= wanted) & (dom.ends[element] >= ends)] = level
    return steps


def _groups(batch: Batch, dom: Dom, lineage: list[Int64], guess: Float32) -> Columns:
    """The mean guess of the nearest group a line stands in, and of the one with most text."""
    weight = batch.weights
    chars = batch.words.chars.astype(np.float64)
    held, weights, masses = (
        np.asarray(np.bincount(dom.groups, weights=subtree_sums(dom, values)), dtype=np.float64)
        for values in (chars, weight, guess * weight)
    )
    means = masses / np.maximum(weights, 1e-6)
    nearest, largest = _groups_above(dom, lineage, means, held, guess)
    return {"guess in nearest group": nearest, "guess in largest group": largest}


def _groups_above(
    dom: Dom,
    lineage: list[Int64],
    means: NDArray[np.float64],
    held: NDArray[np.float64],
    guess: Float32,
) -> Float32:
    """The means of the nearest group above each line and of the largest one: (2, lines).

    `means` and `held` are, by group, its mean guess and its text; a line in no group has its own
    guess.
    """
    is_item = (dom.group_sizes[dom.groups] >= _GROUP) & (dom.parents < len(dom.parents) - 1)
    if _compiled is not None:
        found: Float32 = _compiled.groups_above(
            lineage[0], dom.parents, dom.groups, is_item.view(np.uint8), means, held, guess,
            _REACH, _LARGER,
        )  # fmt: skip
        return found
    nearest, largest = np.array([guess, guess])
    most = np.zeros(len(guess))
    is_met = np.zeros(len(guess), dtype=np.bool_)
    for element in lineage:
        group = dom.groups[element]
        first = is_item[element] & ~is_met
        nearest[first] = means[group[first]]
        is_met |= first
        larger = is_item[element] & (held[group] > most * _LARGER)
        largest[larger] = means[group[larger]]
        most[larger] = held[group[larger]]
    return np.array([nearest, largest])
