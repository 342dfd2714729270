"""LangChain: a document transformer between a loader and a splitter."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from cleaner.integrations.texts import clean_texts, missing

try:
    from langchain_core.documents import BaseDocumentTransformer, Document
except ImportError as error:
    raise missing("langchain-core", "langchain") from error


class CleanDocuments(BaseDocumentTransformer):
    """Documents whose content is HTML or text to documents with clean text.

    Args:
        url: the metadata field with the URL; loaders of web pages call it `source`.
        options: what `Cleaner` takes.
    """

    def __init__(self, *, url: str = "source", **options: Any) -> None:
        self.url = url
        self.options = options

    def transform_documents(
        self, documents: Sequence[Document], **kwargs: Any
    ) -> Sequence[Document]:
        """New documents with the same metadata and ids.

        Those of which nothing is left, or that failed, are left out.
        """
        urls = [document.metadata.get(self.url) for document in documents]
        texts = clean_texts([each.page_content for each in documents], urls, options=self.options)
        return [
            Document(page_content=text, metadata=dict(document.metadata), id=document.id)
            for document, text in zip(documents, texts, strict=True)
            if text
        ]
