"""WeasyPrint, reached in one place: with the libraries that it needs, and fetching nothing."""

from __future__ import annotations

import atexit
import gc
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from grader.sheets.typeset.pango import require_pango

if TYPE_CHECKING:
    from weasyprint.urls import URLFetcher

POINTS_A_PIXEL = 0.75
"""CSS pixels are what its pages and boxes are measured in."""


def html_document(html: str) -> Any:
    """WeasyPrint's document of a text that may fetch nothing: all it needs is in it."""
    require_pango()
    from weasyprint import HTML

    quiet_log()
    return HTML(string=html, url_fetcher=_fetcher())


@lru_cache(maxsize=1)
def quiet_log() -> logging.Logger:
    """WeasyPrint's log, which would name every nicety of CSS that is skipped."""
    import weasyprint  # noqa: F401  (which sets its level)

    log = logging.getLogger("weasyprint")
    log.setLevel(logging.ERROR)
    return log


def laid_out(html: str, css: str, size: str | None = None, **options: object) -> Any:
    """The text laid out in this style, which is parsed once, on paper of this size where the text names none."""
    sheet, fonts = parsed_style(css)
    sheets = [sheet] if size is None else [sheet, _page_size(size)]
    document = html_document(html)
    with _no_collection():
        return document.render(stylesheets=sheets, font_config=fonts, **options)


@lru_cache(maxsize=8)
def _page_size(size: str) -> Any:
    from weasyprint import CSS

    return CSS(string=f"@page {{ size: {size} }}", url_fetcher=_fetcher())


@contextmanager
def _no_collection() -> Iterator[None]:
    """A page is a hundred thousand objects that stay: to look for garbage among them takes a seventh of the time."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()


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
