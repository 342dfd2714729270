"""One line as Markdown: its words escaped, with marks of emphasis, code, links and images."""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_left, bisect_right
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from typing import NamedTuple
from urllib.parse import urljoin, urlsplit

# Characters that would be read as marks. A backslash is one wherever it stands, for what follows
# it may be a mark of ours.
_MARK = re.compile(
    r"[\\*`]"
    r"|(?<![^\W_])_|_(?![^\W_])"  # within a word it is none
    r"|<(?=[A-Za-z/!?])"
    r"|&(?=\#?\w+;)"
    r"|~(?=~)|(?<=~)~"
    r"|\](?=\s*[(:])"
    r"|!(?=\[)"
)
# What begins a heading, a quote, a list, a table's second row or a heading's underline.
_START = re.compile(r"(?:#{1,6}(?=\s|$)|>|[-+](?=\s|$)|[-=|:](?=[-=|:\s]*$))")
_NUMBER_START = re.compile(r"(\d{1,9})([.)])(?=\s|$)")
_CLOSING_HASHES = re.compile(r"(?:(?<=\s)|^)#+$")
_BACKTICKS = re.compile(r"`+")

_SCHEMES = frozenset(["", "http", "https", "mailto", "tel", "ftp"])
_LONGEST_ADDRESS = 2000
_UNSAFE = re.compile(r"[\s<>()\\\x00-\x1f\x7f]")


class Style(NamedTuple):
    """How characters are set off.

    `link` is an address, empty where there is none; `code` tells one piece of code from the next,
    -1 for none.
    """

    strong: bool = False
    emphasis: bool = False
    strike: bool = False
    code: int = -1
    link: str = ""


PLAIN = Style()


@dataclass(slots=True)
class Segment:
    """The characters of a line from `start` up to `end`, which begin and end with none of space.

    `script` is the tag that raises or lowers them, empty where there is none.
    """

    start: int
    end: int
    style: Style
    script: str = ""


def render(
    text: str, segments: Sequence[Segment], images: Sequence[tuple[int, str]], *, in_table: bool
) -> str:
    """A line as Markdown, which says the words of `text` and nothing else.

    `images` are Markdown, each for the place of a character. Where marks next to a letter would
    not be read as such (CommonMark's flanking rule), the words stand without.
    """
    marks = {match.start() for match in _MARK.finditer(text)}
    links = [segment.start for segment in segments if segment.style.link]
    marks |= {at - 1 for at in links if at and text[at - 1] == "!"}  # a link, no image
    parts: list[str] = []
    pictures = deque(images)
    done, marked_until = 0, -1
    stretches = _stretches(text, segments, sorted({at for at, _ in images}))
    for link, group in groupby(stretches, lambda stretch: stretch[0].style.link):
        linked = list(group)
        first = linked[0][0].start
        parts.append(text[done:first])
        done = first
        parts += _take(pictures, first)
        if link:
            parts.append("[")
        for stretch in linked:
            start = stretch[0].start
            parts.append(text[done:start])
            if not link:
                parts += _take(pictures, start)
            made = _stretch(text, stretch, marks, start == marked_until)
            done = stretch[-1].end
            if made[1]:
                marked_until = done
            parts.append(made[0])
        if link:
            parts.append(f"]({link})")
    parts.append(text[done:])
    parts += [image for _, image in pictures]
    line = "".join(parts)
    return line.replace("|", "\\|") if in_table else line


def guard_start(line: str) -> str:
    r"""A line that begins no heading, list, quote or rule.

    >>> guard_start("1. May"), guard_start("# 1"), guard_start("---")
    ('1\\. May', '\\# 1', '\\---')
    """
    if _START.match(line):
        return "\\" + line
    return _NUMBER_START.sub(r"\1\\\2", line, count=1) if _NUMBER_START.match(line) else line


def guard_heading(line: str) -> str:
    """A heading's line whose last hashes are words."""
    return _CLOSING_HASHES.sub(lambda match: "\\" + match[0], line)


def address(href: str, base: str | None) -> str:
    """An address as it stands in a link; empty for what leads to no page.

    >>> address("../b c", "https://a.example/x/y"), address("javascript:go()", None)
    ('https://a.example/b%20c', '')
    """
    href = href.strip()
    if not href or href.startswith("#"):
        return ""
    try:
        whole = urljoin(base, href) if base else href
        scheme = urlsplit(whole).scheme
    except ValueError:
        return ""
    if scheme.lower() not in _SCHEMES or len(whole) > _LONGEST_ADDRESS:
        return ""
    safe = _UNSAFE.sub(lambda found: "".join(f"%{b:02X}" for b in found[0].encode()), whole)
    return re.sub(r"&(?=#?\w+;)", "&amp;", safe)


def image(source: str, alt: str, base: str | None) -> str:
    """An image as Markdown; empty where its address leads nowhere."""
    where = address(source, base)
    words = " ".join(alt.split())
    marks = {match.start() for match in _MARK.finditer(words)}
    return f"![{_escaped(words, 0, len(words), marks, '[]')}]({where})" if where else ""


def fenced(lines: Sequence[str], language: str) -> list[str]:
    """Lines as a block of code, white space and all."""
    longest = max((len(run) for line in lines for run in _BACKTICKS.findall(line)), default=0)
    fence = "`" * max(3, longest + 1)
    return [fence + language, *lines, fence]


def _take(pictures: deque[tuple[int, str]], until: int) -> Iterator[str]:
    while pictures and pictures[0][0] <= until:
        yield f"{pictures.popleft()[1]} "


def _stretches(
    text: str, segments: Sequence[Segment], places: Sequence[int]
) -> list[list[Segment]]:
    """`segments` of one style together, and parted where an image stands."""
    cut = _cut(text, segments, places)
    keyed = groupby(cut, lambda segment: (segment.style, bisect_right(places, segment.start)))
    return [list(stretch) for _, stretch in keyed]


def _cut(text: str, segments: Sequence[Segment], places: Sequence[int]) -> list[Segment]:
    """`segments` cut where an image stands in one that is not a link."""
    cut = []
    for segment in segments:
        start = segment.start
        inside = slice(bisect_right(places, start), bisect_left(places, segment.end))
        can_cut = not segment.style.link and segment.style.code < 0
        for at in places[inside] if can_cut else ():
            end = start + len(text[start:at].rstrip())
            cut.append(replace(segment, start=start, end=end))
            start = at
        cut.append(replace(segment, start=start))
    return cut


def _stretch(
    text: str, stretch: Sequence[Segment], marks: set[int], is_close: bool
) -> tuple[str, bool]:
    """Segments of one style as Markdown, and whether marks stand around them."""
    start, end, style = stretch[0].start, stretch[-1].end, stretch[0].style
    if style.code >= 0:
        code = text[start:end]
        fence = "`" * (1 + max((len(run) for run in _BACKTICKS.findall(code)), default=0))
        pad = " " if code[0] == "`" or code[-1] == "`" else ""
        before = text[start - 1] if start else ""
        if not (is_close or before == "`"):
            return f"{fence}{pad}{code}{pad}{fence}", True
    others = "[]" * bool(style.link) + "~" * style.strike
    words = []
    done = start
    for segment in stretch:
        part = _escaped(text, segment.start, segment.end, marks, others)
        tag = segment.script
        words += [text[done : segment.start], f"<{tag}>{part}</{tag}>" if tag else part]
        done = segment.end
    escaped = "".join(words)
    mark = "~~" if style.strike else "**" * style.strong + "*" * style.emphasis
    if not mark or is_close or not _can_stand(text, stretch):
        return escaped, False
    return f"{mark}{escaped}{mark}", True


def _escaped(text: str, start: int, end: int, marks: set[int], others: str) -> str:
    if not (marks or others):
        return text[start:end]
    return "".join(
        f"\\{char}" if at in marks or char in others else char
        for at, char in enumerate(text[start:end], start)
    )


def _can_stand(text: str, stretch: Sequence[Segment]) -> bool:
    """Whether marks around a stretch of `text` are read as such."""
    start, end = stretch[0].start, stretch[-1].end
    opens, closes = (bool(stretch[at].script) for at in (0, -1))  # with a tag, which is a mark
    opens = not (opens or _is_mark(text[start])) or start == 0 or _is_apart(text[start - 1])
    closes = not (closes or _is_mark(text[end - 1])) or end == len(text) or _is_apart(text[end])
    return opens and closes


def _is_mark(char: str) -> bool:
    return unicodedata.category(char)[0] in "PS"


def _is_apart(char: str) -> bool:
    return char.isspace() or unicodedata.category(char)[0] == "P"
