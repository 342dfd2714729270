"""The walk over columns sees what a plain walk over the tree sees."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cleaner.split import tree
from cleaner.split.html import split_html, split_htmls
from cleaner.split.page import Lines
from cleaner.types import Gap
from tests.growth import assert_linear
from tests.split.reference import walk

# No links and no two named inline elements side by side: what parts those is tested by example.
PIECES = st.sampled_from(
    "<p> </p> <div> </div> <div\thidden> <br> <ul> <li> </li> </ul> <ol> <table> <tr> <td> <th>"
    " </td> </table> <pre> </pre> <b> </b> <i> </i> <span\thidden> </span> <h2> </h2> <section>"
    " </section> <img> <select> </select> <svg> </svg> <noscript> </noscript> <x-y> </x-y>"
    " <blockquote> </blockquote> <script>a<b</script> <style>p{}</style> <!--\tc\t--> <!--><-->"
    " <template-x> </template-x> <template><p>t</p></template> <textarea> </textarea> <hr> <wbr>"
    " <form> </form> <button> </button> <p>a<button>b</button>~c &amp; &lt;"
    " &gt; &nbsp; &quot;".replace("\t", "~").split()
).map(lambda piece: piece.replace("~", " "))
TEXTS = st.text(alphabet="ab1 \n\t\u00a0\u3000é日\u0301🙂.-", max_size=6)
MARKUP = st.lists(st.one_of(PIECES, TEXTS), max_size=40).map("".join)


@given(MARKUP)
@settings(max_examples=500, deadline=None)
def test_lines_and_elements_are_those_of_a_plain_walk(markup):
    source = "<body><p>" + "Long enough. " * 90 + "</p>" + markup  # what is short is read anew
    page, plain = split_html(source), walk(source)
    assert page.elements.tags == plain.tags
    assert page.elements.parents.tolist() == plain.parents
    assert page.texts == [
        text.replace("\u00a0", " ").replace("\u3000", " ") for text in plain.texts
    ]
    assert page.gaps.tolist() == plain.gaps
    assert page.marked.tolist() == plain.marked
    assert page.element.tolist() == plain.owners


@pytest.mark.parametrize(
    ("markup", "gaps", "texts"),
    [
        ("<pre> <img>a", [Gap.PARAGRAPH], [" a"]),
        ("<pre>a<p> <img>b", [Gap.PARAGRAPH, Gap.PARAGRAPH], ["a", " b"]),
    ],
)
def test_a_line_may_begin_with_white_space_that_is_meant(markup, gaps, texts):
    page = split_html(f"<body>{markup}")
    assert (page.gaps.tolist(), page.texts) == (gaps, texts)


@given(st.lists(MARKUP, max_size=5))
@settings(max_examples=100, deadline=None)
def test_a_page_is_split_alike_alone_and_among_others(markups):
    for markup, page in zip(markups, split_htmls(markups), strict=True):
        alone = split_html(markup)
        for name in ("units", "gaps", "element", "link_chars", "links", "marked"):
            assert getattr(page, name).tolist() == getattr(alone, name).tolist()
        for name in ("tags", "attributes"):
            assert getattr(page.elements, name) == getattr(alone.elements, name)
        for name in ("parents", "ends", "hidden"):
            column = getattr(page.elements, name)
            assert column.tolist() == getattr(alone.elements, name).tolist()


@pytest.mark.parametrize(
    "hostile",
    [
        lambda n: "<p>" + "".join(f"<b id={i}>" for i in range(9 * n)) + "</p><p>x" * 9 * n,
        lambda n: "<p>x" + "".join(f"<p><font size={i}>y" for i in range(9 * n)),
        lambda n: "<p " + " ".join(f"a{i}=1" for i in range(50 * n)) + ">x",
        lambda n: '<p a=">" ' + " ".join(f"a{i}" for i in range(50 * n)) + ">x",
        lambda n: "<div></x>" * 40 * n + "x",
        lambda n: "<div><span>" * 40 * n + "x",
        lambda n: "<div>" * 40 * n + "x" + "</div>" * 40 * n,
        lambda n: "".join(f"<i class=c{i}>x</i>" for i in range(20 * n)),
        lambda n: "<iframe>" * 50 * n + "x",
        lambda n: "<div <!-- <p>x" * 20 * n,
        lambda n: "<p>x<select>" + "<option>a</option>" * 50 * n,
        lambda n: "<p>x<SELECT>" + "<Option value=1>a" * 50 * n,
    ],
    ids=["reopened", "fonts", "attributes", "quoted", "stray", "deep", "closed", "names", "frames",
         "brackets", "options", "open options"],
)  # fmt: skip
def test_what_is_quadratic_by_the_rules_of_html_is_not_so_here(hostile):
    assert len(assert_linear(split_html, lambda n: "<body>" + hostile(n)))


@pytest.mark.parametrize(
    ("markup", "texts"),
    [
        pytest.param("<p>a<iframe src=x></p><p>b", ["a", "b"], id="a frame that is not closed"),
        pytest.param("<p>a<iframe><p>no</p></iframe>b", ["a b"], id="a frame that holds tags"),
        pytest.param("<div <p>a</div>", ["a"], id="a bracket in the name of an attribute"),
        pytest.param("<p title='a<b>c'>x</p>", ["x"], id="brackets in a value"),
        pytest.param("<p>a<!-- <p>no --> b", ["a b"], id="a comment that holds tags"),
        pytest.param("<plaintext>a<b>", ["a"], id="plaintext"),
        pytest.param("<p>&lt;b&gt; &amp;amp; &quot;", ['<b> &amp; "'], id="entities once"),
        pytest.param(
            "<template-x>a</template-x><p>b", ["a", "b"], id="a name longer than a known one"
        ),
        pytest.param("<textarea-x>a</textarea-x>b", ["a", "b"], id="and one that would hide"),
        pytest.param("<math><mi>x</mi></math> <svg><text>no</text></svg>y", ["x y"], id="foreign"),
    ],
)
def test_odd_markup_is_read(markup, texts):
    assert split_html(markup).texts == texts


def test_lines_know_where_in_the_source_their_element_begins():
    page = split_html("<html>\n<body>\n<p>One</p>\n\n<p\nclass=x>Two</p>\n<a>three</a>")
    assert page.source_lines.tolist() == [3, 5, 7]


def test_the_tree_for_paths_has_the_elements_of_the_page():
    page = split_html("<div id=a><p>One <b>two</b> &amp; more</p></div><my:x @click=1>three</my:x>")
    nodes = page.source.nodes()
    assert [node.tag for node in nodes] == ["html", "head", "body", "div", "p", "b", "my_x"]
    assert nodes[0].xpath("//div[@id='a']//b")[0] is nodes[5]
    assert nodes[4].xpath("string()") == "One two & more"


def test_a_page_that_is_not_plain_leaves_the_others_as_they_are():
    plain = "<p>a<iframe src=x></iframe>b<p>c"
    odd = ["<p>x<xmp>1 > 2</xmp>y", "<p>x<iframe src=x></p><p>y"]
    alone = split_html(plain)
    for some in ([plain, *odd], [*odd, plain], [odd[0], plain, odd[1], plain]):
        pages = split_htmls(some)
        for page in (page for page, source in zip(pages, some, strict=True) if source == plain):
            assert page.texts == alone.texts
            assert page.elements.tags == alone.elements.tags


@pytest.mark.parametrize(
    "before",
    ["<script>if(a<b)c=1</script>", "<!--<a-->", "<style>a<b</style>", "<title>1<b</title>",
     "<textarea>a<b</textarea>", "<!--<br-->"],
)  # fmt: skip
def test_lines_are_numbered_behind_what_looks_like_a_tag(before):
    page = split_html(f"<html><body>{before}\n<p>One</p>\n<p>Two</p></body></html>")
    assert page.source_lines.tolist()[-2:] == [2, 3]
    assert len(list(Lines(page))) == len(page)


@settings(deadline=None)
@given(markup=MARKUP)
def test_every_line_is_numbered(markup):
    page = split_html(markup)
    assert len(page.source_lines) == len(page) == len(list(Lines(page)))


def test_where_numbers_of_lines_would_change_the_elements_none_are_given():
    page = split_html("a<math x>b<plaintext/><rt><h2><iframe>")
    assert page.source_lines.tolist() == [0] * len(page)
    reopened = "<p>x<b class=a>\n" * 6 + "<p>y\n" * 3
    assert split_html(reopened).source_lines.tolist() == [0] * 9


@pytest.mark.parametrize("tag", ["blockquote", "template", "figcaption", "noscript", "b"])
@pytest.mark.parametrize("more", ["-x", "s", "x y", " class=a", ""])
def test_names_of_tags_are_told_to_their_end_by_both(tag, more, monkeypatch):
    markup = f"<p>a<{tag}{more}><p>b</{tag}{more.split()[0] if more.strip() else ''}>c"
    compiled = split_html(markup)
    monkeypatch.setattr(tree, "_tags", None)
    plain = split_html(markup)
    assert compiled.texts == plain.texts
    assert compiled.elements.tags == plain.elements.tags
