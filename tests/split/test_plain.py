"""Pages that are written regularly are read without a parser, and come out as they do with one."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cleaner import native
from cleaner.split import markup
from cleaner.split.html import split_html, split_htmls
from tests.split.test_twins import SOURCE, WILD, columns, outcome
from tests.split.test_walk import MARKUP

plain = native.load("plain")
pytestmark = pytest.mark.skipif(plain is None, reason="the package was built without a C compiler")

PAGES = Path(__file__).parent.parent.parent / "fixtures" / "pages"
NAMES = {
    "tables": "table tr td th tbody thead caption col colgroup p b form input div select a",
    "lists": "ul li dl dt dd p div b address ol h2 button pre",
    "heads": "html head body title meta link base style script noscript noframes template p div",
    "fields": "form select option optgroup button input textarea label p table td",
    "drawings": "svg path g title desc style a font p template math",
    "words": "p a b i em font nobr span strong u object div br hr",
}
ATTRIBUTES = [
    "",
    "",
    "",
    " class='a b'",
    " id=x",
    " hidden",
    " type=hidden",
    " class=y class=z",
    "/",
]
TEXTS = (
    "x|  |\n|a &amp; b|&nbsp|&#150;|&copy2|é\u00a0|a < b|<!-- c -->|<!-- <p> -->|<?x?>"
    "|<!doctype html>"
).split("|")


def soups():
    """Tags of elements that have to do with each other, in any order."""

    def pieces(names):
        name = st.sampled_from(names.split())
        start = st.builds("<{}{}>".format, name, st.sampled_from(ATTRIBUTES))
        end = st.builds("</{}>".format, name)
        return st.lists(start | start | end | end | st.sampled_from(TEXTS), max_size=40)

    begin = st.sampled_from(["", "", "<!DOCTYPE html>", "<html><head></head><body>"])
    soup = st.sampled_from([*NAMES.values()]).flatmap(pieces).map("".join)
    return st.builds("{}{}".format, begin, soup)


def parsed(sources):
    """What comes of the sources when all of them are parsed."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(markup, "_regular", None)
        return outcome(split_htmls, sources)


@given(st.lists(soups() | MARKUP | SOURCE | WILD.map(bytes.decode), max_size=3))
@settings(max_examples=400, deadline=None)
def test_they_come_out_as_if_parsed(sources):
    assert outcome(split_htmls, sources) == parsed(sources)


@pytest.mark.parametrize(
    "source",
    [
        "<p>one<p>two",
        "<ul><li>a<li><p>b<ul><li>c</ul></ul>d",
        "<dl><dt>a<dd>b<dt>c</dl>",
        "<table><tr><td>a<th>b<tr><td><b>c</table>d",
        "<table><caption>a<tbody><tr><td><table><td>b</table></table>",
        "<table> <form><input type=hidden><tr><td>a</form></table>",
        "<head><title>a &amp; b</title><noscript><link></noscript><meta name=x></head>c",
        "<head><noscript><img></noscript></head><body class=a>b",
        "<div><a href=/>a</a><h2>b</h3></div></div>c</span>",
        "<a>a<a>b",
        "<b><span>a</b>c",
        "<select><option>a<option>b<optgroup><option>c</select>d",
        "<button>a</button><svg><title>b</title><path/><g><style>c</style></g></svg>d",
        "<script>'<p>'</script><style>a</style><template><p><svg><a/></svg></template>b",
        "<textarea><p></textarea><iframe> </iframe>a",
        "<p class='a\"b' id=&lt; class=c hidden>&eacute;&nbsp;&#65;&#x42&amp&copy;&#150;a\r\nb",
        "<p>a < b > c & d &amp e &f; \u00a0",
        "a</p>b</br><pre>\nc</pre><!-- d --><?e?><!f><![CDATA[g]]>",
        "<!doctype html><p>a<table><td>b</table>",
        "a<!-- b",
        "<DIV CLASS=a>b</DIV><x-y>c</x-y>",
    ],
)
def test_what_is_regular_takes_no_parser(source):
    assert plain.plain(source.encode()) is not None
    assert outcome(split_htmls, [source]) == parsed([source])


@pytest.mark.parametrize(
    "source",
    [
        pytest.param("<p><b>a<p>c", id="a formatting element that is opened again"),
        pytest.param("<b><p>a</b>c", id="one that is parted"),
        pytest.param("<a><div>a<a>b", id="a link in a link, within a block"),
        pytest.param("<table>a<tr><td>b</table>", id="text between rows"),
        pytest.param("<table><div>a</div></table>", id="a block between rows"),
        pytest.param("<div><form>a</div>b</form>c<form><p><i></form>", id="a form across elements"),
        pytest.param("<head></head><meta><body>a", id="what goes back to the head"),
        pytest.param("<button><p><button>a", id="a button in a button"),
        pytest.param("<svg><p>a</svg>", id="a block in a drawing"),
        pytest.param("<math><mi>a</mi></math>", id="formulas"),
        pytest.param("<frameset><frame></frameset>", id="frames"),
        pytest.param("<plaintext>a", id="text without end"),
        pytest.param("<script>a", id="a script without end"),
        pytest.param("<iframe><p>a</iframe>", id="tags in a frame"),
        pytest.param("<p class='a", id="an end within a tag"),
        pytest.param("<divclass=a>b", id="an odd name"),
        pytest.param("<div>" * 600, id="many elements in each other"),
        pytest.param("<template>" + "<b>" * 2000 + "</template>", id="many elements in templates"),
        pytest.param("<select>" + "<option>" * 3001, id="a long list to choose from"),
        pytest.param(f"<p {' a=1' * 1001}>", id="many attributes"),
        pytest.param('<!doctype html public "x"><p>a<table>', id="a table in a paragraph, maybe"),
        pytest.param("", id="nothing"),
    ],
)
def test_what_is_not_is_left_to_the_parser(source):
    assert plain.plain(source.encode()) is None


def test_tables_in_each_other_end_at_the_limit():
    source = "<table><tr><td>" * 130 + "<table>" * 3 + "<td>a"
    assert outcome(split_htmls, [source]) == parsed([source])


def test_comments_part_no_words_of_a_link():
    with_comment = split_html("<a href=/>Energy audit<!-- --> <!-- -->here</a>")
    without = split_html("<a href=/>Energy audit here</a>")
    assert columns(with_comment) == columns(without)


def test_most_fixtures_are_regular():
    sources = [path.read_text("latin-1") for path in sorted(PAGES.glob("*.html"))]
    regular = [plain.plain(source.encode()) is not None for source in sources]
    assert sum(regular) > 0.8 * len(sources)
    assert outcome(split_htmls, sources) == parsed(sources)
