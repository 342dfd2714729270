"""Pages with gold text: what models are trained on and measured against."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from courlan import extract_domain
from numpy.typing import NDArray

from cleaner.training.records import read_records, record_files
from cleaner.types import CleanerError, Document


@dataclass(frozen=True, slots=True)
class GoldPage:
    """One page and its main text.

    `group` is what a split may not tear apart: the registered domain where it is known.
    `suspect` marks a gold that is known to be cut or not to be of this page. `wanted` and
    `unwanted` are pieces of text that a good result holds and does not hold; `drafted_by` names
    the tool whose output a person made the gold from.
    """

    document: Document
    gold: str
    group: str
    source: str
    language: str = ""
    page_type: str = ""
    suspect: bool = False
    wanted: tuple[str, ...] = ()
    unwanted: tuple[str, ...] = ()
    drafted_by: str = ""


def read_corpus(path: Path) -> Iterator[GoldPage]:
    """The pages of a corpus file, or of all corpus files in a folder, in sorted order.

    A corpus file is JSONL, plain or packed (`.gz`, `.zst`, `.xz`), of records with `id`, `gold`,
    and `html` or `text`. Used when they are there: `url`, `domain`, `lang`, `page_type`, lists of
    text in `with` and `without`, and `gold_source`.

    Raises:
        CleanerError: no such file, or a line that is no such record.
    """
    for file in record_files(path):
        for where, record in read_records(file, {"gold": str}):
            yield _gold_page(record, where, source=file.name.split(".")[0])


def read_domains(path: Path) -> set[str]:
    """The domains in a text file, one a line, to leave out; `bare_domain` has their form.

    Raises:
        CleanerError: it cannot be read.
    """
    try:
        return set(map(bare_domain, path.read_bytes().decode("utf-8-sig").split()))
    except (OSError, UnicodeDecodeError) as error:
        raise CleanerError(f"{path}: cannot be read ({error})") from None


def bare_domain(name: str) -> str:
    """A domain, or another name of a group of pages, as it is compared.

    >>> bare_domain("www.Example.org")
    'example.org'
    """
    return name.lower().removeprefix("www.")


def _gold_page(record: dict[str, Any], where: str, *, source: str) -> GoldPage:
    is_html = isinstance(record.get("html"), str)
    content = record.get("html") if is_html else record.get("text")
    if not isinstance(content, str):
        raise CleanerError(f"{where}: expected `html` or `text` beside `gold`")
    identity = str(record.get("id", where.rpartition(":")[2]))
    return GoldPage(
        document=Document(
            content,
            id=identity,
            url=_text(record, "url") or None,
            format="html" if is_html else "text",
        ),
        gold=record["gold"],
        group=_text(record, "domain") or _site(_text(record, "url")) or identity,
        source=source,
        language=_text(record, "lang"),
        page_type=_text(record, "page_type"),
        suspect=bool(record.get("gold_suspect")),
        wanted=_texts(record, "with"),
        unwanted=_texts(record, "without"),
        drafted_by=_text(record, "gold_source"),
    )


def _text(record: dict[str, Any], field: str) -> str:
    value = record.get(field)
    return value if isinstance(value, str) else ""


def _texts(record: dict[str, Any], field: str) -> tuple[str, ...]:
    values = record.get(field)
    if not isinstance(values, list):
        return ()
    return tuple(value for value in values if isinstance(value, str) and value.strip())


def _site(url: str) -> str | None:
    """The registered domain of `url`, None where it has none."""
    return extract_domain(url) if url else None


def folds_by_group(groups: Sequence[str], count: int, seed: int = 0) -> NDArray[np.int64]:
    """A fold in 0 to `count - 1` for each page, the same for all pages of a group.

    Groups are dealt out in a shuffled order to the fold that holds the fewest pages.
    """
    names, sizes = np.unique(np.array(groups, dtype=str), return_counts=True)
    order = np.random.default_rng(seed).permutation(len(names))
    order = order[np.argsort(-sizes[order], kind="stable")]
    load = np.zeros(count, dtype=np.int64)
    fold_of: dict[str, int] = {}
    for group in order.tolist():
        fold = int(load.argmin())
        fold_of[str(names[group])] = fold
        load[fold] += sizes[group]
    return np.array([fold_of[group] for group in groups], dtype=np.int64)
