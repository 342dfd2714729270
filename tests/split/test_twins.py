"""The compiled steps of the walk do what numpy does, whatever they are given."""

import itertools

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cleaner import native
from cleaner.split import attributes, lines, markup, runs, tree
from cleaner.split import walk as walk_module
from cleaner.split.html import split_html, split_htmls
from cleaner.split.tree import NotPlainError
from cleaner.split.walk import walk
from tests.split.test_walk import MARKUP

pytestmark = pytest.mark.skipif(
    native.load("tags") is None, reason="the package was built without a C compiler"
)

TAGS = st.sampled_from(
    "<p> </p> <p\tclass='a\tb'> <b\tid='x'> </b> <a\thref='?q='> </a> <x-y> </x-y> <blockquotes>"
    " <unknown-long> <br> </br> <svg> </svg> <link> <iframe> </iframe> <iframe></iframe> <title>"
    " </title> <meta\tname='generator'\tcontent='G&amp;H'> <noscript> </noscript> <pre> </pre> <li>"
    " </li> <p\tstyle='display:none'> <p\thidden=''> <p\trole='a'\tclass='b'\titemprop='c'>"
    " <p\tid='e\tid='> <p\tdata-id='n'\t='class='v'> <!doctype\thtml> <!--\tc\t--> <!--><--> <!--"
    " --> < > <> </> <!> ' = &lt; & ; <?x\ty> <h2> </h2> # ¶ <a\tclass='headerlink'> <button>"
    " </button> <b\tclass='sr-only'> <b\tclass='lineno'> <math> <semantics> </semantics> <mi> </mi>"
    " <annotation\tencoding='tex'> </annotation> <i\tclass='katex-mathml'> </i>"
    " <i\tclass='katex-html'>".replace("'", '"').split(" ")
).map(lambda piece: piece.replace("\t", " "))
WILD = st.lists(
    TAGS | st.text(alphabet="ab1 <>!-/=\"' \n\u00a0é漢\u0301🙂\u00ad\u200bไ", max_size=5),
    max_size=30,
).map(lambda pieces: "".join(pieces).encode())
SOURCE = st.lists(
    st.sampled_from(
        "<p <b\ta=1 <b\ta=2> <i> </i> <font\tcolor=red> </font> <a\thref=/x/> <a\thref='?a=1'> </a>"
        " <td> <table> </table> <svg> <svg/> </svg> <path/> <path\td=x/> <math> </math> <mi>"
        " <script> </script> </SCRIPT\t> <style> </style> <title> </title> <textarea> </textarea>"
        " <select> </select> <template> </template> <noscript> </noscript> <iframe> </iframe> <!--"
        " --> --!> <!--> <!---> <!doctype\thtml> <?php\t?> <![CDATA[ ]]> </3> <3 </p </p>"
        " class=x CLASS='X' class id=\"a id\"= =id hidden hidden> style='display:none' title='>'"
        " title=\"<p\tclass=y>\" data-x='</script>' content=& type=hidden <input / /> > < \t ' \" ="
        " itemprop=z xitemprop=z name class=a/b/ class\n=\t'a' class=a'b <frameset> <frame> <br/>"
        .split(" ")
    ).map(lambda piece: piece.replace("\t", " "))
    | st.text(alphabet="ab1é漢🙂 \n", max_size=4),
    max_size=40,
).map("".join)  # fmt: skip


def columns(page):
    elements = page.elements
    arrays = (
        page.units, page.gaps, page.element, page.link_chars, page.links, page.marked,
        elements.parents, elements.ends, elements.hidden, elements.tag_numbers[elements.signatures],
    )  # fmt: skip
    return (
        *((array.dtype, array.tolist()) for array in arrays),
        page.title, page.generator, page.seen, elements.tags, elements.attributes,
    )  # fmt: skip


def outcome(make, given_):
    try:
        return [columns(page) for page in make(given_)]
    except NotPlainError as error:
        return error.pages
    except IndexError:  # text outside of all elements, which no parser writes
        return IndexError


def outcomes(make, given_):
    """What comes of it compiled and in numpy."""
    compiled = outcome(make, given_)
    with pytest.MonkeyPatch.context() as patch:
        for module in (walk_module, attributes, lines, markup, runs, tree):
            for name in ("_compiled", "_tags", "_source", "_regular"):
                if hasattr(module, name):
                    patch.setattr(module, name, None)
        return compiled, outcome(make, given_)


@given(st.lists(MARKUP | SOURCE | WILD.map(bytes.decode), max_size=3))
@settings(max_examples=300, deadline=None)
def test_pages_are_split_the_same(sources):
    compiled, plain = outcomes(split_htmls, sources)
    assert compiled == plain


@given(st.lists(WILD, max_size=3))
@settings(max_examples=400, deadline=None)
def test_markup_that_no_parser_wrote_is_walked_the_same(markups):
    compiled, plain = outcomes(walk, [b"<html>%s<p>x</p></html>" % markup for markup in markups])
    assert compiled == plain


@given(st.text(alphabet="ab\0é\xff漢\u07ff\ud800\udfff🙂", max_size=30))
def test_sources_are_encoded_the_same(source):
    assert markup._encode(source) == source.encode("utf-8", "replace").replace(b"\0", b"")


@settings(deadline=None)
@given(WILD.filter(bool) | st.lists(st.sampled_from(
    [b"<b>", b"</B>", b"<div", b"</div>", b"<table>", b"</table>", b"<p>", b"</svg>", b"<svg>"]
), min_size=1).map(b"".join))  # fmt: skip
def test_depth_is_counted_the_same(data):
    compiled = markup._deepest(data)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(markup, "_source", None)
        assert compiled == markup._deepest(data)
    assert markup._deepest(b"<div>" * 3000 + data) >= 3000


@given(st.lists(st.sampled_from("<b> </b> <i </i> </B/> <td> </td> </TD <x> <bx> <".split(" "))))
def test_what_is_left_open_is_counted_the_same(pieces):
    data = "".join(["<p>", *pieces]).encode()
    compiled = markup._left_open(data)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(markup, "_source", None)
        assert compiled == markup._left_open(data)


@given(st.lists(st.sampled_from(["<", "a" * 9_999, "a" * 10_000, "b"]), max_size=8))
def test_tags_far_apart_are_found_the_same(pieces):
    data = "".join(["<", *pieces]).encode()
    compiled = markup._far_apart(data)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(markup, "_source", None)
        assert compiled == markup._far_apart(data)


def test_an_attribute_is_read_by_its_whole_name():
    source = "<p data-itemprop=a 1itemprop=b xclass=c itemprop=d>x"
    compiled, plain = outcomes(split_htmls, [source])
    assert compiled == plain
    assert split_html(source).elements.attributes[-1] == "d"


def test_a_value_that_ends_as_an_attribute_begins_is_no_attribute():
    for markup_, value in itertools.product(
        ('<p id="a id=">x', '<p title="a id=" class="b">x', '<p title="a hidden=">x'), ("", "<p>y")
    ):
        compiled, plain = outcomes(split_htmls, [markup_ + value])
        assert compiled == plain
    page = split_html('<p title="a hidden=" class="b">x<p id="a id=">y')
    assert page.elements.attributes[-2:] == ["b", "a id="]
    assert not page.elements.hidden.any()
