"""Misreadings tried on submissions: what each explains of what is written.

Many misreadings change the same numbers of one step: the signs of W, of its first layer and of its first row are all
one to the first unit. So a step is worked once for each *way* in which it may come out, not for every misreading.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from grader.marking.batch import Batch, Rows
from grader.marking.misreadings import Misreading, TakenGiven
from grader.marking.own import OwnNumbers, column_of
from question_bank.derivations.derivation import Derivation
from question_bank.derivations.evaluate import recorded
from question_bank.expressions.interval import Interval, select
from question_bank.expressions.precision import COMPARISON_SLACK, Array, BoolArray
from question_bank.expressions.program import Columns, OnDemand

Table = Callable[[Derivation], tuple[Misreading, ...]]
"""Which misreadings are tried on a derivation."""

Counts = NDArray[np.int16]

_AT_ONCE = 1024
"""Submissions that are tried together: enough for the arrays, and not too much for the memory."""


def worth_trying(batch: Batch, struck: BoolArray, table: Table, least: int) -> Rows:
    """The submissions in which some misreading gives so many struck steps, whatever speaks against it.

    It takes less time than `gains`, since only struck steps are looked at: of most sheets, first, whether there are so
    many that any misreading changes, and then of few whether it gives them.
    """
    nothing_blank = _whole(batch)
    found = [np.zeros(0, np.intp)]
    for whole in (False, True):
        rows = np.flatnonzero(nothing_blank == whole)
        rows = rows[_plan(batch.derivation, table, whole).touched(struck[rows]) >= least]
        for some in in_parts(batch, rows):
            most = MisreadTrial(batch.take(some), table).count(struck[some]).max(axis=0)
            found.append(some[most >= least])
    return np.sort(np.concatenate(found))


def in_parts(batch: Batch, rows: Rows) -> list[Rows]:
    """Submissions in parts to be tried together; those with something blank apart, of which more has to be worked."""
    nothing_blank = _whole(batch)[rows]
    return [
        some[first : first + _AT_ONCE]
        for some in (rows[nothing_blank], rows[~nothing_blank])
        for first in range(0, len(some), _AT_ONCE)
    ]


@dataclass(frozen=True, slots=True, eq=False)
class _Given:
    """The `readings` of a given, and `way` (misreadings,): which of them each takes, counted from 1; 0 for none."""

    readings: tuple[TakenGiven, ...]
    way: NDArray[np.intp]


@dataclass(frozen=True, slots=True, eq=False)
class _Step:
    """A step that comes out otherwise, in so many `ways`, of which way 0 is from what is printed.

    `reads` are those of its inputs that differ, each with the way that it has in every way of this one, (ways,); `way`
    (misreadings,) is which each misreading leads to. It shows in its own `slots`, and `shows` in those of what is
    worked from it as well.
    """

    position: int
    slots: tuple[int, ...]
    shows: tuple[int, ...]
    ways: int
    reads: Mapping[int, NDArray[np.intp]]
    way: NDArray[np.intp]


@dataclass(frozen=True, slots=True, eq=False)
class _Plan:
    """What comes out otherwise: the givens, and the steps in their order."""

    givens: Mapping[int, _Given]
    steps: tuple[_Step, ...]

    def touched(self, struck: BoolArray) -> Array:
        """In how many steps a slot is struck that a misreading changes: the most for each submission."""
        told = [step for step in self.steps if step.slots]
        if not told:
            return np.zeros(len(struck))
        here = np.stack([struck[:, list(step.slots)].any(axis=1) for step in told], axis=1)
        changed = np.stack([step.way > 0 for step in told])
        # As floats: NumPy multiplies only matrices of those by BLAS.
        most: Array = (here.astype(np.float32) @ changed.astype(np.float32)).max(axis=1, initial=0.0)
        return most


@lru_cache(maxsize=256)
def _plan(derivation: Derivation, table: Table, whole: bool) -> _Plan:
    """What comes out otherwise. On `whole` sheets nothing is blank: what is written is gone on with."""
    tried = table(derivation)
    readings: dict[int, dict[TakenGiven, int]] = {}
    ways: dict[int, NDArray[np.intp]] = {}
    for number, misreading in enumerate(tried):
        for at, taken in misreading.taken.items():
            known = readings.setdefault(at, {})
            ways.setdefault(at, np.zeros(len(tried), np.intp))[number] = known.setdefault(taken, len(known) + 1)
    givens = {at: _Given(tuple(known), ways[at]) for at, known in readings.items()}
    steps: list[_Step] = []
    for position, slots in stations(derivation):
        reads = [read for read in derivation.program_of(position).reads if read in ways]
        if not reads:
            continue
        # The first is as printed, whether or not any misreading leaves it so.
        together = np.array([np.concatenate([[0], ways[read]]) for read in reads])
        different, way = np.unique(together, axis=1, return_inverse=True)
        ways_in = dict(zip(reads, different, strict=True))
        steps.append(_Step(position, slots, slots, different.shape[1], ways_in, way.ravel()[1:]))
        if not (whole and slots):
            ways[position] = steps[-1].way
    shows = {step.position: set(step.slots) for step in steps}
    for step in reversed(steps):
        for read in shows.keys() & step.reads.keys():
            shows[read] |= shows[step.position]
    return _Plan(givens, tuple(replace(step, shows=tuple(sorted(shows[step.position]))) for step in steps))


class MisreadTrial:
    """A batch with its givens misread."""

    def __init__(self, batch: Batch, table: Table) -> None:
        self._batch, self._tried = batch, len(table(batch.derivation))
        self._whole = bool(_whole(batch).all())
        self._plan = _plan(batch.derivation, table, self._whole)
        self._slots = dict(stations(batch.derivation))
        self._own = OwnNumbers(batch)
        self._worked = OnDemand(lambda at: _readings(batch, at, self._plan.givens[at].readings))

    def changed(self) -> NDArray[np.intp]:
        """How many givens every misreading changes: (misreadings, submissions)."""
        found = np.zeros((self._tried, len(self._batch.answers.values)), np.intp)
        for at, given in self._plan.givens.items():
            low, high = self._worked[at]
            found += ((low != low[0]) | (high != high[0]))[given.way]
        return found

    def count(self, struck: BoolArray, sound: BoolArray | None = None) -> Counts:
        """By how many steps every misreading explains more than none: (misreadings, submissions).

        A step counts for a misreading if it is struck and follows from the givens as misread, and where `sound` is
        given against it if it is sound and does not; both are (submissions, slots).
        """
        read = self._batch.answers.read
        every = np.arange(len(read))
        found = np.zeros((self._tried, len(read)), np.int16)
        for step in self._plan.steps:
            slots = list(step.slots)
            rows = every if sound is not None else np.flatnonzero(struck[:, list(step.shows)].any(axis=1))
            if not len(rows):
                continue
            ends = self._ranges(step, rows)
            if not (self._whole and slots):
                self._worked[step.position] = self._for_all(ends, rows)
            if not slots:
                continue
            hit: BoolArray = np.ones(np.shape(ends[0]), dtype=bool)
            for at in slots:
                hit &= holds(self._batch, at, ends, rows) | ~read[:, at][rows]
            speaks = (hit & struck[np.ix_(rows, np.array(slots))].any(axis=1)).astype(np.int8)
            if sound is not None:
                against = read[:, slots].any(axis=1) & (sound[:, slots] | ~read[:, slots]).all(axis=1)
                speaks -= np.logical_and(~hit, against)
            some = np.flatnonzero(speaks[1:].any(axis=0))
            if len(some):
                changed = np.flatnonzero(step.way)
                found[np.ix_(changed, rows[some])] += speaks[np.ix_(step.way[changed], some)]
        return found

    def _ranges(self, step: _Step, rows: Rows) -> Interval:
        """The step's range in each way: (ways, rows)."""
        derivation = self._batch.derivation
        column = column_of(derivation.slots[step.slots[0]]) if step.slots else None
        program = derivation.program_of(step.position)
        columns = {
            read: self._misread(read, step.reads[read], column, rows)
            if read in step.reads
            else select(self._own.at(read, column), rows)
            for read in program.reads
        }
        low, high = recorded(
            program.ranges(columns), derivation.steps[step.position], derivation, self._batch.reference.precision
        )
        shape = (step.ways, len(rows))
        return np.broadcast_to(low, shape), np.broadcast_to(high, shape)

    def _for_all(self, ends: Interval, rows: Rows) -> Interval:
        """Some rows' ranges in the places that they have among all rows."""
        count = len(self._batch.answers.values)
        if len(rows) == count:
            return ends
        low, high = np.full((2, len(ends[0]), count), np.nan)
        low[:, rows], high[:, rows] = ends
        return low, high

    def _misread(self, read: int, ways: NDArray[np.intp], column: int | None, rows: Rows) -> Interval:
        """What a step is worked from in each of its ways: what is written, else what the givens come to."""
        low, high = self._worked[read]
        # Whole rows are copied fast, single numbers are not.
        mine = low.take(rows, axis=1).take(ways, axis=0)
        misread = (mine, mine if low is high else high.take(rows, axis=1).take(ways, axis=0))
        slots = self._slots.get(read)
        if not slots:
            return misread
        written = self._batch.answers.read[np.ix_(rows, np.array(slots))].any(axis=1)
        own = select(self._own.at(read, column), rows)
        low, high = (np.where(written, mine, end) for mine, end in zip(own, misread, strict=True))
        return low, high


def _readings(batch: Batch, at: int, readings: Sequence[TakenGiven]) -> Interval:
    """A given as it is printed, and as it is read in each way: (readings + 1, submissions)."""
    printed = batch.reference.ranges[at]
    low, high = np.empty((2, len(readings) + 1, len(printed[0])))
    low[0], high[0] = printed
    # The many digits that may be read are worked together.
    digits = [number for number, reading in enumerate(readings, 1) if reading.reading == "with_digit"]
    for number in {*range(1, len(low))}.difference(digits):
        low[number], high[number] = as_read(batch, readings[number - 1], batch.reference.ranges)
    if digits:
        some = [readings[number - 1] for number in digits]
        read = np.array([[reading.digit] for reading in some])
        moved = _moved_by_digit(batch.derivation, at, printed, read, np.array([[10.0**one.place] for one in some]))
        low[digits], high[digits] = printed[0] + moved, printed[1] + moved
    return (low, low) if printed[0] is printed[1] else (low, high)


def as_read(batch: Batch, taken: TakenGiven, printed: Columns[Interval]) -> Interval:
    """What a given was read as, where these are `printed`."""
    if taken.reading == "as_copied":
        copy = batch.derivation.index[batch.derivation.slots[taken.position].step]
        values, read = batch.answers.values[:, taken.position], batch.answers.read[:, taken.position]
        value = np.where(read, values, batch.reference.values[copy])
        return value, value
    low, high = printed[taken.position]
    point = low is high
    match taken.reading:
        case "without_sign":
            low, high = np.minimum(np.abs(low), np.abs(high)), np.maximum(np.abs(low), np.abs(high))
        case "turned":
            low, high = -high, -low
        case "left_out":
            low = high = np.zeros_like(low)
        case "with_digit":
            moved = _moved_by_digit(batch.derivation, taken.position, (low, high), taken.digit, 10.0**taken.place)
            low, high = low + moved, high + moved
    return (low, low) if point else (low, high)


def _moved_by_digit(
    derivation: Derivation, position: int, printed: Interval, digit: int | NDArray[np.intp], unit: float | Array
) -> Array:
    """By how much a given becomes more where a digit is read at the place of a unit: shaped like all of these."""
    middle = 0.5 * (printed[0] + printed[1])
    shown = np.floor(np.abs(middle) / unit + 1e-9) % 10
    moved = np.sign(middle) * (digit - shown) * unit
    moved = np.where(np.abs(middle + moved) < 1e-9, 0.0, moved)  # nothing is no digit
    return np.where(_is_printed(derivation, position, middle, unit), moved, 0.0)


def _is_printed(derivation: Derivation, position: int, value: Array, unit: float | Array) -> BoolArray:
    """True where a number has a digit at a place, or ends just before it: 0.4 has no ones, and 3 no hundredths."""
    before = value / (100 * unit)
    decimal = np.abs(before - np.rint(before)) > 1e-9
    if derivation.givens[position] in derivation.graph.nodes:
        decimal = np.full_like(decimal, True)
    return np.where(np.asarray(unit) >= 1, np.abs(value) >= unit - 1e-9, decimal)


def holds(batch: Batch, at: int, interval: Interval, rows: Rows) -> BoolArray:
    """True where what is written in a slot lies in a range; (…, rows) like the range."""
    slack = COMPARISON_SLACK * batch.key.unit[:, at][rows]
    values = batch.answers.values[:, at][rows]
    inside: BoolArray = (values >= interval[0] - slack) & (values <= interval[1] + slack)
    return inside


def _whole(batch: Batch) -> BoolArray:
    """True where nothing is blank that is worked from the givens, but the column to spare: (submissions,)."""
    slots = [at for _, own in stations(batch.derivation) for at in own]
    nothing_blank: BoolArray = np.all(batch.answers.read[:, slots], axis=1)
    return nothing_blank


@lru_cache(maxsize=256)
def stations(derivation: Derivation) -> tuple[tuple[int, tuple[int, ...]], ...]:
    """All computed steps in their order, each with its slots, but spare ones."""
    slots: dict[int, list[int]] = {}
    for at, slot in enumerate(derivation.slots):
        if not slot.spare:
            slots.setdefault(derivation.index[slot.step], []).append(at)
    return tuple(
        (position, tuple(slots.get(position, ())))
        for position, program in enumerate(derivation.programs)
        if program is not None
    )
