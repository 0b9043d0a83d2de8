"""The network drawn: where units, edges and labels lie, in millimetres, such that no two labels meet."""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import pairwise

from question_bank.derivation import Derivation

RADIUS = 4.1
LABEL_HEIGHT = 3.1
_SYMBOL_WIDTH = 9.6
_ROOM = 0.9
ASKED_HEIGHT = 4.6
_STATIONS = [0.14 + 0.72 * n / 36 for n in range(37)]
_ROUNDS = 12


@dataclass(frozen=True, slots=True)
class Rectangle:
    """A box with its top left corner at (x, y)."""

    x: float
    y: float
    width: float
    height: float

    def meets(self, other: Rectangle, gap: float = 0.0) -> bool:
        """True if the two overlap, or come nearer to each other than the gap."""
        return (
            self.x < other.x + other.width + gap
            and other.x < self.x + self.width + gap
            and self.y < other.y + other.height + gap
            and other.y < self.y + self.height + gap
        )


@dataclass(frozen=True, slots=True)
class Unit:
    """A circle: `key` names its symbol, `value` the key whose number stands in it (None: nothing does)."""

    key: str
    x: float
    y: float
    value: str | None


@dataclass(frozen=True, slots=True)
class Edge:
    """A line from circle to circle; `weight` is its weight's key, None where it has none.

    `paths` are the numbers of the paths that run along it; with any, it is drawn heavy.
    """

    x1: float
    y1: float
    x2: float
    y2: float
    weight: str | None
    paths: tuple[int, ...]
    asked: bool

    @property
    def heavy(self) -> bool:
        """Whether a path runs along it."""
        return bool(self.paths)

    def at(self, t: float) -> tuple[float, float]:
        """The point a part t of the way along."""
        return self.x1 + t * (self.x2 - self.x1), self.y1 + t * (self.y2 - self.y1)


@dataclass(frozen=True, slots=True)
class Label:
    """A weight's value on its edge; the asked one has its symbol too."""

    key: str
    box: Rectangle
    asked: bool


@dataclass(frozen=True, slots=True)
class Drawing:
    """Everything that the template draws; `complete` says whether every weight got a label."""

    width: float
    height: float
    units: tuple[Unit, ...]
    edges: tuple[Edge, ...]
    labels: tuple[Label, ...]
    complete: bool


def overlapping(drawing: Drawing) -> list[tuple[str, str]]:
    """Pairs of labels that meet, and labels that lie on a unit's circle: none, if the drawing is good."""
    found = [
        (one.key, other.key)
        for n, one in enumerate(drawing.labels)
        for other in drawing.labels[n + 1 :]
        if one.box.meets(other.box)
    ]
    circles = [(unit.key, _circle(unit)) for unit in drawing.units]
    return found + [(label.key, key) for label in drawing.labels for key, box in circles if label.box.meets(box)]


def draw_network(
    derivation: Derivation, width: float = 174.0, height: float = 60.0, *, number_width: float = 6.4
) -> Drawing:
    """The drawing of a derivation, with room for numbers of this width on the edges.

    Where labels would meet, only weights on the paths keep theirs.
    """
    units, edges = _skeleton(derivation, width, height)
    for wanted in ("all", "heavy", "asked"):
        labelled = [
            edge
            for edge in edges
            if edge.weight and (edge.asked or wanted == "all" or (wanted == "heavy" and edge.heavy))
        ]
        labels = _place(labelled, edges, units, number_width)
        drawing = Drawing(width, height, tuple(units), tuple(edges), tuple(labels), wanted == "all")
        if not overlapping(drawing):
            return drawing
    return Drawing(width, height, tuple(units), tuple(edges), (), False)


def _skeleton(derivation: Derivation, width: float, height: float) -> tuple[list[Unit], list[Edge]]:
    architecture = derivation.architecture
    columns = [
        [architecture.output_key(layer, n) for n in architecture.units(layer)]
        for layer in range(architecture.layers + 1)
    ]
    if architecture.has_softmax:
        # Softmax gets a column of its own: with all cross terms, paths cross in it.
        last = architecture.layers
        columns.insert(-1, [f"a{last}_{n}" for n in architecture.units(last)])
    columns.append(["L"])
    on_path = _links(derivation)
    place: dict[str, tuple[float, float]] = {}
    # Softmax and the loss carry no labels, so that their gaps may be narrow and the others wide.
    gaps = [1.0] * architecture.layers + [0.42] * (len(columns) - 1 - architecture.layers)
    step = (width - 2 * RADIUS - 2) / sum(gaps)
    x = RADIUS + 1
    for number, column in enumerate(columns):
        pitch = min((height - 2 * RADIUS - 1) / max(len(column) - 1, 1), height / 2.4)
        for n, key in enumerate(column):
            place[key] = (x, height / 2 + pitch * (n - (len(column) - 1) / 2))
        x += step * gaps[number] if number < len(gaps) else 0
    printed = set(derivation.givens)
    units = [Unit(key, x, y, key if key in printed else None) for key, (x, y) in place.items()]
    edges: list[Edge] = []
    for before, after in pairwise(columns):
        for target in after:
            for n, source in enumerate(before, 1):
                edges += _edge(derivation, source, target, n, place, on_path)
    return units, edges + _bias_edges(derivation, place)


def _links(derivation: Derivation) -> dict[tuple[str, str], tuple[int, ...]]:
    """Pairs of circles that paths join, with those paths: a unit's pre-activation and output are one circle."""
    links: dict[tuple[str, str], tuple[int, ...]] = {}
    for path in derivation.paths:
        circles = [_circle_of(derivation, key) for key in path.route[1:]]
        if derivation.parameter.startswith("w"):
            circles.insert(0, _source_of(derivation, derivation.parameter, path.route[1]))
        for link in dict.fromkeys(pairwise(circles)):
            links[link] = (*links.get(link, ()), path.number)
    return links


def _circle_of(derivation: Derivation, key: str) -> str:
    architecture = derivation.architecture
    if not key.startswith("a"):
        return key
    layer, unit = key[1:].split("_")
    if architecture.has_softmax and int(layer) == architecture.layers:
        return key
    return architecture.output_key(int(layer), int(unit))


def _source_of(derivation: Derivation, weight: str, node: str) -> str:
    inputs = derivation.graph.nodes[node].inputs
    return inputs[inputs.index(weight) + 1]


def _edge(
    derivation: Derivation,
    source: str,
    target: str,
    number: int,
    place: dict[str, tuple[float, float]],
    on_path: dict[tuple[str, str], tuple[int, ...]],
) -> list[Edge]:
    architecture = derivation.architecture
    weight: str | None = None
    if target != "L" and not (source.startswith("a") and target.startswith("yhat")):
        node = target if target.startswith("a") else _preactivation(architecture.layers, target)
        weight = derivation.graph.nodes[node].inputs[2 * number - 2]
    elif target != "L" and architecture.softmax == "diagonal" and source.split("_")[1] != target.split("_")[1]:
        return []
    asked = weight is not None and weight == derivation.parameter
    return [_line(place[source], place[target], weight, on_path.get((source, target), ()), asked)]


def _preactivation(layers: int, output: str) -> str:
    return f"a{layers}_{output[5:]}" if output.startswith("yhat") else f"a{output[1:]}"


def _line(
    a: tuple[float, float], b: tuple[float, float], weight: str | None, paths: tuple[int, ...], asked: bool
) -> Edge:
    (x1, y1), (x2, y2) = a, b
    length = math.hypot(x2 - x1, y2 - y1)
    dx, dy = (x2 - x1) / length * RADIUS, (y2 - y1) / length * RADIUS
    return Edge(x1 + dx, y1 + dy, x2 - dx, y2 - dy, weight, paths, asked)


def _bias_edges(derivation: Derivation, place: dict[str, tuple[float, float]]) -> list[Edge]:
    """A bias that is asked for comes in from the left and below, into every unit that uses it."""
    if not derivation.parameter.startswith("b"):
        return []
    edges: list[Edge] = []
    for node in dict.fromkeys(path.route[1] for path in derivation.paths):
        through = tuple(path.number for path in derivation.paths if path.route[1] == node)
        x, y = place[_circle_of(derivation, node)]
        reach = 14.0 if not edges else 9.0
        dx, dy = math.cos(0.9), math.sin(0.9)
        up = -1 if y > 35 else 1
        start = (x - dx * (RADIUS + reach), y + up * dy * (RADIUS + reach))
        parameter = derivation.parameter if not edges else None
        edges.append(Edge(*start, x - dx * RADIUS, y + up * dy * RADIUS, parameter, through, not edges))
    return edges


def _circle(unit: Unit) -> Rectangle:
    return Rectangle(unit.x - RADIUS, unit.y - RADIUS, 2 * RADIUS, 2 * RADIUS)


def _box(edge: Edge, t: float, number_width: float) -> Rectangle:
    x, y = edge.at(t)
    width, height = number_width + _ROOM, LABEL_HEIGHT
    if edge.asked:
        # Its symbol stands before the number, which is a little larger.
        width, height = _SYMBOL_WIDTH + 1.14 * number_width + 2 * _ROOM, ASKED_HEIGHT
    return Rectangle(x - width / 2, y - height / 2, width, height)


def _place(labelled: list[Edge], edges: list[Edge], units: list[Unit], number_width: float) -> list[Label]:
    """Stations along the edges, improved label by label until none wants to move: deterministic, and quick enough."""
    circles = [_circle(unit) for unit in units]
    boxes = [[_box(edge, t, number_width) for t in _STATIONS] for edge in labelled]
    fixed = [
        [_cost_alone(edge, box, t, edges, circles) for box, t in zip(row, _STATIONS, strict=True)]
        for edge, row in zip(labelled, boxes, strict=True)
    ]
    chosen = [min(range(len(row)), key=row.__getitem__) for row in fixed]
    for _ in range(_ROUNDS):
        moved = False
        for n, row in enumerate(fixed):
            others = [boxes[k][chosen[k]] for k in range(len(labelled)) if k != n]

            def cost(station: int, n: int = n, row: list[float] = row, others: list[Rectangle] = others) -> float:
                box = boxes[n][station]
                return row[station] + 100.0 * sum(box.meets(other, 0.5) for other in others)

            best = min(range(len(row)), key=cost)
            if cost(best) < cost(chosen[n]):
                chosen[n], moved = best, True
        if not moved:
            break
    return [Label(edge.weight or "", boxes[n][chosen[n]], edge.asked) for n, edge in enumerate(labelled)]


def _cost_alone(edge: Edge, box: Rectangle, t: float, edges: list[Edge], circles: list[Rectangle]) -> float:
    cost = 500.0 * sum(box.meets(circle, 0.4) for circle in circles)
    # A label that covers another edge could be read as that edge's.
    cost += sum(10.0 if other.heavy else 6.0 for other in edges if other is not edge and _crosses(other, box))
    return cost + abs(t - 0.3)


def _crosses(edge: Edge, box: Rectangle) -> bool:
    """True if the edge runs through the box (Liang and Barsky's clipping)."""
    dx, dy = edge.x2 - edge.x1, edge.y2 - edge.y1
    enter, leave = 0.0, 1.0
    for direction, distance in (
        (-dx, edge.x1 - box.x),
        (dx, box.x + box.width - edge.x1),
        (-dy, edge.y1 - box.y),
        (dy, box.y + box.height - edge.y1),
    ):
        if direction == 0:
            if distance < 0:
                return False
        elif direction < 0:
            enter = max(enter, distance / direction)
        else:
            leave = min(leave, distance / direction)
    return enter < leave
