"""Views of a labelled page."""

import numpy as np
import pytest

from cleaner.split import split
from cleaner.training.phrases import load_phrases
from cleaner.training.views import Convention, Salt, View, conventions, dump, residue, salted
from cleaner.types import Document


def test_a_dump_is_all_lines_without_their_place(view):
    made = dump(view, np.random.default_rng(0))
    assert made.page.texts == view.page.texts
    assert made.page.elements is None


@pytest.mark.parametrize("seed", range(5))
def test_a_residue_is_the_body_and_some_debris_in_order(view, seed):
    none = np.zeros(len(view.page), dtype=np.int8)
    made = residue(view, none, np.random.default_rng(seed))
    body = [text for text, label in zip(view.page.texts, view.labels, strict=True) if label == 1]
    kept = [text for text, label in zip(made.page.texts, made.labels, strict=True) if label == 1]
    assert [text for text in kept if text in body] == body
    title = view.page.title.split(" | ")[0]
    places = [view.page.texts.index(text) for text in made.page.texts if text != title]
    assert places == sorted(places)


def test_a_page_without_body_leaves_no_residue(view):
    bare = View(view.page, np.zeros_like(view.labels), view.weights)
    assert residue(bare, np.zeros(len(view.page), dtype=np.int8), np.random.default_rng(0)) is None


def test_salt_is_debris_among_the_lines(view):
    salt = Salt(load_phrases(), {"en": ["Another story altogether"]})
    none = np.zeros(len(view.page), dtype=np.int8)
    plain = residue(view, none, np.random.default_rng(1))
    mixed = [salted(plain, salt, "de", np.random.default_rng(seed)) for seed in range(10)]
    assert any(len(made.page) > len(plain.page) for made in mixed)
    for made in mixed:
        assert len(made.labels) == len(made.weights) == len(made.page)
        assert body_of(made) == body_of(plain)


def body_of(view):
    return [text for text, label in zip(view.page.texts, view.labels, strict=True) if label > 0]


def test_conventions_are_told_by_what_stands_around_a_line():
    page = split(
        Document(
            "<h1>Title</h1><div class='byline'><span>By A</span></div><p>Body</p>"
            "<figure><figcaption>A ship</figcaption></figure><time>May</time>"
        )
    )
    assert conventions(page).tolist() == [
        Convention.STAYS,
        Convention.OPEN,
        Convention.NONE,
        Convention.STAYS,
        Convention.OPEN,
    ]
