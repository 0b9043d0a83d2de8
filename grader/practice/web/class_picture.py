"""A recipe's network with each step tinted by how the class does on it; the same in words and numbers beside it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from grader.practice.storage.classes import Success
from grader.practice.storage.plays import place_of
from grader.practice.web.question_page import HEIGHT, WIDTH
from grader.sheets.network_picture.drawing import draw_network
from grader.sheets.network_picture.shapes import Drawing, Edge
from question_bank.derivations.kinds import KINDS
from question_bank.expressions.names import Symbol
from question_bank.language.words import _
from question_bank.networks.graph import Graph
from question_bank.networks.notation import layer_number, plain_name
from question_bank.questions.recipe import load_recipe

_TINTS = 5
_STEP_AT = {
    "activation": "slope",
    "operation": "operation",
    "pooled": "pooled",
    "loss_value": "loss",
    "given_loss_value": "upstream",
    "combined_loss_value": "output_error",
}


@dataclass(frozen=True, slots=True)
class KindProgress:
    """One kind of step: what it is, where, and how it goes."""

    title: str
    success: Success
    tint: int


@dataclass(frozen=True, slots=True)
class ClassPicture:
    """The drawing, its units' names, a tint for each unit and edge (0: unknown, 1 worst to 5 best), and the rows.

    With each tint goes its share in words; nothing is said by colour alone.
    """

    drawing: Drawing
    names: tuple[str, ...]
    units: tuple[tuple[int, str], ...]
    edges: tuple[tuple[int, str], ...]
    rows: tuple[KindProgress, ...]


def class_picture(recipe: str, success: Mapping[str, Success]) -> ClassPicture:
    """The picture of a recipe, on the first of its parameters: every other sits in the same places."""
    kind = load_recipe(recipe)
    derivation = kind.derivation(kind.choices()[0], kind.least_asked)
    drawing = draw_network(derivation, WIDTH, HEIGHT)
    units = [_shown(success.get(_place_of_unit(unit.name, derivation.graph))) for unit in drawing.units]
    edges, graph = [], derivation.graph
    for edge in drawing.edges:
        place = (
            place_of("input" if edge.asked else "weight", edge.weight) if edge.weight else _place_of_wire(edge, graph)
        )
        edges.append(_shown(success.get(place) if edge.heavy else None))
    order = list(KINDS)
    places = sorted(success, key=lambda place: (order.index(place.partition("@")[0]), place))
    rows = tuple(KindProgress(_title(place), success[place], _tint(success[place])) for place in places)
    with derivation.naming():
        names = tuple(plain_name(unit.name) for unit in drawing.units)
    return ClassPicture(drawing, names, tuple(units), tuple(edges), rows)


def _place_of_unit(unit: Symbol, graph: Graph) -> str:
    """The step that its tint is of: the slope of its function, or the loss's."""
    kind = _STEP_AT.get(graph.nodes[unit].kind) if unit in graph.nodes else None
    return place_of(kind, unit) if kind else ""


def _place_of_wire(edge: Edge, graph: Graph) -> str:
    """The step that a circuit's edge is of: the local derivative of the node that it leads to."""
    if edge.source is None or edge.target is None:
        return ""
    use = graph.nodes[edge.target].inputs.index(edge.source)
    return place_of(graph.factor(edge.target, use).kind, graph.factor_name(edge.target, use))


def _shown(found: Success | None) -> tuple[int, str]:
    return _tint(found), "" if found is None or not found.total else f"{found.percent} %"


def _tint(found: Success | None) -> int:
    if found is None or not found.total:
        return 0
    return 1 + min(_TINTS - 1, found.percent * _TINTS // 100)


def _title(place: str) -> str:
    kind, _at, layer = place.partition("@")
    title = _(KINDS[kind].title)
    if not layer:
        return title
    return _("{title}, layer {layer}").format(title=title, layer=layer_number(int(layer)))
