"""Markdown, as many scrapers write it: what a reader sees of each line.

Addresses of links, and what makes text bold, say nothing of whether a line is body; and a page
full of them looks like none that the model knows.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from cleaner.split.page import Int32, Page, int32, to_units

_FEWEST_LINKS, _FEWEST_HEADINGS, _FEWEST_BOLD = 3, 2, 4
_MENU_LINES, _MENU_SHARE = 10, 0.25  # of lines that are links: a whole page has so many

_HEADING = re.compile(r"^ {0,3}#{1,6} +\S", re.MULTILINE)

# An address may hold pairs of brackets; a title may follow it.
_TITLE = r"(?:[ \t]{1,9}(?:\"[^\"\n]{0,500}\"|'[^'\n]{0,500}'))?"
_SPACED = r"(?:https?:|mailto:|javascript:|[/#])[^()\n]{0,2000}"  # some leave spaces in addresses
_ADDRESS = (
    r"\([ \t]{0,9}(?:[^()\s]{0,2000}(?:\([^()\s]{0,200}\)[^()\s]{0,2000}){0,4}"
    + _TITLE + "|" + _SPACED + r")[ \t]?\)"
)  # fmt: skip
_IMAGE = re.compile(r"!\[[^\[\]\n]{0,500}\]" + _ADDRESS)
_LINK = re.compile(r"\[([^\[\]\n]{0,2000})\]" + _ADDRESS)
# The marks a line begins with, hashes and a bullet told apart; the number of an item stays.
_OPENER = re.compile(
    r"^[| ]*(?:> ?)*(?:(#{1,6}) +)?(?:([*+-]) +(?=\S)|(?=(\d{1,3}[.)]) ))?", re.MULTILINE
)
_UNDERLINE = re.compile(r"(=+)|-{2,}")  # of a heading
_CLOSING_HASHES = re.compile(r" #+$", re.MULTILINE)
_EMPHASIS = ("*", "`", "~~")
_UNDERSCORES = re.compile(r"_+(\w?)")
# What writers of Markdown leave of HTML, as it has no marks for it.
_BREAK = re.compile(r"<br ?/?>", re.IGNORECASE)
_TAG = re.compile(
    r"</?(?:su[bp]|u|ins|del|s|kbd|mark|small|b|i|em|strong|span|font|center)"
    r"(?: [a-z-]{1,20}=(?:\"[^\"\n]{0,300}\"|'[^'\n]{0,300}'|[^\s<>\"']{1,100})){0,9} ?/?>",
    re.IGNORECASE,
)
_ESCAPED = re.compile(r"\\([\\`*_{}\[\]()#+\-.!>|~])")
# Characters that no text shares stand for marks for as long as others are taken out: those of
# icons that a page has there say nothing.
_RESERVED = re.compile("[\ue000-\ue1ff]")
_KEPT = re.compile("[\ue000-\ue0ff]")  # escaped marks
_LINK_START, _LINK_END, _LINKED = "\ue100", "\ue101", "\ue100\\1\ue101"  # around what is linked
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


def unmarked(texts: Sequence[str], follows: NDArray[np.bool_]) -> Page:
    r"""What a reader sees of lines of Markdown, a mark where nothing is, and what was marked.

    `follows` says of each line whether it stands right below the one before. A page with its
    menus, which has many lines that are links and nothing else, is known to be a whole one.

    >>> lines = ["## [News](/n)", "* **Bold** [one](http://x.org/a_(b) \"t\")", "![](/a.png)"]
    >>> page = unmarked(lines, np.array([False, True, True]))
    >>> page.texts, page.headings.tolist(), page.marked.tolist(), page.link_chars.tolist()
    (['News', 'Bold one', '·'], [2, 0, 0], [False, True, False], [4, 3, 0])
    """
    page = "\n".join(texts)
    if "<" in page:
        page = _TAG.sub("", _BREAK.sub(" ", page))
    page = page.replace("&nbsp;", " ")
    while "  " in page:
        page = page.replace("  ", " ")
    page = _RESERVED.sub("", page)
    page = _ESCAPED.sub(lambda match: chr(0xE000 + ord(match[1])), page)
    page = _LINK.sub(_LINKED, _IMAGE.sub("", page))
    if "](" in page:  # around an image that was left out, or in a link
        page = _LINK.sub(_LINKED, page)
    links, link_chars, menu = _count_links(page)
    page = _LINK_EDGES.sub("", page)
    openers = [match.groups() for match in _OPENER.finditer(page)]
    page = _CLOSING_HASHES.sub("", _OPENER.sub("", page))
    for mark in _EMPHASIS:
        page = page.replace(mark, "")
    page = _UNDERSCORES.sub(_within, page)
    page = _KEPT.sub(lambda match: chr(ord(match[0]) - 0xE000), page)
    seen = [line.strip(" |\t\xa0\u3000") for line in page.split("\n")]
    headings = [len(hashes or "") for hashes, _, _ in openers]
    for at, text in enumerate(texts):
        if text[0] in "=-" and follows[at] and (line := _UNDERLINE.fullmatch(text)):
            headings[at - 1] = 1 if line[1] else 2
    sizes = [len(line) for line in seen]
    return Page(
        "text",
        units=to_units([_NOTHING if _NO_WORD.fullmatch(line) else line for line in seen]),
        written=list(texts),
        is_whole=menu >= max(_MENU_LINES, _MENU_SHARE * len(texts)),
        link_chars=np.minimum(link_chars, int32(sizes)),
        links=links,
        headings=np.array(headings, dtype=np.uint8),
        marked=np.array([bool(bullet or number) for _, bullet, number in openers], dtype=np.bool_),
    )


def _count_links(page: str) -> tuple[Int32, Int32, int]:
    """How many links each line has, of how many characters; how many lines are nothing else."""
    units = to_units([page])
    change = (units == ord(_LINK_START)).astype(np.int32) - (units == ord(_LINK_END))
    ends = np.flatnonzero(units == ord("\n"))

    def by_line(is_counted: NDArray[np.bool_]) -> Int32:
        return int32(np.diff(np.cumsum(is_counted)[ends], prepend=0))

    links = by_line(change > 0)
    bare = _SEEN_LINK.sub("", page).split("\n")
    menu = sum(not any(map(str.isalnum, bare[line])) for line in np.flatnonzero(links).tolist())
    return links, by_line((np.cumsum(change) > 0) & (change == 0)), menu


def _within(match: re.Match[str]) -> str:
    """Underscores within a word stay."""
    before = match.string[match.start() - 1 : match.start()]
    return match[0] if before.isalnum() and match[1] else match[1]
