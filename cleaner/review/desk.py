"""What a review consists of: pages, labels on them, rules and site models made from them."""

from __future__ import annotations

import shlex
import threading
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

from cleaner.batch import Options
from cleaner.review import retrain, rule
from cleaner.review.labels import (
    Current,
    Home,
    Label,
    LabelFile,
    Undo,
    add_label,
    attach,
    current,
    digest,
    home_among,
    new_action,
    of_page,
)
from cleaner.review.queue import ORDERS, ordered
from cleaner.review.sources import Sheet
from cleaner.review.survey import Survey, is_uncertain, masks
from cleaner.rules import Rule, load_templates
from cleaner.types import CONTENT_KINDS, KINDS, CleanerError, Verdict

_MOST_LINES = 20_000  # labelled in one action


class ConflictError(Exception):
    """Somebody else, or another tab, changed what this change is about."""


@dataclass(slots=True)
class Training:
    """The state of the one training that may run."""

    running: bool = False
    message: str = ""
    error: str = ""
    proposal: retrain.Proposal | None = None


@dataclass(slots=True)
class Desk:
    """One review. All of it may be used by several threads.

    `models` and `sites` are the folders that accepted models and saved rules go to.
    """

    sheets: Sequence[Sheet]
    labels: LabelFile
    options: Options
    models: Path
    sites: Path
    by: str
    survey: Survey = field(init=False)
    training: Training = field(default_factory=Training)
    _lock: threading.RLock = field(default_factory=threading.RLock)
    _home: Home = field(init=False)
    _current: Current = field(default_factory=dict)
    _changed: dict[tuple[str | None, str], int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Load the model and what was labelled before."""
        self.options = replace(
            self.options,
            models=self.models if self.models.is_dir() else None,
            sites=self.sites if self.sites.is_dir() else None,
        )
        self.survey = Survey(self.sheets, self.options.cleaner(), site=self.options.site)
        self._home = home_among(self.sheets)
        self._current = current(self.labels.records, self._home)

    @property
    def version(self) -> int:
        """Grows with each label that anybody writes."""
        return self.labels.version

    @property
    def elsewhere(self) -> int:
        """How many labels are of no page that is shown."""
        return len(self._current.get(None, ()))

    def state(self) -> dict[str, Any]:
        """What changes while one looks: progress, labels, training."""
        with self._lock:
            self._take(self.labels.refresh())
            labelled = [
                {key[1:3] for key in own} for home, own in self._current.items() if home is not None
            ]
            return {
                "version": self.version,
                "generation": self.survey.generation,
                "seen": self.survey.seen,
                "pages": len(self.sheets),
                "labelled_pages": len(labelled),
                "labelled_lines": sum(map(len, labelled)),
                "training": {
                    "running": self.training.running,
                    "message": self.training.message,
                    "error": self.training.error,
                    "ready": self.training.proposal is not None,
                },
            }

    def queue(self, order: str, site: str | None = None) -> dict[str, Any]:
        """The pages in one of `ORDERS`, with what is known of each, and why in this order.

        Raises:
            CleanerError: no such order.
        """
        if order not in ORDERS:
            raise CleanerError(f"no order {order!r}; expected one of {', '.join(ORDERS)}")
        rows = []
        for number in ordered(self.survey, order):
            if site is not None and self.survey.sites[number] != site:
                continue
            sheet, summary = self.sheets[number], self.survey.summaries[number]
            rows.append(
                [
                    number,
                    sheet.id,
                    summary.title if summary else "",
                    summary.lines if summary else None,
                    summary.dropped if summary else None,
                    summary.uncertain if summary else None,
                    len(self._labels_of(number)),
                    list(summary.flags) if summary else [],
                ]
            )
        return {
            "order": order,
            "why": ORDERS[order],
            "rows": rows,
            "sites": sorted(set(self.survey.sites)),
        }

    def page(self, number: int) -> dict[str, Any]:
        """One page as columns: texts, verdicts, labels, and on how many pages each line stands.

        Raises:
            CleanerError: no such page.
        """
        self._check_page(number)
        with self._lock:  # no label comes between them
            version, labels = self.version, self._labels_of(number)
        generation = self.survey.generation  # before the view, which may be newer
        view = self.survey.view(number)
        attached = attach(labels, view.texts)
        summary = self.survey.summaries[number]
        counts = (
            [self.survey.count(number, mask) if mask else 1 for mask in summary.masks.tolist()]
            if summary
            else []
        )
        site = self.survey.sites[number]
        return {
            "page": number,
            "id": self.sheets[number].id,
            "url": self.sheets[number].url or "",
            "site": site,
            "title": view.title,
            "flags": list(view.flags),
            "error": view.error,
            "version": version,
            "generation": generation,
            "site_pages": len(self.survey.pages_of(site)),
            "lines": [
                [
                    text, verdict.keep, round(float(verdict.probability), 3), verdict.kind,
                    verdict.reason, is_uncertain(verdict), count,
                ]
                for text, verdict, count in zip(view.texts, view.verdicts, counts, strict=True)
            ],
            "labels": {
                str(line): [label.keep, label.kind, label.by]
                for line, label in attached.labels.items()
            },
            "lost": [label.text for label in attached.lost],
        }  # fmt: skip

    def label(
        self, number: int, lines: Sequence[int], *, keep: bool, kind: str | None, version: int
    ) -> dict[str, Any]:
        """Label lines of one page; gives the action, by which it can be undone.

        Raises:
            ConflictError: a label of one of the lines was given or taken back since `version`.
            CleanerError: no such line or kind.
        """
        return self._write([(number, line) for line in lines], keep, kind, version, "")

    def confirm(self, number: int, *, generation: int, version: int) -> dict[str, Any]:
        """Say of all lines of a page without a label that their verdicts are right.

        Raises:
            ConflictError: pages were cleaned anew since `generation`, or a label of a line was
                taken back since `version`.
            CleanerError: no such page.
        """
        self._check_page(number)
        with self._lock:
            if self.survey.generation != generation:
                raise ConflictError("the pages were cleaned anew since this one was shown")
            view = self.survey.view(number)
            self._take(self.labels.refresh())  # what somebody else says stays
            known = attach(self._labels_of(number), view.texts).labels
            rest = [line for line in range(len(view.texts)) if line not in known]
            action, at = new_action(), _now()
            records = [
                self._label(number, line, view.verdicts[line].keep, None, action, at, "")
                for line in rest
            ]
            return self._append(records, action, version)

    def twins(self, number: int, line: int) -> dict[str, Any]:
        """Where else on its site a line stands, and the rule that would hit it there.

        Raises:
            CleanerError: no such line.
        """
        text = self._text(number, line)
        [mask] = masks([text])
        found = self.survey.twins(number, hash(mask))
        site = self.survey.sites[number]
        return {
            "mask": mask,
            "site": site,
            "pages": len({page for page, _ in found}),
            "site_pages": len(self.survey.pages_of(site)),
            "lines": [
                [page, at, self._text(page, at), self.survey.view(page).verdicts[at].keep]
                for page, at in found
            ],
            "seen": self.survey.seen,
            "all_pages": len(self.sheets),
        }

    def label_twins(
        self, number: int, line: int, *, keep: bool, kind: str | None, version: int
    ) -> dict[str, Any]:
        """Label a line on all pages of its site on which it stands."""
        [mask] = masks([self._text(number, line)])
        found = self.survey.twins(number, hash(mask)) or [(number, line)]
        return self._write(found, keep, kind, version, f"repeat:{mask[:60]}")

    def undo(self, action: str) -> dict[str, Any]:
        """Take back an action. Doing so twice changes nothing.

        Raises:
            CleanerError: no such action.
        """
        with self._lock:
            if not any(isinstance(r, Label) and r.action == action for r in self.labels.records):
                raise CleanerError("there is no such action to undo")
            self._take(self.labels.append([Undo(action, self.by, _now())]))
            return {"version": self.version}

    def preview_rule(
        self, number: int, line: int, *, keep: bool, kind: str | None, site: str
    ) -> dict[str, Any]:
        """The rule for a line as TOML, and every line it would hit.

        Raises:
            CleanerError: no such line or site.
        """
        made = self._rule(number, line, keep, kind)
        path = rule.template_path(self.sites, site)
        found = rule.hits(self.survey, number, line, made, site)
        return {
            "path": str(path),
            "toml": rule.with_rule(self.sites, site, made),
            "hits": [[hit.page, hit.line, hit.text, self.sheets[hit.page].id] for hit in found],
        }

    def save_rule(
        self, number: int, line: int, *, keep: bool, kind: str | None, site: str, seen: int
    ) -> dict[str, Any]:
        """Write the rule, if it hits as many lines as were shown, and clean with it from now on.

        Raises:
            ConflictError: it hits other lines than were shown.
        """
        made = self._rule(number, line, keep, kind)
        found = rule.hits(self.survey, number, line, made, site)
        if len(found) != seen:
            raise ConflictError(
                f"the rule hits {len(found)} lines now, not the {seen} that were shown"
            )
        with self._lock:
            if self.sites.is_dir():
                load_templates(self.sites)  # beside a broken one nothing is written
            path = rule.save(self.sites, site, rule.with_rule(self.sites, site, made))
            self._use(sites=self.sites, site=site)
        return {"path": str(path), "command": self._command(site)}

    def train(self, site: str, number: int) -> None:
        """Begin to train a model of the site of a page, under a name, in the background.

        Raises:
            ConflictError: one is being trained.
            CleanerError: the name cannot be a site's, or there is no such page.
        """
        rule.template_path(self.sites, site)  # the same check of the name
        self._check_page(number)
        with self._lock:
            if self.training.running:
                raise ConflictError("a model is being trained already")
            self._take(self.labels.refresh())
            of_site = self.survey.sites[number]
            members = [n for n, name in enumerate(self.survey.sites) if name == of_site]
            labels = {n: self._labels_of(n) for n in members}
            self.training = Training(running=True, message="Reading the labels")

        def work(state: Training) -> None:
            def tell(message: str) -> None:
                state.message = message

            try:
                state.proposal = retrain.propose(
                    self.survey, labels, self.options, site=site, members=members, progress=tell
                )
            except Exception as error:  # told in the page
                known = isinstance(error, CleanerError)
                state.error = str(error) if known else f"{type(error).__name__}: {error}"
            state.running = False

        threading.Thread(target=work, args=(self.training,), daemon=True).start()

    def proposal(self) -> dict[str, Any]:
        """The trained model's figures and the lines it changes.

        Raises:
            CleanerError: there is none.
        """
        if self.training.proposal is None:
            raise CleanerError("no model is trained yet")
        return self.training.proposal.summary()

    def accept(self) -> dict[str, Any]:
        """Write the trained model where `clean` reads it, and clean with it from now on."""
        proposal = self.training.proposal
        if proposal is None:
            raise CleanerError("no model is trained yet")
        with self._lock:
            path = retrain.accept(proposal, self.models)
            self.training = Training()
            self._use(models=self.models, site=proposal.site)
        return {"path": str(path), "command": self._command(proposal.site)}

    def _use(self, *, site: str, models: Path | None = None, sites: Path | None = None) -> None:
        """Clean with what was just written; pages without an address are of that site now."""
        nameless = not any(sheet.url for sheet in self.sheets)
        options = replace(
            self.options,
            models=models or self.options.models,
            sites=sites or self.options.sites,
            site=site if nameless else self.options.site,
        )
        self.survey.use(options.cleaner(), site=site if nameless else None)
        self.options = options

    def _command(self, site: str) -> str:
        """What to type to clean with all that was accepted."""
        parts = ["clean", "IN", "OUT"]
        if self.options.models:
            parts += ["--models", str(self.options.models)]
        if self.options.sites:
            parts += ["--sites", str(self.options.sites)]
        if self.options.site:
            parts += ["--site", self.options.site]
        return shlex.join(parts)

    def _rule(self, number: int, line: int, keep: bool, kind: str | None) -> Rule:
        text = self._text(number, line)
        verdict = self.survey.view(number).verdicts[line]
        return rule.rule_of(text, keep=keep, kind=_kind(kind, keep, verdict))

    def _write(
        self,
        lines: Sequence[tuple[int, int]],
        keep: bool,
        kind: str | None,
        version: int,
        proposed_by: str,
    ) -> dict[str, Any]:
        if not 0 < len(lines) <= _MOST_LINES:
            raise CleanerError(f"{len(lines)} lines: expected 1 to {_MOST_LINES}")
        action, at = new_action(), _now()
        with self._lock:
            self._take(self.labels.refresh())
            known = {number: self._known_lines(number) for number in dict(lines)}
            records = [
                replace(
                    self._label(number, line, keep, kind, action, at, proposed_by),
                    line=known[number].get(line, line),
                )
                for number, line in lines
            ]
            return self._append(records, action, version)

    def _append(self, records: Sequence[Label], action: str, version: int) -> dict[str, Any]:
        for record in records:
            if self._changed.get((self._home(record), record.digest), 0) > version:
                raise ConflictError(f"labelled anew in the meantime, elsewhere: {record.text:.80}")
        if records:
            self._take(self.labels.append(records))
        return {
            "action": action if records else None,
            "version": self.version,
            "lines": len(records),
        }

    def _label(
        self, number: int, line: int, keep: bool, kind: str | None, action: str, at: str,
        proposed_by: str,
    ) -> Label:  # fmt: skip
        self._check_line(number, line)
        view = self.survey.view(number)
        text, verdict = view.texts[line], view.verdicts[line]
        agreed = verdict.reason if keep == verdict.keep else self.by
        return Label(
            doc=self.sheets[number].id,
            url=self.sheets[number].url,
            line=line,
            digest=digest(text),
            text=text,
            keep=keep,
            kind=_kind(kind, keep, verdict),
            by=self.by,
            at=at,
            proposed_by=proposed_by or agreed,
            confirmed_by=self.by,
            action=action,
        )

    def _take(self, fresh: Sequence[Label | Undo]) -> None:
        """Bring what counts up to date with new records."""
        changed = [record for record in fresh if isinstance(record, Label)]
        undone = {record.undoes for record in fresh if isinstance(record, Undo)}
        if undone:
            self._current = current(self.labels.records, self._home)
            labels = (record for record in self.labels.records if isinstance(record, Label))
            changed += [label for label in labels if label.action in undone]
        else:
            for label in changed:
                add_label(self._current, label, self._home)
        for label in changed:
            self._changed[self._home(label), label.digest] = self.version

    def _labels_of(self, number: int) -> list[Label]:
        with self._lock:
            return of_page(self._current, self.sheets[number].id, self.sheets[number].url)

    def _known_lines(self, number: int) -> dict[int, int]:
        """By which index the label of each labelled line of a page knows it.

        It is another one where the label moved with its text. A new label has the same, or the
        old one would count too, and go to another line of that text.
        """
        self._check_page(number)
        found = attach(self._labels_of(number), self.survey.view(number).texts)
        return {line: label.line for line, label in found.labels.items()}

    def _text(self, number: int, line: int) -> str:
        self._check_line(number, line)
        return self.survey.view(number).texts[line]

    def _check_line(self, number: int, line: int) -> None:
        self._check_page(number)
        if not 0 <= line < len(self.survey.view(number).texts):
            raise CleanerError(f"page {number} has no line {line}")

    def _check_page(self, number: int) -> None:
        if not 0 <= number < len(self.sheets):
            raise CleanerError(f"no page {number}")


def _kind(kind: str | None, keep: bool, verdict: Verdict) -> str:
    """The kind asked for, else the verdict's where it goes with `keep`.

    Raises:
        CleanerError: no such kind.
    """
    if kind is not None and kind not in KINDS:
        raise CleanerError(f"no kind {kind!r}; the kinds are {', '.join(KINDS)}")
    if kind is not None:
        return kind
    if keep == (verdict.kind in CONTENT_KINDS):
        return verdict.kind
    return "body" if keep else "other"


def _now() -> str:
    return datetime.now(timezone.utc).isoformat(timespec="milliseconds")
