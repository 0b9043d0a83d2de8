"""The drawing of a sheet in strokes and texts, in millimetres from its upper left corner, for any picture language."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from grader.sheets.content.page import Page
from grader.sheets.network_picture.shapes import Edge

_THIN, _LINE, _HEAVY, _ASKED = 0.25, 0.3, 0.7, 1.1
"""Widths of an edge, of a circle, of an edge on a path, and of the parameter's, as on the sheet."""
_VALUE_BELOW, _SYMBOL_ABOVE = 1.9, 1.6
"""How far below and above a circle's middle stand its value and its symbol, where both do."""
_TAG_ABOVE, _TAG_HIGH = 2.5, 10.6


@dataclass(frozen=True, slots=True)
class Stroke:
    """A line of so many millimetres, black or grey."""

    x1: float
    y1: float
    x2: float
    y2: float
    width: float
    grey: bool = False


@dataclass(frozen=True, slots=True)
class UnitCircle:
    """A circle's line, white inside."""

    x: float
    y: float
    radius: float


@dataclass(frozen=True, slots=True)
class Panel:
    """A rectangle about its middle, turned by so many radians; filled white or grey, framed or dashed or neither."""

    x: float
    y: float
    width: float
    height: float
    angle: float = 0.0
    fill: str = ""
    line: str = ""


@dataclass(frozen=True, slots=True)
class PlacedText:
    """LaTeX about its middle, or from its left end on, turned by so many radians; `size` in points."""

    x: float
    y: float
    latex: str
    size: float
    angle: float = 0.0
    left: bool = False


Primitive = Stroke | UnitCircle | Panel | PlacedText


def primitives(page: Page, drawing: Mapping[str, Any], texts: Mapping[str, str]) -> Iterator[Primitive]:
    """What lies behind comes first. `drawing` is that of the page's context, `texts` the numbers by their boxes."""
    shape = drawing["shape"]
    for area in shape.marked:
        yield _area(area, fill="grey")
    for area in shape.zeros:
        yield _area(area, line="dashed")
        yield PlacedText(area.x + area.width / 2, area.y + area.height / 2, "0", 8.5)
    drawn: list[Edge] = [edge for edge in shape.edges if not edge.optional or texts.get(_link(edge)) == edge.drawn_at]
    for edge in drawn:
        if not (edge.bias and not edge.heavy) and not edge.is_stroke:
            width = _ASKED if edge.asked else _HEAVY if edge.heavy else _THIN
            yield _stroke(edge, width, grey=not edge.heavy)
    yield from _units(drawing, shape.radius, texts)
    yield from (_stroke(edge, _THIN, grey=False) for edge in drawn if edge.is_stroke)
    for caption in drawing["captions"]:
        yield PlacedText(caption["x"], caption["y"], caption["symbol"] or caption["sign"], 10)
    for label in drawing["labels"]:
        box = label.box
        yield Panel(box.x, box.y, box.width, box.height, box.angle, fill="white", line="solid" if label.framed else "")
        number = texts[label.number.id] if label.number else ""
        yield PlacedText(box.x, box.y, " = ".join(filter(None, (label.symbol, number))), label.size, box.angle)


def _stroke(edge: Any, width: float, *, grey: bool) -> Stroke:
    x1, y1, x2, y2 = edge.line
    return Stroke(x1, y1, x2, y2, width, grey=grey)


def _link(edge: Any) -> str:
    return f"link:{edge.weight.key}"


def _area(area: Any, fill: str = "", line: str = "") -> Panel:
    return Panel(area.x + area.width / 2, area.y + area.height / 2, area.width, area.height, fill=fill, line=line)


def _units(drawing: Mapping[str, Any], radius: float, texts: Mapping[str, str]) -> Iterator[Primitive]:
    for item in drawing["units"]:
        unit = item["unit"]
        number = texts[item["number"].id] if item["number"] else ""
        if unit.side:
            yield Panel(unit.x, unit.y, unit.side, unit.side, line="solid")
            yield PlacedText(unit.x, unit.y, number or item["symbol"], 8.5 if number else 10)
            continue
        if unit.circled:
            yield UnitCircle(unit.x, unit.y, radius)
        inside = unit.sign or ("" if unit.stem and item["framed"] else item["symbol"])
        if unit.stem:
            yield PlacedText(unit.x, unit.y, inside, 10)
            above = _TAG_HIGH if item["high"] else _TAG_ABOVE
            yield PlacedText(item["tag"], unit.y - above, number or item["symbol"], 9.5, left=True)
        elif number:
            yield PlacedText(unit.x, unit.y - _SYMBOL_ABOVE, inside, 8.5)
            yield PlacedText(unit.x, unit.y + _VALUE_BELOW, number, 7)
        else:
            yield PlacedText(unit.x, unit.y, inside, 10)
