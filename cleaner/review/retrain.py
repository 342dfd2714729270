"""A site model from the labels so far, and what it would change, before it is accepted."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from cleaner.batch import Options
from cleaner.model.site_store import save_site_model
from cleaner.model.store import load_model
from cleaner.review.labels import Label
from cleaner.review.sources import attach_to
from cleaner.review.survey import Survey
from cleaner.split import split
from cleaner.training.site import Errors, SiteTrained, train_site
from cleaner.training.site_card import site_meta
from cleaner.training.site_corpus import SitePage
from cleaner.types import CleanerError, Document

_COMPARED = 300  # pages of a site that are cleaned with the new model, to show what changes
_LISTED = 5000  # changed lines that are shown


@dataclass(frozen=True, slots=True)
class Change:
    """A line whose verdict the new model turns; `keep` is the new one."""

    page: int
    line: int
    text: str
    keep: bool
    before: float
    after: float


@dataclass(frozen=True, slots=True)
class Proposal:
    """A trained site model with what it does; nothing is written before `accept`."""

    site: str
    trained: SiteTrained
    changes: tuple[Change, ...]
    changed: int
    compared: int
    pages: int
    lost: int

    def summary(self) -> dict[str, Any]:
        """What a person wants to know before accepting."""
        return {
            "site": self.site,
            "pages": self.trained.pages,
            "held_out": self.trained.held_out,
            "improves": self.trained.improves,
            "before": {part: _figures(c.before) for part, c in self.trained.choices.items()},
            "after": {part: _figures(c.after) for part, c in self.trained.choices.items()},
            "changed": self.changed,
            "compared": self.compared,
            "site_pages": self.pages,
            "lost": self.lost,
            "changes": [asdict(change) for change in self.changes],
        }


def _figures(errors: Errors) -> dict[str, Any]:
    return asdict(errors) | {"wrong": errors.wrong}


def propose(
    survey: Survey,
    labels: Mapping[int, Sequence[Label]],
    options: Options,
    *,
    site: str,
    members: list[int],
    progress: Callable[[str], None] = lambda message: None,
) -> Proposal:
    """Train on the labelled ones among `members`, and clean the first of them with the result.

    `labels` has those of each of them.

    Raises:
        CleanerError: fewer than two pages have labels.
    """
    pages, lost = [], 0
    for number in members:
        if not labels[number]:
            continue
        document = survey.document(number)
        attached = attach_to(survey.sheets[number], split(document), labels[number])
        lost += len(attached.lost)
        if attached.labels:
            keep = {line: label.keep for line, label in attached.labels.items()}
            pages.append(SitePage(document, keep))
    if len(pages) < 2:
        raise CleanerError(
            f"{len(pages)} pages of {site} have labels; label lines of 2 pages at least, so that"
            " one can be held out to measure on"
        )
    progress(f"Training on {len(pages)} pages")
    trained = train_site(pages, site=site, base=load_model(options.model), progress=progress)
    progress("Looking at what changes")
    changes, changed, compared = _changes(survey, trained, options, members)
    return Proposal(site, trained, tuple(changes), changed, compared, len(members), lost)


def accept(proposal: Proposal, folder: Path) -> Path:
    """Write the model into a folder of site models."""
    folder.mkdir(parents=True, exist_ok=True)
    return save_site_model(proposal.trained.model, folder, site_meta(proposal.trained))


def _changes(
    survey: Survey, trained: SiteTrained, options: Options, members: list[int]
) -> tuple[list[Change], int, int]:
    changes: list[Change] = []
    changed = compared = 0
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        save_site_model(trained.model, folder, site_meta(trained))
        cleaner = replace(options, models=folder, site=trained.model.site).cleaner()
        for number in members[:_COMPARED]:
            try:
                document: Document = survey.document(number)
                after = cleaner.clean(document)
            except (CleanerError, OSError):
                continue
            view = survey.view(number)
            compared += 1
            if len(view.texts) != len(after.verdicts):
                continue  # an earlier run's record of another split
            for line, (old, new) in enumerate(zip(view.verdicts, after.verdicts, strict=True)):
                if old.keep != new.keep:
                    changed += 1
                    if len(changes) < _LISTED:
                        changes.append(
                            Change(
                                number, line, view.texts[line], new.keep,
                                round(float(old.probability), 3), round(float(new.probability), 3),
                            )
                        )  # fmt: skip
    return changes, changed, compared
