"""Labelled HTML pages in other dress, so that a model leans on no one thing a page may lack."""

from __future__ import annotations

import string
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from cleaner.split import Elements
from cleaner.split.page import to_units
from cleaner.training.views import BODY, View
from cleaner.types import Gap

_CYRILLIC = "абвгдежзиклмнопрстуфхцчшыэ"
_GREEK = "αβγδεζηθικλμνξοπρςστυφχψωά"

# What platforms call the parts of a comment section.
_SECTIONS = (
    "comments", "comments-area", "comment-section", "post-comments", "disqus_thread", "responses",
    "comments_list", "articleComments", "",
)  # fmt: skip
_LISTS = ("commentlist", "comment-list", "comments-list", "comment_list", "")
_ITEMS = ("comment", "comment even depth-1", "comment-item", "hentry comment", "comment odd alt")
_TEXTS = (
    "comment-body", "comment-content", "commenttext", "comment_text", "commentBody", "text",
    "entry", "",
)  # fmt: skip
_AUTHORS = ("comment-author vcard", "comment-meta", "comment-info", "author", "submitted")


def unnamed(view: View) -> View:
    """`view` without class words and the like, as some scrapers leave their pages."""
    elements = _elements(view)
    bare = replace(elements, pairs=[(tag, "") for tag, _ in elements.pairs])
    return replace(view, page=replace(view.page, elements=bare))


def ciphered(view: View, rng: Generator) -> View:
    """`view` in a language nobody knows: its letters replaced by others, the same all through."""
    alphabet = (string.ascii_lowercase, _CYRILLIC, _GREEK)[int(rng.integers(3))]
    shuffled = "".join(rng.permutation(list(alphabet)))
    table = str.maketrans(
        string.ascii_lowercase + string.ascii_uppercase, shuffled + shuffled.upper()
    )
    page = view.page
    texts = [text.translate(table) for text in page.texts]
    return replace(
        view, page=replace(page, units=to_units(texts), title=page.title.translate(table))
    )


def commented(view: View, talk: Sequence[str], rng: Generator) -> View:
    """`view` with a comment section under its body, made of lines of `talk`."""
    page, elements = view.page, _elements(view)
    body = np.flatnonzero((view.labels >= BODY) & (view.weights > 0))
    if not len(body):
        return view
    above = int(page.element[int(body[-1])])
    for _ in range(int(rng.integers(1, 4))):
        if elements.parents[elements.parents[above]] >= 0:
            above = int(elements.parents[above])
    if elements.parents[above] < 0:
        return view
    at = int(elements.ends[above])
    after = 1 + int(np.flatnonzero(page.element < at)[-1])

    made, lines = _section(int(elements.parents[above]), at, talk, rng)
    texts = [text for text, _ in lines]
    page = replace(
        page,
        units=to_units([*page.texts[:after], *texts, *page.texts[after:]]),
        gaps=_spliced(page.gaps, after, [Gap.PARAGRAPH] * len(texts)),
        marked=_spliced(page.marked, after, [False] * len(texts)),
        link_chars=_spliced(page.link_chars, after, [0] * len(texts)),
        links=_spliced(page.links, after, [0] * len(texts)),
        element=_spliced(
            page.element + len(made.tags) * (page.element >= at),
            after,
            [element for _, element in lines],
        ),
        elements=_insert(elements, made, at, int(elements.parents[above])),
    )
    weights = [np.sqrt(text.count(" ") + 1) for text in texts]
    return View(
        page,
        np.insert(view.labels, after, np.zeros(len(texts), dtype=np.float32)),
        np.insert(view.weights, after, np.array(weights, dtype=np.float32)),
    )


@dataclass(slots=True)
class _Section:
    """Elements, a column each for what `Elements` has of them."""

    tags: list[str] = field(default_factory=list)
    attributes: list[str] = field(default_factory=list)
    parents: list[int] = field(default_factory=list)
    ends: list[int] = field(default_factory=list)


def _section(
    parent: int, at: int, talk: Sequence[str], rng: Generator
) -> tuple[_Section, list[tuple[str, int]]]:
    """The elements of a comment section that begins at index `at`, and its lines with theirs."""
    made = _Section()
    lines: list[tuple[str, int]] = []

    def pick(names: Sequence[str]) -> str:
        return names[int(rng.integers(len(names)))]

    def open_(tag: str, words: str, under: int) -> int:
        made.tags.append(tag)
        made.attributes.append(words)
        made.parents.append(under)
        made.ends.append(0)
        return at + len(made.tags) - 1

    def close(index: int) -> None:
        made.ends[index - at] = at + len(made.tags)

    def leaf(tag: str, words: str, under: int, text: str) -> None:
        index = open_(tag, words, under)
        close(index)
        lines.append((text, index))

    item_words, text_words, author_words = pick(_ITEMS), pick(_TEXTS), pick(_AUTHORS)
    item_tag, list_tag = (("li", "ol"), ("div", "div"), ("article", "section"))[rng.integers(3)]
    count = int(rng.integers(2, 15))
    section = open_("div", pick(_SECTIONS), parent)
    leaf("h3", "", section, f"{count} Comments")
    whole = open_(list_tag, pick(_LISTS), section)
    for _ in range(count):
        item = open_(item_tag, item_words, whole)
        leaf("div", author_words, item, f"Reader {rng.integers(1000)}, {rng.integers(1, 29)} May")
        text = open_("div", text_words, item)
        for _ in range(int(rng.integers(1, 4))):
            leaf("p", "", text, pick(talk))
        close(text)
        close(item)
    close(whole)
    close(section)
    return made, lines


def _insert(elements: Elements, made: _Section, at: int, parent: int) -> Elements:
    """`elements` with the subtree `made` put in at index `at`, as the next child of `parent`."""
    count = len(made.tags)
    ends = elements.ends + count * (elements.ends > at)
    while parent >= 0:  # what ends where the subtree begins, and holds it, ends behind it now
        if elements.ends[parent] == at:
            ends[parent] += count
        parent = int(elements.parents[parent])
    numbers: dict[tuple[str, str], int] = {}
    new = [
        numbers.setdefault(pair, len(elements.pairs) + len(numbers))
        for pair in zip(made.tags, made.attributes, strict=True)
    ]
    return Elements(
        parents=_spliced(elements.parents + count * (elements.parents >= at), at, made.parents),
        ends=_spliced(ends, at, made.ends),
        signatures=_spliced(elements.signatures, at, new),
        hidden=_spliced(elements.hidden, at, [False] * count),
        pairs=[*elements.pairs, *numbers],
    )


def _spliced(column: NDArray[Any], at: int, more: Sequence[Any]) -> NDArray[Any]:
    return np.concatenate([column[:at], np.array(more, dtype=column.dtype), column[at:]])


def _elements(view: View) -> Elements:
    elements = view.page.elements
    if elements is None:
        raise ValueError("only HTML pages are disguised")
    return elements
