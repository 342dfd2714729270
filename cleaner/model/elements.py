"""Columns of HTML: the elements a line stands in, and what else stands there.

Shares are in 0 to 1, counts are log(1 + n).
"""

from __future__ import annotations

from functools import cache

import numpy as np

from cleaner.model.batch import LEVELS, LONG, Batch, Columns, Dom, Marks
from cleaner.model.sums import page_sums, subtree_sums
from cleaner.model.tokens import Int64
from cleaner.native import load
from cleaner.split.names import names

_compiled = load("dom")

_DOUBLINGS = 7  # of the elements above a line that are looked at

# Tags that say most about the lines in them, each a feature "in <tag>".
_TAG_BITS = {
    tag: 1 << bit
    for bit, tag in enumerate(
        (
            "a p h1 h2 h3 h4 li td nav header footer aside article main form section figure "
            "figcaption blockquote pre code table noscript button label dd dt ul ol div span "
            "time em strong center font tr cite"
        ).split()
    )
}
_OWN_TAGS = (
    "a p h1 h2 h3 h4 li td figcaption blockquote pre button label dd dt div span time em "
    "strong center font article section"
).split()
_IN_TAGS = (
    "a nav header footer aside article main form section figure blockquote pre code table "
    "noscript ul ol p dd li"
).split()


def element_columns(batch: Batch, dom: Dom, marks: Marks) -> Columns:
    """The tags a line stands in, and how much text and how many links stand there with it."""
    own_bits = _bits_of_tags()[dom.tags][dom.signatures]
    bits, depth = _tags_above(dom, own_bits)
    owner = dom.ancestors[0]
    chars = batch.words.chars.astype(np.float32)
    own_tag = own_bits[owner]
    columns: Columns = {
        "link share": marks.link_chars / np.maximum(chars, 1),
        "links": np.log1p(marks.links),
        "hidden": dom.hidden[owner],
        "depth": depth,
        "own other": own_tag == 0,
    }
    for name, held, tags in (("is", own_tag, _OWN_TAGS), ("in", bits, _IN_TAGS)):
        sought = np.array([_TAG_BITS[tag] for tag in tags])[:, None]
        columns |= zip((f"{name} {tag}" for tag in tags), (held & sought) != 0, strict=True)

    counts = batch.words.counts
    page_chars = np.maximum(page_sums(batch, chars), 1)[batch.pages]
    page_links = np.maximum(page_sums(batch, marks.link_chars), 1)[batch.pages]
    above = np.array(dom.ancestors[:LEVELS])
    text, links, lines, long_text = (
        subtree_sums(dom, weights)[above]
        for weights in (chars, marks.link_chars, np.ones(len(chars)), chars * (counts >= LONG))
    )
    some_text = np.maximum(text, 1)
    measures = {
        "text share": text / page_chars,
        "link density": links / some_text,
        "lines": np.log1p(lines),
        "line chars": np.log1p(text / np.maximum(lines, 1)),
        "long share": long_text / some_text,
    }
    for level in range(LEVELS):
        columns |= {f"{name} {level}": values[level] for name, values in measures.items()}
        if level in (2, 4):
            columns[f"page link share {level}"] = links[level] / page_links
    # How many children of the same parent look the same, each itself included.
    for level in (0, 1, 2):
        element = dom.ancestors[level]
        is_root = dom.parents[element] == len(dom.parents) - 1
        siblings = np.where(is_root, 1, dom.group_sizes[dom.groups[element]])
        columns[f"siblings {level}"] = np.log1p(siblings)
    return columns


def _tags_above(dom: Dom, own: Int64) -> tuple[Int64, Int64]:
    """Per line the bits of the tags it stands in, and how many elements are above its own.

    `own` are the bits of each element's own tag, 0 for nobody. Of very many the innermost count.
    """
    owner = dom.ancestors[0]
    if _compiled is not None:
        found: tuple[Int64, Int64] = _compiled.tags_above(owner, dom.parents, own, 1 << _DOUBLINGS)
        return found
    bits, above = own, dom.parents
    depth = (above < len(above) - 1).astype(np.int64)
    for _ in range(_DOUBLINGS):
        bits = bits | bits[above]
        depth = depth + depth[above]
        above = above[above]
    return bits[owner], depth[owner]


@cache
def _bits_of_tags() -> Int64:
    """`_TAG_BITS` by the numbers of tags in `split.names`."""
    known = names()
    bits = np.zeros(len(known.number) + 1, dtype=np.int64)
    for tag, bit in _TAG_BITS.items():
        bits[known.number[tag]] = bit
    return bits
