"""The network drawn: where units, edges and labels lie, in millimetres, such that no two labels meet."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from functools import lru_cache
from itertools import pairwise

from grader.sheets.network_picture.around import around, room_around
from grader.sheets.network_picture.boxes import Box
from grader.sheets.network_picture.circuit import BOXED_CELL, circuit_height, has_room_for_boxes, wired
from grader.sheets.network_picture.grids import PlacedGrids, grids_height, placed_grids
from grader.sheets.network_picture.joined import begins_at_circle, circles_on_paths, joined_circles
from grader.sheets.network_picture.labels import Line
from grader.sheets.network_picture.on_edges import ASKED_HEIGHT, FRAME_ROOM, arrow_letters, edge_labels
from grader.sheets.network_picture.shapes import RADIUS, Drawing, Edge, Label, Room, Unit, overlapping
from grader.sheets.network_picture.unrolled import arrows, buses, unrolled_height, unrolled_places
from question_bank.derivations.derivation import Derivation
from question_bank.derivations.deriving import derive
from question_bank.derivations.layout import Layout
from question_bank.expressions.names import Symbol
from question_bank.networks.gates import sign_of
from question_bank.networks.model import Model, grids_of, is_circuit

_REACH = 8.0
"""How far a bias's edge reaches from its unit's circle."""
_SLOPE = 0.5
_BELOW = 3.6
"""What the tag of a bias needs below its unit's circle."""
_PITCH = 25.0
"""The most between the middles of units in a network of few."""
_MOST_LABELS = 48
_RADIUS_AT_A_TIME = 4.7
"""Of a circle in which a symbol stands with its time."""
_FEW = 2
"""Arrows from a state of a cell without gates: more fan out to gates."""
_CROSS = (0.5, 1.0)
"""How far from a unit's middle a stroke of its cross begins and ends, in both directions, as a part of the radius."""
_STROKES = 2.0
"""Half the length of the two strokes across an arrow."""
_MOST_PATHS = 64
"""Of more than so many nobody sees anything when they are drawn."""


def has_boxes_on_edges(derivation: Derivation) -> bool:
    """Whether the boxes of a circuit that is worked edge by edge stand on its drawing, as circuits are taught."""
    on_edges = derivation.layout.arrangement.shape == "edges" and not derivation.is_forward
    return on_edges and is_circuit(derivation.model) and has_room_for_boxes(derivation.model)


def boxed_height(model: Model) -> float:
    """Millimetres that a circuit's drawing is high with boxes on its edges."""
    return circuit_height(model, BOXED_CELL)


def natural_height(model: Model) -> float:
    """Millimetres that a drawing is high where there is room: one row of units needs little."""
    if grids_of(model):
        return max(20.0, grids_height(model))
    if is_circuit(model):
        return max(20.0, circuit_height(model))
    if model.conventions().unrolled is not None:
        return unrolled_height(model)
    most = max(map(len, model.picture()))
    return {1: 20.0, 2: 40.0}.get(most, 60.0)


@lru_cache(maxsize=256)
def draw_network(
    derivation: Derivation,
    width: float = 174.0,
    height: float = 60.0,
    room: Room | None = None,
    *,
    reveal: bool = False,
    boxed: bool = False,
) -> Drawing:
    """The drawing of a derivation; of a circuit with room for boxes on its edges where it is `boxed`.

    Where labels would meet, only weights on the paths keep theirs. Paths that are to be found are drawn only if they
    may be revealed.
    """
    once = derivation.backward is not None or derivation.is_local or derivation.solution is not None
    once = once and not derivation.model.conventions().in_turn  # of all examples together there is no gradient
    once = once and not derivation.graph.twins  # by paths two of them could not be told apart
    if len(derivation.asked) == 1 and once and derivation.graph.count_paths(derivation.parameter) <= _MOST_PATHS:
        by_paths = derive(derivation.model, derivation.asked, Layout(forward=derivation.layout.forward))
        drawn = draw_network(by_paths, width, height, room, boxed=boxed)
        on_the_way = tuple(replace(edge, paths=(), on_the_way=bool(edge.paths)) for edge in drawn.edges)
        return replace(drawn, edges=on_the_way)
    hidden = derivation.layout.paths == "find" and not reveal
    room = room or Room()
    if grids_of(derivation.model):
        return _grids(derivation, width, height, room, hidden)
    if is_circuit(derivation.model):
        return _circuit(derivation, width, height, room, hidden, boxed)
    conventions = derivation.model.conventions()
    if conventions.unrolled is not None:
        return _unrolled(derivation, width, height, room, hidden)
    if conventions.links is not None:
        return _connections(derivation, conventions.links.begins.name, width, height, room)
    units, edges = _skeleton(derivation, width, height, room.radius, hidden)
    tags = [edge for edge in edges if edge.bias]
    weights = [edge for edge in edges if edge.weight and not edge.bias]
    for wanted in ("all", "heavy", "asked"):
        labelled = [edge for edge in weights if edge.asked or wanted == "all" or (wanted == "heavy" and edge.heavy)]
        if len(labelled) > _MOST_LABELS:
            continue
        labels = edge_labels(labelled, tags, edges, units, room, width, height)
        drawing = Drawing(width, height, room.radius, tuple(units), tuple(edges), tuple(labels), wanted == "all")
        if not overlapping(drawing):
            return _with_dropout(derivation, drawing)
    bare = edge_labels([], tags, edges, units, room, width, height)
    drawing = Drawing(width, height, room.radius, tuple(units), tuple(edges), tuple(bare), False)
    return _with_dropout(derivation, drawing)


def _with_dropout(derivation: Derivation, drawing: Drawing) -> Drawing:
    """A drawing with a cross over each unit that a mask may leave out; the symbol in its middle stays free.

    Where several examples share the circles, each has a mask of its own, and none is crossed.
    """
    if derivation.model.conventions().examples > 1:
        return drawing
    places = {unit.name: unit for unit in drawing.units}
    found = [*drawing.edges]
    for node in derivation.model.graph().nodes.values():
        if node.kind != "dropped":
            continue
        output, entry = node.inputs
        unit = places[output]
        for across, down in ((1, 1), (1, -1), (-1, 1), (-1, -1)):
            (x1, y1), (x2, y2) = (
                (unit.x + across * part * drawing.radius, unit.y + down * part * drawing.radius) for part in _CROSS
            )
            found.append(Edge(x1, y1, x2, y2, entry, (), False, optional=True, drawn_at="0"))
    return replace(drawing, edges=tuple(found))


def _connections(derivation: Derivation, begins: Symbol, width: float, height: float, room: Room) -> Drawing:
    """Every connection that may be there, and the weight from which the paths lead, with its symbol in a frame."""
    units, drawn = _skeleton(derivation, width, height, room.radius, True)
    room = replace(room, asked=0.0)  # no number stands beside the symbol
    edges = [replace(edge, asked=edge.weight == begins, optional=edge.weight not in (None, begins)) for edge in drawn]
    asked = [edge for edge in edges if edge.asked]
    labels = [replace(label, number=False) for label in edge_labels(asked, [], edges, units, room, width, height)]
    return Drawing(width, height, room.radius, tuple(units), tuple(edges), tuple(labels), True)


def _circuit(derivation: Derivation, width: float, height: float, room: Room, hidden: bool, boxed: bool) -> Drawing:
    """A circuit, with a frame around the input that is asked for."""
    model, graph = derivation.model, derivation.graph
    several = len(derivation.asked) > 1
    wiring = wired(model, width, height, RADIUS, boxed=boxed)
    units, edges = [], []
    for value, (x, y) in wiring.places.items():
        node = graph.nodes.get(value)
        sign = "" if node is None else sign_of(node)
        units.append(Unit(value, x, y, node is None, sign, wiring.stem))
        through = () if hidden else tuple(path.number for path in derivation.paths if value in path.route)
        asked = value == derivation.parameter and not several
        edges.append(Edge(x + RADIUS, y, x + RADIUS + wiring.stem, y, None, through, asked, source=value))
    for wire in wiring.wires:
        name = graph.factor_name(wire.target, wire.use)
        through = () if hidden else tuple(path.number for path in derivation.paths if name in path.factors)
        for (x1, y1), (x2, y2) in pairwise(wire.points):
            edges.append(Edge(x1, y1, x2, y2, None, through, False, source=wire.source, target=wire.target))
    if several:
        return Drawing(width, height, RADIUS, tuple(units), tuple(edges), (), True)
    x, y = wiring.places[derivation.parameter]
    frame = Box(max(x, room.symbol / 2 + FRAME_ROOM), y, room.symbol + 2 * FRAME_ROOM, ASKED_HEIGHT)
    label = Label(derivation.parameter, frame, symbol=True, number=False)
    return Drawing(width, height, RADIUS, tuple(units), tuple(edges), (label,), True)


def _unrolled(derivation: Derivation, width: float, height: float, room: Room, hidden: bool) -> Drawing:
    """A cell unrolled in time: the letters of its weights on their arrows, where there is room for all of them."""
    model, radius = derivation.model, max(room.radius, _RADIUS_AT_A_TIME)
    # The tag of a bias stands to the left of its unit.
    aside = room.symbol + room.asked + _REACH if derivation.asks_for_bias else 0.0
    places = unrolled_places(model, width, height, radius, aside)
    on_path = circles_on_paths(derivation)
    over = buses(model, places)
    printed = set(derivation.givens)
    units = [Unit(circle, x, y, circle in printed) for circle, (x, y) in places.items()]
    edges: list[Edge] = []
    lettered: list[tuple[Edge, Symbol]] = []
    for arrow in arrows(model):
        through = on_path.get((arrow.source, arrow.target), ())
        paths = () if hidden else through
        asked = bool(through) and derivation.parameter in arrow.weights
        weight = derivation.parameter if asked else arrow.weights[0] if arrow.weights else None
        ends = arrow.source, arrow.target
        if arrow.source in over and arrow.target == derivation.graph.loss:
            edges += _over(places, *ends, over[arrow.source], radius, paths)
            continue
        edge = Edge(*_between(places[arrow.source], places[arrow.target], radius), weight, paths, asked)
        edges.append(edge)
        lettered += [] if weight is None else [(edge, weight)]
        if arrow.cut:
            edges += _strokes(edge)
    tags = _bias_edges(derivation, places, radius, hidden)
    edges += tags
    fans = max(Counter(arrow.source for arrow in arrows(model)).values()) > _FEW
    asked_ones = [each for each in lettered if each[0].asked]
    for wanted in (lettered, asked_ones):
        labels = arrow_letters(wanted, tags, edges, units, room, radius, width, height, fans=fans)
        drawing = Drawing(width, height, radius, tuple(units), tuple(edges), tuple(labels), True)
        if not overlapping(drawing):
            break
    return drawing


def _over(
    places: Mapping[Symbol, tuple[float, float]],
    source: Symbol,
    target: Symbol,
    height: float,
    radius: float,
    paths: tuple[int, ...],
) -> list[Edge]:
    """A line up from a circle, and on to another above all else."""
    (x, y), (end, _) = places[source], places[target]
    side = math.copysign(math.sqrt(max(radius**2 - (height - places[target][1]) ** 2, 0.0)), x - end)
    points = [(x, y - radius), (x, height), (end + side, height)]
    return [
        Edge(x1, y1, x2, y2, None, paths, False, source=source, target=target)
        for (x1, y1), (x2, y2) in pairwise(points)
    ]


def _strokes(edge: Edge) -> list[Edge]:
    """Two short strokes across an edge: no path leads back along it."""
    length = math.hypot(edge.x2 - edge.x1, edge.y2 - edge.y1)
    across, along = (edge.y1 - edge.y2) / length, (edge.x2 - edge.x1) / length
    strokes = []
    for shift in (-0.5, 0.5):
        x, y = edge.at(0.8 + shift / length)
        dx, dy = _STROKES * (across + along / 3), _STROKES * (along - across / 3)
        strokes.append(Edge(x - dx, y - dy, x + dx, y + dy, None, (), False))
    return strokes


def _grids(derivation: Derivation, width: float, height: float, room: Room, hidden: bool) -> Drawing:
    """Grids, with lines between them where there are paths; a heavy square around the cell that is asked for."""
    paths, model = bool(derivation.paths), derivation.model
    in_cells = {cell for grid in grids_of(model) for cell, _, _ in grid.cells}
    circles = [circle for column in model.picture() for circle in column if circle not in in_cells]
    if len(circles) == 1 and not paths:
        circles.clear()  # a loss that no line leads to
    placed = placed_grids(model, width, height, tuple(circles), lines=paths)
    printed = set(derivation.givens)
    units = [Unit(cell, x, y, cell in printed, side=placed.side) for cell, (x, y) in placed.cells.items()]
    units += [Unit(circle, x, y, circle in printed) for circle, (x, y) in placed.circles.items()]
    on_path = {} if hidden else circles_on_paths(derivation)
    edges: list[Edge] = []
    for (source, target), weight in joined_circles(derivation).items():
        through = on_path.get((source, target), ())
        # Between grids of two dimensions the lines of all windows would hide each other.
        if placed.joins(source, target) if target in placed.cells and not through else placed.has(source, target):
            line = placed.line(source, target, room.radius)
            edges.append(Edge(*line, weight, through, paths and weight == derivation.parameter))
    weights = [edge for edge in edges if edge.weight]
    if paths and derivation.parameter in placed.cells:
        edges += _around(placed.cells[derivation.parameter], placed.side)
    tag = _tag_below(derivation, placed, room, height) if derivation.asks_for_bias else []
    drawing = Drawing(
        width,
        height,
        room.radius,
        tuple(units),
        tuple(edges),
        (),
        not weights,
        placed.captions,
        placed.zeros,
        placed.marked,
    )
    for labelled in (weights, [edge for edge in weights if edge.asked]):
        labels = edge_labels(labelled, [], edges, units, room, width, height) + tag
        tried = replace(drawing, labels=tuple(labels), complete=labelled == weights)
        if len(labelled) <= _MOST_LABELS and not overlapping(tried):
            return tried
    return replace(drawing, labels=tuple(tag))


def _tag_below(derivation: Derivation, placed: PlacedGrids, room: Room, height: float) -> list[Label]:
    """A bias that is asked for, below the map in every entry of which it is; where there is no room, nowhere."""
    entered = {derivation.model.circle_of(path.route[1]) for path in derivation.paths}
    places = [place for cell, place in placed.cells.items() if cell in entered]
    wide, down = room.symbol + room.asked + 2 * FRAME_ROOM, max(y for _, y in places) + placed.side / 2 + ASKED_HEIGHT
    middle = (min(x for x, _ in places) + max(x for x, _ in places)) / 2
    box = Box(middle, down, wide, ASKED_HEIGHT)
    return [Label(derivation.parameter, box, symbol=True)] if down + ASKED_HEIGHT / 2 <= height else []


def _around(place: tuple[float, float], side: float) -> list[Edge]:
    (x, y), half = place, side / 2
    corners = [(x - half, y - half), (x + half, y - half), (x + half, y + half), (x - half, y + half)]
    return [Edge(*one, *other, None, (), True, bias=True) for one, other in pairwise([*corners, corners[0]])]


def _skeleton(
    derivation: Derivation, width: float, height: float, radius: float, hidden: bool
) -> tuple[list[Unit], list[Edge]]:
    columns = derivation.model.picture()
    joined = joined_circles(derivation)
    on_path = {} if hidden else circles_on_paths(derivation)
    place: dict[Symbol, tuple[float, float]] = {}
    # Where no edge carries a label, as before the loss and in a softmax, the gap may be narrow and the others wide.
    column_of = {circle: number for number, column in enumerate(columns) for circle in column}
    wide = {column_of[target] for (_, target), weight in joined.items() if weight}
    gaps = [1.0 if number in wide else 0.36 for number in range(1, len(columns))]
    step = (width - 2 * radius - 2) / sum(gaps)
    # Small columns do not spread over all of the height beside tall ones.
    widest = height / 2.4 if max(map(len, columns)) > 2 else _PITCH
    beyond = room_around(derivation)
    height -= _BELOW if derivation.asks_for_bias and not begins_at_circle(derivation) else 0.0
    x = radius + 1
    for number, column in enumerate(columns):
        pitch = min((height - 2 * (radius + beyond) - 1) / max(len(column) - 1, 1), widest)
        for n, circle in enumerate(column):
            place[circle] = (x, height / 2 + pitch * (n - (len(column) - 1) / 2))
        x += step * gaps[number] if number < len(gaps) else 0
    printed = set(derivation.givens)
    constant = derivation.model.conventions().constant
    # A constant input is no value: its number stands there on every sheet.
    sign = "" if constant is None else f"{constant:g}".replace("-", "−")
    units = [
        Unit(circle, x, y, circle in printed, sign=sign if circle.index == (0,) else "")
        for circle, (x, y) in place.items()
    ]
    edges: list[Edge] = []
    for target in place:
        for source in place:
            if (source, target) in joined:
                weight = joined[source, target]
                line = _between(place[source], place[target], radius)
                paths = on_path.get((source, target), ())
                asked = bool(derivation.paths) and weight == derivation.parameter
                edges.append(Edge(*line, weight, paths, asked))
    edges += around(derivation, place, radius, hidden=hidden)
    return units, edges + _bias_edges(derivation, place, radius, hidden)


def _between(a: tuple[float, float], b: tuple[float, float], radius: float) -> Line:
    (x1, y1), (x2, y2) = a, b
    length = math.hypot(x2 - x1, y2 - y1)
    dx, dy = (x2 - x1) / length * radius, (y2 - y1) / length * radius
    return x1 + dx, y1 + dy, x2 - dx, y2 - dy


def _bias_edges(
    derivation: Derivation, place: Mapping[Symbol, tuple[float, float]], radius: float, hidden: bool
) -> list[Edge]:
    """A bias that is asked for comes in from the left and below, into every unit that uses it."""
    if not derivation.asks_for_bias or begins_at_circle(derivation):
        return []
    found: dict[Symbol, tuple[int, ...]] = {}
    for path in derivation.paths:
        if circle := derivation.model.circle_of(path.route[1]):
            found[circle] = (*found.get(circle, ()), path.number)
    edges: list[Edge] = []
    for circle, paths in found.items():
        x, y = place[circle]
        dx, dy = math.cos(_SLOPE), math.sin(_SLOPE)
        far = radius + _REACH
        line = (x - dx * far, y + dy * far, x - dx * radius, y + dy * radius)
        through = () if hidden else paths
        edges.append(Edge(*line, derivation.parameter, through, True, bias=True))
    return edges
