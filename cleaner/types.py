"""The values that pass between the stages: a document in, lines with verdicts out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Any, Literal

Format = Literal["html", "text"]

CONTENT_KINDS = (
    "body",
    "heading",
    "list_item",
    "quote",
    "table",
    "code",
    "caption",
    "byline",
    "credit",
)
DEBRIS_KINDS = (
    "navigation",
    "related",
    "promotion",
    "newsletter",
    "comment_form",
    "comment",
    "captcha",
    "counter",
    "share",
    "alert",
    "legal",
    "advertisement",
    "other",
)
KINDS = CONTENT_KINDS + DEBRIS_KINDS

# What a page says of itself, as fields of its record.
METADATA = ("title", "author", "date", "site_name", "language", "canonical_url")


class Gap(IntEnum):
    """What stands between a line and the line before it; the wider gap wins when lines go."""

    NONE = 0
    SPACE = 1
    CELL = 2
    LINE = 3
    PARAGRAPH = 4


@dataclass(frozen=True, slots=True)
class Document:
    """One scraped page.

    `content` is HTML or plain text, as `str` or undecoded `bytes`. `format` says which;
    left out, it is detected. `fields` are a record's other fields, carried through. `charset`
    is the encoding that came with the page, as in an HTTP header.
    """

    content: str | bytes
    id: str = ""
    url: str | None = None
    format: Format | None = None
    fields: Mapping[str, Any] = field(default_factory=dict)
    charset: str | None = None


# Flags of a page that a person should look at.
EMPTIED = "emptied"  # nothing is left of a page that held anything
SUSPICIOUS = "suspicious"  # it loses more of what may be body than is usual


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a document: the unit of decision.

    `source_line` counts from 1, and is 0 where there is none (text from JSON-LD). `start` and
    `end` are character offsets into the decoded source; they are known for plain text only and
    -1 for HTML, where `path` gives the place in the DOM (`body/div.story/p`). Of text that was
    broken at a width a line is a paragraph, with a space where a break was, and of Markdown
    `text` is what a reader sees, while what is kept is written as it came. `marker` is what
    a list item is written with (`- `).
    """

    text: str
    index: int
    source_line: int
    start: int = -1
    end: int = -1
    path: str = ""
    gap: Gap = Gap.PARAGRAPH
    marker: str = ""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What happens to a line and why.

    `probability` is the model's that the line is article body, in a block of code that of the
    whole block. `reason` is stable and countable: `model:base`, `template:drupal/captcha`,
    `policy:byline`.
    """

    keep: bool
    probability: float
    kind: str
    reason: str


@dataclass(frozen=True, slots=True)
class Cleaned:
    """A document's lines and their verdicts, in the order of the source.

    `text` is what was kept, paragraphs apart as in the source, with no line end at the close.
    `title` is an HTML page's title. `flags` name what a person should look at (`emptied`:
    nothing is left of a page that held anything; `suspicious`: it loses more than is usual).
    `loss` is the share of what may be body, by the model's probabilities, that is dropped.
    """

    document: Document
    format: Format
    lines: Sequence[Line]
    verdicts: Sequence[Verdict]
    text: str
    title: str = ""
    flags: tuple[str, ...] = ()
    loss: float = 0.0

    def __iter__(self) -> Iterator[tuple[Line, Verdict]]:
        return zip(self.lines, self.verdicts, strict=True)


@dataclass(frozen=True, slots=True)
class Markdown:
    """What Markdown shows besides words. An image stays where the lines around it do."""

    links: bool = False
    images: bool = False


class CleanerError(Exception):
    """A user's mistake or an input that cannot be used; the message says where and what."""
