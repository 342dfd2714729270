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

# An address may hold one pair of brackets in another; a title may follow it.
_TITLE = r"(?:\s+(?:\"[^\"\n]{0,500}\"|'[^'\n]{0,500}'))?"
_ADDRESS = r"\((?:[^()\s]|\([^()\s]{0,200}\)){0,2000}" + _TITLE + r"\s?\)"
_IMAGE = re.compile(r"!\[([^\[\]]{0,500})\]" + _ADDRESS)
_LINK = re.compile(r"\[([^\[\]]{0,2000})\]" + _ADDRESS)
_OPENER = re.compile(r"^(?:>\s?)*(?:#{1,6} +)?")
_BULLET = re.compile(r"^[*+-] +(?=\S)")
_CLOSING_HASHES = re.compile(r" +#+$")
_EMPHASIS = re.compile(r"(\*{1,3}|~~|(?<!\w)_{1,3}(?=\S)|(?<=\S)_{1,3}(?!\w)|`+)")
_ESCAPED = re.compile(r"\\([\\`*_{}\[\]()#+\-.!>|~])")
_KEPT = re.compile("[\ue000-\ue0ff]")  # stand for escaped marks while others are taken out
_NOTHING = "·"  # what is left of a line of images, rules and bars: it goes with those around it
_NO_WORD = re.compile(r"[\s|:=*_#>~`+-]*")


def is_markdown(source: str) -> bool:
    """Whether a text has marks enough to be read as Markdown."""
    if source.count("](") >= _FEWEST_LINKS:
        return True
    if source.count("**") >= 2 * _FEWEST_BOLD:
        return True
    return "# " in source and len(_HEADING.findall(source, 0)) >= _FEWEST_HEADINGS


def unmarked(texts: Sequence[str]) -> list[str]:
    r"""What a reader sees of lines of Markdown; a mark where nothing is seen.

    >>> unmarked(["## [News](/n)", "* **Bold** [one](http://x.org/a_(b) \"t\")", "![](/a.png)"])
    ['News', 'Bold one', '·']
    """
    return [_seen(text) for text in texts]


def is_whole(texts: Sequence[str]) -> bool:
    """Whether lines of Markdown are of a whole page, menus and all, and not of its text alone."""
    linked = [text for text in texts if "](" in text]
    if len(linked) < max(_MENU_LINES, _MENU_SHARE * len(texts)):
        return False
    bare = [_LINK.sub("", _LINK.sub("", _IMAGE.sub("", text))) for text in linked]
    menu = sum(not any(map(str.isalnum, text)) for text in bare)
    return menu >= max(_MENU_LINES, _MENU_SHARE * len(texts))


def _seen(text: str) -> str:
    text = " ".join(text.split())
    text = _ESCAPED.sub(lambda match: chr(0xE000 + ord(match[1])), text)
    if "](" in text:
        text = _LINK.sub(r"\1", _LINK.sub(r"\1", _IMAGE.sub("", text)))
    text = _OPENER.sub("", text.strip("| "))
    text = _EMPHASIS.sub("", _CLOSING_HASHES.sub("", _BULLET.sub("", text)))
    text = _KEPT.sub(lambda match: chr(ord(match[0]) - 0xE000), " ".join(text.split()))
    return _NOTHING if _NO_WORD.fullmatch(text) else text
