"""WeasyPrint, reached in one place: with the libraries that it needs, and fetching nothing."""

from __future__ import annotations

import atexit
import gc
import logging
import re
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from grader.sheets.typeset.pango import require_pango
from grader.sheets.typeset.reading_order import PageParts, gather, unmark
from grader.sheets.typography.fonts import FACES, font, font_rules

if TYPE_CHECKING:
    from weasyprint.urls import URLFetcher

_FACES = {f"font:{face}": face for face in FACES}
"""Addresses of the bundled faces: as texts in the style sheet their files would be read a character at a time."""

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


@contextmanager
def said_by_weasyprint() -> Iterator[list[logging.LogRecord]]:
    """All that it warns of while this lasts, which else is not said."""
    found: list[logging.LogRecord] = []

    class Listener(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            found.append(record)

    log = quiet_log()
    level, propagates, listener = log.level, log.propagate, Listener(logging.WARNING)
    log.addHandler(listener)
    log.setLevel(logging.WARNING)
    log.propagate = False
    try:
        yield found
    finally:
        log.removeHandler(listener)
        log.setLevel(level)
        log.propagate = propagates


def said_of_style(css: str) -> list[str]:
    """What of a style sheet is no CSS, or none that paper has: a sentence each, with its line."""
    require_pango()
    from weasyprint import CSS
    from weasyprint.text.fonts import FontConfiguration

    with said_by_weasyprint() as records:
        CSS(string=css, font_config=FontConfiguration(), url_fetcher=_fetcher())
    said = (_AT.sub(r"line \1", record.getMessage()).rstrip(".") for record in records)
    return [one if len(one) <= _LONGEST else f"{one[:_LONGEST]}…" for one in dict.fromkeys(said)]


_LONGEST = 160
_AT = re.compile(r"(?<=at )([0-9]+):[0-9]+")


def laid_out(html: str, css: str, size: str | None = None, **options: object) -> Any:
    """The text laid out in this style, which is parsed once, on paper of this size where the text names none.

    It may use the bundled faces, whether its style names them or not.
    """
    sheet, fonts = parsed_style(css)
    sheets = [sheet] if size is None else [sheet, _page_size(size)]
    document = html_document(html)
    with _no_collection():
        return document.render(stylesheets=sheets, font_config=fonts, **options)


TAGGED = {"pdf_tags": True, "pdf_variant": "pdf/ua-1"}
"""What a document is written with that a screen reader is to read out: of headings, tables and texts for pictures."""


def written_with_parts(document: Any) -> tuple[bytes, tuple[PageParts, ...]]:
    """A document whose pages' contents are marked, and the parts that its marks belong to: a tree, yet to be written.

    WeasyPrint's own tree is one element a letter or two, and stands in the document; ours is made for each copy.
    """
    _gather_parts()
    found: list[PageParts] = []
    token = _gathered.set(found)
    try:
        written: bytes = document.write_pdf(pdf_tags=True)
    finally:
        _gathered.reset(token)
    return written, tuple(found)


_gathered: ContextVar[list[PageParts] | None] = ContextVar("_gathered", default=None)


@lru_cache(maxsize=1)
def _gather_parts() -> None:
    """Have WeasyPrint call us where it would write its tree, if that is asked for."""
    import weasyprint.pdf as writing
    from weasyprint.pdf.stream import Stream

    theirs = writing.add_tags

    def add_tags(pdf: Any, document: Any, version: Any, streams: Any) -> None:
        gathered = _gathered.get()
        if gathered is None:
            theirs(pdf, document, version, streams)
            return
        for page, stream in zip(document.pages, streams, strict=True):
            marks = {box: tag["mcid"] for box, tag in stream._tags.items()}
            gathered.append(gather(page._page_box, marks, stream.stream))
        for drawn in pdf.objects:
            if isinstance(drawn, Stream) and drawn not in streams:
                unmark(drawn.stream)

    writing.add_tags = add_tags


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
    """WeasyPrint's parsed style sheet, with the bundled faces, and the fonts that they bring along."""
    require_pango()
    from weasyprint import CSS
    from weasyprint.text.fonts import FontConfiguration

    # A font configuration cannot clear up after itself once the interpreter is being taken down.
    atexit.register(parsed_style.cache_clear)
    fonts = FontConfiguration()
    rules = font_rules(lambda face: f"font:{face}")
    return CSS(string=rules + css, font_config=fonts, url_fetcher=_fetcher()), fonts


@lru_cache(maxsize=1)
def _fetcher() -> URLFetcher:
    from weasyprint.urls import URLFetcher, URLFetcherResponse

    class _BundledFaces(URLFetcher):  # type: ignore[misc]
        """Hands out what is in memory, and what stands in an address itself; nothing else has an address."""

        def fetch(self, url: str, headers: Any = None) -> Any:
            if url in _FACES:
                return URLFetcherResponse(url, font(_FACES[url]).file)
            return super().fetch(url, headers)

    return _BundledFaces(allowed_protocols={"data"}, allow_redirects=False)
