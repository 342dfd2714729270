"""LlamaIndex: a transformation for an `IngestionPipeline`, before the node parser."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from cleaner.integrations.texts import clean_texts, missing

try:
    from llama_index.core.schema import BaseNode, MetadataMode, TransformComponent
    from pydantic import ConfigDict, Field
except ImportError as error:
    raise missing("llama-index-core", "llama-index") from error


class CleanNodes(TransformComponent):
    """Nodes or documents whose content is HTML or text to the same with clean text.

    Args:
        url: the metadata field with the URL.
        options: what `Cleaner` takes, as a dictionary.
    """

    model_config = ConfigDict(extra="forbid")  # `keep=…` beside `options` would do nothing

    url: str = "url"
    options: dict[str, Any] = Field(default_factory=dict)

    def __call__(self, nodes: Sequence[BaseNode], **kwargs: Any) -> Sequence[BaseNode]:
        """New nodes; those of which nothing is left, or that failed, are left out."""
        contents = [node.get_content(MetadataMode.NONE) for node in nodes]
        urls = [node.metadata.get(self.url) for node in nodes]
        cleaned = []
        for node, text in zip(
            nodes, clean_texts(contents, urls, options=self.options), strict=True
        ):
            if text:
                copy = node.model_copy(deep=True)
                copy.set_content(text)
                cleaned.append(copy)
        return cleaned
