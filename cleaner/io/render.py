"""A cleaned page as bytes: text or a JSON record, with or without its verdicts."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Literal

from cleaner.io import jsonl, parquet
from cleaner.io.jsonl import DEFAULT_FIELDS, Fields
from cleaner.io.names import AUDIT
from cleaner.types import Cleaned, CleanerError, Line, Markdown, Verdict

_FIELD = "cleaner"  # the field of a record for its flags and lines

OutputFormat = Literal["txt", "jsonl", "parquet"]


@dataclass(frozen=True, slots=True)
class Layout:
    """How pages are written.

    `verdicts` asks for the audit of every line, `markdown` for Markdown in the place of plain
    text, and `metadata` for what a page says of itself in the fields of its record.
    `is_packed` says that pages stand in files with others, and how these are packed is told
    by `packing` (`.gz`), or by each file's name where it is None.
    """

    format: OutputFormat = "txt"
    verdicts: bool = False
    fields: Fields = DEFAULT_FIELDS
    is_packed: bool = False
    packing: str | None = None
    markdown: Markdown | None = None
    metadata: bool = False

    @property
    def suffix(self) -> str:
        """What the name of a page's file ends in."""
        return ".md" if self.format == "txt" and self.markdown else f".{self.format}"

    def of(self, address: str) -> Layout:
        """The layout of a file of records, by its name."""
        is_parquet = address.lower().endswith(parquet.SUFFIXES)
        return replace(self, format="parquet" if is_parquet else "jsonl")

    @property
    def beside(self) -> str:
        """What the name of the audit file ends in; empty where there is none."""
        return AUDIT if self.verdicts and self.format == "txt" else ""


def page(cleaned: Cleaned, layout: Layout) -> bytes:
    """The page itself. A page of which nothing is left is empty, without a line end."""
    if layout.format == "jsonl":
        return jsonl.line(record(cleaned, layout))
    text = text_of(cleaned, layout)
    return f"{text}\n".encode("utf-8", "replace") if text else b""


def text_of(cleaned: Cleaned, layout: Layout) -> str:
    """What is kept of a page, plain or as Markdown."""
    if layout.markdown is None:
        return cleaned.text
    from cleaner.markdown import to_markdown

    return to_markdown(cleaned, layout.markdown)


def audit(cleaned: Cleaned) -> bytes:
    """One JSON record for each line of the source, kept or dropped, and one of flags if any."""
    lines = [jsonl.line(_audit(line, verdict)) for line, verdict in cleaned]
    flags = [jsonl.line({"flags": list(cleaned.flags)})] if cleaned.flags else []
    return b"".join(lines + flags)


def record(cleaned: Cleaned, layout: Layout) -> dict[str, Any]:
    """The page as a record: its other fields as they came, its text, and a title if it had none.

    With metadata, what the record does not say of itself is what the page says, or null. With
    verdicts, a field `cleaner` with `flags` and `lines` follows.

    Raises:
        CleanerError: That field is there already.
    """
    source = cleaned.document
    fields = dict(source.fields)
    if source.id:
        fields.setdefault(layout.fields.id, source.id)
    fields[layout.fields.text] = text_of(cleaned, layout)
    said: dict[str, str | None] = {}
    if layout.metadata:
        from cleaner.metadata import metadata

        said = metadata(source)
    title = said.pop("title", None) or cleaned.title or None
    if title or layout.metadata:
        fields.setdefault("title", title)
    for name, value in said.items():
        fields.setdefault(name, value)
    if layout.verdicts:
        if _FIELD in fields:
            raise CleanerError(f"a field {_FIELD!r} is there already: no place for the verdicts")
        fields[_FIELD] = {
            "flags": list(cleaned.flags),
            "lines": [_audit(line, verdict) for line, verdict in cleaned],
        }
    return fields


def _audit(line: Line, verdict: Verdict) -> dict[str, Any]:
    place = {"path": line.path} if line.path else {"start": line.start, "end": line.end}
    return {
        "line": line.source_line,
        "keep": verdict.keep,
        "kind": verdict.kind,
        # Four digits say all there is to say, and hide the last bits of float arithmetic.
        "probability": round(float(verdict.probability), 4),
        "reason": verdict.reason,
        **place,
        "text": line.text,
    }
