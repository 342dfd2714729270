"""Dense features of a batch: a matrix of one row a line, one named column a feature.

`line_columns` says what a line looks like and where it stands, `context_columns` what a first
guess says about the lines around it. Shares are in 0 to 1, counts are log(1 + n).
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

import numpy as np
from numpy.typing import NDArray

from cleaner.model.batch import LEVELS, LONG, Batch, Columns, Dom, Float32, Marks
from cleaner.model.elements import element_columns
from cleaner.model.lexicon import Lexicon, lexicon_columns
from cleaner.model.mass import mass_columns
from cleaner.model.sections import section_columns, section_guesses
from cleaner.model.sums import by_page, count_alike, number, page_sums, subtree_sums
from cleaner.model.tokens import (
    DIGIT,
    IDEOGRAPH,
    MARK,
    OPENER,
    STOP,
    UPPER,
    WORD,
    Words,
)
from cleaner.native import load

_compiled, _windows = load("words"), load("windows")

_TOPIC_BITS = 12  # buckets a page's vocabulary is counted in


def line_columns(
    batch: Batch, word_scores: Float32, dom_scores: Float32 | None, lexicon: Lexicon
) -> Columns:
    """What each line is by itself, where it stands, and how its neighbours score."""
    columns: Columns = {}
    columns |= _shape(batch.words)
    columns |= _place(batch)
    columns |= _relation(batch)
    columns |= lexicon_columns(batch.words, lexicon)
    for at in range(word_scores.shape[1]):
        columns |= _neighbourhood(batch, f"words{at}", word_scores[:, at])
    said = word_scores
    if batch.dom is not None and dom_scores is not None and batch.marks is not None:
        said = np.hstack([word_scores, dom_scores])
        for at in range(dom_scores.shape[1]):
            columns |= _neighbourhood(batch, f"dom{at}", dom_scores[:, at])
        columns |= element_columns(batch, batch.dom, batch.marks)
    elif batch.marks is not None:
        columns |= _marks(batch, batch.marks)
    if batch.marks is not None:
        columns |= section_columns(batch, batch.marks, said)
    return columns


def stack(columns: Columns, lines: slice | None = None) -> Float32:
    """The columns, or some lines of them, as one matrix, in their order."""
    some = list(columns.values())
    if lines is not None:
        some = [column[lines] for column in some]
    rows = np.empty((len(some), len(some[0])), dtype=np.float32)
    np.concatenate(some, out=rows.reshape(-1), casting="unsafe")
    return np.asarray(rows.T)


def _shape(words: Words) -> Columns:
    """Length, characters and casing of the lines."""
    starts, ends, classes = words.line_starts, words.line_ends, words.classes
    chars = (ends - starts).astype(np.float32)
    some_chars = np.maximum(chars, 1)
    counts = words.counts.astype(np.float32)
    some_words = np.maximum(counts, 1)

    counted = dict(zip(_COUNTED, _counts(words), strict=True))
    letters = counted["letters"]
    last = np.maximum(ends - 1, 0)
    before_last = np.maximum(ends - 2, 0)
    last_units, first_units = words.units[last], words.units[starts]
    last_classes, first_classes = classes[last], classes[starts]
    closes = _is_one_of("\"'”’»)」』")[last_units]
    stop_last = ((last_classes & STOP) != 0) | (closes & ((classes[before_last] & STOP) != 0))
    return {
        "chars": np.log1p(chars),
        "words": np.log1p(counts),
        "word length": letters / some_words,
        "digits": counted["digits"] / some_chars,
        "marks": counted["marks"] / some_chars,
        "capitals": counted["capitals"] / np.maximum(letters, 1),
        "ideographs": counted["ideographs"] / some_chars,
        "stops": np.log1p(counted["stops"]),
        "commas": np.log1p(counted["commas"]),
        "capital words": counted["capital words"] / some_words,
        "long capital words": counted["long capital words"] / np.maximum(counted["long words"], 1),
        "short words": (counts - counted["long words"]) / some_words,
        "number words": counted["number words"] / some_words,
        "stop last": stop_last,
        "mark last": (last_classes & MARK) != 0,
        "ellipsis last": last_units == 0x2026,
        "question last": last_units == ord("?"),
        "exclamation last": last_units == ord("!"),
        "colon last": (last_units == ord(":")) | (last_units == 0xFF1A),
        "colon": counted["colons"] > 0,
        "bar": counted["bars"] > 0,
        "at or slash": counted["ats and slashes"] > 0,
        "quote": np.log1p(counted["quotes"]),
        "capital first": (first_classes & UPPER) != 0,
        "opener first": (first_classes & OPENER) != 0,
        "digit first": (first_classes & DIGIT) != 0,
        "lower first": ((first_classes & (WORD | UPPER | DIGIT | IDEOGRAPH)) == WORD),
        "quote first": _is_one_of(_QUOTES)[first_units],
    }


_QUOTES = '"“”„«»‘「『'


@cache
def _is_one_of(chars: str) -> NDArray[np.bool_]:
    """Per code unit whether it is one of these characters."""
    flags = np.zeros(1 << 16, dtype=np.bool_)
    flags[[ord(char) for char in chars]] = True
    return flags


# What is counted in each line, first by unit, then by mark, then by word.
_CLASSES = {"letters": WORD, "digits": DIGIT, "marks": MARK, "capitals": UPPER,
            "ideographs": IDEOGRAPH, "stops": STOP}  # fmt: skip
_MARKS = {"commas": ",，", "colons": ":：", "bars": "|·", "ats and slashes": "@/",
          "quotes": _QUOTES}  # fmt: skip
_WORDS = ("capital words", "long words", "long capital words", "number words")
_COUNTED = (*_CLASSES, *_MARKS, *_WORDS)
_LONG_WORD = 4  # characters


def _counts(words: Words) -> Float32:
    """How many of each of `_COUNTED` a line holds: (counted, lines)."""
    starts, classes = words.line_starts, words.classes
    if _compiled is not None:
        found: Float32 = _compiled.count(
            words.units, classes, starts, words.line_ends, words.starts, words.ends, words.first,
            _mark_numbers(), len(_COUNTED),
        )  # fmt: skip
        return found
    # The places of what is rare are few, and how many a line holds is found by search.
    edges = np.append(starts, len(classes))
    counts = np.empty((len(_COUNTED), len(starts)), dtype=np.float32)
    for row, bit in enumerate(_CLASSES.values()):
        counts[row] = np.diff(np.searchsorted(np.flatnonzero(classes & bit), edges))
    mark_at = np.flatnonzero(classes & MARK)
    marks = _mark_numbers()[words.units[mark_at]]
    for row in range(len(_CLASSES), len(_CLASSES) + len(_MARKS)):
        counts[row] = np.diff(np.searchsorted(mark_at[marks == row], edges))
    is_capital = (classes[words.starts] & UPPER) != 0
    is_long = words.ends - words.starts >= _LONG_WORD
    is_number = (classes[words.starts] & DIGIT) != 0
    chosen = (is_capital, is_long, is_capital & is_long, is_number)
    for row, some in enumerate(chosen, start=len(_CLASSES) + len(_MARKS)):
        counts[row] = np.bincount(words.lines, weights=some, minlength=len(starts))
    return counts


@cache
def _mark_numbers() -> NDArray[np.uint8]:
    """Per code unit the number of the row of `_counts` that it counts in; 0 for none."""
    numbers = np.zeros(1 << 16, dtype=np.uint8)
    for row, chars in enumerate(_MARKS.values(), start=len(_CLASSES)):
        numbers[[ord(char) for char in chars]] = row
    return numbers


def _place(batch: Batch) -> Columns:
    """Where on its page a line stands, by lines and by characters, and what the page is like."""
    words, pages, bounds = batch.words, batch.pages, batch.bounds
    sizes = np.diff(bounds).astype(np.float32)
    index = (np.arange(len(batch)) - bounds[pages]).astype(np.float32)
    chars = words.chars.astype(np.float64)
    before = np.cumsum(chars) - chars
    before -= before[bounds[:-1]][pages]
    total = page_sums(batch, chars)
    counts = words.counts
    is_long = counts >= LONG
    long_chars = chars * is_long
    long_before = np.cumsum(long_chars) - long_chars
    long_before -= long_before[bounds[:-1]][pages]
    long_total = page_sums(batch, long_chars)
    return {
        "index": np.log1p(index),
        "index from end": np.log1p(sizes[pages] - 1 - index),
        "place": index / sizes[pages],
        "place by chars": before / np.maximum(total[pages], 1),
        "long before": long_before / np.maximum(long_total[pages], 1),
        "no long before": long_before == 0,
        "no long after": long_before + long_chars == long_total[pages],
        "page lines": np.log1p(sizes)[pages],
        "page chars": np.log1p(total)[pages],
        "page long share": (long_total / np.maximum(total, 1))[pages],
        "page long lines": np.log1p(page_sums(batch, is_long))[pages],
        "page line chars": np.log1p(total / sizes)[pages],
        "gap before": batch.gaps,
        "gap after": neighbours(batch, batch.gaps.astype(np.float32), [1])[0],
    }


def page_columns(batch: Batch, scores: Float32) -> Columns:
    """What each page of a batch is like, one row a page: how long, how even, how it scores."""
    words = batch.words
    counts = words.counts.astype(np.float64)
    chars = words.chars.astype(np.float64)
    sizes = batch.sizes
    total = np.maximum(page_sums(batch, counts), 1)
    first, last = batch.bounds[:-1], batch.bounds[1:] - 1
    return {
        "lines": np.log1p(sizes),
        "chars": np.log1p(page_sums(batch, chars)),
        "line words": np.log1p(total / sizes),
        "long lines": page_sums(batch, counts >= LONG) / sizes,
        "long words": page_sums(batch, counts * (counts >= LONG)) / total,
        "tiny lines": page_sums(batch, counts <= 3) / sizes,
        "score": page_sums(batch, scores) / sizes,
        "score by words": page_sums(batch, scores * counts) / total,
        "good lines": page_sums(batch, scores > 0) / sizes,
        "first score": scores[first],
        "last score": scores[last],
        "last words": np.log1p(counts[last]),
        "first words": np.log1p(counts[first]),
    }


def _relation(batch: Batch) -> Columns:
    """What a line shares with its page: title, other lines, and what the page speaks of."""
    words, pages = batch.words, batch.pages
    counts = words.counts
    telling, shared = _shared(batch)
    return {
        "title share": _in_title(batch) / np.maximum(counts, 1),
        "title length ratio": np.minimum(counts / np.maximum(batch.titles.counts[pages], 1), 3),
        "repeats": np.log1p(count_alike(batch, words.line_hashes) - 1),
        "topic share": (shared + 0.5) / (telling + 1),
        "topic words": np.log1p(shared),
    }


def _in_title(batch: Batch) -> NDArray[np.generic]:
    """How many words of each line stand in the title of its page."""
    words, titles = batch.words, batch.titles
    if _windows is not None:
        found: NDArray[np.generic] = _windows.count_members(
            words.first, words.hashes, batch.pages, titles.hashes, titles.first
        )
        return found
    if not len(titles.hashes):
        return np.zeros(len(batch))
    values = by_page(words.hashes, batch.pages[words.lines])
    pool = np.sort(by_page(titles.hashes, titles.lines))
    at = np.minimum(np.searchsorted(pool, values), len(pool) - 1)
    return np.bincount(words.lines, weights=pool[at] == values, minlength=len(batch))


def _shared(batch: Batch) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """How many words of each line tell something, and how many of these long lines have too.

    Long lines say what the page speaks of; a teaser for another article shares few of their words.
    A line's own words do not count for it.
    """
    words, lines = batch.words, len(batch)
    if _compiled is not None:
        found: tuple[NDArray[np.float64], NDArray[np.float64]] = _compiled.count_shared(
            words.first, words.hashes, words.starts, words.ends, words.classes, batch.bounds,
            LONG, _TOPIC_BITS,
        )  # fmt: skip
        return found
    telling = words.ends - words.starts > 3
    telling |= (words.classes[words.starts] & IDEOGRAPH) != 0
    size = 1 << _TOPIC_BITS
    bucket = (words.hashes * np.uint64(0xD6E8FEB86659FD93) >> np.uint64(64 - _TOPIC_BITS)).astype(
        np.int64
    ) + batch.pages[words.lines] * size
    from_long = telling & (words.counts[words.lines] >= LONG)
    vocabulary = np.bincount(bucket[from_long], minlength=len(batch.bounds) * size)
    seen = vocabulary[bucket] - from_long
    telling_count = np.bincount(words.lines, weights=telling, minlength=lines)
    shared = np.bincount(words.lines, weights=telling & (seen > 0), minlength=lines)
    return np.asarray(telling_count, dtype=np.float64), np.asarray(shared, dtype=np.float64)


def _neighbourhood(batch: Batch, name: str, scores: Float32) -> Columns:
    """A score, its values at the lines around, its means over windows and the page."""
    weight = batch.weights
    scores = np.ascontiguousarray(scores, dtype=np.float32)
    columns: Columns = {name: scores}
    steps = [step for distance in (1, 2, 3, 5) for step in (-distance, distance)]
    for step, there in zip(steps, neighbours(batch, scores, steps), strict=True):
        columns[f"{name} {step:+}"] = there
    reaches = (4, 12)
    means = window_means(batch, scores, weight, [(-reach, reach) for reach in reaches])
    for reach, mean in zip(reaches, means, strict=True):
        columns[f"{name} around {reach}"] = mean
    columns[f"{name} page"] = (
        page_sums(batch, scores * weight) / np.maximum(page_sums(batch, weight), 1e-6)
    )[batch.pages]
    return columns


def _marks(batch: Batch, marks: Marks) -> Columns:
    """What Markdown says of the lines and of those around them."""
    chars = np.maximum(batch.words.chars, 1)
    linked = (marks.link_chars / chars).astype(np.float32)
    level = np.where(marks.headings > 0, 7.0 - marks.headings, 0).astype(np.float32)
    columns = _neighbourhood(batch, "linked", linked)
    columns |= {"links": np.log1p(marks.links), "heading": level, "item": marks.items}
    steps = (-2, -1, 1, 2)
    for name, marked in (("heading", level > 0), ("item", marks.items)):
        for step, there in zip(
            steps, neighbours(batch, marked.astype(np.float32), steps), strict=True
        ):
            columns[f"{name} {step:+}"] = there
    return columns


def context_columns(batch: Batch, guess: Float32) -> Columns:
    """What a first guess, per line in 0 to 1, says around a line and over its page."""
    weight = batch.weights
    columns: Columns = {"guess": guess, "guess logit": _logit(guess)}
    steps = [step for distance in (1, 2, 3, 4, 5) for step in (-distance, distance)]
    for step, there in zip(steps, neighbours(batch, guess, steps), strict=True):
        columns[f"guess {step:+}"] = there
    windows = [(-3, 3), (-10, 10), (-25, -1), (1, 25)]
    means = window_means(batch, guess, weight, windows)
    for (low, high), mean in zip(windows, means, strict=True):
        columns[f"guess in {low} to {high}"] = mean
    pages = batch.pages
    mass = guess * weight
    total = np.maximum(page_sums(batch, mass), 1e-6)[pages]
    before = np.cumsum(mass) - mass
    before = before - before[batch.bounds[:-1]][pages]
    columns["guess before"] = before / total
    columns["guess after"] = 1 - (before + mass) / total
    columns["guess page"] = total / np.maximum(page_sums(batch, weight), 1e-6)[pages]
    columns["guess sure lines"] = np.log1p(page_sums(batch, guess > 0.5))[pages]
    if batch.dom is not None:
        dom = batch.dom
        masses, weights = subtree_sums(dom, mass), subtree_sums(dom, weight)
        above = np.array(dom.ancestors[:LEVELS])
        others = np.maximum(weights[above] - weight, 0)
        within = np.where(others > 0.5, (masses[above] - mass) / np.maximum(others, 0.5), guess)
        columns |= zip((f"guess within {level}" for level in range(LEVELS)), within, strict=True)
        for depth in (1, 2):
            columns[f"guess alike {depth}"] = _alike_mean(batch, dom, guess, weight, depth)
    if batch.marks is not None:
        columns |= section_guesses(batch, batch.marks, guess, weight)
    return columns | mass_columns(batch, guess)


def _alike_mean(
    batch: Batch, dom: Dom, guess: Float32, weight: NDArray[np.floating], depth: int
) -> Float32:
    """The mean guess of the page's lines whose elements look alike, up to `depth` above them."""
    looks = [dom.looks[dom.signatures[element]] for element in dom.ancestors[: depth + 1]]
    inverse = batch.pages
    for look in looks:
        inverse, _ = number(inverse * len(dom.pairs) + look)
    mass = np.bincount(inverse, weights=guess * weight)
    total = np.bincount(inverse, weights=weight)
    return np.asarray(mass[inverse] / total[inverse], dtype=np.float32)


def _logit(share: Float32) -> Float32:
    bounded = np.clip(share, 1e-3, 1 - 1e-3)
    return np.asarray(np.log(bounded / (1 - bounded)))


def neighbours(batch: Batch, values: Float32, steps: Sequence[int]) -> Float32:
    """Each line's `values` entry so many lines on in its page, a row a step; 0 beyond its ends."""
    if _windows is not None:
        found: Float32 = _windows.neighbours(values, batch.bounds, np.array(steps, dtype=np.int64))
        return found
    rows = np.zeros((len(steps), len(batch)), dtype=np.float32)
    for row, step in zip(rows, steps, strict=True):
        at = np.arange(len(batch)) + step
        inside = (at >= batch.bounds[batch.pages]) & (at < batch.bounds[batch.pages + 1])
        row[inside] = values[at[inside]]
    return rows


def window_means(
    batch: Batch,
    values: Float32,
    weight: NDArray[np.float64],
    windows: Sequence[tuple[int, int]],
) -> Float32:
    """The weighted means of `values` from `low` to `high` lines on, within the page, or 0.

    A row a window, of `(low, high)`.
    """
    lows, highs = np.array(windows, dtype=np.int64).T.copy()
    if _windows is not None:
        found: Float32 = _windows.window_means(values, weight, batch.bounds, lows, highs)
        return found
    at = np.arange(len(batch))
    mass = np.concatenate([[0.0], np.cumsum(values * weight, dtype=np.float64)])
    total = np.concatenate([[0.0], np.cumsum(weight, dtype=np.float64)])
    rows = np.zeros((len(windows), len(batch)), dtype=np.float32)
    for row, low, high in zip(rows, lows, highs, strict=True):
        start = np.maximum(at + low, batch.bounds[batch.pages])
        end = np.maximum(np.minimum(at + high + 1, batch.bounds[batch.pages + 1]), start)
        row[:] = (mass[end] - mass[start]) / np.maximum(total[end] - total[start], 1e-6)
    return rows
