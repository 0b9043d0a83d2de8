"""What a question's page shows, ready for the template: symbols as LaTeX, numbers as boxes of a fixed width."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import zip_longest
from typing import Any

from grader.sheets.content.back import CELLS_OF_VALUES, back_sections, update_rule
from grader.sheets.content.conventions import conventions
from grader.sheets.content.drawn_network import DrawnNetwork, PaperFit
from grader.sheets.content.formats import MILLIMETRES_A_POINT
from grader.sheets.content.number_boxes import RIGHT_CLASS, Number, NumberBoxes, Shape
from grader.sheets.content.path_table import PathTable, arranged
from grader.sheets.content.task import Task, listed_latex
from grader.sheets.typography.symbols import symbol_width
from question_bank.derivations.derivation import Derivation, Slot
from question_bank.derivations.kinds import KINDS
from question_bank.expressions.latex import latex
from question_bank.expressions.names import GRADIENT, UPDATED, Derived, Symbol, printed_line
from question_bank.networks.count import PARAMETERS
from question_bank.networks.links import tick_of
from question_bank.networks.model import is_circuit
from question_bank.networks.notation import is_transposed, latex_letter_of, latex_name, plain_target, target_symbol
from question_bank.networks.updates import EPSILON

COLUMNS = 3
"""Path columns side by side; more wrap into a further table."""
_CELLS_A_ROW = 5
_PRINTED_A_ROW = 6
"""Of the forward pass: boxes, and printed values."""
SECOND_PASS = ("second_forward", "loss_value")
"""Kinds of the steps that follow an update."""
_PRINTED_WIDTH = 48.0
"""Points for a printed forward value, in its sixth of a row."""
_LINE_WIDTH = 52.0
"""Points for the value of a line of a worked solution."""
_ROOMY = PaperFit()
LINK = "link:"
"""Before the key of a connection, among the texts of a page: 1 where it is drawn."""


class Page:
    """The context of one question's page; `prefix` keeps the identifiers of several questions apart."""

    def __init__(
        self,
        derivation: Derivation,
        shape: Shape,
        fit: PaperFit = _ROOMY,
        *,
        prefix: str = "",
        width: float = 174.0,
    ) -> None:
        self.derivation = derivation
        self._model = derivation.model
        self.prefix = prefix
        self._width, self._fit = width, fit
        self._task, self._boxes = Task(derivation), NumberBoxes(derivation, shape)
        self.numbers = self._boxes.numbers
        """Every box of a given apart from the labels of the drawing, by identifier (without prefix)."""
        with derivation.naming():
            self.network = DrawnNetwork(self._boxes, width, fit)
        self.drawing = self.network.shape

    def context(self) -> dict[str, Any]:
        """All that `question.html` asks for, apart from head and numbers."""
        with self.derivation.naming():
            return self._context()

    def _context(self) -> dict[str, Any]:
        derivation = self.derivation
        updated = [value for value in derivation.asked if derivation.is_updated(value)]
        return {
            "prefix": self.prefix,
            "parameter": listed_latex([latex_name(value) for value in derivation.asked]),
            "output": None if derivation.graph.has_loss else latex_name(derivation.graph.loss),
            "end": latex_name(derivation.graph.loss),
            "circuit": is_circuit(self._model),
            "gradient": target_symbol(GRADIENT, derivation.parameter, derivation.graph.loss),
            "updated": listed_latex([target_symbol(UPDATED, value) for value in updated]),
            "asked_for": self._task.asked_for(updated),
            "second_pass": self._second_pass() if derivation.layout.quantity == "updated" else [],
            "after_gradient": list(self._after_gradient()),
            "layout": derivation.layout,
            "where": [] if derivation.is_forward else self._task.where(),
            "several": list(self._task.several(derivation.asked)),
            "some_updated": [] if len(updated) == len(derivation.asked) else list(self._task.several(updated)),
            "descent": self._task.descent(),
            "manner": derivation.manner,
            "update_words": derivation.update.words_for(several=len(derivation.asked) > 1) if derivation.update else "",
            "update_rule": ([], []) if derivation.paths else update_rule(derivation),
            "nudged": latex_name(EPSILON) if derivation.layout.quantity == "quotient" else None,
            "conventions": conventions(derivation),
            "drawing": self.network.drawing(),
            "split": self._fit.split,
            "tall": self._fit.tall,
            "again": self.network.drawing_again() if self._fit.again else None,
            "find": derivation.layout.paths == "find",
            "slot_ids": {slot.name: f"slot:{n}" for n, slot in enumerate(derivation.slots)},
            "work": self._work(),
            "givens": list(self._givens()),
            "routes": self._task.routes(),
            "ticks": list(self._ticks()),
            "forward": []
            if derivation.solution or (self.network.boxed and derivation.layout.forward == "asked")
            else list(self._forward()),
            "tables": list(self._tables()),
            "solution": list(self._solution()),
            "wrong_line": derivation.wrong_line if derivation.solution else None,
            "back": []
            if derivation.solution
            else back_sections(derivation, {box["slot"] for box in self.network.on_edges()}),
            "single": len(derivation.asked) == 1,
            "turned": derivation.layout.error_sign == "target_minus_output",
            "error": self._task.error(),
            "count": latex_name(PARAMETERS),
            "product": latex_letter_of("P"),
            "products": self._task.products(),
            "path_count": len(derivation.paths),
            "drawn_paths": len((derivation.solution or derivation).paths),
        }

    def _ticks(self) -> Iterator[dict[str, Any]]:
        """Boxes to be ticked, a grid for each table of connections: columns lead from a unit, rows to one."""
        links = self._model.conventions().links
        if links is None:
            return
        slots = {slot.step: slot.name for slot in self.derivation.slots}
        for table in self._model.tables():
            rows = []
            for row in table.cells:
                cells = [{"slot": slots.get(tick_of(name)), "symbol": latex_name(name)} for name in row]
                rows.append({"to": latex_name(links.link(row[0]).head), "cells": cells})
            tails = [latex_name(links.link(name).tail) for name in table.cells[0]]
            yield {"symbol": latex_name(table.heading), "from": tails, "rows": rows}

    def _after_gradient(self) -> Iterator[dict[str, str]]:
        """The boxes behind the gradient by paths, of an update or a check: their slots, and their formulas as LaTeX.

        What is worked from the givens once more has its symbol alone, which says what is put in.
        """
        slots = {slot.step for slot in self.derivation.slots}
        for name in self.derivation.endings if self.derivation.paths else ():
            step, named = self.derivation.step(name), self._task.named(name)
            if name == GRADIENT or name not in slots or step.kind in SECOND_PASS or step.formula is None:
                continue
            formula = named if step.kind == "nudged_value" else f"{named} = {latex(step.formula, self._task.named)}"
            yield {"slot": step.key, "formula": formula}

    def _second_pass(self) -> list[list[dict[str, str]]]:
        """Rows of boxes: the loss before the step, and what the forward pass comes to with the new value."""
        cells = [
            {"symbol": latex_name(step.name), "slot": step.key}
            for step in self.derivation.steps
            if step.kind in SECOND_PASS
        ]
        return [cells[first : first + CELLS_OF_VALUES] for first in range(0, len(cells), CELLS_OF_VALUES)]

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
                    yield {"symbol": latex_name(one), "number": self._boxes.number(one, "left")}
            elif not others and (table.role == "biases" or table.heading == given):
                yield {"symbol": latex_name(given), "number": self._boxes.number(given, "left")}
            else:
                transposed = is_transposed(table)
                yield self._boxes.matrix(latex_name(table.heading), table.columns if transposed else table.cells)
        if self._boxes.names_a_class:
            yield {"symbol": latex_name(RIGHT_CLASS), "number": self._boxes.number(RIGHT_CLASS, "left")}
        for given in self._boxes.needed():
            yield {"symbol": latex_name(given), "number": self._boxes.number(given, "left")}

    def _of_step(self, row: Sequence[Symbol]) -> dict[str, Any]:
        if len(row) == 1:
            return {"symbol": latex_name(row[0]), "number": self._boxes.number(row[0], "left")}
        return self._boxes.matrix(latex_name(replace(row[0], index=())), [(given,) for given in row])

    def _forward(self) -> Iterator[list[dict[str, Any]]]:
        """Rows of the grid: a layer's pre-activations, then its outputs, in one row where there is room.

        Those of another example begin another one, and what stands in the rows of a grid begins one with each of them.
        """
        rows: dict[tuple[str, tuple[int | None, int | None], tuple[int, ...]], list[dict[str, Any]]] = {}
        conventions = self._model.conventions()
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
            counts = conventions.links is not None
            in_order = counts or is_circuit(self._model) or conventions.unrolled is not None
            kind = "" if in_order else nodes[name].kind if printed else step.kind
            # The softmax's sum goes on the exponentials' row.
            line = name.index if kind == "sum" else name.index[:-1]
            depth = (None if counts else self._model.layer_of(name)), name.example
            row = rows.setdefault(("exponential" if kind == "sum" else kind, depth, line), [])
            cell: dict[str, Any] = {"symbol": latex_name(name), "slot": None, "number": None}
            if printed:
                cell["number"] = self._boxes.kept(
                    Number(f"forward:{name.key}", 10.0, _PRINTED_WIDTH, "left", given=name)
                )
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
                "symbol": self._task.named(derivation.shown_as(step.name)),
                "formula": latex(step.formula, self._task.named),
                "value": self._boxes.kept(Number(f"line:{number}", 10.0, _LINE_WIDTH, "left", given=given)),
            }

    def _work(self) -> dict[str, Any]:
        found = self.derivation.layout.paths == "find"
        columns = PathTable(
            self._columns_a_table(),
            self._longest_route(),
            3 if found else len(self.derivation.paths),
            symbol_width(self.derivation.parameter, 10.0) * MILLIMETRES_A_POINT,
            found,
            (not self.derivation.layout.one_box) + len(list(self._after_gradient())),
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
            "product": {"symbol": self._product(number), "slot": slots[-1].name},
        }

    def _product(self, number: int) -> str:
        """What a column's product is called; the gradient, where that is the product of the only one."""
        return self._task.named(GRADIENT) if self.derivation.layout.one_box else latex_name(Derived("product", number))


def texts_of(page: Page, givens: Mapping[Symbol, str]) -> dict[str, str]:
    """Every given's box with the text that goes into it."""
    labels = (*page.network.labels, *page.network.labels_again)
    numbers = [*page.numbers.values(), *(label.number for label in labels if label.number)]
    links = [edge.weight for edge in page.drawing.edges if edge.optional and edge.weight is not None]
    there = {f"{LINK}{name.key}": givens[name] for name in links}
    return there | {number.id: givens[number.given] for number in numbers if number.given}
