"""What elements say they are for, read from their tags for a whole batch of markup at once."""

from __future__ import annotations

import itertools
import re
from dataclasses import dataclass
from html import unescape

import numpy as np
from numpy.typing import NDArray

from cleaner.native import load
from cleaner.split.names import names, windows_of

Int64 = NDArray[np.int64]
Bool = NDArray[np.bool_]

NAMING = (b"class", b"id", b"role", b"itemprop")  # attributes whose words say what for

READ = (*NAMING, b"style", b"hidden")  # those that are looked at
_STYLE, _HIDDEN = READ.index(b"style") + 1, READ.index(b"hidden") + 1

_compiled, _tags, _sums = load("markup"), load("tags"), load("sums")

_MAX_NAME = 500  # bytes of a class or id that are read

_HIDING = re.compile(r"display\s*:\s*none", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Attributes:
    """What elements say of themselves.

    `pairs[signatures[i]]` are element `i`'s tag and words, and `tags` the numbers of the pairs'
    tags in `names.names()`. `hides` says which elements hide what is in them, and `is_named`
    which have words.
    """

    signatures: NDArray[np.int32]
    pairs: list[tuple[str, str]]
    tags: NDArray[np.uint8]
    hides: Bool
    is_named: Bool


def read_attributes(
    data: bytes, raw: NDArray[np.uint8], starts: Int64, ends: Int64, numbers: NDArray[np.uint8]
) -> Attributes:
    """What the tags of elements say of them.

    Element `i`'s tag is `data[starts[i]:ends[i]]`, and `numbers[i]` the number of its name.
    """
    opening, closing, element, ranks = _find_values(data, raw, starts, ends)
    hidden = np.zeros(len(starts), dtype=np.bool_)
    hidden[element[ranks == _HIDDEN]] = True
    styled = np.flatnonzero(ranks == _STYLE)
    spans = zip(opening[styled].tolist(), closing[styled].tolist(), strict=True)
    styles = [data[at:end] for at, end in spans]
    hiding = {style for style in set(styles) if _hides(style)}  # many elements share a style
    hidden[element[styled[[style in hiding for style in styles]]]] = True

    naming = np.flatnonzero((ranks <= len(NAMING)) & (closing > opening))
    order = element[naming] * (len(NAMING) + 1) + ranks[naming]
    if (np.diff(order) < 0).any():
        naming = naming[np.argsort(order, kind="stable")]
    keys, words = _number_words(
        data, opening[naming], closing[naming], element[naming], len(starts)
    )
    signatures, pairs, tags = _number_pairs(data, starts, numbers, keys, words)
    return Attributes(signatures, pairs, tags, hidden, keys > 0)


def _find_values(
    data: bytes, raw: NDArray[np.uint8], starts: Int64, ends: Int64
) -> tuple[Int64, Int64, Int64, Int64]:
    """Where the values of attributes in `READ` begin and end, whose they are, which from 1."""
    if _tags is not None:
        values: tuple[Int64, Int64, Int64, Int64] = _tags.find_values(data, starts, ends)
        return values
    quotes = np.flatnonzero(raw == ord('"'))
    element = np.searchsorted(starts, quotes) - 1
    inside = (element >= 0) & (quotes < ends[element])
    quotes, element = quotes[inside], element[inside]
    # A quote behind an equals sign begins a value, the next one ends it. Where several such follow
    # one another, every other one is the end of a value like `?q=`.
    is_first = raw[quotes - 1] == ord("=")
    is_same = element[:-1] == element[1:]
    follows = np.append(False, is_first[:-1] & is_same)
    places = np.arange(len(quotes))
    since = places - np.maximum.accumulate(np.where(follows, 0, places))
    opening = np.flatnonzero(is_first & (since % 2 == 0) & np.append(is_same, False))
    windows = windows_of(data)[quotes[opening] - 9]
    ranks = np.zeros(len(opening), dtype=np.int64)
    for rank, name in enumerate(READ, start=1):
        word = (b" " + name)[-8:]
        shift = np.uint64(64 - 8 * len(word))
        is_named = windows >> shift == np.uint64(int.from_bytes(word, "little"))
        if len(name) == len(word):  # the space is before the window
            is_named &= raw[quotes[opening] - 10] == ord(" ")
        ranks[is_named] = rank
    opening, ranks = opening[ranks > 0], ranks[ranks > 0]
    return quotes[opening] + 1, quotes[opening + 1], element[opening], ranks


def _hides(style: bytes) -> bool:
    return b"none" in style and _HIDING.search(style.decode("utf-8", "replace")) is not None


def _number_words(
    data: bytes, starts: Int64, ends: Int64, element: Int64, count: int
) -> tuple[Int64, list[str]]:
    """Per element the number of its words, and the words by number; 0 stands for none.

    Value `i`, never empty, is `data[starts[i]:ends[i]]`, of `element[i]`; those of one element
    stand together.
    """
    ends = np.minimum(ends, starts + _MAX_NAME)
    keys, written = _number_texts(data, starts, ends, element, count)
    words = written.decode("utf-8", "replace").split("\0")
    if b"&" in written:
        words = [unescape(text) if "&" in text else text for text in words]
    return keys, words


def _number_texts(
    data: bytes, starts: Int64, ends: Int64, element: Int64, count: int
) -> tuple[Int64, bytes]:
    """Per element the number of its text, and the texts with a NUL between; 0 is the empty one."""
    if _compiled is not None:
        found: tuple[Int64, bytes] = _compiled.number_texts(data, starts, ends, element, count)
        return found
    values = [data[a:b] for a, b in zip(starts.tolist(), ends.tolist(), strict=True)]
    bounds = np.flatnonzero(np.diff(element, prepend=-1, append=-1)).tolist()
    numbers = {b"": 0}
    keys = np.zeros(count, dtype=np.int64)
    keys[element[bounds[:-1]]] = [
        numbers.setdefault(b" ".join(values[a:b]), len(numbers))
        for a, b in itertools.pairwise(bounds)
    ]
    return keys, b"\0".join(numbers)


def _number_pairs(
    data: bytes, starts: Int64, numbers: NDArray[np.uint8], keys: Int64, words: list[str]
) -> tuple[NDArray[np.int32], list[tuple[str, str]], NDArray[np.uint8]]:
    tags = list(names().names)
    tag = numbers.astype(np.int64)
    unknown = np.flatnonzero(numbers == 0)
    if len(unknown):
        more: dict[str, int] = {}
        tag[unknown] = [
            more.setdefault(_tag(data, start), len(tags) + len(more))
            for start in starts[unknown].tolist()
        ]
        tags += more
    distinct, signatures = _number(keys * len(tags) + tag)
    texts, tags_of_pairs = np.divmod(distinct, len(tags))
    names_of_pairs = map(tags.__getitem__, tags_of_pairs.tolist())
    pairs = list(zip(names_of_pairs, map(words.__getitem__, texts.tolist()), strict=True))
    tags_of_pairs[tags_of_pairs >= len(names().names)] = 0
    return signatures.astype(np.int32), pairs, tags_of_pairs.astype(np.uint8)


def _number(codes: Int64) -> tuple[Int64, Int64]:
    """The distinct codes, ascending, and for each code its place in them."""
    if _sums is None:
        return np.unique(codes, return_inverse=True)
    numbers, counts = _sums.number_codes(codes.view(np.uint64))
    distinct = np.empty(len(counts), dtype=np.int64)
    distinct[numbers] = codes
    order = np.argsort(distinct)
    places = np.empty(len(order), dtype=np.int64)
    places[order] = np.arange(len(order))
    return distinct[order], places[numbers]


def _tag(data: bytes, start: int) -> str:
    written = data[start + 1 : data.index(b">", start)].split(b" ", 1)[0]
    return written.decode("utf-8", "replace")
