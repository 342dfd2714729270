"""The lexicon of a model: hashes of the wordings of debris in `training/phrases`."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

import numpy as np
from numpy.random import Generator

from cleaner.model.lexicon import (
    HEAD_WORDS,
    MOST_WORDS,
    TAIL_WORDS,
    Lexicon,
    head_hashes,
    tail_hashes,
)
from cleaner.model.tokens import UInt64, Words, find_words
from cleaner.split.page import to_units
from cleaner.training.phrases import PLACEHOLDERS, fill
from cleaner.types import DEBRIS_KINDS

# Placeholders of figures, which are hashed as so many digits: filled a few times they are known.
_FIGURES = frozenset(["n", "few", "year", "date", "ago", "time", "length"])
_FILLED = 12  # times
_SENTENCE_END = re.compile(r"(?<=[.!?])\s+|(?<=[。！？])")
_PLACEHOLDER = re.compile(r"\{(" + "|".join(PLACEHOLDERS) + r")\}")


def written_lexicon(phrases: Mapping[str, Mapping[str, Sequence[str]]], rng: Generator) -> Lexicon:
    """The lexicon of the wordings of debris in `phrases`, by language and kind.

    Wordings of words and figures alone count whole, of others what stands before and after the
    names or titles in them.
    """
    whole: list[str] = []
    heads: list[str] = []
    tails: list[str] = []
    for language, by_kind in sorted(phrases.items()):
        for wording in (text for kind in DEBRIS_KINDS for text in by_kind.get(kind, ())):
            head, tail = _around_names(wording)
            if head == wording:
                filled = _filled(wording, language, rng)
                whole += filled
                # A text that is all one line is split into its sentences.
                whole += [part for text in filled for part in _SENTENCE_END.split(text)]
            else:
                heads += _filled(head, language, rng)
                tails += _filled(tail, language, rng)
    return Lexicon(
        whole=_heads(whole, MOST_WORDS),
        heads=_heads(heads, HEAD_WORDS),
        tails=_distinct([tail_hashes(_words(tails), count) for count in TAIL_WORDS]),
    )


def _around_names(wording: str) -> tuple[str, str]:
    """What stands before the first and after the last placeholder that is no figure.

    >>> _around_names("{n} comments on {title}"), _around_names("{n} comments")
    (('{n} comments on ', ''), ('{n} comments', '{n} comments'))
    """
    names = [match for match in _PLACEHOLDER.finditer(wording) if match[1] not in _FIGURES]
    if not names:
        return wording, wording
    return wording[: names[0].start()], wording[names[-1].end() :]


def _filled(wording: str, language: str, rng: Generator) -> list[str]:
    copies = _FILLED if "{" in wording else 1
    return [fill(wording, rng, titles=(), sentences=(), language=language) for _ in range(copies)]


def _words(texts: Sequence[str]) -> Words:
    return find_words(to_units(texts or [""]))


def _heads(texts: Sequence[str], most: int) -> UInt64:
    words = _words(texts)
    hashes = head_hashes(words)
    return _distinct([hashes[words.counts <= most]])


def _distinct(hashes: Sequence[UInt64]) -> UInt64:
    distinct = np.unique(np.concatenate(hashes))
    return np.asarray(distinct[distinct != 0], dtype=np.uint64)
