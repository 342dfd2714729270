"""The pages of a site's sample as the base model sees them, as columns over all their lines."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from cleaner.learn.sketch import SiteSketch
from cleaner.model.batch import Float32
from cleaner.model.site_features import line_keys
from cleaner.model.tokens import Int64, UInt64, find_words
from cleaner.pipeline import Cleaner
from cleaner.rules.match import list_end
from cleaner.rules.places import line_paths
from cleaner.split import Page, split_all

_SURE = 0.8  # probability from which on a long line is surely text
_LONG = 12  # words of a long line
_STEPS = 2  # of a line's path by which places are told apart
_TITLE_SHARE = 0.9  # of a line's words that stand in the title of its page


@dataclass(frozen=True, slots=True)
class Sample:
    """All lines of the sample's pages; `pages[p]` are those of page `split[p]`.

    `sure` says that a line is surely text, `title` that it is its page's title. `by_key` and
    `by_path` name the lines with a key, and those whose path ends so.
    """

    split: Sequence[Page]
    pages: Sequence[range]
    page: Int64
    keys: UInt64
    texts: Sequence[str]
    words: Int64
    probability: Float32
    keep: NDArray[np.bool_]
    kinds: Sequence[str]
    sure: NDArray[np.bool_]
    title: NDArray[np.bool_]
    by_key: dict[int, list[int]]
    by_path: dict[str, list[int]]

    def is_kept_cell(self, line: int) -> bool:
        """Whether the model keeps a line that tags say is of a table of data."""
        is_html = self.split[int(self.page[line])].elements is not None
        return is_html and self.kinds[line] == "table" and bool(self.keep[line])

    def last_sure(self, lines: range) -> int:
        """The place on its page of the last line that is surely text, -1 where none is."""
        places = np.flatnonzero(self.sure[lines.start : lines.stop])
        return int(places[-1]) if len(places) else -1

    def inside(self, own: NDArray[np.bool_]) -> NDArray[np.bool_]:
        """Per line, whether before and after it on its page stand lines of `own`."""
        seen = np.concatenate([[0], np.cumsum(own)])
        starts = np.array([lines.start for lines in self.pages], dtype=np.int64)[self.page]
        ends = np.array([lines.stop for lines in self.pages], dtype=np.int64)[self.page]
        at = np.arange(len(own))
        return np.asarray((seen[at] > seen[starts]) & (seen[ends] > seen[at + 1]))

    def reach(self, heads: Iterable[int]) -> list[int]:
        """The lines that a `list` rule takes with these heads, the heads not among them."""
        reached: list[int] = []
        for head in heads:
            page = int(self.page[head])
            start = self.pages[page].start
            end = list_end(self.split[page], head - start)
            reached += range(head + 1, start + end)
        return reached


def read_sample(sketch: SiteSketch, cleaner: Cleaner) -> Sample:
    """The sample of a sketch, split and cleaned, in the order of the pages' hashes."""
    documents = [sketch.sample[page].document() for page in sorted(sketch.sample)]
    pages = split_all(documents)
    cleaned = list(cleaner.clean_many(documents))
    bounds = np.cumsum([0, *map(len, pages)]).tolist()
    texts = [text for page in pages for text in page.texts]
    words = find_words(np.concatenate([page.units for page in pages])) if texts else None
    keys = line_keys(words) if words is not None else np.zeros(0, dtype=np.uint64)
    counts = words.counts if words is not None else np.zeros(0, dtype=np.int64)
    verdicts = [verdict for some in cleaned for verdict in some.verdicts]
    probability = np.array([v.probability for v in verdicts], dtype=np.float32)
    sure = (probability >= _SURE) & (counts >= _LONG)
    ranges = [range(start, end) for start, end in pairwise(bounds)]
    title = np.zeros(len(texts), dtype=bool)
    by_path: dict[str, list[int]] = defaultdict(list)
    for page, lines in zip(pages, ranges, strict=True):
        name = set(page.title.lower().split())
        for line in lines:
            own = texts[line].lower().split()
            is_title = len(own) >= 3 and sum(word in name for word in own) >= _TITLE_SHARE * len(
                own
            )
            title[line] = is_title
        for place, ends in enumerate(line_paths(page)):
            named = next((end for end in ends[_STEPS - 1 :] if "." in end), None)
            if named:
                by_path[named].append(lines.start + place)
    by_key: dict[int, list[int]] = defaultdict(list)
    for line, key in enumerate(keys.tolist()):
        by_key[key].append(line)
    return Sample(
        split=pages,
        pages=ranges,
        page=np.repeat(np.arange(len(pages)), [len(page) for page in pages]),
        keys=keys,
        texts=texts,
        words=counts,
        probability=probability,
        keep=np.array([v.keep for v in verdicts], dtype=bool),
        kinds=[v.kind for v in verdicts],
        sure=sure,
        title=title,
        by_key=dict(by_key),
        by_path=dict(by_path),
    )
