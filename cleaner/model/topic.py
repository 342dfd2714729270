"""Columns for what other extractors left: is a line about what its page is about?

Words are compared by *stems*, their first letters, so that inflected forms meet; of ideographs
two in a row are a stem. `weights` says how much a stem tells, learned from how many training
pages hold it (inverse document frequency, Spärck Jones 1972).
"""

from __future__ import annotations

from functools import cache

import numpy as np
from numpy.typing import NDArray

from cleaner.model.batch import Batch, Columns, Float32
from cleaner.model.hashing import Buckets
from cleaner.model.sums import count_alike
from cleaner.model.tokens import IDEOGRAPH, STOP, UPPER, Int64, UInt64, Words, mix
from cleaner.native import load

STEM_BITS = 16  # buckets of the table of stem weights
STEM_SCORE_BITS = 18  # buckets of the table of the scorer of stems
_NEAR_WORDS = 60  # words from a line's start that the scorer reads
_STEM = 5  # letters of a word that count
_CONTENT = 4  # letters from which on a word is a content word
_SENTENCE = 12  # words from which on a line that ends in a stop is a sentence
_HEADLINE = (3, 20)  # words of a line without a stop that may be a headline
_HEADER = 8  # words up to which a line may stand over a list
_NEAR = 3  # lines
_REACH = 30  # lines beyond which a distance is no longer told apart

# What the weights of a line's content words are summed by; `number` counts the words.
_SUMS = (
    "mass", "number", "seen", "near", "before", "after", "good", "often", "new", "names",
    "new names", "title",
)  # fmt: skip

# Lines since and until a sentence that reads like body; in a run of headlines, and of it those
# before; since the last header. Whether a line is a headline, with nothing but such up to the
# page's end, and whether it is a header. Which line the last header is, -1 for none.
_LENGTHS = (
    "since sentence", "until sentence", "headlines", "headlines before", "since header",
    "headline", "headlines to end", "header", "header at",
)  # fmt: skip

# Marks that say what a line is for, each counted.
_SIGNS = {
    "prices": "$€£¥₹₽₺%", "questions": "?\uff1f", "exclamations": "!\uff01", "brackets": "[(",
    "arrows": "»›>→▶►…",
}  # fmt: skip

_compiled = load("topic")


def stem_hashes(words: Words) -> UInt64:
    """A hash of the stem of each word, mixed."""
    if _compiled is not None:
        found: UInt64 = _compiled.stem_hashes(
            words.units, words.classes, words.starts, words.ends, _STEM
        )
        return found
    units, last = words.units, len(words.units) - 1
    value = np.zeros(len(words.starts), dtype=np.uint64)
    for step in range(_STEM):
        at = words.starts + step
        inside = at < words.ends
        unit = np.where(inside, units[np.minimum(at, last)], 0).astype(np.uint64)
        value = value * np.uint64(0x100000001B3) + unit
    is_ideograph = (words.classes[words.starts] & IDEOGRAPH) != 0
    follows = np.zeros(len(value), dtype=bool)
    follows[:-1] = is_ideograph[:-1] & is_ideograph[1:] & (words.starts[1:] == words.ends[:-1])
    behind = np.append(value[1:], np.uint64(0)) if len(value) else value
    value = np.where(follows, value * np.uint64(3) + behind * np.uint64(0x9E3779B1), value)
    return mix(value, 50)


def stem_buckets(stems: UInt64) -> Int64:
    """Where the weights of stems stand in their table."""
    return np.asarray(stems >> np.uint64(64 - STEM_BITS), dtype=np.int64)


def is_content(words: Words) -> NDArray[np.bool_]:
    """Which words are long enough to be about something, ideographs included."""
    long = words.ends - words.starts >= _CONTENT
    return np.asarray(long | ((words.classes[words.starts] & IDEOGRAPH) != 0))


def stem_features(words: Words, stems: UInt64) -> Buckets:
    """The lines and the buckets of a line's stems, by one, in pairs and with one between.

    They tell wording in languages that inflect, and phrases with a name in them.
    """
    near = words.ranks < _NEAR_WORDS
    parts = [(words.lines[near], mix(stems[near], 61))]
    for step in (1, 2):
        together = near.copy()
        together[len(together) - step :] = False
        together[: len(together) - step] &= words.lines[step:] == words.lines[:-step]
        at = np.flatnonzero(together)
        pairs = stems[at] * np.uint64(3) + stems[at + step] * np.uint64(0x9E3779B1)
        parts.append((words.lines[at], mix(pairs, 61 + step)))
    rows = np.concatenate([lines for lines, _ in parts])
    hashes = np.concatenate([hashes for _, hashes in parts])
    return rows, (hashes >> np.uint64(64 - STEM_SCORE_BITS)).astype(np.int64)


def stem_weights(batch: Batch) -> Float32:
    """How much each stem tells, by its bucket, learned from the pages of `batch`."""
    words = batch.words
    content = is_content(words)
    buckets = stem_buckets(stem_hashes(words)[content])
    pages = len(batch.bounds) - 1
    held = np.unique(buckets * pages + batch.pages[words.lines[content]])
    counts = np.bincount(held // pages, minlength=1 << STEM_BITS)
    return np.log(pages / (1 + counts)).clip(0).astype(np.float32)


def topic_columns(
    batch: Batch, stems: UInt64, scores: Float32, anchors: Float32, weights: Float32
) -> Columns:
    """What each line shares with the rest of its page, and the run it stands in.

    `scores` and `anchors` are the lines' scores by their words and by how they begin and end.
    """
    return (
        _topic(batch, stems, scores, weights) | _runs(batch, scores, anchors) | _signs(batch.words)
    )


def _topic(batch: Batch, stems: UInt64, scores: Float32, weights: Float32) -> Columns:
    words = batch.words
    titles = mix(stem_hashes(batch.titles) + batch.titles.lines.astype(np.uint64), 51)
    # Stems of lines that read like body say what the page speaks of.
    says = (scores > 0) & (words.counts >= _SENTENCE)
    if _compiled is not None:
        sums: Float32 = _compiled.topic_sums(
            stems, words.first, words.starts, words.ends, words.classes, batch.bounds, weights,
            STEM_BITS, titles, batch.titles.first, says.view(np.uint8), _CONTENT, _REACH, _NEAR,
        )  # fmt: skip
    else:
        sums = _topic_sums(batch, stems, weights, titles, says)
    of = dict(zip(_SUMS, sums, strict=True))
    some = of["mass"] + 1
    return {
        "topic mass": np.log1p(of["mass"]),
        "topic mean": of["mass"] / np.maximum(of["number"], 1),
        "topic seen": of["seen"] / some,
        "topic near": of["near"] / some,
        "topic before": of["before"] / some,
        "topic after": of["after"] / some,
        "topic good": of["good"] / some,
        "topic often": of["often"] / some,
        "topic good mass": np.log1p(of["good"]),
        "topic new mass": np.log1p(of["new"]),
        "topic new names": np.log1p(of["new names"]),
        "topic new name share": of["new names"] / (of["names"] + 1),
        "topic title": of["title"] / some,
    }


def _topic_sums(
    batch: Batch, stems: UInt64, weights: Float32, titles: UInt64, says: NDArray[np.bool_]
) -> Float32:
    """The rows of `_SUMS`, (sums, lines), over the content words."""
    words = batch.words
    content = np.flatnonzero(is_content(words))
    line, hashes = words.lines[content], stems[content]
    weight = np.asarray(weights[stem_buckets(hashes)], dtype=np.float32)
    is_name = (words.classes[words.starts[content]] & UPPER) != 0
    is_name &= words.ranks[content] > 0
    keys = mix(hashes + batch.pages[line].astype(np.uint64), 51)
    order = np.argsort(keys, kind="stable")  # words stand in page order within a key
    ordered, ordered_line = keys[order], line[order]
    before = np.full(len(keys), _REACH, dtype=np.int64)
    after = np.full(len(keys), _REACH, dtype=np.int64)
    before[order] = np.minimum(_last_other(ordered, ordered_line), _REACH)
    after[order] = np.minimum(_last_other(ordered[::-1], -ordered_line[::-1])[::-1], _REACH)
    nearest = np.minimum(before, after)
    _, inverse = np.unique(keys, return_inverse=True)
    good = np.bincount(inverse, weights=says[line])[inverse] if len(keys) else np.zeros(0)
    good -= says[line] * _repeats_in_line(inverse, line)
    title = np.sort(titles)
    at = np.minimum(np.searchsorted(title, keys), max(len(title) - 1, 0))
    in_title = title[at] == keys if len(title) else np.zeros(len(keys), dtype=bool)
    chosen = (
        np.ones(len(keys), dtype=bool), None, nearest < _REACH, nearest <= _NEAR,
        before < _REACH, after < _REACH, good > 0, good > 1, good <= 0,
        is_name, is_name & (good <= 0), in_title,
    )  # fmt: skip
    values = [np.ones(len(keys)) if some is None else weight * some for some in chosen]
    sums = [np.bincount(line, weights=each, minlength=len(batch)) for each in values]
    return np.array(sums, dtype=np.float32)


def _last_other(keys: UInt64, lines: Int64) -> Int64:
    """How many lines before each entry the last one with its key stands, in another line.

    `keys` are grouped and `lines` ascend within a group; `_REACH` where there is none.
    """
    count = len(keys)
    at = np.arange(count)
    starts = np.ones(count, dtype=bool)  # of a stretch of one key in one line
    starts[1:] = (keys[1:] != keys[:-1]) | (lines[1:] != lines[:-1])
    start = np.maximum.accumulate(np.where(starts, at, 0)) if count else at
    previous = np.maximum(start - 1, 0)
    same = (start > 0) & (keys[previous] == keys)
    return np.where(same, lines - lines[previous], _REACH)


def _repeats_in_line(inverse: Int64, line: Int64) -> Int64:
    """How often each entry's key stands in its own line."""
    _, which, counts = np.unique(
        inverse.astype(np.int64) * (int(line.max(initial=0)) + 1) + line,
        return_inverse=True,
        return_counts=True,
    )
    return np.asarray(counts[which])


def _runs(batch: Batch, scores: Float32, anchors: Float32) -> Columns:
    words = batch.words
    found = dict(zip(_LENGTHS, _run_lengths(batch, scores, anchors), strict=True))
    since_header, header_at = found["since header"], found["header at"]
    over = np.where(header_at >= 0, anchors[header_at], 0)
    logs = np.log1p(words.counts)
    steps = np.zeros(len(batch) + 1)  # from the line before each
    steps[1:-1] = logs[1:] - logs[:-1]
    steps[batch.bounds] = 0
    return {
        "since sentence": np.log1p(found["since sentence"]),
        "until sentence": np.log1p(found["until sentence"]),
        "tail": found["until sentence"] == _REACH,
        "head": found["since sentence"] == _REACH,
        "headline": found["headline"],
        "headline run": np.log1p(found["headlines"]),
        "headline before": np.log1p(found["headlines before"]),
        "headlines to end": found["headlines to end"],
        "header": found["header"],
        "since header": np.log1p(since_header),
        "header score": over,
        "header score near": over * np.exp(-since_header / 3.0),
        "length step before": steps[:-1],
        "length step after": -steps[1:],
        "same first": _others_alike(batch, words.first[:-1]),
        "same last": _others_alike(batch, words.first[1:] - 1),
    }


def _run_lengths(batch: Batch, scores: Float32, anchors: Float32) -> Int64:
    """How far each line is from what stands around it, (`_LENGTHS`, lines)."""
    words, counts = batch.words, batch.words.counts
    if _compiled is not None:
        lengths: Int64 = _compiled.run_lengths(
            counts, words.line_ends, words.classes, batch.bounds, np.ascontiguousarray(scores),
            np.ascontiguousarray(anchors), _SENTENCE, *_HEADLINE, _HEADER, _REACH,
        )  # fmt: skip
        return lengths
    stops = (words.classes[np.maximum(words.line_ends - 1, 0)] & STOP) != 0
    stops |= (words.classes[np.maximum(words.line_ends - 2, 0)] & STOP) != 0
    sentence = stops & (counts >= _SENTENCE) & (scores > 0)
    headline = ~stops & (counts >= _HEADLINE[0]) & (counts <= _HEADLINE[1])
    header = ~stops & (counts <= _HEADER) & (anchors < 0)
    first, end = batch.bounds[batch.pages], batch.bounds[batch.pages + 1]
    at = np.arange(len(batch))

    def last(flags: NDArray[np.bool_], none: Int64) -> Int64:
        """The last flagged line up to each on its page, else `none`."""
        marks = np.maximum.accumulate(np.where(flags, at, -1))
        return np.where(marks >= first, marks, none)

    def following(flags: NDArray[np.bool_], none: Int64) -> Int64:
        """The first flagged line from each on."""
        marks = np.minimum.accumulate(np.where(flags, at, len(at))[::-1])[::-1]
        return np.where(marks < end, marks, none)

    # Of the line before each, or the one behind, of whose page there may be none.
    before = np.append(-1, last(sentence, first - _REACH)[:-1])
    since = at - np.where(at > first, before, first - _REACH)
    behind = np.append(following(sentence, end + _REACH)[1:], -1)
    until = np.where(at + 1 < end, behind, end + _REACH) - at
    led = np.where(headline, np.minimum(at - last(~headline, first - 1), _REACH) - 1, 0)
    ahead = np.minimum(following(~headline, end) - at, _REACH)
    header_at = last(header, np.full(len(at), -1))
    since_header = np.where(header_at >= 0, np.minimum(at - header_at, _REACH), _REACH)
    return np.array(
        [
            np.minimum(since, _REACH),
            np.minimum(until, _REACH),
            np.where(headline, led + ahead, 0),
            led,
            since_header,
            headline,
            headline & (at + ahead >= end),
            header,
            header_at,
        ]
    )


def _others_alike(batch: Batch, at: Int64) -> NDArray[np.float64]:
    """How many other lines of its page have the word `at[i]` of line `i` there; log(1 + n)."""
    filled = batch.words.counts > 0
    hashes = np.zeros(len(batch), dtype=np.uint64)
    hashes[filled] = batch.words.hashes[at[filled]]
    return np.log1p(count_alike(batch, hashes) - 1)


def _signs(words: Words) -> Columns:
    """Marks that say what a line is for: prices, questions, cut ends."""
    starts, ends = words.line_starts, words.line_ends
    counted = dict(zip(_SIGNS, _count_signs(words), strict=True))
    last = words.units[np.maximum(ends - 1, 0)]
    third = words.units[np.maximum(ends - 3, 0)]
    dots = (last == ord(".")) & (third == ord(".")) & (ends - starts > 3)
    return {
        "prices": np.log1p(counted["prices"]),
        "questions": np.log1p(counted["questions"]),
        "exclamations": np.log1p(counted["exclamations"]),
        "dots last": dots | (last == 0x2026),
        "brackets": np.log1p(counted["brackets"]),
        "arrow": counted["arrows"] > 0,
    }


def _count_signs(words: Words) -> Float32:
    """How many of each of `_SIGNS` a line holds, (signs, lines)."""
    numbers = _sign_numbers()
    if _compiled is not None:
        found: Float32 = _compiled.count_units(
            words.units, numbers, words.line_starts, words.line_ends, len(_SIGNS)
        )
        return found
    of_unit = numbers[words.units]
    at = np.flatnonzero(of_unit)
    which = of_unit[at]
    edges = np.append(words.line_starts, len(words.units))
    counts = [np.diff(np.searchsorted(at[which == row + 1], edges)) for row in range(len(_SIGNS))]
    return np.array(counts, dtype=np.float32)


@cache
def _sign_numbers() -> NDArray[np.uint8]:
    """Per code unit the row of `_SIGNS` that it counts in, from 1; 0 for none."""
    numbers = np.zeros(1 << 16, dtype=np.uint8)
    for row, marks in enumerate(_SIGNS.values(), start=1):
        numbers[[ord(mark) for mark in marks]] = row
    return numbers
