"""Training of a site model: a few labelled pages of one site, and the base model as prior."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.sparse import csr_matrix

from cleaner.model.batch import Float32, make_batch
from cleaner.model.line_model import LineModel, View, page_threshold, score
from cleaner.model.site_features import GROUPS, SiteFeatures, line_keys, site_features
from cleaner.model.site_model import SiteModel, SiteWeights, prior
from cleaner.model.store import digest
from cleaner.model.tokens import UInt64, find_words
from cleaner.split import Page, split
from cleaner.split.page import text_page
from cleaner.training.site_corpus import SitePage, labels_of, word_counts
from cleaner.types import CleanerError, Gap

PENALTIES = (1.0, 2.0, 4.0, 8.0, 16.0)  # of the squared weights; chosen by leaving pages out
ONE_PAGE_PENALTY = 2.0  # of a site of which one page is labelled: nothing can be left out
_LOST = 2.0  # words of debris kept that are as bad as a word of the text lost
_FOLDS = 8  # pages are left out one by one, or in so many groups
_MOST_SIGNS = 64
_MOST_ANCHORS = 256
_ANCHOR_SHARE = 0.3  # of the pages, from which on a line that stands on them is an anchor
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
class Choice:
    """The penalty chosen for a part, the errors without and with the correction, and its gains.

    `gains` (pages,) are by how many words each page is better, as `gains` counts them.
    """

    penalty: float
    before: Errors
    after: Errors
    gains: NDArray[np.float64]


def is_gain(gains: NDArray[np.float64]) -> bool:
    """Whether the mean of `gains` over pages is above 0 by more than its standard error.

    On a handful of pages a model that does harm elsewhere may by chance be a little better.
    """
    error = gains.std(ddof=1) / np.sqrt(len(gains)) if len(gains) > 1 else 0.0
    return bool(gains.mean() > error)


@dataclass(frozen=True, slots=True)
class SiteTrained:
    """A site model, and by part what was chosen for it on pages held out.

    `gains` (pages,) are those of all parts together: a page as HTML and as text is one page. With
    one page that is of that page itself, `held_out` is False, and nothing is proved.
    """

    model: SiteModel
    pages: int
    choices: dict[str, Choice]
    gains: NDArray[np.float64]
    held_out: bool

    @property
    def improves(self) -> bool:
        """Whether the corrections are a gain, beyond what differs by chance."""
        return is_gain(self.gains)


@dataclass(frozen=True, slots=True)
class Lines:
    """All lines of some pages of one part: features, the base model's log-odds, labels, words.

    `bounds[p]:bounds[p + 1]` are the lines of page `p`, which is seen as `views[p]`. `keys` are
    those of `line_keys`.
    """

    features: SiteFeatures
    prior: Float32
    labels: Float32
    words: Float32
    bounds: NDArray[np.int64]
    views: tuple[View, ...]
    keys: UInt64

    @property
    def pages(self) -> NDArray[np.int64]:
        """Per line the number of its page."""
        return np.repeat(np.arange(len(self.views)), np.diff(self.bounds))


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
    of `PENALTIES` that gains most on pages left out.

    Raises:
        CleanerError: no page has a labelled line.
    """
    split_pages = [(split(page.document), page) for page in pages]
    labelled = [(page, labels_of(page, given.keep)) for page, given in split_pages if len(page)]
    labelled = [(page, labels) for page, labels in labelled if not np.isnan(labels).all()]
    if not labelled:
        raise CleanerError(f"{site}: no page with labelled lines to learn from")
    parts: dict[str, SiteWeights] = {}
    choices: dict[str, Choice] = {}
    gains = np.zeros(len(labelled))
    has_html = np.array([page.elements is not None for page, _ in labelled])
    signs: list[UInt64] = []
    anchors = anchor_lines([page for page, _ in labelled])
    for part, members in _by_part(labelled).items():
        lines = join([prepare(page, labels, base, anchors=anchors) for page, labels in members])
        progress(f"{part}: {len(members)} pages, {int((~np.isnan(lines.labels)).sum())} lines")
        choices[part] = choose(lines, base, seed)
        gains[has_html if part == "html" else slice(None)] += choices[part].gains
        parts[part] = fit(lines, np.ones(len(lines.labels), dtype=bool), choices[part].penalty)
        signs.append(common_lines(lines))
    model = SiteModel(site, digest(base), parts, np.unique(np.concatenate(signs)), anchors)
    return SiteTrained(model, len(labelled), choices, gains, len(labelled) > 1)


def _by_part(
    labelled: Iterable[tuple[Page, Float32]],
) -> dict[str, list[tuple[Page, Float32]]]:
    """The pages by what they teach; those of HTML teach both parts."""
    parts: dict[str, list[tuple[Page, Float32]]] = {}
    for page, labels in labelled:
        if page.elements is not None:
            parts.setdefault("html", []).append((page, labels))
        parts.setdefault("text", []).append((without_html(page), labels))
    return parts


def without_html(page: Page) -> Page:
    """The text of a page as a page of its own, line by line the same."""
    if page.elements is None:
        return page
    return text_page(list(page.texts), [max(gap, Gap.LINE) for gap in page.gaps.tolist()])


def prepare(
    page: Page,
    labels: Float32,
    base: LineModel,
    groups: Collection[str] = GROUPS,
    anchors: UInt64 | None = None,
) -> Lines:
    """The lines of one page with what a site model learns from.

    These are the features of all `groups`, those between `anchors` (`anchor_lines`) among them.
    """
    [scores] = score(base, [page], [np.full(len(page), -1, dtype=np.int8)])
    batch = make_batch([page])
    return Lines(
        features=site_features(batch, scores.probability, groups, anchors),
        prior=prior(scores.probability),
        labels=labels,
        words=word_counts(page),
        bounds=np.array([0, len(page)]),
        views=(scores.view,),
        keys=line_keys(batch.words),
    )


def join(parts: Sequence[Lines]) -> Lines:
    """The lines of several pages as one."""
    offsets = np.cumsum([0, *(part.features.lines for part in parts)])
    features = [part.features for part in parts]
    return Lines(
        features=SiteFeatures(
            rows=np.concatenate([f.rows + o for f, o in zip(features, offsets, strict=False)]),
            hashes=np.concatenate([f.hashes for f in features]),
            values=np.concatenate([f.values for f in features]),
            lines=int(offsets[-1]),
        ),
        prior=np.concatenate([part.prior for part in parts]),
        labels=np.concatenate([part.labels for part in parts]),
        words=np.concatenate([part.words for part in parts]),
        bounds=np.concatenate(
            [[0], *(part.bounds[1:] + o for part, o in zip(parts, offsets, strict=False))]
        ),
        views=tuple(view for part in parts for view in part.views),
        keys=np.concatenate([part.keys for part in parts]),
    )


def choose(lines: Lines, base: LineModel, seed: int) -> Choice:
    """The penalty that gains most on pages left out."""
    count = len(lines.views)
    nothing = np.zeros(len(lines.labels), dtype=np.float32)
    if count == 1:
        everything = np.ones(len(lines.labels), dtype=bool)
        weights = fit(lines, everything, ONE_PAGE_PENALTY)
        return _choice(ONE_PAGE_PENALTY, lines, weights(lines.features), base)
    order = np.random.default_rng(seed).permutation(count)
    fold_of_page = np.empty(count, dtype=np.int64)
    fold_of_page[order] = np.arange(count) % min(count, _FOLDS)
    fold = fold_of_page[lines.pages]
    added = {penalty: nothing.copy() for penalty in PENALTIES}
    for held in range(int(fold.max()) + 1):
        at = fold == held
        for penalty, weights in fit_path(lines, ~at, PENALTIES):
            added[penalty][at] = weights(lines.features)[at]
    tried = [_choice(penalty, lines, added[penalty], base) for penalty in PENALTIES]
    return max(tried, key=lambda one: (one.gains.sum(), one.penalty))


def _choice(penalty: float, lines: Lines, added: Float32, base: LineModel) -> Choice:
    """What `added` on top of the prior changes."""
    before, after = (keeps(lines, some, base) for some in (np.zeros_like(added), added))
    change = gains(before, after, lines.labels, lines.words)
    return Choice(
        penalty,
        count_errors(before, lines.labels, lines.words),
        count_errors(after, lines.labels, lines.words),
        np.bincount(lines.pages, change, len(lines.views)).astype(np.float64),
    )


def gains(
    before: NDArray[np.bool_], after: NDArray[np.bool_], labels: Float32, words: Float32
) -> NDArray[np.float64]:
    """By how many words what is kept of each line `after` is better than what was `before`.

    A word of the text that is lost or found again counts twice: a model that loses what people
    came for is none, whatever else it removes. Lines without a label gain nothing.
    """
    body = np.nan_to_num(labels, nan=0.5).astype(np.float64)
    worth = words * (body - (1 - body))
    worth[worth > 0] *= _LOST
    return np.asarray(worth * (after.astype(np.int8) - before.astype(np.int8)))


def fit(lines: Lines, chosen: NDArray[np.bool_], penalty: float) -> SiteWeights:
    """The weights that fit the labelled lines among `chosen`, with the prior as offset."""
    [(_, weights)] = fit_path(lines, chosen, [penalty])
    return weights


def fit_path(
    lines: Lines, chosen: NDArray[np.bool_], penalties: Sequence[float]
) -> Iterator[tuple[float, SiteWeights]]:
    """The weights for each of several penalties, from the strictest to the loosest."""
    learned = chosen & ~np.isnan(lines.labels)
    some = learned[lines.features.rows]
    hashes, columns = np.unique(lines.features.hashes[some], return_inverse=True)
    rows = (np.cumsum(learned) - 1)[lines.features.rows[some]]
    matrix = csr_matrix(
        (lines.features.values[some].astype(np.float64), (rows, columns)),
        shape=(int(learned.sum()), len(hashes)),
    )
    across = matrix.T.tocsr()
    offset = lines.prior[learned].astype(np.float64)
    target = lines.labels[learned].astype(np.float64)
    weight = np.sqrt(np.minimum(lines.words[learned], _MOST_WORDS).astype(np.float64))
    beta = np.zeros(len(hashes))
    for penalty in sorted(penalties, reverse=True):

        def loss(
            beta: NDArray[np.float64], penalty: float = penalty
        ) -> tuple[float, NDArray[np.float64]]:
            odds = offset + matrix @ beta
            value = np.sum(weight * (np.logaddexp(0, odds) - target * odds))
            slope = across @ (weight * (1 / (1 + np.exp(-odds)) - target))
            return float(value + penalty * beta @ beta / 2), slope + penalty * beta

        beta = minimize(
            loss, beta, jac=True, method="L-BFGS-B", options={"maxiter": 50, "ftol": 1e-5}
        ).x
        found = beta.astype(np.float32)
        told = np.abs(found) > 1e-3
        yield penalty, SiteWeights(hashes[told], found[told])


def keeps(lines: Lines, added: Float32, base: LineModel) -> NDArray[np.bool_]:
    """Per line, whether it is kept with `added` on top of the prior."""
    probability = (1 / (1 + np.exp(-(lines.prior + added)))).astype(np.float32)
    keep = np.zeros(len(probability), dtype=bool)
    for number, view in enumerate(lines.views):
        at = slice(lines.bounds[number], lines.bounds[number + 1])
        words = lines.words[at].astype(np.int64)
        limit = page_threshold(view, probability[at], words, base.views[view].threshold)
        keep[at] = probability[at] >= limit
    return keep


def count_errors(keep: NDArray[np.bool_], labels: Float32, words: Float32) -> Errors:
    """The wrong words of labelled lines."""
    known = ~np.isnan(labels)
    body = np.where(known, labels, 0) * words
    debris = np.where(known, 1 - labels, 0) * words
    return Errors(
        float(debris[keep].sum()), float(body[~keep].sum()), float(debris.sum()), float(body.sum())
    )


def anchor_lines(pages: Sequence[Page]) -> UInt64:
    """The keys, in rising order, of lines that stand on a good part of a site's pages.

    None of a single page.
    """
    filled = [page for page in pages if len(page)]
    if len(filled) < 2:
        return np.zeros(0, dtype=np.uint64)
    words = find_words(np.concatenate([page.units for page in filled]))
    of_page = np.repeat(np.arange(len(filled)), [len(page) for page in filled])
    has_words = words.counts > 0
    pairs = np.stack([line_keys(words), of_page.astype(np.uint64)])[:, has_words]
    keys, counts = np.unique(np.unique(pairs, axis=1)[0], return_counts=True)
    common = counts >= max(2, _ANCHOR_SHARE * len(filled))
    keys, counts = keys[common], counts[common]
    return np.sort(keys[np.argsort(-counts, kind="stable")][:_MOST_ANCHORS])


def common_lines(lines: Lines) -> UInt64:
    """The keys of lines that stand on most of the pages: what the site is known by."""
    count = len(lines.views)
    pairs = np.unique(np.stack([lines.keys, lines.pages.astype(np.uint64)]), axis=1)
    keys, pages = np.unique(pairs[0], return_counts=True)
    has_words = np.unique(lines.keys[lines.words >= 2])
    common = np.isin(keys, has_words) & (pages >= max(2, 0.5 * count) if count > 1 else pages >= 1)
    keys, pages = keys[common], pages[common]
    return keys[np.argsort(-pages, kind="stable")][:_MOST_SIGNS]
