"""Labels and the pages they are of, as records that training and evaluation read."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from cleaner.decode import decode
from cleaner.pipeline import Cleaner
from cleaner.review.labels import Attached, Current, Label, of_page
from cleaner.review.sources import Sheet, attach_to
from cleaner.split import Page, split
from cleaner.types import CleanerError, Document


@dataclass(frozen=True, slots=True)
class Exported:
    """A page's record, how many of its labels moved with their text, and those that are lost."""

    record: dict[str, Any]
    moved: int
    lost: tuple[Label, ...]


def export(
    labels: Current,
    sheets: Iterable[Sheet],
    *,
    site: str | None = None,
    gold: Cleaner | None = None,
) -> Iterator[Exported]:
    """The labelled ones among `sheets`, each as a record with its page and `lines`.

    Those that cannot be read are passed over.

    With `gold`, a cleaner, records also hold the text that is left when the labels overrule its
    verdicts: what `clean evaluate` compares with. It is as good as the page was looked through.
    """
    for sheet in sheets:
        own = of_page(labels, sheet.id, sheet.url)
        if own:
            try:
                document = sheet.load()
            except (CleanerError, OSError):
                continue
            page = split(document)
            attached = attach_to(sheet, page, own)
            yield _exported(document, page, attached, site, gold)


def _exported(
    document: Document, page: Page, attached: Attached, site: str | None, gold: Cleaner | None
) -> Exported:
    content = document.content
    record: dict[str, Any] = {
        "id": document.id,
        "url": document.url,
        **({"site": site} if site else {}),
        page.format: decode(content) if isinstance(content, bytes) else content,
        "lines": [
            {"line": at, "text": page.texts[at], "keep": label.keep, "kind": label.kind}
            for at, label in attached.labels.items()
        ],
    }
    if gold is not None:
        keep = [verdict.keep for verdict in gold.clean(document).verdicts]
        for at, label in attached.labels.items():
            keep[at] = label.keep
        record["gold"] = "\n".join(t for t, kept in zip(page.texts, keep, strict=True) if kept)
    return Exported(record, attached.moved, attached.lost)
