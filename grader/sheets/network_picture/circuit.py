"""Where a circuit lies as lecturers draw it: inputs on the left, operations in circles, a stem behind each value.

Every value has a cell of its own, circle and stem, in the column behind the last of what it is worked from. Wires run
from stem to circle between the columns; where one passes a column, it has a lane there, so that it meets no cell.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import combinations, pairwise
from typing import NamedTuple

from question_bank.expressions.names import Symbol
from question_bank.networks.graph import Graph
from question_bank.networks.model import Model

CELL, _LANE = 12.5, 5.0
"""Millimetres that a cell needs in height, with what is written above and below its stem, and that a lane needs."""
_SHORTEST_STEM, _LONGEST_STEM = 5.0, 17.0
BOXED_CELL, BOX_WIDTH, BOX_HEIGHT = 22.5, 25.0, 8.0
"""Millimetres that a cell needs in height where a box for its value stands above its stem and one for its gradient
below it, and the size of such a box."""
_BOXED_STEM = BOX_WIDTH + 2.0
_MOST_BOXED_COLUMNS, _HIGHEST_BOXED = 4, 110.0
"""So many columns have room for boxes side by side, and so high may the drawing be then."""
_STEM = 0.56
"""The part that the stem takes of a column, its circle aside."""
_SWEEPS = 12
_IN_LINE = 8.0
"""How much more a wire would go on straight from lane to lane than come nearer to where it leads."""
_STEEPEST = 9.0
"""Millimetres that a wire with lanes may rise or fall at its end."""
_APART = 0.65
"""How far apart two wires of one value end on a circle, in radians from the middle of its left side."""


@dataclass(frozen=True, slots=True)
class Wire:
    """One use of a value by a node, as the points that its line runs through: from the stem's end to the circle."""

    source: Symbol
    target: Symbol
    use: int
    points: tuple[tuple[float, float], ...]


@dataclass(frozen=True, slots=True)
class Wiring:
    """The middles of circles (an input has none: its name stands there), the length of stems, and the wires."""

    places: Mapping[Symbol, tuple[float, float]]
    stem: float
    wires: tuple[Wire, ...]


class _Knot(NamedTuple):
    """A value's cell, or in a column between the lane of a wire, by the wire's number."""

    column: int
    value: Symbol
    wire: int | None = None

    def height(self, cell: float) -> float:
        return cell if self.wire is None else _LANE


class _Use(NamedTuple):
    source: Symbol
    target: Symbol
    use: int
    knots: tuple[_Knot, ...]


def circuit_height(model: Model, cell: float = CELL) -> float:
    """Millimetres that the highest column needs."""
    return max(sum(knot.height(cell) for knot in row) for row in _ordered(model))


def has_room_for_boxes(model: Model) -> bool:
    """Whether every value can have a box above its stem and one below it."""
    return len(_ordered(model)) <= _MOST_BOXED_COLUMNS and circuit_height(model, BOXED_CELL) <= _HIGHEST_BOXED


def wired(model: Model, width: float, height: float, radius: float, *, boxed: bool = False) -> Wiring:
    """The circuit in so many millimetres; `boxed` with room for boxes on its stems."""
    rows = _ordered(model)
    stem = (width - 2) / len(rows) - 2 * radius
    stem = _BOXED_STEM if boxed else min(max(_STEM * stem, _SHORTEST_STEM), _LONGEST_STEM)
    # Nothing follows the last stem: what is left of its column the others share.
    pitch = (width - 2 - 2 * radius - stem) / max(len(rows) - 1, 1)
    across = [1 + radius + pitch * column for column in range(len(rows))]
    down = _heights(rows, _uses(model), height, BOXED_CELL if boxed else CELL)
    wires = []
    for source, target, use, knots in _uses(model):
        first, *lanes, last = knots
        points = [(across[first.column] + radius + stem, down[first])]
        for lane in lanes:
            points += [(across[lane.column] - radius, down[lane]), (across[lane.column] + radius + stem, down[lane])]
        points.append(
            _arrival(points[-1], (across[last.column], down[last]), radius, _side(model.graph(), target, use))
        )
        wires.append(Wire(source, target, use, tuple(points)))
    cells = {knot.value: (across[knot.column], down[knot]) for row in rows for knot in row if knot.wire is None}
    return Wiring(cells, stem, tuple(wires))


def _side(graph: Graph, target: Symbol, use: int) -> float:
    """Radians from the middle of a circle's left side where a wire ends: 0 unless the node reads the value twice."""
    inputs = graph.nodes[target].inputs
    if inputs.count(inputs[use]) == 1:
        return 0.0
    return _APART if use else -_APART


def _arrival(
    start: tuple[float, float], middle: tuple[float, float], radius: float, side: float
) -> tuple[float, float]:
    """Where a wire meets the circle that it leads to."""
    if side:
        return middle[0] - radius * math.cos(side), middle[1] + radius * math.sin(side)
    length = math.dist(start, middle)
    return tuple(m + (s - m) * radius / length for s, m in zip(start, middle, strict=True))  # type: ignore[return-value]


@lru_cache(maxsize=256)
def _uses(model: Model) -> tuple[_Use, ...]:
    column = {value: at for at, values in enumerate(model.picture()) for value in values}
    found: list[_Use] = []
    for node in model.graph().nodes.values():
        for use, source in enumerate(node.inputs):
            between = range(column[source] + 1, column[node.name])
            lanes = (_Knot(at, source, len(found)) for at in between)
            knots = (_Knot(column[source], source), *lanes, _Knot(column[node.name], node.name))
            found.append(_Use(source, node.name, use, knots))
    return tuple(found)


@lru_cache(maxsize=256)
def _ordered(model: Model) -> tuple[tuple[_Knot, ...], ...]:
    """The knots of each column from above to below: of the orders that sweeps find, one with the fewest crossings."""
    rows: list[list[_Knot]] = [[_Knot(at, value) for value in values] for at, values in enumerate(model.picture())]
    for use in _uses(model):
        for lane in use.knots[1:-1]:
            rows[lane.column].append(lane)
    links = [link for use in _uses(model) for link in pairwise(use.knots)]
    best, fewest = [list(row) for row in rows], _crossings(rows, links)
    for sweep in range(_SWEEPS):
        forward = sweep % 2 == 0
        for at in range(1, len(rows)) if forward else range(len(rows) - 2, -1, -1):
            place = {knot: n for row in rows for n, knot in enumerate(row)}
            near: dict[_Knot, list[int]] = {knot: [] for knot in rows[at]}
            for one, other in links:
                if forward and other in near:
                    near[other].append(place[one])
                elif not forward and one in near:
                    near[one].append(place[other])
            rows[at].sort(key=lambda knot: sum(near[knot]) / len(near[knot]) if near[knot] else place[knot])
        if (crossings := _crossings(rows, links)) < fewest:
            best, fewest = [list(row) for row in rows], crossings
    return tuple(map(tuple, best))


def _crossings(rows: Sequence[Sequence[_Knot]], links: Iterable[tuple[_Knot, _Knot]]) -> int:
    place = {knot: n for row in rows for n, knot in enumerate(row)}
    ends = [(one.column, place[one], place[other]) for one, other in links]
    return sum(a[0] == b[0] and (a[1] - b[1]) * (a[2] - b[2]) < 0 for a, b in combinations(ends, 2))


def _heights(rows: Sequence[Sequence[_Knot]], uses: Sequence[_Use], height: float, cell: float) -> dict[_Knot, float]:
    """How far down each knot lies: near the middle of what it is joined with, and clear of those above and below."""
    scale = min(1.0, height / max(sum(knot.height(cell) for knot in row) for row in rows))
    down: dict[_Knot, float] = {}
    for row in rows:
        top = (height - scale * sum(knot.height(cell) for knot in row)) / 2
        for knot in row:
            down[knot] = top + scale * knot.height(cell) / 2
            top += scale * knot.height(cell)
    joined: dict[_Knot, list[_Knot]] = {knot: [] for row in rows for knot in row}
    for one, other in (link for use in uses for link in pairwise(use.knots)):
        joined[one].append(other)
        joined[other].append(one)
    for sweep in range(1, 4 * _SWEEPS):
        for row in rows if sweep % 2 == 0 else reversed(rows):
            _settle(row, [_wish(knot, joined[knot], down) for knot in row], down, scale, height, cell)
    for use in sorted(uses, key=lambda use: -len(use.knots)):
        _straighten(use, rows, down, scale, height, cell)
    return down


def _straighten(
    use: _Use,
    rows: Sequence[Sequence[_Knot]],
    down: dict[_Knot, float],
    scale: float,
    height: float,
    cell: float,
) -> None:
    """Put a wire's lanes on one line where they have room for one: as near its value as leaves no steep end."""
    first, *lanes, last = use.knots
    lowest, highest = 0.0, height
    for lane in lanes:
        row = rows[lane.column]
        at = row.index(lane)
        own = scale * lane.height(cell) / 2
        above = down[row[at - 1]] + scale * row[at - 1].height(cell) / 2 if at else 0.0
        below = down[row[at + 1]] - scale * row[at + 1].height(cell) / 2 if at + 1 < len(row) else height
        lowest, highest = max(lowest, above + own), min(highest, below - own)
    if lowest > highest:
        return
    steep = min(max(down[first], down[last] - _STEEPEST), down[last] + _STEEPEST)
    down |= dict.fromkeys(lanes, min(max(steep, lowest), highest))


def _wish(knot: _Knot, joined: Sequence[_Knot], down: Mapping[_Knot, float]) -> float:
    """Where a knot would lie best: in the middle of those that it is joined with, a lane in line with its own wire."""
    weights = [_IN_LINE if knot.wire is not None and knot.wire == other.wire else 1.0 for other in joined]
    return sum(weight * down[other] for weight, other in zip(weights, joined, strict=True)) / sum(weights)


def _settle(
    row: Sequence[_Knot], wished: Sequence[float], down: dict[_Knot, float], scale: float, height: float, cell: float
) -> None:
    """Put a column's knots as near as can be to where they wish to be, in their order and with room for each."""
    # Where two wish to be nearer than they may, they take the mean of their wishes (pool adjacent violators).
    offsets = [0.0]
    for above, below in pairwise(row):
        offsets.append(offsets[-1] + scale * (above.height(cell) + below.height(cell)) / 2)
    groups: list[list[float]] = []
    for wish, offset in zip(wished, offsets, strict=True):
        groups.append([wish - offset, 1.0])
        while len(groups) > 1 and groups[-2][0] > groups[-1][0]:
            (one, some), (other, more) = groups[-2:]
            groups[-2:] = [[(one * some + other * more) / (some + more), some + more]]
    lowest, highest = scale * row[0].height(cell) / 2, height - offsets[-1] - scale * row[-1].height(cell) / 2
    level = [min(max(mean, lowest), highest) for mean, count in groups for _ in range(int(count))]
    for knot, shift, offset in zip(row, level, offsets, strict=True):
        down[knot] = shift + offset
