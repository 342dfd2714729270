"""HTML to lines, as a reader of the page would see them."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cleaner.split import Lines, split
from cleaner.types import Document, Gap
from tests.growth import assert_linear


def page_of(markup):
    return split(Document(markup, format="html"))


def texts_of(markup):
    return page_of(markup).texts


@pytest.mark.parametrize(
    ("markup", "expected"),
    [
        pytest.param("<p>One</p><p>Two</p>", ["One", "Two"], id="paragraphs"),
        pytest.param("<p>One <b>and<i> a</i></b> half</p>", ["One and a half"], id="inline"),
        pytest.param("<p>One<br>Two<br/><br>Three", ["One", "Two", "Three"], id="br"),
        pytest.param("<div>a<div>b</div>c</div>", ["a", "b", "c"], id="text around a block"),
        pytest.param("<ul><li>x<li>y</ul>", ["x", "y"], id="unclosed items"),
        pytest.param("<table><tr><td>a<td>b<tr><td>c</table>", ["a", "b", "c"], id="table"),
        pytest.param("<p>kept<script>no()</script> too</p>", ["kept too"], id="script"),
        pytest.param("<style>p {}</style><p>kept</p>", ["kept"], id="style"),
        pytest.param("<p>a<select><option>no</select>b</p>", ["a b"], id="select"),
        pytest.param("<p>See<img src=x>this</p>", ["See this"], id="image between words"),
        pytest.param("<a>Home</a><a>News</a>", ["Home News"], id="links side by side"),
        pytest.param(
            "<div><i class=date>9:10</i><i>Rose</i></div>", ["9:10 Rose"], id="named elements"
        ),
        pytest.param("<p><b class=cap>T</b><i>he</i> end</p>", ["The end"], id="drop cap"),
        pytest.param("<p><b>wor</b><i>ds</i></p>", ["words"], id="letters marked up"),
        pytest.param("<p>a&nbsp;&amp;\n\n b</p>", ["a & b"], id="white space and entities"),
        pytest.param("<noscript><p>no script</p></noscript>", ["no script"], id="noscript"),
        pytest.param("<my-card>one</my-card><my-card>two</my-card>", ["one", "two"], id="custom"),
        pytest.param("<p>a<!-- no -->b</p>", ["ab"], id="comment"),
        pytest.param("<!--[if IE]><p>old</p><![endif]--><p>new</p>", ["new"], id="conditional"),
        pytest.param(
            "<p>Press <button>Save</button> or<button>Send</button>now.</p>",
            ["Press Save or Send now."],
            id="buttons in a sentence",
        ),
        pytest.param(
            "<p>Share: <button>A</button> | <button>B</button><button>C</button> it</p>",
            ["Share:", "A", "|", "B", "C", "it"],
            id="buttons side by side",
        ),
        pytest.param(
            "<div>One <button>Reply</button> two</div><p>Three <button>Follow</button></p>",
            ["One", "Reply", "two", "Three", "Follow"],
            id="buttons of a page",
        ),
        pytest.param("", [], id="empty"),
        pytest.param("   \n ", [], id="blank"),
        pytest.param("<html></html>", [], id="nothing in it"),
        pytest.param("<p>\0nul</p>", ["nul"], id="NUL"),
        pytest.param("no tags at all", ["no tags at all"], id="bare text"),
        pytest.param('<?xml version="1.0"?><html><body><p>x</p></html>', ["x"], id="XHTML"),
    ],
)
def test_lines_are_what_a_reader_sees_as_runs(markup, expected):
    assert texts_of(markup) == expected


def test_preformatted_text_keeps_its_lines_and_indents():
    page = page_of("<pre>def f():\n    return 1\n\nf()</pre>")
    assert page.texts == ["def f():", "    return 1", "f()"]
    assert page.gaps[1] == Gap.LINE


def test_an_unclosed_comment_does_not_swallow_the_page():
    text = "A paragraph that is long enough to be the text of a page."
    assert texts_of(f"<!--[if gt IE 8]>\n<body><p>{text}</p></body>") == [text]


def test_a_body_that_the_parser_leaves_in_the_head_is_read():
    assert texts_of("<title>No line</title><nav>Menu</nav><main>Text</main>") == ["Menu", "Text"]


def test_hidden_words_are_lines_of_their_own():
    page = page_of('<p>seen <span style="display: none">unseen</span> again</p>')
    assert page.texts == ["seen", "unseen", "again"]
    hidden = [page.elements.hidden[element] for element in page.element]
    assert hidden == [False, True, False]


def test_hidden_goes_down_to_what_is_inside():
    page = page_of("<div hidden><p>unseen</p></div>")
    assert page.elements.hidden[page.element[0]]


def test_a_line_knows_the_innermost_element_that_holds_it():
    page = page_of(
        '<div class="meta"><span class="byline">By <a href="/x">A. Writer</a></span></div>'
    )
    assert page.path(0) == "html/body/div.meta/span.byline"
    assert (page.links[0], page.link_chars[0]) == (1, len("A. Writer"))


def test_subtrees_are_ranges():
    page = page_of("<div><p>a</p><p>b</p></div><p>c</p>")
    elements = page.elements
    div = elements.tags.index("div")
    inside = elements.tags[div : elements.ends[div]]
    assert inside == ["div", "p", "p"]


def test_title_and_generator_are_read():
    page = page_of("<title>A\n title</title><meta name=Generator content='Drupal 10'><p>x</p>")
    assert (page.title, page.generator) == ("A title", "Drupal 10")


ARTICLE = "First paragraph of an article that is long enough.\\n\\nSecond paragraph of it."


def test_json_ld_stands_in_where_the_dom_holds_no_text():
    markup = (
        '<div id="app"></div><script type="application/ld+json">'
        f'{{"@graph": [{{"@type": "NewsArticle", "articleBody": "{ARTICLE}"}}]}}</script>'
    )
    assert texts_of(markup) == [
        "First paragraph of an article that is long enough.",
        "Second paragraph of it.",
    ]


def test_json_ld_stands_in_where_only_a_hint_to_turn_scripts_on_is_there():
    hint = "<noscript>You need to enable JavaScript to run this application.</noscript>"
    body = "<p>First &amp; foremost, a paragraph.</p><p>Second one.</p>"
    script = f'<script type="application/ld+json">{{"articleBody": "{body}"}}</script>'
    assert texts_of(hint + script) == ["First & foremost, a paragraph.", "Second one."]


@pytest.mark.parametrize("json_ld", ["{broken", "[" * 5000, '"text"', '{"articleBody": 3}'])
def test_broken_json_ld_is_passed_over(json_ld):
    assert texts_of(f'<script type="application/ld+json">{json_ld}</script>') == []


def test_deep_nesting_neither_fails_nor_takes_long():
    assert "deep" in " ".join(texts_of("<p>shallow</p>" + "<div>" * 1500 + "deep"))
    assert texts_of("<div>" * 100_000 + "deep" + "</div>" * 100_000 + "<p>after</p>")[-1] == "after"
    assert texts_of("<font>x " * 5000 + "<p>An article.</p>")[-1] == "An article."


@pytest.mark.parametrize(
    "hostile",
    ["<!-- a -->", "<!--[if ", "<!--", "<div>", "<a href=x>y", "<br>", "&amp;", "<", "]]>", "<p "],
)
def test_hostile_repetition_takes_no_longer_than_its_length(hostile):
    assert_linear(split, lambda n: Document(hostile * (400 * n // len(hostile))))
    assert_linear(
        split, lambda n: Document("<html>" + hostile * (400 * n // len(hostile)), format="html")
    )


def test_list_items_are_marked_and_cells_are_apart():
    page = page_of("<ul><li>one</ul><table><tr><td>a<td>b</table>")
    assert page.markers == ["- ", "", ""]
    assert page.gaps[2] == Gap.CELL
    assert page_of("<ul><li><h2>Card</h2><p>Text</ul>").markers == ["", ""]


TAGS = (
    "<p> </p> <div class=x> </div> <br> <li> <ul> </ul> <td> <tr> <table> <a href=y> </a> <pre>"
    " </pre> <b> <span hidden> </span> <!-- --> <script> </script> <select> <noscript> &amp;"
    " &#0; <![CDATA[ ]]> <svg> <math> <x-y> </x-y> <title> <frameset> <html> </body> <"
).split()
MARKUP = st.lists(st.one_of(st.sampled_from(TAGS), st.text(max_size=20)), max_size=40).map("".join)


@given(MARKUP)
@settings(max_examples=300, deadline=None)
def test_any_markup_gives_columns_of_one_length_and_no_blank_line(markup):
    page = page_of(markup)
    columns = [page.gaps, page.source_lines]
    if page.elements is not None:
        columns += [page.markers, page.element, page.link_chars, page.links]
        elements = page.elements
        assert all(parent < index for index, parent in enumerate(elements.parents))
        assert all(index < end <= len(elements.tags) for index, end in enumerate(elements.ends))
    assert all(len(column) == len(page) for column in columns)
    assert all(text.strip() and "\n" not in text for text in page.texts)


def test_much_hidden_text_in_deep_elements_takes_no_longer_than_its_length():
    deep = "<div hidden>" * 1800
    assert_linear(split, lambda n: Document(deep + "x<br>" * 60 * n, format="html"))


def test_lines_are_a_sequence():
    lines = Lines(page_of("<p>a</p><p>b</p><p>c</p>"))
    assert [line.text for line in lines] == ["a", "b", "c"]
    assert lines[-1].text == "c"
    assert [line.text for line in lines[:2]] == ["a", "b"]
    with pytest.raises(IndexError):
        lines[3]
