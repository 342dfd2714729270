"""Plain text to lines: one non-blank line of the source is one line."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from cleaner.split.page import Page, int32, text_page
from cleaner.types import Gap

# What ends a line: CRLF, CR, LF, vertical tab, form feed, NEL and the Unicode separators.
# Unlike str.splitlines, not U+001C to U+001E, which are data in the wild.
_LINE_END = re.compile("\r\n|[\n\r\v\f\x85\u2028\u2029]")

# A sentence's end, in scripts with and without spaces between sentences.
_SENTENCE_END = re.compile(
    r"(?<=[.!?…][\"'”’»)\]])\s+|(?<=[.!?…:])\s+(?=[^a-zа-я\s])|(?<=[。！？])"
)

_LONG_LINE = 400  # characters; a page in one line longer than this is judged by sentence


def split_text(source: str) -> Page:
    """The non-blank lines of `source`, white space around them taken off.

    A text that stands all in one long line is split into sentences instead.
    """
    lines = _Lines()
    start, number, blank = 0, 1, True
    for end, after in _line_ends(source):
        raw = source[start:end]
        text = raw.strip()
        if text:
            left = start + raw.index(text[0])
            lines.add(text, Gap.PARAGRAPH if blank else Gap.LINE, number, left)
        blank = not text
        start, number = after, number + 1
    if len(lines.texts) == 1 and len(lines.texts[0]) > _LONG_LINE:
        return _split_sentences(lines).page()
    return lines.page()


def _line_ends(source: str) -> list[tuple[int, int]]:
    """Where each line ends and where the next one starts."""
    ends = [match.span() for match in _LINE_END.finditer(source)]
    return [*ends, (len(source), len(source))]


@dataclass(slots=True)
class _Lines:
    texts: list[str] = field(default_factory=list)
    gaps: list[Gap] = field(default_factory=list)
    numbers: list[int] = field(default_factory=list)
    starts: list[int] = field(default_factory=list)

    def add(self, text: str, gap: Gap, number: int, start: int) -> None:
        self.texts.append(text)
        self.gaps.append(gap)
        self.numbers.append(number)
        self.starts.append(start)

    def page(self) -> Page:
        page = text_page(self.texts, self.gaps)
        page._source_lines = int32(self.numbers)
        page.starts = int32(self.starts)
        page.ends = page.starts + int32([len(text) for text in self.texts])
        return page


def _split_sentences(whole: _Lines) -> _Lines:
    lines = _Lines()
    text, offset = whole.texts[0], whole.starts[0]
    start, gap = 0, Gap.PARAGRAPH
    for end, after in [m.span() for m in _SENTENCE_END.finditer(text)] + [(len(text), len(text))]:
        if end > start:
            lines.add(text[start:end], gap, whole.numbers[0], offset + start)
            gap = Gap.SPACE if after > end else Gap.NONE
        start = after
    return lines
