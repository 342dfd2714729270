"""The tools that benchmarks compare: each a function of a page's HTML, or of a text, to text.

A peer is imported when it is asked for, so that one process holds no more than it measures.
"""

from __future__ import annotations

from collections.abc import Callable

Extract = Callable[[str], str]


def cleaner() -> Extract:
    """This project, one page at a time."""
    from cleaner import Cleaner, Document

    some = Cleaner()
    return lambda html: some.clean(Document(html, format="html")).text


def lxml() -> Extract:
    """The bare parse by libxml2, which costs of pages are multiples of; it gives no text."""
    from lxml.html import document_fromstring

    def parse(html: str) -> str:
        document_fromstring(html.encode())
        return ""

    return parse


def lexbor() -> Extract:
    """The bare parse by lexbor, through selectolax."""
    from selectolax.lexbor import LexborHTMLParser

    def parse(html: str) -> str:
        LexborHTMLParser(html)
        return ""

    return parse


def trafilatura(*, fast: bool = False, recall: bool = False) -> Extract:
    """With its fall-backs unless `fast`; comments are left out."""
    import trafilatura as peer

    return lambda html: (
        peer.extract(html, include_comments=False, favor_recall=recall, fast=fast) or ""
    )


def trafilatura_fast() -> Extract:
    """Without the fall-backs."""
    return trafilatura(fast=True)


def trafilatura_recall() -> Extract:
    """Tuned to keep more."""
    return trafilatura(recall=True)


def readability() -> Extract:
    """The article as HTML, and its text by resiliparse."""
    from readability import Document as Readable
    from resiliparse.extract.html2text import extract_plain_text

    return lambda html: extract_plain_text(Readable(html).summary(), main_content=False)


def newspaper() -> Extract:
    """The text of an article."""
    from newspaper import Article

    def extract(html: str) -> str:
        article = Article("http://localhost/", fetch_images=False)
        article.download(input_html=html)
        article.parse()
        return str(article.text)

    return extract


def goose() -> Extract:
    """The text of an article."""
    from goose3 import Goose

    some = Goose({"enable_image_fetching": False})
    return lambda html: str(some.extract(raw_html=html).cleaned_text)


def resiliparse() -> Extract:
    """Its rules for main content, in C++."""
    from resiliparse.extract.html2text import extract_plain_text

    return lambda html: extract_plain_text(html, main_content=True, alt_texts=False)


def resiliparse_all() -> Extract:
    """All text."""
    from resiliparse.extract.html2text import extract_plain_text

    return lambda html: extract_plain_text(html, main_content=False, alt_texts=False)


def justext() -> Extract:
    """With the stop words of English."""
    import justext as peer

    stop_words = peer.get_stoplist("English")

    def extract(html: str) -> str:
        paragraphs = peer.justext(html.encode(), stop_words, encoding="utf-8")
        return "\n".join(p.text for p in paragraphs if not p.is_boilerplate)

    return extract


def boilerpy() -> Extract:
    """The extractor of articles."""
    from boilerpy3.extractors import ArticleExtractor

    some = ArticleExtractor(raise_on_failure=False)
    return lambda html: str(some.get_content(html))


def html_text() -> Extract:
    """All text."""
    import html_text as peer

    return lambda html: str(peer.extract_text(html))


def inscriptis() -> Extract:
    """All text, laid out."""
    import inscriptis as peer

    return lambda html: str(peer.get_text(html))


def html2text(*, width: int = 78) -> Extract:
    """All of it as Markdown, paragraphs and links broken at `width` columns; 0 breaks none."""
    from html2text import HTML2Text

    def write(html: str) -> str:
        return str(HTML2Text(bodywidth=width).handle(html))

    return write


def html2text_unbroken() -> Extract:
    """All of it as Markdown, a paragraph a line."""
    return html2text(width=0)


def markdownify() -> Extract:
    """All of it as Markdown, in its default style."""
    import markdownify as peer

    return lambda html: str(peer.markdownify(html))


def cleaner_text() -> Extract:
    """This project on plain text, one text at a time."""
    from cleaner import Cleaner, Document

    some = Cleaner()
    return lambda text: some.clean(Document(text, format="text")).text


def c4_filter() -> Extract:
    """The rules for lines of C4, as datatrove has them.

    Sentences are not counted: that needs data which NLTK downloads, and it would cost more than
    all the rest. The rules that throw a page away at once (a curly bracket, lorem ipsum) are off,
    so that all lines of all pages are looked at.
    """
    from datatrove.data import Document
    from datatrove.pipeline.filters import C4QualityFilter

    some = C4QualityFilter(
        min_num_sentences=-1, filter_curly_bracket=False, filter_lorem_ipsum=False
    )

    def extract(text: str) -> str:
        document = Document(text=text, id="")
        some.filter(document)
        return document.text

    return extract


HTML_TOOLS: dict[str, Callable[[], Extract]] = {
    "lxml parse": lxml,
    "lexbor parse": lexbor,
    "resiliparse, all text": resiliparse_all,
    "resiliparse": resiliparse,
    "cleaner": cleaner,
    "html-text": html_text,
    "inscriptis": inscriptis,
    "boilerpy3": boilerpy,
    "jusText": justext,
    "trafilatura fast": trafilatura_fast,
    "trafilatura": trafilatura,
    "readability-lxml": readability,
    "goose3": goose,
    "newspaper4k": newspaper,
}

TEXT_TOOLS: dict[str, Callable[[], Extract]] = {
    "cleaner": cleaner_text,
    "datatrove C4 lines": c4_filter,
}
