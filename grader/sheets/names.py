"""Names in scripts that the bundled serif lacks, drawn by Pango with the system's fonts: no letter vanishes."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache

from grader.sheets.templates_folder import render

NAME_DROP = 5.0
"""How far below its baseline the picture of a name begins."""
_HEIGHT = 16.0


@dataclass(frozen=True, slots=True)
class DrawnName:
    """A PDF page as wide as the name's box, and the characters that no font of this machine has: boxes on the page."""

    pdf: bytes
    missing: str


@lru_cache(maxsize=4096)
def drawn_name(name: str, width: float) -> DrawnName:
    """The name with its baseline near `NAME_DROP` points above the page's lower edge."""
    from grader.sheets.layout import html_document

    # Widths differ by font; letters wider than an em are rare, so this size always fits.
    size = min(10.0, max(4.0, width / max(len(name), 1)))
    html = html_document(render("name.html", name=name, width=width, height=_HEIGHT, size=size))
    with _missing_glyphs() as missing:
        pdf: bytes = html.write_pdf()
    return DrawnName(pdf, "".join(dict.fromkeys(missing)))


@contextmanager
def _missing_glyphs() -> Iterator[list[str]]:
    """The characters that WeasyPrint warns of while this lasts."""
    found: list[str] = []

    class Listener(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            if str(record.msg).startswith(".notdef") and isinstance(record.args, tuple):
                found.append(str(record.args[0]))

    log = logging.getLogger("weasyprint")
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
