"""Boxes for numbers: as wide as any number of its kind on such a sheet needs.

So the page looks the same for every student, and the layer of numbers can be stamped into the boxes.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any, Literal

from grader.sheets.typography.fonts import Face, font
from grader.sheets.typography.numbers import printed_number
from question_bank.derivations.derivation import Derivation
from question_bank.expressions.names import Symbol, is_line
from question_bank.language.words import language
from question_bank.networks.model import Model, givens_of, roles_of
from question_bank.networks.notation import unit_number
from question_bank.questions.question import Question

_DIGIT = 0.495
_SIGN = 0.72
_POINT = 0.248
_UNIT_DIGITS = 5
"""What a value in a unit's circle has, with its point; one that has more is printed smaller."""


Shape = tuple[tuple[str, bool, int, int], ...]
"""For each kind of number (`w`, `x`, …): whether any is negative, most digits before and after the point."""


@dataclass(frozen=True, slots=True)
class Number:
    """A box for a number, or (`words`) for a text that may be cut: sizes in points.

    `point` is where the decimal point, or the end of a whole number, stands; `given` is whose number it is.
    """

    id: str
    size: float
    width: float
    align: Literal["point", "middle", "left", "words"]
    point: float = 0.0
    face: Face = "regular"
    given: Symbol | None = None

    def size_of(self, text: str) -> float:
        """The size at which a number fits its box: it is never cut."""
        width = font(self.face).width(text)
        if self.align in ("point", "words") or width * self.size <= self.width:
            return self.size
        return math.floor(self.width / width * 20) / 20

    def indent(self, text: str) -> float:
        """How far into the box the text begins."""
        if self.align in ("left", "words"):
            return 0.0
        chosen = font(self.face)
        if self.align == "middle":
            return (self.width - chosen.width(text) * self.size_of(text)) / 2
        return self.point - chosen.width(_whole_and_part(text)[0]) * self.size


def _whole_and_part(text: str) -> tuple[str, str]:
    """A printed number's digits before and behind its decimal sign."""
    whole, _other, part = text.partition(language().decimal)
    return whole, part


def printed_givens(question: Question) -> dict[Symbol, str]:
    """Every given as the sheet prints it, and the class, the first of which is 1, that targets of a softmax name."""
    derivation = question.derivation
    texts = {given: printed_number(question.printed(given)) for given in derivation.givens}
    targets = [texts[target] for target in givens_of(derivation.model, "targets")]
    if _names_a_class(derivation.model) and sorted(targets) == ["0"] * (len(targets) - 1) + ["1"]:
        texts[RIGHT_CLASS] = str(unit_number(targets.index("1") + 1))
    return texts


def _names_a_class(model: Model) -> bool:
    """Whether targets that are 1 once and 0 elsewhere say which class is right: a softmax, combined with its loss."""
    found = model.conventions()
    return found.combined and found.functions[-1].function == "softmax"


def shape_of(derivation: Derivation, texts: Mapping[Symbol, str]) -> Shape:
    """How much room the givens need, with a little to spare, so that the students of a class share one layout.

    Printed forward values have room enough in any case.
    """
    model, graph = derivation.model, derivation.graph
    rooms: dict[str, tuple[bool, int, int]] = {}
    for given, text in texts.items():
        if given in graph.nodes or is_line(given):
            continue
        kind = _room_of(model, given)
        whole, part = _whole_and_part(text)
        negative, before, after = rooms.get(kind, (False, 1, 0))
        sign = whole.startswith("−")
        rooms[kind] = (negative or sign, max(before, len(whole) - sign), max(after, len(part)))
    # One draw without a negative number, or with whole ones only, is no reason for another layout.
    signed = {"weights", "biases"}
    if any(graph.rule(output).signed for output in graph.outputs):
        signed.add("targets")
    for kind in (signed | {"inputs"}) & rooms.keys():
        _other, before, after = rooms[kind]
        rooms[kind] = (True, before, after)
    if model.conventions().unrolled is not None:
        signed.add("inputs")  # few of them, one a step
    for kind in signed & rooms.keys() | {kind for kind in rooms if kind.startswith(_UPDATE)}:
        negative, before, after = rooms[kind]
        rooms[kind] = (negative, before, max(after, 1))
    return tuple((kind, *room) for kind, room in sorted(rooms.items()))


def room_for_all(shapes: Iterable[Shape]) -> Shape:
    """The least room in which every one of these has its own.

    >>> room_for_all([(("inputs", False, 2, 0), ("weights", True, 1, 1)), (("weights", False, 1, 2),)])
    (('inputs', False, 2, 0), ('weights', True, 1, 2))
    """
    rooms: dict[str, tuple[bool, int, int]] = {}
    for kind, negative, before, after in chain.from_iterable(shapes):
        sign, whole, part = rooms.get(kind, (False, 0, 0))
        rooms[kind] = (negative or sign, max(before, whole), max(after, part))
    return tuple((kind, *room) for kind, room in sorted(rooms.items()))


_UPDATE = "update"
"""What has its room together are the givens of one role; those of the update differ by six digits, and each has its
own."""
RIGHT_CLASS = Symbol("class")
_CLASS_ROOM = "class"


def _room_of(model: Model, given: Symbol) -> str:
    if given == RIGHT_CLASS:
        return _CLASS_ROOM
    return roles_of(model).get(given) or f"{_UPDATE} {given.key}"


class NumberBoxes:
    """The boxes of a page: each has the room of its kind."""

    def __init__(self, derivation: Derivation, shape: Shape) -> None:
        self.derivation = derivation
        self._model = derivation.model
        self._rooms = {kind: (negative, before, after) for kind, negative, before, after in shape}
        self.numbers: dict[str, Number] = {}
        """Every box of a given apart from the labels of the drawing, by identifier (without prefix)."""

    def number(self, given: Symbol, align: Literal["point", "middle", "left"], name: str = "given") -> Number:
        """A given's box in the givens."""
        width, point = self.width(given, 10.0), self.point(given, 10.0)
        return self.kept(Number(f"{name}:{given.key}", 10.0, width, align, point, given=given))

    def kept(self, number: Number) -> Number:
        """The same box, as one of the page's."""
        self.numbers[number.id] = number
        return number

    @property
    def names_a_class(self) -> bool:
        """Whether the targets' class has a box."""
        return _CLASS_ROOM in self._rooms

    def printed_width(self, node: Symbol) -> float:
        """What a printed value takes at size 1, if it has no more digits than most."""
        return _SIGN * self.derivation.graph.rule(node).signed + _DIGIT * _UNIT_DIGITS + _POINT

    def _room(self, given: Symbol) -> tuple[bool, int, int]:
        return self._rooms[_room_of(self._model, given)]

    def point(self, given: Symbol, size: float) -> float:
        """Where its decimal point stands in its box, in points."""
        negative, before, _other = self._room(given)
        return (_SIGN * negative + _DIGIT * before) * size

    def width(self, given: Symbol, size: float) -> float:
        """How wide its box is, in points."""
        negative, before, after = self._room(given)
        return (_SIGN * negative + _DIGIT * before + (_POINT + _DIGIT * after) * (after > 0)) * size

    def needed(self) -> Sequence[Symbol]:
        """The givens of the update; of several parameters what is carried is not listed where it is 0."""
        derivation = self.derivation
        return [
            given
            for given in derivation.update_givens
            if derivation.paths or derivation.update is None or given.of is None or not derivation.update.is_zero(given)
        ]

    def matrix(self, heading: str, cells: Sequence[Sequence[Symbol]]) -> dict[str, Any]:
        """The boxes of a matrix of givens under its heading."""
        # One number by itself has no other to keep its point in line with.
        align: Literal["point", "middle"] = "point" if len(cells) * len(cells[0]) > 1 else "middle"
        return {
            "symbol": heading,
            "rows": [[self.number(given, align) for given in row] for row in cells],
        }
