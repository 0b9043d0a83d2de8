"""A question typeset: the layout it shares with others, and what of its own derivation is stamped on that.

Its own are the indices of all symbols, and in the drawing the heavy edges and the labels' places.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from math import cos, sin
from typing import NamedTuple

from grader.sheets.content.drawn_network import EdgeLabel, PaperFit
from grader.sheets.content.formats import POINTS_A_MILLIMETRE
from grader.sheets.content.page import Page
from grader.sheets.typeset.layout import LayoutKey, PageLayout, Place, PlacedNumber
from grader.sheets.typeset.reading_order import letters_of
from grader.sheets.typeset.stamp import TextPiece, text_operators, text_width
from grader.sheets.typography.fonts import font
from grader.sheets.typography.symbols import symbol_parts, symbol_width
from question_bank.expressions.names import Local, Symbol

HEAVY, ASKED, LINK_WIDTH = 0.7, 1.1, 0.3
"""Widths of lines in millimetres, as in question.html."""
_FRAME, _CORNER = 0.25, 0.6


def index_operators(layout: PageLayout, indices: Sequence[str]) -> tuple[str, ...]:
    """What stamps the indices on each page of a layout."""
    pieces: list[list[TextPiece]] = [[] for _ in range(layout.pages)]
    for place, text in zip(layout.indices, indices, strict=True):
        pieces[place.page].append(TextPiece(place.left, place.baseline, place.size, text))
    return tuple(text_operators(some) if some else "" for some in pieces)


class PlacedLink(NamedTuple):
    """A line that is drawn where a given, its name, has this text: its page, and the operators that draw it."""

    name: Symbol
    page: int
    operators: str
    drawn_at: str


@dataclass(frozen=True, eq=False)
class Typeset:
    """`own` and `indices` are each page's operators that every student's copy of this derivation has."""

    key: LayoutKey
    fit: PaperFit
    layout: PageLayout
    number: int
    """By which a document calls what is the question's own."""
    own: tuple[str, ...]
    """What is drawn into the drawing."""
    indices: tuple[str, ...]
    said: tuple[Mapping[int, str], ...]
    """Of each page the runs of its marks that letters alone do not say."""
    labels: tuple[PlacedNumber, ...]
    """Boxes for the numbers on the drawing's edges."""
    links: tuple[PlacedLink, ...] = ()
    """Connections that are drawn where they are there."""

    @property
    def name(self) -> str:
        """What documents call its own operators."""
        return f"D{self.number}"

    @property
    def pages(self) -> int:
        """How many pages the question takes."""
        return self.layout.pages

    @cached_property
    def boxes(self) -> Mapping[str, Place]:
        """Answer boxes by slot."""
        names = (slot.name for slot in self.key.derivation.slots)
        return dict(zip(names, self.layout.boxes, strict=True))


def typeset(
    key: LayoutKey, fit: PaperFit, layout: PageLayout, page: Page, indices: tuple[str, ...], *, number: int = 0
) -> Typeset:
    """What is its own of a derivation whose skeleton was laid out."""
    with key.derivation.naming():
        return _typeset(key, fit, layout, page, indices, number)


def _typeset(
    key: LayoutKey, fit: PaperFit, layout: PageLayout, page: Page, indices: tuple[str, ...], number: int
) -> Typeset:
    pieces: list[list[TextPiece]] = [[] for _ in range(layout.pages)]
    own = [""] * layout.pages
    labels = []
    links: list[PlacedLink] = []
    for name, drawn in (("drawing", page.network.labels), ("drawing2", page.network.labels_again)):
        drawing = layout.marks.get(name)
        if drawing is None:
            continue
        own[drawing.page] = _drawn(page, drawing)
        links += _links(page, drawing)
        for label in drawn:
            x, y = drawing.left + label.box.x * POINTS_A_MILLIMETRE, drawing.top - label.box.y * POINTS_A_MILLIMETRE
            baseline = y - label.baseline
            pieces[drawing.page] += _symbol(label, x, baseline)
            if label.number:
                # Turned about the label's middle; a page's y grows downward there, upward here.
                c, s = cos(label.box.angle), -sin(label.box.angle)
                across, up = label.number_left, -label.baseline
                labels.append(
                    PlacedNumber(label.number, drawing.page, x + c * across - s * up, y + s * across + c * up, c, s)
                )
    return Typeset(
        key,
        fit,
        layout,
        number,
        tuple(
            "\n".join((lines, text_operators(texts))) if lines else "" for lines, texts in zip(own, pieces, strict=True)
        ),
        index_operators(layout, indices),
        tuple(letters_of(page, indices) for page in layout.parts),
        tuple(labels),
        tuple(links),
    )


def _in_millimetres(place: Place) -> str:
    """What turns millimetres from the drawing's corner into the page's points."""
    return f"q {POINTS_A_MILLIMETRE:.6f} 0 0 {-POINTS_A_MILLIMETRE:.6f} {place.left:.3f} {place.top:.3f} cm"


def _links(page: Page, place: Place) -> list[PlacedLink]:
    return [
        PlacedLink(
            edge.weight,
            place.page,
            f"{_in_millimetres(place)} {LINK_WIDTH} w {edge.x1:.2f} {edge.y1:.2f} m {edge.x2:.2f} {edge.y2:.2f} l S Q",
            edge.drawn_at,
        )
        for edge in page.drawing.edges
        if edge.optional and edge.weight is not None
    ]


def _drawn(page: Page, place: Place) -> str:
    """Heavy edges, then the labels' white ground, frames last, in millimetres from the drawing's corner."""
    parts = [_in_millimetres(place)]
    for edge in page.drawing.edges:
        if edge.heavy:
            x1, y1, x2, y2 = edge.line
            parts.append(f"{ASKED if edge.asked else HEAVY} w {x1:.2f} {y1:.2f} m {x2:.2f} {y2:.2f} l S")
    for label in page.network.labels:
        box = label.box
        c, s = cos(box.angle), sin(box.angle)
        turn = f"q {c:.5f} {s:.5f} {-s:.5f} {c:.5f} {box.x:.3f} {box.y:.3f} cm"
        shape = _rounded(-box.width / 2, -box.height / 2, box.width, box.height)
        parts.append(f"{turn} 1 g {_FRAME} w {shape} {'b' if label.framed else 'f'} Q")
    return "\n".join((*parts, "Q"))


def _rounded(x: float, y: float, width: float, height: float) -> str:
    """A rectangle with round corners, as SVG draws one."""
    right, bottom, r = x + width, y + height, _CORNER
    k = r * 0.44772  # what a circle's arc leaves of a Bézier curve's handle
    return (
        f"{x + r:.3f} {y:.3f} m {right - r:.3f} {y:.3f} l "
        f"{right - k:.3f} {y:.3f} {right:.3f} {y + k:.3f} {right:.3f} {y + r:.3f} c {right:.3f} {bottom - r:.3f} l "
        f"{right:.3f} {bottom - k:.3f} {right - k:.3f} {bottom:.3f} {right - r:.3f} {bottom:.3f} c "
        f"{x + r:.3f} {bottom:.3f} l "
        f"{x + k:.3f} {bottom:.3f} {x:.3f} {bottom - k:.3f} {x:.3f} {bottom - r:.3f} c {x:.3f} {y + r:.3f} l "
        f"{x:.3f} {y + k:.3f} {x + k:.3f} {y:.3f} {x + r:.3f} {y:.3f} c"
    )


def _symbol(label: EdgeLabel, x: float, baseline: float) -> list[TextPiece]:
    if label.symbol is None:
        return []
    pieces, left = symbol_pieces(label.name, x + label.symbol_left, baseline, label.size)
    if label.number:
        pieces.append(TextPiece(left + 0.28 * label.size, baseline, label.size, "="))
    return pieces


def symbol_pieces(symbol: Symbol, left: float, baseline: float, size: float) -> tuple[list[TextPiece], float]:
    """A symbol stamped: letter and indices, and where it ends."""
    pieces = []
    for face, own_size, text, width, drop in symbol_parts(symbol, size):
        if text:
            pieces.append(TextPiece(left, baseline - drop, own_size, text, face=face))
        left += width
    return pieces, left


def route_pieces(route: Sequence[Symbol], left: float, baseline: float, size: float, room: float) -> list[TextPiece]:
    """A path's route, from symbol to symbol, made smaller where it needs more room."""
    arrow = "→"
    gap = 0.2
    width = sum(symbol_width(value, 1.0) for value in route) + (len(route) - 1) * (text_width(arrow, 1.0) + 2 * gap)
    size = min(size, room / width)
    pieces: list[TextPiece] = []
    for n, value in enumerate(route):
        if n:
            pieces.append(TextPiece(left + gap * size, baseline, size, arrow))
            left += text_width(arrow, size) + 2 * gap * size
        symbol, left = symbol_pieces(value, left, baseline, size)
        pieces += symbol
    return pieces


def fraction_operators(factor: Local, middle: float, bottom: float) -> str:
    """A factor as a stacked fraction, its denominator just above `bottom`."""
    size = 7.5
    pieces: list[TextPiece] = []
    wide = 0.0
    partial = font("italic").width("∂") * size
    for symbol, baseline in ((factor.above, bottom + 1.42 * size), (factor.below, bottom + 0.3 * size)):
        width = partial + symbol_width(symbol, size)
        wide = max(wide, width)
        left = middle - width / 2
        pieces.append(TextPiece(left, baseline, size, "∂", face="italic"))
        pieces += symbol_pieces(symbol, left + partial, baseline, size)[0]
    bar = bottom + 1.2 * size
    rule = f"0.5 w {middle - wide / 2 - 1:.2f} {bar:.2f} m {middle + wide / 2 + 1:.2f} {bar:.2f} l S"
    return f"{rule} {text_operators(pieces)}"
