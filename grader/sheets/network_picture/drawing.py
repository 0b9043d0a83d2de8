"""The network drawn: where units, edges and labels lie, in millimetres, such that no two labels meet."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import combinations, pairwise, product
from typing import TypeAlias

from grader.sheets.network_picture.boxes import Box, Rectangle, meetings
from grader.sheets.network_picture.circuit import BOXED_CELL, circuit_height, has_room_for_boxes, wired
from grader.sheets.network_picture.grids import Caption, PlacedGrids, grids_height, placed_grids
from grader.sheets.network_picture.labels import STATIONS, Line, place_labels
from grader.sheets.network_picture.unrolled import arrows, buses, unrolled_height, unrolled_places
from question_bank.derivations.derivation import Derivation
from question_bank.derivations.deriving import derive
from question_bank.derivations.layout import Layout
from question_bank.expressions.expression import symbols_in
from question_bank.expressions.names import Symbol
from question_bank.networks.gates import sign_of
from question_bank.networks.model import InGrids, Model, is_circuit
from question_bank.networks.routes import Routes

_Pair: TypeAlias = tuple[Symbol, Symbol]
RADIUS = 4.1
"""Of a unit's circle, unless a number that stands in it needs more."""
VALUE_BELOW = 2.45
"""How far below a unit's middle the number in it reaches."""
_ASIDE = 0.45
"""Left free between that number and the circle, at its lower corners."""
LABEL_HEIGHT = 2.7
ASKED_HEIGHT = 4.6
_ROOM = 0.9
_HALO = 2.0
"""Millimetres of white before and after a number on its edge: a minus sign must not look like a piece of that."""
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
_IN_THE_MIDDLE, _AT_THE_END = (0.5, 0.35, 0.27, 0.7), (0.72, 0.65, 0.58, 0.5)
"""Where letters of weights stand on their arrows."""
_FEW = 2
"""Arrows from a state of a cell without gates: more fan out to gates."""
_STROKES = 2.0
"""Half the length of the two strokes across an arrow."""
_HEAVY = 1.2
"""Millimetres that a path takes on an edge, where several run side by side."""


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
    from the circle of `source` to that of `target`, or of the stem that all wires of `source` share. One that is
    `optional` is drawn only where its weight, a connection, is there.
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


_MOST_PATHS = 64
"""Of more than so many nobody sees anything when they are drawn."""


def overlapping(drawing: Drawing) -> list[tuple[str, str]]:
    """Pairs of labels that meet, and labels that lie on a unit's circle: none, if the drawing is good."""
    boxes = [label.box for label in drawing.labels]
    circled = [unit for unit in drawing.units if unit.circled]
    circles = [_circle(unit, drawing.radius) for unit in circled]
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


def has_boxes_on_edges(derivation: Derivation) -> bool:
    """Whether the boxes of a circuit that is worked edge by edge stand on its drawing, as circuits are taught."""
    on_edges = derivation.layout.arrangement.shape == "edges" and not derivation.is_forward
    return on_edges and is_circuit(derivation.model) and has_room_for_boxes(derivation.model)


def boxed_height(model: Model) -> float:
    """Millimetres that a circuit's drawing is high with boxes on its edges."""
    return circuit_height(model, BOXED_CELL)


def natural_height(model: Model) -> float:
    """Millimetres that a drawing is high where there is room: one row of units needs little."""
    if isinstance(model, InGrids):
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
    if len(derivation.asked) == 1 and once and derivation.graph.count_paths(derivation.parameter) <= _MOST_PATHS:
        by_paths = derive(derivation.model, derivation.asked, Layout(forward=derivation.layout.forward))
        drawn = draw_network(by_paths, width, height, room, boxed=boxed)
        on_the_way = tuple(replace(edge, paths=(), on_the_way=bool(edge.paths)) for edge in drawn.edges)
        return replace(drawn, edges=on_the_way)
    hidden = derivation.layout.paths == "find" and not reveal
    room = room or Room()
    if isinstance(derivation.model, InGrids):
        return _grids(derivation, derivation.model, width, height, room, hidden)
    if is_circuit(derivation.model):
        return _circuit(derivation, width, height, room, hidden, boxed)
    if derivation.model.conventions().unrolled is not None:
        return _unrolled(derivation, width, height, room, hidden)
    if isinstance(derivation.model, Routes):
        return _connections(derivation, derivation.model, width, height, room)
    units, edges = _skeleton(derivation, width, height, room.radius, hidden)
    tags = [edge for edge in edges if edge.bias]
    weights = [edge for edge in edges if edge.weight and not edge.bias]
    for wanted in ("all", "heavy", "asked"):
        labelled = [edge for edge in weights if edge.asked or wanted == "all" or (wanted == "heavy" and edge.heavy)]
        if len(labelled) > _MOST_LABELS:
            continue
        labels = _labels(labelled, tags, edges, units, room, width, height)
        drawing = Drawing(width, height, room.radius, tuple(units), tuple(edges), tuple(labels), wanted == "all")
        if not overlapping(drawing):
            return drawing
    bare = _labels([], tags, edges, units, room, width, height)
    return Drawing(width, height, room.radius, tuple(units), tuple(edges), tuple(bare), False)


def _connections(derivation: Derivation, model: Routes, width: float, height: float, room: Room) -> Drawing:
    """Every connection that may be there, and the weight from which the paths lead, with its symbol in a frame."""
    units, drawn = _skeleton(derivation, width, height, room.radius, True)
    room = replace(room, asked=0.0)  # no number stands beside the symbol
    begins = model.begins.name
    edges = [replace(edge, asked=edge.weight == begins, optional=edge.weight not in (None, begins)) for edge in drawn]
    asked = [edge for edge in edges if edge.asked]
    labels = [replace(label, number=False) for label in _labels(asked, [], edges, units, room, width, height)]
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
    frame = Box(max(x, room.symbol / 2 + _ROOM), y, room.symbol + 2 * _ROOM, ASKED_HEIGHT)
    label = Label(derivation.parameter, frame, symbol=True, number=False)
    return Drawing(width, height, RADIUS, tuple(units), tuple(edges), (label,), True)


def _unrolled(derivation: Derivation, width: float, height: float, room: Room, hidden: bool) -> Drawing:
    """A cell unrolled in time: the letters of its weights on their arrows, where there is room for all of them."""
    model, radius = derivation.model, max(room.radius, _RADIUS_AT_A_TIME)
    # The tag of a bias stands to the left of its unit.
    aside = room.symbol + room.asked + _REACH if derivation.asks_for_bias else 0.0
    places = unrolled_places(model, width, height, radius, aside)
    on_path = _links(derivation)
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
        labels = _letters(wanted, tags, edges, units, room, radius, width, height, fans=fans)
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


def _letters(
    lettered: list[tuple[Edge, Symbol]],
    tags: list[Edge],
    edges: list[Edge],
    units: list[Unit],
    room: Room,
    radius: float,
    width: float,
    height: float,
    *,
    fans: bool,
) -> list[Label]:
    """The letters of weights on their arrows; that of the asked one in a frame, and on the first with its value."""
    tagged = _tags(tags, room)
    # Where arrows fan out to gates there is no room for a value, and letters are told apart at the gates.
    first = None if fans else next((edge for edge, _ in lettered if edge.asked), None)
    boxes = place_labels(
        [[_letter_box(edge, t, room, valued=edge is first) for t in STATIONS] for edge, _ in lettered],
        [edges.index(edge) for edge, _ in lettered],
        [edge.line for edge in edges],
        [_HEAVY * max(len(edge.paths), edge.asked) for edge in edges],
        [*(_circle(unit, radius) for unit in units), *(label.box for label in tagged), *_beyond(width, height)],
        _AT_THE_END if fans else _IN_THE_MIDDLE,
    )
    placed = [
        Label(weight, box, symbol=True, number=edge is first, bare=not edge.asked)
        for (edge, weight), box in zip(lettered, boxes, strict=True)
    ]
    return placed + tagged


def _letter_box(edge: Edge, t: float, room: Room, *, valued: bool) -> Box:
    x, y = edge.at(t)
    if not edge.asked:
        return Box(x, y, room.symbol + 2 * _ROOM, LABEL_HEIGHT + _ROOM)
    wide = room.symbol + (room.asked if valued else 0.0) + 2 * _ROOM
    return Box(max(x, wide / 2), y, wide, ASKED_HEIGHT)


def _grids(derivation: Derivation, model: InGrids, width: float, height: float, room: Room, hidden: bool) -> Drawing:
    """Grids, with lines between them where there are paths; a heavy square around the cell that is asked for."""
    paths = bool(derivation.paths)
    in_cells = {cell for grid in model.grids() for cell, _, _ in grid.cells}
    circles = [circle for column in model.picture() for circle in column if circle not in in_cells]
    if len(circles) == 1 and not paths:
        circles.clear()  # a loss that no line leads to
    placed = placed_grids(model, width, height, tuple(circles), lines=paths)
    printed = set(derivation.givens)
    units = [Unit(cell, x, y, cell in printed, side=placed.side) for cell, (x, y) in placed.cells.items()]
    units += [Unit(circle, x, y, circle in printed) for circle, (x, y) in placed.circles.items()]
    on_path = {} if hidden else _links(derivation)
    edges: list[Edge] = []
    for (source, target), weight in _joined(derivation).items():
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
        labels = _labels(labelled, [], edges, units, room, width, height) + tag
        tried = replace(drawing, labels=tuple(labels), complete=labelled == weights)
        if len(labelled) <= _MOST_LABELS and not overlapping(tried):
            return tried
    return replace(drawing, labels=tuple(tag))


def _tag_below(derivation: Derivation, placed: PlacedGrids, room: Room, height: float) -> list[Label]:
    """A bias that is asked for, below the map in every entry of which it is; where there is no room, nowhere."""
    entered = {derivation.model.circle_of(path.route[1]) for path in derivation.paths}
    places = [place for cell, place in placed.cells.items() if cell in entered]
    wide, down = room.symbol + room.asked + 2 * _ROOM, max(y for _, y in places) + placed.side / 2 + ASKED_HEIGHT
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
    joined = _joined(derivation)
    on_path = {} if hidden else _links(derivation)
    place: dict[Symbol, tuple[float, float]] = {}
    # Where no edge carries a label, as before the loss and in a softmax, the gap may be narrow and the others wide.
    column_of = {circle: number for number, column in enumerate(columns) for circle in column}
    wide = {column_of[target] for (_, target), weight in joined.items() if weight}
    gaps = [1.0 if number in wide else 0.36 for number in range(1, len(columns))]
    step = (width - 2 * radius - 2) / sum(gaps)
    # Small columns do not spread over all of the height beside tall ones.
    widest = height / 2.4 if max(map(len, columns)) > 2 else _PITCH
    height -= _BELOW if derivation.asks_for_bias and not _begins_at_circle(derivation) else 0.0
    x = radius + 1
    for number, column in enumerate(columns):
        pitch = min((height - 2 * radius - 1) / max(len(column) - 1, 1), widest)
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
    return units, edges + _bias_edges(derivation, place, radius, hidden)


def _joined(derivation: Derivation) -> dict[_Pair, Symbol | None]:
    """Pairs of circles of which the second reads the first, with the weight that lies between them, if one does."""
    if isinstance(derivation.model, Routes):
        outputs, ends = derivation.model.picture()[-2:]
        links = {(link.tail, link.head): link.name for link in derivation.model.links}
        return {**links, **dict.fromkeys(product(outputs, ends))}
    graph, circle_of = derivation.graph, derivation.model.circle_of
    found: dict[_Pair, Symbol | None] = {}
    for node in graph.nodes:
        target = circle_of(node)
        for i, value in graph.uses(node):
            source = circle_of(value)
            if source and target and source != target:
                factor = graph.factor(node, i)
                # A bias that begins at a circle is the weight of a constant input.
                weight = value if factor.kind == "bias" else None
                found[source, target] = next(symbols_in(factor.formula)) if factor.kind == "weight" else weight
    for one, several in _by_way_of_outputs(derivation).items():
        del found[one]
        found |= dict.fromkeys(several)
    return found


def _by_way_of_outputs(derivation: Derivation) -> dict[_Pair, tuple[_Pair, ...]]:
    """Where loss and softmax are one step but logits and outputs have circles: the lines from a logit to the loss."""
    graph, circle_of = derivation.graph, derivation.model.circle_of
    loss = graph.nodes[graph.loss]
    if loss.paired is None:
        return {}
    outputs, logits = (
        [circle for value in values if (circle := circle_of(value))]
        for values in (loss.inputs[: loss.paired : 2], loss.inputs[loss.paired :])
    )
    if outputs == logits:
        return {}
    behind = tuple((output, loss.name) for output in outputs)
    return {(logit, loss.name): (*product([logit], outputs), *behind) for logit in logits}


def _links(derivation: Derivation) -> dict[_Pair, tuple[int, ...]]:
    """Pairs of circles that paths join, with those paths: a unit's pre-activation and output are one circle."""
    links: dict[_Pair, tuple[int, ...]] = {}
    by_way = _by_way_of_outputs(derivation)
    for path in derivation.paths:
        beside = derivation.asks_for_weight or (derivation.asks_for_bias and not _begins_at_circle(derivation))
        values = list(path.route[beside:])
        if derivation.asks_for_weight:
            # The path begins where the weight's edge does: at what the weight multiplies.
            multiplied = derivation.step(path.factors[-1]).formula
            values[:0] = symbols_in(multiplied) if multiplied else ()
        circles = [circle for value in values if (circle := derivation.model.circle_of(value))]
        for pair in dict.fromkeys(pairwise(circles)):
            for link in by_way.get(pair, (pair,)):
                links[link] = (*links.get(link, ()), path.number)
    return links


def _between(a: tuple[float, float], b: tuple[float, float], radius: float) -> Line:
    (x1, y1), (x2, y2) = a, b
    length = math.hypot(x2 - x1, y2 - y1)
    dx, dy = (x2 - x1) / length * radius, (y2 - y1) / length * radius
    return x1 + dx, y1 + dy, x2 - dx, y2 - dy


def _bias_edges(
    derivation: Derivation, place: Mapping[Symbol, tuple[float, float]], radius: float, hidden: bool
) -> list[Edge]:
    """A bias that is asked for comes in from the left and below, into every unit that uses it."""
    if not derivation.asks_for_bias or _begins_at_circle(derivation):
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


def _begins_at_circle(derivation: Derivation) -> bool:
    """Whether a bias that is asked for is the weight of a constant input, which has a circle."""
    return derivation.model.circle_of(derivation.parameter) is not None


def _circle(unit: Unit, radius: float) -> Box:
    return Box(unit.x, unit.y, 2 * radius, 2 * radius)


def _labels(
    labelled: list[Edge],
    tags: list[Edge],
    edges: list[Edge],
    units: list[Unit],
    room: Room,
    width: float,
    height: float,
) -> list[Label]:
    tagged = _tags(tags, room)
    boxes = place_labels(
        [[_box(edge, t, room) for t in STATIONS] for edge in labelled],
        [edges.index(edge) for edge in labelled],
        [edge.line for edge in edges],
        [_HEAVY * max(len(edge.paths), edge.asked) for edge in edges],
        [*(_circle(unit, room.radius) for unit in units), *(label.box for label in tagged), *_beyond(width, height)],
    )
    placed = [Label(_weight(edge), box, edge.asked) for edge, box in zip(labelled, boxes, strict=True)]
    return placed + tagged


def _tags(tags: list[Edge], room: Room) -> list[Label]:
    """A bias's frame at every unit that uses it, with its value at the first."""
    tagged = []
    for n, edge in enumerate(tags):
        x, y = edge.x1, edge.y1
        wide = room.symbol + (room.asked if n == 0 else 0.0) + 2 * _ROOM
        # Its right end stands where the edge begins.
        box = Box(max(x - wide / 2 + 1.5, wide / 2), y, wide, ASKED_HEIGHT)
        tagged.append(Label(_weight(edge), box, symbol=True, number=n == 0))
    return tagged


def _beyond(width: float, height: float) -> list[Box]:
    """What lies above and below the drawing."""
    return [Box(width / 2, -5, 2 * width, 10), Box(width / 2, height + 5, 2 * width, 10)]


def _weight(edge: Edge) -> Symbol:
    assert edge.weight is not None  # no other edge is labelled
    return edge.weight


def _box(edge: Edge, t: float, room: Room) -> Box:
    x, y = edge.at(t)
    if edge.asked:
        return Box(x, y, room.symbol + room.asked + 2 * _ROOM, ASKED_HEIGHT)
    turn = math.atan2(edge.y2 - edge.y1, edge.x2 - edge.x1)
    return Box(x, y, room.number + _HALO, LABEL_HEIGHT, turn)
