"""What is said about the columns: swapped, doubled, merged or foreign."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from grader.marking.batch import Batch, Rows
from grader.marking.columns import Note, column_slots, in_path_order, of_one_length, own_slots
from grader.marking.fit import CONVINCING, ColumnFit
from question_bank.derivations.derivation import Derivation, Path
from question_bank.derivations.deriving import derive
from question_bank.derivations.evaluate import recorded, widen
from question_bank.expressions.interval import Interval, select, shaped
from question_bank.expressions.names import Name, Symbol
from question_bank.expressions.precision import COMPARISON_SLACK, BoolArray


def notes(batch: Batch, fitted: ColumnFit, answered: BoolArray, sources: NDArray[np.intp]) -> NDArray[np.uint8]:
    """Swapped where the routes are printed; doubled, merged or foreign where a column does not hold its path."""
    scores, whole = fitted.earned, fitted.whole
    count, columns, paths = scores.shape
    said = np.zeros((count, columns), np.uint8)
    taken_for = np.argsort(sources, axis=1)
    every = np.arange(count)
    right = batch.key.holds(in_path_order(batch.answers, batch.derivation, sources).values)
    slots, own_boxes = column_slots(batch.derivation), own_slots(batch.derivation)[:paths]
    boxes = np.array([len(at) for at in own_boxes])
    # What every path's column holds of it: in how many boxes, and whether in the product's.
    explained = np.stack([right[:, at].sum(axis=1) for at in own_boxes], axis=1)
    products = np.stack([right[:, at[-1]] for at in slots], axis=1)
    unlike = np.zeros_like(answered)
    # Where every product is written, one that equals the sum of all paths does so by chance.
    unfinished = ~batch.answers.read[:, [at[-1] for at in slots[:paths]]].all(axis=1)
    for column in range(columns):
        path = np.minimum(taken_for[:, column], paths - 1)
        own = np.where(taken_for[:, column] < paths, scores[every, column, path], 0)
        weak = answered[:, column] & (own < CONVINCING * whole[every, path])
        other = scores[:, column].argmax(axis=1)
        convincing = scores[every, column, other] >= CONVINCING * whole[every, other]
        holder = sources[every, other]
        held = scores[every, holder, other] >= CONVINCING * whole[every, other]
        doubled = weak & convincing & (holder != column) & held
        said[doubled, column] = Note.DOUBLED
        rows = np.flatnonzero(answered[:, column] & unfinished & ~doubled & ~products[every, path])
        merged = rows[_is_sum_of_paths(batch, rows, slots[column][-1])]
        said[merged, column] = Note.MERGED
        # What follows from own numbers is of the path that it stands for.
        amiss = fitted.unexplained[every, column, path] > 0
        unlike[:, column] = answered[:, column] & (explained[every, path] < boxes[path] - 1) & amiss
    said[_foreign(batch, unlike & (said == Note.NONE))] = Note.FOREIGN
    if batch.derivation.layout.paths == "given":
        said[(taken_for != np.arange(columns)) & answered] = Note.SWAPPED
    return said


def _is_sum_of_paths(batch: Batch, rows: Rows, product: int) -> BoolArray:
    """True where a product's box holds what all paths come to together."""
    derivation = batch.derivation
    low, high = (
        np.sum([batch.reference.ranges[derivation.index[path.product]][end][rows] for path in derivation.paths], axis=0)
        for end in (0, 1)
    )
    values, unit = batch.answers.values[rows, product], batch.key.unit[rows, product]
    inside: BoolArray = (values >= low - 0.5 * unit) & (values <= high + 0.5 * unit)
    return inside


def _foreign(batch: Batch, looked_at: BoolArray) -> BoolArray:
    """True where a column holds a path of another parameter of the same kind, but for one box at the most.

    Only columns that are `looked_at`, and of them paths of their length; both are (submissions, columns).
    """
    slots = column_slots(batch.derivation)
    found = np.zeros(looked_at.shape, dtype=bool)
    for some in of_one_length(batch.derivation):
        found[:, some] = _foreign_among(batch, np.array([slots[column] for column in some]), looked_at[:, some])
    return found


def _foreign_among(batch: Batch, slots: NDArray[np.intp], looked_at: BoolArray) -> BoolArray:
    """The same for columns of one length; `slots` are (columns, boxes)."""
    factors = slots.shape[1] - 1
    # A column with fewer numbers than a path has factors need not be tried.
    looked_at = looked_at & (batch.answers.read[:, slots].sum(axis=2) >= factors)
    rows = np.flatnonzero(looked_at.any(axis=1))
    found = np.zeros(looked_at.shape, dtype=bool)
    if not len(rows):
        return found
    boxes = [np.ix_(own, rows) for own in slots.T]
    values = [batch.answers.values.T[box] for box in boxes]
    slack = [COMPARISON_SLACK * batch.key.unit.T[box] for box in boxes]

    def holds(at: int, interval: Interval, some: Rows | slice = slice(None)) -> BoolArray:
        low, high = interval
        mine, reach = values[at][:, some], slack[at][:, some]
        inside: BoolArray = (mine >= low - reach) & (mine <= high + reach)
        return inside

    foreign = np.zeros((len(slots), len(rows)), dtype=bool)
    shared: dict[Name, Interval] = {}
    held_in: dict[tuple[int, Name], BoolArray] = {}
    for parameter in _siblings(batch.derivation):
        other = derive(batch.derivation.model, parameter, batch.derivation.layout)
        ranges = _Ranges(batch, rows, other, shared)
        for path in (path for path in other.paths if len(path.factors) == factors):
            held = np.zeros(foreign.shape, np.intp)
            for box in enumerate(path.factors):
                if box not in held_in:
                    at, factor = box
                    held_in[box] = holds(at, ranges[other.index[factor]])
                held += held_in[box]
            foreign |= held == factors
            short = ~foreign & (held == factors - 1)
            some = np.flatnonzero(short.any(axis=0))
            if len(some):
                foreign[:, some] |= short[:, some] & holds(factors, ranges.product(path, some), some)
    found[rows] = foreign.T
    return found & looked_at


class _Ranges:
    """Honest ranges of the steps of another parameter, each worked when it is asked for.

    `shared` are those of steps that have the same name, and so the same formula, whichever parameter is asked for.
    """

    def __init__(self, batch: Batch, rows: Rows, other: Derivation, shared: dict[Name, Interval]) -> None:
        self._reference, self._rows, self._other, self._shared = batch.reference, rows, other, shared

    def __getitem__(self, position: int, /) -> Interval:
        name = self._other.steps[position].name
        if name not in self._shared:
            self._shared[name] = self._worked(position)
        return self._shared[name]

    def product(self, path: Path, some: Rows) -> Interval:
        """What a path comes to, of some of the rows."""
        position = self._other.index[path.product]
        program = self._other.program_of(position)
        factors = {read: select(self[read], some) for read in program.reads}
        return recorded(program.ranges(factors), self._other.steps[position], self._other, self._reference.precision)

    def _worked(self, position: int) -> Interval:
        program, precision = self._other.programs[position], self._reference.precision
        if program is None:
            return select(self._reference.ranges[position], self._rows)
        copied = self._other.copies.get(position)
        if copied is not None:
            return widen(select(self._reference.points[copied], self._rows), precision.forward, precision)
        worked = recorded(program.ranges(self), self._other.steps[position], self._other, precision)
        return shaped(worked, (len(self._rows),))


def _siblings(derivation: Derivation) -> list[Symbol]:
    """Parameters of the same layer and kind with as many paths, the asked one left out."""
    alike = derivation.model.alike(derivation.parameter)
    return [other for other in alike if derivation.graph.count_paths(other) == len(derivation.paths)]
