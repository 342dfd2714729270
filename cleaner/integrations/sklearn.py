"""scikit-learn: a transformer of pages to clean texts, for the head of a `Pipeline`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, TransformerMixin

from cleaner.guard import OnSuspicion
from cleaner.integrations.texts import clean_texts


class PageCleaner(TransformerMixin, BaseEstimator):
    """Pages, HTML or text, to clean text. It learns nothing: `fit` only checks its parameters.

    The parameters are those of `cleaner.Cleaner`.
    """

    def __init__(
        self,
        *,
        model: str | Path = "base",
        threshold: float | None = None,
        keep: tuple[str, ...] = (),
        drop: tuple[str, ...] = (),
        templates: bool = True,
        sites: str | Path | None = None,
        site: str | None = None,
        on_suspicion: OnSuspicion = "flag",
        usual: Mapping[str, float] | None = None,
        models: str | Path | None = None,
        front: str | None = None,
    ) -> None:
        self.model = model
        self.threshold = threshold
        self.keep = keep
        self.drop = drop
        self.templates = templates
        self.sites = sites
        self.site = site
        self.on_suspicion = on_suspicion
        self.usual = usual
        self.models = models
        self.front = front

    def fit(self, X: Iterable[str | bytes], y: object = None) -> PageCleaner:  # noqa: N803
        """Load the model.

        Raises:
            CleanerError: a parameter makes no sense, or names what is not there.
        """
        clean_texts([], options=self.get_params())
        return self

    def transform(self, X: Iterable[str | bytes]) -> NDArray[np.object_]:  # noqa: N803
        """The clean texts, an array of `str` of shape (pages,); empty for what failed.

        Raises:
            ValueError: `X` is one string, or has several columns.
        """
        texts = clean_texts(_column(X), options=self.get_params())
        return np.array([text or "" for text in texts], dtype=object)

    def __sklearn_is_fitted__(self) -> bool:
        return True

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.requires_fit = False
        tags.input_tags.string = True
        tags.input_tags.two_d_array = False
        tags.input_tags.one_d_array = True
        return tags


def _column(pages: Any) -> Iterable[object]:
    """The pages, also where they are the only column of a table.

    Raises:
        ValueError: they are a table of several columns.
    """
    shape: tuple[int, ...] = getattr(pages, "shape", ())
    if len(shape) < 2:
        return pages
    if len(shape) > 2 or shape[1] != 1:
        raise ValueError(f"expected one column of pages, not the shape {tuple(shape)}")
    return np.asarray(pages, dtype=object)[:, 0].tolist()
