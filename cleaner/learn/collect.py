"""Pages to sketches: every page's lines are counted for its site, and a few pages are kept."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date

import numpy as np

from cleaner.host import is_domain, site_of
from cleaner.learn.sketch import SiteSketch
from cleaner.model.site_features import line_keys
from cleaner.model.tokens import Int64, UInt64, find_words, mix
from cleaner.split import Page, split_all
from cleaner.types import Document

SPLIT_SIZE = 1 << 20  # characters of pages that are split at once
_BATCH_LINES = 8192
_PENDING_LINES = 500_000  # lines of all sites that wait to be counted
_LONGEST = 3  # of a page's lines that must be the same in a twin
_DATE_FIELDS = ("date", "published", "publish_date", "date_published", "timestamp", "crawled")
_DATE = re.compile(
    r"(?<!\d)((?:19|20)\d\d)(?:([-/.])(\d\d?)\2(\d\d?)|(\d\d)(\d\d))(?!\d)"  # or all in a row
)
_EPOCH = date(1970, 1, 1).toordinal()


class Collector:
    """Sketches by site, from pages as they come."""

    def __init__(self, sketches: Iterable[SiteSketch] = ()) -> None:
        self.sketches: dict[str, SiteSketch] = {sketch.site: sketch for sketch in sketches}
        self._unsplit: list[tuple[str, Document]] = []
        self._batch: list[tuple[str, Document, Page]] = []
        self._size = self._lines = self._pending = 0

    def add(self, document: Document, *, site: str | None = None) -> bool:
        """Take in a page of `site`, or else of its URL's host; False if it is of neither."""
        name = site_of(site or document.url or "")
        is_site = is_domain(name)
        if is_site:
            self._unsplit.append((name, document))
            self._size += len(document.content)
            if self._size >= SPLIT_SIZE:
                self._split()
        return is_site

    def add_split(self, document: Document, page: Page, *, site: str) -> None:
        """Take in a page that is split already."""
        if len(page):
            self._batch.append((site, document, page))
            self._lines += len(page)
            if self._lines >= _BATCH_LINES:
                self._count()

    def finish(self) -> list[SiteSketch]:
        """All sketches, by name, with every page counted."""
        self._split()
        self._count()
        self._settle()
        return [self.sketches[site] for site in sorted(self.sketches)]

    def _split(self) -> None:
        pages = split_all([document for _, document in self._unsplit])
        for (site, document), page in zip(self._unsplit, pages, strict=True):
            self.add_split(document, page, site=site)
        self._unsplit, self._size = [], 0

    def _settle(self) -> None:
        for sketch in self.sketches.values():
            sketch.settle()
        self._pending = 0

    def _count(self) -> None:
        if not self._batch:
            return
        words = find_words(np.concatenate([page.units for _, _, page in self._batch]))
        keys, has_words = line_keys(words), words.counts > 0
        sizes = words.counts
        start = 0
        for site, document, page in self._batch:
            end = start + len(page)
            own = keys[start:end][has_words[start:end]]
            self._count_page(site, document, page, own, sizes[start:end][has_words[start:end]])
            start = end
        self._pending += self._lines
        self._batch, self._lines = [], 0
        if self._pending >= _PENDING_LINES:
            self._settle()

    def _count_page(
        self, site: str, document: Document, page: Page, keys: UInt64, sizes: Int64
    ) -> None:
        if not len(keys):
            return
        sketch = self.sketches.get(site)
        if sketch is None:
            sketch = self.sketches[site] = SiteSketch(site)
        # Sums of mixed hashes: the same whatever the order.
        whole = int(mix(keys, 51).sum(dtype=np.uint64))
        longest = np.argsort(-sizes, kind="stable")[:_LONGEST]
        signature = int(mix(np.unique(keys[longest]), 52).sum(dtype=np.uint64))
        if sketch.add(whole, np.unique(keys), signature, day_of(document)):
            sketch.keep(whole, document, page.format)


def day_of(document: Document) -> int | None:
    """The day a page is from, counted from 1970, by a field of its record or by its URL.

    >>> day_of(Document("", url="https://example.org/1970/01/03/ice")), day_of(Document(""))
    (2, None)
    """
    places = [document.fields.get(name) for name in _DATE_FIELDS]
    for place in (*places, document.url):
        if isinstance(place, str) and (found := _DATE.search(place)):
            try:
                year, month, day = found[1], found[3] or found[5], found[4] or found[6]
                return date(int(year), int(month), int(day)).toordinal() - _EPOCH
            except ValueError:  # 31 February
                continue
    return None
