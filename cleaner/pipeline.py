"""The stages in order: split, rules, score, decide."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cache
from numbers import Real
from pathlib import Path
from typing import get_args

import numpy as np
from numpy.typing import NDArray

from cleaner import fronts, guard
from cleaner.decide import NO_VERDICTS, Policy, Verdicts, decide, flags
from cleaner.host import site_of
from cleaner.model.line_model import LineModel, Scores, score
from cleaner.model.site_model import SiteModel, correct
from cleaner.model.site_store import SiteModels
from cleaner.model.store import load_model
from cleaner.rules import Rulings, TemplateSet, load_templates, shipped_templates
from cleaner.split import Lines, Page, split_all
from cleaner.types import SUSPICIOUS, Cleaned, CleanerError, Document, Format

SPLIT_SIZE = 1_000_000  # characters or bytes split at once; more at once is no faster
BATCH_LINES = 4096  # lines scored at once; larger batches cost memory and gain little
_BATCH_SIZE = 32_000_000  # characters or bytes of a batch's documents, few of whose lines are text
_FORMATS = (None, *get_args(Format))
_LEAST_SIZE = 1000  # as which a small document counts, that lists of them end too


class Cleaner:
    """Cleans documents, one or many; reusable, picklable, not changed by use.

    Args:
        model: the name of a shipped model, or the path of a model's folder.
        threshold: the probability from which a line is kept, in 0 to 1; the model's own
            choice, which depends on the view and the page, when left out.
        keep: kinds that are kept whatever the model or a rule says.
        drop: kinds that are dropped likewise. By-lines and credits are, unless kept.
        templates: whether templates of known sites and platforms are used.
        sites: a folder of the user's own templates, used besides the shipped ones.
        site: the domain whose templates and site model apply to all documents, besides the
            templates of what their URLs say.
        on_suspicion: what happens to a page that loses more of its body than is usual: it is
            flagged, or flagged and left whole (`keep`).
        usual: for sites, by host without `www.`, the share of its text that a page usually
            loses at most; see `cleaner.report.usual_losses`.
        models: a folder of site models, as `clean train --site` writes them. A page is given
            the one of `site`, else of its URL's host, else, without a URL, the one whose site
            its lines are from.
        front: another extractor, which takes the text from HTML before it is cleaned; one of
            `cleaner.fronts.FRONTS`.

    Raises:
        CleanerError: an argument that makes no sense, a model or template that does not load.
    """

    def __init__(
        self,
        *,
        model: str | Path = "base",
        threshold: float | None = None,
        keep: Collection[str] = (),
        drop: Collection[str] = (),
        templates: bool = True,
        sites: str | Path | None = None,
        site: str | None = None,
        on_suspicion: guard.OnSuspicion = "flag",
        usual: Mapping[str, float] | None = None,
        models: str | Path | None = None,
        front: str | None = None,
    ) -> None:
        if threshold is not None and not (_is_number(threshold) and 0 <= threshold <= 1):
            raise CleanerError(f"threshold {threshold!r}: expected a number from 0 to 1")
        for kinds in (keep, drop):
            if isinstance(kinds, str) or not (
                isinstance(kinds, Collection) and all(isinstance(kind, str) for kind in kinds)
            ):
                raise CleanerError(f"{kinds!r}: expected several kinds, as ['caption']")
        if on_suspicion not in get_args(guard.OnSuspicion):
            raise CleanerError(f"on_suspicion {on_suspicion!r}: expected flag or keep")
        for name, place in (("model", model), ("sites", sites), ("models", models)):
            is_path = isinstance(place, str | Path) and place != ""  # which is the folder one is in
            if not is_path and (place is not None or name == "model"):
                raise CleanerError(f"{name} {place!r}: expected a path")
        if not isinstance(templates, bool | np.bool_):
            raise CleanerError(f"templates {templates!r}: expected True or False")
        if not isinstance(site, str | None):
            raise CleanerError(f"site {site!r}: expected a domain")
        try:
            usual = dict(usual or {})
        except (TypeError, ValueError):
            raise CleanerError(f"usual {usual!r}: expected hosts and shares") from None
        for host, share in usual.items():
            if not (isinstance(host, str) and _is_number(share) and 0 <= share <= 1):
                raise CleanerError(f"usual {{{host!r}: {share!r}}}: expected hosts and shares")
        self.model = model
        self.threshold = threshold
        self.policy = Policy(frozenset(keep), frozenset(drop))
        self.site = site
        self.on_suspicion = on_suspicion
        self.usual = {site_of(site) or site: share for site, share in usual.items()}
        self.front = front
        if front is not None:
            fronts.extractor(front)  # that it is missing is told now
        own = load_templates(Path(sites)) if sites is not None else ()
        shipped = shipped_templates() if templates else ()
        self._templates = TemplateSet([*shipped, *own])
        self._line_model: LineModel = load_model(model)
        self._site_models = (
            SiteModels(Path(models), self._line_model) if models is not None else None
        )

    def __repr__(self) -> str:
        return f"<Cleaner {self._line_model.name}>"

    def clean(self, document: Document) -> Cleaned:
        """The lines of one document with their verdicts."""
        return next(self.clean_many([document]))

    def clean_many(self, documents: Iterable[Document]) -> Iterator[Cleaned]:
        """The same for many documents, in their order, with lines scored across documents.

        Documents are taken and results given as they come: memory holds one batch. What
        `documents` raise is raised once all that came before it is given.
        """
        failures: list[Exception] = []
        batch: list[tuple[Document, Page]] = []
        lines = size = 0
        for some in _by_size(_up_to_failure(documents, failures)):
            pages = split_all(some) if self.front is None else _split_behind(self.front, some)
            batch += zip(some, pages, strict=True)
            lines += sum(len(page) + 1 for page in pages)
            size += sum(len(document.content) for document in some)
            if lines >= BATCH_LINES or size >= _BATCH_SIZE:
                yield from self._clean_batch(batch)
                batch, lines, size = [], 0, 0
        yield from self._clean_batch(batch)
        for failure in failures:
            raise failure

    def _clean_batch(self, batch: Sequence[tuple[Document, Page]]) -> Iterator[Cleaned]:
        rulings = [
            self._templates.rulings(page, url=document.url, site=self.site)
            for document, page in batch
        ]
        verdicts = iter(
            self._verdicts(
                [page for _, page in batch if len(page)],
                [ruling for ruling in rulings if len(ruling)],
                [self._site_model(document, page) for document, page in batch if len(page)],
            )
        )
        unruled = self._unruled([page for _, page in batch], rulings)
        for number, (document, page) in enumerate(batch):
            decided = next(verdicts) if len(page) else NO_VERDICTS
            loss, share = guard.losses(page.sizes, decided, unruled.get(number))
            usual = self.usual.get(site_of(document.url or "") or site_of(self.site or ""), 1)
            is_suspicious = loss >= guard.USUAL_LOSS or share > usual
            if is_suspicious and self.on_suspicion == "keep":
                decided = guard.whole(decided)
            yield Cleaned(
                document=document,
                format=page.format,
                lines=Lines(page),
                verdicts=decided,
                text=page.join(decided.keep),
                title=page.title if self.front is None else fronts.title(document),
                flags=(
                    *flags(document, decided.keep),
                    *((SUSPICIOUS,) if is_suspicious else ()),
                ),
                loss=round(loss, 6),  # a sum whose last bits depend on the batch
            )

    def _unruled(
        self, pages: Sequence[Page], rulings: Sequence[Rulings]
    ) -> dict[int, NDArray[np.float32]]:
        """The probabilities of the lines of pages that rules cut down, as without the rules."""
        cut = [n for n, some in enumerate(rulings) if guard.is_cut_down(pages[n].sizes, some)]
        silent = [np.full(len(pages[number]), -1, dtype=np.int8) for number in cut]
        scored = score(self._line_model, [pages[number] for number in cut], silent)
        return {n: each.probability for n, each in zip(cut, scored, strict=True)}

    def _site_model(self, document: Document, page: Page) -> SiteModel | None:
        if self._site_models is None:
            return None
        return self._site_models.find(page, url=document.url, site=self.site)

    def _verdicts(
        self,
        pages: Sequence[Page],
        rulings: Sequence[Rulings],
        sites: Sequence[SiteModel | None],
    ) -> list[Verdicts]:
        """The verdicts of pages that all hold lines, with the site models that correct them."""
        if not pages:
            return []
        scored = score(self._line_model, pages, [ruling.keeps() for ruling in rulings])
        scored = self._corrected(pages, scored, sites)
        if self.threshold is not None:
            scored = [replace(scores, threshold=self.threshold) for scores in scored]
        name = f"model:{self._line_model.name}"
        names = [f"{name}+{site.site}" if site else name for site in sites]
        return decide(pages, scored, rulings, self.policy, names)

    def _corrected(
        self, pages: Sequence[Page], scored: list[Scores], sites: Sequence[SiteModel | None]
    ) -> list[Scores]:
        """`scored` with the corrections of the pages' site models, site by site."""
        of_site: dict[str, list[int]] = {}
        for number, site in enumerate(sites):
            if site is not None:
                of_site.setdefault(site.site, []).append(number)
        for members in of_site.values():
            site = sites[members[0]]
            assert site is not None
            some = [pages[number] for number in members]
            before = [scored[number] for number in members]
            after = correct(site, self._line_model, some, before)
            for number, scores in zip(members, after, strict=True):
                scored[number] = scores
        return scored


def _split_behind(front: str, documents: Sequence[Document]) -> list[Page]:
    """The lines of what a front leaves of pages."""
    pages = split_all([fronts.through(document, front) for document in documents])
    for page in pages:
        page.forget_source()
    return pages


def _up_to_failure(documents: Iterable[Document], failures: list[Exception]) -> Iterator[Document]:
    """`documents`, checked, up to one that fails to come, which is added to `failures`."""
    try:
        yield from map(_checked, documents)
    except Exception as failure:
        failures.append(failure)


def _by_size(documents: Iterable[Document]) -> Iterator[list[Document]]:
    """`documents` in lists of about `SPLIT_SIZE`."""
    some, size = [], 0
    for document in documents:
        some.append(document)
        size += len(document.content) + _LEAST_SIZE
        if size >= SPLIT_SIZE:
            yield some
            some, size = [], 0
    yield some


def _is_number(value: object) -> bool:
    return isinstance(value, Real) and not isinstance(value, bool)


def _checked(document: Document) -> Document:
    if not isinstance(document, Document):
        raise CleanerError(f"{type(document).__name__}: expected a Document, as Document(page)")
    content = document.content
    if not isinstance(document.url, str | None):
        raise CleanerError(f"url {document.url!r}: expected text or None")
    if document.format not in _FORMATS:
        raise CleanerError(f"format {document.format!r}: expected html, text or None")
    if isinstance(content, str | bytes):
        return document
    if isinstance(content, bytearray | memoryview):
        return replace(document, content=bytes(content))
    raise CleanerError(f"a page is {type(content).__name__}, expected str or bytes")


def clean(source: str | bytes, *, url: str | None = None) -> Cleaned:
    """Clean one page, HTML or plain text, with the shipped model and templates.

    >>> page = (
    ...     "<title>A cold winter</title><div class=menu><a href=/>Home</a> <a href=/n>News</a>"
    ...     "</div><article class=story><p>The harbour froze in January, and ships waited outside"
    ...     " for weeks. The town lived on its stores.</p><p>By March the ice broke. The first"
    ...     " ship brought flour, and rice.</p></article><footer>All rights reserved.</footer>"
    ... )
    >>> for line, verdict in clean(page):
    ...     print("keep" if verdict.keep else "drop", *line.text.split()[:4])
    drop Home News
    keep The harbour froze in
    keep By March the ice
    drop All rights reserved.
    """
    return _default_cleaner().clean(Document(source, url=url))


@cache  # loading takes longer than cleaning a page
def _default_cleaner() -> Cleaner:
    return Cleaner()
