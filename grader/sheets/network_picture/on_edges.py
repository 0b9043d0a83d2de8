"""The labels of a drawing on its edges: numbers, the asked parameter in its frame, letters, tags of biases."""

from __future__ import annotations

import math

from grader.sheets.network_picture.boxes import Box
from grader.sheets.network_picture.labels import STATIONS, place_labels
from grader.sheets.network_picture.shapes import Edge, Label, Room, Unit, circle_of_unit
from question_bank.expressions.names import Symbol

LABEL_HEIGHT = 2.7
ASKED_HEIGHT = 4.6
FRAME_ROOM = 0.9
_HALO = 2.0
"""Millimetres of white before and after a number on its edge: a minus sign must not look like a piece of that."""
_IN_THE_MIDDLE, _AT_THE_END = (0.5, 0.35, 0.27, 0.7), (0.72, 0.65, 0.58, 0.5)
"""Where letters of weights stand on their arrows."""
_HEAVY = 1.2
"""Millimetres that a path takes on an edge, where several run side by side."""


def edge_labels(
    labelled: list[Edge],
    tags: list[Edge],
    edges: list[Edge],
    units: list[Unit],
    room: Room,
    width: float,
    height: float,
) -> list[Label]:
    """Numbers on their edges, the asked parameter's with its symbol in a frame, and the tags of a bias."""
    tagged = _tags(tags, room)
    boxes = place_labels(
        [[_box(edge, t, room) for t in STATIONS] for edge in labelled],
        [edges.index(edge) for edge in labelled],
        [edge.line for edge in edges],
        [_HEAVY * max(len(edge.paths), edge.asked) for edge in edges],
        [
            *(circle_of_unit(unit, room.radius) for unit in units),
            *(label.box for label in tagged),
            *_beyond(width, height),
        ],
    )
    placed = [Label(_weight(edge), box, edge.asked) for edge, box in zip(labelled, boxes, strict=True)]
    return placed + tagged


def _tags(tags: list[Edge], room: Room) -> list[Label]:
    """A bias's frame at every unit that uses it, with its value at the first."""
    tagged = []
    for n, edge in enumerate(tags):
        x, y = edge.x1, edge.y1
        wide = room.symbol + (room.asked if n == 0 else 0.0) + 2 * FRAME_ROOM
        # Its right end stands where the edge begins.
        box = Box(max(x - wide / 2 + 1.5, wide / 2), y, wide, ASKED_HEIGHT)
        tagged.append(Label(_weight(edge), box, symbol=True, number=n == 0))
    return tagged


def arrow_letters(
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
        [*(circle_of_unit(unit, radius) for unit in units), *(label.box for label in tagged), *_beyond(width, height)],
        _AT_THE_END if fans else _IN_THE_MIDDLE,
    )
    placed = [
        Label(weight, box, symbol=True, number=edge is first, bare=not edge.asked)
        for (edge, weight), box in zip(lettered, boxes, strict=True)
    ]
    return placed + tagged


def _box(edge: Edge, t: float, room: Room) -> Box:
    x, y = edge.at(t)
    if edge.asked:
        return Box(x, y, room.symbol + room.asked + 2 * FRAME_ROOM, ASKED_HEIGHT)
    turn = math.atan2(edge.y2 - edge.y1, edge.x2 - edge.x1)
    return Box(x, y, room.number + _HALO, LABEL_HEIGHT, turn)


def _letter_box(edge: Edge, t: float, room: Room, *, valued: bool) -> Box:
    x, y = edge.at(t)
    if not edge.asked:
        return Box(x, y, room.symbol + 2 * FRAME_ROOM, LABEL_HEIGHT + FRAME_ROOM)
    wide = room.symbol + (room.asked if valued else 0.0) + 2 * FRAME_ROOM
    return Box(max(x, wide / 2), y, wide, ASKED_HEIGHT)


def _beyond(width: float, height: float) -> list[Box]:
    """What lies above and below the drawing."""
    return [Box(width / 2, -5, 2 * width, 10), Box(width / 2, height + 5, 2 * width, 10)]


def _weight(edge: Edge) -> Symbol:
    assert edge.weight is not None  # no other edge is labelled
    return edge.weight
