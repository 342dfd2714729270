"""Kept lines as Markdown: the lines are those of the text, their marks come from the page."""

from cleaner.markdown.blocks import Markdown, to_markdown

__all__ = ["Markdown", "to_markdown"]
