"""Markdown and text say the same: what a reader of the Markdown sees are the kept lines."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cleaner.markdown import Markdown
from cleaner.markdown.place import locate
from tests.markdown.pages import assert_agrees, cleaned

PAGES = sorted((Path(__file__).parents[2] / "fixtures" / "pages").glob("*.html"))

# Words with every character that is a mark somewhere, and letters to stand beside them.
words = st.text(st.sampled_from("ab 1.)*_`~[](){}<>!#+-=|&;:\\\"'é字。“”\t\n\u200b"), max_size=12)
word_pieces = st.one_of(
    words, st.sampled_from(["a", " b ", "&amp;copy;", "1. x", "# h", "---", "| - |", "snake_case"])
)
TAGS = (
    "p div b i em strong code del a span ul ol li blockquote h2 h4 pre table tr td th thead br img "
    "figure figcaption section dl dt dd sup sub noscript button"
).split()
ATTRIBUTES = st.sampled_from(
    [
        "", " href=/x", " href='https://a.example/b (c)&amp;d;'", " href='javascript:x()'",
        " class=language-py", " start=7", " value=3", " reversed", " colspan=2",
        " src=i.png alt='a ](b'", " hidden", " src='x y.png'",
    ]
)  # fmt: skip


def escaped(text):
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def element(inner):
    return st.tuples(st.sampled_from(TAGS), ATTRIBUTES, st.lists(inner, max_size=4)).map(
        lambda made: f"<{made[0]}{made[1]}>{''.join(made[2])}</{made[0]}>"
    )


html = st.lists(st.recursive(word_pieces.map(escaped), element, max_leaves=14), max_size=5)


@settings(max_examples=400, deadline=None)
@given(html, st.lists(st.booleans(), max_size=4), st.booleans(), st.booleans())
def test_whatever_the_page(parts, keep, links, images):
    page = cleaned("<html><body>" + "".join(parts), keep, url="https://a.example/p/")
    assert_agrees(page, Markdown(links=links, images=images))


@settings(max_examples=200, deadline=None)
@given(st.text(st.sampled_from("<>/abpiul\"'= \n!-&;#*_"), max_size=60))
def test_whatever_the_markup(source):
    assert_agrees(cleaned(source))


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.stem)
def test_pages_of_all_kinds(path):
    page = cleaned(path.read_bytes())
    assert locate(page.lines.page) is not None
    assert_agrees(page, Markdown(links=True, images=True))
    assert_agrees(cleaned(path.read_bytes(), [True, True, False]))
