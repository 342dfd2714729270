"""What was learned of a site as files, and what it would change as text a person can read."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

from cleaner.io import atomic
from cleaner.learn.correction import Correction
from cleaner.learn.rules import Learned
from cleaner.learn.site import LearnedSite
from cleaner.learn.sketch import file_name
from cleaner.model.site_store import save_site_model
from cleaner.model.store import read_meta
from cleaner.rules.write import to_toml
from cleaner.types import CleanerError

_MARK = "# learned "  # opens a file of ours, with a digest of the rest behind it
_LONGEST = 100  # characters of an example
_SHOWN = 8  # lines of a rule that are shown


def template_path(folder: Path, site: str) -> Path:
    """Where the template of a site is written."""
    return folder / f"{file_name(site)}.toml"


def save_template(learned: LearnedSite, folder: Path, *, force: bool = False) -> Path:
    """Write a learned template, with the evidence for each rule above it.

    Raises:
        CleanerError: the file is there and was changed by hand since, and not `force`.
    """
    assert learned.template is not None
    target = template_path(folder, learned.site)
    if target.exists() and not (force or _is_ours(target)):
        raise CleanerError(
            f"{target}: was not written by `clean learn`, or was changed since; --force replaces it"
        )
    body = to_toml(
        learned.template,
        comments=list(_top(learned)),
        rule_comments=[list(_evidence(rule, learned.pages)) for rule in learned.rules],
    )
    with atomic.replacing(str(target)) as file:
        file.write(f"{_MARK}{_digest(body)}\n{body}".encode())
    return target


def save_correction(learned: LearnedSite, folder: Path, *, force: bool = False) -> Path:
    """Write the site model that was learned without labels.

    Raises:
        CleanerError: one is there that was trained on labels, and not `force`.
    """
    assert learned.correction is not None
    target = folder / learned.correction.model.site
    if not force and (target / "meta.json").exists() and not read_meta(target).get("unlabelled"):
        raise CleanerError(f"{target}: is a model trained on labels; --force replaces it")
    meta = {"pages": learned.pages, "unlabelled": True, "loss": round(learned.correction.loss, 5)}
    return save_site_model(learned.correction.model, folder, meta)


def left_over(learned: LearnedSite, folder: Path, models: Path | None) -> Iterator[Path]:
    """What an earlier run learned of the site where this one learned nothing."""
    target = template_path(folder, learned.site)
    if learned.template is None and target.exists():
        yield target
    if models is not None and learned.correction is None:
        model = models / learned.site
        if (model / "meta.json").exists() and read_meta(model).get("unlabelled"):
            yield model


def _is_ours(path: Path) -> bool:
    head, _, body = path.read_text("utf-8", "replace").partition("\n")
    return head == f"{_MARK}{_digest(body)}"


def _digest(body: str) -> str:
    return hashlib.blake2b(body.encode(), digest_size=8).hexdigest()


def _top(learned: LearnedSite) -> Iterator[str]:
    twins = f"; {learned.twins} twins of others were not counted" if learned.twins else ""
    yield f"Learned from {learned.pages} pages{twins}."
    if learned.spared:
        yield "These repeat and stay: the model is sure of them in the text, or they are titles."
        yield from (f"  {_short(text)}" for text in learned.spared[:_SHOWN])


def _evidence(learned: Learned, pages: int) -> Iterator[str]:
    """What speaks for a rule: pages, dates, examples, and what it takes that would stay."""
    dates = ""
    if learned.first is not None and learned.last is not None:
        dates = f", from {_day(learned.first)} to {_day(learned.last)}"
    many = len(learned.rule.exact) + len(learned.rule.regex) > 1
    yield f"On {'up to ' * many}{learned.pages} of {pages} pages{dates}. For example:"
    yield from (f"  {_short(text)}" for text in learned.examples)
    if learned.removed:
        lines = sum(count for _, count in learned.removed)
        yield f"Lines of the sample that it takes and the model alone would keep: {lines}."


def diff(learned: LearnedSite) -> Iterator[str]:
    """What each rule removes from the sample that the model alone would keep, line by line."""
    twins = f", {learned.twins} twins" if learned.twins else ""
    yield f"{learned.site}: {learned.pages} pages{twins}, {len(learned.rules)} rules"
    for rules, how in ((learned.rules, ""), (learned.refused, " REFUSED, takes too much")):
        for rule in rules:
            if rule.removed or how:
                yield f"  {rule.rule.name} ({rule.pages} pages){how}"
                for text, count in rule.removed[:_SHOWN]:
                    yield f"    -{count:4} x {_short(text)}"
                if len(rule.removed) > _SHOWN:
                    yield f"    … and {len(rule.removed) - _SHOWN} other lines"
    silent = sum(not rule.removed for rule in learned.rules)
    if silent:
        yield f"  {silent} more rules take only what the model drops already"
    for text in learned.spared[:_SHOWN]:
        yield f"  stays: {_short(text)}"
    if learned.correction is not None:
        yield from _changes(learned.correction)
    if learned.no_correction:
        yield f"  model: none, {learned.no_correction}"


def _changes(correction: Correction) -> Iterator[str]:
    """The lines of the sample that a site model alone decides in another way."""
    yield f"  model: takes {len(correction.drops)} lines, brings back {len(correction.adds)}"
    for texts, sign in ((correction.drops, "-"), (correction.adds, "+")):
        yield from (f"    {sign} {_short(text)}" for text in texts[:_SHOWN])
        if len(texts) > _SHOWN:
            yield f"    … and {len(texts) - _SHOWN} other lines"


def _day(day: int) -> str:
    return (date(1970, 1, 1) + timedelta(days=day)).isoformat()


def _short(text: str) -> str:
    text = " ".join(text.split())
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"
