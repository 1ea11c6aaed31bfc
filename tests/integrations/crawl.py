"""A crawl of its own process, as Scrapy's event loop starts once: ``python crawl.py URL OUT SETTINGS``."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from typing import Any

from scrapy import Field, Item, Spider
from scrapy.crawler import CrawlerProcess


class Page(Item):  # type: ignore[misc]
    """What is scraped from a page."""

    url = Field()
    title = Field()
    body = Field()
    paragraphs = Field()
    summary = Field()


class PageSpider(Spider):  # type: ignore[misc]
    """Follows the links of one site."""

    name = "pages"

    def parse(self, response: Any) -> Iterator[Any]:
        """The article of a page, and the pages that it links to."""
        if article := response.css("article").get():
            yield Page(
                url=response.url,
                title=response.css("title::text").get(),
                body=article,
                paragraphs=[text.strip() for text in response.css("article p::text").getall()],
            )
        yield from response.follow_all(css="a")


def crawl(url: str, out: str, settings: dict[str, Any]) -> dict[str, Any]:
    """The statistics of the crawl; its items are in the file ``out``, one a line."""
    process = CrawlerProcess(
        {
            "ITEM_PIPELINES": {"respin.integrations.scrapy.RespinPipeline": 300},
            "FEEDS": {out: {"format": "jsonlines"}},
            "LOG_LEVEL": "ERROR",
            "TELNETCONSOLE_ENABLED": False,
            "ROBOTSTXT_OBEY": False,
            **settings,
        }
    )
    crawler = process.create_crawler(PageSpider)
    process.crawl(crawler, start_urls=[url])
    process.start()
    stats = crawler.stats.get_stats()
    return {name: value for name, value in stats.items() if name.startswith("respin/") or name == "item_scraped_count"}


if __name__ == "__main__":
    print(json.dumps(crawl(sys.argv[1], sys.argv[2], json.loads(sys.argv[3]))))
