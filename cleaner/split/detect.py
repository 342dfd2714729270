"""HTML or plain text? A text may speak of tags without being made of them."""

from __future__ import annotations

import re

_PEEK = 20_000  # characters looked at

# What no text begins with: a doctype or a document element.
_DOCUMENT_START = re.compile(r"<(?:!doctype\s+html|html|head|body)\b", re.IGNORECASE)

# What may stand before it: (how it begins, how it ends).
_PROLOGUE = (("<?xml", ">"), ("<!--", "-->"))

# A tag as a page uses it. `<T>` and `<name>` in prose or code are none.
_TAG = re.compile(
    r"</?(?:a|article|aside|b|blockquote|br|button|center|dd|div|dl|dt|em|figure|font|footer"
    r"|form|h[1-6]|header|hr|i|iframe|img|input|li|link|main|meta|nav|ol|p|pre|script|section"
    r"|span|strong|style|sup|table|tbody|td|th|thead|title|tr|u|ul)(?:\s[^<>]*)?/?>",
    re.IGNORECASE,
)


def looks_like_html(source: str) -> bool:
    r"""Whether `source` is made of HTML rather than text in which tags are mentioned.

    >>> looks_like_html("<!doctype html><title>A page</title>")
    True
    >>> looks_like_html("<p>One paragraph.</p> <p>Another.</p>")
    True
    >>> looks_like_html("Use the <p> tag.\nClose it with </p>.\nThat is all there is to it.")
    False
    """
    head = source[:_PEEK].lstrip("\ufeff \t\r\n\f\v\0")
    if _DOCUMENT_START.match(head, _prologue_end(head)):
        return True
    tags = len(_TAG.findall(head))
    if not tags:
        return False
    if _TAG.match(head):
        return tags > 1 or "</" in head
    lines = [line for line in head.splitlines() if line.strip()]
    wrapped = sum(1 for line in lines if _is_wrapped(line.strip()))
    return "</" in head and wrapped * 2 > len(lines)


def _prologue_end(head: str) -> int:
    """Where the XML declaration and the comments at the start of `head` end."""
    at = 0
    while True:
        for start, end in _PROLOGUE:
            if head.startswith(start, at):
                found = head.find(end, at)
                at = found + len(end) if found >= 0 else len(head)
                break
        else:
            return at
        while at < len(head) and head[at].isspace():
            at += 1


def _is_wrapped(line: str) -> bool:
    """Whether a line begins or ends with a tag, as source lines of a page do."""
    return (line[0] == "<" and _TAG.match(line) is not None) or (
        line[-1] == ">" and _TAG.search(line) is not None
    )
