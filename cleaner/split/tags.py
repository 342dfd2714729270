"""What the splitter knows of HTML's elements."""

from __future__ import annotations

import re
from html import unescape

from cleaner.types import Gap

# Elements whose content nobody reads as text. The parser hands over none of `RAW`.
RAW = ("script", "style", "template")
UNREAD = frozenset(
    (
        "title meta link base svg select textarea iframe object applet audio video canvas map "
        "datalist noframes noembed xmp"
    ).split()
).union(RAW)

# Elements without content, which have no end tag.
VOID = frozenset(
    (
        "area base basefont bgsound br col embed frame hr img input keygen link meta param source "
        "track wbr"
    ).split()
)

# Elements whose content is text whatever it holds.
RAW_TEXT = frozenset(["iframe", "noembed", "noframes", "xmp", "plaintext"])

# Elements that are boxes in a line of text: the words before and after them are apart.
BOXES = frozenset(
    (
        "img input select textarea svg iframe object applet audio video canvas embed meter progress"
    ).split()
)

# Elements that end the line before them and the line in them, by the gap they leave.
BLOCK_GAPS: dict[str, Gap] = {
    **dict.fromkeys(
        (
            "address article aside blockquote body center details dialog dir div dl fieldset "
            "figcaption figure footer form h1 h2 h3 h4 h5 h6 head header hgroup hr html main "
            "menu nav ol p pre section summary table ul listing plaintext caption frameset "
            "noscript"
        ).split(),
        Gap.PARAGRAPH,
    ),
    **dict.fromkeys(("li dt dd tr thead tbody tfoot button legend option").split(), Gap.LINE),
    **dict.fromkeys(["td", "th"], Gap.CELL),
}

HEADINGS = frozenset(["h1", "h2", "h3", "h4", "h5", "h6"])
PREFORMATTED = frozenset(["pre", "listing", "plaintext"])

# Elements that the parser opens again wherever the markup leaves them open (HTML, 13.2.4.3).
FORMATTING = frozenset("b big code em font i s small strike strong tt u nobr".split())

# What `blockquote` is called where it holds not a quote but a post: vBulletin 4, XenForo 1.
POSTS = frozenset(["postcontent", "messageText"])

_ATTRIBUTE = re.compile(r' ([^\s=]+)="([^"]*)"')


def attributes(written: str) -> list[tuple[str, str]]:
    """The attributes of a tag as a parser writes it: names, and values with their entities read.

    >>> attributes('a href="/b?c=1&amp;d" title=""')
    [('href', '/b?c=1&d'), ('title', '')]
    """
    return [(name, unescape(value)) for name, value in _ATTRIBUTE.findall(written)]
