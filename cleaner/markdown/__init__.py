"""Kept lines as Markdown: the lines are those of the text, their marks come from the page."""

from cleaner.markdown.blocks import to_markdown
from cleaner.types import Markdown

__all__ = ["Markdown", "to_markdown"]
