"""What a question's page shows, ready for the template: symbols as LaTeX, numbers as boxes of a fixed width.

A number's box is as wide as any number of its kind on such a sheet needs, so that the page looks the same for every
student, and the layer of numbers can be stamped into the boxes.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain, zip_longest
from typing import Any, Literal

from grader.sheets.content.back import CELLS_OF_VALUES, back_sections, update_rule
from grader.sheets.content.conventions import conventions
from grader.sheets.content.formats import MARGIN, MILLIMETRES_A_POINT, PAPER_WIDTH, POINTS_A_MILLIMETRE
from grader.sheets.content.path_table import PathTable, arranged
from grader.sheets.content.sheet import Paper
from grader.sheets.network_picture.boxes import Box
from grader.sheets.network_picture.circuit import BOX_HEIGHT, BOX_WIDTH
from grader.sheets.network_picture.drawing import RADIUS, Drawing, Label, Room, Unit, boxed_height, draw_network
from grader.sheets.network_picture.grids import Caption
from grader.sheets.typography.fonts import ASCENT, Face, font
from grader.sheets.typography.numbers import printed_number
from question_bank.derivations.derivation import Derivation, Slot
from question_bank.derivations.kinds import KINDS
from question_bank.expressions.latex import latex
from question_bank.expressions.names import (
    GRADIENT,
    QUOTIENT,
    UPDATED,
    Derived,
    Name,
    Symbol,
    is_line,
    printed_line,
)
from question_bank.expressions.precision import RECORDED_ROLES, Precision
from question_bank.language.counts import listed_in_words, number_word
from question_bank.language.words import _, language, pieces
from question_bank.networks.count import PARAMETERS
from question_bank.networks.descent import Descent
from question_bank.networks.lettering import IndexPart, notation_in_force
from question_bank.networks.logits import Logits
from question_bank.networks.model import InGrids, Model, givens_of, is_circuit, roles_of
from question_bank.networks.notation import (
    any_error,
    entering_letters,
    last_matrix,
    latex_letter_of,
    latex_name,
    named_parts,
    plain_target,
    printed_phrase,
    target_symbol,
    unit_number,
)
from question_bank.networks.routes import LONGEST, PATHS, SHORTEST, Routes, tick_of, ways_to
from question_bank.networks.updates import EPSILON, PLAIN_UPDATE
from question_bank.questions.question import Question

COLUMNS = 3
"""Path columns side by side; more wrap into a further table."""

_DIGIT = 0.495
_SIGN = 0.72
_POINT = 0.248
_MOST_TERMS = 6
_CELLS_A_ROW = 5
_MOST_NAMED, _MOST_LISTED = 9, 3
"""Values that a task names one by one, and that a heading does."""
_PRINTED_A_ROW = 6
"""Of the forward pass: boxes, and printed values."""
SECOND_PASS = ("second_forward", "loss_value")
"""Kinds of the steps that follow an update."""
_PRINTED_WIDTH = 48.0
"""Points for a printed forward value, in its sixth of a row."""
_LINE_WIDTH = 52.0
"""Points for the value of a line of a worked solution."""
_UNIT_SIZE = 7.0
_IN_CIRCLE = 10.0
"""Size of a symbol in a circle (sheet.css)."""
_UNIT_DIGITS = 5
"""What a value in a unit's circle has, with its point; one that has more is printed smaller."""
_SIGN_SIZE, _SIGN_ASIDE = 11.0, 0.8
"""Of an operation's sign, and millimetres left free on both sides of it."""
_TAG_BEHIND, _TAG_ASIDE = 0.9, 2.6
"""Millimetres from a circle to what stands above its stem, and at least from the middle of an input's name."""
_CELL_ASIDE = 1.0
"""Millimetres left free beside a number in a cell."""
_EDGE_SIZE, _ASKED_SIZE = 8.5, 8.5
_EQUALS = 0.72 + 2 * 0.28
"""Width of an equals sign with the spaces around it, at size 1."""
DIGIT_HEIGHT = 0.656
"""At size 1."""
_INDEX_SIZE, _INDEX_DROP, _TIME_RISE = 0.7, 0.22 * 0.7, 0.45 * 0.7
"""Size of indices, and how far they stand below the line or a time above it (mathematics.css), at size 1."""
_STACKED = 0.07
"""How much further both stand from the line where one is above the other."""
_AFTER_COMMA = 0.17

LINK = "link:"
"""Before the key of a connection, among the texts of a page: 1 where it is drawn."""

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


@dataclass(frozen=True, slots=True)
class EdgeLabel:
    """What stands in a label of the drawing, in points from the label's middle; `top` is that of every line in it."""

    box: Box
    framed: bool
    name: Symbol
    size: float
    top: float
    symbol: str | None
    """The parameter as LaTeX, where its symbol stands in the label."""
    symbol_left: float
    number: Number | None
    number_left: float

    @property
    def baseline(self) -> float:
        """How far below the label's middle its characters stand."""
        return self.top + ASCENT * self.size


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
        texts[_CLASS] = str(unit_number(targets.index("1") + 1))
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
_CLASS = Symbol("class")
_CLASS_ROOM = "class"


def _room_of(model: Model, given: Symbol) -> str:
    if given == _CLASS:
        return _CLASS_ROOM
    return roles_of(model).get(given) or f"{_UPDATE} {given.key}"


@dataclass(frozen=True, slots=True)
class PaperFit:
    """How a question is fitted to its paper: the drawing's height in millimetres, and how the paths stand.

    `compact`: three columns have the sum beside them, so have two with long routes, and a short route that is to be
    found stands beside its heading.
    `split`: the paths stand on a page of their own, under the task in short and (`again`) the drawing once more.
    `boxed`: a circuit's boxes stand on its edges, as long as the drawing is no lower than they need.
    """

    height: float = 60.0
    compact: bool = False
    split: bool = False
    again: bool = False
    boxed: bool = False


class Page:
    """The context of one question's page; `prefix` keeps the identifiers of several questions apart."""

    def __init__(
        self,
        derivation: Derivation,
        shape: Shape,
        fit: PaperFit = PaperFit(),
        *,
        prefix: str = "",
        width: float = 174.0,
    ) -> None:
        self.derivation = derivation
        self._model = derivation.model
        self.prefix = prefix
        self._rooms = {kind: (negative, before, after) for kind, negative, before, after in shape}
        self._width, self._fit = width, fit
        self._given = set(derivation.givens)
        self.numbers: dict[str, Number] = {}
        """Every box of a given apart from the labels of the drawing, by identifier (without prefix)."""
        self.labels: tuple[EdgeLabel, ...] = ()
        self.labels_again: tuple[EdgeLabel, ...] = ()
        """Those of the drawing on a second page."""
        with derivation.naming():
            self.drawing = self._drawn()

    def context(self) -> dict[str, Any]:
        """All that `question.html` asks for, apart from head and numbers."""
        with self.derivation.naming():
            return self._context()

    def _context(self) -> dict[str, Any]:
        derivation = self.derivation
        updated = [value for value in derivation.asked if derivation.is_updated(value)]
        return {
            "prefix": self.prefix,
            "parameter": _listed([latex_name(value) for value in derivation.asked]),
            "output": None if derivation.graph.has_loss else latex_name(derivation.graph.loss),
            "end": latex_name(derivation.graph.loss),
            "circuit": is_circuit(self._model),
            "gradient": target_symbol(GRADIENT, derivation.parameter, derivation.graph.loss),
            "updated": _listed([target_symbol(UPDATED, value) for value in updated]),
            "asked_for": self._asked_for(updated),
            "second_pass": self._second_pass() if derivation.layout.quantity == "updated" else [],
            "after_gradient": list(self._after_gradient()),
            "layout": derivation.layout,
            "where": [] if derivation.is_forward else self._where(),
            "several": list(self._several(derivation.asked)),
            "some_updated": [] if len(updated) == len(derivation.asked) else list(self._several(updated)),
            "descent": self._descent(),
            "manner": derivation.manner,
            "update_words": derivation.update.words_for(several=len(derivation.asked) > 1) if derivation.update else "",
            "update_rule": ([], []) if derivation.paths else update_rule(derivation),
            "nudged": latex_name(EPSILON) if derivation.layout.quantity == "quotient" else None,
            "conventions": conventions(derivation),
            "drawing": self._drawing(),
            "split": self._fit.split,
            "again": self._drawing_again() if self._fit.again else None,
            "find": derivation.layout.paths == "find",
            "slot_ids": {slot.name: f"slot:{n}" for n, slot in enumerate(derivation.slots)},
            "work": self._work(),
            "givens": list(self._givens()),
            "routes": self._routes(),
            "ticks": list(self._ticks()),
            "forward": []
            if derivation.solution or (self._boxed and derivation.layout.forward == "asked")
            else list(self._forward()),
            "tables": list(self._tables()),
            "solution": list(self._solution()),
            "wrong_line": derivation.wrong_line if derivation.solution else None,
            "back": [] if derivation.solution else back_sections(derivation, {box["slot"] for box in self._on_edges()}),
            "single": len(derivation.asked) == 1,
            "turned": derivation.layout.error_sign == "target_minus_output",
            "error": self._error(),
            "count": latex_name(PARAMETERS),
            "product": latex_letter_of("P"),
            "products": self._products(),
            "path_count": len(derivation.paths),
            "drawn_paths": len((derivation.solution or derivation).paths),
        }

    def _error(self) -> dict[str, str]:
        """Error terms of any unit, what they are the derivative of, and what comes back to outputs, as LaTeX."""
        entering = entering_letters()
        loss = latex_name(self.derivation.graph.loss)
        error, back = any_error(), any_error(back=True)
        weights = last_matrix()
        transposed = weights if notation_in_force().matrices == "from-to" else f"{weights}^{{T}}"
        derivative = rf"\frac{{\partial {loss}}}{{\partial {entering[0]}}}"
        return {
            "is": error,
            "of": "" if error == derivative else derivative,
            "entering": entering[0],
            "back": back,
            "back_of_layer": rf"{back} = {transposed} {error}",
        }

    def _routes(self) -> dict[str, str] | None:
        """Of routes the weight where they begin, the connections past a layer, and a count of ways, as LaTeX."""
        model = self._model
        if not isinstance(model, Routes):
            return None
        unit = model.counted[0]
        return {
            "weight": latex_name(model.begins.name),
            "past": latex_name(Symbol(model.past[0].name.letter)) if model.past else "",
            "unit": latex_name(unit),
            "ways": latex_name(ways_to(unit)),
            "loss": latex_name(self._model.picture()[-1][0]),
            "paths": latex_name(PATHS),
            "ticked": latex_letter_of("t"),
            "shortest": latex_name(SHORTEST),
            "longest": latex_name(LONGEST),
        }

    def _ticks(self) -> Iterator[dict[str, Any]]:
        """Boxes to be ticked, a grid for each table of connections: columns lead from a unit, rows to one."""
        model = self._model
        if not isinstance(model, Routes):
            return
        slots = {slot.step: slot.name for slot in self.derivation.slots}
        for table in model.tables():
            rows = []
            for row in table.cells:
                cells = [{"slot": slots.get(tick_of(name)), "symbol": latex_name(name)} for name in row]
                rows.append({"to": latex_name(model.link(row[0]).head), "cells": cells})
            tails = [latex_name(model.link(name).tail) for name in table.cells[0]]
            yield {"symbol": latex_name(table.heading), "from": tails, "rows": rows}

    def _named(self, name: Name) -> str:
        return target_symbol(name, self.derivation.parameter, self.derivation.graph.loss)

    def _asked_for(self, updated: Sequence[Symbol]) -> list[str]:
        """What is asked for, in short: derivatives and new values, of an optimiser alone where its steps lead."""
        derivation = self.derivation
        end = derivation.graph.loss
        if isinstance(self._model, Descent):
            return [_listed([latex_name(one) for column in self._model.picture()[1:] for one in column])]
        if derivation.is_forward or derivation.is_local:
            return [_listed([latex_name(value) for value in derivation.answers])]
        gradients = _listed([target_symbol(GRADIENT, value, end) for value in derivation.asked])
        if derivation.layout.quantity in ("gradient", "error"):
            return [gradients]
        if derivation.layout.quantity == "quotient":
            return [gradients, self._named(QUOTIENT)]
        if derivation.passes:
            return [gradients, _listed([latex_name(derivation.updated_of(value)) for value in updated])]
        return [gradients, _listed([target_symbol(UPDATED, value) for value in updated])]

    def _descent(self) -> dict[str, Any] | None:
        """Of an optimiser alone its function and its start, as LaTeX; `gradients` are those of every step."""
        model = self._model
        if not isinstance(model, Descent):
            return None
        function = model.formula
        gradients = [latex_name(one) for step in range(1, model.steps + 1) for one in model.gradients(step)]
        return {
            "function": None
            if function is None
            else rf"f\left({', '.join(model.letters)}\right) = {latex(function, latex_name)}",
            "start": [latex_name(one) for one in model.positions(0)],
            "letters": [*model.letters],
            "gradients": _listed(gradients),
        }

    def _several(self, asked: Sequence[Symbol]) -> Iterator[dict[str, str]]:
        """Some of what is asked for, or where a forward pass leads: in words where it is all, else symbols.

        Nothing where a single value is asked for: that has a phrase of its own.
        """
        derivation, parameters = self.derivation, list(self._model.parameters())
        if len(derivation.asked) == 1 and not derivation.is_forward:
            return
        headings = self._whole_tables(asked)
        if headings:
            yield from _put_in(
                listed_in_words([_("every entry of {table}"), *[_("of {table}")] * (len(headings) - 1)]), headings
            )
            return
        if list(asked) == parameters:
            yield {"form": "words", "text": self._all_parameters()}
            return
        shown = [*asked[:3], asked[-1]] if len(asked) > _MOST_NAMED else [*asked]
        named = ["{symbol}"] * len(shown)
        if len(shown) < len(asked):
            named.insert(-1, "…")
        yield from _put_in(listed_in_words(named), shown)

    def _all_parameters(self) -> str:
        roles = {*roles_of(self._model).values()}
        if isinstance(self._model, Logits):
            return _("every logit")
        if "weights" not in roles:
            return _("every input")
        return _("all weights and biases") if "biases" in roles else _("all weights")

    def _whole_tables(self, asked: Sequence[Symbol]) -> list[Symbol]:
        """What heads the grids of which all is asked, where many entries are and no others."""
        whole = [table for table in self._model.tables() if {*asked}.issuperset(table.symbols)]
        many = len(asked) > _MOST_LISTED and all(table.is_grid or not table.layer_matrix for table in whole)
        return [table.heading for table in whole] if many and len(asked) == sum(len(t.symbols) for t in whole) else []

    def _where(self) -> list[dict[str, str]]:
        """Where the parameter sits: a phrase in its parts, symbols as LaTeX."""
        return printed_phrase(self._model.where(self.derivation.parameter))

    def _after_gradient(self) -> Iterator[dict[str, str]]:
        """The boxes behind the gradient by paths, of an update or a check: their slots, and their formulas as LaTeX.

        What is worked from the givens once more has its symbol alone, which says what is put in.
        """
        slots = {slot.step for slot in self.derivation.slots}
        for name in self.derivation.endings[1:] if self.derivation.paths else ():
            step, named = self.derivation.step(name), self._named(name)
            if name not in slots or step.kind in SECOND_PASS or step.formula is None:
                continue
            formula = named if step.kind == "nudged_value" else f"{named} = {latex(step.formula, self._named)}"
            yield {"slot": step.key, "formula": formula}

    def _second_pass(self) -> list[list[dict[str, str]]]:
        """Rows of boxes: the loss before the step, and what the forward pass comes to with the new value."""
        cells = [
            {"symbol": latex_name(step.name), "slot": step.key}
            for step in self.derivation.steps
            if step.kind in SECOND_PASS
        ]
        return [cells[first : first + CELLS_OF_VALUES] for first in range(0, len(cells), CELLS_OF_VALUES)]

    def _number(self, given: Symbol, align: Literal["point", "middle", "left"], name: str = "given") -> Number:
        """A given's box in the givens."""
        width, point = self._number_width(given, 10.0), self._point(given, 10.0)
        return self._kept(Number(f"{name}:{given.key}", 10.0, width, align, point, given=given))

    def _kept(self, number: Number) -> Number:
        self.numbers[number.id] = number
        return number

    @property
    def _unit_width(self) -> float:
        """Points that a printed value has in a unit's circle; 0 if none is printed."""
        graph = self.derivation.graph
        if is_circuit(self._model):
            return 0.0  # a circuit's values have stems to stand on
        circles = [circle for column in self._model.picture() for circle in column]
        printed = [circle for circle in circles if circle in self._given and circle in graph.nodes]
        if not printed:
            return 0.0
        return max(map(self._printed_width, printed)) * _UNIT_SIZE

    def _printed_width(self, node: Symbol) -> float:
        """What a printed value takes at size 1, if it has no more digits than most."""
        return _SIGN * self.derivation.graph.rule(node).signed + _DIGIT * _UNIT_DIGITS + _POINT

    def _room(self, given: Symbol) -> tuple[bool, int, int]:
        return self._rooms[_room_of(self._model, given)]

    def _point(self, given: Symbol, size: float) -> float:
        negative, before, _other = self._room(given)
        return (_SIGN * negative + _DIGIT * before) * size

    def _number_width(self, given: Symbol, size: float) -> float:
        negative, before, after = self._room(given)
        return (_SIGN * negative + _DIGIT * before + (_POINT + _DIGIT * after) * (after > 0)) * size

    def _drawn(self) -> Drawing:
        weights = givens_of(self._model, "weights")
        plain = self._number_width(weights[0], _EDGE_SIZE) if weights else 0.0
        printed = self.derivation.parameter in self._given
        asked = self._number_width(self.derivation.parameter, _ASKED_SIZE) if printed else 0.0
        routes = isinstance(self._model, Routes)
        framed = self._model.begins.name if isinstance(self._model, Routes) else self.derivation.parameter
        named = symbol_width(framed, _ASKED_SIZE)
        widths = (plain, named, 0.0 if routes else _EQUALS * _ASKED_SIZE + asked, self._unit_width)
        room = Room(*(points * MILLIMETRES_A_POINT for points in widths))
        return draw_network(self.derivation, self._width, self._fit.height, room, boxed=self._boxed)

    @property
    def _boxed(self) -> bool:
        return self._fit.boxed and not self._fit.again and self._fit.height >= boxed_height(self._model)

    def _on_edges(self) -> Iterator[dict[str, Any]]:
        """The boxes that stand on the drawing: slots, and where their upper left corners lie in millimetres."""
        if not self._boxed:
            return
        slots = {slot.step: slot.name for slot in self.derivation.slots}
        for unit in self.drawing.units:
            left = unit.x + RADIUS + 1.0
            above, below = unit.name, Derived("gradient", of=unit.name)
            if above in slots:
                yield {"slot": slots[above], "left": left, "top": unit.y - BOX_HEIGHT - 0.4, "above": True}
            if below in slots:
                yield {"slot": slots[below], "left": left, "top": unit.y + 0.4, "above": False}

    def _drawing(self) -> dict[str, Any]:
        self.labels = tuple(self._label(label, "edge") for label in self.drawing.labels)
        return self._drawing_context("drawing", "unit", self.labels)

    def _drawing_again(self) -> dict[str, Any]:
        """What a second page shows once more, under other names: the drawing, and the numbers that it has not."""
        self.labels_again = tuple(self._label(label, "edge2") for label in self.drawing.labels)
        drawn = {unit.name for unit in self.drawing.units if unit.number}
        drawn |= {label.name for label in self.labels_again if label.number}
        # No path needs a network's biases, nor its weighted sums: only a new value does.
        updated = self.derivation.layout.quantity == "updated" and not self.derivation.paths
        drawn |= set() if updated or isinstance(self._model, InGrids) else {*givens_of(self._model, "biases")}
        shown = [*(given for given in self._model.givens() if given not in drawn), *self._needed()]
        return {
            "drawing": self._drawing_context("drawing2", "unit2", self.labels_again),
            "numbers": [
                {"symbol": latex_name(given), "number": self._number(given, "left", "given2")} for given in shown
            ],
        }

    def _drawing_context(self, name: str, unit: str, labels: tuple[EdgeLabel, ...]) -> dict[str, Any]:
        slots = {slot.step for slot in self.derivation.slots}
        units = [
            {
                "unit": circle,
                "symbol": latex_name(circle.name),
                "sign_size": _sign_size(circle.sign),
                "scale": _circle_scale(circle.name),
                "framed": bool(circle.stem) and any(label.name == circle.name for label in labels),
                "number": self._in_unit(circle, unit) if circle.number else None,
                "high": self._boxed and circle.name in slots,
                "tag": self._tag(circle),
            }
            for circle in self.drawing.units
        ]
        return {
            "id": name,
            "shape": self.drawing,
            "units": units,
            "labels": labels,
            "captions": [_caption(caption) for caption in self.drawing.captions],
            "complete": self.drawing.complete,
            "boxes": list(self._on_edges()),
            "box_width": BOX_WIDTH,
        }

    def _tag(self, unit: Unit) -> float:
        """Where what stands above a stem begins, in millimetres: an input's value ends before its wires rise."""
        left = unit.x + RADIUS + _TAG_BEHIND
        if not unit.number or unit.circled or unit.side:
            return left
        width = self._number_width(unit.name, _EDGE_SIZE) * MILLIMETRES_A_POINT
        return min(left, max(unit.x + RADIUS + unit.stem - width, unit.x + _TAG_ASIDE))

    def _in_unit(self, unit: Unit, name: str) -> Number:
        given = unit.name
        if unit.side:
            width = (unit.side - _CELL_ASIDE) * POINTS_A_MILLIMETRE
            size = _EDGE_SIZE
            if given in self.derivation.graph.nodes:
                # Those of all grids have the size of the smallest.
                printed = (each for each in self._given if each in self.derivation.graph.nodes)
                size = min(size, math.floor(width / max(map(self._printed_width, printed)) * 20) / 20)
            return self._kept(Number(f"{name}:{given.key}", size, width, "middle", given=given))
        if is_circuit(self._model):
            width = self._number_width(given, _EDGE_SIZE)
            return self._kept(Number(f"{name}:{given.key}", _EDGE_SIZE, width, "left", given=given))
        # An input has the room of a circle that holds nothing longer.
        width = self._unit_width or 2 * (RADIUS - 0.8) / MILLIMETRES_A_POINT
        return self._kept(Number(f"{name}:{given.key}", _UNIT_SIZE, width, "middle", given=given))

    def _label(self, label: Label, name: str) -> EdgeLabel:
        size = _ASKED_SIZE if label.symbol else _EDGE_SIZE
        width = self._number_width(label.name, size)
        point = self._point(label.name, size)
        # Behind a symbol's equals sign no gap is left for a sign.
        align: Literal["left", "middle"] = "left" if label.symbol else "middle"
        box = f"{name}:{label.name.key}"
        number = Number(box, size, width, align, point, given=label.name) if label.number else None
        before = symbol_width(label.name, size) if label.symbol else 0.0
        whole = before + (width if number else 0.0) + (_EQUALS * size if number and before else 0.0)
        return EdgeLabel(
            label.box,
            label.framed,
            label.name,
            size,
            # The middle of a digit's height comes to the middle of the label.
            (DIGIT_HEIGHT / 2 - ASCENT) * size,
            latex_name(label.name) if label.symbol else None,
            -whole / 2,
            number,
            whole / 2 - width,
        )

    def _givens(self) -> Iterator[dict[str, Any]]:
        for table in self._model.tables():
            given, *others = table.symbols
            if table.role == "links":
                continue  # drawn, and no numbers
            if given.time is not None or given.example is not None:
                # A list over time, or over examples: what belongs to each by itself.
                for row in table.cells:
                    yield self._of_step(row)
            elif given.round is not None:
                # What is given for every step stands there with its number.
                for one in table.symbols:
                    yield {"symbol": latex_name(one), "number": self._number(one, "left")}
            elif not others and (table.role == "biases" or table.heading == given):
                yield {"symbol": latex_name(given), "number": self._number(given, "left")}
            else:
                transposed = table.is_layer_weights and notation_in_force().matrices == "from-to"
                yield self._matrix(latex_name(table.heading), table.columns if transposed else table.cells)
        if _CLASS_ROOM in self._rooms:
            yield {"symbol": latex_name(_CLASS), "number": self._number(_CLASS, "left")}
        for given in self._needed():
            yield {"symbol": latex_name(given), "number": self._number(given, "left")}

    def _of_step(self, row: Sequence[Symbol]) -> dict[str, Any]:
        if len(row) == 1:
            return {"symbol": latex_name(row[0]), "number": self._number(row[0], "left")}
        return self._matrix(latex_name(replace(row[0], index=())), [(given,) for given in row])

    def _needed(self) -> Sequence[Symbol]:
        """The givens of the update; of several parameters what is carried is not listed where it is 0."""
        derivation = self.derivation
        return [
            given
            for given in derivation.update_givens
            if derivation.paths or derivation.update is None or given.of is None or not derivation.update.is_zero(given)
        ]

    def _matrix(self, heading: str, cells: Sequence[Sequence[Symbol]]) -> dict[str, Any]:
        # One number by itself has no other to keep its point in line with.
        align: Literal["point", "middle"] = "point" if len(cells) * len(cells[0]) > 1 else "middle"
        return {
            "symbol": heading,
            "rows": [[self._number(given, align) for given in row] for row in cells],
        }

    def _forward(self) -> Iterator[list[dict[str, Any]]]:
        """Rows of the grid: a layer's pre-activations, then its outputs, in one row where there is room.

        Those of another example begin another one, and what stands in the rows of a grid begins one with each of them.
        """
        rows: dict[tuple[str, tuple[int | None, int | None], tuple[int, ...]], list[dict[str, Any]]] = {}
        most = _PRINTED_A_ROW if self.derivation.layout.forward == "given" else _CELLS_A_ROW
        slots, nodes = {slot.step for slot in self.derivation.slots if slot.path is None}, self.derivation.graph.nodes
        for step in () if self.derivation.passes else self.derivation.steps:
            name = step.name
            if not isinstance(name, Symbol):
                continue
            printed = step.role == "given" and name in nodes
            if not printed and not (step.role == "forward" and name in slots and KINDS[step.kind].form == "number"):
                continue
            # A circuit has no layers, and a cell is worked gate by gate: values stand in the order of working.
            counts = isinstance(self._model, Routes)
            in_order = counts or is_circuit(self._model) or self._model.conventions().unrolled is not None
            kind = "" if in_order else nodes[name].kind if printed else step.kind
            # The softmax's sum goes on the exponentials' row.
            line = name.index if kind == "sum" else name.index[:-1]
            depth = (None if counts else self._model.layer_of(name)), name.example
            row = rows.setdefault(("exponential" if kind == "sum" else kind, depth, line), [])
            cell: dict[str, Any] = {"symbol": latex_name(name), "slot": None, "number": None}
            if printed:
                cell["number"] = self._kept(Number(f"forward:{name.key}", 10.0, _PRINTED_WIDTH, "left", given=name))
            else:
                cell["slot"] = step.key
            row.append(cell)
        if sum(map(len, rows.values())) <= most:
            rows = {("", (0, None), ()): [cell for row in rows.values() for cell in row]}
        packed: list[list[dict[str, Any]]] = []
        last: tuple[int | None, int | None] = (-1, None)
        for (_column, depth, _row), row in rows.items():
            if depth == last and len(packed[-1]) + len(row) <= most:
                packed[-1] += row
            else:
                packed += [row[first : first + most] for first in range(0, len(row), most)]
            last = depth
        yield from packed

    def _solution(self) -> Iterator[dict[str, Any]]:
        """The lines of a worked solution: number, symbol and formula as LaTeX, and the box of the value."""
        derivation = self.derivation
        for number, step in enumerate(derivation.lines, 1):
            assert step.formula is not None  # a line is worked
            given = printed_line(number)
            yield {
                "number": number,
                "plain": plain_target(derivation.shown_as(step.name), derivation.parameter, derivation.graph.loss),
                "symbol": self._named(derivation.shown_as(step.name)),
                "formula": latex(step.formula, self._named),
                "value": self._kept(Number(f"line:{number}", 10.0, _LINE_WIDTH, "left", given=given)),
            }

    def _work(self) -> dict[str, Any]:
        found = self.derivation.layout.paths == "find"
        columns = PathTable(
            self._columns_a_table(),
            self._longest_route(),
            3 if found else len(self.derivation.paths),
            symbol_width(self.derivation.parameter, 10.0) * MILLIMETRES_A_POINT,
            found,
            1 + len(list(self._after_gradient())),
        )
        return arranged(columns, self._width, compact=self._fit.compact)

    def _columns_a_table(self) -> int:
        # Columns as even as they go: four are two and two, not three and one.
        count = max(1, len(self._columns()))
        return -(-count // -(-count // COLUMNS))

    def _longest_route(self) -> int:
        return max((len(path.route) for path in self.derivation.paths), default=0)

    def _columns(self) -> list[list[Slot]]:
        """The slots of each column, its product last."""
        columns: dict[int, list[Slot]] = {}
        for slot in self.derivation.slots:
            if slot.path is not None:
                columns.setdefault(slot.path, []).append(slot)
        return list(columns.values())

    def _tables(self) -> Iterator[dict[str, Any]]:
        columns = [self._column(number, slots) for number, slots in enumerate(self._columns(), 1)]
        size = self._columns_a_table()
        for first in range(0, len(columns), size):
            chunk = columns[first : first + size]
            yield {
                "heads": chunk,
                "of": size,
                # A shorter path's column is blank below its last factor.
                "rows": list(zip_longest(*(column["cells"] for column in chunk))),
                "products": [column["product"] for column in chunk],
            }

    def _column(self, number: int, slots: list[Slot]) -> dict[str, Any]:
        """A column: what is to be found out, its route and its factors, is left blank."""
        found = self.derivation.layout.paths == "find"
        route = () if found else self.derivation.paths[number - 1].route
        return {
            "number": number,
            "route": [latex_name(value) for value in route],
            "cells": [
                {"symbol": None if found else latex_name(slot.step), "slot": slot.name, "blank": f"{number}.{row}"}
                for row, slot in enumerate(slots[:-1], 1)
            ],
            "product": {"symbol": latex_name(Derived("product", number)), "slot": slots[-1].name},
        }

    def _products(self) -> str:
        """`P_1 + P_2`, with dots in the middle where there are many; of paths to be found nobody says how many."""
        names = [latex_name(path.product) for path in self.derivation.paths]
        if self.derivation.layout.paths == "find":
            names = [*(latex_name(Derived("product", number)) for number in (1, 2)), r"\dots"]
        elif len(names) > _MOST_TERMS:
            names = [*names[:2], r"\dots", names[-1]]
        return " + ".join(names)


def _put_in(sentence: str, symbols: Iterable[Symbol]) -> Iterator[dict[str, str]]:
    """A sentence in parts: its words, and a symbol at each of its places."""
    waiting = iter(symbols)
    for words, place in pieces(sentence):
        if words:
            yield {"form": "words", "text": words}
        if place is not None:
            yield {"form": "symbol", "text": latex_name(next(waiting))}


def _caption(caption: Caption) -> dict[str, Any]:
    """A caption with its place; a symbol is LaTeX."""
    symbol = isinstance(caption.text, Symbol)
    return {
        "x": caption.x,
        "y": caption.y,
        "symbol": latex_name(caption.text) if isinstance(caption.text, Symbol) else None,
        "name": caption.text if symbol else None,
        "sign": None if symbol else caption.text,
    }


def _sign_size(sign: str) -> float:
    """The size at which an operation's sign fits its circle."""
    room = 2 * (RADIUS - _SIGN_ASIDE) * POINTS_A_MILLIMETRE
    return min(_SIGN_SIZE, math.floor(room / max(font("regular").width(sign), 0.1) * 10) / 10)


def _circle_scale(name: Symbol) -> float:
    """By how much a symbol must be smaller to stand in its circle."""
    room = 2 * (RADIUS - _SIGN_ASIDE) * POINTS_A_MILLIMETRE
    return min(1.0, math.floor(room / symbol_width(name, _IN_CIRCLE) * 20) / 20)


def _listed(formulas: Sequence[str]) -> str:
    """LaTeX of several; of many the first and the last."""
    shown = formulas if len(formulas) <= _MOST_LISTED else [formulas[0], r"\dots", formulas[-1]]
    return ", ".join(shown)


def symbol_width(symbol: Symbol, size: float) -> float:
    """Width of a plain symbol: its letter in italics, its indices smaller."""
    return sum(part[3] for part in symbol_parts(symbol, size))


def symbol_parts(symbol: Symbol, size: float) -> list[tuple[Face, float, str, float, float]]:
    """A plain symbol's letter, indices and time as `mathematics.css` sets them.

    Face, size, text, the room that it takes, and how far it stands below the line.
    """
    written, time = named_parts(symbol)
    small = _INDEX_SIZE * size
    face: Face = "regular" if len(written.plain) > 1 and written.plain.isascii() else "italic"
    parts = [_part(face, size, written.plain, size, 0.0)]
    below = [_part(_face_of(part), small, part.text, small, _INDEX_DROP * size) for part in written.below]
    if not written.layer:
        above = [_part("regular", small, time, small, -_TIME_RISE * size)] if time else []
        return [*parts, *below, *above]
    # The layer stands above the unit: back to where that began, and then to the end of the longer of the two.
    above = [_part("regular", small, f"{written.layer} {time}".rstrip(), small, -(_TIME_RISE + _STACKED) * size)]
    below = [(*part[:4], part[4] + _STACKED * size) for part in below]
    wide, high = sum(part[3] for part in below), sum(part[3] for part in above)
    return [
        *parts,
        *above,
        ("regular", small, "", -high, 0.0),
        *below,
        ("regular", small, "", max(0.0, high - wide), 0.0),
    ]


def _face_of(part: IndexPart) -> Face:
    return "italic" if part.text.isalpha() and not part.upright else "regular"


def _part(face: Face, size: float, text: str, wide: float, drop: float) -> tuple[Face, float, str, float, float]:
    space = _AFTER_COMMA if text.endswith(",") else 0.0
    return face, size, text, (font(face).width(text) + space) * wide, drop


def texts_of(page: Page, givens: Mapping[Symbol, str]) -> dict[str, str]:
    """Every given's box with the text that goes into it."""
    labels = (*page.labels, *page.labels_again)
    numbers = [*page.numbers.values(), *(label.number for label in labels if label.number)]
    links = [edge.weight for edge in page.drawing.edges if edge.optional and edge.weight is not None]
    there = {f"{LINK}{name.key}": givens[name] for name in links}
    return there | {number.id: givens[number.given] for number in numbers if number.given}


def precision_words(precision: Precision, derivation: Derivation) -> dict[str, Any]:
    """What `task.html` says about recorded places: the roles that are written, together where they have the same."""
    layout = derivation.layout
    unwritten: set[str] = {"forward"} if layout.forward == "given" else set()
    if not layout.arrangement.local:
        unwritten.add("factor")
    if layout.quantity not in ("updated", "quotient"):
        unwritten.add("update")
    alone = isinstance(derivation.model, Descent)
    if alone or layout.quantity in ("forward", "local"):
        written = {derivation.step(slot.step).role for slot in derivation.slots}
        unwritten = {role for role in RECORDED_ROLES if role not in written}
    groups: list[dict[str, Any]] = []
    for role in RECORDED_ROLES:
        if role in unwritten:
            continue
        places = precision.of(role)
        if groups and groups[-1]["places"] == places:
            groups[-1]["roles"].append(role)
        else:
            # "four decimals for factors, six for products"
            same = bool(groups) and groups[-1]["places"].kind == places.kind and places.count > 1
            words = number_word(places.count) if same else places.words
            groups.append({"words": words, "roles": [role], "places": places, "same": same})
    several = layout.update is not None and layout.update != PLAIN_UPDATE
    return {
        "groups": groups,
        "scratch": precision.scratch,
        "several_steps": several,
        "working": layout.working,
        "alone": alone,
        "checks": layout.quantity == "quotient",
        "exact": precision.exact,
    }


def page_width(paper: Paper) -> float:
    """Width between the margins in millimetres."""
    return PAPER_WIDTH[paper] - 2 * MARGIN
