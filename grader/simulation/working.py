"""Students of one derivation working side by side: arrays over (students,), one for every step.

Each goes on from the own recorded numbers, with the mistaken formula where a mistake strikes.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from grader.simulation.rounding import Rounding, worked_inside
from grader.simulation.truth import BLANK_COLUMN, FOREIGN_COLUMN, MERGED_COLUMN
from question_bank.derivations.derivation import Derivation
from question_bank.derivations.deriving import derive
from question_bank.derivations.evaluate import places_of, value_columns
from question_bank.derivations.steps import Step
from question_bank.expressions.expression import Const, Ref
from question_bank.expressions.names import Name, Symbol
from question_bank.expressions.precision import Array, BoolArray, Places, Precision
from question_bank.expressions.program import Program
from question_bank.misconceptions.mistakes import Over

Rows = NDArray[np.intp]
Key = TypeVar("Key", bound=Hashable)

_LARGEST = 1e12
"""Nobody writes down a number beyond this."""


@dataclass(frozen=True, slots=True, eq=False)
class Strike:
    """One mistake of one student: the mistaken program at every step that it strikes."""

    misconception: str
    exchanged: Mapping[int, Program]


@dataclass(frozen=True, slots=True, eq=False)
class StudentPlan:
    """What one student does while working; `columns` as in Truth, `foreign` the parameter of a foreign path.

    With `otherwise`, the last of equal formulas is worked, and what is printed of the forward pass is worked anew.
    `readings` are givens that are taken for other numbers. With `instead`, all that is more than a copy of a given,
    up to the products, is not worked out, but taken from there: (steps,).
    """

    rounding: Rounding
    strikes: tuple[Strike, ...] = ()
    columns: tuple[int, ...] = ()
    foreign: Symbol | None = None
    readings: Mapping[Name, float] = field(default_factory=dict)
    instead: Array | None = None
    otherwise: bool = False


class SimulatedClass:
    """Students who share a derivation and a precision, each with own givens (students, givens) and an own plan."""

    def __init__(
        self, derivation: Derivation, precision: Precision, givens: Array, plans: Sequence[StudentPlan]
    ) -> None:
        self.derivation = derivation
        self._precision = precision
        self._plans = plans
        self._roundings: dict[Rounding, Rows] = _rows_by([plan.rounding for plan in plans])
        self._memory: BoolArray = np.array([plan.rounding.memory for plan in plans])
        self._struck: defaultdict[int, defaultdict[Program, list[int]]] = defaultdict(lambda: defaultdict(list))
        for row, plan in enumerate(plans):
            for strike in plan.strikes:
                for position, program in strike.exchanged.items():
                    self._struck[position][program].append(row)
        # A mistaken formula may read what is worked later, such as a weight already updated, on a sheet that works that
        # weight's factors in another column: of that, the student has the right value from elsewhere.
        printed = [np.ascontiguousarray(column) for column in givens.T]
        self._misread, read = self._read(printed)
        self._otherwise: Rows = np.flatnonzero([plan.otherwise for plan in plans])
        with np.errstate(all="ignore"):
            self._work_anew(printed, read)
            self._carried = value_columns(derivation, read)
        self._fair: list[Array] = [*printed, *self._carried[len(printed) :]]
        """What each student should go on from: what is printed, and what stands on the paper."""
        self.written = list(self._carried)
        """What each student records for every step, whether or not it has a slot."""
        self._asked = {derivation.index[slot.step] for slot in derivation.slots}
        self._carried_on = frozenset() if derivation.layout.scratch else derivation.carried
        """Steps inside a box, of which all digits are carried."""
        self._inside: dict[int, Array] = {}
        """What should have come out of steps without a slot at which some are mistaken."""
        self._changed: dict[tuple[int, int], BoolArray] = {}
        self._copied: dict[int, BoolArray] = {}
        self._missed: dict[int, Array] = {}
        # A foreign path that gives what an own one does: two inputs may be the same number.
        self._own_after_all = np.zeros(len(plans), dtype=bool)
        # Steps of every path, and columns with what lies in each box of theirs, (students,) each.
        self._steps_of = [[derivation.index[step] for step in path.steps] for path in derivation.paths]
        self._width = max(slot.path or 0 for slot in derivation.slots)
        boxes = max(map(len, self._steps_of), default=0)
        self._paper = [[np.full(len(plans), np.nan) for _ in range(boxes)] for _ in range(self._width)]
        with np.errstate(all="ignore"):
            for position in range(givens.shape[1], len(derivation.steps)):
                if derivation.paths and derivation.steps[position].kind == "gradient":
                    self._lay_out_columns()
                self._work(position)
            if derivation.layout.one_box:
                self._lay_out_columns()

    def places(self, step: Step) -> Places:
        """What this step is recorded in; a copy of an exact number has the places of its role where it is mistaken."""
        return places_of(step, self.derivation, self._precision) or self._precision.of(step.role)

    def copied(self, position: int, row: int) -> bool:
        """Whether a student's record of a step is the copy of a number that is printed, or an exact 0 or 1."""
        return position in self._copied and bool(self._copied[position][row])

    def worth_handing_in(self, row: int) -> bool:
        """Whether all that a student got are numbers that can be written down, and what went wrong shows in them."""
        numbers = all(abs(float(column[row])) < _LARGEST for column in self.written)
        return numbers and all(self.struck(row)) and not self._own_after_all[row]

    def struck(self, row: int) -> list[list[int]]:
        """For each of a student's mistakes the steps where it moved the record by more than one recorded unit.

        Where givens are misread, that is the last of them.
        """
        plan = self._plans[row]
        where = [sorted(strike.exchanged) for strike in plan.strikes]
        if plan.readings:
            where.append([position for position, misread in self._misread.items() if misread[row]])
        return [[position for position in positions if self._shows(position, row)] for positions in where]

    def shows_at(self, position: int, later: int, row: int) -> bool:
        """Whether a student's mistake at a step comes out in a box that is worked from it.

        A ReLU takes all below 0 for one, and its slope all above.
        """
        program = self.derivation.programs[later]
        if position not in self._inside or program is None or position not in program.reads:
            return True
        if (position, later) not in self._changed:
            meant = Over({position: self._inside[position]}, self._carried)
            with np.errstate(all="ignore"):
                self._changed[position, later] = program.values(meant) != program.values(self._carried)
        return bool(np.broadcast_to(self._changed[position, later], len(self._plans))[row])

    def _shows(self, position: int, row: int) -> bool:
        if not self._missed[position][row] > 1.0:
            return False
        readers = (n for n, program in enumerate(self.derivation.programs) if program and position in program.reads)
        return position not in self._inside or any(self.shows_at(position, later, row) for later in readers)

    def _work(self, position: int) -> None:
        step, columns = self.derivation.steps[position], self._carried
        program = self.derivation.program_of(position)
        assert step.formula is not None
        asked = self.places(step)
        shape = np.shape(columns[0])
        right = np.array(np.broadcast_to(program.values(self._fair), shape))
        for rounding, rows in self._roundings.items():
            if rounding.inside:
                own = [column[rows] for column in columns]
                right[rows] = worked_inside(step.formula, self.derivation, own, partial(rounding.record, asked=asked))
        equal = self.derivation.others.get(position)
        if equal and len(self._otherwise):
            right[self._otherwise] = equal[-1].values([column[self._otherwise] for column in self._fair])
        value = right.copy()
        misread = np.flatnonzero(self._misread[position])
        if len(misread):
            value[misread] = program.values([column[misread] for column in columns])
        exact = np.full(shape, step.exact)
        elsewhere = self._take_instead(position, value)
        exact[elsewhere] = False
        if position in self._struck:
            for mistaken, struck in self._struck[position].items():
                rows = np.array(struck, dtype=np.intp)
                value[rows] = mistaken.values([column[rows] for column in columns])
                exact[rows] = False
        if position in self._struck or len(misread):
            unit = np.maximum(asked.unit(right), asked.unit(value))
            missed = np.abs(value - right) / np.where(unit > 0, unit, 1.0)
            self._missed[position] = np.where(np.isfinite(missed), missed, 0.0)
            if position not in self._asked:
                self._inside[position] = right
        record = value if step.name in self._carried_on else self._recorded(value, asked)
        if step.exact:
            record = np.where(exact, value, record)
            self._copied[position] = exact
        self.written[position] = record
        columns[position] = np.where(self._memory, value, record)
        self._fair[position] = columns[position]

    def _read(self, printed: Sequence[Array]) -> tuple[dict[int, BoolArray], list[Array]]:
        """For every step, who works it from a given that is misread, (students,); and the givens as they are read."""
        wrong = np.zeros((len(printed), len(self._plans)), dtype=bool)
        read = [column.copy() for column in printed]
        for row, plan in enumerate(self._plans):
            for given, value in plan.readings.items():
                position = self.derivation.index[given]
                read[position][row], wrong[position, row] = value, True
        misread: dict[int, BoolArray] = {}
        for position, program in enumerate(self.derivation.programs):
            reads = [] if program is None else [place for place in program.reads if place < len(printed)]
            misread[position] = np.logical_or.reduce(wrong[reads], axis=0)
        return misread, read

    def _work_anew(self, printed: list[Array], read: list[Array]) -> None:
        """Work the printed forward values from those before them, for whoever does not go by what is printed."""
        rows = self._otherwise
        for position, equal in self.derivation.others.items() if len(rows) else ():
            if position < len(read):
                value = read[position].copy()
                value[rows] = equal[-1].values([column[rows] for column in read])
                role = self.derivation.steps[position].printed_as
                recorded = value if role is None else self._recorded(value, self._precision.of(role))
                record = np.where(self._memory, value, recorded)
                for columns in (printed, read):
                    columns[position] = columns[position].copy()
                    columns[position][rows] = record[rows]

    def _take_instead(self, position: int, value: Array) -> list[int]:
        """Put in what was not worked out; the rows of those who took it from elsewhere."""
        rows = []
        step = self.derivation.steps[position]
        if taken_elsewhere(step) and step.name not in self.derivation.inside:
            for row, plan in enumerate(self._plans):
                if plan.instead is not None:
                    value[row] = plan.instead[position]
                    rows.append(row)
        return rows

    def _recorded(self, values: Array, asked: Places) -> Array:
        record = np.empty_like(values)
        for rounding, rows in self._roundings.items():
            record[rows] = rounding.record(values[rows], asked)
        # The root of what came out below 0 is no number, and nobody writes a 0 for it.
        record[np.isnan(values)] = np.nan
        return record

    # Columns: what stands where on the paper, and what is then added up.

    def _lay_out_columns(self) -> None:
        """Put every path's factors and product where the student writes them, and add up what stands there."""
        paths = self.derivation.paths
        count = len(self._plans)
        in_order = (*range(1, len(paths) + 1), *[BLANK_COLUMN] * (self._width - len(paths)))
        arranged = np.array([plan.columns or in_order for plan in self._plans]).reshape(count, self._width)
        moved = np.array([bool(plan.columns) for plan in self._plans], dtype=bool)
        sums = [np.zeros(count) for _ in range(self._width)]
        for column in range(self._width):
            for number, positions in enumerate(self._steps_of, 1):
                here = arranged[:, column] == number
                for box, position in zip(self._boxes(column, len(positions)), positions, strict=True):
                    box[here] = self.written[position][here]
                sums[column][here] = self._carried[positions[-1]][here]
            self._merge(column, arranged[:, column] == MERGED_COLUMN, sums[column])
            self._write_foreign(column, arranged[:, column] == FOREIGN_COLUMN, sums[column])
        if moved.any():
            # The gradient's formula adds up the paths; the last one brings along what stands in spare columns.
            sums[len(paths) - 1 :] = [np.sum(sums[len(paths) - 1 :], axis=0)]
            for positions, total in zip(self._steps_of, sums, strict=True):
                self._carried[positions[-1]] = np.where(moved, total, self._carried[positions[-1]])
                self._fair[positions[-1]] = self._carried[positions[-1]]

    def _boxes(self, column: int, count: int) -> list[Array]:
        """A column's boxes for so many steps: a product goes into the last, however many factors come before."""
        return [*self._paper[column][: count - 1], self._paper[column][-1]]

    def _merge(self, column: int, here: BoolArray, sums: Array) -> None:
        """One column for all paths: the first one's factors, and the sum of the products."""
        if not here.any():
            return
        for box, position in zip(self._boxes(column, len(self._steps_of[0])), self._steps_of[0], strict=True):
            box[here] = self.written[position][here]
        both = np.sum([self._carried[positions[-1]] for positions in self._steps_of], axis=0)
        record = self._recorded(both, self._precision.product)
        self._paper[column][-1][here] = record[here]
        sums[here] = np.where(self._memory, both, record)[here]

    def _write_foreign(self, column: int, here: BoolArray, sums: Array) -> None:
        """Another parameter's path, worked as it should be."""
        for parameter, rows in _rows_by([plan.foreign for plan in self._plans]).items():
            rows = rows[here[rows]]
            if parameter is None or not len(rows):
                continue
            other = foreign_derivation(self.derivation, parameter)
            givens = np.stack([self._carried[self.derivation.index[given]][rows] for given in other.givens], axis=1)
            plans = [StudentPlan(self._plans[row].rounding) for row in rows]
            elsewhere = SimulatedClass(other, self._precision, givens, plans)
            path = other.paths[min(column, len(other.paths) - 1)]
            for box, step in zip(self._boxes(column, len(path.steps)), path.steps, strict=True):
                box[rows] = elsewhere.written[other.index[step]]
            product = elsewhere.written[other.index[path.product]]
            for positions in self._steps_of:
                self._own_after_all[rows] |= self.written[positions[-1]][rows] == product
            sums[rows] = elsewhere._carried[other.index[path.product]]

    def slot_numbers(self) -> list[Array]:
        """What stands in every slot, (students,) each; NaN where nothing does."""
        at = dict.fromkeys(range(1, self._width + 1), 0)
        numbers = []
        for slot in self.derivation.slots:
            if slot.path is None:
                numbers.append(self.written[self.derivation.index[slot.step]])
            else:
                is_product = any(slot.step == path.product for path in self.derivation.paths)
                numbers.append(self._paper[slot.path - 1][-1 if is_product else at[slot.path]])
                at[slot.path] += 1
        return numbers


def taken_elsewhere(step: Step) -> bool:
    """Whether a step is more than a copy or a constant, and comes before the products, or is worked once more."""
    easy = isinstance(step.formula, (Ref, Const)) or (step.exact and step.role == "factor")
    return (step.role in ("forward", "factor") or step.kind == "nudged_value") and not easy


def foreign_derivation(derivation: Derivation, parameter: Symbol) -> Derivation:
    """The same network and layout, asked for another parameter."""
    return derive(derivation.model, parameter, derivation.layout)


def foreign_parameters(derivation: Derivation) -> list[Symbol]:
    """Parameters whose paths fill a column like this one's: same kind, same layer."""
    return derivation.model.alike(derivation.parameter)


def _rows_by(keys: Sequence[Key]) -> dict[Key, Rows]:
    """Key → the rows that have it."""
    found: defaultdict[Key, list[int]] = defaultdict(list)
    for row, key in enumerate(keys):
        found[key].append(row)
    return {key: np.array(rows, dtype=np.intp) for key, rows in found.items()}
