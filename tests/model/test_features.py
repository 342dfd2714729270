"""What features promise: one value a line, the same whatever batch the page stands in."""

from dataclasses import fields

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cleaner.model.batch import make_batch, take
from cleaner.model.features import context_columns, line_columns, neighbours, stack, window_means
from cleaner.model.hashing import (
    ANCHOR_BITS,
    DOM_BITS,
    WORD_BITS,
    Table,
    anchor_buckets,
    dom_buckets,
    score_buckets,
    score_dom,
    score_words,
    scores,
    word_buckets,
)
from cleaner.model.lexicon import Lexicon
from cleaner.model.sections import section_columns, section_guesses
from cleaner.model.tokens import find_words, hash_word
from cleaner.split import split
from cleaner.split.page import to_units
from cleaner.types import Document

LINES = st.text(
    alphabet=st.characters(exclude_characters="\n", exclude_categories=["Cs"]), max_size=40
)
HTML = """<title>A title</title><nav class="main-nav"><a href=/>Home</a><a href=/n>News</a></nav>
<article class="story"><h1>A title</h1><p>One sentence, with words.</p><p>Another <b>one</b>.</p>
<ul><li>x<li>y</ul></article><footer>© 2020</footer>"""
TEXT = "A title\n\nOne sentence, with words.\nAnother one.\n\n© 2020"


MARKDOWN = """# A title

One sentence, with [words](/w). And [another](/a).

## See also
- [One](/1)
- [Two](/2)
"""


def pages(*sources):
    return [split(Document(source)) for source in sources]


def test_words_are_cut_by_script():
    words = find_words(to_units(["Hello World, it's 42", "你好 world", ""]))
    cut = [[] for _ in range(3)]
    for line, start, end in zip(words.lines, words.starts, words.ends, strict=True):
        cut[line].append("".join(map(chr, words.units[start:end])))
    assert cut == [["hello", "world", "it", "s", "00"], ["你", "好", "world"], []]


@given(st.lists(LINES, min_size=1, max_size=8))
def test_a_words_hash_does_not_depend_on_where_it_stands(lines):
    words = find_words(to_units(lines))
    for start, end, found in zip(words.starts, words.ends, words.hashes, strict=True):
        word = words.units[start:end].tobytes().decode("utf-16-le", "surrogatepass")
        assert hash_word(word) == int(found)


@pytest.mark.parametrize(
    ("find", "bits"), [(word_buckets, WORD_BITS), (anchor_buckets, ANCHOR_BITS)]
)
@given(lines=st.lists(LINES, min_size=1, max_size=8))
def test_hashed_features_of_a_line_do_not_depend_on_the_batch(find, bits, lines):
    rows, buckets = find(find_words(to_units(lines)))
    for number, line in enumerate(lines):
        _, alone = find(find_words(to_units([line])))
        assert sorted(buckets[rows == number]) == sorted(alone)
    assert ((buckets >= 0) & (buckets < 1 << bits)).all()


def test_scoring_by_element_is_summing_over_the_buckets():
    dom = make_batch(pages(HTML)).dom
    table = Table.of(np.random.default_rng(0).normal(size=(1 << DOM_BITS, 2)).astype(np.float32))
    by_line = score_buckets(dom_buckets(dom), table, len(dom.ancestors[0]))
    by_element = score_dom(dom, table)
    assert by_element.sums == pytest.approx(by_line.sums, rel=1e-5, abs=1e-5)
    assert (by_element.numbers == by_line.numbers).all()


LEXICON = Lexicon(*(np.array([1, 2], dtype=np.uint64) for _ in range(3)))


def features(*sources):
    batch = make_batch(pages(*sources))
    rng = np.random.default_rng(0)
    table, dom_table = (
        Table.of(rng.normal(size=(1 << bits, 1)).astype(np.float32))
        for bits in (WORD_BITS, DOM_BITS)
    )
    words = scores(score_words(batch.words, table))
    dom = batch.dom and scores(score_dom(batch.dom, dom_table))
    columns = line_columns(batch, words, dom, LEXICON)
    columns |= context_columns(
        batch, np.linspace(0, 1, len(batch), dtype=np.float32)[::1] * 0 + 0.3
    )
    return batch, stack(columns)


@pytest.mark.parametrize(
    ("source", "other"),
    [(HTML, "<p>Other page</p>"), (TEXT, "Other\nText"), (MARKDOWN, "Other\nText")],
)
def test_a_pages_features_do_not_depend_on_the_batch(source, other):
    batch, matrix = features(other, source, other)
    _, alone = features(source)
    mine = matrix[batch.bounds[1] : batch.bounds[2]]
    assert np.isfinite(matrix).all()
    assert mine == pytest.approx(alone, abs=1e-4)


@given(st.lists(st.lists(LINES, min_size=1, max_size=6), min_size=1, max_size=4))
@settings(deadline=None, max_examples=50)
def test_features_are_finite_for_any_text(groups):
    sources = ["\n".join(["x", *lines]) for lines in groups]
    _, matrix = features(*sources)
    assert np.isfinite(matrix).all()


def test_neighbours_and_windows_end_with_the_page():
    batch = make_batch(pages("a\nb\nc", "d\ne"))
    values = np.array([1, 2, 3, 4, 5], dtype=np.float32)
    assert neighbours(batch, values, [1, -2]).tolist() == [[2, 3, 0, 5, 0], [0, 0, 1, 0, 0]]
    assert window_means(batch, values, np.ones(5), [(-1, 1)]).tolist() == [[1.5, 2, 2.5, 4.5, 4.5]]


def test_pages_taken_from_a_batch_are_a_batch_of_them():
    texts = ["One line\nand another, of 3 words", "漢字\n!\nlast", "Alone", "a\n\nb c d", MARKDOWN]
    pages = [split(Document(text, format="text")) for text in texts]
    for members in ([0], [1, 3], [3, 0, 2], [4, 1], [0, 1, 2, 3, 4]):
        taken = take(make_batch(pages), members)
        made = make_batch([pages[member] for member in members])
        for one, other in (
            (taken, made),
            (taken.words, made.words),
            (taken.titles, made.titles),
            (taken.marks, made.marks),
        ):
            for field in fields(one) if other is not None else ():
                value = getattr(other, field.name)
                if isinstance(value, np.ndarray):
                    assert getattr(one, field.name).tolist() == value.tolist(), field.name


@pytest.mark.parametrize(
    "source",
    [
        "<p>Before</p><h1>Title</h1><p>Text</p><div><h3><a href=/c>Comments</a></h3><p>Yes</div>",
        "Before\n\n# Title\n\nText\n\n### [Comments](/c)\n\n[Yes](/y)\n\n",
    ],
)
def test_a_heading_speaks_for_the_lines_under_it(source):
    batch = make_batch(pages(source, source))
    scores = np.array([[0.1], [0.2], [0.3], [0.4], [0.5]] * 2, dtype=np.float32)
    columns = section_columns(batch, batch.marks, scores)
    assert batch.marks.headings.tolist() == [0, 1, 0, 3, 0] * 2
    assert columns["heading 0"].tolist() == pytest.approx([0, 0.2, 0.2, 0.4, 0.4] * 2)
    assert np.expm1(columns["section lines"]).tolist() == pytest.approx([1, 2, 2, 2, 2] * 2)
    guess = scores[:, 0]
    found = section_guesses(batch, batch.marks, guess, np.ones(10))
    assert found["guess of heading"].tolist() == pytest.approx([0.5, 0.2, 0.2, 0.4, 0.4] * 2)
    assert found["guess in section"].tolist() == pytest.approx([0.1, 0.3, 0.2, 0.5, 0.4] * 2)
