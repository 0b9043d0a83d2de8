"""Names in scripts that the bundled serif lacks, drawn by Pango with the system's fonts: no letter vanishes."""

from __future__ import annotations

from functools import lru_cache

from grader.sheets.templates_folder import render

_HEIGHT = 16.0


@lru_cache(maxsize=256)
def drawn_name(name: str, width: float) -> bytes:
    """A PDF page as wide as the name's box, with the baseline near 5 points above its lower edge."""
    from grader.sheets.layout import html_document

    # Widths differ by font; letters wider than an em are rare, so this size always fits.
    size = min(10.0, max(4.0, width / max(len(name), 1)))
    written: bytes = html_document(render("name.html", name=name, width=width, height=_HEIGHT, size=size)).write_pdf()
    return written
