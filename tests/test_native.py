"""Compiled loops give what numpy gives."""

from dataclasses import fields

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cleaner import native
from cleaner.model import hashing, tokens
from cleaner.model.batch import make_batch
from cleaner.model.tokens import find_words
from cleaner.split import split
from cleaner.split.page import to_units
from cleaner.types import Document

pytestmark = pytest.mark.skipif(
    native.load("words") is None, reason="the package was built without a C compiler"
)

WORDS = st.text(alphabet=st.sampled_from("ab cdXYZ09.:-!…’漢字カな\U0001f600éÉß\x85"), max_size=60)
LINES = st.lists(WORDS | st.just("a " * 90), min_size=1, max_size=9)
TABLE = np.random.default_rng(0).normal(size=(1 << 15, 3)).astype(np.float32)


@settings(deadline=None)
@given(lines=LINES)
def test_words_are_the_same(lines):
    units = to_units(lines)
    compiled = find_words(units)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(tokens, "_compiled", None)
        plain = find_words(units)
    for field in fields(plain):
        one, other = getattr(compiled, field.name), getattr(plain, field.name)
        assert one.dtype == other.dtype
        assert (one == other).all(), field.name


@settings(deadline=None)
@given(lines=LINES)
def test_scores_are_the_same(lines):
    words = find_words(to_units(lines))
    for score in (hashing.score_words, hashing.score_anchors):
        compiled = score(words, TABLE)
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(hashing, "_words", None)
            patch.setattr(hashing, "_adders", None)
            plain = score(words, TABLE)
        assert (compiled.numbers == plain.numbers).all()
        assert compiled.sums == pytest.approx(plain.sums, abs=1e-4)


def test_scores_of_elements_are_the_same(monkeypatch):
    source = "<body><main class='post a1'><p>One<p>Two <b>three</b></main><ul><li>Four</ul></body>"
    dom = make_batch([split(Document(source, format="html"))] * 2).dom
    compiled = hashing.score_dom(dom, TABLE)
    monkeypatch.setattr(hashing, "_adders", None)
    plain = hashing.score_dom(dom, TABLE)
    assert (compiled.numbers == plain.numbers).all()
    assert compiled.sums == pytest.approx(plain.sums, abs=1e-5)


def test_compiled_modules_can_be_switched_off(monkeypatch):
    monkeypatch.setenv("CLEANER_PURE", "1")
    assert native.load("words") is None
