"""Pages in other dress are pages still."""

import numpy as np
import pytest

from cleaner.model.batch import make_batch
from cleaner.model.sums import subtree_sums
from cleaner.training.disguise import ciphered, commented, unnamed


def test_an_unnamed_page_has_no_class_words_and_the_original_keeps_its_own(view):
    assert not any(unnamed(view).page.elements.attributes)
    assert any(view.page.elements.attributes)


def test_a_ciphered_page_has_other_words_of_the_same_shape(view):
    made = ciphered(view, np.random.default_rng(0)).page
    for one, other in zip(view.page.texts, made.texts, strict=True):
        assert [len(word) for word in one.split()] == [len(word) for word in other.split()]
    assert view.page.texts[-1] != made.texts[-1]


@pytest.mark.parametrize("seed", range(8))
def test_comments_are_a_subtree_below_the_body(view, seed):
    made = commented(view, ["I think so too."], np.random.default_rng(seed))
    elements, before = made.page.elements, view.page.elements
    new = [i for i, text in enumerate(made.page.texts) if text not in view.page.texts]
    assert new == list(range(new[0], new[-1] + 1))
    assert made.labels[new].max() == 0
    assert [text for i, text in enumerate(made.page.texts) if i not in new] == view.page.texts
    assert all(parent < index for index, parent in enumerate(elements.parents))
    for index, (parent, end) in enumerate(zip(elements.parents, elements.ends, strict=True)):
        assert index < end <= len(elements.tags)
        assert parent < 0 or end <= elements.ends[parent]
    assert elements.ends[0] == len(elements.tags) > len(before.tags)
    dom = make_batch([made.page]).dom
    assert subtree_sums(dom, np.ones(len(made.page)))[0] == len(made.page)
    paths = [made.page.path(i) for i in range(len(made.page)) if i not in new]
    assert paths == [view.page.path(i) for i in range(len(view.page))]
