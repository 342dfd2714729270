"""What is learned of one site from its sketch: a template, and a correction of the base model."""

from __future__ import annotations

from dataclasses import dataclass

from cleaner.learn.correction import LEAST_PAGES, Correction, learn_correction
from cleaner.learn.repeats import Bounds, find_repeats
from cleaner.learn.rules import Learned, find_rules, make_template
from cleaner.learn.sample import read_sample
from cleaner.learn.sketch import SiteSketch
from cleaner.model.store import load_model
from cleaner.pipeline import Cleaner
from cleaner.rules.template import Template


@dataclass(frozen=True, slots=True)
class LearnedSite:
    """What was learned of one site.

    `template` is None where too little repeats. `refused` are rules that would have taken too
    much, `spared` lines that repeat and stay. `correction` is None if it was not asked for, and
    else `no_correction` says why: too few pages, or it would take too much.
    """

    site: str
    template: Template | None
    rules: tuple[Learned, ...]
    refused: tuple[Learned, ...]
    spared: tuple[str, ...]
    pages: int
    twins: int
    correction: Correction | None = None
    no_correction: str = ""


def learn(
    sketch: SiteSketch, cleaner: Cleaner, bounds: Bounds, *, with_model: bool = False
) -> LearnedSite:
    """What the pages of one site teach; `cleaner` judges those of the sketch's sample."""
    sketch.settle()
    sample = read_sample(sketch, cleaner)
    repeats = find_repeats(sketch, sample, bounds)
    rules, refused = find_rules(sketch, sample, repeats.lines, bounds)
    correction, why = None, ""
    if with_model:
        correction = learn_correction(sketch.site, sample, repeats, load_model(cleaner.model))
        if correction is None:
            why = f"{len(sample.split)} pages in the sample, fewer than {LEAST_PAGES}"
        elif correction.loss > bounds.loss:
            why = f"would take {correction.loss:.1%} of the text, more than {bounds.loss:.1%}"
            correction = None
    return LearnedSite(
        sketch.site,
        make_template(sketch, sample, repeats.lines, rules) if rules else None,
        tuple(rules),
        tuple(refused),
        repeats.spared,
        sketch.pages,
        sketch.twins,
        correction,
        why,
    )
