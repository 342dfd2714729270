"""Markdown is judged by what a reader sees, and written as it came."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cleaner import clean
from cleaner.model.line_model import score
from cleaner.model.store import load_model
from cleaner.split import split
from cleaner.split.unmarked import is_markdown, unmarked
from cleaner.types import Document, Gap
from tests.growth import assert_linear

PAGE = """\
[Skip to content](#main)

* [Home](https://news.example/)
* [Politics](https://news.example/politics "All of it")
* [Sport](https://news.example/sport)
* [Sign in](https://news.example/login?next=(here))

![The bridge](https://news.example/bridge.jpg)

# Council votes to keep the **old bridge**

The council voted on Thursday to repair the bridge instead of replacing it, after a
[petition](https://news.example/petition) gathered four thousand signatures in a week.

Engineers had warned in March that two of its pillars were *cracked*; the repair will take until
the autumn and cost less than half of what a [new one](https://news.example/new_bridge) would have.

[RELATED: How the ferry was saved](https://news.example/ferry)

"It carried my grandmother to school," said the mayor, who had wanted to pull it down a year ago.

[Add new comment](https://news.example/comments#add)

Copyright 2023 [News Example](https://news.example/about). All rights reserved.
"""


@pytest.mark.parametrize(
    ("written", "seen"),
    [
        ("## [News](/n) ##", "News"),
        ("> quoted [words](<x>)", "quoted words"),
        ("[![alt](/i.png) Read on](/more 'x')", "Read on"),
        ("[![alt](/i.png) Read on](/more)", "Read on"),
        (
            "**Bold**, *leaning*, `code` and snake_case_name",
            "Bold, leaning, code and snake_case_name",
        ),
        (r"2 \* 3 \_not this\_ \[1\]", "2 * 3 _not this_ [1]"),
        ("| cell one | cell two |", "cell one | cell two"),
        ("|---|---|", "·"),
        ("---", "·"),
        ("![](/a.png)", "·"),
        ("1. First [step](x)", "1. First step"),
        ("a [b] (c) d", "a [b] (c) d"),
        ("10<sup>2</sup> [<sup>\\[1\\]</sup>](x)", "102 [1]"),
        ('<span class="a" id=b>a</span><br/>b<br>c', "a b c"),
        ("a <b and b> c, <tag>", "a <b and b> c, <tag>"),
        ("| - a <br> &nbsp;&nbsp;- b | c |", "a - b | c"),
        ("[b](http://x.org/a_(b)_c) d", "b d"),
    ],
)
def test_marks_go_and_words_stay(written, seen):
    assert unmarked([written], np.array([False])).texts == [seen]


def test_what_is_marked_is_told():
    page = split(Document(MARKED, format="text"))
    assert page.texts[0] == "The bridge stays"
    assert page.headings.tolist() == [1, 0, 0, 2, 0, 3, 0, 0, 0, 0]
    assert page.marked.tolist() == [*[False] * 6, True, True, False, False]
    assert page.links.tolist() == [0, 0, 1, 0, 0, 0, 1, 0, 2, 0]
    assert page.link_chars.tolist() == [0, 0, 8, 0, 0, 0, 5, 0, 7, 0]


MARKED = """\
The bridge stays
================
It will be [repaired](/r) soon, **said** the mayor.

What it costs
-------------

### A heading ###
* [Ferry](/ferry)
1. The second
[one](/1) and [more](/2)

----
"""


def test_kept_lines_are_written_as_they_came():
    cleaned = clean(PAGE)
    for words in (
        "# Council votes to keep the **old bridge**",
        "[petition](https://news.example/petition) gathered four thousand signatures",
        "[new one](https://news.example/new_bridge)",
        '"It carried my grandmother to school,"',
    ):
        assert words in cleaned.text
    for words in ("Home", "Sign in", "Skip to content", "RELATED", "Add new comment", "Copyright"):
        assert words not in cleaned.text
    assert cleaned.lines.texts[1] == "Home"


def test_a_page_with_its_menus_is_known_as_a_whole_one():
    menu = "\n".join(f"* [Section {n}](https://news.example/{n})" for n in range(12))
    assert not split(Document(PAGE, format="text")).is_whole
    assert split(Document(menu + "\n\n" + PAGE, format="text")).is_whole


def test_a_whole_page_is_scored_as_markdown_and_one_without_links_as_it_was():
    menu = "\n".join(f"* [Section {n}](https://news.example/{n})" for n in range(12))
    whole, bare = split(Document(menu + "\n\n" + PAGE)), split(Document("## A\n\n## B\n\nText."))
    ruled = [np.full(len(page), -1, dtype=np.int8) for page in (whole, bare)]
    views = [scores.view for scores in score(load_model("base"), [whole, bare], ruled)]
    assert views[0] == "markdown"
    assert views[1] != "markdown"


def test_addresses_may_hold_spaces():
    lines = ["[Mail](mailto:?subject=A ferry)", "[One]( /one)", "[Two](https://x.example/a b)"]
    assert unmarked(lines, np.zeros(3, dtype=bool)).texts == ["Mail", "One", "Two"]
    assert unmarked(["[1](see the note)"], np.zeros(1, dtype=bool)).texts == ["[1](see the note)"]


def test_text_without_marks_is_none():
    assert not is_markdown("A line.\n# a comment in code\n[1] A footnote (see there).")
    assert split(Document("x = a[0](1)\ny = a[1](2)", format="text")).written is None


@given(
    st.text(alphabet=st.sampled_from("ab *_`#[]()!|>\\\n~\ue00a\ue100\ue101"), max_size=80).map(
        "[a](b)[c](d)[e](f)\n".__add__
    )
)
@settings(deadline=None)
def test_no_line_is_lost(source):
    page = split(Document(source, format="text"))
    assert page.written is not None
    assert len(page.written) == len(page.texts) == len(page)
    assert "".join(page.join([True] * len(page)).split()) == "".join(source.split())
    assert all(page.texts)


@pytest.mark.parametrize(
    "piece",
    [
        "[",
        "](",
        "[a](",
        "![",
        "(",
        "*",
        "_",
        "|",
        " #",
        "\\",
        "[a](b(",
        "`",
        "<b a=",
        "<br",
        "&nbsp;",
    ],
)
def test_hostile_marks_take_no_time(piece):
    heads = np.array([False, True])
    assert_linear(lambda much: unmarked([much, f"[a]({much}"], heads), lambda n: piece * 100 * n)


def test_a_table_that_a_page_is_laid_out_in_is_read_by_cell_and_sentence():
    story = "The ferry left at nine. It carried [sheep](/sheep), and a piano. " * 8
    row = f"| [Home](/) [News](/n) | {story}|  | [Contact](/c) |"
    page = split(Document(f"# The ferry\n\n{row}\n\n| a | b |\n", format="text"))
    assert page.texts[:4] == [
        "The ferry", "Home News", "The ferry left at nine.", "It carried sheep, and a piano.",
    ]  # fmt: skip
    assert page.texts[-2:] == ["Contact", "a | b"]
    assert len(page) == 3 + 16 + 1
    assert page.gaps[1:4].tolist() == [Gap.PARAGRAPH, Gap.CELL, Gap.SPACE]
    assert set(page.source_lines[1:-1].tolist()) == {3}
    source = f"# The ferry\n\n{row}"
    for text, start, end in zip(page.written[:-1], page.starts, page.ends, strict=False):
        assert source[start:end] == text
    kept = page.join([2 <= line < 18 for line in range(len(page))])
    assert kept == story.strip()


CELL = st.text(alphabet=st.sampled_from("ab .。🚢|\\漢"), max_size=12)


@given(
    st.lists(CELL, max_size=5), st.sampled_from(["渡船。", "A 🚢 left. ", "Then it came back. "])
)
@settings(deadline=None)
def test_of_a_layout_table_no_word_is_lost(cells, sentence):
    row = "| " + " | ".join([*cells, sentence * 200]) + " |"
    source = f"# A\n[a](b) [c](d) [e](f)\n{row}\nLast"
    page = split(Document(source, format="text"))
    words = source.replace("|", "").replace("\\", "")
    written = "".join(page.written).replace("|", "").replace("\\", "")
    assert "".join(written.split()) == "".join(words.split())
    assert all(page.texts)
    for text, start, end in zip(page.written, page.starts, page.ends, strict=True):
        assert source[start:end] == text
