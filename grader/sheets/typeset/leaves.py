"""A question's HTML laid out on endless paper, which shows the room that it takes, and the same cut to its format."""

from __future__ import annotations

import gc
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from grader.sheets.content.formats import MARGIN, PAPER_HEIGHT, PAPER_WIDTH, POINTS_A_MILLIMETRE
from grader.sheets.typeset.contrast import WHITE, Colour, colour_within, is_drawn
from grader.sheets.typeset.reading_order import PageParts
from grader.sheets.typeset.weasy import POINTS_A_PIXEL, laid_out, parsed_style, written_with_parts
from grader.sheets.typography.rendering import sheet_css

if TYPE_CHECKING:
    from grader.sheets.content.formats import Paper

_ENDLESS = 3000.0
_ENDS = ("before-work", "end")
"""What stands last on a page."""

Leaf = Mapping[str, tuple[float, float, float, float]]
"""What has a name on a page: its left, upper, right and lower edge in points from the page's upper left corner."""


@dataclass(frozen=True, slots=True)
class Printed:
    """Pages as a PDF, their size in points, and what stands where on each."""

    pdf: bytes
    width: float
    height: float
    leaves: tuple[Leaf, ...]
    parts: tuple[PageParts, ...]
    """What a reader is told of each page."""
    unseen: frozenset[str] = frozenset()
    """What has a name and is laid out so that nobody sees it; looked for where a style or template is one's own."""
    blank: frozenset[str] = frozenset()
    """What has a name and neither border nor ground of a colour other than that behind it; looked for there alone."""


def lowest(paper: Paper) -> float:
    """How far down a page its text may go, in points."""
    return (PAPER_HEIGHT[paper] - MARGIN) * POINTS_A_MILLIMETRE


@lru_cache(maxsize=256)
def leaves_of(html: str, paper: Paper) -> tuple[Leaf, ...]:
    """The pages that it begins by itself, each as long as it needs to be."""
    return _leaves(_endless(html, paper))


def within(leaves: tuple[Leaf, ...], paper: Paper) -> bool:
    """Whether none of these pages is longer than the paper."""
    ends = [[leaf[name][3] for name in _ENDS if name in leaf] for leaf in leaves]
    return all(found and max(found) <= lowest(paper) for found in ends)


@lru_cache(maxsize=64)
def printed(html: str, paper: Paper) -> Printed:
    """The pages on their paper. Kept: who prints the same question again in another set lays nothing out."""
    document = _endless(html, paper)
    if within(leaves_of(html, paper), paper):
        for page in document.pages:
            page.height = PAPER_HEIGHT[paper] * POINTS_A_MILLIMETRE / POINTS_A_PIXEL
    else:
        document = laid_out(html, sheet_css(), paper)
    first = document.pages[0]
    width, height = (float(side) * POINTS_A_PIXEL for side in (first.width, first.height))
    unseen, blank = _look(document) if OWN_MARK in html else (frozenset(), frozenset())
    pdf, parts = written_with_parts(document)
    return Printed(pdf, width, height, _leaves(document), parts, unseen, blank)


OWN_MARK = "<body data-own"
"""Of sheet.html, where the face is one that can hide things."""


def _look(document: Any) -> tuple[frozenset[str], frozenset[str]]:
    """What has a name and is hidden, and what has one and is drawn in no colour but that behind it."""
    hidden_ones: set[str] = set()
    drawn: dict[str, bool] = {}

    def look(box: Any, hidden: bool, behind: Colour) -> None:
        style = box.style
        hidden = hidden or float(style["opacity"]) < _PALE
        element = getattr(box, "element", None)
        name = element.get("id") if element is not None and hasattr(element, "get") else None
        if name and (hidden or style["visibility"] != "visible"):
            hidden_ones.add(name)
        if name:
            drawn[name] = drawn.get(name, False) or is_drawn(style, behind)
        behind = colour_within(style, behind)
        for child in getattr(box, "children", ()):
            look(child, hidden, behind)

    for page in document.pages:
        look(page._page_box, False, WHITE)
    return frozenset(hidden_ones), frozenset(name for name, is_there in drawn.items() if not is_there)


_PALE = 0.2
"""An opacity below which print is gone on a copy."""


def make_ready() -> None:
    """Import and read what every layout needs."""
    parsed_style(sheet_css())


def forget_all() -> None:
    """Let go of all layouts, with the fonts that lie in a folder of theirs meanwhile."""
    for kept in (leaves_of, printed, _endless, parsed_style):
        kept.cache_clear()
    gc.collect()


@lru_cache(maxsize=1)
def _endless(html: str, paper: Paper) -> Any:
    """WeasyPrint's document. The last one is kept: what fits is cut and printed."""
    return laid_out(html, sheet_css(), f"{PAPER_WIDTH[paper]}mm {_ENDLESS}mm")


def _leaves(document: Any) -> tuple[Leaf, ...]:
    return tuple(
        {name: tuple(side * POINTS_A_PIXEL for side in rectangle) for name, rectangle in page.anchors.items()}
        for page in document.pages
    )
