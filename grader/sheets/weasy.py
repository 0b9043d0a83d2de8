"""WeasyPrint, reached in one place: with the libraries that it needs, and fetching nothing."""

from __future__ import annotations

import atexit
import logging
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from grader.pango import require_pango

if TYPE_CHECKING:
    from weasyprint.urls import URLFetcher

POINTS_A_PIXEL = 0.75
"""CSS pixels are what its pages and boxes are measured in."""


def html_document(html: str) -> Any:
    """WeasyPrint's document of a text that may fetch nothing: all it needs is in it."""
    require_pango()
    from weasyprint import HTML

    # WeasyPrint logs every CSS nicety it skips.
    logging.getLogger("weasyprint").setLevel(logging.ERROR)
    return HTML(string=html, url_fetcher=_fetcher())


@lru_cache(maxsize=4)
def parsed_style(css: str) -> tuple[Any, Any]:
    """WeasyPrint's parsed style sheet and the fonts that it brings along."""
    require_pango()
    from weasyprint import CSS
    from weasyprint.text.fonts import FontConfiguration

    # A font configuration cannot clear up after itself once the interpreter is being taken down.
    atexit.register(parsed_style.cache_clear)
    fonts = FontConfiguration()
    return CSS(string=css, font_config=fonts, url_fetcher=_fetcher()), fonts


def _fetcher() -> URLFetcher:
    from weasyprint.urls import URLFetcher

    return URLFetcher(allowed_protocols={"data"}, allow_redirects=False)
