"""What stands in the lines of a page and is not read there, or stands there twice.

Links from a heading to itself, words for screen readers among the words of a line, formulas as
MathML beside the same as TeX, and buttons and the numbers of lines in code.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from cleaner.split.names import IS_BLANKED, IS_HEADING, IS_PRE, NO_STEP, names
from cleaner.split.page import WordIndex

if TYPE_CHECKING:
    from cleaner.split.attributes import Attributes
    from cleaner.split.walk import Tags, Tree

Bool = NDArray[np.bool_]

# Classes of inline elements that say nothing to who sees the rest of their line. By themselves
# they may be all there is, as the name of a button without words is.
_ASIDE = frozenset(
    (
        "sr-only screen-reader-text screen-reader-only visually-hidden visuallyhidden show-for-sr "
        "element-invisible a-offscreen clipped headerlink mw-editsection"
    ).split()
)
_HEADING_LINKS = frozenset(["hash-link", "header-anchor"])  # in a heading; elsewhere hashtags
_LINE_NUMBERS = frozenset("rouge-gutter linenos lineno line-numbers-rows".split())
_MATHML, _DRAWN = "katex-mathml", "katex-html"
_KNOWN = _ASIDE | _HEADING_LINKS | _LINE_NUMBERS | {_MATHML, _DRAWN}

_SIGNS = frozenset(sign.encode() for sign in ("#", "¶", "§", "🔗", "\uf0c1"))  # of a heading's link
_BEGINS_SIGN = np.isin(np.arange(256), [*(sign[0] for sign in _SIGNS), *b" \n\t"])
_LONGEST_SIGN = 6  # bytes, with white space
_LONGEST_LABEL = 60  # bytes, of a button


def blank_unread(
    data: bytes, tags: Tags, tree: Tree, attributes: Attributes, steps: NDArray[np.uint8]
) -> None:
    """Take the text out of `tags` that is not read; `steps` are the gaps that they leave."""
    unread, aside = _unread(data, tags, tree, attributes)
    aside &= steps[tree.tag] == NO_STEP
    if not (unread | aside).any():
        return
    is_gone = _texts_in(unread, tree)
    is_aside = _texts_in(aside, tree)
    asides = np.flatnonzero(is_aside & ~is_gone & (tags.text_ends > tags.texts))
    if len(asides):
        asides = asides[_says_more(data, tags, steps, asides, is_aside | is_gone)]
        is_gone[asides] = True
        tags.flags = tags.flags.copy()
        tags.flags[asides] |= IS_BLANKED
    gone = np.flatnonzero(is_gone)
    starts, ends = tags.texts[gone], tags.text_ends[gone]
    # A space that begins it goes on to part the words around it.
    space = (np.frombuffer(data, dtype=np.uint8)[starts] == ord(" ")) & (starts < ends)
    tags.text_ends = tags.text_ends.copy()
    tags.text_ends[gone] = starts + space


def _unread(data: bytes, tags: Tags, tree: Tree, attributes: Attributes) -> tuple[Bool, Bool]:
    """The elements that are never read, and those that are not where their line says more."""
    known = names().number
    found = WordIndex.of(attributes.pairs, _KNOWN)
    of_pairs = np.zeros((5, len(attributes.pairs)), dtype=np.bool_)
    for pair, words in found.words.items():
        of_pairs[:, pair] = [
            not _LINE_NUMBERS.isdisjoint(words), not _ASIDE.isdisjoint(words),
            not _HEADING_LINKS.isdisjoint(words), _MATHML in words, _DRAWN in words,
        ]  # fmt: skip
    unread, aside, links, mathml, drawn = np.zeros((5, len(tree.tag)), dtype=np.bool_)
    named = np.flatnonzero(found.has[attributes.signatures])
    for marks, of_pair in zip((unread, aside, links, mathml, drawn), of_pairs, strict=True):
        marks[named] = of_pair[attributes.signatures[named]]

    links[_sign_links(data, tags, tree)] = True
    if links.any():
        is_heading = (names().flags[attributes.tags] & IS_HEADING) != 0
        aside |= links & inherit(is_heading[attributes.signatures], tree.ends)

    after = tree.ends[mathml]
    after = after[after < len(drawn)]
    unread[after[drawn[after]]] = True

    is_formula = attributes.tags == known["annotation"]
    annotations = np.flatnonzero(is_formula[attributes.signatures] if is_formula.any() else [])
    formulas: set[int] = set()  # the elements that hold one in several forms
    for element, tag in zip(annotations.tolist(), tree.tag[annotations].tolist(), strict=True):
        formula = int(tree.parents[element])
        if formula not in formulas and b"tex" in data[tags.at[tag] : tags.texts[tag]].lower():
            formulas.add(formula)
            unread[formula + 1 : element] = True
        else:
            unread[element] = True

    is_button = attributes.tags == known["button"]
    is_pre = (names().flags[attributes.tags] & IS_PRE) != 0
    if is_button.any() and is_pre.any():
        in_code = inherit(is_pre[attributes.signatures], tree.ends)
        unread[_labels(data, tags, tree, is_button[attributes.signatures] & in_code)] = True
    return unread, aside


def _labels(data: bytes, tags: Tags, tree: Tree, buttons: Bool) -> list[int]:
    """The `buttons` that show a few words; one that is never closed holds what follows it."""
    edges = np.flatnonzero((tree.of >= 0) & buttons[tree.of])
    found = []
    for start, end in zip(edges[:-1].tolist(), edges[1:].tolist(), strict=True):
        if tree.of[start] == tree.of[end]:  # its two tags: none stands in another
            shown = (data[tags.texts[at] : tags.text_ends[at]] for at in range(start, end))
            words = b"".join(shown).strip()
            if len(words) <= _LONGEST_LABEL and b"\n" not in words:
                found.append(int(tree.of[start]))
    return found


def _sign_links(data: bytes, tags: Tags, tree: Tree) -> list[int]:
    """The links that show no more than a sign."""
    links = np.flatnonzero((tags.name == names().number["a"]) & tags.opens)
    sizes = tags.text_ends[links] - tags.texts[links]
    short = links[(sizes > 0) & (sizes <= _LONGEST_SIGN)]
    first = np.frombuffer(data, dtype=np.uint8)[tags.texts[short]]
    return [
        int(tree.of[place])
        for place in short[_BEGINS_SIGN[first]].tolist()
        if data[tags.texts[place] : tags.text_ends[place]].strip() in _SIGNS
    ]


def _texts_in(marks: Bool, tree: Tree) -> Bool:
    """Of which tags the text behind them stands in a marked element."""
    if not marks.any():
        return np.zeros(len(tree.current), dtype=np.bool_)
    return np.asarray((inherit(marks, tree.ends)[tree.current]) & (tree.current >= 0))


def _says_more(
    data: bytes, tags: Tags, steps: NDArray[np.uint8], asides: NDArray[np.int64], marks: Bool
) -> Bool:
    """Whether the lines that the texts behind the tags `asides` are in have words without marks."""
    edges = np.flatnonzero((steps != NO_STEP) | (tags.name == names().number["br"]))
    edges = np.concatenate([[0], edges, [len(steps)]])
    lines, which = np.unique(np.searchsorted(edges, asides, side="right"), return_inverse=True)
    says = []
    for start, end in zip(edges[lines - 1].tolist(), edges[lines].tolist(), strict=True):
        others = start + np.flatnonzero(~marks[start:end])
        texts = zip(tags.texts[others].tolist(), tags.text_ends[others].tolist(), strict=True)
        says.append(any(data[a:b].strip() for a, b in texts))
    return np.array(says, dtype=np.bool_)[which]


def inherit(marks: Bool, ends: NDArray[np.int64]) -> Bool:
    """Which elements are marked or stand in one that is."""
    marked = np.flatnonzero(marks)
    if not len(marked):
        return marks
    change = np.zeros(len(marks) + 1, dtype=np.int64)
    change[marked] = 1
    np.subtract.at(change, ends[marked], 1)
    return np.asarray(np.cumsum(change[:-1]) > 0)
