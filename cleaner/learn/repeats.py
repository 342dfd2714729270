"""Which of the lines that repeat on a site's pages are debris.

A line that stands on many pages is debris (style trees, Yi, Liu and Li 2003, find it in the DOM
so; corpus builders drop duplicate lines alike), unless it stands inside the text and the base
model, over all the pages it stands on, is sure that it is text. Tables of data repeat by their
nature: a cell stays that the model keeps on most pages, and prices, which are the same but for
their numbers, are left to it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import regex

from cleaner.learn.sample import Sample
from cleaner.learn.sketch import SiteSketch

SURE = 0.8  # mean probability from which on a repeated line inside the text stays
SURE_LINE = 0.9  # probability of a line that is surely text, of which little may be lost
_MONEY = regex.compile(
    r"(?:\b[a-z]{1,2})?\p{Sc}|[元円]"
    r"|\b(?:aud|brl|cad|chf|cny|czk|dkk|eur|gbp|huf|inr|jpy|nok|pln|ron|rub|sek|try|usd)\b"
    r"|\b(?:ft|kč|kr|lei|rs|tl|zł|лв|руб)\b",
    regex.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Bounds:
    """What is learned must keep to: on how many pages lines stand, and what may be taken.

    `share` is of the site's pages; `loss` of the words that the model keeps, of which those
    that are surely text may be taken.
    """

    pages: int = 2
    share: float = 0.1
    loss: float = 0.02


@dataclass(frozen=True, slots=True)
class Repeats:
    """The keys of repeated lines that are debris, with their pages; and texts that stay."""

    lines: dict[int, int]
    spared: tuple[str, ...]


def find_repeats(sketch: SiteSketch, sample: Sample, bounds: Bounds) -> Repeats:
    """The lines of the sample that repeat on the site's pages."""
    least = max(bounds.pages, bounds.share * sketch.pages)
    counts = {
        int(key): int(count)
        for key, count in zip(sketch.keys.tolist(), sketch.counts.tolist(), strict=True)
        if count >= least
    }
    spared: list[str] = []
    repeated: dict[int, int] = {}
    # A disclaimer of two long lines must not stand inside the text for the sake of itself.
    is_own = np.array([key not in counts for key in sample.keys.tolist()], dtype=bool)
    inside = sample.inside(sample.sure & is_own)
    for key, lines in sample.by_key.items():
        if key not in counts:
            continue
        if _is_price(sample, lines):
            continue
        at = np.array(lines)
        probability = float(sample.probability[at].mean())
        is_inside = inside[at].mean() >= 0.5
        # A title stands on other pages as a teaser; the site's name is in all their titles, and is
        # the same on each.
        title = sample.title[at].mean()
        is_title = 0 < title <= 0.5 or (title > 0.5 and _varies(sample, lines))
        is_text = probability >= SURE and is_inside
        if is_text or is_title or 2 * sum(map(sample.is_kept_cell, lines)) > len(lines):
            spared.append(sample.texts[lines[0]])
        else:
            repeated[key] = counts[key]
    return Repeats(repeated, tuple(spared))


def _is_price(sample: Sample, lines: list[int]) -> bool:
    """Whether lines of one key are an amount of money that differs from page to page."""
    text = sample.texts[lines[0]]
    rest = _MONEY.sub("", text)
    is_amount = any(map(str.isdigit, rest)) and not any(map(str.isalpha, rest))
    return rest != text and is_amount and _varies(sample, lines)


def _varies(sample: Sample, lines: list[int]) -> bool:
    """Whether lines of one key differ from page to page, as titles with a date do."""
    return len({sample.texts[line].casefold() for line in lines}) > len(lines) / 2
