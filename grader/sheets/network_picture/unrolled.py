"""Where an unrolled cell lies as lecturers draw it: time from left to right, inputs below, states in a row.

Of a plain cell outputs stand above their states, and the loss beside the last of them, or above all where every step
has its part of it. Of a cell with gates these stand one above the other, in front of what they let through.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from question_bank.expressions.names import Symbol
from question_bank.networks.model import Model

_LSTM = {"f": 0.0, "i": 1 / 3, "g": 2 / 3, "o": 1.0, "c": 0.17, "h": 0.5, "x": 1.0, "yhat": 0.0}
_GRU = {"z": 0.0, "r": 0.5, "q": 0.5, "n": 1.0, "h": 0.25, "x": 1.0, "yhat": 0.0}
_PLAIN = {"yhat": 0.0, "h": 0.5, "x": 1.0}
_BESIDE = 11.0
"""Millimetres between the middles of inputs of one step."""
_ROW = 17.0
"""Millimetres between rows of a plain cell: room for two circles and a label between them."""
_NARROW = 0.6
"""Of the room between columns what is left where no letter stands between them."""
_ABOVE, _PART_ABOVE = 13.0, 0.22
"""From the loss down to the outputs of a plain cell, in millimetres and as a part: no letter stands between them."""
_BUS = 3.0
"""Millimetres between the lines that lead over all else to the loss."""


@dataclass(frozen=True, slots=True)
class Arrow:
    """From circle to circle, with the weights that lie on it; `cut` where no path leads back."""

    source: Symbol
    target: Symbol
    weights: tuple[Symbol, ...]
    cut: bool


def unrolled_height(model: Model) -> float:
    """Millimetres that the drawing is high where there is room."""
    if _rows(model) is not _PLAIN:
        return 60.0
    letters = {circle.letter for column in model.picture() for circle in column}
    return _ROW * (len(letters & _PLAIN.keys()) - 1) + (_ABOVE if _is_above(model) else 0.0) + 11.0


def unrolled_places(
    model: Model, width: float, height: float, radius: float, aside: float = 0.0
) -> Mapping[Symbol, tuple[float, float]]:
    """The middles of the circles in so many millimetres, of which some may be left free on the left."""
    columns, loss, rows = model.picture(), model.graph().loss, _rows(model)
    above = _is_above(model)
    shown = [column for column in columns if column != (loss,)] if above else columns
    left = radius + 1 + aside
    across = _across(model, shown, left, width - radius - 1)
    letters = {circle.letter for column in columns for circle in column}
    used = sorted(rows[letter] for letter in letters if letter in rows)
    top = radius + 1 + (0.0 if not above else max(_ABOVE, _PART_ABOVE * height) if rows is _PLAIN else _bus(model))
    scale = (height - radius - 1 - top) / max(used[-1] - used[0], 0.01)
    places: dict[Symbol, tuple[float, float]] = {}
    for number, column in enumerate(shown):
        inputs = [circle for circle in column if circle.letter == "x"]
        for circle in column:
            beside = inputs.index(circle) - (len(inputs) - 1) / 2 if circle in inputs else 0.0
            row = rows.get(circle.letter, rows["h"])
            if circle == loss and circle.time is None:
                row = rows[model.graph().outputs[-1].letter]
            x = across[number] + _BESIDE * beside
            places[circle] = (min(max(x, radius + 1), width - radius - 1), top + scale * (row - used[0]))
    if above:
        middle = [places[output][0] for output in model.graph().outputs]
        places[loss] = ((middle[0] + middle[-1]) / 2, radius + 1)
    return places


def _across(model: Model, columns: Sequence[Sequence[Symbol]], left: float, right: float) -> list[float]:
    """Where columns stand: before one that arrows with weights lead to there is more room than before others."""
    weighted = {arrow.target for arrow in arrows(model) if arrow.weights}
    gaps = [1.0 if weighted.intersection(column) else _NARROW for column in columns[1:]]
    unit = (right - left) / max(sum(gaps), 1.0)
    return [left + unit * sum(gaps[:number]) for number in range(len(columns))]


def arrows(model: Model) -> list[Arrow]:
    """All arrows, each once, in the order of working."""
    graph, circle_of = model.graph(), model.circle_of
    found: dict[tuple[Symbol, Symbol], list[Symbol]] = {}
    open_ways: set[tuple[Symbol, Symbol]] = set()
    for node in graph.nodes.values():
        target, through = circle_of(node.name), set(graph.rule(node.name).through(node))
        pairs = graph.rule(node.name).function == "affine"
        for at, value in enumerate(node.inputs):
            source = circle_of(value)
            if source is None or target is None or source == target:
                continue
            # A gate that a sum is worked with is no weight.
            weights = node.inputs[at - 1 : at] if pairs and at % 2 and node.inputs[at - 1] not in graph.nodes else ()
            found.setdefault((source, target), []).extend(weights)
            if at in through or value not in graph.nodes:
                open_ways.add((source, target))
    return [Arrow(*ends, tuple(weights), ends not in open_ways) for ends, weights in found.items()]


def buses(model: Model, places: Mapping[Symbol, tuple[float, float]]) -> Mapping[Symbol, float]:
    """Of outputs behind which other steps follow, how far down the line lies that leads over those to the loss."""
    if _rows(model) is _PLAIN or not _is_above(model):
        return {}
    _, top = places[model.graph().loss]
    return {output: top + _BUS * number for number, output in enumerate(model.graph().outputs)}


def _bus(model: Model) -> float:
    return 10.0 + _BUS * len(model.graph().outputs)


def _rows(model: Model) -> Mapping[str, float]:
    letters = {circle.letter for column in model.picture() for circle in column}
    return _LSTM if "f" in letters else _GRU if "z" in letters else _PLAIN


def _is_above(model: Model) -> bool:
    """Whether the loss stands above all steps, since each has its part of it."""
    graph = model.graph()
    return graph.has_loss and len(graph.outputs) > 1
