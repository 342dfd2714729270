"""What is known of a site model: the figures in its `meta.json`, and a report for people."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

from cleaner.training.site import Errors, SiteTrained

_VIEW_NAMES = {"html": "HTML", "text": "text"}


def site_meta(trained: SiteTrained) -> dict[str, Any]:
    """What `meta.json` says of a site model beside what it is."""
    return {
        "pages": trained.pages,
        "held_out": trained.held_out,
        "penalties": {part: choice.penalty for part, choice in trained.choices.items()},
        "before": {part: asdict(choice.before) for part, choice in trained.choices.items()},
        "after": {part: asdict(choice.after) for part, choice in trained.choices.items()},
    }


def report_lines(trained: SiteTrained) -> Iterator[str]:
    """The figures before and after, a line each part of the model."""
    where = (
        f"on pages left out in turn, of {trained.pages}"
        if trained.held_out
        else "on the one page it was trained on, which proves nothing"
    )
    yield f"Wrong words as a share of the text's, {where}:"
    for part, choice in trained.choices.items():
        before, after = choice.before, choice.after
        yield (
            f"  {_VIEW_NAMES[part]:<5} before {figures(before)}; after {figures(after)}"
            f"; {_cut(before, after)}"
        )


def figures(errors: Errors) -> str:
    """The wrong words of some pages, as a share and as counts."""
    if not errors.body:
        return f"{errors.debris_kept:.0f} of {errors.debris:.0f} words of debris kept, no text"
    return (
        f"{errors.wrong:.1%} ({errors.debris_kept:.0f} of {errors.debris:.0f} words of debris kept,"
        f" {errors.body_lost:.0f} of {errors.body:.0f} of the text lost)"
    )


def _cut(before: Errors, after: Errors) -> str:
    if before.wrong == 0:
        return "nothing to mend" if after.wrong == 0 else "worse than before"
    return f"{after.wrong / before.wrong - 1:+.0%}"
