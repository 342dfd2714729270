"""What a cleaner takes from, and leaves in, the text that other extractors made of pages."""

from __future__ import annotations

import hashlib
import unicodedata
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from cleaner.pipeline import Cleaner
from cleaner.training.records import read_records
from cleaner.types import DEBRIS_KINDS, Document

BODY_LABELS = ("body", "heading", "table")
_LABELLED = {"set": str, "page": str, "digest": str, "words": int, "label": str}
_LEFT = {"set": str, "page": str, "extractor": str, "text": str}


@dataclass(frozen=True, slots=True)
class ResidueRow:
    """Shares of words for one extractor or label.

    `debris_removed` of what is labelled a kind of debris, `body_lost` of what is body, a
    heading or a table, `titles_lost` of titles; 0 where there are none. `lines` counts labels.
    """

    group: str
    lines: int
    debris_removed: float
    body_lost: float
    titles_lost: float


def digest(text: str) -> str:
    """What a labelled line is known by: 16 hex digits of the SHA-256 of its NFC form."""
    collapsed = " ".join(unicodedata.normalize("NFC", text).split())
    return hashlib.sha256(collapsed.encode("utf-8")).hexdigest()[:16]


def score_residue(cleaner: Cleaner, labels: Path, texts: Path) -> list[ResidueRow]:
    """A row for all labelled lines, for each extractor, and for each label.

    `labels` are records with `set`, `page`, `digest`, `words` and `label`; `texts` records
    with `set`, `page`, `extractor` and `text`, both JSONL. Lines without a label do not count.

    Raises:
        CleanerError: a line of either file that is no such record.
    """
    known = {
        (record["set"], record["page"], record["digest"]): record
        for _, record in read_records(labels, _LABELLED)
    }
    records = [record for _, record in read_records(texts, _LEFT)]
    documents = (Document(record["text"], format="text") for record in records)
    tallies: dict[str, Counter[tuple[str, bool]]] = {}
    counts: Counter[str] = Counter()
    for record, cleaned in zip(records, cleaner.clean_many(documents), strict=True):
        for line, verdict in cleaned:
            label = known.get((record["set"], record["page"], digest(line.text)))
            if label is None:
                continue
            for group in ("all", record["extractor"], f"label {label['label']}"):
                tally = tallies.setdefault(group, Counter())
                tally[_side(label["label"]), verdict.keep] += label["words"]
                counts[group] += 1
    return [
        ResidueRow(
            group=group,
            lines=counts[group],
            debris_removed=_dropped(tallies[group], "debris"),
            body_lost=_dropped(tallies[group], "body"),
            titles_lost=_dropped(tallies[group], "title"),
        )
        for group in sorted(tallies, key=lambda name: (name != "all", " " in name, name))
    ]


def _side(label: str) -> str:
    if label in DEBRIS_KINDS:
        return "debris"
    return "body" if label in BODY_LABELS else label


def _dropped(tally: Counter[tuple[str, bool]], side: str) -> float:
    total = tally[side, True] + tally[side, False]
    return tally[side, False] / total if total else 0.0
