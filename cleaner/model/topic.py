"""Columns for what other extractors left: is a line about what its page is about?

Words are compared by *stems*, their first letters, so that inflected forms meet; of ideographs
two in a row are a stem. `weights` says how much a stem tells, learned from how many training
pages hold it (inverse document frequency, Spärck Jones 1972).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from cleaner.model.batch import Batch, Columns, Float32
from cleaner.model.hashing import Buckets
from cleaner.model.tokens import IDEOGRAPH, STOP, UPPER, Int64, UInt64, Words, mix

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


def stem_hashes(words: Words) -> UInt64:
    """A hash of the stem of each word, mixed."""
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
    words, lines = batch.words, len(batch)
    content = np.flatnonzero(is_content(words))
    line, hashes = words.lines[content], stems[content]
    weight = weights[stem_buckets(hashes)]
    keys = mix(hashes + batch.pages[line].astype(np.uint64), 51)

    def by_line(values: NDArray[np.generic]) -> Float32:
        return np.bincount(line, weights=values, minlength=lines).astype(np.float32)

    order = np.argsort(keys, kind="stable")  # words stand in page order within a key
    ordered, ordered_line = keys[order], line[order]
    before = _last_other(ordered, ordered_line)
    after = _last_other(ordered[::-1], -ordered_line[::-1])
    distance_before = np.full(len(keys), _REACH, dtype=np.int64)
    distance_after = np.full(len(keys), _REACH, dtype=np.int64)
    distance_before[order] = np.minimum(before, _REACH)
    distance_after[order] = np.minimum(after[::-1], _REACH)
    nearest = np.minimum(distance_before, distance_after)

    # Stems of lines that read like body say what the page speaks of.
    counts = np.diff(words.first)
    says = (scores > 0) & (counts >= _SENTENCE)
    _, inverse = np.unique(keys, return_inverse=True)
    good = np.bincount(inverse, weights=says[line])[inverse]
    good -= says[line] * _repeats_in_line(inverse, line)

    mass = by_line(weight)
    some = mass + 1.0
    capital = (words.classes[words.starts[content]] & UPPER) != 0
    names = capital & (words.ranks[content] > 0)
    name_mass = by_line(weight * names)
    title = np.sort(mix(stem_hashes(batch.titles) + batch.titles.lines.astype(np.uint64), 51))
    at = np.minimum(np.searchsorted(title, keys), max(len(title) - 1, 0))
    in_title = title[at] == keys if len(title) else np.zeros(len(keys), dtype=bool)
    return {
        "topic mass": np.log1p(mass),
        "topic mean": mass / np.maximum(by_line(np.ones(len(line))), 1),
        "topic seen": by_line(weight * (nearest < _REACH)) / some,
        "topic near": by_line(weight * (nearest <= _NEAR)) / some,
        "topic before": by_line(weight * (distance_before < _REACH)) / some,
        "topic after": by_line(weight * (distance_after < _REACH)) / some,
        "topic good": by_line(weight * (good > 0)) / some,
        "topic often": by_line(weight * (good > 1)) / some,
        "topic good mass": np.log1p(by_line(weight * (good > 0))),
        "topic new mass": np.log1p(by_line(weight * (good <= 0))),
        "topic new names": np.log1p(by_line(weight * (names & (good <= 0)))),
        "topic new name share": by_line(weight * (names & (good <= 0))) / (name_mass + 1),
        "topic title": by_line(weight * in_title) / some,
    }


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
    words, lines = batch.words, len(batch)
    counts = np.diff(words.first)
    last = np.maximum(words.line_ends - 1, 0)
    stops = (words.classes[last] & STOP) != 0
    stops |= (words.classes[np.maximum(words.line_ends - 2, 0)] & STOP) != 0
    sentence = stops & (counts >= _SENTENCE)
    sure = sentence & (scores > 0)
    headline = ~stops & (counts >= _HEADLINE[0]) & (counts <= _HEADLINE[1])
    header = ~stops & (counts <= _HEADER) & (anchors < 0)
    first, end = batch.bounds[batch.pages], batch.bounds[batch.pages + 1]
    at = np.arange(lines)

    def since(flags: NDArray[np.bool_]) -> Int64:
        """Lines since the last flagged one before; `_REACH` when there is none on the page."""
        marks = np.maximum.accumulate(np.where(flags, at, -1))
        marks = np.append(-1, marks[:-1]) if lines else marks
        return np.where(marks >= first, np.minimum(at - marks, _REACH), _REACH)

    def until(flags: NDArray[np.bool_]) -> Int64:
        marks = np.minimum.accumulate(np.where(flags, at, lines)[::-1])[::-1]
        marks = np.append(marks[1:], lines) if lines else marks
        return np.where(marks < end, np.minimum(marks - at, _REACH), _REACH)

    behind, ahead = since(~headline), until(~headline)
    behind = np.where(behind == _REACH, np.minimum(at - first + 1, _REACH), behind)
    ahead = np.where(ahead == _REACH, np.minimum(end - at, _REACH), ahead)
    run = np.where(headline, behind + ahead - 1, 0)
    header_at = np.maximum.accumulate(np.where(header, at, -1)) if lines else at
    has_header = header_at >= first
    over = np.where(has_header, anchors[np.maximum(header_at, 0)], 0)
    since_header = np.where(has_header, np.minimum(at - header_at, _REACH), _REACH)
    logs = np.log1p(counts)
    return {
        "since sentence": np.log1p(since(sure)),
        "until sentence": np.log1p(until(sure)),
        "tail": until(sure) == _REACH,
        "head": since(sure) == _REACH,
        "headline": headline,
        "headline run": np.log1p(run),
        "headline before": np.log1p(np.where(headline, behind - 1, 0)),
        "headlines to end": headline & (at + ahead >= end),
        "header": header,
        "since header": np.log1p(since_header),
        "header score": over,
        "header score near": over * np.exp(-since_header / 3.0),
        "length step before": np.where(at > first, logs - np.roll(logs, 1), 0),
        "length step after": np.where(at + 1 < end, logs - np.roll(logs, -1), 0),
        "same first": np.log1p(_alike(batch, _edge(words, last_word=False))),
        "same last": np.log1p(_alike(batch, _edge(words, last_word=True))),
    }


def _edge(words: Words, *, last_word: bool) -> UInt64:
    """The hash of each line's first or last word."""
    counts = np.diff(words.first)
    at = words.first[1:] - 1 if last_word else words.first[:-1]
    hashes = np.append(words.hashes, np.uint64(0))
    return np.where(counts > 0, hashes[np.where(counts > 0, at, -1)], np.uint64(0))


def _alike(batch: Batch, hashes: UInt64) -> Int64:
    """How many other lines of the page have the same hash."""
    keys = mix(mix(hashes, 52) + batch.pages.astype(np.uint64), 53)
    _, inverse, counts = np.unique(keys, return_inverse=True, return_counts=True)
    return np.asarray(counts[inverse] - 1)


_PRICES = np.array([ord(c) for c in "$€£¥₹₽₺%"], dtype=np.uint16)


def _signs(words: Words) -> Columns:
    """Marks that say what a line is for: prices, questions, cut ends."""
    starts, ends = words.line_starts, words.line_ends

    def count(condition: NDArray[np.bool_]) -> Float32:
        sums = np.zeros(len(condition) + 1, dtype=np.int32)
        np.cumsum(condition, out=sums[1:])
        return (sums[ends] - sums[starts]).astype(np.float32)

    last = words.units[np.maximum(ends - 1, 0)]
    third = words.units[np.maximum(ends - 3, 0)]
    dots = (last == ord(".")) & (third == ord(".")) & (ends - starts > 3)
    return {
        "prices": np.log1p(count(np.isin(words.units, _PRICES))),
        "questions": np.log1p(count((words.units == ord("?")) | (words.units == 0xFF1F))),
        "exclamations": np.log1p(count((words.units == ord("!")) | (words.units == 0xFF01))),
        "dots last": dots | (last == 0x2026),
        "brackets": np.log1p(count((words.units == ord("[")) | (words.units == ord("(")))),
        "arrow": count(np.isin(words.units, _ARROWS)) > 0,
        "sentences": np.log1p(count((words.classes & STOP) != 0)),
    }


_ARROWS = np.array([ord(c) for c in "»›>→▶►…"], dtype=np.uint16)
