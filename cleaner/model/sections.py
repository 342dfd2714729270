"""Columns of sections: a heading says what the lines under it are, up to the next one."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from cleaner.model.batch import LONG, Batch, Columns, Float32, Marks
from cleaner.model.tokens import Int64


def section_columns(batch: Batch, marks: Marks, scores: Float32) -> Columns:
    """How long a line's section is, how much of it are links, and what its heading says.

    `scores` (lines, scorers) are what each scorer says of each line.
    """
    section, opener = _sections(batch, marks)
    chars = batch.words.chars.astype(np.float64)
    is_long = batch.words.counts >= LONG
    text, links, long_text, page = (
        np.bincount(of, weights=values)[of]
        for of, values in (
            (section, chars),
            (section, marks.link_chars),
            (section, chars * is_long),
            (batch.pages, chars),
        )
    )
    lines = np.bincount(section)[section]
    some_text = np.maximum(text, 1)
    columns: Columns = {
        "section link density": links / some_text,
        "section lines": np.log1p(lines),
        "section line chars": np.log1p(text / lines),
        "section long share": long_text / some_text,
        "section share": text / np.maximum(page, 1),
        "since heading": np.log1p(np.arange(len(batch)) - opener),
    }
    has_heading = marks.headings[opener] > 0
    for at in range(scores.shape[1]):
        columns[f"heading {at}"] = np.where(has_heading, scores[opener, at], 0)
    return columns


def section_guesses(
    batch: Batch, marks: Marks, guess: Float32, weight: NDArray[np.float64]
) -> Columns:
    """What a first guess says of a line's heading, and of the other lines of its section."""
    section, opener = _sections(batch, marks)
    total = np.bincount(section, weights=weight)[section]
    mass = np.bincount(section, weights=guess * weight)[section]
    others = np.maximum(total - weight, 0)
    return {
        "guess in section": np.where(
            others > 0.5, (mass - guess * weight) / np.maximum(others, 0.5), guess
        ),
        "guess of heading": np.where(marks.headings[opener] > 0, guess[opener], 0.5),
    }


def _sections(batch: Batch, marks: Marks) -> tuple[Int64, Int64]:
    """Each line's section, counted from 0, and the line that opens it.

    That is its heading; the first section of a page may have none.
    """
    opens = marks.headings > 0
    opens[batch.bounds[:-1]] = True
    section = np.cumsum(opens) - 1
    return section, np.flatnonzero(opens)[section]
