"""What a site's model and templates are worth: wrong words on labelled pages, with and without."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import numpy as np

from cleaner.pipeline import Cleaner
from cleaner.split import split
from cleaner.split.page import text_page
from cleaner.training.site import Errors, count_errors
from cleaner.training.site_corpus import SitePage, labels_of, word_counts
from cleaner.types import Document, Gap


def wrong_words(
    cleaners: Mapping[str, Cleaner], pages: Iterable[SitePage], *, as_text: bool = False
) -> dict[str, Errors]:
    """The wrong words of each of several cleaners on the same labelled pages, by their names.

    With `as_text` they are given the lines of HTML pages without the HTML.
    """
    totals = {name: Errors() for name in cleaners}
    for page in pages:
        whole = split(page.document)
        labels, words = labels_of(whole, page.keep), word_counts(whole)
        document = page.document
        if as_text and whole.elements is not None:
            gaps = [max(gap, Gap.LINE) for gap in whole.gaps.tolist()]
            text = text_page(list(whole.texts), gaps)
            document = Document(
                text.join([True] * len(text)), id=document.id, url=document.url, format="text"
            )
        for name, cleaner in cleaners.items():
            cleaned = cleaner.clean(document)
            keep = np.array([verdict.keep for verdict in cleaned.verdicts], dtype=bool)
            if len(keep) == len(labels):  # one long line is split into sentences
                totals[name] += count_errors(keep, labels, words)
    return totals
