"""How well a cleaner does on pages with gold text, by set, type and language of the page."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from cleaner.pipeline import Cleaner
from cleaner.split import split
from cleaner.training.corpus import GoldPage
from cleaner.training.metrics import Overlap, bootstrap_interval, shingle_overlap, word_overlap
from cleaner.types import Document

EvaluationView = Literal["html", "dump"]


_FEWEST = 5  # pages; the mean over fewer says nothing


@dataclass(frozen=True, slots=True)
class PageResult:
    """One page's figures: words and runs of four words in common with its gold."""

    id: str
    source: str
    page_type: str
    language: str
    words: Overlap
    shingles: Overlap


@dataclass(frozen=True, slots=True)
class Row:
    """The means over one group of pages; `interval` is the 95 % interval of `f1`."""

    group: str
    pages: int
    precision: float
    recall: float
    f1: float
    interval: tuple[float, float]
    shingle_f1: float


def evaluate(
    cleaner: Cleaner, pages: Iterable[GoldPage], *, view: EvaluationView = "html"
) -> Iterator[PageResult]:
    """The figures of each page, in order, as the cleaner does on that view of it.

    A dump is all the page's visible text, one line a block, without its HTML.
    """
    for page in pages:
        document = page.document
        if view == "dump" and document.format == "html":
            texts = split(document).texts
            document = Document("\n".join(texts), url=document.url, format="text")
        text = cleaner.clean(document).text
        yield page_result(page, text)


def page_result(page: GoldPage, text: str) -> PageResult:
    """The figures of one page cleaned to `text`."""
    return PageResult(
        id=page.document.id,
        source=page.source,
        page_type=page.page_type,
        language=page.language,
        words=word_overlap(text, page.gold),
        shingles=shingle_overlap(text, page.gold),
    )


def summarise(results: Sequence[PageResult]) -> list[Row]:
    """Rows for each set, then for each page type and language with enough pages, if several."""
    rows = []
    for source in sorted({result.source for result in results}):
        of_set = [result for result in results if result.source == source]
        rows.append(_row(source, of_set))
        for field in ("page_type", "language"):
            values = sorted({getattr(result, field) for result in of_set})
            groups = [
                (value, [result for result in of_set if getattr(result, field) == value])
                for value in values
            ]
            rows += [
                _row(f"{source}/{value or '?'}", some)
                for value, some in groups
                if len(values) > 1 and len(some) >= _FEWEST
            ]
    return rows


def _row(group: str, results: Sequence[PageResult]) -> Row:
    def mean(values: Iterable[float]) -> float:
        return sum(values) / len(results)

    f1s = [result.words.f1 for result in results]
    return Row(
        group=group,
        pages=len(results),
        precision=mean(result.words.precision for result in results),
        recall=mean(result.words.recall for result in results),
        f1=mean(f1s),
        interval=bootstrap_interval(f1s),
        shingle_f1=mean(result.shingles.f1 for result in results),
    )
