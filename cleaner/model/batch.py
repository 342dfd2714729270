"""Many pages as one set of columns: what every feature is computed from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, cached_property

import numpy as np
from numpy.typing import NDArray

from cleaner.model.signatures import hash_signatures
from cleaner.model.sums import number
from cleaner.model.tokens import Int64, UInt64, Words, find_words, take_lines
from cleaner.split.names import names
from cleaner.split.page import Elements, Page, to_units

Float32 = NDArray[np.float32]
Bool = NDArray[np.bool_]
Columns = dict[str, NDArray[np.generic]]  # one named column a feature

LEVELS = 6  # ancestors of a line, its own element first, whose subtrees are measured
LONG = 15  # words; lines from this length on say what a page is about

_NEAR_HEADING = 3  # elements, its own first, one of which makes a line a heading


@dataclass(frozen=True, slots=True)
class Dom:
    """The elements of all pages of a batch, and where its lines stand in them.

    An entry of `parents`, `ends`, `signatures` and `hidden` is an element; indices run over
    the batch. The last entry is nobody: the parent of roots, with an empty subtree.
    `signatures` number the pairs of tag and attribute words in `pairs`; `tags` are the
    numbers of the pairs' tags in `split.names`, 0 for other tags. `said` are the hashes of what
    pairs say, one's behind the other's, `said_counts[s]` of them signature `s`'s. `looks` numbers
    the pairs, those that differ only in digits alike. `groups` numbers the elements, those of one
    parent that look alike as one, of `group_sizes` elements.
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
    groups: Int64
    group_sizes: Int64
    hidden: Bool
    ancestors: list[Int64]

    def said_by(self, signatures: Int64) -> tuple[Int64, UInt64]:
        """What each of `signatures` says: how many hashes, and these one behind the other."""
        counts = self.said_counts[signatures]
        starts = (np.cumsum(self.said_counts) - self.said_counts)[signatures]
        # Of each the first place, as often as it has hashes, and how many of them came before.
        at = np.arange(counts.sum()) + np.repeat(starts - np.cumsum(counts) + counts, counts)
        return counts, self.said[at]


@dataclass(frozen=True, slots=True)
class Marks:
    """What markup says of each line beside its words, in HTML and in Markdown.

    `link_chars` of its characters are link text, of so many `links`; `headings` is 0 or the level
    of a heading, `items` whether a line begins an item of a list.
    """

    link_chars: Float32
    links: Float32
    headings: NDArray[np.uint8]
    items: Bool


@dataclass(frozen=True)
class Batch:
    """Lines of many pages of one format as columns.

    `bounds[p]:bounds[p + 1]` are the lines of page `p`, `pages[i]` is the page of line `i`,
    and `gaps[i]` what stands before it. `titles` holds the words of the pages' titles, one
    line a page. `dom` is there for HTML, `marks` for HTML and Markdown.
    """

    words: Words
    titles: Words
    bounds: Int64
    pages: Int64
    gaps: NDArray[np.uint8]
    dom: Dom | None
    marks: Marks | None

    def __len__(self) -> int:
        return len(self.pages)

    @cached_property
    def sizes(self) -> Int64:
        """How many lines each page has."""
        return self.bounds[1:] - self.bounds[:-1]

    @cached_property
    def weights(self) -> NDArray[np.float64]:
        """How much each line counts in means: the square root of its words and one."""
        return np.asarray(np.sqrt(self.words.counts + 1.0))


def make_batch(pages: Sequence[Page]) -> Batch:
    """The columns of `pages`, which are all HTML or all plain text, and none without lines."""
    sizes = np.array([len(page) for page in pages])
    bounds = np.concatenate([[0], np.cumsum(sizes)])
    dom = _make_dom(pages, sizes) if pages[0].elements is not None else None
    titles = [page.title or page.texts[0] for page in pages]
    return Batch(
        words=find_words(np.concatenate([page.units for page in pages])),
        titles=find_words(to_units([title.replace("\n", " ") for title in titles])),
        bounds=bounds,
        pages=np.repeat(np.arange(len(pages)), sizes),
        gaps=np.concatenate([page.gaps for page in pages]),
        dom=dom,
        marks=_make_marks(pages, sizes, dom),
    )


def take(batch: Batch, members: Sequence[int]) -> Batch:
    """Some pages of a batch of plain text as a batch, without finding their words again."""
    bounds = batch.bounds
    sizes = batch.sizes[members]
    lines = np.concatenate([np.arange(bounds[p], bounds[p + 1]) for p in members])
    marks = batch.marks
    return Batch(
        words=take_lines(batch.words, [(int(bounds[p]), int(bounds[p + 1])) for p in members]),
        titles=take_lines(batch.titles, [(p, p + 1) for p in members]),
        bounds=np.concatenate([[0], np.cumsum(sizes)]),
        pages=np.repeat(np.arange(len(members)), sizes),
        gaps=batch.gaps[lines],
        dom=None,
        marks=marks
        and Marks(
            marks.link_chars[lines], marks.links[lines], marks.headings[lines], marks.items[lines]
        ),
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
    looks, _ = number(hashes.looks)
    groups, group_sizes = number(parents * len(pairs) + looks[signatures])
    return Dom(
        parents=parents,
        ends=ends,
        signatures=signatures,
        pairs=pairs,
        tags=tags,
        said=hashes.said,
        said_counts=hashes.counts,
        looks=looks,
        groups=groups,
        group_sizes=group_sizes,
        hidden=hidden,
        ancestors=ancestors,
    )


def _make_marks(pages: Sequence[Page], sizes: Int64, dom: Dom | None) -> Marks | None:
    """The marks of HTML and of Markdown; a page of other text among them has none anywhere."""
    if not any(len(page.links) for page in pages):
        return None

    def column(name: str) -> NDArray[np.generic]:
        columns = [getattr(page, name) for page in pages]
        return np.concatenate(
            [
                some if len(some) else np.zeros(size, dtype=some.dtype)
                for some, size in zip(columns, sizes.tolist(), strict=True)
            ]
        )

    return Marks(
        link_chars=column("link_chars").astype(np.float32),
        links=column("links").astype(np.float32),
        headings=column("headings").astype(np.uint8) if dom is None else _find_headings(dom),
        items=column("marked").astype(np.bool_),
    )


def _find_headings(dom: Dom) -> NDArray[np.uint8]:
    """The level of the heading that each line of HTML is, or 0."""
    of_elements = _heading_levels()[dom.tags][dom.signatures]
    found = of_elements[dom.ancestors[0]]
    for elements in dom.ancestors[1:_NEAR_HEADING]:
        found = np.where(found == 0, of_elements[elements], found)
    return found


@cache
def _heading_levels() -> NDArray[np.uint8]:
    """By the numbers of tags in `split.names`, the level of a heading; 0 of other tags."""
    known = names()
    levels = np.zeros(len(known.names), dtype=np.uint8)
    for level in range(1, 7):
        levels[known.number[f"h{level}"]] = level
    return levels


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
