"""datatrove: a pipeline step between a reader and the filters."""

from __future__ import annotations

from itertools import islice
from typing import Any

from cleaner.integrations.texts import clean_texts, missing

try:
    from datatrove.data import Document, DocumentsPipeline
    from datatrove.pipeline.base import PipelineStep
except ImportError as error:
    raise missing("datatrove", "datatrove") from error

_PAGES = 256  # documents cleaned at once; their order stays


class CleanPages(PipelineStep):
    """Replaces each document's text, HTML or plain, by its clean text.

    Args:
        url: the metadata field with the URL.
        keep_empty: pass on documents of which nothing is left, or that failed.
        options: what `Cleaner` takes.
    """

    type = "✂️ - FORMAT"
    name = "🧹 cleaner"

    def __init__(self, *, url: str = "url", keep_empty: bool = False, **options: Any) -> None:
        super().__init__()
        self.url = url
        self.keep_empty = keep_empty
        self.options = options

    def run(self, data: DocumentsPipeline, rank: int = 0, world_size: int = 1) -> DocumentsPipeline:
        """The documents with clean text, in their order."""
        documents = iter(data)
        while batch := list(islice(documents, _PAGES)):
            yield from self._clean(batch)

    def _clean(self, batch: list[Document]) -> DocumentsPipeline:
        urls = [document.metadata.get(self.url) for document in batch]
        with self.track_time(unit="batch"):
            texts = clean_texts([each.text for each in batch], urls, options=self.options)
        for document, text in zip(batch, texts, strict=True):
            self.stat_update("characters_in", value=len(document.text))
            self.stat_update("characters_out", value=len(text or ""))
            document.text = text or ""
            if document.text or self.keep_empty:
                self.update_doc_stats(document)
                yield document
            else:
                self.stat_update("failed" if text is None else "emptied")
