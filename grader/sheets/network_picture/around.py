"""Skip connections in a drawing: lines that lead out of a row of units, past what lies between, and back to it."""

from __future__ import annotations

import math
from collections.abc import Mapping
from itertools import pairwise

from grader.sheets.network_picture.joined import skips_with_paths
from grader.sheets.network_picture.shapes import Edge
from question_bank.derivations.derivation import Derivation
from question_bank.expressions.names import Symbol

_CLEAR = 2.2
"""How far from circles such a line runs, in millimetres."""
_APART = 1.4
"""Between two that run side by side."""
_PAST = 1.2
"""How far beside the circles of a column, where a line leads past them."""
_SAME = 0.1
_OFF_THE_MIDDLE = 0.5
"""How far beside a circle's middle one leaves or comes, as a part of the radius: one may do either at one circle."""


def room_around(derivation: Derivation) -> float:
    """What a drawing with such lines needs above and below all circles."""
    return _CLEAR + 0.5 + _APART if skips_with_paths(derivation) else 0.0


def around(
    derivation: Derivation, place: Mapping[Symbol, tuple[float, float]], radius: float, *, hidden: bool
) -> list[Edge]:
    """The stretches of every skip connection: above the units of the upper half, below those of the lower."""
    found: list[Edge] = []
    levels: list[tuple[float, float, float]] = []
    middle = sum(y for _, y in place.values()) / len(place)
    for (value, node), through in skips_with_paths(derivation).items():
        source, target = derivation.model.circle_of(value), derivation.model.circle_of(node)
        assert source is not None  # what skips layers is a unit's output, or an input
        assert target is not None
        (x1, y1), (x2, y2) = place[source], place[target]
        side = -1.0 if y1 <= middle else 1.0
        between = [y for x, y in place.values() if x1 < x < x2]
        level = _level([y1, y2], between, radius, side)
        while any(abs(level - other) < _APART - _SAME and left < x2 and x1 < right for left, right, other in levels):
            level += side * _APART
        levels.append((x1, x2, level))
        begins = _ending((x1, y1), level, place, radius, side, 1.0)
        ends = _ending((x2, y2), level, place, radius, side, -1.0)
        points = [*begins, *reversed(ends)]
        paths = () if hidden else through
        found += [Edge(*one, *other, None, paths, False, source=value, target=node) for one, other in pairwise(points)]
    return found


def _ending(
    circle: tuple[float, float],
    level: float,
    place: Mapping[Symbol, tuple[float, float]],
    radius: float,
    side: float,
    towards: float,
) -> list[tuple[float, float]]:
    """From a circle up or down to the level: beside the circles of its column, where there are some on the way."""
    x, y = circle
    near, far = radius * _OFF_THE_MIDDLE, radius * math.sqrt(1 - _OFF_THE_MIDDLE**2)
    if not any(other == x and side * (at - y) > 0 and side * (at - level) < radius for other, at in place.values()):
        return [(x + towards * near, y + side * far), (x + towards * near, level)]
    past = x + towards * (radius + _PAST)
    return [(x + towards * far, y + side * near), (past, y + side * near), (past, level)]


def _level(ends: list[float], between: list[float], radius: float, side: float) -> float:
    """The height at which a line passes all circles between its ends, near the ends where there is room."""
    clear = radius + _CLEAR
    near = side * max(side * end for end in ends) + side * clear
    if all(abs(y - near) >= clear - _SAME for y in between):
        return near
    return side * max(side * y for y in [*ends, *between]) + side * clear
