"""Misreadings tried on submissions: what each explains of what is written.

Many misreadings change the same numbers of one step: the signs of W, of its first layer and of its first row are all
one to the first unit. So a step is worked once for each *way* in which it may come out, not for every misreading.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from grader.marking.batch import Batch, Rows
from grader.marking.misreadings import Misreading, TakenGiven
from grader.marking.own import OwnNumbers, column_of
from question_bank.derivations.derivation import Derivation
from question_bank.derivations.evaluate import recorded
from question_bank.expressions.interval import Interval, select, shaped
from question_bank.expressions.operations import OPERATIONS
from question_bank.expressions.precision import COMPARISON_SLACK, Array, BoolArray
from question_bank.expressions.program import Columns, OnDemand, Program, Source

Table = Callable[[Derivation], tuple[Misreading, ...]]
"""Which misreadings are tried on a derivation."""

Counts = NDArray[np.int16]

_AT_ONCE = 1024
"""Submissions that are tried together: enough for the arrays, and not too much for the memory."""


def worth_trying(batch: Batch, struck: BoolArray, table: Table, least: int) -> Iterator[tuple[Rows, MisreadTrial]]:
    """The submissions in which some misreading gives so many struck steps, whatever speaks against it; in parts.

    It takes less time than to count, since only struck steps are looked at: of most sheets, first, whether there are so
    many that any misreading changes, and then of few whether it gives them. Each part comes with its trial.
    """
    nothing_blank = _whole(batch)
    for whole in (False, True):
        rows = np.flatnonzero(nothing_blank == whole)
        rows = rows[_plan(batch.derivation, table, whole).touched(struck[rows]) >= least]
        for some in in_parts(batch, rows):
            trial = MisreadTrial(batch.take(some), table)
            reached = np.flatnonzero(trial.reach(struck[some], least))
            if len(reached):
                yield some[reached], trial.take(reached)


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
class _Instruction:
    """An operation of a formula in its ways; `ways` says of each argument which of its own ways these have.

    That is (ways,), or None where the argument has the same ways, or only one. A product of a weight and an input has
    few, the sum that it goes into has many.
    """

    operation: str
    arguments: tuple[Source, ...]
    ways: tuple[NDArray[np.intp] | None, ...]


@dataclass(frozen=True, slots=True, eq=False)
class _Step:
    """A step that comes out otherwise, in so many `ways`, of which way 0 is from what is printed.

    `reads` are those of its inputs that differ; `way` (misreadings,) is which each misreading leads to. It shows in its
    own `slots`, and `shows` in those of what is worked from it as well.
    """

    position: int
    slots: tuple[int, ...]
    shows: tuple[int, ...]
    ways: int
    reads: frozenset[int]
    instructions: tuple[_Instruction, ...]
    way: NDArray[np.intp]


@dataclass(frozen=True, slots=True, eq=False)
class _Plan:
    """What comes out otherwise: the givens, and the steps in an order in which they can be worked."""

    givens: Mapping[int, _Given]
    steps: tuple[_Step, ...]
    changed: BoolArray
    """Which of the steps that can be struck some misreading changes: (misreadings, steps).

    Of misreadings only those are kept that change something which no other changes as well as all else that they do.
    """

    @property
    def told(self) -> list[_Step]:
        """The steps in which anything can be struck."""
        return [step for step in self.steps if step.slots]

    def here(self, struck: BoolArray) -> list[BoolArray]:
        """In which submissions a slot is struck of each step that can be: (submissions,) each."""
        return [np.any(struck[:, list(step.slots)], axis=1) for step in self.told]

    def touched(self, struck: BoolArray) -> NDArray[np.int16]:
        """In how many steps a slot is struck that a misreading changes: the most for each submission."""
        most = np.zeros(len(struck), np.int16)
        here = self.here(struck)
        for changed in self.changed:
            count = np.zeros(len(struck), np.int16)
            for at in np.flatnonzero(changed).tolist():
                count += here[at]
            np.maximum(most, count, out=most)
        return most


@lru_cache(maxsize=256)
def _plan(derivation: Derivation, table: Table, whole: bool) -> _Plan:
    """What comes out otherwise. On `whole` sheets nothing is blank: what is written is gone on with."""
    tried = table(derivation)
    readings: dict[int, dict[TakenGiven, int]] = {}
    # The first is as printed, whether or not any misreading leaves it so.
    ways: dict[int, NDArray[np.intp]] = {}
    for number, misreading in enumerate(tried, 1):
        for at, taken in misreading.taken.items():
            known = readings.setdefault(at, {})
            ways.setdefault(at, np.zeros(1 + len(tried), np.intp))[number] = known.setdefault(taken, len(known) + 1)
    givens = {at: _Given(tuple(known), ways[at][1:]) for at, known in readings.items()}
    steps: list[_Step] = []
    waiting: dict[int, _Step] = {}

    def put(step: _Step) -> None:
        for read in sorted(step.reads & waiting.keys()):
            put(waiting.pop(read))
        steps.append(step)

    for position, slots in stations(derivation):
        program = derivation.program_of(position)
        reads = frozenset(program.reads) & ways.keys()
        if not reads:
            continue
        instructions, way = _in_ways(program, ways)
        step = _Step(position, slots, slots, int(way.max()) + 1, reads, instructions, way[1:])
        if not (whole and slots):
            ways[position] = way
        if slots:
            put(step)
        else:
            # What shows nowhere itself is worked when it is needed, which may be for fewer submissions.
            waiting[position] = step
    shows = {step.position: set(step.slots) for step in steps}
    for step in reversed(steps):
        for read in shows.keys() & step.reads:
            shows[read] |= shows[step.position]
    told = [step.way > 0 for step in steps if step.slots]
    return _Plan(
        givens,
        tuple(replace(step, shows=tuple(sorted(shows[step.position]))) for step in steps),
        _largest(np.stack(told, axis=1)) if told else np.zeros((0, 0), dtype=bool),
    )


def _largest(sets: BoolArray) -> BoolArray:
    """Of sets, (sets, members), those that lie in no other, each once."""
    each: BoolArray = np.unique(sets, axis=0)
    size = np.count_nonzero(each, axis=1)
    inside = [bool((each[size > size[at]] >= some).all(axis=1).any()) for at, some in enumerate(each)]
    largest: BoolArray = each[~np.array(inside, dtype=bool)]
    return largest


def _in_ways(
    program: Program, ways: Mapping[int, NDArray[np.intp]]
) -> tuple[tuple[_Instruction, ...], NDArray[np.intp]]:
    """A formula's operations, each in as many ways as it needs, and to which of its own ways each misreading leads."""
    registers: list[NDArray[np.intp] | None] = []

    def ways_of(source: Source) -> NDArray[np.intp] | None:
        if source.kind == "register":
            return registers[source.position]
        return ways.get(source.position) if source.kind == "step" else None

    found = []
    for operation, arguments in program.instructions:
        several = [ways_of(argument) for argument in arguments]
        code = None
        for own in several:
            if own is not None:
                code = own if code is None else np.unique(code * (own.max() + 1) + own, return_inverse=True)[1]
        taken: list[NDArray[np.intp] | None] = [None] * len(arguments)
        if code is not None:
            _, first, code = np.unique(code, return_index=True, return_inverse=True)
            taken = [None if own is None else own[first] for own in several]
            taken = [None if own is None or np.array_equal(own, range(len(first))) else own for own in taken]
        registers.append(code)
        found.append(_Instruction(operation, arguments, tuple(taken)))
    way = ways_of(program.result)
    assert way is not None  # asked of what reads anything that differs
    return tuple(found), way


class MisreadTrial:
    """A batch with its givens misread."""

    def __init__(self, batch: Batch, table: Table, of: tuple[MisreadTrial, Rows] | None = None) -> None:
        self.batch, self.table, self._tried = batch, table, len(table(batch.derivation))
        self._whole = bool(_whole(batch).all())
        self._plan = _plan(batch.derivation, table, self._whole)
        self._slots = dict(stations(batch.derivation))
        self._own = OwnNumbers(batch)
        self._of = of
        self._worked = OnDemand(self._given)
        self._worked_for: dict[int, Rows] = {}

    def take(self, rows: Rows) -> MisreadTrial:
        """The same of some of the submissions, all blank somewhere or none; givens are not read again."""
        return MisreadTrial(self.batch.take(rows), self.table, (self, rows))

    def _given(self, at: int) -> Interval:
        if self._of is None:
            return _readings(self.batch, at, self._plan.givens[at].readings)
        trial, rows = self._of
        low, high = trial._worked[at]
        some = low.take(rows, axis=1)
        return (some, some) if low is high else (some, high.take(rows, axis=1))

    def changed(self) -> NDArray[np.intp]:
        """How many givens every misreading changes: (misreadings, submissions)."""
        found = np.zeros((self._tried, len(self.batch.answers.values)), np.intp)
        for at, given in self._plan.givens.items():
            low, high = self._worked[at]
            found += ((low != low[0]) | (high != high[0]))[given.way]
        return found

    def count(self, struck: BoolArray, sound: BoolArray) -> Counts:
        """By how many steps every misreading explains more than none: (misreadings, submissions).

        A step counts for a misreading if it is struck and follows from the givens as misread, against it if it is sound
        and does not; both are (submissions, slots).
        """
        read = self.batch.answers.read
        every = np.arange(len(read))
        found = np.zeros((self._tried, len(read)), np.int16)
        for step in self._plan.steps:
            hit = self._hit(step, every)
            if hit is None:
                continue
            slots = list(step.slots)
            speaks = (hit & struck[:, slots].any(axis=1)).astype(np.int8)
            against = read[:, slots].any(axis=1) & (sound[:, slots] | ~read[:, slots]).all(axis=1)
            speaks -= np.logical_and(~hit, against)
            _add(found, step, speaks, every)
        return found

    def reach(self, struck: BoolArray, least: int) -> BoolArray:
        """Where some misreading gives so many steps that are struck, (submissions, slots): (submissions,).

        A submission is not looked at any more where it does, or where the steps that are left are too few for that.
        """
        count = len(struck)
        plan = self._plan
        here = {step.position: some for step, some in zip(plan.told, plan.here(struck), strict=True)}
        enough: dict[int, BoolArray] = {}
        to_come = np.zeros((len(plan.changed), count), np.int16)
        more = np.zeros(count, dtype=bool)
        at = len(here)
        for step in reversed(plan.steps):
            if step.slots:
                at -= 1
                to_come[plan.changed[:, at]] += here[step.position]
                more = to_come.max(axis=0, initial=0) >= least
            enough[step.position] = more
        found = np.zeros((self._tried, count), np.int16)
        begun, reached = np.zeros((2, count), dtype=bool)
        for step in self._plan.steps:
            rows = np.flatnonzero(struck[:, list(step.shows)].any(axis=1) & (begun | enough[step.position]) & ~reached)
            hit = self._hit(step, rows) if len(rows) else None
            if hit is None:
                continue
            some = _add(found, step, hit & here[step.position][rows], rows)
            begun[some] = True
            reached[some] = found[:, some].max(axis=0) >= least
        return reached

    def _hit(self, step: _Step, rows: Rows) -> BoolArray | None:
        """Where a step's slots hold what it comes to in each way, or nothing: (ways, rows). None if it has no slots."""
        ends = self._ranges(step, rows)
        if not (self._whole and step.slots):
            self._worked[step.position], self._worked_for[step.position] = ends, rows
        hit: BoolArray | None = None
        for at in step.slots:
            there = holds(self.batch, at, ends, rows)
            if not self._whole:
                there |= ~self.batch.answers.read[:, at][rows]
            hit = there if hit is None else hit & there
        return hit

    def _ranges(self, step: _Step, rows: Rows) -> Interval:
        """The step's range in each way: (ways, rows)."""
        derivation = self.batch.derivation
        column = column_of(derivation.slots[step.slots[0]]) if step.slots else None
        inputs = OnDemand(
            lambda read: (
                self._misread(read, column, rows) if read in step.reads else select(self._own.at(read, column), rows)
            )
        )
        program = derivation.program_of(step.position)
        registers: list[Interval] = []
        for instruction in step.instructions:
            arguments = program.fetch(instruction.arguments, inputs, registers)
            taken = (
                each if ways is None else _some_ways(each, ways)
                for each, ways in zip(arguments, instruction.ways, strict=True)
            )
            registers.append(OPERATIONS[instruction.operation].interval(*taken))
        (worked,) = program.fetch((program.result,), inputs, registers)
        ends = recorded(worked, derivation.steps[step.position], derivation, self.batch.reference.precision)
        return shaped(ends, (step.ways, len(rows)))

    def _misread(self, read: int, column: int | None, rows: Rows) -> Interval:
        """What a step is worked from, in each of its ways: what is written, else what the givens come to."""
        low, high = self._worked[read]
        if len(rows) < low.shape[1]:
            # A step was worked for these submissions at the least.
            here = np.searchsorted(self._worked_for[read], rows) if read in self._worked_for else rows
            point, low = low is high, low.take(here, axis=1)
            high = low if point else high.take(here, axis=1)
        slots = self._slots.get(read)
        if not slots:
            return low, high
        written = self.batch.answers.read[np.ix_(rows, np.array(slots))].any(axis=1)
        own_low, own_high = select(self._own.at(read, column), rows)
        return np.where(written, own_low, low), np.where(written, own_high, high)


def _add(found: Counts, step: _Step, speaks: BoolArray | NDArray[np.int8], rows: Rows) -> Rows:
    """Add to what is found what a step's ways, (ways, rows), speak for or against misreadings; of which submissions."""
    some = np.flatnonzero(speaks[1:].any(axis=0))
    if len(some):
        changed = np.flatnonzero(step.way)
        found[np.ix_(changed, rows[some])] += speaks[np.ix_(step.way[changed], some)]
    return rows[some]


def _some_ways(interval: Interval, ways: NDArray[np.intp]) -> Interval:
    # Whole rows are copied fast, single numbers are not.
    low = interval[0].take(ways, axis=0)
    return (low, low) if interval[0] is interval[1] else (low, interval[1].take(ways, axis=0))


def _readings(batch: Batch, at: int, readings: Sequence[TakenGiven]) -> Interval:
    """A given as it is printed, and as it is read in each way: (readings + 1, submissions)."""
    printed = batch.reference.ranges[at]
    low, high = np.empty((2, len(readings) + 1, len(printed[0])))
    low[0], high[0] = printed
    # The digits that may be read at a place are worked together.
    digits: dict[int, list[int]] = {}
    for number, reading in enumerate(readings, 1):
        if reading.reading == "with_digit":
            digits.setdefault(reading.place, []).append(number)
        else:
            low[number], high[number] = as_read(batch, reading, batch.reference.ranges)
    for place, numbers in digits.items():
        read = np.array([[readings[number - 1].digit] for number in numbers])
        moved = _moved_by_digit(batch.derivation, at, printed, read, 10.0**place)
        low[numbers] = printed[0] + moved
        if printed[0] is not printed[1]:
            high[numbers] = printed[1] + moved
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
    derivation: Derivation, position: int, printed: Interval, digit: int | NDArray[np.intp], unit: float
) -> Array:
    """By how much a given becomes more where a digit is read at the place of a unit: (digits, submissions).

    Only (submissions,) where there is one digit, or none is printed at that place.
    """
    middle = 0.5 * (printed[0] + printed[1])
    stands = _is_printed(derivation, position, middle, unit)
    if not np.count_nonzero(stands):
        return np.zeros(len(middle))
    shown = np.floor(np.abs(middle) / unit + 1e-9) % 10
    moved = np.sign(middle) * (digit - shown) * unit
    moved = np.where(np.abs(middle + moved) < 1e-9, 0.0, moved)  # nothing is no digit
    return np.where(stands, moved, 0.0)


def _is_printed(derivation: Derivation, position: int, value: Array, unit: float) -> BoolArray:
    """True where a number has a digit at a place, or ends just before it: 0.4 has no ones, and 3 no hundredths."""
    if unit >= 1:
        printed: BoolArray = np.abs(value) >= unit - 1e-9
    elif derivation.givens[position] in derivation.graph.nodes:
        printed = np.ones(value.shape, dtype=bool)
    else:
        before = value / (100 * unit)
        printed = np.abs(before - np.rint(before)) > 1e-9
    return printed


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
