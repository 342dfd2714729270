"""What other extractors left of pages with gold text, as labelled views to learn residue from.

The texts are records of `benchmarks/residue/make_residue.py`: `set`, `page`, `extractor`, `text`.
Alignment with the gold labels their lines. It takes page furniture (titles, captions, by-lines)
for debris where the gold leaves it out, so lines that the page's HTML marks as furniture, or that
look like it, teach what `views.residue` says they teach, or nothing.
"""

from __future__ import annotations

import math
import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from cleaner.split.text import split_text
from cleaner.training.align import align, tokens
from cleaner.training.corpus import GoldPage
from cleaner.training.kinds import weak_kinds
from cleaner.training.records import read_records
from cleaner.training.residue import digest
from cleaner.training.views import BODY, DEBRIS, Convention, View
from cleaner.types import CONTENT_KINDS

_MIN_FOUND = 0.3  # share of a gold's words that a text must hold to be of the same page
_MOST_TEXTS = 5  # of a page that are learned from
_MOST_LINES = 300  # of a text that are read
_DEBRIS_KIND = len(CONTENT_KINDS)  # from this index on, kinds are of debris
_LABELLED = {"set": str, "page": str, "digest": str, "label": str}
_READ = 4.0  # how much a line counts that was read: these are the doubtful ones
_DOUBT = 0.3  # how much a line counts whose label alignment may have got wrong

# Dates, times and by-lines by their looks: neither body nor debris, whoever leaves them out.
_DATE = re.compile(
    r"(?:\d{1,4}[-./年月日]\s?){2}\d{0,4}|\b(?:19|20)\d\d\b|\d{1,2}[:.]\d\d\b", re.IGNORECASE
)
_DATE_WORDS = 9
_BYLINE = re.compile(
    r"^(?:by|von|par|por|di|da|door|av|af|od|autor|author|text|story by|written by|posted by"
    r"|published|updated|last updated|veröffentlicht|aktualisiert|publié|photo|foto|image|bild"
    r"|source|quelle|credit|courtesy|copyright|©|\(c\)|\(?photos?\b|getty|reuters|ap photo|afp)\b",
    re.IGNORECASE,
)
_BYLINE_WORDS = 14


@dataclass(frozen=True, slots=True)
class Left:
    """What extractors left of pages: texts by set and page id, and lines labelled by hand.

    `known` is, by set and page id, the label of lines by their digest: `body`, `debris`,
    `furniture` for what is neither, of which titles teach that they stay, or `unclear`.
    """

    texts: Mapping[tuple[str, str], Sequence[str]]
    known: Mapping[tuple[str, str], Mapping[str, str]]

    def views(
        self, page: GoldPage, view: View, by_convention: NDArray[np.int8], rng: Generator
    ) -> list[View]:
        """Some labelled views of what extractors left of `page`, drawn by `rng`."""
        where = (page.source, page.document.id)
        texts = self.texts.get(where, ())
        chosen = [texts[at] for at in sorted(rng.permutation(len(texts))[:_MOST_TEXTS])]
        if not chosen:
            return []
        kinds = weak_kinds(view)
        return list(extracted(chosen, page.gold, view, by_convention, kinds, self.known.get(where)))


def read_left(texts: Path, labels: Path | None = None) -> Left:
    """The texts and labels of two JSONL files.

    Records of the first have `set`, `page` and `text`, of the second `set`, `page`, `digest`
    and `label`. Of equal texts of a page one is read.

    Raises:
        CleanerError: a line of either file that is no such record.
    """
    found: dict[tuple[str, str], dict[str, None]] = defaultdict(dict)
    for _, record in read_records(texts, {"set": str, "page": str, "text": str}):
        if record["text"].strip():
            found[record["set"], record["page"]][record["text"]] = None
    known: dict[tuple[str, str], dict[str, str]] = defaultdict(dict)
    if labels is not None:
        for _, record in read_records(labels, _LABELLED):
            known[record["set"], record["page"]][record["digest"]] = record["label"]
    return Left({page: list(some) for page, some in found.items()}, known)


def extracted(
    texts: Sequence[str],
    gold: str,
    page: View,
    by_convention: NDArray[np.int8],
    kinds: NDArray[np.int64],
    known: Mapping[str, str] | None,
) -> Iterator[View]:
    """A labelled view of each of `texts`, which extractors made of the page that `page` shows.

    `by_convention` and `kinds` say what the page's HTML tells of its lines
    (`views.conventions`, `kinds.weak_kinds`). `known` has labels of lines that were read, by the
    line's digest, as in `Left`.
    """
    folded = [fold(text) for text in page.page.texts]
    html = _Html(
        title=frozenset(tokens(page.page.title)),
        conventions={text: int(c) for text, c in zip(folded, by_convention, strict=True) if c},
        debris=frozenset(text for text, k in zip(folded, kinds, strict=True) if k >= _DEBRIS_KIND),
    )
    for text in texts:
        view = _view(text, gold, html, known or {})
        if view is not None:
            yield view


def fold(text: str) -> str:
    """What a line of the HTML and the same line of an extractor's output have in common."""
    return " ".join(unicodedata.normalize("NFKC", text).lower().split())


@dataclass(frozen=True, slots=True)
class _Html:
    """What a page's HTML tells about its lines, by their folded text."""

    title: frozenset[str]
    conventions: Mapping[str, int]
    debris: frozenset[str]


def _view(text: str, gold: str, html: _Html, known: Mapping[str, str]) -> View | None:
    page = split_text(text)
    if len(page) < 2 or len(page) > _MOST_LINES:
        return None
    labels, found = align(page.texts, gold)
    if found < _MIN_FOUND:
        return None
    line_tokens = [tokens(line) for line in page.texts]
    counts = np.array([len(words) for words in line_tokens])
    labels = np.nan_to_num(labels, nan=0.5)
    certainty = np.where((labels >= BODY) | (labels <= DEBRIS), 1.0, 0.0)
    weights = np.where(counts > 0, np.sqrt(counts) * certainty, 0).astype(np.float32)
    aligned = labels >= BODY
    read = [known.get(digest(line)) for line in page.texts] if known else [None] * len(page)
    for line, said in enumerate(read):
        if said in ("body", "debris"):
            labels[line] = float(said == "body")
            weights[line] = _READ * math.sqrt(counts[line])
        elif said == "unclear":
            weights[line] = 0.0
    for line in np.flatnonzero(~aligned & (weights > 0)).tolist():
        if read[line] in ("body", "debris"):
            continue
        words = line_tokens[line]
        before = bool(aligned[line - 1]) if line else False
        after = bool(aligned[line + 1]) if line + 1 < len(page) else False
        folded = fold(page.texts[line])
        convention = html.conventions.get(folded, 0)
        in_title = sum(word in html.title for word in words)
        is_title = in_title >= 0.8 * len(words) and len(words) >= 0.4 * len(html.title)
        if is_title or convention == Convention.STAYS:
            certain = is_title and read[line] == "furniture"
            labels[line], weights[line] = 1.0, weights[line] * (1.0 if certain else _DOUBT)
        elif (
            read[line] == "furniture"
            or convention == Convention.OPEN
            or _is_furniture(page.texts[line], len(words))
        ):
            weights[line] = 0
        elif before and after and folded not in html.debris:
            weights[line] = 0  # most are captions, headings and what else the gold misses
    return View(page, labels.astype(np.float32), weights)


def _is_furniture(text: str, words: int) -> bool:
    """Whether a line looks like a date, a by-line or a credit."""
    is_date = words <= _DATE_WORDS and _DATE.search(text) is not None
    return is_date or (words <= _BYLINE_WORDS and _BYLINE.search(text) is not None)
