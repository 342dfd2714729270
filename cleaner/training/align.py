"""Gold text to line labels, by the longest common subsequence of words."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import groupby

import numpy as np
from numpy.typing import NDArray
from rapidfuzz.distance import LCSseq

# A word, or one ideograph or kana: scripts without spaces are compared by character.
_IDEOGRAPHS = "⺀-⿟々-〇぀-ヿㇰ-ㇿ㐀-䶿一-鿿豈-﫿ｦ-ﾟ"
_TOKEN = re.compile(f"[{_IDEOGRAPHS}]|[^\\W{_IDEOGRAPHS}]+")


def tokens(text: str) -> list[str]:
    """The words of `text`, lower-cased.

    >>> tokens("Two words, 两个字")
    ['two', 'words', '两', '个', '字']
    """
    return _TOKEN.findall(text.lower())


def align(lines: Sequence[str], gold: str) -> tuple[NDArray[np.float32], float]:
    """How much of each line's words lies on the alignment with `gold`, and how much of gold.

    The first value is per line in 0 to 1, NaN for a line without words. The second is the
    share of the gold's words that some line holds: low when the gold is not of this page.
    """
    line_tokens = [tokens(line) for line in lines]
    owner = [index for index, words in enumerate(line_tokens) for _ in words]
    page = [word for words in line_tokens for word in words]
    target = tokens(gold)
    counts = np.bincount(owner, minlength=len(lines)) if owner else np.zeros(len(lines))
    hits = np.zeros(len(lines))
    found = 0
    if page and target:
        ids: dict[str, int] = {}
        left = [ids.setdefault(word, len(ids)) for word in page]
        right = [ids.setdefault(word, len(ids)) for word in target]
        for code in LCSseq.opcodes(left, right):
            if code.tag == "equal":
                found += code.src_end - code.src_start
                for index, run in groupby(owner[code.src_start : code.src_end]):
                    hits[index] += sum(1 for _ in run)
    with np.errstate(invalid="ignore", divide="ignore"):
        shares = np.where(counts > 0, hits / np.maximum(counts, 1), np.nan)
    return shares.astype(np.float32), found / max(len(target), 1)
