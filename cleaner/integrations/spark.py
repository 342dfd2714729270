"""Spark: `mapInPandas` over rows of pages, and a pandas UDF on a column."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, Any

from cleaner.integrations.texts import clean_texts, missing

if TYPE_CHECKING:
    import pandas as pd


def clean_partitions(
    *, content: str = "html", url: str | None = None, into: str = "text", **options: Any
) -> Callable[[Iterable[pd.DataFrame]], Iterator[pd.DataFrame]]:
    """What `DataFrame.mapInPandas` takes: frames of pages in, with a column `into` out.

    The model is loaded once a Python worker. The schema given to `mapInPandas` is that of the
    input and `into` as a string.
    """

    def clean(frames: Iterable[pd.DataFrame]) -> Iterator[pd.DataFrame]:
        for frame in frames:
            urls = frame[url] if url is not None else None
            yield frame.assign(**{into: clean_texts(frame[content], urls, options=options)})

    return clean


def clean_udf(**options: Any) -> Callable[..., Any]:
    """A pandas UDF: a column of pages, and if wanted one of their URLs, to clean text."""
    try:
        import pandas as pd
        from pyspark.sql.functions import pandas_udf
    except ImportError as error:
        raise missing("Spark", "spark") from error

    def clean(content: pd.Series, *urls: pd.Series) -> pd.Series:
        return pd.Series(clean_texts(content, *urls, options=options), dtype=object)

    # Spark reads the kind of a UDF off its annotations, which must be no strings.
    clean.__annotations__ = {"content": pd.Series, "urls": pd.Series, "return": pd.Series}
    udf: Callable[..., Any] = pandas_udf(clean, returnType="string")
    return udf
