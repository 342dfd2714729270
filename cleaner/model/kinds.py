"""What a line is: its kind, from its words and place in the DOM, and from the lines around it.

As with bodies, there are two stages: a linear scorer of each line alone, and a small network that
sees besides what the lines around it were taken for, and what the network that tells bodies makes
of the line's columns. A name and a date are a by-line above a text and a reader's comment below it.
Both are heard: the scorer knows the written phrases, the network how kinds stand together on real
pages.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from cleaner.model.batch import Batch, Float32
from cleaner.model.hashing import (
    ANCHOR_BITS,
    DOM_BITS,
    WORD_BITS,
    Buckets,
    Table,
    anchor_buckets,
    dom_buckets,
    score_anchors,
    score_dom,
    score_words,
    scores,
    word_buckets,
)
from cleaner.model.network import Network, softmax
from cleaner.native import load

_windows = load("windows")

KIND_BITS = 15  # words, anchors and DOM words each have as many buckets in the scorer
HIDDEN = 64  # units of the network that tells bodies, which the networks here see
_REACH = 3  # elements above a line whose words tell its kind
_AROUND = (2, 6)  # lines before and after, over which what they were taken for is averaged
_FAR = 50.0  # lines from an end of the page, from which on it is far
_ROWS = 8192  # lines the network sees at once


@dataclass(frozen=True, slots=True)
class KindModel:
    """A scorer, and a network for each view, over `types.KINDS`.

    `table` is (3 * 2^KIND_BITS, kinds) and `bias` (kinds,).
    """

    table: Table
    bias: Float32
    networks: Mapping[str, Network]


def kind_shares(
    model: KindModel, batch: Batch, view: str, probability: Float32, hidden: Float32
) -> Float32:
    """What each line of a view is, as shares (lines, kinds) that sum to 1.

    `probability` is how likely each line is body, `hidden` (lines, at most `HIDDEN`) are units of
    the network that says so.
    """
    words, anchors, dom = model.table.parts
    parts = [score_words(batch.words, words), score_anchors(batch.words, anchors)]
    if batch.dom is not None:
        parts.append(score_dom(batch.dom, dom, _REACH))
    alone = softmax(scores(*parts) + model.bias)
    network = model.networks[view]
    together = [
        softmax(network.outputs(rows)) for rows in kind_rows(batch, alone, probability, hidden)
    ]
    return np.asarray((alone + np.concatenate(together)) / 2, dtype=np.float32)


def kind_rows(
    batch: Batch, alone: Float32, probability: Float32, hidden: Float32
) -> Iterator[Float32]:
    """What the network sees of each line, some thousands of lines at once.

    Its shares `alone`, those around it, the `hidden` units of another network, and its place.
    """
    first, last = batch.bounds[batch.pages], batch.bounds[batch.pages + 1]
    at = np.arange(len(batch))
    around = means_around(batch, np.column_stack([alone, probability]), _AROUND)
    place = [
        probability,
        (at - first) / (last - first),
        np.minimum(at - first, _FAR) / _FAR,
        np.minimum(last - at, _FAR) / _FAR,
        np.log1p(batch.words.counts),
        np.log1p(last - first),
    ]
    for start in range(0, len(batch), _ROWS):
        some = slice(start, start + _ROWS)
        logs = np.log(alone[some] + np.float32(1e-4))
        places = np.array([values[some] for values in place], dtype=np.float32).T
        yield np.hstack([logs, alone[some], around[some], hidden[some], places])


def means_around(batch: Batch, values: Float32, reaches: Sequence[int]) -> Float32:
    """The mean of each column over the lines so far before and after, the reaches side by side."""
    if _windows is not None:
        distances = np.array(reaches, dtype=np.int64)
        found: Float32 = _windows.means_around(values, batch.bounds, distances)
        return found
    at = np.arange(len(batch))
    seen = np.zeros((len(batch) + 1, values.shape[1]))
    np.cumsum(values, axis=0, dtype=np.float64, out=seen[1:])
    parts = []
    for reach in reaches:
        start = np.maximum(at - reach, batch.bounds[batch.pages])
        end = np.minimum(at + reach + 1, batch.bounds[batch.pages + 1])
        parts.append((seen[end] - seen[start]) / (end - start)[:, None])
    return np.hstack(parts).astype(np.float32)


def kind_buckets(batch: Batch) -> Buckets:
    """The lines and buckets of the features that tell kinds, as parallel arrays."""
    rows, words = word_buckets(batch.words)
    anchor_rows, anchors = anchor_buckets(batch.words)
    parts = [
        (rows, words >> (WORD_BITS - KIND_BITS)),
        (anchor_rows, (anchors >> (ANCHOR_BITS - KIND_BITS)) + (1 << KIND_BITS)),
    ]
    if batch.dom is not None:
        dom_rows, dom = dom_buckets(batch.dom, _REACH)
        parts.append((dom_rows, (dom >> (DOM_BITS - KIND_BITS)) + (2 << KIND_BITS)))
    return np.concatenate([part[0] for part in parts]), np.concatenate([part[1] for part in parts])
