"""Back from a page's elements to its source, for the few who ask."""

from __future__ import annotations

import re
from contextlib import suppress
from dataclasses import dataclass
from html import unescape
from typing import Protocol

import numpy as np
from lxml import etree

from cleaner.split.markup import LINE, make_bare_markup
from cleaner.split.page import Int32, int32
from cleaner.split.tags import attributes
from cleaner.split.tree import NotPlainError
from cleaner.split.walk import Tag, read_tags, read_tree

_LINE = re.compile(rb' %s="(\d+)"' % LINE)


class Maker(Protocol):
    """What makes markup of a source."""

    def __call__(self, source: str, *, number_lines: bool = False, lean: bool = False) -> bytes:
        """The markup, with the lines of tags as attributes, or with few attributes, if need be."""


@dataclass(frozen=True, slots=True)
class Source:
    """The source that a page was made from; it is parsed again for each question."""

    source: str
    make: Maker

    def lines(self) -> Int32 | None:
        """Per element, the line of the source that its tag stands in.

        An element that the source does not name has the line of the one before it. None of a page
        on which the numbers themselves would make other elements.
        """
        try:
            written, _ = read_tree(self.make(self.source, number_lines=True))
        except NotPlainError:
            return None
        numbers = [int(found[1]) if (found := _LINE.search(tag)) else 1 for tag, _, _ in written]
        return int32(np.maximum.accumulate(numbers))

    def tags(self) -> list[Tag] | None:
        """The tags that are read, in their order; None of a page that is taken as mere text."""
        return None if self.make is make_bare_markup else read_tags(self.make(self.source))

    def nodes(self) -> list[etree._Element]:
        """The elements as lxml has them, in their order."""
        nodes: list[etree._Element] = []
        written, parents = read_tree(self.make(self.source))
        for (tag, text, tail), parent in zip(written, parents, strict=True):
            written_tag = tag.decode("utf-8", "replace")
            name = written_tag.partition(" ")[0]
            name = re.sub(r"[^A-Za-z0-9_.-]", "_", name) or "_"
            node = etree.Element(name) if parent < 0 else etree.SubElement(nodes[parent], name)
            for key, value in attributes(written_tag):
                with suppress(ValueError):  # a name or a value that XML does not know
                    node.set(key, value)
            with suppress(ValueError):
                node.text = unescape(text.decode("utf-8", "replace"))
            with suppress(ValueError):
                node.tail = unescape(tail.decode("utf-8", "replace"))
            nodes.append(node)
        return nodes
