"""What a drawing of a network consists of, in millimetres, and whether anything in it meets."""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import combinations

from grader.sheets.network_picture.boxes import Box, Rectangle, meetings
from grader.sheets.network_picture.grids import Caption
from grader.sheets.network_picture.labels import Line
from question_bank.expressions.names import Symbol

RADIUS = 4.1
"""Of a unit's circle, unless a number that stands in it needs more."""
VALUE_BELOW = 2.45
"""How far below a unit's middle the number in it reaches."""
_ASIDE = 0.45
"""Left free between that number and the circle, at its lower corners."""


@dataclass(frozen=True, slots=True)
class Unit:
    """A circle: `name` is what stands in it, `number` whether its value does.

    In a circuit a `sign` stands in it, and its name above a `stem` of so many millimetres behind it; without a stem the
    sign is a constant input's value. An input of a circuit has no circle: its name stands in the place of one, its
    value above the stem. A cell of a grid is a square with a `side` of so many millimetres; its value stands there
    alone.
    """

    name: Symbol
    x: float
    y: float
    number: bool
    sign: str = ""
    stem: float = 0.0
    side: float = 0.0

    @property
    def circled(self) -> bool:
        """Whether a circle is drawn."""
        return not self.side and (bool(self.sign) or not self.stem)


@dataclass(frozen=True, slots=True)
class Edge:
    """A line from circle to circle; `weight` is its parameter, None where it has none.

    `paths` are the numbers of the paths that run along it; where derivatives are worked once each and one is asked for,
    an edge may be `on_the_way` all the same. A bias that is asked for has edges of its own, from its
    tags to every unit that uses it; a cell of a grid has its four sides. In a circuit an edge is a stretch of a wire,
    from the circle of `source` to that of `target`, or of the stem that all wires of `source` share; so it is along a
    skip connection, from one value to the sum that it is added to. One that is
    `optional` is drawn only where its weight, a connection, is there; a stroke across a unit only where its entry of a
    mask is 0, so that dropout leaves the unit out. `drawn_at` is the text of that given where it is drawn.
    """

    x1: float
    y1: float
    x2: float
    y2: float
    weight: Symbol | None
    paths: tuple[int, ...]
    asked: bool
    bias: bool = False
    source: Symbol | None = None
    target: Symbol | None = None
    on_the_way: bool = False
    optional: bool = False
    drawn_at: str = "1"

    @property
    def is_stroke(self) -> bool:
        """Whether it crosses a unit out, and lies over its circle."""
        return self.optional and self.drawn_at == "0"

    @property
    def heavy(self) -> bool:
        """Whether it is drawn heavy: a path runs along it, or it is what is asked for."""
        return self.asked or self.on_the_way or bool(self.paths)

    @property
    def line(self) -> Line:
        """Its two ends."""
        return self.x1, self.y1, self.x2, self.y2

    def at(self, t: float) -> tuple[float, float]:
        """The point a part t of the way along."""
        return self.x1 + t * (self.x2 - self.x1), self.y1 + t * (self.y2 - self.y1)


@dataclass(frozen=True, slots=True)
class Label:
    """A weight's value on its edge, turned as that is; the asked parameter's is framed and level, with its symbol.

    A shared bias has a framed tag at every unit, and its value on the first; so has a weight that every step shares,
    whose arrows have its bare symbol where it is not asked for.
    """

    name: Symbol
    box: Box
    symbol: bool = False
    number: bool = True
    bare: bool = False

    @property
    def framed(self) -> bool:
        """Whether a frame is drawn around it."""
        return self.symbol and not self.bare


@dataclass(frozen=True, slots=True)
class Drawing:
    """Everything that is drawn; `complete` says whether every weight got a label, `radius` is that of the circles.

    Beside grids stand `captions`, behind their cells `marked` areas, around them `zeros`.
    """

    width: float
    height: float
    radius: float
    units: tuple[Unit, ...]
    edges: tuple[Edge, ...]
    labels: tuple[Label, ...]
    complete: bool
    captions: tuple[Caption, ...] = ()
    zeros: tuple[Rectangle, ...] = ()
    marked: tuple[Rectangle, ...] = ()


@dataclass(frozen=True, slots=True)
class Room:
    """Millimetres that a number needs on an edge, and in its frame the asked parameter's symbol and `= number`.

    `unit` is what a number in a unit's circle needs.
    """

    number: float = 6.4
    symbol: float = 5.5
    asked: float = 11.4
    unit: float = 0.0

    @property
    def radius(self) -> float:
        """Of a circle that holds such a number with its symbol above."""
        return max(RADIUS, math.hypot(self.unit / 2 + _ASIDE, VALUE_BELOW)) if self.unit else RADIUS


def overlapping(drawing: Drawing) -> list[tuple[str, str]]:
    """Pairs of labels that meet, and labels that lie on a unit's circle: none, if the drawing is good."""
    boxes = [label.box for label in drawing.labels]
    circled = [unit for unit in drawing.units if unit.circled]
    circles = [circle_of_unit(unit, drawing.radius) for unit in circled]
    circled += [unit for unit in drawing.units if unit.side]
    circles += [Box(unit.x, unit.y, unit.side, unit.side) for unit in drawing.units if unit.side]
    if not boxes:
        return []
    each_other, on_circles = meetings(boxes, boxes), meetings(boxes, circles)
    names = [label.name.key for label in drawing.labels]
    found = [(names[a], names[b]) for b in range(len(names)) for a in range(b) if each_other[a, b]]
    return found + [
        (names[a], unit.name.key) for a in range(len(names)) for b, unit in enumerate(circled) if on_circles[a, b]
    ]


def circles_apart(drawing: Drawing) -> float:
    """The least room between two units' circles, negative where they overlap; cells of a grid lie side by side."""
    centres = [(unit.x, unit.y) for unit in drawing.units if not unit.side]
    return min((math.dist(a, b) for a, b in combinations(centres, 2)), default=math.inf) - 2 * drawing.radius


def circle_of_unit(unit: Unit, radius: float) -> Box:
    """The square around a unit's circle."""
    return Box(unit.x, unit.y, 2 * radius, 2 * radius)
