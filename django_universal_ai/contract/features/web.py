"""Features that read the web."""

from __future__ import annotations

from typing import Any

from pydantic import Field

from .base import Feature, FeatureInput, FeatureOutput, Listed


class BatchScrapeInput(FeatureInput):
    """The pages to read."""

    urls: list[str]


class CrawlInput(FeatureInput):
    """The page from which to follow links."""

    url: str


class ResearchInput(FeatureInput):
    """What to find out."""

    prompt: str
    json_schema: dict[str, Any] | None = Field(default=None, alias="schema")
    """The JSON schema that ``data`` of the output is to follow; ``schema`` on the wire."""


class ExtractionInput(FeatureInput):
    """The pages to read, and what to take from them."""

    urls: list[str]
    prompt: str | None = None
    json_schema: dict[str, Any] | None = Field(default=None, alias="schema")
    """The JSON schema that ``data`` of the output is to follow; ``schema`` on the wire."""


class Image(FeatureOutput):
    """An image on a page; its size is in pixels."""

    url: str
    description: str | None = None
    width: int | None = None
    height: int | None = None


class WebPage(FeatureOutput):
    """A page as it was read."""

    url: str
    content: str | None = None
    title: str | None = None
    description: str | None = None
    status_code: int | None = None
    links: Listed[str] = []
    images: Listed[Image] = []
    raw_html: str | None = None
    summary: str | None = None
    published_date: str | None = None
    author: str | None = None
    favicon: str | None = None


class Source(FeatureOutput):
    """Where an answer was found."""

    title: str | None = None
    url: str
    snippet: str | None = None
    favicon: str | None = None
    published_date: str | None = None
    author: str | None = None
    id: str | None = None


class BatchScrapeOutput(FeatureOutput):
    """The pages that were read, and those that could not be."""

    pages: Listed[WebPage] = []
    failed_results: Listed[dict[str, Any]] = []
    usage: dict[str, Any] | None = None


class CrawlOutput(FeatureOutput):
    """The pages that were found."""

    pages: Listed[WebPage] = []
    status: str | None = None
    total: int | None = None
    completed: int | None = None
    base_url: str | None = None
    usage: dict[str, Any] | None = None


class ResearchOutput(FeatureOutput):
    """What was found out, in words and as data."""

    answer: str | None = None
    data: Any = None
    sources: Listed[Source] = []
    status: str | None = None
    request_id: str | None = None
    created_at: str | None = None
    usage: dict[str, Any] | None = None


class ExtractionOutput(FeatureOutput):
    """The data that was taken from the pages."""

    data: Any = None
    sources: Listed[Source] = []
    status: str | None = None
    failed_results: Listed[dict[str, Any]] = []
    usage: dict[str, Any] | None = None


BATCH_SCRAPE_ASYNC = Feature("web/batch_scrape_async", "async", BatchScrapeInput, BatchScrapeOutput)
CRAWL_ASYNC = Feature("web/crawl_async", "async", CrawlInput, CrawlOutput)
RESEARCH_ASYNC = Feature("web/research_async", "async", ResearchInput, ResearchOutput)
STRUCTURED_EXTRACTION_ASYNC = Feature(
    "web/structured_extraction_async", "async", ExtractionInput, ExtractionOutput
)
