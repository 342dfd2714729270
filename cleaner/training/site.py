"""Training of a site model: a few labelled pages of one site, and the base model as prior."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.sparse import csr_matrix

from cleaner.model.batch import Float32, make_batch
from cleaner.model.line_model import LineModel, View, page_threshold, score
from cleaner.model.site_features import SiteFeatures, line_keys, site_features
from cleaner.model.site_model import SiteModel, SiteWeights, digest, prior
from cleaner.model.tokens import UInt64
from cleaner.split import Page, split
from cleaner.training.site_corpus import SitePage, labels_of, word_counts
from cleaner.training.views import text_page
from cleaner.types import CleanerError, Gap

PENALTIES = (1.0, 2.0, 4.0, 8.0, 16.0)  # of the squared weights; chosen by leaving pages out
ONE_PAGE_PENALTY = 4.0  # of a site of which one page is labelled: nothing can be left out
_FOLDS = 8  # pages are left out one by one, or in so many groups
_MOST_SIGNS = 64
_MOST_WORDS = 40  # of a line that count in training


@dataclass(frozen=True, slots=True)
class Errors:
    """Wrong words of some pages: debris kept and body lost, and the words there are of each."""

    debris_kept: float = 0.0
    body_lost: float = 0.0
    debris: float = 0.0
    body: float = 0.0

    @property
    def wrong(self) -> float:
        """Wrong words as a share of the body's."""
        return (self.debris_kept + self.body_lost) / max(self.body, 1.0)

    def __add__(self, other: Errors) -> Errors:
        return Errors(
            self.debris_kept + other.debris_kept,
            self.body_lost + other.body_lost,
            self.debris + other.debris,
            self.body + other.body,
        )


@dataclass(frozen=True, slots=True)
class SiteTrained:
    """A site model, and the errors on pages held out from it, without and with its correction.

    With one page `after` is of that page itself, `held_out` is False, and nothing is proved.
    """

    model: SiteModel
    pages: int
    before: dict[str, Errors]
    after: dict[str, Errors]
    penalties: dict[str, float]
    held_out: bool

    @property
    def improves(self) -> bool:
        """Whether the corrections leave fewer wrong words on held-out pages than the base."""
        before = sum(errors.debris_kept + errors.body_lost for errors in self.before.values())
        after = sum(errors.debris_kept + errors.body_lost for errors in self.after.values())
        return after < before


@dataclass(frozen=True, slots=True)
class _Lines:
    """All lines of one part's pages: features, prior, labels; `pages[i]` is line `i`'s page."""

    features: SiteFeatures
    prior: Float32
    labels: Float32
    words: Float32
    pages: NDArray[np.int64]
    bounds: NDArray[np.int64]
    views: list[View]
    keys: UInt64


def train_site(
    pages: Sequence[SitePage],
    *,
    site: str,
    base: LineModel,
    seed: int = 0,
    progress: Callable[[str], None] = lambda message: None,
) -> SiteTrained:
    """A model of `site` from labelled pages of it, HTML or text.

    Pages of HTML also teach how to clean their text without the HTML. The penalty is the one
    of `PENALTIES` that leaves the fewest wrong words on pages left out.

    Raises:
        CleanerError: no page has a labelled line.
    """
    split_pages = [(split(page.document), page) for page in pages]
    labelled = [(page, labels_of(page, given.keep)) for page, given in split_pages if len(page)]
    labelled = [(page, labels) for page, labels in labelled if not np.isnan(labels).all()]
    if not labelled:
        raise CleanerError(f"{site}: no page with labelled lines to learn from")
    parts: dict[str, SiteWeights] = {}
    before: dict[str, Errors] = {}
    after: dict[str, Errors] = {}
    penalties: dict[str, float] = {}
    signs: list[UInt64] = []
    for part, members in _by_part(labelled).items():
        lines = _lines(members, base)
        progress(f"{part}: {len(members)} pages, {int((~np.isnan(lines.labels)).sum())} lines")
        penalties[part], before[part], after[part] = _choose(lines, base, seed)
        parts[part] = fit(lines, np.ones(len(lines.labels), dtype=bool), penalties[part])
        signs.append(_signs(lines))
    model = SiteModel(site, digest(base), parts, np.unique(np.concatenate(signs)))
    return SiteTrained(model, len(labelled), before, after, penalties, len(labelled) > 1)


def _by_part(
    labelled: Iterable[tuple[Page, Float32]],
) -> dict[str, list[tuple[Page, Float32]]]:
    parts: dict[str, list[tuple[Page, Float32]]] = {}
    for page, labels in labelled:
        if page.elements is not None:
            parts.setdefault("html", []).append((page, labels))
            gaps = [max(Gap(gap), Gap.LINE) for gap in page.gaps]
            page = text_page(list(page.texts), gaps)  # noqa: PLW2901
        parts.setdefault("text", []).append((page, labels))
    return parts


def _lines(members: Sequence[tuple[Page, Float32]], base: LineModel) -> _Lines:
    pages = [page for page, _ in members]
    scores = score(base, pages, [np.full(len(page), -1, dtype=np.int8) for page in pages])
    batch = make_batch(pages)
    probability = np.concatenate([some.probability for some in scores])
    return _Lines(
        features=site_features(batch, probability),
        prior=prior(probability),
        labels=np.concatenate([labels for _, labels in members]),
        words=np.concatenate([word_counts(page) for page in pages]),
        pages=batch.pages,
        bounds=batch.bounds,
        views=[some.view for some in scores],
        keys=line_keys(batch.words),
    )


def _choose(lines: _Lines, base: LineModel, seed: int) -> tuple[float, Errors, Errors]:
    """The best penalty, and the errors on pages left out without and with the correction."""
    count = len(lines.bounds) - 1
    nothing = np.zeros(len(lines.labels), dtype=np.float32)
    before = errors(lines, nothing, base)
    if count == 1:
        everything = np.ones(len(lines.labels), dtype=bool)
        weights = fit(lines, everything, ONE_PAGE_PENALTY)
        return ONE_PAGE_PENALTY, before, errors(lines, weights(lines.features), base)
    order = np.random.default_rng(seed).permutation(count)
    fold_of_page = np.empty(count, dtype=np.int64)
    fold_of_page[order] = np.arange(count) % min(count, _FOLDS)
    fold = fold_of_page[lines.pages]
    tried = []
    for penalty in PENALTIES:
        added = nothing.copy()
        for held in range(int(fold.max()) + 1):
            weights = fit(lines, fold != held, penalty)
            added[fold == held] = weights(lines.features)[fold == held]
        tried.append((errors(lines, added, base), penalty))
    best, penalty = min(tried, key=lambda one: (one[0].wrong, -one[1]))
    return penalty, before, best


def fit(lines: _Lines, chosen: NDArray[np.bool_], penalty: float) -> SiteWeights:
    """The weights that fit the labelled lines among `chosen`, with the prior as offset."""
    learned = chosen & ~np.isnan(lines.labels)
    some = learned[lines.features.rows]
    hashes, columns = np.unique(lines.features.hashes[some], return_inverse=True)
    place = np.cumsum(learned) - 1
    matrix = csr_matrix(
        (
            lines.features.values[some].astype(np.float64),
            (place[lines.features.rows[some]], columns),
        ),
        shape=(int(learned.sum()), len(hashes)),
    )
    offset = lines.prior[learned].astype(np.float64)
    target = lines.labels[learned].astype(np.float64)
    weight = np.sqrt(np.minimum(lines.words[learned], _MOST_WORDS).astype(np.float64))

    def loss(beta: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        odds = offset + matrix @ beta
        value = np.sum(weight * (np.logaddexp(0, odds) - target * odds))
        slope = matrix.T @ (weight * (1 / (1 + np.exp(-odds)) - target))
        return float(value + penalty * beta @ beta / 2), slope + penalty * beta

    found = minimize(
        loss, np.zeros(len(hashes)), jac=True, method="L-BFGS-B",
        options={"maxiter": 60, "ftol": 1e-6},
    ).x.astype(np.float32)  # fmt: skip
    told = np.abs(found) > 1e-3
    return SiteWeights(hashes[told], found[told])


def errors(lines: _Lines, added: Float32, base: LineModel) -> Errors:
    """The wrong words of all labelled lines with `added` on top of the prior."""
    probability = (1 / (1 + np.exp(-(lines.prior + added)))).astype(np.float32)
    total = Errors()
    for number, view in enumerate(lines.views):
        at = slice(lines.bounds[number], lines.bounds[number + 1])
        threshold = page_threshold(
            view, probability[at], lines.words[at].astype(np.int64), base.views[view].threshold
        )
        total += count_errors(probability[at] >= threshold, lines.labels[at], lines.words[at])
    return total


def count_errors(keep: NDArray[np.bool_], labels: Float32, words: Float32) -> Errors:
    """The wrong words of one page's labelled lines."""
    known = ~np.isnan(labels)
    body = np.where(known, labels, 0) * words
    debris = np.where(known, 1 - labels, 0) * words
    return Errors(
        float(debris[keep].sum()), float(body[~keep].sum()), float(debris.sum()), float(body.sum())
    )


def _signs(lines: _Lines) -> UInt64:
    """The keys of lines that stand on most of the pages, the commonest first of many."""
    count = len(lines.bounds) - 1
    pairs = np.unique(np.stack([lines.keys, lines.pages.astype(np.uint64)]), axis=1)
    keys, pages = np.unique(pairs[0], return_counts=True)
    has_words = np.unique(lines.keys[lines.words >= 2])
    common = np.isin(keys, has_words) & (pages >= max(2, 0.5 * count) if count > 1 else pages >= 1)
    keys, pages = keys[common], pages[common]
    return keys[np.argsort(-pages, kind="stable")][:_MOST_SIGNS]
