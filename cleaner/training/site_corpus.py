"""Pages of one site with labelled lines: what a site model is trained on and measured against."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cleaner.io import files
from cleaner.shape import misfit
from cleaner.split import Page, split
from cleaner.training.align import align, tokens
from cleaner.training.records import read_records, record_files
from cleaner.types import CleanerError, Document

_BODY = 0.5  # share of a line's words that the gold holds, from which the line is kept
_MIN_FOUND = 0.7  # share of a gold's words that must stand on its page


@dataclass(frozen=True, slots=True)
class SitePage:
    """A page with labels: whether a line is kept, by its index in the split of `document`.

    Lines that `keep` does not list are unlabelled.
    """

    document: Document
    keep: Mapping[int, bool]


Warn = Callable[[str], object]


def _quiet(_: str) -> None:
    """Warn nobody."""


def read_site_pages(
    path: Path, *, site: str | None = None, warn: Warn = _quiet
) -> Iterator[SitePage]:
    """The labelled pages in JSONL files, or in a folder with the folders `raw` and `clean`.

    A record holds `html` or `text`, and either `lines`, a list of `{"line", "text", "keep"}`,
    or `gold`, the text that should be left. Of two folders, a page in `raw` goes with the file
    of the same name, whatever its ending, in `clean`. Where a record names its `site` or
    `domain`, or has a `url`, and `site` is given, pages of other sites are left out. What is left
    out is told to `warn`.

    Raises:
        CleanerError: no such file, or a record or file that is no such page.
    """
    if path.is_dir() and (path / "raw").is_dir() and (path / "clean").is_dir():
        yield from read_pairs(path / "raw", path / "clean", warn=warn)
        return
    elsewhere = 0
    for file in record_files(path):
        for where, record in read_records(file):
            page = _labelled(record, where, site)
            if page is None:
                elsewhere += 1
            else:
                yield page
    if elsewhere:
        warn(f"{path}: passed over {elsewhere} pages of other sites than {site}")


def read_pairs(raw: Path, clean: Path, *, warn: Warn = _quiet) -> Iterator[SitePage]:
    """The pages of `raw` labelled by the texts of `clean`, which go by the same names.

    Raises:
        CleanerError: no page has a text, a page has two, or a text is not of its page.
    """
    texts: dict[Path, Path] = {}
    for path in filter(Path.is_file, sorted(clean.rglob("*"))):
        other = texts.setdefault(path.relative_to(clean).with_suffix(""), path)
        if other != path:
            raise CleanerError(f"{path}: {other.name} is the text of the same page")
    found = 0
    without: list[str] = []
    for path in sorted(raw.rglob("*")):
        if not path.is_file() or path.suffix.lower() not in files.SUFFIXES:
            continue
        name = path.relative_to(raw)
        gold = texts.get(name.with_suffix(""))
        if gold is None:
            without.append(name.as_posix())
            continue
        found += 1
        document = Document(path.read_bytes(), id=name.as_posix())
        yield label_by_gold(document, gold.read_text("utf-8", "replace"), where=str(path))
    if not found:
        raise CleanerError(f"{raw}: no page in it has a text of the same name in {clean}")
    if without:
        warn(f"{raw}: passed over {len(without)} pages without a text, the first {without[0]}")


def label_by_gold(document: Document, gold: str, *, where: str = "") -> SitePage:
    """`document` with each line labelled by whether `gold` holds most of its words.

    Raises:
        CleanerError: `gold` is not of this page.
    """
    page = split(document)
    shares, found = align(page.texts, gold)
    if found < _MIN_FOUND and tokens(gold):  # of a page that is all debris, nothing stays
        raise CleanerError(
            f"{where or document.id}: only {found:.0%} of the clean text's words stand on the"
            " page in their order; expected the clean text of this very page"
        )
    keep = {
        line: bool(share >= _BODY)
        for line, share in enumerate(shares.tolist())
        if not np.isnan(share)
    }
    return SitePage(document, keep)


def labels_of(page: Page, keep: Mapping[int, bool]) -> NDArray[np.float32]:
    """A label per line of `page`: 1 kept, 0 dropped, NaN unlabelled.

    Raises:
        CleanerError: a label is of a line that the page does not have.
    """
    labels = np.full(len(page), np.nan, dtype=np.float32)
    for line, kept in keep.items():
        if not 0 <= line < len(page):
            raise CleanerError(f"line {line} is labelled, but the page has {len(page)} lines")
        labels[line] = kept
    return labels


def word_counts(page: Page) -> NDArray[np.float32]:
    """The number of words of each line, as golds are compared by."""
    return np.array([len(tokens(text)) for text in page.texts], dtype=np.float32)


def _labelled(record: dict[str, Any], where: str, site: str | None) -> SitePage | None:
    content = record.get("html") if isinstance(record.get("html"), str) else record.get("text")
    if not isinstance(content, str):
        raise CleanerError(f"{where}: expected a page in `html` or `text`")
    url = record.get("url") if isinstance(record.get("url"), str) else None
    if site is not None and _is_elsewhere(record.get("site") or record.get("domain") or url, site):
        return None
    document = Document(
        content,
        id=str(record.get("id", "")),
        url=url,
        format="html" if isinstance(record.get("html"), str) else "text",
    )
    if isinstance(record.get("lines"), list):
        return SitePage(document, _keep(document, record["lines"], where))
    if isinstance(record.get("gold"), str):
        return label_by_gold(document, record["gold"], where=where)
    raise CleanerError(f"{where}: expected `lines` with labels, or a `gold` text")


def _is_elsewhere(address: object, site: str) -> bool:
    from cleaner.model.site_store import is_of_site

    return isinstance(address, str) and bool(address) and not is_of_site(address, site)


def _keep(document: Document, lines: Sequence[Any], where: str) -> dict[int, bool]:
    texts = split(document).texts
    keep: dict[int, bool] = {}
    for entry in lines:
        if wrong := misfit(entry, {"line": int, "keep": bool}):
            raise CleanerError(f"{where}: lines: {wrong}")
        line = entry["line"]
        if not 0 <= line < len(texts):
            raise CleanerError(f"{where}: line {line}: the page has {len(texts)} lines")
        text = entry.get("text")
        if isinstance(text, str) and " ".join(text.split()) != " ".join(texts[line].split()):
            raise CleanerError(
                f"{where}: line {line} is {texts[line]!r} on the page and {text!r} in its label;"
                " the page has changed since it was labelled"
            )
        keep[line] = entry["keep"]
    return keep
