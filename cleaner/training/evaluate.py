"""How well a cleaner does on pages with gold text, by set, type and language of the page."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import compress
from typing import Literal

from cleaner.markdown import to_markdown
from cleaner.pipeline import Cleaner
from cleaner.split import split
from cleaner.training.align import align, tokens
from cleaner.training.corpus import GoldPage
from cleaner.training.metrics import (
    Difference,
    Overlap,
    Segments,
    bootstrap_interval,
    count_segments,
    paired_difference,
    segment_f1,
    shingle_overlap,
    word_overlap,
)
from cleaner.training.views import BODY, DEBRIS
from cleaner.types import Cleaned, Document, Markdown

EvaluationView = Literal["html", "dump", "markdown"]


_FEWEST = 5  # pages; the mean over fewer says nothing
_GROUPED_BY = ("page_type", "language", "drafted_by")


@dataclass(frozen=True, slots=True)
class LineWords:
    """Words of a page's lines by what the gold says of them, and how many of them went.

    A line is body where at least 0.6 of its words lie on the alignment with the gold, and debris
    where at most 0.1 do; lines between the two count as neither.
    """

    debris: int
    debris_removed: int
    body: int
    body_lost: int


@dataclass(frozen=True, slots=True)
class PageResult:
    """One page's figures: words, runs of four words and segments in common with its gold."""

    id: str
    source: str
    page_type: str
    language: str
    drafted_by: str
    words: Overlap
    shingles: Overlap
    segments: Segments
    lines: LineWords | None = None


@dataclass(frozen=True, slots=True)
class Row:
    """The means over one group of pages; `interval` is the 95 % interval of `f1`.

    `segment_f1` is over all segments of the group, `debris_removed` and `body_lost` over the words
    of all its lines; None where there are none.
    """

    group: str
    pages: int
    precision: float
    recall: float
    f1: float
    interval: tuple[float, float]
    shingle_f1: float
    segment_f1: float | None = None
    debris_removed: float | None = None
    body_lost: float | None = None


@dataclass(frozen=True, slots=True)
class Evaluated:
    """A page, what became of it, and its figures; `shares` as `align` gives them, a line each."""

    page: GoldPage
    cleaned: Cleaned
    shares: Sequence[float]
    result: PageResult


def evaluate(
    cleaner: Cleaner, pages: Iterable[GoldPage], *, view: EvaluationView = "html"
) -> Iterator[Evaluated]:
    """The figures of each page, in order, as the cleaner does on that view of it.

    A dump is all the page's visible text, one line a block, without its HTML; Markdown is the
    same with headings, lists, tables and links, of which the words that a reader sees count.
    """
    for page in pages:
        cleaned = cleaner.clean(_as_text(cleaner, page.document, view))
        texts = [line.text for line in cleaned.lines]
        kept = [verdict.keep for verdict in cleaned.verdicts]
        shares = align(texts, page.gold)[0].tolist()
        words = _line_words(texts, shares, kept)
        text = "\n".join(compress(texts, kept))
        yield Evaluated(page, cleaned, shares, page_result(page, text, words))


def _as_text(cleaner: Cleaner, document: Document, view: EvaluationView) -> Document:
    if view == "html" or document.format != "html":
        return document
    if view == "dump":
        text = "\n".join(split(document).texts)
    else:
        page = cleaner.clean(document)
        everything = [replace(verdict, keep=True) for verdict in page.verdicts]
        text = to_markdown(replace(page, verdicts=everything), Markdown(links=True))
    return Document(text, url=document.url, format="text")


def page_result(page: GoldPage, text: str, lines: LineWords | None = None) -> PageResult:
    """The figures of one page cleaned to `text`."""
    return PageResult(
        id=page.document.id,
        source=page.source,
        page_type=page.page_type,
        language=page.language,
        drafted_by=page.drafted_by,
        words=word_overlap(text, page.gold),
        shingles=shingle_overlap(text, page.gold),
        segments=count_segments(text, page.wanted, page.unwanted),
        lines=lines,
    )


def _line_words(texts: Sequence[str], shares: Sequence[float], keep: Sequence[bool]) -> LineWords:
    debris = debris_removed = body = body_lost = 0
    for text, share, is_kept in zip(texts, shares, keep, strict=True):
        if share >= BODY:  # NaN, of a line without a word, is neither
            count = len(tokens(text))
            body += count
            body_lost += 0 if is_kept else count
        elif share <= DEBRIS:
            count = len(tokens(text))
            debris += count
            debris_removed += 0 if is_kept else count
    return LineWords(debris, debris_removed, body, body_lost)


def summarise(results: Sequence[PageResult]) -> list[Row]:
    """Rows for each set, then for each page type, language and so on with enough pages."""
    return [_row(name, [results[at] for at in chosen]) for name, chosen in _groups(results)]


def compare(before: Sequence[PageResult], after: Sequence[PageResult]) -> list[Difference]:
    """How much the word F1 of the same pages differs, one entry a row of `summarise`."""
    return [
        paired_difference(
            [before[at].words.f1 for at in chosen], [after[at].words.f1 for at in chosen]
        )
        for _, chosen in _groups(after)
    ]


def _groups(results: Sequence[PageResult]) -> Iterator[tuple[str, list[int]]]:
    """The name of each group and the positions of its results."""
    for source in sorted({result.source for result in results}):
        of_set = [at for at, result in enumerate(results) if result.source == source]
        yield source, of_set
        for field in _GROUPED_BY:
            values = sorted({getattr(results[at], field) for at in of_set})
            if len(values) == 1:
                continue
            for value in values:
                some = [at for at in of_set if getattr(results[at], field) == value]
                if len(some) >= _FEWEST and (value or field != "drafted_by"):
                    name = f"drafted by {value}" if field == "drafted_by" else value or "?"
                    yield f"{source}/{name}", some


def _row(group: str, results: Sequence[PageResult]) -> Row:
    def mean(values: Iterable[float]) -> float:
        return sum(values) / len(results)

    f1s = [result.words.f1 for result in results]
    lines = [result.lines for result in results if result.lines is not None]
    return Row(
        group=group,
        pages=len(results),
        precision=mean(result.words.precision for result in results),
        recall=mean(result.words.recall for result in results),
        f1=mean(f1s),
        interval=bootstrap_interval(f1s),
        shingle_f1=mean(result.shingles.f1 for result in results),
        segment_f1=segment_f1([result.segments for result in results]),
        debris_removed=_share([(each.debris_removed, each.debris) for each in lines]),
        body_lost=_share([(each.body_lost, each.body) for each in lines]),
    )


def _share(parts: Sequence[tuple[int, int]]) -> float | None:
    whole = sum(of for _, of in parts)
    return sum(part for part, _ in parts) / whole if whole else None
