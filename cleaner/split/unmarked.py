"""Markdown, as many scrapers write it: what a reader sees of each line.

Addresses of links, and what makes text bold, say nothing of whether a line is body; and a page
full of them looks like none that the model knows.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

_FEWEST_LINKS, _FEWEST_HEADINGS, _FEWEST_BOLD = 3, 2, 4
_MENU_LINES, _MENU_SHARE = 10, 0.25  # of lines that are links: a whole page has so many

_HEADING = re.compile(r"^ {0,3}#{1,6} +\S", re.MULTILINE)

# An address may hold pairs of brackets; a title may follow it.
_TITLE = r"(?:[ \t]+(?:\"[^\"\n]{0,500}\"|'[^'\n]{0,500}'))?"
_ADDRESS = r"\([^()\s]{0,2000}(?:\([^()\s]{0,200}\)[^()\s]{0,2000}){0,4}" + _TITLE + r"[ \t]?\)"
_IMAGE = re.compile(r"!\[[^\[\]\n]{0,500}\]" + _ADDRESS)
_LINK = re.compile(r"\[([^\[\]\n]{0,2000})\]" + _ADDRESS)
_OPENER = re.compile(r"^[| ]*(?:> ?)*(?:#{1,6} +)?(?:[*+-] +(?=\S))?", re.MULTILINE)
_CLOSING_HASHES = re.compile(r" #+$", re.MULTILINE)
_EMPHASIS = ("*", "`", "~~")
_UNDERSCORES = re.compile(r"_+(\w?)")
_ESCAPED = re.compile(r"\\([\\`*_{}\[\]()#+\-.!>|~])")
# Characters that no text shares stand for marks for as long as others are taken out: those of
# icons that a page has there say nothing.
_RESERVED = re.compile("[\ue000-\ue1ff]")
_KEPT = re.compile("[\ue000-\ue0ff]")  # escaped marks
_LINK_START, _LINKED = "\ue100", "\ue100\\1\ue101"  # around what is linked
_SEEN_LINK, _LINK_EDGES = re.compile("\ue100[^\n\ue101]*\ue101"), re.compile("[\ue100\ue101]")
_NOTHING = "·"  # what is left of a line of images, rules and bars: it goes with those around it
_NO_WORD = re.compile(r"[\s|:=*_#>~`+-]*")


def is_markdown(source: str) -> bool:
    """Whether a text has marks enough to be read as Markdown."""
    if source.count("](") >= _FEWEST_LINKS:
        return True
    if source.count("**") >= 2 * _FEWEST_BOLD:
        return True
    return "# " in source and len(_HEADING.findall(source)) >= _FEWEST_HEADINGS


def unmarked(texts: Sequence[str]) -> tuple[list[str], bool]:
    r"""What a reader sees of lines of Markdown, a mark where nothing is; and if all of a page is.

    A page with its menus has many lines that are links and nothing else.

    >>> unmarked(["## [News](/n)", "* **Bold** [one](http://x.org/a_(b) \"t\")", "![](/a.png)"])
    (['News', 'Bold one', '·'], False)
    """
    page = "\n".join(texts)
    while "  " in page:
        page = page.replace("  ", " ")
    page = _RESERVED.sub("", page)
    page = _ESCAPED.sub(lambda match: chr(0xE000 + ord(match[1])), page)
    page = _LINK.sub(_LINKED, _IMAGE.sub("", page))
    if "](" in page:  # around an image that was left out, or in a link
        page = _LINK.sub(_LINKED, page)
    menu = sum(
        _LINK_START in line and not any(map(str.isalnum, bare))
        for line, bare in zip(page.split("\n"), _SEEN_LINK.sub("", page).split("\n"), strict=True)
    )
    page = _CLOSING_HASHES.sub("", _OPENER.sub("", _LINK_EDGES.sub("", page)))
    for mark in _EMPHASIS:
        page = page.replace(mark, "")
    page = _UNDERSCORES.sub(_within, page)
    page = _KEPT.sub(lambda match: chr(ord(match[0]) - 0xE000), page)
    seen = [line.strip(" |\t\xa0\u3000") for line in page.split("\n")]
    return (
        [_NOTHING if _NO_WORD.fullmatch(line) else line for line in seen],
        menu >= max(_MENU_LINES, _MENU_SHARE * len(texts)),
    )


def _within(match: re.Match[str]) -> str:
    """Underscores within a word stay."""
    before = match.string[match.start() - 1 : match.start()]
    return match[0] if before.isalnum() and match[1] else match[1]
