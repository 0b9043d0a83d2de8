"""The derivation drawn as its network: every step stands where it belongs, with the class's success on it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations, groupby, pairwise

import numpy as np

from grader.sheets.network_picture.boxes import Rectangle
from grader.sheets.network_picture.drawing import draw_network
from grader.sheets.network_picture.shapes import Edge
from question_bank.derivations.derivation import Derivation
from question_bank.expressions.expression import symbols_in
from question_bank.expressions.names import Derived, Local, Name, Symbol
from question_bank.networks.model import Model, grids_of, is_circuit
from question_bank.networks.notation import plain_name, plain_target

ROW = 5.0
_LETTER = 1.42
_ROOM = 3.2
_TITLE = 4.6
_GAP = 0.8
_MARGIN = 1.0
_STATIONS = (0.5, 0.42, 0.58, 0.34, 0.66, 0.27, 0.73)
_COLUMN, _COLUMN_OVER_TIME = 54.0, 66.0
"""Millimetres between columns, of which symbols with their times need more."""
_LINE = 24.0
_BETWEEN_CELLS, _BETWEEN_GRIDS = 0.6, 7.0
"""Millimetres between the boxes of a grid, and between grids."""
_ROOM_OF_LINES, _LEAST_DOWN = 8.0, 14.0
"""More than that stands between boxes from one to the other of which lines lead, and so far apart are their rows."""
_FROM_BELOW = ("input", "window_value")
"""Derivatives that are what the parameter multiplies."""
_ROUNDS = 4
_SPREADS = (1.0, 1.2, 1.4, 1.7, 2.0, 2.5)
"""By how much the picture grows so that boxes have room; the last is taken as it is."""
_LEVELS = (0.5, 0.7, 0.85, 0.95)

_Line = tuple[float, float, float, float]


@dataclass(frozen=True, slots=True)
class DrawnStep:
    """A step as it is drawn: its symbol, its number in words, and a level from 0 to 4 for its tint (-1: no number)."""

    symbol: str
    number: str
    level: int


@dataclass(frozen=True, slots=True)
class Card:
    """Steps that belong to one unit or one edge, in a box; a unit has its name on top."""

    box: Rectangle
    name: str
    rows: tuple[DrawnStep, ...]

    @property
    def top(self) -> float:
        """Where the first row begins."""
        return self.box.y + (_TITLE if self.name else 0.0)


@dataclass(frozen=True, slots=True)
class StepsPicture:
    """All that the template draws, and the box that holds it; `rest` are steps of no one place, such as products."""

    x: float
    y: float
    width: float
    height: float
    edges: tuple[Edge, ...]
    cards: tuple[Card, ...]
    rest: tuple[DrawnStep, ...]


def level(success: float | None) -> int:
    """A tint for a share: 0 for less than half, 4 for nearly all, -1 for none.

    >>> [level(share) for share in (None, 0.2, 0.5, 0.8, 0.9, 1.0)]
    [-1, 0, 1, 2, 3, 4]
    """
    return -1 if success is None else sum(success >= limit for limit in _LEVELS)


def percent(share: float | None) -> str:
    r"""A share in words; only all is 100 %, and only none 0 %.

    >>> percent(0.996), percent(0.002), percent(1.0), percent(None)
    ('99\xa0%', '1\xa0%', '100\xa0%', '–')
    """
    if share is None:
        return "–"
    rounded = round(100 * share)
    if share < 1:
        rounded = min(rounded, 99)
    if share > 0:
        rounded = max(rounded, 1)
    return f"{rounded}\N{NO-BREAK SPACE}%"


def steps_picture(derivation: Derivation, success: Mapping[Name, float]) -> StepsPicture:
    """The drawing of a derivation; `success` is the share of the class that a step went well for.

    It is spread until no box hides another.
    """
    for spread in _SPREADS:
        drawn = _spread(derivation, success, spread)
        if not any(one.box.meets(other.box) for one, other in combinations(drawn.cards, 2)):
            break
    return drawn


def _spread(derivation: Derivation, success: Mapping[Name, float], spread: float) -> StepsPicture:
    grids = grids_of(derivation.model)
    line = max(_LINE, _TITLE + ROW * _most_in_a_unit(derivation) + _GAP)
    centre: dict[Symbol, tuple[float, float]]
    edges: tuple[Edge, ...]
    if grids:
        centre = dict.fromkeys(_all_in_grids(derivation.model), (0.0, 0.0))
    else:
        centre, edges = _as_drawn(derivation, line, spread)
    in_units, on_edges, rest = _places(derivation, success, centre)

    def row(name: Name) -> DrawnStep:
        return DrawnStep(
            plain_target(name, derivation.parameter, derivation.graph.loss),
            percent(success[name]),
            level(success[name]),
        )

    rows_of = {unit: [row(name) for name in steps] for unit, steps in in_units.items()}
    rows_on = {ends: [row(name) for name in steps] for ends, steps in on_edges.items()}
    if grids:
        # A loss that nothing leads to would stand alone at the far end.
        cells = {cell for grid in grids for cell, _, _ in grid.cells}.union(*on_edges)
        rows_of = {unit: rows for unit, rows in rows_of.items() if rows or unit in cells}
        boxes = _in_grids(derivation.model, rows_of, rows_on, spread)
        centre = {unit: (box.x + box.width / 2, box.y + box.height / 2) for unit, box in boxes.items()}
        cards = [Card(boxes[unit], plain_name(unit), tuple(rows)) for unit, rows in rows_of.items()]
        edges = tuple(Edge(*centre[source], *centre[target], None, (), asked=False) for source, target in on_edges)
    else:
        cards = [_unit_card(centre[unit], plain_name(unit), rows) for unit, rows in rows_of.items()]
    lines = {(*centre[source], *centre[target]): rows for (source, target), rows in rows_on.items()}
    cards += _edge_cards(lines, cards)
    left, top = (min(getattr(card.box, side) for card in cards) - _MARGIN for side in "xy")
    width = max(card.box.x + card.box.width for card in cards) + _MARGIN - left
    height = max(card.box.y + card.box.height for card in cards) + _MARGIN - top
    return StepsPicture(left, top, width, height, edges, tuple(cards), tuple(map(row, rest)))


def _places(
    derivation: Derivation, success: Mapping[Name, float], circles: Collection[Symbol]
) -> tuple[dict[Symbol, list[Name]], dict[tuple[Symbol, Symbol], list[Name]], list[Name]]:
    """Which steps stand in each circle, which on each line from circle to circle, and which have no place."""
    circle_of = derivation.model.circle_of
    in_units: dict[Symbol, list[Name]] = {circle: [] for circle in circles}
    on_edges: dict[tuple[Symbol, Symbol], list[Name]] = {}
    rest: list[Name] = []
    for step in derivation.steps:
        name = step.name
        if name not in success:
            continue
        if isinstance(name, Symbol):
            unit = circle_of(name)
            (in_units[unit] if unit else rest).append(name)
        elif isinstance(name, Local):
            # A weight's derivative is what it multiplies, from where its edge comes.
            source = next(symbols_in(step.formula)) if step.kind in _FROM_BELOW and step.formula else name.below
            above, below = circle_of(name.above), circle_of(source)
            if above and below and above != below:
                on_edges.setdefault((below, above), []).append(name)
            else:
                (in_units[above] if above else rest).append(name)
        elif isinstance(name, Derived) and name.of is not None:
            unit = circle_of(name.of) if name.of in derivation.graph.nodes else name.of
            in_units.get(unit or name.of, rest).append(name)
        else:
            rest.append(name)
    return in_units, on_edges, rest


def _as_drawn(
    derivation: Derivation, line: float, spread: float
) -> tuple[dict[Symbol, tuple[float, float]], tuple[Edge, ...]]:
    """The middles of boxes, and the edges, as on a sheet, but with room for a box on every edge."""
    columns = derivation.model.picture()
    apart, tallest = _COLUMN, max(map(len, columns))
    if derivation.model.conventions().unrolled is not None:
        apart, tallest = _COLUMN_OVER_TIME, tallest + 2  # arrows go up and down as well
    apart *= spread
    drawing = draw_network(derivation, apart * len(columns), max(40.0, line * tallest), reveal=True)
    # On a sheet the gap before the loss is narrow; here it holds a factor like any other.
    middles = sorted({unit.x for unit in drawing.units})
    sides = (-drawing.radius, 0.0, drawing.radius)  # circles stay as wide as they are, and edges end at them
    before = [middle + side for middle in middles for side in sides]
    after = [apart * number + side for number in range(len(middles)) for side in sides]

    def across(x: float) -> float:
        return float(np.interp(x, before, after)) if x > before[0] else x - middles[0]

    # The cells of a circuit are as high as on a sheet, however much room there is.
    heights = [sorted(unit.y for unit in drawing.units if unit.x == middle) for middle in middles]
    nearest = min((below - above for column in heights for above, below in pairwise(column)), default=line)
    down = spread * (max(1.0, line / nearest) if is_circuit(derivation.model) else 1.0)
    edges = tuple(
        Edge(across(edge.x1), edge.y1 * down, across(edge.x2), edge.y2 * down, edge.weight, edge.paths, edge.asked)
        for edge in drawing.edges
        if not edge.is_stroke
        # The arrow of a bias would lie under its unit's steps, where the bias's own factor stands.
        if not edge.bias
    )
    return {unit.name: (across(unit.x), unit.y * down) for unit in drawing.units}, edges


def _all_in_grids(model: Model) -> list[Symbol]:
    """The cells of grids from left to right, and what stands in none."""
    cells = [cell for grid in grids_of(model) for cell, _, _ in grid.cells]
    return list(dict.fromkeys([*cells, *(circle for column in model.picture() for circle in column)]))


def _in_grids(
    model: Model,
    rows_of: Mapping[Symbol, Sequence[DrawnStep]],
    rows_on: Mapping[tuple[Symbol, Symbol], Sequence[DrawnStep]],
    spread: float,
) -> dict[Symbol, Rectangle]:
    """The boxes of cells, side by side as in a matrix, with room between grids where lines lead from one to another.

    Grids of givens that no line leads from come first: between others these would be crossed.
    """
    columns = [list(grids) for _, grids in groupby(grids_of(model), lambda grid: grid.heading.letter)]
    placed = [[(cell, row, column) for grid in some for cell, row, column in grid.cells] for some in columns]
    lone = [circle for circle in rows_of if all(circle != cell for some in placed for cell, _, _ in some)]
    rows = [row for some in placed for _, row, _ in some]
    middle = (min(rows) + max(rows)) / 2
    placed += [[(circle, middle, 0.0)] for circle in lone]
    ends, nodes = {end for line in rows_on for end in line}, model.graph().nodes
    placed.sort(key=lambda some: any(cell in ends or cell in nodes for cell, _, _ in some))
    column_of = {cell: at for at, some in enumerate(placed) for cell, _, _ in some}
    tallest = max(_TITLE + ROW * len(rows) for rows in rows_of.values())
    boxes: dict[Symbol, Rectangle] = {}
    left = 0.0
    for at, some in enumerate(placed):
        wide = max(_width(rows_of[cell], plain_name(cell)) for cell, _, _ in some)
        tall = max(_TITLE + ROW * len(rows_of[cell]) for cell, _, _ in some)
        # What lines lead to from other grids keeps its row there.
        down = max(tallest + _ROOM_OF_LINES, _LEAST_DOWN) * spread if rows_on else tall + _BETWEEN_CELLS
        for cell, row, column in some:
            x = left + (wide + _BETWEEN_CELLS) * column
            boxes[cell] = Rectangle(x, down * (row - middle) - tall / 2, wide, tall)
        # A line that passes has its box in one of the gaps on its way.
        over = [rows for (one, other), rows in rows_on.items() if column_of[one] <= at < column_of[other]]
        gap = max((_width(rows) + _ROOM_OF_LINES for rows in over), default=0.0)
        across = max(column for _, _, column in some)
        left += (wide + _BETWEEN_CELLS) * across + wide + max(spread * gap, _BETWEEN_GRIDS)
    return boxes


def _most_in_a_unit(derivation: Derivation) -> int:
    """How many steps of a table a unit's box has to hold, at the most."""
    units = Counter(derivation.model.circle_of(value) for slot in derivation.slots if (value := _node_of(slot.step)))
    return max((count for unit, count in units.items() if unit), default=0) if derivation.backward else 0


def _node_of(name: Name) -> Symbol | None:
    match name:
        case Symbol():
            return name
        case Local(above=value) | Derived(of=Symbol() as value):
            return value
    return None


def _width(rows: Sequence[DrawnStep], name: str = "") -> float:
    longest = max((len(row.symbol) + 1.6 + len(row.number) for row in rows), default=0)
    return max(longest * _LETTER + _ROOM, len(name) * _LETTER * 1.2 + _ROOM, 9.0)


def _unit_card(centre: tuple[float, float], name: str, rows: Sequence[DrawnStep]) -> Card:
    width, height = _width(rows, name), _TITLE + ROW * len(rows)
    return Card(Rectangle(centre[0] - width / 2, centre[1] - height / 2, width, height), name, tuple(rows))


def _edge_cards(lines: Mapping[_Line, Sequence[DrawnStep]], units: Sequence[Card]) -> list[Card]:
    """A box on each line; those that come later may push aside the ones before."""
    placed: dict[_Line, Card] = {}
    for _ in range(_ROUNDS):
        for line, rows in lines.items():
            placed[line] = _edge_card(line, rows, [*units, *(card for at, card in placed.items() if at != line)])
    return [placed[line] for line in lines]


def _edge_card(line: _Line, rows: Sequence[DrawnStep], others: Sequence[Card]) -> Card:
    """A box on the line, at the first station where it meets no other; where it must, the one that meets fewest."""
    x1, y1, x2, y2 = line
    width, height = _width(rows), ROW * len(rows)
    boxes = [
        Rectangle(x1 + t * (x2 - x1) - width / 2, y1 + t * (y2 - y1) - height / 2, width, height) for t in _STATIONS
    ]
    return Card(min(boxes, key=lambda box: sum(box.meets(card.box, _GAP) for card in others)), "", tuple(rows))
