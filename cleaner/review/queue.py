"""In which order pages are looked at: what a correction would teach comes first."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from itertools import chain, zip_longest

from cleaner.review.survey import Survey

ORDERS = {
    "mixed": "One page by doubt, one by repetition, one at random, in turn: corrections teach "
    "much, and the random pages show how well it does.",
    "uncertain": "Pages with the most words the model is unsure of come first.",
    "frequent": "Pages with doubtful lines that stand on many pages of their site come first: "
    "one correction counts on all of them.",
    "random": "Pages by chance: the errors found here are those of the whole.",
    "given": "Pages as they come.",
}
_SEED = 0


def ordered(survey: Survey, order: str) -> list[int]:
    """The numbers of all pages in one of `ORDERS`; pages not yet looked at come last."""
    return _ORDERS[order](survey)


def _given(survey: Survey) -> list[int]:
    return list(range(len(survey.sheets)))


def _random(survey: Survey) -> list[int]:
    pages = _given(survey)
    random.Random(_SEED).shuffle(pages)  # noqa: S311 - no secret
    return pages


def _uncertain(survey: Survey) -> list[int]:
    return _by([summary.doubt if summary else -1.0 for summary in survey.summaries])


def _frequent(survey: Survey) -> list[int]:
    values = survey.repeats()
    return _by([v if survey.summaries[page] else -1.0 for page, v in enumerate(values)])


def _mixed(survey: Survey) -> list[int]:
    in_turn = zip_longest(_uncertain(survey), _frequent(survey), _random(survey))
    return list(dict.fromkeys(chain.from_iterable(in_turn)))


def _by(values: Sequence[float]) -> list[int]:
    return sorted(range(len(values)), key=lambda page: -values[page])


_ORDERS: dict[str, Callable[[Survey], list[int]]] = {
    "mixed": _mixed,
    "uncertain": _uncertain,
    "frequent": _frequent,
    "random": _random,
    "given": _given,
}
