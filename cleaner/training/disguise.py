"""Labelled HTML pages in other dress, so that a model leans on no one thing a page may lack."""

from __future__ import annotations

import string
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.random import Generator

from cleaner.split import Elements
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
    bare = replace(elements, attributes=[""] * len(elements.attributes))
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
    return replace(view, page=replace(page, texts=texts, title=page.title.translate(table)))


def commented(view: View, talk: Sequence[str], rng: Generator) -> View:
    """`view` with a comment section under its body, made of lines of `talk`."""
    page, elements = view.page, _elements(view)
    body = np.flatnonzero((view.labels >= BODY) & (view.weights > 0))
    if not len(body):
        return view
    above = page.element[int(body[-1])]
    for _ in range(int(rng.integers(1, 4))):
        if elements.parents[elements.parents[above]] >= 0:
            above = elements.parents[above]
    if elements.parents[above] < 0:
        return view
    at = elements.ends[above]
    after = 1 + max(line for line, element in enumerate(page.element) if element < at)

    made, lines = _section(elements.parents[above], at, talk, rng)
    texts = [text for text, _ in lines]
    page = replace(
        page,
        texts=_spliced(page.texts, after, texts),
        gaps=_spliced(page.gaps, after, [Gap.PARAGRAPH] * len(texts)),
        markers=_spliced(page.markers, after, [""] * len(texts)),
        source_lines=_spliced(page.source_lines, after, [0] * len(texts)),
        link_chars=_spliced(page.link_chars, after, [0] * len(texts)),
        links=_spliced(page.links, after, [0] * len(texts)),
        element=_spliced(
            [e if e < at else e + len(made.tags) for e in page.element],
            after,
            [element for _, element in lines],
        ),
        elements=_insert(elements, made, at, elements.parents[above]),
    )
    weights = [np.sqrt(text.count(" ") + 1) for text in texts]
    return View(
        page,
        np.insert(view.labels, after, np.zeros(len(texts), dtype=np.float32)),
        np.insert(view.weights, after, np.array(weights, dtype=np.float32)),
    )


def _section(
    parent: int, at: int, talk: Sequence[str], rng: Generator
) -> tuple[Elements, list[tuple[str, int]]]:
    """The elements of a comment section that begins at index `at`, and its lines with theirs."""
    made = Elements()
    lines: list[tuple[str, int]] = []

    def pick(names: Sequence[str]) -> str:
        return names[int(rng.integers(len(names)))]

    def open_(tag: str, words: str, under: int) -> int:
        made.tags.append(tag)
        made.attributes.append(words)
        made.parents.append(under)
        made.ends.append(0)
        made.hidden.append(False)
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


def _insert(elements: Elements, made: Elements, at: int, parent: int) -> Elements:
    """`elements` with the subtree `made` put in at index `at`, as the next child of `parent`."""
    count = len(made.tags)
    ends = [end + count if end > at else end for end in elements.ends]
    while parent >= 0:  # what ends where the subtree begins, and holds it, ends behind it now
        if elements.ends[parent] == at:
            ends[parent] += count
        parent = elements.parents[parent]
    parents = [p if p < at else p + count for p in elements.parents]
    return Elements(
        parents=_spliced(parents, at, made.parents),
        ends=_spliced(ends, at, made.ends),
        tags=_spliced(elements.tags, at, made.tags),
        attributes=_spliced(elements.attributes, at, made.attributes),
        hidden=_spliced(elements.hidden, at, made.hidden),
    )


def _spliced(column: list, at: int, more: list) -> list:  # type: ignore[type-arg]
    return [*column[:at], *more, *column[at:]]


def _elements(view: View) -> Elements:
    elements = view.page.elements
    if elements is None:
        raise ValueError("only HTML pages are disguised")
    return elements
