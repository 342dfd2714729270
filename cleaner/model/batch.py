"""Many pages as one set of columns: what every feature is computed from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cleaner.model.signatures import hash_signatures
from cleaner.model.tokens import Int64, UInt64, Words, find_words, take_lines
from cleaner.split.page import Elements, Page, to_units

Float32 = NDArray[np.float32]
Bool = NDArray[np.bool_]
Columns = dict[str, NDArray[np.generic]]  # one named column a feature

LEVELS = 6  # ancestors of a line, its own element first, whose subtrees are measured


@dataclass(frozen=True, slots=True)
class Dom:
    """The elements of all pages of a batch, and where its lines stand in them.

    An entry of `parents`, `ends`, `signatures` and `hidden` is an element; indices run over
    the batch. The last entry is nobody: the parent of roots, with an empty subtree.
    `signatures` number the pairs of tag and attribute words in `pairs`; `tags` are the
    numbers of the pairs' tags in `split.names`, 0 for other tags. `said` are the hashes of what
    pairs say, one's behind the other's, `said_counts[s]` of them signature `s`'s. `looks` numbers
    the pairs, those that differ only in digits alike.
    `ancestors[d]` is, per line, its element (`d = 0`) or the d-th element above it.
    """

    parents: Int64
    ends: Int64
    signatures: Int64
    pairs: list[tuple[str, str]]
    tags: NDArray[np.uint8]
    said: UInt64
    said_counts: Int64
    looks: Int64
    hidden: Bool
    ancestors: list[Int64]
    link_chars: Float32
    links: Float32


@dataclass(frozen=True, slots=True)
class Batch:
    """Lines of many pages of one format as columns.

    `bounds[p]:bounds[p + 1]` are the lines of page `p`, `pages[i]` is the page of line `i`,
    and `gaps[i]` what stands before it. `titles` holds the words of the pages' titles, one
    line a page. `dom` is there for HTML.
    """

    words: Words
    titles: Words
    bounds: Int64
    pages: Int64
    gaps: NDArray[np.uint8]
    dom: Dom | None

    def __len__(self) -> int:
        return len(self.pages)


def make_batch(pages: Sequence[Page]) -> Batch:
    """The columns of `pages`, which are all HTML or all plain text, and none without lines."""
    sizes = np.array([len(page) for page in pages])
    bounds = np.concatenate([[0], np.cumsum(sizes)])
    titles = [page.title or page.texts[0] for page in pages]
    return Batch(
        words=find_words(np.concatenate([page.units for page in pages])),
        titles=find_words(to_units([title.replace("\n", " ") for title in titles])),
        bounds=bounds,
        pages=np.repeat(np.arange(len(pages)), sizes),
        gaps=np.concatenate([page.gaps for page in pages]),
        dom=_make_dom(pages, sizes) if pages[0].elements is not None else None,
    )


def take(batch: Batch, members: Sequence[int]) -> Batch:
    """Some pages of a batch of plain text as a batch, without finding their words again."""
    bounds = batch.bounds
    sizes = np.diff(bounds)[members]
    return Batch(
        words=take_lines(batch.words, [(int(bounds[p]), int(bounds[p + 1])) for p in members]),
        titles=take_lines(batch.titles, [(p, p + 1) for p in members]),
        bounds=np.concatenate([[0], np.cumsum(sizes)]),
        pages=np.repeat(np.arange(len(members)), sizes),
        gaps=np.concatenate([batch.gaps[bounds[p] : bounds[p + 1]] for p in members]),
        dom=None,
    )


def _make_dom(pages: Sequence[Page], sizes: Int64) -> Dom:
    columns = [page.elements or Elements() for page in pages]
    counts = np.array([len(elements) for elements in columns])
    offsets = np.concatenate([[0], np.cumsum(counts)])
    total = int(offsets[-1])
    shift = np.repeat(offsets[:-1], counts)

    parents = np.full(total + 1, total)
    own = np.concatenate([elements.parents for elements in columns])
    parents[:-1] = np.where(own >= 0, own + shift, total)
    ends = np.full(total + 1, total)
    ends[:-1] = np.concatenate([elements.ends for elements in columns]) + shift

    pairs, firsts = _join_pairs(columns)
    tags = np.zeros(len(pairs), dtype=np.uint8)
    signatures = np.zeros(total + 1, dtype=np.int64)
    for at, elements in zip(offsets.tolist(), columns, strict=False):
        first = firsts[id(elements.pairs)]
        tags[first : first + len(elements.pairs)] = elements.tag_numbers
        signatures[at : at + len(elements)] = elements.signatures + first
    hidden = np.zeros(total + 1, dtype=bool)
    hidden[:-1] = np.concatenate([elements.hidden for elements in columns])

    element = np.concatenate([page.element for page in pages]) + np.repeat(offsets[:-1], sizes)
    ancestors = [element]
    for _ in range(LEVELS + 3):
        ancestors.append(parents[ancestors[-1]])
    hashes = hash_signatures(pairs)
    return Dom(
        parents=parents,
        ends=ends,
        signatures=signatures,
        pairs=pairs,
        tags=tags,
        said=hashes.said,
        said_counts=hashes.counts,
        looks=np.unique(hashes.looks, return_inverse=True)[1],
        hidden=hidden,
        ancestors=ancestors,
        link_chars=np.concatenate([page.link_chars for page in pages]).astype(np.float32),
        links=np.concatenate([page.links for page in pages]).astype(np.float32),
    )


def _join_pairs(columns: Sequence[Elements]) -> tuple[list[tuple[str, str]], dict[int, int]]:
    """The pairs of all pages, nobody's first, one list behind the other's.

    And, by the list's id, the number of its first entry: pages split together share their list.
    """
    lists = {id(elements.pairs): elements.pairs for elements in columns}
    pairs, firsts = [("", "")], {}
    for key, some in lists.items():
        firsts[key] = len(pairs)
        pairs += some
    return pairs, firsts
