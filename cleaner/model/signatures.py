"""What elements say they are, as hashes: their tag, and the words of their class, id and role."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache

import numpy as np

from cleaner.model.tokens import Int64, UInt64, hash_word
from cleaner.native import load

_compiled = load("signatures")

_ATTRIBUTE_WORD = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])|\d+")
_MOST_NAMES = 12  # names that count, of an element's class, id and role
_LONGEST_NAME = 60  # characters of a name that count


def hash_signatures(pairs: Sequence[tuple[str, str]]) -> tuple[UInt64, Int64]:
    """The hashes of all that pairs of a tag and attribute words say, and how many are of each."""
    if _compiled is not None:
        flat, sizes = _compiled.hash_signatures(pairs, _hashes)
        return flat, sizes
    hashes = [_hashes(*pair) for pair in pairs]
    return np.concatenate(hashes), np.array([len(some) for some in hashes], dtype=np.int64)


@lru_cache(maxsize=1 << 14)
def _hashes(tag: str, attributes: str) -> UInt64:
    """The hashes of a tag, and of attribute words, whole and in parts."""
    words = {f"<{tag}>": None}  # in the order they come
    for name in attributes.split()[:_MOST_NAMES]:
        short = name[:_LONGEST_NAME]
        words["." + re.sub(r"\d+", "0", short.lower())] = None
        for at, part in enumerate(_ATTRIBUTE_WORD.findall(short)):
            if not part.isdigit() and len(part) > 1:
                words[part.lower()] = None
            if at == 0:
                words[f"{tag}.{part.lower()}"] = None
    return np.array([hash_word(word) for word in words], dtype=np.uint64)
