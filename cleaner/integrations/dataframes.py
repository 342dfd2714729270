"""Columns of data frames: pandas and polars."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cleaner.integrations.texts import clean_texts, missing

if TYPE_CHECKING:
    import pandas as pd
    import polars as pl


def clean_series(content: pd.Series, urls: pd.Series | None = None, **options: Any) -> pd.Series:
    """The clean texts of a pandas Series of pages, with its index and name.

    `urls` is aligned by position; `options` are what `Cleaner` takes.
    """
    try:
        import pandas as pd
    except ImportError as error:
        raise missing("pandas", "pandas") from error

    texts = clean_texts(content, urls, options=options)
    return pd.Series(texts, index=content.index, name=content.name, dtype=object)


def clean_expr(content: str, url: str | None = None, **options: Any) -> pl.Expr:
    """A polars expression: the clean text of column `content`, for eager and lazy frames.

    `url` names the column with URLs; `options` are what `Cleaner` takes.
    """
    try:
        import polars as pl
    except ImportError as error:
        raise missing("polars", "polars") from error

    def clean(columns: pl.Series) -> pl.Series:
        frame = columns.struct
        texts = clean_texts(
            frame.field(content).to_list(),
            frame.field(url).to_list() if url is not None else None,
            options=options,
        )
        return pl.Series(content, texts, dtype=pl.String)

    names = [content] if url is None else [content, url]
    return pl.struct(names).map_batches(clean, return_dtype=pl.String).alias(content)
