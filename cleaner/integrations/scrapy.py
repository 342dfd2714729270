"""Scrapy: an item pipeline that adds the clean text of the page an item carries.

ITEM_PIPELINES = {"cleaner.integrations.scrapy.CleanPipeline": 300}
CLEANER_CONTENT_FIELD = "html"  # these three are the defaults
CLEANER_URL_FIELD = "url"
CLEANER_TEXT_FIELD = "text"
CLEANER_OPTIONS = {}  # what `cleaner.Cleaner` takes
"""

from __future__ import annotations

from typing import Any

from cleaner.integrations.texts import clean_texts, missing

try:
    from itemadapter import ItemAdapter
    from scrapy.crawler import Crawler
    from scrapy.exceptions import DropItem
except ImportError as error:
    raise missing("Scrapy", "scrapy") from error


class CleanPipeline:
    """Writes the clean text to an item's field; an item without a page passes as it is."""

    def __init__(self, *, content: str, url: str, into: str, options: dict[str, Any]) -> None:
        self.content = content
        self.url = url
        self.into = into
        self.options = options
        clean_texts([], options=options)  # a mistake in the settings ends the crawl at its start

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> CleanPipeline:
        """A pipeline as the crawler's settings say."""
        settings = crawler.settings
        return cls(
            content=settings.get("CLEANER_CONTENT_FIELD", "html"),
            url=settings.get("CLEANER_URL_FIELD", "url"),
            into=settings.get("CLEANER_TEXT_FIELD", "text"),
            options=settings.getdict("CLEANER_OPTIONS"),
        )

    def process_item(self, item: Any) -> Any:
        """The item with its clean text.

        Raises:
            DropItem: its page could not be cleaned.
        """
        fields = ItemAdapter(item)
        content = fields.get(self.content)
        if content is not None:
            [text] = clean_texts([content], [fields.get(self.url)], options=self.options)
            if text is None:
                raise DropItem(f"not cleaned: {fields.get(self.url)}")
            fields[self.into] = text
        return item
