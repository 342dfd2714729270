"""What each part of a page becomes."""

import pytest

from cleaner import Cleaner
from cleaner.markdown import Markdown, to_markdown
from cleaner.types import Document
from tests.growth import LONG, assert_linear
from tests.markdown.pages import cleaned

BOTH = Markdown(links=True, images=True)
CASES = {
    "headings": ("<h1>A</h1><h3>B <b>c</b> #</h3><p>d</p>", "# A\n\n### B c \\#\n\nd"),
    "emphasis": (
        "<p>One <b>two</b> <em>three</em> <b><i>four</i></b> <del>five</del> and six more words",
        "One **two** *three* ***four*** ~~five~~ and six more words",
    ),
    "struck out tildes": (
        "<p>One <del>~5~</del> and six ~ more words", "One ~~\\~5\\~~~ and six ~ more words"
    ),
    "emphasis that is everywhere says nothing": ("<b><p>One<p>Two</b>", "One\n\nTwo"),
    "emphasis next to letters": ("<p>un<b>(done)</b>able to be read", "un(done)able to be read"),
    "a cell of several rows": (
        "<table><tr><th>Team<th>Year<th>Wins<tr><td rowspan=2>Reds<td>2001<td>5<tr><td>2002<td>7"
        "<tr><td>Blues<td>2003<td rowspan=0>9</table>",
        "| Team | Year | Wins |\n| --- | --- | --- |\n| Reds | 2001 | 5 |\n|  | 2002 | 7 |\n"
        "| Blues | 2003 | 9 |",
    ),
    "breaks": ("<p>12 High Street<br>Oldtown", "12 High Street  \nOldtown"),
    "lists": (
        "<ul><li>a<ul><li>b<li>c</ul><li>d</ul><p>e",
        "- a\n  - b\n  - c\n- d\n\ne",
    ),
    "numbers": (
        "<ol start=9><li>a<li><p>b<p>c<li value=20>d</ol>",
        "9. a\n10. b\n\n    c\n20) d",
    ),
    "numbers that count down": (
        "<ol reversed><li>a<li>b<ul><li>c</ul><li>d</ol><p>e<ol reversed start=9><li>f<li value=1>g"
        "<li>h<li>i</ol>",
        "3. a\n2) b\n   - c\n1. d\n\ne\n\n9. f\n1) g\n0. h\n- i",
    ),
    "numbered lists side by side": (
        "<ol><li>a<li>b</ol><ol><li>c<ol><li>d<li value=5>e<li value=5>f</ol></ol><ol><li>g</ol>"
        "<ul><li>h</ul><ul><li>i</ul><ol><li>j</ol><blockquote><ol><li>k</ol></blockquote>"
        "<ol><li>l</ol><p>m</p><ol><li>n</ol>",
        "1. a\n2. b\n\n1) c\n   1. d\n   5) e\n   5. f\n\n1. g\n\n- h\n\n- i\n\n1. j\n\n"
        "> 1. k\n\n1. l\n\nm\n\n1. n",
    ),
    "cards": ("<ul><li><h3>A</h3><p>b</p><li><h3>C</h3><p>d</p></ul>", "### A\n\nb\n\n### C\n\nd"),
    "lists in lists": (
        "<ul><li>a<ul><li>b</ul><li><ul><li>c</ul><li style=x><p><ol><li>d</ol></p><li>e</ul>",
        "- a\n  - b\n\n  - c\n\n  1. d\n- e",
    ),
    "lists that are no items": (
        "<ol><li>a</li><ul><li>b</li><ul><li>c</li></ul></ul><li>d</li></ol>",
        "1. a\n   - b\n     - c\n2. d",
    ),
    "items of lists alone": (
        "<ul><ul><li>a</ul></ul><p>b<ul><li><ul><li>c<li>d</ul></ul><p>e<ul><li><img src=i.png>"
        "<ul><li>f</ul></ul>",
        "- a\n\nb\n\n- c\n- d\n\ne\n\n- ![](https://s.example/a/i.png)\n  - f",
    ),
    "quotes": (
        "<blockquote><p>a<p>b<blockquote>c</blockquote></blockquote><p>d",
        "> a\n>\n> b\n>\n> > c\n\nd",
    ),
    "quotes side by side": (
        "<blockquote>a</blockquote><blockquote>b</blockquote>", "> a\n\n> b"
    ),
    "posts that are written as quotes in items": (
        "<ol><li>x<blockquote class=postcontent>a</blockquote><li>y"
        "<blockquote class=postcontent>b</blockquote></ol>",
        "x\n\na\n\ny\n\nb",
    ),
    "posts that are written as quotes": (
        "<blockquote class='messageText ugc'>a<blockquote>b</blockquote>c</blockquote>",
        "a\n\n> b\n\nc",
    ),
    "code": (
        '<p>Run</p><pre><code class="language-py">def f():\n\n\tx = "```"\n  \n    return\n</code>',
        'Run\n\n````py\ndef f():\n\n\tx = "```"\n\n    return\n````',
    ),
    "raised and lowered": (
        "<p>x<sup>2</sup> H<sub>2</sub>O <b>10<sup>2</sup></b> <sup><i>n</i> + <b>*</b></sup>,"
        " <sup>a<sub>b</sub></sup> and <code>c<sup>3</sup></code> &lt;<sup>&lt;b></sup>"
        "<p>d<sup>one that goes on for too long</sup>",
        "x<sup>2</sup> H<sub>2</sub>O **10<sup>2</sup>**"
        " *<sup>n</sup>* <sup>+</sup> **<sup>\\*</sup>**,"
        " <sup>a</sup><sub>b</sub> and `c3` <<sup>\\<b></sup>\n\n"
        "done that goes on for too long",
    ),
    "raised links and images": (
        "<p>a<sup><a href=b>[1]</a></sup><a href=#c><sup>[2]</sup></a>: <a href=d>e<sup>f</sup></a>"
        " g<sup>h<img src=i.png>j</sup> k",
        "a[<sup>\\[1\\]</sup>](https://s.example/a/b) <sup>[2\\]</sup>:"
        " [e<sup>f</sup>](https://s.example/a/d)"
        " g<sup>h</sup> ![](https://s.example/a/i.png) <sup>j</sup> k",
    ),
    "code in a line": (
        "<p>Say <code>a`b</code>, <kbd>|</kbd> and more",
        "Say ``a`b``, `|` and more",
    ),
    "emphasis in code": (
        "<p>A <code>a <i>b</i>(<var><b>c</b></var>)</code> <b><code>d</code> e</b>, and more words",
        "A `a b(c)` `d` **e**, and more words",
    ),
    "code side by side": (
        "<p>See <code>a</code> <code>b</code><code>c<kbd>d</kbd></code> and more",
        "See `a` `bcd` and more",
    ),
    "code in a list": ("<ul><li>a<pre>b\n c</pre></ul>", "- a\n\n  ```\n  b\n   c\n  ```"),
    "code beside the numbers of its lines": (
        "<pre><code><table><tr><td class=gutter><pre>9\n10\n11</pre><td><pre>a\n\nb</pre>"
        "</table></code></pre><p>c",
        "```\na\n\nb\n```\n\nc",
    ),
    "numbers that are code": (
        "<table><tr><td><pre>1\n3</pre><td><pre>1\n2</pre><tr><td><pre>1\n2</pre></table>",
        "```\n1\n3\n```\n\n```\n1\n2\n```\n\n```\n1\n2\n```",
    ),
    "rows of code beside their numbers": (
        "<table><tr><td><pre>1</pre><td><pre>a</pre><tr><td><pre>2</pre><td><pre>b</pre></table>"
        "<table><tr><th colspan=2>c.py<tr><td><pre>7\n8</pre><td><pre>d\ne</pre>"
        "<tr><td><pre>9</pre><td><pre>f</pre></table>",
        "```\na\n```\n\n```\nb\n```\n\nc.py\n\n```\nd\ne\n```\n\n```\nf\n```",
    ),
    "numbers that are what a table is about": (
        "<table><tr><td><pre>404</pre><td><pre>a</pre><tr><td><pre>500</pre><td><pre>b</pre></table>"
        "<table><tr><td><pre>1</pre><td><pre>c\nd</pre></table>"
        "<table><tr><td><pre>1</pre><td><pre>e</pre><tr><td><pre>x</pre><td><pre>f</pre></table>",
        "```\n404\n```\n\n```\na\n```\n\n```\n500\n```\n\n```\nb\n```"
        "\n\n```\n1\n```\n\n```\nc\nd\n```"
        "\n\n```\n1\n```\n\n```\ne\n```\n\n```\nx\n```\n\n```\nf\n```",
    ),
    "numbers in a column with a name": (
        "<table><tr><th>Input<th>Output<tr><td><pre>1\n2</pre><td><pre>3</pre></table>",
        "Input\n\nOutput\n\n```\n1\n2\n```\n\n```\n3\n```",
    ),
    "code whose lines are items": (
        "<pre><ol class=linenums><li>a<li><li><code>  b</code></ol></pre>",
        "```\na\n\n  b\n```",
    ),
    "code in a table in code": (
        "<pre><table><tr><td>a<td>b<tr><td>c<td>d</table></pre>", "```\na\nb\nc\nd\n```"
    ),
    "buttons around code": (
        "<pre><button>Copy</button>a\nb</pre><figure><button>Copy code</button><div><pre>c</pre>"
        "</div></figure><div class='x highlight'><pre>d</pre><button>Copy</button></div>"
        "<div><button>Copy</button><pre>e</pre><button>Copy</button></div>",
        "```\na\nb\n```\n\n```\nc\n```\n\n```\nd\n```\n\n```\ne\n```",
    ),
    "buttons in all languages": (
        "<button>Copied!</button><pre>a</pre><button>Копировать</button>"
        "<div class=highlight><pre>b</pre><div><button>Toggle  Word Wrap</button></div></div>",
        "```\na\n```\n\n```\nb\n```",
    ),
    "buttons that say something": (
        "<button>How?</button><pre>a</pre><div class=highlight>"
        "<button>npm</button><pre>b</pre></div><figure><button>Copy me</button><pre>c</pre>",
        "How?\n\n```\na\n```\n\nnpm\n\n```\nb\n```\n\nCopy me\n\n```\nc\n```",
    ),
    "buttons that are not around code": (
        "<p>a<pre><button>b</button></pre><p><button>Copy</button></p><figure><button>Run</button>",
        "a\n\n```\nb\n```\n\nCopy\n\nRun",
    ),
    "buttons that hold code": (
        "<figure><button>Copy<pre>a</pre></figure><pre>b<button>Copy\nc\n</pre>"
        "<figure><button><pre>d</pre></figure>",
        "Copy\n\n```\na\n```\n\n```\nb\nCopy\nc\n```\n\n```\nd\n```",
    ),
    "tables": (
        "<table><caption>T</caption><tr><th>a<th>b|c<tr><td>1<td>2<br>3<tr><td>4<td></table>",
        "T\n\n| a | b\\|c |\n| --- | --- |\n| 1 | 2 <br> 3 |\n| 4 |  |",
    ),
    "tables without a head": (
        "<table><tr><td>a<td colspan=2>b<tr><td>c<td>d<td>e</table>",
        "|  |  |  |\n| --- | --- | --- |\n| a | b |  |\n| c | d | e |",
    ),
    "tables with lists": (
        "<table><tr><th>a<th>b<tr><td>c<td>d<ul><li>e<ul><li>f<li>g</ul><li><p>h<p>i</ul>j"
        "<tr><td><ol start=3><li>k<li>l</ol><td><dl><dt>m<dd>n</dl></table>",
        "| a | b |\n| --- | --- |\n"
        "| c | d <br> - e <br> &nbsp;&nbsp;- f <br> &nbsp;&nbsp;- g <br> - h <br> i <br> j |\n"
        "| 3. k <br> 4. l | m <br> n |",
    ),
    "regular tables with lists": (
        "<ul><li>a<table><tr><td>b<td><ul><li><ul><li>c</ul></ul><tr><td>d<td>e</table></ul>",
        "- a\n\n  |  |  |\n  | --- | --- |\n  | b | - c |\n  | d | e |",
    ),
    "tables with lists for layout": (
        "<table><tr><td colspan=2>a<tr><td><ul><li>b</ul><td>c</table>"
        "<table><tr><td><ul><li>d</ul><td><ul><li>e</ul><tr><td><ul><li>f</ul><td>g</table>",
        "a\n\n- b\n\nc\n\n- d\n\n- e\n\n- f\n\ng",
    ),
    "images in cells": (
        "<table><tr><th>a<th>b<th><tr><td><img src=i.png>c<td><img src=j.png alt='d|e'><td>"
        "<tr><td>f<ul><li>g</ul><img src=k.png><td>h<td><img src=l.png>"
        "</table>",
        "| a | b |  |\n| --- | --- | --- |\n"
        "| ![](https://s.example/a/i.png) c | ![d\\|e](https://s.example/a/j.png) |  |\n"
        "| f <br> - g <br> ![](https://s.example/a/k.png) | h | ![](https://s.example/a/l.png) |",
    ),
    "images that lay out": (
        "<table><tr><td><img src=i.png><td>a<tr><td><img src=j.png><td>b</table>",
        "![](https://s.example/a/i.png)\n\na\n\n![](https://s.example/a/j.png)\n\nb",
    ),
    "tables with headings for names": (
        "<table><caption><h2>a</h2></caption><thead><tr><td><h3>b</h3><td>c</thead>"
        "<tr><th><h4>d</h4><td>e</table>",
        "## a\n\n| b | c |\n| --- | --- |\n| d | e |",
    ),
    "tables for layout": (
        "<table><tr><td><h2>a</h2><td>b<tr><td>c<td>d</table>", "## a\n\nb\n\nc\n\nd"
    ),
    "links": (
        "<p>See <a href='../b c?x=(1)'>the [big] page</a>! <a href='#top'>Up</a>",
        "See [the \\[big\\] page](https://s.example/b%20c?x=%281%29)! Up",
    ),
    "links around headings": ("<a href=/x><h2>A</h2></a>", "## [A](https://s.example/x)"),
    "links that run code": ("<p><a href='javascript:alert(1)'>a</a>", "a"),
    "images": (
        "<p>a</p><img src=i.png alt='An [i] & *b_c*'><p>b <img src=data:x data-src=/j.png> c</p>",
        "a\n\n![An \\[i\\] & \\*b_c\\*](https://s.example/a/i.png)\n\n"
        "b ![](https://s.example/j.png) c",
    ),
    "images in items": (
        "<ul><li><img src=i.png><li><img src=j.png><p>a<li>b</ul>",
        "- ![](https://s.example/a/i.png)\n- ![](https://s.example/a/j.png)\n\n  a\n- b",
    ),
    "images that are there twice": (
        "<p>a</p><img src=x.gif data-src=x.gif><noscript><img src=x.gif></noscript>"
        "<p>b <noscript><picture><img src=y.gif></picture></noscript><img src=y.gif>"
        "<p><img src=z.gif><img src=z.gif> c",
        "a\n\n![](https://s.example/a/x.gif)\n\nb\n\n![](https://s.example/a/y.gif)\n\n"
        "![](https://s.example/a/z.gif)\n\n![](https://s.example/a/z.gif)\n\nc",
    ),
    "marks that are words": (
        "<p>1. a * b_c _d_ <p># e<p>- f<p>&lt;b> &amp;amp; \\<p>[x]: y<p>---",
        "1\\. a \\* b_c \\_d\\_\n\n\\# e\n\n\\- f\n\n\\<b> \\&amp; \\\\\n\n[x\\]: y\n\n\\---",
    ),
}  # fmt: skip


@pytest.mark.parametrize("html, markdown", CASES.values(), ids=CASES)
def test_parts(html, markdown):
    assert to_markdown(cleaned(html, url="https://s.example/a/"), BOTH) == markdown


@pytest.mark.parametrize(
    "html, language",
    [
        ("<pre class='x lang-c++ y'>a", "c++"),
        ("<pre><code class=language-py>a", "py"),
        ("<pre class='brush:css; toolbar: false'>a", "css"),
        ("<pre class='brush: js notranslate'>a", "js"),
        ("<pre data-language=sh><code>a", "sh"),
        ("<pre><code data-lang='c#'>a", "c#"),
        ("<pre data-lang='a`b c'>a", ""),
        ("<div class='language-rb highlighter-rouge'><div class=highlight><pre>a", "rb"),
        (
            "<div class='highlighter-rouge language-rb'><div class=highlight><pre><code><table>"
            "<tr><td><pre>1</pre><td><pre>a</table>",
            "rb",
        ),
        ("<div class='highlight-pycon notranslate'><div class=highlight><pre>a", "pycon"),
        ("<div class='highlight highlight-source-shell'><pre>a", "shell"),
        ("<div class='highlight-default notranslate'><div class=highlight><pre>a", ""),
        ("<pre class=language-none>a", ""),
        ("<body class=language-en><pre>a", ""),
        ("<div class=lang-en><pre>a", ""),
        ("<div class='highlight-box'><pre>a", ""),
        ("<div class='language-js extra'><pre>a", "js"),
        ("<div class=language-js><button></button><span></span><pre>a", "js"),
        ("<div class='language-js highlight'><div><pre>a", "js"),
        ("<pre><code class=language-js><table><tr><td><pre>1</pre><td><pre>a</table>", "js"),
        ("<div class=language-js><img><pre>a", ""),
        ("<div class=language-js><div><pre>a", ""),
        ("<div class=language-switcher><pre>a", ""),
        ("<article class=language-en><pre>a", ""),
        ("<div class=language-en><main class='language-en highlight'><pre>a", ""),
    ],
)
def test_languages(html, language):
    assert to_markdown(cleaned(html)) == f"```{language}\na\n```"


def test_links_and_images_are_left_out_unless_asked_for():
    page = cleaned("<p>See <a href=/x>this</a> <img src=i.png alt=i></p><img src=j.png><p>b")
    assert to_markdown(page) == "See this\n\nb"


def test_only_kept_lines_and_what_is_between_them():
    html = (
        "<ul><li>a<li>b</ul><p>c</p><img src=1.png><p>d</p><img src=2.png><p>e</p>"
        "<figure><img src=3.png><figcaption>f</figcaption></figure>"
    )
    page = cleaned(html, [False, True, False, True, True, True])
    assert to_markdown(page, BOTH) == "- b\n\nd\n\n![](2.png)\n\ne\n\n![](3.png)\n\nf"


def test_the_first_kept_line_of_an_item_has_its_mark():
    page = cleaned("<ol><li><p>a<p>b<li>c</ol>", [False, True])
    assert to_markdown(page) == "1. b"


def test_an_item_has_its_number_where_others_are_dropped():
    page = cleaned("<ol><li>a<li>b<li>c<li>d<li>e</ol>", [True, False, True, True, False])
    assert to_markdown(page) == "1. a\n3) c\n4) d"


def test_a_list_is_of_an_item_that_is_kept():
    html = "<ul><li>a<ul><li>b</ul><ul><li>c</ul><li><ul><li>d</ul></ul>"
    assert to_markdown(cleaned(html, [True, False, True, True])) == "- a\n  - c\n\n  - d"
    html = "<ul><li>a<ul><li>b</ul><li>c</ul>"
    assert to_markdown(cleaned(html.replace("a<ul>", "a</li><ul>"), [False, True])) == "- b"


def test_columns_of_which_nothing_is_kept_are_gone():
    html = "<table><tr><th>a<th>b<th>c<tr><td>1<td>2<td>3<tr><td>4<td>5<td>6</table>"
    assert to_markdown(cleaned(html, [True, False, True])).startswith("| a | c |\n| --- | --- |")


def test_a_plain_text_stays_as_it_is():
    text = "# A title\n\nA text that a scraper wrote, with *marks* of its own. It stays as it is."
    page = Cleaner(threshold=0).clean(Document(text, format="text"))
    assert to_markdown(page) == page.text


def test_lines_that_stand_in_no_element_are_paragraphs():
    page = cleaned("<ul><li>a * b<li># c</ul>")
    page.lines.page.source = None
    assert to_markdown(page) == "a \\* b\n\n\\# c"


@pytest.mark.parametrize(
    "html",
    [
        lambda n: "<ol>" + "<li>a" * 20 * n,
        lambda n: "<table>" + "<tr><td>a<td>b" * 10 * n,
        lambda n: "<blockquote>" * 3 * n + "a",
        lambda n: "<p>" + "<b>a<i>" * 5 * n,
        lambda n: "<ul><li>" * 3 * n + "a",
        lambda n: "<p>" + "`*[a](b)" * 5 * n,
        lambda n: "<table><tr>" + "<td>a" * 5 * n + "<tr><td>b" * 5 * n,
        lambda n: "<table><tr>" + "<td rowspan=999>a" * 2 * n + "<tr><td>b" * 5 * n,
        lambda n: "<table><tr>" + "<td><pre>1\n2</pre>" * 10 * n,
        lambda n: "<table><tr><th>a<th>b<tr><td>c<td>" + "<ul><li>d" * 50 + "<li>e" * 5 * n,
        lambda n: "<ul>" * 400 + "<li><ul><li>b</ul>" * 5 * n,
        lambda n: "<table><tr><td>a<td>b<tr><td>c<td>" * n,
        lambda n: "<table><tr><th>a<td>b<tr><td colspan=9>c<td><img src=d>" * 2 * n,
        lambda n: "<table><tr><th>a<td>b<tr><td>c<td>" + "<img src=d>" * 9 * n + "<li>e" * 50,
        lambda n: (
            "<table>" + "<tr><td>a<td>b" * 5 * n + "<tr><td>c<td>d" + "<td><img src=e>" * 5 * n
        ),
        lambda n: "<div>" * 5 * n + "<pre>a</pre>" * 5 * n,
        lambda n: "<figure>" * 900 + "<button>Run</button><pre>b</pre>" * 5 * n,
        lambda n: "<figure>" * 3 * n + "<button>Run</button><pre>b</pre>",
        lambda n: "<table>" + "<tr><td>a<td><ul><li>b</ul>" * 15 * n,
        lambda n: "<p>" + "<b>x</b> y <img src=i.png alt=q>" * 12 * n,
    ],
    ids=[
        "items",
        "rows",
        "quotes",
        "marks",
        "lists",
        "words",
        "sparse rows",
        "cells of many rows",
        "gutters",
        "lists in items",
        "tables",
        "many tables",
        "images in cells",
        "images in a wide row",
        "code",
        "lists in cells",
        "buttons",
        "figures around a button",
        "cells with lists",
        "images in a line",
    ],
)
def test_no_page_takes_longer_than_it_is_long(html):
    written = assert_linear(lambda page: to_markdown(page, BOTH), lambda n: cleaned(html(n)))
    assert len(written) < 10 * len(html(LONG))
