"""Labelled pages to the lines a model learns from: every view of every page, as columns."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from cleaner.model.batch import Batch, Float32, make_batch
from cleaner.model.line_model import WORD_VIEWS
from cleaner.model.line_model import View as ViewName
from cleaner.model.sums import page_sums
from cleaner.split import split
from cleaner.training.align import align, tokens
from cleaner.training.corpus import GoldPage
from cleaner.training.disguise import ciphered, commented, unnamed
from cleaner.training.extracted import Left
from cleaner.training.views import BODY, Salt, View, conventions, dump, residue, salted

_MIN_FOUND = 0.7  # share of a gold's words found on its page; below, the label is no label
_RESIDUES = 4  # residue views a page, all but one of them salted
_DRESSES = 5  # of so many pages one each is seen without class words, ciphered and commented
_OPENING = 60  # characters from which a line may open an article
_LONGEST_OPENING = 600
_CIPHERED = 0.12  # of the residues, as if in a language that no training page has
_LEAST_BODY = 30  # words; a page with less body counts as if it had about so much
_LEAST_PAGE = 0.05  # of the median page's weight; a smaller page counts as if it had so much
_MOST_LINES = 400  # of a page that count in training; of a longer one as many at random


@dataclass(frozen=True, slots=True)
class Labelled:
    """A split page with its labels, and what groups and describes it."""

    view: View
    group: str
    language: str
    gold_page: GoldPage


@dataclass(frozen=True, slots=True)
class Dataset:
    """All lines of one view of a corpus: a batch with labels, weights and folds per line.

    `origin[p]` is the labelled page that page `p` of the batch was made from; of several made
    from one, the first is the plainest. `extracted` says of each line whether an extractor
    left it, rather than we made it up.
    """

    batch: Batch
    labels: Float32
    weights: Float32
    folds: NDArray[np.int64]
    origin: NDArray[np.int64]
    extracted: NDArray[np.bool_]

    @property
    def is_body(self) -> NDArray[np.bool_]:
        """Per line, whether its label makes it body."""
        return np.asarray(self.labels >= BODY)

    def rows(self, *, without: int | None = None) -> NDArray[np.intp]:
        """The lines that have a weight, all or without those of one fold."""
        chosen = self.weights > 0
        if without is not None:
            chosen = chosen & (self.folds != without)
        return np.flatnonzero(chosen)


def label_pages(pages: Iterable[GoldPage]) -> list[Labelled]:
    """Split and align `pages`; those whose gold is not of the page are left out."""
    labelled = []
    for gold_page in pages:
        page = split(gold_page.document)
        if not len(page) or gold_page.suspect:
            continue
        labels, found = align(page.texts, gold_page.gold)
        if found < _MIN_FOUND:
            continue
        counts = np.array([len(tokens(text)) for text in page.texts])
        # A line that gold holds half of says little either way.
        certainty = np.maximum(np.abs(2 * np.nan_to_num(labels, nan=0.5) - 1), 0.1)
        weights = np.where(np.isnan(labels), 0, np.sqrt(counts) * certainty).astype(np.float32)
        view = View(page, np.nan_to_num(labels), weights)
        labelled.append(Labelled(view, gold_page.group, gold_page.language[:2], gold_page))
    return labelled


def titles_by_language(pages: Sequence[Labelled]) -> dict[str, list[str]]:
    """Page titles by language, without the site's name."""
    titles: dict[str, list[str]] = defaultdict(list)
    for page in pages:
        title = re.split(r"\s[|–—-]\s", page.view.page.title)[0].strip()
        if len(title) > 15:
            titles[page.language].append(title)
    titles["en"] = titles["en"] or [title for some in titles.values() for title in some]
    return dict(titles)


def openings_by_language(pages: Sequence[Labelled]) -> dict[str, list[str]]:
    """The first long body line of each page, by language."""
    openings: dict[str, list[str]] = defaultdict(list)
    for page in pages:
        texts, labels = page.view.page.texts, page.view.labels
        for text, label in zip(texts, labels, strict=True):
            if label >= BODY and len(text) > _OPENING:
                openings[page.language].append(text[:_LONGEST_OPENING])
                break
    return dict(openings)


def make_datasets(
    pages: Sequence[Labelled],
    folds: NDArray[np.int64],
    salt: Salt,
    rng: np.random.Generator,
    *,
    left: Left | None = None,
) -> dict[ViewName, Dataset]:
    """The lines of all views of `pages`, some of them in other dress, by view.

    `left` is what extractors left of the pages, to learn residue from besides. Markdown is learned
    from the same dumps, with what is linked, a heading or an item.
    """
    views: dict[ViewName, list[View]] = {view: [] for view in WORD_VIEWS}
    origins: dict[ViewName, list[int]] = {view: [] for view in WORD_VIEWS}
    # Each draws by itself: what is drawn for one changes nothing in the others.
    rngs = dict(zip(WORD_VIEWS, rng.spawn(len(WORD_VIEWS)), strict=True))
    real: set[int] = set()  # views of residue that an extractor left

    talk = [
        text
        for page in pages
        if page.gold_page.page_type == "forum"
        for text, label in zip(page.view.page.texts, page.view.labels, strict=True)
        if label >= BODY
    ] or [title for titles in salt.titles.values() for title in titles]

    def add(name: ViewName, view: View, origin: int) -> None:
        views[name].append(view)
        origins[name].append(origin)

    for number, page in enumerate(pages):
        add("html", page.view, number)
        dress = number % _DRESSES
        if dress == 0:
            add("html", unnamed(page.view), number)
        elif dress == 1:
            add("html", ciphered(page.view, rngs["html"]), number)
        elif dress == 2 and page.gold_page.page_type == "article":
            add("html", commented(page.view, talk, rngs["html"]), number)
        add("dump", dump(page.view, rngs["dump"]), number)
        by_convention = conventions(page.view.page)
        rng = rngs["residue"]
        for copy in range(_RESIDUES):
            some = residue(page.view, by_convention, rng)
            if some is not None:
                if copy:
                    some = salted(some, salt, page.language, rng)
                add("residue", ciphered(some, rng) if rng.random() < _CIPHERED else some, number)
        for some in left.views(page.gold_page, page.view, by_convention, rng) if left else ():
            real.add(len(views["residue"]))
            add("residue", some, number)
            if rng.random() < _CIPHERED:
                add("residue", ciphered(some, rng), number)
    datasets = {
        name: _dataset(
            views[name],
            origins[name],
            folds,
            rngs[name],
            real=real if name == "residue" else (),
            evened=name != "residue",
        )
        for name in WORD_VIEWS
    }
    datasets["markdown"] = datasets["dump"]
    unmarked: tuple[ViewName, ...] = ("dump", "residue")
    for name in unmarked:
        data = datasets[name]
        datasets[name] = replace(data, batch=replace(data.batch, marks=None))
    return datasets


def _dataset(
    views: list[View],
    origins: list[int],
    folds: NDArray[np.int64],
    rng: np.random.Generator,
    *,
    real: Collection[int],
    evened: bool,
) -> Dataset:
    batch = make_batch([view.page for view in views])
    weights = np.concatenate([_thinned(view.weights, rng) for view in views])
    labels = np.concatenate([view.labels for view in views])
    origin = np.array(origins)
    extracted = np.isin(np.arange(len(views)), np.array(sorted(real), dtype=np.int64))
    return Dataset(
        batch=batch,
        labels=labels,
        weights=_evened(batch, labels, weights) if evened else weights,
        folds=folds[origin][batch.pages],
        origin=origin,
        extracted=extracted[batch.pages],
    )


def _evened(batch: Batch, labels: Float32, weights: Float32) -> Float32:
    """`weights` so that pages count more alike, as they do in a mean of the pages' F1.

    A line of a page with little body moves its F1 more than one of a page with much.
    """
    words = batch.words.counts
    body = page_sums(batch, words * (labels >= BODY))
    whole = page_sums(batch, weights)
    whole = np.maximum(whole / np.median(whole[whole > 0]), _LEAST_PAGE)
    scale = (body + _LEAST_BODY) ** -0.5 * whole**-0.25
    evened = weights * scale[batch.pages]
    return np.asarray(evened * (weights.sum() / evened.sum()), dtype=np.float32)


def _thinned(weights: Float32, rng: np.random.Generator) -> Float32:
    """`weights` of a page with all but `_MOST_LINES` at random set to 0, the rest raised."""
    if len(weights) <= _MOST_LINES:
        return weights
    kept = np.zeros_like(weights)
    chosen = rng.permutation(len(weights))[:_MOST_LINES]
    kept[chosen] = weights[chosen] * (len(weights) / _MOST_LINES)
    return kept
