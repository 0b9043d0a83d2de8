"""Names in scripts that the bundled serif lacks, drawn by Pango with the system's fonts.

What no font of the machine has is left out rather than printed as boxes; `make` says so.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, TypeAlias

from grader.sheets.typeset.weasy import POINTS_A_PIXEL, laid_out, said_by_weasyprint
from grader.sheets.typography.fonts import font
from grader.sheets.typography.rendering import render

NAME_DROP = 5.0
"""How far below its baseline the picture of a name begins."""
_HEIGHT = 16.0
_SIZE, _SMALLEST = 10.0, 3.0
_WIDTH = 150.0

Foreign: TypeAlias = tuple[str, float]
"""A text to be drawn and the points that it may be wide."""


@dataclass(frozen=True, slots=True)
class DrawnName:
    """A PDF page as wide as the text may be, and the characters that no font of this machine has: boxes on the page."""

    pdf: bytes
    missing: str


@lru_cache(maxsize=4096)
def drawn_name(name: str, width: float = _WIDTH) -> DrawnName:
    """The name with its baseline near `NAME_DROP` points above the page's lower edge."""

    def drawn(size: float) -> tuple[Any, bytes, list[str]]:
        html = render("name.html", name=name, width=width, height=_HEIGHT, size=size)
        with _missing_glyphs() as missing:
            document = laid_out(html, "")
            pdf = document.write_pdf()
        return document, pdf, missing

    document, pdf, missing = drawn(_SIZE)
    left, _, right, _ = document.pages[0].anchors["name"]
    wide = (right - left) * POINTS_A_PIXEL
    if wide > width:
        # Small letters are a little wider than in proportion.
        _, pdf, missing = drawn(max(_SMALLEST, int(_SIZE * 0.98 * width / wide * 20) / 20))
    return DrawnName(pdf, "".join(dict.fromkeys(missing)))


def unprintable(text: str) -> str:
    """The characters of a text that no font of this machine has."""
    return "" if font("regular").covers(text) else drawn_name(text).missing


@lru_cache(maxsize=65536)
def writable(text: str) -> str:
    """The text without what no font of this machine has; empty, to be written by hand, if little would be left."""
    missing = unprintable(text)
    if not missing:
        return text
    left = " ".join("".join(character for character in text if character not in missing).split())
    letters, all_letters = (sum(map(str.isalnum, some)) for some in (left, text))
    return left if 2 * letters >= all_letters > 0 else ""


def foreign(text: str, width: float) -> Foreign | None:
    """What is to be drawn because the serif cannot write it."""
    return None if font("regular").covers(text) else (text, width)


@contextmanager
def _missing_glyphs() -> Iterator[list[str]]:
    """The characters that WeasyPrint warns of while this lasts."""
    found: list[str] = []
    with said_by_weasyprint() as records:
        yield found
    told = (record for record in records if str(record.msg).startswith(".notdef") and isinstance(record.args, tuple))
    found.extend(str(record.args[0]) for record in told if isinstance(record.args, tuple))
