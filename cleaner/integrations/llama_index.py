"""LlamaIndex: a transformation for an `IngestionPipeline`, before the node parser."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from cleaner.integrations.texts import clean_texts, missing

try:
    from llama_index.core.schema import BaseNode, MetadataMode, TransformComponent
    from pydantic import ConfigDict, Field, model_validator
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

    @model_validator(mode="before")
    @classmethod
    def _fields(cls, given: Any) -> Any:
        """What is given without the name of the class, which `model_dump` adds."""
        if isinstance(given, dict):
            return {name: value for name, value in given.items() if name != "class_name"}
        return given

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
