"""Pages of which a test says what is kept, and their Markdown as a reader sees it."""

import re

from markdown_it import MarkdownIt

from cleaner.markdown import Markdown, to_markdown
from cleaner.markdown.code import around_code
from cleaner.markdown.outline import outline
from cleaner.markdown.place import locate, squeeze
from cleaner.split import Lines, split
from cleaner.types import Cleaned, Document, Verdict

IN_CELL = re.compile(r"/t[dh]\b.*/li\b")
PARSER = MarkdownIt("commonmark").enable(["table", "strikethrough"])


def cleaned(html, keep=None, url=None):
    """A page of which `keep` says what stays, cyclically; all of it if left out."""
    document = Document(html, format="html", url=url)
    page = split(document)
    keeps = [True if not keep else keep[at % len(keep)] for at in range(len(page))]
    verdicts = [Verdict(kept, 1.0, "body", "test") for kept in keeps]
    return Cleaned(document, "html", Lines(page), verdicts, page.join(keeps))


def read(markdown):
    """The words that a reader of Markdown sees, and the numbers of items, which are as written."""
    words = []
    numbers = []
    for block in PARSER.parse(markdown):
        if block.type == "ordered_list_open":
            numbers.append(block.attrs.get("start", 1))
        elif block.type == "ordered_list_close":
            numbers.pop()
        elif block.type == "list_item_open" and block.info:
            assert int(block.info) == numbers[-1], markdown
            numbers[-1] += 1
        if block.type == "fence":
            words.append(block.content)
        words += [
            token.content for token in block.children or () if token.type in ("text", "code_inline")
        ]
        assert block.type not in ("html_block", "code_block"), markdown
    return "".join(words)


def expected(page):
    """What a reader should see: kept lines, but for those that Markdown leaves out around code.

    Before a line of an item of a list in a cell its mark may stand, which Markdown has no other
    way to write.
    """
    places = locate(page.lines.page)
    left_out = around_code(page.lines.page, places, outline(places, ())) if places else ()
    return re.compile(
        "".join(
            r"(?:-|\d+\.)?" * bool(IN_CELL.search(line.path)) + re.escape(squeeze(line.text))
            for line, verdict in page
            if verdict.keep and line.index not in left_out
        )
    )


def assert_agrees(page, options=None):
    markdown = to_markdown(page, options or Markdown())
    assert expected(page).fullmatch(squeeze(read(markdown))), markdown
