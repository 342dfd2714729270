"""A page's source to plain markup: what the HTML parser made of it, written out again.

In plain markup every `<` begins a tag and every `>` ends one, every element that has content has
an end tag, values stand in double quotes, and there are no scripts and comments. Of pages that are
written regularly, as most are, it is made without the parser (`native/plain.pyx`).
"""

from __future__ import annotations

import re
from functools import cache
from html import escape, unescape

import numpy as np
from numpy.typing import NDArray
from selectolax.lexbor import LexborHTMLParser

from cleaner.native import load
from cleaner.split.tags import FORMATTING, RAW, VOID

_compiled, _source, _regular = load("markup"), load("source"), load("plain")

LINE = b"data-source-line"

# Elements whose content is text whatever it holds, and is written out as it is.
_RAW_TEXT_TAG = re.compile(rb"<(/?)(?:iframe|noembed|noframes|xmp)\b", re.IGNORECASE)
_RAW_TEXT = re.compile(  # what stands in one that is closed soon
    rb"(<(iframe|noembed|noframes|xmp)\b[^<>]*>)(?:(?!<\2\b).){1,1000}?(?=</\2\b)",
    re.IGNORECASE | re.DOTALL,
)
# What begins a comment, a doctype, an instruction, or text that is written out as it is.
_REMARK = re.compile(rb"<(?:[!?]|(iframe|noembed|noframes|xmp)\b)")
_LONG_FRAME = 1000  # bytes; one that is longer, or holds tags, may not have been closed
_PLAINTEXT_TAG = re.compile(rb"<(/?)plaintext\b", re.IGNORECASE)

# From so many tags on a page is looked over before it is parsed, see `tame`. The rules for regular
# pages have the same limits, or lower ones.
_MANY_TAGS = 1000
_MANY_TAGS_DEEP = 12_000
_MANY_OPEN = 1000  # elements open at once
_MANY_REOPENED = 2_000_000  # elements the parser may make of formatting elements left open
_MANY_OPTIONS = 3000  # of lists to choose from; of 698 real lists the longest has 549
_LONG_TAG = 10_000  # bytes
_MANY_ATTRIBUTES = 1000  # of one tag

_BLOCK_START = re.compile(
    rb"</?(?!(?:p|br|script|style|title|textarea|noscript)\b)[a-z][^<>]*>", re.IGNORECASE
)
_FORMATTING_TAG = re.compile(
    rb"</?(?:%s)(?=[\s/>])[^<>]*>" % b"|".join(sorted(tag.encode() for tag in FORMATTING)),
    re.IGNORECASE,
)
_OPTION_TAG = re.compile(rb"</?option(?=[\s/>])[^<>]*>", re.IGNORECASE)
_TAG = re.compile(rb"<(/?)([a-z][^\s/>]*)", re.IGNORECASE)
# Where a line may be put behind a name: nothing of a comment or a script that it looks like ends.
_NAMED = re.compile(rb"<(/?)[a-z](?:(?!--)[^\s/<>])*", re.IGNORECASE)
_NOSCRIPT_TAG = re.compile(rb"<(/?)noscript\b", re.IGNORECASE)
_ANY_TAG = re.compile(rb"<[^<>]*>")
_TAG_PART = re.compile(rb"""(?:>|=\s*(["']))""")
_FLAT = frozenset(
    tag.encode() for tag in (*VOID, "p", "li", "dd", "dt", "option", "tr", "td", "th")
)
# Elements in which formatting elements outside of them are not opened again.
_MARKERS = frozenset([b"td", b"th", b"caption", b"object", b"applet", b"marquee"])
_REOPENED_TAGS = [*sorted(_MARKERS), *sorted(tag.encode() for tag in FORMATTING)]
_REOPENED = re.compile(rb"<(/?)(%s)(?=[\s/>])" % b"|".join(_REOPENED_TAGS), re.IGNORECASE)
_MOST_OPEN = _MANY_REOPENED // _MANY_TAGS  # no more are counted
_BARRIERS = frozenset([b"table", b"object", b"applet", b"marquee", b"button", b"svg", b"math"])
_REACH = 50  # elements up from the innermost in which an end tag finds its own


def parse(source: str) -> LexborHTMLParser:
    """The document, as browsers understand it."""
    return LexborHTMLParser(tame(_encode(source)))


def make_markup(source: str, *, number_lines: bool = False, lean: bool = False) -> bytes:
    """The plain markup of a page, but for frames that hold much text, which may be of tags.

    With `number_lines` every element has an attribute `LINE`, the line its tag stands in. What is
    `lean` may lack attributes that lines and elements do not depend on.
    """
    return _write(_encode(source), number_lines, lean)


def make_markup_without_frames(
    source: str, *, number_lines: bool = False, lean: bool = False
) -> bytes:
    """The same, with frames and what else holds tags as text made elements as others are.

    A frame that is not closed would swallow the rest of the page. A video is as unread, and is
    closed.
    """
    data = _RAW_TEXT.sub(rb"\1", _encode(source))
    data = _RAW_TEXT_TAG.sub(rb"<\1video", data)
    return _write(_PLAINTEXT_TAG.sub(rb"<\1pre", data), number_lines, lean)


def make_markup_with_noscripts(
    source: str, *, number_lines: bool = False, lean: bool = False
) -> bytes:
    """The same, with the `noscript` elements of the head as elements of the body.

    The rules of HTML take text that is in such an element out of it.
    """
    data = _NOSCRIPT_TAG.sub(rb"<\1no-script", _encode(source))
    markup = _write(data, number_lines, lean)
    return markup.replace(b"<no-script", b"<noscript").replace(b"</no-script", b"</noscript")


def make_bare_markup(source: str, *, number_lines: bool = False, lean: bool = False) -> bytes:
    """The same, with nothing of the page but its text."""
    text = unescape(_ANY_TAG.sub(b"\n", _encode(source)).decode("utf-8", "replace"))
    return b"<html><body><pre>%s</pre></body></html>" % escape(text, quote=False).encode()


def _write(data: bytes, number_lines: bool, lean: bool) -> bytes:
    markup = _regular.plain(data) if _regular is not None else None
    if markup is not None and lean:
        return bytes(markup)
    if markup is None:  # what is regular is tame
        data = tame(data)
    tree = LexborHTMLParser(_with_lines(data) if number_lines else data)
    tree.strip_tags(list(RAW))
    return _without_remarks(_encode(tree.html or ""))


def _without_remarks(markup: bytes) -> bytes:
    """What the parser wrote without comments, doctype, instructions and the text in frames."""
    parts, done, passed = [], 0, 0
    for mark in _REMARK.finditer(markup):
        start = mark.start()
        before = markup.rfind(b"<", passed, start)
        if start < passed or (before >= 0 and markup.rfind(b">", before, start) < 0):
            continue  # in another, or in the name of an attribute
        is_comment = markup.startswith(b"<!--", start)
        last = markup.find(b"-->", start + 4) + 2 if is_comment else markup.find(b">", start)
        if last < start:
            break
        passed = last + 1
        if frame := mark[1]:
            start, passed = passed, max(markup.find(b"</" + frame, passed), passed)
            if passed - start > _LONG_FRAME or markup.find(b"<", start, passed) >= 0:
                continue
        parts.append(markup[done:start])
        done = passed
    return b"".join([*parts, markup[done:]]) if done else markup


def _with_lines(data: bytes) -> bytes:
    parts, done, line = [], 0, 1
    for tag in _NAMED.finditer(data):
        line += data.count(b"\n", done, tag.end())
        parts.append(data[done : tag.end()])
        if not tag[1]:
            parts.append(b" %s=%d" % (LINE, line))
        done = tag.end()
    return b"".join([*parts, data[done:]])


def _encode(source: str) -> bytes:
    if _source is not None and not source.isascii():
        return bytes(_source.encode(source))
    data = source.encode("utf-8", "replace")
    return data.replace(b"\0", b"") if b"\0" in data else data


def tame(data: bytes) -> bytes:
    """A page's bytes without what would take the parser longer than it is long.

    The rules of HTML make three things quadratic: elements nested without end, formatting
    elements left open, which every paragraph opens again, and tags with attributes without end;
    lexbor makes a fourth, the options of a list. Pages that hold any of them beyond measure lose
    those tags.
    """
    tags, longest, formatting, options = _count_tags(data)
    if longest > _LONG_TAG:
        data = _without_long_tags(data)
    if options > _MANY_OPTIONS:
        data = _OPTION_TAG.sub(b"<p>", data)
    if tags > _MANY_TAGS:
        if formatting * tags > _MANY_REOPENED and _left_open(data) * tags > _MANY_REOPENED:
            data = _FORMATTING_TAG.sub(b"", data)
        if tags > _MANY_TAGS_DEEP and _deepest(data) > _MANY_OPEN:
            data = _BLOCK_START.sub(b"<p>", data)
            if _deepest(data) > _MANY_OPEN:
                data = data.replace(b"<", b" ")
    return data


def _count_tags(data: bytes) -> tuple[int, int, int, int]:
    """How many `<` there are, the longest way between two, the formatting tags, the options."""
    if _compiled is not None:
        counts: tuple[int, int, int, int] = _compiled.count_tags(data, _starts())
        return counts
    raw = np.frombuffer(data + b"  ", dtype=np.uint8)
    at = np.flatnonzero(raw == ord("<"))
    starts = _starts()[raw[at + 1].astype(np.uint16) << 8 | raw[at + 2]]
    longest = int(np.diff(at, prepend=0, append=len(data)).max())
    return len(at), longest, int((starts == 1).sum()), int((starts == 2).sum())


def _without_long_tags(data: bytes) -> bytes:
    """`data` without the attributes of tags that have too many."""
    parts, done = [], 0
    for last in _far_apart(data):
        start = last
        for _ in range(_REACH):  # a bracket in a value begins no tag; one before it does
            before = data.rfind(b"<", 0, start)
            if before < 0 or data[start + 1 : start + 2].isalpha():
                break
            start = before
        if start >= done:
            end, attributes = _read_tag(data, start)
            if attributes > _MANY_ATTRIBUTES and data.find(b"</script", start, end) < 0:
                parts += [data[done:start], data[start : end + 1].split(None, 1)[0], b">"]
                done = end + 1
    return b"".join([*parts, data[done:]])


def _far_apart(data: bytes) -> list[int]:
    """Where a `<` stands that no other follows for long."""
    if _source is not None:
        return list(_source.far_apart(data, _LONG_TAG))
    at = np.flatnonzero(np.frombuffer(data, dtype=np.uint8) == ord("<"))
    return list(at[np.diff(at, append=len(data)) > _LONG_TAG].tolist())


def _read_tag(data: bytes, start: int) -> tuple[int, int]:
    """Where the tag that begins at `start` ends, and how many attributes it may have."""
    attributes, at = 0, start
    while part := _TAG_PART.search(data, at):
        attributes += len(data[at : part.start()].split())
        if part[0] == b">":
            return part.start(), attributes
        closing = data.find(part[1], part.end())
        if closing < 0:
            break
        at = closing + 1
    return len(data), attributes + len(data[at:].split())


@cache
def _starts() -> NDArray[np.uint8]:
    """What a tag may be that begins with two bytes, the first one highest.

    1 a formatting element, 2 an option, 0 neither.
    """
    table = np.zeros(1 << 16, dtype=np.uint8)
    for tag in [*FORMATTING, "option"]:
        for first in (tag[0], tag[0].upper()):
            follow = tag[1] + tag[1].upper() if len(tag) > 1 else "\t\n\f\r />"
            what = 2 if tag == "option" else 1
            table[[ord(first) << 8 | ord(second) for second in follow]] = what
    return table


def _left_open(data: bytes) -> int:
    """How many formatting elements a new paragraph may find open, at most."""
    if _source is not None:
        return int(_source.left_open(data, _REOPENED_TAGS, len(_MARKERS), _MOST_OPEN))
    open_: list[bytes] = []
    most = 0
    for closes, name in _REOPENED.findall(data):
        tag = name.lower()
        inner = next((n for n, other in enumerate(reversed(open_), 1) if other in _MARKERS), 0)
        if not closes:
            open_.append(tag)
            most = max(most, len(open_))
            if most > _MOST_OPEN:
                break
        elif tag in _MARKERS:
            del open_[len(open_) - inner :]
        elif tag in open_[len(open_) - inner :] if inner else tag in open_:
            open_.reverse()
            open_.remove(tag)
            open_.reverse()
    return most


def _deepest(data: bytes) -> int:
    """How many elements may be open at once, at most.

    An end tag is taken to close what was opened last if that has its name, and else anything
    only if no element between keeps end tags from reaching through it.
    """
    if _source is not None:
        return int(_source.deepest(data, sorted(_FLAT), sorted(_BARRIERS), _REACH))
    open_: list[bytes] = []
    deepest = 0
    for closes, name in _TAG.findall(data):
        tag = name.lower()
        if not closes:
            if tag not in _FLAT:
                open_.append(tag)
                deepest = max(deepest, len(open_))
        elif open_ and open_[-1] == tag:
            open_.pop()
        else:
            for back in range(2, min(len(open_), _REACH) + 1):
                if open_[-back] == tag:
                    del open_[-back:]
                    break
                if open_[-back] in _BARRIERS:
                    break
    return deepest
