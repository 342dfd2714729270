"""What stands in lines and is not read there is no text of theirs."""

import pytest

from cleaner import Cleaner
from cleaner.markdown import Markdown, to_markdown
from cleaner.split import split
from cleaner.types import Document
from tests.growth import assert_linear

TEX = '<annotation encoding="application/x-tex">E=mc^2</annotation>'
XML = '<annotation-xml encoding="MathML-Content"><ci>E</ci></annotation-xml>'
HTML = '<annotation-xml encoding="text/html"><p>E</p></annotation-xml>'
MATHML = f"<math><semantics><mrow><mi>E</mi><mo>=</mo></mrow>{TEX}</semantics></math>"
DRAWN = '<span class="katex-html" aria-hidden="true"><span>E</span>=mc2</span>'
KATEX = f'<span class="katex"><span class="katex-mathml">{MATHML}</span>{DRAWN}</span>'


def texts_of(markup):
    return split(Document(f"<html><body>{markup}</body></html>", format="html")).texts


@pytest.mark.parametrize(
    ("markup", "expected"),
    [
        pytest.param('<h2>Tea <a href="#t">¶</a></h2>', ["Tea"], id="pilcrow"),
        pytest.param('<h2><a href="#t"> # </a>Tea</h2>', ["Tea"], id="hash in front"),
        pytest.param('<h2><a href="#t">#</a></h2>', ["#"], id="nothing but a sign"),
        pytest.param('<p><a href="#t">#</a> is a hash</p>', ["# is a hash"], id="no heading"),
        pytest.param(
            '<dt>brew()<a class="headerlink" href="#b">¶</a></dt>', ["brew()"], id="definition"
        ),
        pytest.param('<h2><a class="header-anchor">Tea</a></h2>', ["Tea"], id="whole heading"),
        pytest.param('<p>See <a class="hash-link">#tea</a></p>', ["See #tea"], id="hashtag"),
        pytest.param(
            '<h2>Tea<span class="mw-editsection">[<a>edit</a>]</span></h2>', ["Tea"], id="wiki"
        ),
        pytest.param(
            '<p><a>Read on<span class="sr-only">Opens in a new window</span></a>.</p>',
            ["Read on."],
            id="for screen readers",
        ),
        pytest.param(
            '<p><a>Läs vidare<span class="sr-only">Öppnas i nytt fönster</span></a>.</p>'
            '<p><a>Devamı<span class="sr-only">(yeni sekmede açılır)</span></a>.</p>'
            '<p><a>Συνέχεια<span class="sr-only">Ανοίγει σε νέα καρτέλα</span></a>.</p>',
            ["Läs vidare.", "Devamı.", "Συνέχεια."],
            id="for screen readers of other languages",
        ),
        pytest.param('<button><i class="sr-only">Menu</i></button>', ["Menu"], id="alone"),
        pytest.param('<h2 class="sr-only">Menu</h2>', ["Menu"], id="a block"),
        pytest.param('<p>3<i class="sr-only">of</i>5</p>', ["3 of 5"], id="unseen words are apart"),
        pytest.param(
            '<p>3<i class="sr-only">new window</i>5</p>', ["3 5"], id="what is around them too"
        ),
        pytest.param('<p>a<i class="sr-only"> new tab</i>b</p>', ["a b"], id="a space stays"),
        pytest.param(
            '<p>5<b class="sm:not-sr-only sr-only">0</b></p>', ["50"], id="seen on wide screens"
        ),
        pytest.param(
            '<p>5<b class="sr-only focus:not-sr-only">0</b></p>', ["5 0"], id="seen in focus"
        ),
        pytest.param(f"<p>So {KATEX} holds.</p>", ["So E=mc^2 holds."], id="formula"),
        pytest.param(f"<p>So {DRAWN} holds.</p>", ["So E=mc2 holds."], id="formula as drawn"),
        pytest.param(f"<p>So {MATHML} holds.</p>", ["So E=mc^2 holds."], id="formula as MathML"),
        pytest.param(
            f"<p>So {MATHML.replace('application/x-tex', 'MathType')} holds.</p>",
            ["So E= holds."],
            id="no TeX",
        ),
        pytest.param(
            f"<p>{MATHML.replace(TEX, TEX + XML)} is {MATHML.replace(TEX, XML + TEX)}.</p>",
            ["E=mc^2 is E=mc^2."],
            id="formula with notes in XML",
        ),
        pytest.param(
            f"<p>So {MATHML.replace(TEX, HTML)} holds.</p>",
            ["So E= holds."],
            id="a note of blocks",
        ),
        pytest.param(
            f"<p>So</p><math><semantics>{XML}</semantics></math><p>holds.</p>",
            ["So", "E", "holds."],
            id="a formula in XML alone",
        ),
        pytest.param("<pre>a\n<button>Copy</button>b</pre>", ["a", "b"], id="button in code"),
        pytest.param("<pre>a<button>Copy\nb</pre>", ["a", "Copy", "b"], id="button left open"),
        pytest.param("<p>a <button>Copy</button></p>", ["a", "Copy"], id="button in text"),
        pytest.param(
            '<table><tr><td class="rouge-gutter"><pre>1\n2</pre><td><pre>a\nb</pre></table>',
            ["a", "b"],
            id="numbers of lines",
        ),
        pytest.param("<p>wo\u00adr&shy;d\u2060s\ufeff</p>", ["words"], id="where lines may break"),
        pytest.param("<p>a\u200b&ZeroWidthSpace;b</p>", ["ab"], id="zero-width spaces"),
        pytest.param("<p>ភាសា\u200bខ្មែរ</p>", ["ភាសា\u200bខ្មែរ"], id="zero-width spaces of Khmer"),
        pytest.param("<p>👩\u200d🔬</p>", ["👩\u200d🔬"], id="joined emoji"),
        pytest.param("<p>ไทย<b>\u200bไทย</b></p>", ["ไทย\u200bไทย"], id="of Thai, in two pieces"),
        pytest.param(
            '<p><span class="sr-only">New tab</span>&nbsp;&shy;</p>',
            ["New tab"],
            id="beside nothing",
        ),
        pytest.param(
            '<h1>On <a class="hashtag" href="/t">#<span>cats</span></a></h1>',
            ["On #cats"],
            id="a link that goes on",
        ),
        pytest.param(
            '<h2><a class="headerlink">The ferry stops</a> <small>2012</small></h2>',
            ["The ferry stops 2012"],
            id="a link of words",
        ),
        pytest.param(
            '<h2>Tea<a class="headerlink" href="#t">¶</h2><p>Long <a href="x">link</a> text.</p>',
            ["Tea", "Long link text."],
            id="a link left open",
        ),
        pytest.param(
            '<h2>Tea <a class="header-anchor"><span>#</span></a></h2>', ["Tea"], id="sign in a span"
        ),
        pytest.param('<h2>Tea<a hidden href="#t">#</a></h2>', ["Tea"], id="a hidden sign"),
        pytest.param(
            f"<p>One.</p>{TEX}<p>Two.</p>", ["One.", "E=mc^2", "Two."], id="TeX of no formula"
        ),
        pytest.param(
            "<p>a <annotation class=textual>b</annotation> c</p>",
            ["a b c"],
            id="another annotation",
        ),
        pytest.param(f"<p>{MATHML.replace('E=mc^2', ' ')}</p>", ["E="], id="formula without TeX"),
        pytest.param("<pre class=linenos>a = 1\nb = 2</pre>", ["a = 1", "b = 2"], id="code itself"),
        pytest.param(
            "<pre>a\n<button>print</button>(<button>x</button>)</pre>",
            ["a", "print", "(", "x", ")"],
            id="buttons that are code",
        ),
        pytest.param(
            '<!-- <?php a ?> --><p title="<?b">c</p><?d e ?>', ["c"], id="instructions elsewhere"
        ),
        pytest.param("<p>a</p><?php if(1): ?><p>b</p>", ["a", "b"], id="instruction"),
        pytest.param("<p>a</p><?x\n?><p>b</p>", ["a", "b"], id="instruction of two lines"),
    ],
)
def test_what_is_not_read_is_left_out(markup, expected):
    assert texts_of(markup) == expected


def test_titles_are_as_they_were_written():
    page = split(Document("<title>How to use <?php tags</title><p>a</p><?b?>", format="html"))
    assert (page.title, page.texts) == ("How to use <?php tags", ["a"])


def test_markdown_leaves_out_the_same():
    text = "The ferry stopped at noon, and nobody on the island knew when it would sail again. "
    markup = (
        f'<article><h1>The ferry</h1><p>{text * 3}</p><h2>Why<a href="#why">¶</a></h2>'
        f'<p>{text}<a href="/a">All about it<span class="sr-only">(new tab)</span></a> '
        f"{text}{KATEX} {text}</p></article>"
    )
    written = to_markdown(Cleaner().clean(Document(markup, format="html")), Markdown(links=True))
    assert "## Why\n" in written
    assert "[All about it](/a)" in written
    assert "new tab" not in written
    assert written.count("E=mc") == 1


@pytest.mark.parametrize(
    "piece",
    [
        "<semantics><mi>x</mi>" + TEX,
        TEX,
        "<semantics><mi>x</mi><annotation-xml>",
        '<i class="sr-only">a</i>b',
        "<a>#</a>",
        "<?php a ?>",
        '<i class="sr-only">',
        '<i class="sr-only">new tab</i>b',
        '<b class="lineno">1',
    ],
)
def test_much_of_it_takes_no_longer_than_its_length(piece):
    assert_linear(texts_of, lambda n: "<h2>" + piece * 20 * n)
