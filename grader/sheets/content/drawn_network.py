"""The drawing of a question's page: its circles, labels and boxes, with the numbers and symbols in them."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

from grader.sheets.content.formats import MILLIMETRES_A_POINT, POINTS_A_MILLIMETRE
from grader.sheets.content.number_boxes import Number, NumberBoxes
from grader.sheets.network_picture.boxes import Box
from grader.sheets.network_picture.circuit import BOX_HEIGHT, BOX_WIDTH
from grader.sheets.network_picture.drawing import boxed_height, draw_network
from grader.sheets.network_picture.grids import Caption
from grader.sheets.network_picture.shapes import RADIUS, Drawing, Label, Room, Unit
from grader.sheets.typography.fonts import ASCENT, DIGIT_HEIGHT, font
from grader.sheets.typography.symbols import symbol_width
from question_bank.expressions.names import Derived, Symbol
from question_bank.networks.model import givens_of, grids_of, is_circuit
from question_bank.networks.notation import latex_name

_UNIT_SIZE = 7.0
_IN_CIRCLE = 10.0
"""Size of a symbol in a circle (sheet.css)."""
_SIGN_SIZE, _SIGN_ASIDE = 11.0, 0.8
"""Of an operation's sign, and millimetres left free on both sides of it."""
_TAG_BEHIND, _TAG_ASIDE = 0.9, 2.6
"""Millimetres from a circle to what stands above its stem, and at least from the middle of an input's name."""
_CELL_ASIDE = 1.0
"""Millimetres left free beside a number in a cell."""
_EDGE_SIZE, _ASKED_SIZE = 8.5, 8.5
_EQUALS = 0.72 + 2 * 0.28
"""Width of an equals sign with the spaces around it, at size 1."""


@dataclass(frozen=True, slots=True)
class EdgeLabel:
    """What stands in a label of the drawing, in points from the label's middle; `top` is that of every line in it."""

    box: Box
    framed: bool
    name: Symbol
    size: float
    top: float
    symbol: str | None
    """The parameter as LaTeX, where its symbol stands in the label."""
    symbol_left: float
    number: Number | None
    number_left: float

    @property
    def baseline(self) -> float:
        """How far below the label's middle its characters stand."""
        return self.top + ASCENT * self.size


@dataclass(frozen=True, slots=True)
class PaperFit:
    """How a question is fitted to its paper: the drawing's height in millimetres, and how the paths stand.

    `compact`: three columns have the sum beside them, so have two with long routes, and a short route that is to be
    found stands beside its heading.
    `split`: the paths stand on a page of their own, under the task in short and (`again`) the drawing once more.
    `boxed`: a circuit's boxes stand on its edges, as long as the drawing is no lower than they need.
    `tall`: boxes are higher, to be written into by hand.
    """

    height: float = 60.0
    compact: bool = False
    split: bool = False
    again: bool = False
    boxed: bool = False
    tall: bool = False


class DrawnNetwork:
    """The drawing of one page: so wide in millimetres, and as `fit` says."""

    def __init__(self, boxes: NumberBoxes, width: float, fit: PaperFit) -> None:
        self._boxes, self._width, self._fit = boxes, width, fit
        self.derivation = boxes.derivation
        self._model = boxes.derivation.model
        self._given = set(boxes.derivation.givens)
        self.labels: tuple[EdgeLabel, ...] = ()
        self.labels_again: tuple[EdgeLabel, ...] = ()
        """Those of the drawing on a second page."""
        self.shape = self._drawn()

    @property
    def _unit_width(self) -> float:
        """Points that a printed value has in a unit's circle; 0 if none is printed."""
        graph = self.derivation.graph
        if is_circuit(self._model):
            return 0.0  # a circuit's values have stems to stand on
        circles = [circle for column in self._model.picture() for circle in column]
        printed = [circle for circle in circles if circle in self._given and circle in graph.nodes]
        if not printed:
            return 0.0
        return max(map(self._boxes.printed_width, printed)) * _UNIT_SIZE

    def _drawn(self) -> Drawing:
        weights = givens_of(self._model, "weights")
        plain = self._boxes.width(weights[0], _EDGE_SIZE) if weights else 0.0
        printed = self.derivation.parameter in self._given
        asked = self._boxes.width(self.derivation.parameter, _ASKED_SIZE) if printed else 0.0
        links = self._model.conventions().links
        framed = links.begins.name if links else self.derivation.parameter
        named = symbol_width(framed, _ASKED_SIZE)
        widths = (plain, named, 0.0 if links else _EQUALS * _ASKED_SIZE + asked, self._unit_width)
        room = Room(*(points * MILLIMETRES_A_POINT for points in widths))
        return draw_network(self.derivation, self._width, self._fit.height, room, boxed=self.boxed)

    @property
    def boxed(self) -> bool:
        """Whether a circuit's boxes stand on its edges."""
        return self._fit.boxed and not self._fit.again and self._fit.height >= boxed_height(self._model)

    def on_edges(self) -> Iterator[dict[str, Any]]:
        """The boxes that stand on the drawing: slots, and where their upper left corners lie in millimetres."""
        if not self.boxed:
            return
        slots = {slot.step: slot.name for slot in self.derivation.slots}
        for unit in self.shape.units:
            left = unit.x + RADIUS + 1.0
            above, below = unit.name, Derived("gradient", of=unit.name)
            if above in slots:
                yield {"slot": slots[above], "left": left, "top": unit.y - BOX_HEIGHT - 0.4, "above": True}
            if below in slots:
                yield {"slot": slots[below], "left": left, "top": unit.y + 0.4, "above": False}

    def drawing(self) -> dict[str, Any]:
        """What the template draws."""
        self.labels = tuple(self._label(label, "edge") for label in self.shape.labels)
        return self._drawing_context("drawing", "unit", self.labels)

    def drawing_again(self) -> dict[str, Any]:
        """What a second page shows once more, under other names: the drawing, and the numbers that it has not."""
        self.labels_again = tuple(self._label(label, "edge2") for label in self.shape.labels)
        drawn = {unit.name for unit in self.shape.units if unit.number}
        drawn |= {label.name for label in self.labels_again if label.number}
        # No path needs a network's biases, nor its weighted sums: only a new value does, and who checks those sums.
        updated = self.derivation.layout.quantity == "updated" and not self.derivation.paths
        needed = updated or self.derivation.solution is not None
        drawn |= set() if needed or grids_of(self._model) else {*givens_of(self._model, "biases")}
        shown = [*(given for given in self._model.givens() if given not in drawn), *self._boxes.needed()]
        return {
            "drawing": self._drawing_context("drawing2", "unit2", self.labels_again),
            "numbers": [
                {"symbol": latex_name(given), "number": self._boxes.number(given, "left", "given2")} for given in shown
            ],
        }

    def _drawing_context(self, name: str, unit: str, labels: tuple[EdgeLabel, ...]) -> dict[str, Any]:
        slots = {slot.step for slot in self.derivation.slots}
        units = [
            {
                "unit": circle,
                "symbol": latex_name(circle.name),
                "sign_size": _sign_size(circle.sign),
                "scale": _circle_scale(circle.name),
                "framed": bool(circle.stem) and any(label.name == circle.name for label in labels),
                "number": self._in_unit(circle, unit) if circle.number else None,
                "high": self.boxed and circle.name in slots,
                "tag": self._tag(circle),
            }
            for circle in self.shape.units
        ]
        return {
            "id": name,
            "shape": self.shape,
            "units": units,
            "labels": labels,
            "captions": [_caption(caption) for caption in self.shape.captions],
            "complete": self.shape.complete,
            "boxes": list(self.on_edges()),
            "box_width": BOX_WIDTH,
        }

    def _tag(self, unit: Unit) -> float:
        """Where what stands above a stem begins, in millimetres: an input's value ends before its wires rise."""
        left = unit.x + RADIUS + _TAG_BEHIND
        if not unit.number or unit.circled or unit.side:
            return left
        width = self._boxes.width(unit.name, _EDGE_SIZE) * MILLIMETRES_A_POINT
        return min(left, max(unit.x + RADIUS + unit.stem - width, unit.x + _TAG_ASIDE))

    def _in_unit(self, unit: Unit, name: str) -> Number:
        given = unit.name
        if unit.side:
            width = (unit.side - _CELL_ASIDE) * POINTS_A_MILLIMETRE
            size = _EDGE_SIZE
            if given in self.derivation.graph.nodes:
                # Those of all grids have the size of the smallest.
                printed = (each for each in self._given if each in self.derivation.graph.nodes)
                size = min(size, math.floor(width / max(map(self._boxes.printed_width, printed)) * 20) / 20)
            return self._boxes.kept(Number(f"{name}:{given.key}", size, width, "middle", given=given))
        if is_circuit(self._model):
            width = self._boxes.width(given, _EDGE_SIZE)
            return self._boxes.kept(Number(f"{name}:{given.key}", _EDGE_SIZE, width, "left", given=given))
        # An input has the room of a circle that holds nothing longer.
        width = self._unit_width or 2 * (RADIUS - 0.8) / MILLIMETRES_A_POINT
        return self._boxes.kept(Number(f"{name}:{given.key}", _UNIT_SIZE, width, "middle", given=given))

    def _label(self, label: Label, name: str) -> EdgeLabel:
        size = _ASKED_SIZE if label.symbol else _EDGE_SIZE
        width = self._boxes.width(label.name, size)
        point = self._boxes.point(label.name, size)
        # Behind a symbol's equals sign no gap is left for a sign.
        align: Literal["left", "middle"] = "left" if label.symbol else "middle"
        box = f"{name}:{label.name.key}"
        number = Number(box, size, width, align, point, given=label.name) if label.number else None
        before = symbol_width(label.name, size) if label.symbol else 0.0
        whole = before + (width if number else 0.0) + (_EQUALS * size if number and before else 0.0)
        return EdgeLabel(
            label.box,
            label.framed,
            label.name,
            size,
            # The middle of a digit's height comes to the middle of the label.
            (DIGIT_HEIGHT / 2 - ASCENT) * size,
            latex_name(label.name) if label.symbol else None,
            -whole / 2,
            number,
            whole / 2 - width,
        )


def _caption(caption: Caption) -> dict[str, Any]:
    """A caption with its place; a symbol is LaTeX."""
    symbol = isinstance(caption.text, Symbol)
    return {
        "x": caption.x,
        "y": caption.y,
        "symbol": latex_name(caption.text) if isinstance(caption.text, Symbol) else None,
        "name": caption.text if symbol else None,
        "sign": None if symbol else caption.text,
    }


def _sign_size(sign: str) -> float:
    """The size at which an operation's sign fits its circle."""
    room = 2 * (RADIUS - _SIGN_ASIDE) * POINTS_A_MILLIMETRE
    return min(_SIGN_SIZE, math.floor(room / max(font("regular").width(sign), 0.1) * 10) / 10)


def _circle_scale(name: Symbol) -> float:
    """By how much a symbol must be smaller to stand in its circle."""
    room = 2 * (RADIUS - _SIGN_ASIDE) * POINTS_A_MILLIMETRE
    return min(1.0, math.floor(room / symbol_width(name, _IN_CIRCLE) * 20) / 20)
