"""Compiled loops give what numpy gives."""

import json
import zlib
from dataclasses import fields

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cleaner import layout, native
from cleaner.model import (
    elements,
    features,
    hashing,
    kinds,
    lexicon,
    mass,
    network,
    signatures,
    sums,
    tokens,
    topic,
)
from cleaner.model.batch import make_batch
from cleaner.model.tokens import find_words
from cleaner.rules import literals
from cleaner.rules.literals import fold
from cleaner.split import attributes, lines, markup, page, split, text
from cleaner.split.page import text_page, to_units
from cleaner.types import Document, Gap

pytestmark = pytest.mark.skipif(
    native.load("words") is None, reason="the package was built without a C compiler"
)

WORDS = st.text(alphabet=st.sampled_from("ab cdXYZ09.:-!…’漢字カな\U0001f600éÉß\x85"), max_size=60)
LINES = st.lists(WORDS | st.just("a " * 200), min_size=1, max_size=9)
TABLE = hashing.Table.of(np.random.default_rng(0).normal(size=(1 << 15, 3)).astype(np.float32))


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
        assert (compiled.sums == plain.sums).all()


def test_sums_of_subtrees_are_the_same(monkeypatch):
    source = "<body><main><p>One<p>Two <b>three</b></main><ul><li>Four<li><p>5<p>6</ul>7</body>"
    batch = make_batch([split(Document(source, format="html"))] * 2)
    values = np.sqrt(np.arange(len(batch)) + 0.3)
    compiled = sums.subtree_sums(batch.dom, values)
    monkeypatch.setattr(sums, "_compiled", None)
    assert compiled.tolist() == sums.subtree_sums(batch.dom, values).tolist()


MARKUP = st.lists(
    st.sampled_from(
        ["<div>", "<div class=a>", "</div>", "<ul>", "<li>One", "<li class=b>", "</ul>", "<p>Two a"]
    ),
    max_size=60,
).map("".join)


@settings(deadline=None)
@given(markup=MARKUP | st.just("<div>" * 200 + "<ul><li>1<li>2<li>3" + "</div>" * 90 + "4"))
def test_what_stands_above_lines_is_the_same(markup):
    batch = make_batch([split(Document(f"<body>0{markup}", format="html"))] * 2)
    guess = np.random.default_rng(0).random(len(batch), dtype=np.float32)
    own = np.append(np.left_shift(1, np.arange(len(batch.dom.parents) - 1) % 60), 0)

    def columns():
        found = mass.mass_columns(batch, guess)
        return [
            column.tolist() for column in (*found.values(), *elements._tags_above(batch.dom, own))
        ]

    compiled = columns()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(mass, "_compiled", None)
        patch.setattr(elements, "_compiled", None)
        assert compiled == columns()


def test_means_around_lines_are_the_same(monkeypatch):
    sources = ["\n".join(str(line) for line in range(lines)) for lines in (1, 3, 40)]
    batch = make_batch([split(Document(source, format="text")) for source in sources])
    values = np.random.default_rng(0).random((len(batch), 5), dtype=np.float32)
    compiled = kinds.means_around(batch, values, (2, 6))
    monkeypatch.setattr(kinds, "_windows", None)
    assert (compiled == kinds.means_around(batch, values, (2, 6))).all()


@pytest.mark.parametrize("order", ["C", "F"])
def test_standardised_rows_are_the_same(monkeypatch, order):
    rng = np.random.default_rng(0)
    rows = np.asarray(rng.normal(0, 9, size=(50, 7)), dtype=np.float32, order=order)[3:]
    mean, scale = rng.random(7, dtype=np.float32), rng.random(7, dtype=np.float32)
    compiled = network.standardise(rows, mean, scale)
    monkeypatch.setattr(network, "_compiled", None)
    assert (compiled == network.standardise(rows, mean, scale)).all()


@pytest.mark.parametrize(("means", "scales"), [(6, 7), (7, 6), (8, 8), (1, 1)])
def test_a_network_of_another_width_is_refused_before_it_is_read(means, scales):
    rows, ones = np.ones((3, 7), dtype=np.float32), np.ones(8, dtype=np.float32)
    with pytest.raises(ValueError, match="7 columns, but"):
        network.standardise(rows, ones[:means], ones[:scales])


@settings(deadline=None)
@given(lines=LINES)
def test_counts_are_the_same(lines):
    words = find_words(to_units(lines))
    compiled = features._counts(words)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(features, "_compiled", None)
        assert compiled.tolist() == features._counts(words).tolist()


@settings(deadline=None)
@given(lines=st.lists(WORDS | st.sampled_from(["- a", "* ", "-", "•  b"]), min_size=1, max_size=9))
def test_words_and_items_are_the_same(lines):
    pages = [split(Document("\n".join(["a", *lines]), format="text"))] * 2
    compiled = [column.tolist() for column in layout._read_lines(pages)]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(layout, "_compiled", None)
        assert compiled == [column.tolist() for column in layout._read_lines(pages)]


LONG = st.lists(
    st.sampled_from(
        ["the", "Harbour", "harbour", "bridge", "closes", "for", "Anna", "мост", "漢字", "3 %", "?"]
    ),
    max_size=24,
).map(" ".join)


@settings(deadline=None)
@given(st.lists(st.lists(LONG | WORDS, min_size=1, max_size=6), min_size=1, max_size=3), st.data())
def test_topics_are_the_same(pages, data):
    sources = ["\n".join(["a", *(text.replace("\n", " ") for text in page)]) for page in pages]
    batch = make_batch([split(Document(source, format="text")) for source in sources])
    signs = st.lists(st.sampled_from([-1.0, 1.0]), min_size=len(batch), max_size=len(batch))
    scores = np.array(data.draw(signs), dtype=np.float32)
    weights = np.random.default_rng(0).random(1 << topic.STEM_BITS, dtype=np.float32)

    def columns():
        stems = topic.stem_hashes(batch.words)
        found = topic.topic_columns(batch, stems, scores, scores, weights)
        return {"stems": stems.tolist()} | {name: column.tolist() for name, column in found.items()}

    compiled = columns()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(topic, "_compiled", None)
        assert compiled == columns()


def test_scores_of_elements_are_the_same(monkeypatch):
    source = "<body><main class='post a1'><p>One<p>Two <b>three</b></main><ul><li>Four</ul></body>"
    dom = make_batch([split(Document(source, format="html"))] * 2).dom
    compiled = hashing.score_dom(dom, TABLE)
    monkeypatch.setattr(hashing, "_adders", None)
    plain = hashing.score_dom(dom, TABLE)
    assert (compiled.numbers == plain.numbers).all()
    assert (compiled.sums == plain.sums).all()


@settings(deadline=None)
@given(
    st.lists(
        st.lists(WORDS | st.just("ab harbour abba 漢字 " * 4), min_size=1, max_size=5),
        min_size=1,
        max_size=4,
    ),
    st.data(),
)
def test_what_stands_around_lines_is_the_same(pages, data):
    sources = ["\n".join(["a", *(text.replace("\n", " ") for text in page)]) for page in pages]
    batch = make_batch([split(Document(source, format="text")) for source in sources])
    one = data.draw(st.lists(st.floats(0, 1, width=32), min_size=len(batch), max_size=len(batch)))
    values = np.array(one, dtype=np.float32)
    weight = np.sqrt(np.diff(batch.words.first) + 1.0)

    def around():
        return (
            features.neighbours(batch, values, [-5, -1, 0, 1, 7]).tolist(),
            features.window_means(batch, values, weight, [(-3, 3), (-25, -1), (1, 4)]).tolist(),
            features._in_title(batch).tolist(),
            *(column.tolist() for column in features._shared(batch)),
        )

    compiled = around()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(features, "_windows", None)
        patch.setattr(features, "_compiled", None)
        assert compiled == around()


def test_compiled_modules_can_be_switched_off(monkeypatch):
    monkeypatch.setenv("CLEANER_PURE", "1")
    assert native.load("words") is None


PIECES = st.text(alphabet=st.sampled_from("ab \t\n\x0b\x1c é漢&"), max_size=8)


@settings(deadline=None)
@given(
    pieces=st.lists(
        st.tuples(
            PIECES, st.booleans(), st.sampled_from([lines.JOINED, lines.SPACED, lines.ENDED])
        ),
        min_size=1,
        max_size=8,
    )
)
def test_lines_are_assembled_the_same(pieces):
    written, is_pre, joints = (list(column) for column in zip(*pieces, strict=True))
    joints[-1] = lines.ENDED
    encoded = [piece.encode() for piece in written]
    sizes = np.array([len(piece) for piece in encoded], dtype=np.int64)
    ends = np.cumsum(sizes)
    pre = np.array(is_pre)
    texts = lines.read_texts(
        b"".join(encoded), ends - sizes, ends, np.arange(len(pieces)), pre, np.zeros_like(pre)
    )
    joint = np.array(joints, dtype=np.uint8)
    ends = np.flatnonzero(joint == lines.ENDED)
    runs = np.searchsorted(ends, np.arange(len(pieces)))
    words = np.flatnonzero(texts.has_words)
    if not len(words):
        return
    firsts = words[np.flatnonzero(np.diff(runs[words], prepend=-1))]
    compiled = lines.assemble(texts, joint, firsts)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(lines, "_compiled", None)
        plain = lines.assemble(texts, joint, firsts)
    for name in ("units", "bounds", "texts"):
        assert getattr(compiled, name).tolist() == getattr(plain, name).tolist(), name


HTML = "<body>" + "<div class='a  b' id=c>x <!-- < --><pre>\n a\n\n b</pre>&amp;</div>" * 3


@pytest.mark.parametrize("source", [HTML, "<p>" * 40, "a<", "<p title='<'>x", "<option><OPT"])
def test_brackets_are_counted_the_same(source, monkeypatch):
    data = source.encode()
    compiled = markup._count_tags(data)
    monkeypatch.setattr(markup, "_compiled", None)
    assert compiled == markup._count_tags(data)


@settings(deadline=None)
@given(values=st.lists(st.tuples(st.binary(min_size=1, max_size=3), st.booleans()), max_size=20))
def test_texts_of_elements_are_numbered_the_same(values):
    data = b"".join(value for value, _ in values) + bytes(16)
    sizes = np.array([len(value) for value, _ in values], dtype=np.int64)
    ends = np.cumsum(sizes)
    element = np.cumsum([begins for _, begins in values], dtype=np.int64)
    compiled = attributes._number_texts(data, ends - sizes, ends, element, len(values) + 1)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(attributes, "_compiled", None)
        plain = attributes._number_texts(data, ends - sizes, ends, element, len(values) + 1)
    assert compiled[0].tolist() == plain[0].tolist()
    assert compiled[1] == plain[1]


WRITTEN = st.text(alphabet=st.sampled_from("ab \n\xa0\u3000é漢\U0001f600&;")) | st.sampled_from(
    ["&nbsp;&lt;", "&gt", "&amp;amp;", "&copy;", "&"]
)


@settings(deadline=None)
@given(pieces=st.lists(st.tuples(WRITTEN, st.booleans()), max_size=8))
def test_texts_are_read_the_same(pieces):
    written = [piece.encode() for piece, _ in pieces]
    sizes = np.array([len(piece) for piece in written], dtype=np.int64)
    ends = np.cumsum(sizes)
    breaks = np.array([yes for _, yes in pieces], dtype=np.bool_)
    given_ = (b"".join(written), ends - sizes, ends, np.arange(len(pieces)), breaks, breaks)
    compiled = lines.read_texts(*given_)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(lines, "_compiled", None)
        plain = lines.read_texts(*given_)
    for field in fields(plain):
        assert getattr(compiled, field.name).tolist() == getattr(plain, field.name).tolist()


NAMES = st.text(alphabet=st.sampled_from("abcABC019-_ \t\x1fé:/"), max_size=80)


@settings(deadline=None)
@given(pairs=st.lists(st.tuples(st.sampled_from(["div", "h1", "x-é", ""]), NAMES), min_size=1))
def test_signatures_hash_the_same(pairs):
    compiled = signatures.hash_signatures(pairs)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(signatures, "_compiled", None)
        plain = signatures.hash_signatures(pairs)
    for one, other in zip(compiled, plain, strict=True):
        assert one.tolist() == other.tolist()


@settings(deadline=None)
@given(
    st.lists(st.text(alphabet="aBß -*\xa0İ漢😀𐐀", max_size=12), max_size=8),
    st.lists(st.text(alphabet="ab -ß漢😀", min_size=1, max_size=6).map(literals.fold)),
    st.lists(st.text(alphabet="ab 漢😀", min_size=4, max_size=6)),
)
def test_known_texts_are_found_the_same(texts, beginnings, parts):
    lines = text_page(texts, [Gap.LINE] * len(texts))
    index = literals.LiteralIndex(beginnings, [t for t in beginnings if len(t) > 3], parts)
    compiled, folded = index.find(lines), literals.fold_units(lines.units)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(literals, "_compiled", None)
        assert sorted(compiled) == sorted(index.find(lines))
        assert folded.tolist() == literals.fold_units(lines.units).tolist()
        elsewhere = literals.LiteralIndex(["a"])
    assert set(elsewhere.find(lines)) == {(n, 0) for n, t in enumerate(texts) if fold(t) == "a"}


@settings(deadline=None)
@given(
    st.lists(
        st.lists(st.sampled_from(["a", "b", ": ", " :", " ", "12", "é", "漢"]), max_size=16).map(
            "".join
        ),
        min_size=1,
        max_size=8,
    )
)
def test_wordings_are_found_the_same(texts):
    words = find_words(to_units(texts))
    some = find_words(
        to_units(["a", "b a", "a b", "a : b", "12 a b", "漢", "b", "a " * 12, "é a b"])
    )
    tails = np.concatenate([lexicon.tail_hashes(some, count) for count in (2, 3)])
    known = lexicon.Lexicon(
        np.unique(lexicon.head_hashes(some)),
        np.unique(lexicon.head_hashes(some)[::2]),
        np.unique(tails[tails != 0]),
    )
    compiled = lexicon.lexicon_columns(words, known)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(lexicon, "_compiled", None)
        plain = lexicon.lexicon_columns(words, known)
    assert {name: column.tolist() for name, column in compiled.items()} == {
        name: column.tolist() for name, column in plain.items()
    }


@settings(deadline=None)
@given(
    st.lists(
        st.text(alphabet=st.sampled_from("abé \t\x1c\xa0-"), max_size=9).map(lambda t: ("p", t)),
        max_size=6,
    )
)
def test_words_of_elements_are_found_the_same(pairs):
    known = frozenset(["a", "b", "ab", "a-b", "é", "-"])
    compiled = page._find_words(pairs, known)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(page, "_compiled", None)
        assert compiled == page._find_words(pairs, known)


@settings(deadline=None)
@given(
    st.text(
        alphabet=st.sampled_from("ab \t\r\n\v\f\x1c\x1f\x85\xa0\u2028\u3000é\x00\x0e"), max_size=60
    )
)
def test_texts_are_cut_into_the_same_lines(source):
    units = np.frombuffer((source + "\n").encode("utf-16-le"), dtype=np.uint16)
    compiled = [column.tolist() for column in text._cut_lines(units)]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(text, "_compiled", None)
        assert compiled == [column.tolist() for column in text._cut_lines(units)]


def test_modules_of_other_sources_are_not_used(tmp_path):
    """As in a checkout after a pull: they would be called as they no longer are."""
    is_current = native._is_current.__wrapped__
    assert is_current(tmp_path)  # an installed package has no sources
    (tmp_path / "words.pyx").write_text("def find(units): ...")
    assert not is_current(tmp_path)  # never built
    (tmp_path / "words.so").touch()
    with pytest.warns(RuntimeWarning, match="of another version"):
        assert not is_current(tmp_path)
    sources = {"words.pyx": zlib.crc32((tmp_path / "words.pyx").read_bytes())}
    (tmp_path / "built.json").write_text(json.dumps(sources))
    assert is_current(tmp_path)
    (tmp_path / "words.pyx").write_text("def find(units, most): ...")
    with pytest.warns(RuntimeWarning, match="install it again"):
        assert not is_current(tmp_path)
