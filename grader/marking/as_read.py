"""Which misreading of the givens explains a sheet, and what is right on the givens as they were read.

Every misreading is tried on every sheet at once: arrays are (misreadings, submissions). A step is worked anew only for
those misreadings that change what it is worked from.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from grader.marking.batch import Batch, Reference, Rows
from grader.marking.misreadings import Misreading, Taken, misread_digits, misreadings
from grader.marking.own import OwnNumbers, column_of
from grader.marking.support import fills
from question_bank.derivation import Derivation
from question_bank.evaluate import range_columns, recorded, value_columns
from question_bank.interval import Interval
from question_bank.mistakes import worked_inside
from question_bank.precision import COMPARISON_SLACK, Array, BoolArray
from question_bank.program import Program

MORE = 2
"""Steps that a misreading has to explain more than anything else does, before it is named."""

_AT_ONCE = 128
"""Submissions that are tried together: enough for the arrays, and not too much for the processor's cache."""

_MOST_WEIGHTS = 6
"""Weights of a unit beyond which it is not tried of which of them the signs were seen."""

_SOME_SIGNS = Misreading("signs_not_seen", "some of the weights")


@dataclass(frozen=True, slots=True, eq=False)
class Explained:
    """What explains most, for every submission: the misreading, and by how many steps more than none.

    `givens` are all givens as they were read, columns of (submissions,).
    """

    misreadings: list[Misreading]
    gain: NDArray[np.intp]
    givens: list[Array]

    def reference(self, right: Reference) -> Reference:
        """The right working of the givens as they were read."""
        ranges = range_columns(right.derivation, [(column, column) for column in self.givens], right.precision)
        return replace(right, values=value_columns(right.derivation, self.givens), ranges=ranges)

    def take(self, rows: Rows) -> Explained:
        """The same for some of the submissions."""
        some = [self.misreadings[row] for row in rows.tolist()]
        return Explained(some, self.gain[rows], [column[rows] for column in self.givens])

    def take_over(self, rows: Rows, other: Explained) -> None:
        """Put in, for these submissions, what explains more than what was found before."""
        more = np.flatnonzero(other.gain > self.gain[rows])
        for row in more.tolist():
            self.misreadings[int(rows[row])] = other.misreadings[row]
        self.gain[rows[more]] = other.gain[more]
        for mine, others in zip(self.givens, other.givens, strict=True):
            mine[rows[more]] = others[more]


def explain(batch: Batch, struck: BoolArray, sound: BoolArray, unnamed: BoolArray) -> Explained:
    """Try all misreadings on submissions.

    `struck` and `sound` (submissions, slots) are true where a number is wrong, and where it is right or follows, on the
    givens as they are printed; `unnamed` where no known mistake gives it. A step counts for a misreading if it is
    struck and follows from the givens as misread, against it if it is sound and does not. The number that fills most of
    the boxes speaks for none. Between equals the one that changes fewest numbers is taken.
    """
    derivation = batch.derivation
    found = _nothing(batch)
    struck = struck & ~fills(batch)
    # What is worked from own numbers alone is wrong whatever was misread, but where these are blank.
    told = [at for at, slot in enumerate(derivation.slots) if derivation.index[slot.step] in _from_givens(derivation)]
    whole: BoolArray = np.all(batch.answers.read, axis=1)
    tellable = np.where(whole, steps_with(derivation, _only(struck, told)), steps_with(derivation, struck))
    rows = np.flatnonzero(tellable >= MORE)
    for some in _parts(rows):
        found.take_over(some, _best(batch.take(some), struck[some], sound[some], misreadings))
    unknown = struck & unnamed
    left = steps_with(derivation, struck[rows]) > found.gain[rows]
    rows = rows[left & (steps_with(derivation, unknown[rows]) >= MORE)]
    for some in _parts(rows):
        part = batch.take(some)
        found.take_over(some, _best(part, struck[some], sound[some], misread_digits))
        found.take_over(some, _some_signs(part, struck[some]))
    return found


def _parts(rows: Rows) -> list[Rows]:
    return [rows[first : first + _AT_ONCE] for first in range(0, len(rows), _AT_ONCE)]


def _only(slots: BoolArray, some: Sequence[int]) -> BoolArray:
    found = np.zeros_like(slots)
    found[:, some] = slots[:, some]
    return found


@lru_cache(maxsize=256)
def _from_givens(derivation: Derivation) -> frozenset[int]:
    """Steps with a slot that are worked from a given, if only inside their boxes."""
    givens = range(len(derivation.givens))
    return frozenset(
        derivation.index[slot.step]
        for slot in derivation.slots
        if any(
            read in givens
            for place in (derivation.index[slot.step], *worked_inside(derivation, derivation.index[slot.step]))
            for read in _program(derivation, place).reads
        )
    )


def steps_with(derivation: Derivation, slots: BoolArray) -> NDArray[np.intp]:
    """How many steps have a slot that is marked: (submissions,); one that stands in several columns counts once."""
    steps = np.array([derivation.index[slot.step] for slot in derivation.slots])
    count = np.zeros(len(slots), np.intp)
    for step in np.unique(steps):
        count += slots[:, steps == step].any(axis=1)
    return count


_Table = Callable[[Derivation], tuple[Misreading, ...]]


def _nothing(batch: Batch) -> Explained:
    givens = [column.copy() for column, _ in batch.reference.points]
    count = len(batch.answers.values)
    return Explained([_SOME_SIGNS] * count, np.zeros(count, np.intp), givens)


def _best(batch: Batch, struck: BoolArray, sound: BoolArray, table: _Table) -> Explained:
    """What explains most of those that a table lists."""
    count, tried = len(struck), table(batch.derivation)
    found = _nothing(batch)
    if not tried:
        return found
    gains, changed = _gains(batch, struck, sound, table)
    best = np.where(gains == gains.max(axis=0), changed, np.inf).argmin(axis=0)
    gain = gains[best, np.arange(count)]
    for number in np.unique(best[gain > 0]).tolist():
        rows = np.flatnonzero(best == number)
        some = batch.take(rows)
        for at, taken in tried[number].taken.items():
            found.givens[at][rows] = _as_read(some, taken, some.reference.points)[0]
    return Explained([tried[number] for number in best.tolist()], gain, found.givens)


def _gains(
    batch: Batch, struck: BoolArray, sound: BoolArray, table: _Table
) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """For every misreading by how many steps it explains more than none, and how many givens it changes."""
    derivation = batch.derivation
    tried = table(derivation)
    shape = (len(tried), len(struck))
    gains, changed = np.zeros(shape, np.intp), np.zeros(shape, np.intp)
    own, read = OwnNumbers(batch), batch.answers.read
    worked: dict[int, _Worked] = {}
    for at, numbers in _changed(derivation, table).items():
        printed = batch.reference.ranges[at]
        taken = [_as_read(batch, tried[number].taken[at], batch.reference.ranges) for number in numbers]
        low = np.stack([one for one, _ in taken])
        high = low if printed[0] is printed[1] else np.stack([one for _, one in taken])
        some = np.array(numbers, dtype=np.intp)
        changed[some] += (low != printed[0]) | (high != printed[1])
        worked[at] = _Worked(printed, (low, high), some)
    for position, slots in _stations(derivation):
        program = derivation.programs[position]
        assert program is not None  # givens are no stations
        touched = [worked[p].numbers for p in program.reads if p in worked]
        if not touched:
            continue
        concerned: Rows = np.unique(np.concatenate(touched))
        column = column_of(derivation.slots[slots[0]], derivation) if slots else None
        columns = {p: worked[p].of(concerned) if p in worked else own.at(p, column) for p in program.reads}
        ends = recorded(program.ranges(columns), derivation.steps[position], derivation, batch.reference.precision)
        if slots:
            written = read[:, slots].any(axis=1)
            hit = np.all([_holds(batch, at, ends) | ~read[:, at] for at in slots], axis=0)
            for_it = struck[:, slots].any(axis=1)
            against = written & (sound[:, slots] | ~read[:, slots]).all(axis=1)
            gains[concerned] += (hit & for_it).astype(np.intp) - (~hit & against)
            if written.all():
                continue  # what is written is gone on with, whatever was misread
            low, high = (np.where(written, mine, end) for mine, end in zip(own.at(position, None), ends, strict=True))
            ends = low, high
        shaped = tuple(np.broadcast_to(end, (len(concerned), shape[1])) for end in ends)
        worked[position] = _Worked(own.at(position, None), (shaped[0], shaped[1]), concerned)
    return gains, changed


def _holds(batch: Batch, at: int, interval: Interval) -> BoolArray:
    """True where what is written in a slot lies in a range; (…, submissions) like the range."""
    slack = COMPARISON_SLACK * batch.key.unit[:, at]
    values = batch.answers.values[:, at]
    with np.errstate(invalid="ignore"):
        inside: BoolArray = (values >= interval[0] - slack) & (values <= interval[1] + slack)
    return inside


@dataclass(frozen=True, slots=True, eq=False)
class _Worked:
    """A step's range as it is printed, (submissions,), and under the misreadings that change it, by their numbers."""

    printed: Interval
    misread: Interval
    numbers: Rows

    def of(self, numbers: Rows) -> Interval:
        """The range under these misreadings, all those among them that change it: (misreadings, submissions)."""
        if len(numbers) == len(self.numbers):
            return self.misread
        at = np.searchsorted(numbers, self.numbers)
        low = self._with(0, numbers, at)
        return (low, low) if self.misread[0] is self.misread[1] else (low, self._with(1, numbers, at))

    def _with(self, end: int, numbers: Rows, at: Rows) -> Array:
        whole = np.repeat(self.printed[end][None], len(numbers), axis=0)
        whole[at] = self.misread[end]
        return whole


def _as_read(batch: Batch, taken: Taken, printed: Sequence[Interval]) -> Interval:
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
            unit = 10.0**taken.place
            middle = 0.5 * (low + high)
            shown = np.floor(np.abs(middle) / unit + 1e-9) % 10
            moved = np.sign(middle) * (taken.digit - shown) * unit
            moved = np.where(np.abs(middle + moved) < 1e-9, 0.0, moved)  # nothing is no digit
            low, high = low + moved, high + moved
    return (low, low) if point else (low, high)


def _some_signs(batch: Batch, struck: BoolArray) -> Explained:
    """Signs of weights not seen here and there: of each unit's weights whichever explain what is written of it."""
    derivation, count = batch.derivation, len(struck)
    own = OwnNumbers(batch)
    gain = np.zeros(count, np.intp)
    unsigned: dict[int, BoolArray] = {}
    weights = {derivation.index[key] for key in derivation.givens if key[0] == "w"}
    for position, slots in _stations(derivation):
        inside = (*worked_inside(derivation, position), position)
        mine = sorted(weights.intersection(p for place in inside for p in _program(derivation, place).reads))
        rows = np.flatnonzero(struck[:, list(slots)].any(axis=1)) if slots else np.zeros(0, np.intp)
        if not mine or len(mine) > _MOST_WEIGHTS or not len(rows):
            continue
        patterns = [some for size in range(1, len(mine) + 1) for some in combinations(mine, size)]
        some_rows = batch.take(rows)
        columns: dict[int, Interval] = {
            p: (own.at(p, None)[0][rows], own.at(p, None)[1][rows])
            for place in inside
            for p in _program(derivation, place).reads
        }
        for p in mine:
            value = some_rows.reference.values[p]
            read = np.stack([np.abs(value) if p in some else value for some in patterns])
            columns[p] = (read, read)
        for place in inside:
            step = derivation.steps[place]
            columns[place] = recorded(
                _program(derivation, place).ranges(columns), step, derivation, batch.reference.precision
            )
        low, high = (np.broadcast_to(end, (len(patterns), len(rows))) for end in columns[position])
        hit = np.all([_holds(some_rows, at, (low, high)) | ~some_rows.answers.read[:, at] for at in slots], axis=0)
        first = hit.argmax(axis=0)
        explained = hit.any(axis=0)
        gain[rows] += explained
        for p in mine:
            here = explained & np.array([p in some for some in patterns])[first]
            unsigned.setdefault(p, np.zeros(count, dtype=bool))[rows] |= here
    found = _nothing(batch)
    for p, where in unsigned.items():
        found.givens[p] = np.where(where, np.abs(found.givens[p]), found.givens[p])
    return replace(found, gain=gain)


def _program(derivation: Derivation, position: int) -> Program:
    program = derivation.programs[position]
    assert program is not None  # never asked of a given
    return program


@lru_cache(maxsize=256)
def _changed(derivation: Derivation, table: _Table) -> dict[int, tuple[int, ...]]:
    """Given → the misreadings that change it."""
    found: dict[int, list[int]] = {}
    for number, one in enumerate(table(derivation)):
        for at in one.taken:
            found.setdefault(at, []).append(number)
    return {at: tuple(numbers) for at, numbers in found.items()}


@lru_cache(maxsize=256)
def _stations(derivation: Derivation) -> tuple[tuple[int, tuple[int, ...]], ...]:
    """All computed steps in their order, each with its slots; none in the column to spare."""
    slots: dict[int, list[int]] = {}
    for at, slot in enumerate(derivation.slots):
        if slot.path is None or column_of(slot, derivation):
            slots.setdefault(derivation.index[slot.step], []).append(at)
    return tuple(
        (position, tuple(slots.get(position, ())))
        for position, program in enumerate(derivation.programs)
        if program is not None
    )
