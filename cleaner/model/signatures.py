"""What elements say they are, as hashes: their tag, and the words of their class, id and role."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

import numpy as np

from cleaner.model.tokens import Int64, UInt64, hash_word
from cleaner.native import load

_compiled = load("signatures")

_ATTRIBUTE_WORD = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])|\d+")
_DIGITS = re.compile(r"\d+")
_MOST_NAMES = 12  # names that count, of an element's class, id and role
_LONGEST_NAME = 60  # characters of a name that count


class Hashes(NamedTuple):
    """The hashes of what pairs of a tag and attribute words say, one pair's behind the other's.

    `counts` says how many are of each. Pairs that differ in digits only have the same `looks`.
    """

    said: UInt64
    counts: Int64
    looks: UInt64


def hash_signatures(pairs: Sequence[tuple[str, str]]) -> Hashes:
    """The hashes of pairs of a tag and attribute words."""
    if _compiled is not None:
        return Hashes(*_compiled.hash_signatures(pairs, _hashes))
    hashes = [_hashes(*pair) for pair in pairs]
    return Hashes(
        said=np.concatenate([said for said, _ in hashes]),
        counts=np.array([len(said) for said, _ in hashes], dtype=np.int64),
        looks=np.array([look for _, look in hashes], dtype=np.uint64),
    )


@lru_cache(maxsize=1 << 14)
def _hashes(tag: str, attributes: str) -> tuple[UInt64, int]:
    """The hashes of a tag, and of attribute words, whole and in parts; and of their looks."""
    words = {f"<{tag}>": None}  # in the order they come
    for name in attributes.split()[:_MOST_NAMES]:
        short = name[:_LONGEST_NAME]
        words["." + _DIGITS.sub("0", short.lower())] = None
        for at, part in enumerate(_ATTRIBUTE_WORD.findall(short)):
            if not part.isdigit() and len(part) > 1:
                words[part.lower()] = None
            if at == 0:
                words[f"{tag}.{part.lower()}"] = None
    looks = hash_word(f"<{tag}>" + _DIGITS.sub("0", attributes))
    return np.array([hash_word(word) for word in words], dtype=np.uint64), looks
