"""Batches that are columns by name: Hugging Face `datasets.map`, Ray Data `map_batches`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from cleaner.integrations.texts import clean_texts


class CleanColumns:
    """Adds a column of clean text to a batch; picklable, and cheap to send to a worker.

    Args:
        content: the column with HTML or text.
        url: the column with URLs, used if the batch has it.
        into: the column that is written.
        options: what `Cleaner` takes.
    """

    def __init__(
        self, *, content: str = "html", url: str = "url", into: str = "text", **options: Any
    ) -> None:
        self.content = content
        self.url = url
        self.into = into
        self.options = options

    def __call__(self, batch: Mapping[str, Any]) -> dict[str, Any]:
        """The batch with the column `into`; pages that are missing or fail are `None` in it.

        Raises:
            KeyError: the batch has no column `content`.
            ValueError: it is one row, as `datasets.map` gives without `batched=True`.
        """
        texts = clean_texts(batch[self.content], batch.get(self.url), options=self.options)
        is_array = isinstance(batch[self.content], np.ndarray)
        return {**batch, self.into: np.array(texts, dtype=object) if is_array else texts}
