"""A page's lines by the rules of `split/html.py`, an element at a time: slow, and easy to read."""

from __future__ import annotations

from dataclasses import dataclass, field

from selectolax.lexbor import LexborHTMLParser

from cleaner.split.tags import BLOCK_GAPS, BOXES, HEADINGS, PREFORMATTED, RAW, UNREAD
from cleaner.types import Gap


@dataclass
class Walk:
    texts: list = field(default_factory=list)
    gaps: list = field(default_factory=list)
    marked: list = field(default_factory=list)
    owners: list = field(default_factory=list)
    tags: list = field(default_factory=list)
    parents: list = field(default_factory=list)
    run: str = ""
    path: list = field(default_factory=list)  # the open elements
    holds: list = field(default_factory=list)  # those that hold all of the run
    gap: Gap = Gap.PARAGRAPH
    item: bool = False
    breaks: int = 0
    pre: int = 0

    def flush(self):
        texts = self.run.splitlines() if self.pre else [self.run]
        for raw in texts:
            text = raw.rstrip() if self.pre else " ".join(raw.split())
            if text.strip():
                self.texts.append(text)
                self.gaps.append(self.gap)
                self.marked.append(self.item)
                self.owners.append(self.holds[-1])
                self.gap, self.item, self.breaks = (Gap.LINE if self.pre else Gap.NONE), False, 0
        self.run = ""

    def text(self, text):
        if text.strip():
            if not self.run.strip():
                self.holds = list(self.path)
            common = zip(self.holds, self.path, strict=False)
            self.holds = [one for one, other in common if one == other]
            self.run += text
        elif self.run or self.pre:
            self.run += text if self.pre else " "

    def space(self):
        if self.run and not self.run[-1].isspace():
            self.run += " "

    def element(self, node, hidden):
        tag = node.tag
        if tag in BOXES:
            self.space()
        if tag in UNREAD:
            return
        hidden = hidden or "hidden" in node.attributes
        self.tags.append(tag)
        self.parents.append(self.path[-1] if self.path else -1)
        self.path.append(len(self.tags) - 1)
        step = BLOCK_GAPS.get(tag)
        in_words = tag == "button" and not hidden and is_in_words(node)
        if in_words:
            step = None
            self.space()
        if step is None and "-" in tag:
            step = Gap.PARAGRAPH
        if step is None and hidden:
            step = Gap.SPACE
        if step is not None:
            self.flush()
            self.gap = max(self.gap, step)
            if tag == "li":
                self.item = True
            elif tag in HEADINGS:
                self.item = False
            self.pre += tag in PREFORMATTED
        elif tag == "br":
            if self.pre:
                self.run += "\n"
            else:
                self.flush()
                self.breaks += 1
                self.gap = max(self.gap, Gap.LINE if self.breaks == 1 else Gap.PARAGRAPH)
        child = node.child
        while child is not None:
            if child.tag == "-text":
                self.text(child.text(deep=False))
            elif not child.tag.startswith(("-", "!", "_")):
                self.element(child, hidden)
            child = child.next
        if step is not None:
            self.flush()
            self.gap = max(self.gap, step)
            self.pre -= tag in PREFORMATTED
            if tag == "li":
                self.item = False
        if in_words:
            self.space()
        self.path.pop()


def is_in_words(node):
    return node.parent.tag == "p" and all(has_words_beside(node, side) for side in ("prev", "next"))


def has_words_beside(node, side):
    text = ""
    while (node := getattr(node, side)) is not None and node.tag in ("-text", *RAW):
        text += "" if node.tag in RAW else node.text(deep=False)
    return any(map(str.isalnum, text))


def walk(source):
    """The lines and the elements of `source`; links and names of elements are left aside."""
    made = Walk()
    made.element(LexborHTMLParser(source).root, hidden=False)
    return made
