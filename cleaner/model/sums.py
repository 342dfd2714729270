"""Sums and counts over what a batch is made of: pages, subtrees of elements, and what is alike."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from cleaner.model.tokens import Int64, UInt64, mix
from cleaner.native import load

if TYPE_CHECKING:
    from cleaner.model.batch import Batch, Dom

_compiled = load("sums")


def page_sums(batch: Batch, values: NDArray[np.generic]) -> NDArray[np.float64]:
    """The sum of `values` over the lines of each page."""
    sums = np.bincount(batch.pages, weights=values, minlength=len(batch.bounds) - 1)
    return np.asarray(sums, dtype=np.float64)


def subtree_sums(dom: Dom, values: NDArray[np.generic]) -> NDArray[np.float64]:
    """Per element, the sum of `values` over the lines in it and in what it holds."""
    if _compiled is not None:
        wide = np.ascontiguousarray(values, dtype=np.float64)
        found: NDArray[np.float64] = _compiled.subtree_sums(dom.ancestors[0], wide, dom.ends)
        return found
    own = np.bincount(dom.ancestors[0], weights=values, minlength=len(dom.parents))
    sums = np.concatenate([[0.0], np.cumsum(own)])
    return np.asarray(sums[dom.ends] - sums[np.arange(len(dom.parents))])


def number(codes: NDArray[np.integer]) -> tuple[Int64, Int64]:
    """Each code's number among the distinct ones, and how often each of these comes."""
    if _compiled is not None:
        numbers, counts = _compiled.number_codes(codes.view(np.uint64))
    else:
        _, numbers, counts = np.unique(codes, return_inverse=True, return_counts=True)
    return numbers, counts


def count_alike(batch: Batch, hashes: UInt64) -> Int64:
    """How many lines of its page have the hash of each line, itself included."""
    if _compiled is not None:
        found: Int64 = _compiled.count_alike(hashes, batch.bounds)
        return found
    numbers, counts = number(by_page(hashes, batch.pages))
    return np.asarray(counts[numbers])


def by_page(hashes: UInt64, pages: Int64) -> UInt64:
    """`hashes` made different for each page; mixed first, for those of short words are small."""
    return mix(mix(hashes, 31) + pages.astype(np.uint64), 32)
