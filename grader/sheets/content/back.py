"""The boxes of the way back through a network, where each derivative is worked once: rows of cells, lines, arrays.

A section has a `heading` and rows; that of an update that takes several lines has a `rule` for each parameter,
and before it what is worked `once` for all. Templates only loop over them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence, Set
from dataclasses import dataclass, replace
from itertools import groupby
from typing import Any

from question_bank.derivations.derivation import Derivation
from question_bank.derivations.layer_tables import LayerTable, layer_tables
from question_bank.derivations.steps import Step
from question_bank.expressions.expression import Call, Expression, Ref, call, summed, total
from question_bank.expressions.latex import latex
from question_bank.expressions.names import Derived, Name, Symbol, What
from question_bank.language.words import _
from question_bank.networks.lettering import notation_in_force
from question_bank.networks.model import table_places
from question_bank.networks.notation import equation, is_transposed, latex_name, target_symbol
from question_bank.networks.updates import NORM, SCALE, Updated

_ANY = Symbol("theta")
_GRADIENT = Derived("gradient", of=_ANY)
"""Whatever parameter is updated, and its gradient."""
_ENTERING = "a"
CELLS_OF_VALUES, _PARTS_ACROSS = 4, 3
"""Cells on a line, which stand below each other whatever is in them; of longer symbols there are fewer."""


@dataclass(frozen=True, slots=True)
class Row:
    """A row of boxes: cells, and in how many parts their line is divided; or a formula before its box; or arrays.

    A cell, and an entry of an array, has a `symbol` as LaTeX and a `slot`; an array has a `symbol` and rows of entries,
    None where nothing is asked for. `kind` is that of the style sheet.
    """

    kind: str = ""
    cells: Sequence[dict[str, str]] = ()
    across: int = 1
    line: dict[str, str] | None = None
    arrays: Sequence[dict[str, Any]] = ()


def back_sections(derivation: Derivation, elsewhere: Set[str] = frozenset()) -> list[dict[str, Any]]:
    """What a page shows behind the forward pass, but slots that stand elsewhere; nothing where there are paths.

    >>> from question_bank.derivations.deriving import derive
    >>> from question_bank.derivations.layout import Layout
    >>> from question_bank.networks.dense import Dense
    >>> network = Dense((1, 2, 1), ("tanh", "linear"), "squared_error")
    >>> [section["heading"] for section in back_sections(derive(network, ["w1_21"], Layout(working="deltas")))]
    ['Back through layer 2', 'Back through layer 1']
    """
    slots = {slot.step: slot.name for slot in derivation.slots}
    tables = layer_tables(
        derivation, [step for step in derivation.steps if slots.get(step.name, "") not in {"", *elsewhere}]
    )
    page = _Back(derivation)
    if derivation.passes:
        return [page.section(table, page.layer(table)) for table in tables]
    shape = derivation.layout.arrangement.shape
    back = [table for table in tables if table.part == "back"]
    if shape == "lines":
        behind = [step for table in back for step in table.steps]
        sections = [
            {"heading": _("The chain"), "part": "back", "once": [], "rule": [], "rows": list(page.lines(behind))}
        ]
    else:
        rows = page.arrays if shape == "arrays" else page.layer
        sections = [page.section(table, rows(table)) for table in back]
    return sections + [page.section(table, page.layer(table)) for table in tables if table.part != "back"]


def update_rule(derivation: Derivation) -> tuple[list[str], list[str]]:
    """How new values are worked where several parameters are updated, as LaTeX: what is worked once, then for each."""
    update = derivation.update
    if update is None or derivation.layout.quantity == "gradient":
        return [], []
    once: list[str] = []
    every: list[str] = []
    for name, kind, formula in update.together([Updated(_ANY, _GRADIENT, Derived("updated", of=_ANY), _ANY)]):
        written = equation(name, formula)
        if kind == "norm" and isinstance(formula, Call):
            # The square of any of them stands for all; no root has room for a sum in a heading.
            (square,) = formula.arguments
            written = equation(call("square", Ref(name)), summed(latex_name(_ANY), square))
        (once if name in (NORM, SCALE) else every).append(written)
    return once, every


def through_weights(weights: Name, errors: Name) -> Expression:
    """A layer's error terms through the weights that lead to it, as its matrix is printed."""
    matrix: Expression = Ref(weights)
    if notation_in_force().matrices == "to-from":
        matrix = call("transposed", matrix)
    return call("matrix_product", matrix, Ref(errors))


class _Back:
    def __init__(self, derivation: Derivation) -> None:
        self._derivation = derivation

    def symbol(self, name: Name) -> str:
        """LaTeX of a step."""
        return target_symbol(name, self._derivation.parameter, self._derivation.graph.loss)

    def section(self, table: LayerTable, rows: Iterable[Row]) -> dict[str, Any]:
        """A table's heading and rows, and of an update what is worked for each parameter, or in this step."""
        once, rule = update_rule(self._derivation) if table.part == "update" and table.number in (None, 1) else ([], [])
        if table.part == "step":
            rule = [
                equation(step.name, step.formula)
                for step in (*(step for row in table.units for step in row), *table.values[0])
                if step.role == "update" and step.formula is not None
            ]
        return {"heading": table.heading, "part": table.part, "once": once, "rule": rule, "rows": list(rows)}

    def _cell(self, step: Step) -> dict[str, str]:
        return {"symbol": self.symbol(step.name), "slot": step.key}

    def layer(self, table: LayerTable) -> Iterator[Row]:
        """A row for each unit, units of a single box side by side; then the values that are asked for."""
        units = [part for row in table.units for part in _apart(row)]
        rows: list[Sequence[Step]] = []
        for alone, group in groupby(units, lambda row: len(row) == 1 and not _through(row)):
            alike = [*group]
            rows += [[step for row in alike for step in row]] if alone else alike
        for row in rows:
            for part in _parts(row, _PARTS_ACROSS if _through(row) else CELLS_OF_VALUES):
                yield self._row(part, CELLS_OF_VALUES, "")
        values = [part for row in table.values for part in _apart(row)]
        longest = max(map(len, values), default=1)
        across, together = CELLS_OF_VALUES // longest * longest, self._in_grids(values)
        if longest > CELLS_OF_VALUES:
            # A long row has lines of its own.
            across, together = -(-longest // -(-longest // CELLS_OF_VALUES)), ([*row] for row in values)
        kind = "values first" if units else "values"
        for some in together:
            for through, steps in groupby(some, lambda step: _is_of(step, ("part",))):
                for part in _parts([*steps], _PARTS_ACROSS if through else across):
                    yield self._row(part, CELLS_OF_VALUES, kind)
                    kind = "values"

    def _in_grids(self, values: Sequence[Sequence[Step]]) -> Iterator[list[Step]]:
        """The steps of values one after another, but those of a grid as they stand in it, line by line."""
        places = table_places(self._derivation.model)

        def line_of(row: Sequence[Step]) -> tuple[Symbol, int] | None:
            of = row[0].name.of if isinstance(row[0].name, Derived) else None
            if of is None or of not in places:
                return None
            table, line, _other = places[of]
            return (table.heading, line) if table.is_grid else None

        for _line, rows in groupby(values, line_of):
            yield [step for row in rows for step in row]

    def _row(self, steps: Sequence[Step], across: int, kind: str) -> Row:
        if _through(steps):
            kind, across = f"{kind} parts".strip(), _PARTS_ACROSS
        return Row(kind, [self._cell(step) for step in steps], across)

    def lines(self, steps: Sequence[Step]) -> Iterator[Row]:
        """The local derivatives in rows, and behind them a line for what they come to."""
        for local, some in groupby(steps, lambda step: step.role == "factor"):
            if local:
                for part in _parts([*some], CELLS_OF_VALUES):
                    yield self._row(part, CELLS_OF_VALUES, "")
                continue
            for step in some:
                formula = self._derivation.shown(step.name)
                assert formula is not None  # no given
                text = f"{self.symbol(step.name)} = {latex(formula, self.symbol)}"
                yield Row("line", line={"formula": text, "slot": step.key})

    def arrays(self, table: LayerTable) -> Iterator[Row]:
        """The vectors of the layer's units side by side, then its matrices of gradients and of new values."""
        steps = {step.name: step for step in table.steps}
        vectors = [self._vector("back", steps), self._vector("error", steps)]
        others = [step for row in table.units for step in row if not _is_of(step, ("back", "error"))]
        if others:
            yield self._row(others, CELLS_OF_VALUES, "")
        if any(vectors):
            yield Row("arrays", arrays=[vector for vector in vectors if vector])
        left = {step.name for row in table.values for step in row}
        every: tuple[What, What] = ("gradient", "updated")
        for what in every:
            found = []
            for given in self._derivation.model.tables():
                rows = given.columns if is_transposed(given) else given.cells
                names = [[Derived(what, of=value) for value in row] for row in rows]
                if left.isdisjoint(name for row in names for name in row):
                    continue
                head = self.symbol(Derived(what, of=given.heading))
                found.append(
                    {"symbol": head, "rows": [[self._entry(steps.get(name)) for name in row] for row in names]}
                )
                left -= {name for row in names for name in row}
            if found:
                yield Row("arrays values", arrays=found)
        rest = [step for row in table.values for step in row if step.name in left]
        if rest:
            yield self._row(rest, CELLS_OF_VALUES, "values")

    def _vector(self, what: What, steps: dict[Name, Step]) -> dict[str, Any] | None:
        entries = [step for step in steps.values() if _is_of(step, (what,))]
        units = [name.of for name in steps if isinstance(name, Derived) and name.what == what and name.of]
        if not entries:
            return None
        layer = self._derivation.model.layer_of(units[0])
        symbol = latex_name(Derived(what, of=Symbol(units[0].letter, layer)))
        if what == "back":
            behind = (layer or 0) + 1
            errors = through_weights(Symbol("W", behind), Derived("error", of=Symbol(_ENTERING, behind)))
            symbol += f" = {latex(total((errors, *map(Ref, self._along_skips(units[0])))), latex_name)}"
        return {"symbol": symbol, "rows": [[self._entry(step)] for step in entries]}

    def _along_skips(self, unit: Symbol) -> Iterator[Name]:
        """The vectors that come back to a unit's layer along skip connections, each as that of no unit."""
        known = self._derivation.backward
        assert known is not None  # what has arrays is worked back
        for use in known.contributions[unit]:
            if use.skips and isinstance(use.upstream, Derived) and use.upstream.of is not None:
                yield replace(use.upstream, of=replace(use.upstream.of, index=()))

    def _entry(self, step: Step | None) -> dict[str, str] | None:
        return None if step is None else self._cell(step)


def _apart(row: Sequence[Step]) -> Iterator[Sequence[Step]]:
    """What comes back along the ways that a value goes, and all else of it: the one has longer symbols."""
    return (tuple(some) for _other, some in groupby(row, lambda step: _is_of(step, ("part",))))


def _through(row: Sequence[Step]) -> bool:
    return any(_is_of(step, ("part",)) for step in row)


def _is_of(step: Step, what: Sequence[str]) -> bool:
    return isinstance(step.name, Derived) and step.name.what in what


def _parts(cells: Sequence[Step], most: int) -> Iterator[Sequence[Step]]:
    return (cells[first : first + most] for first in range(0, len(cells), most))
