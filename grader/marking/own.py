"""The student's own numbers as ranges: what a step may have been worked from."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Protocol

import numpy as np

from grader.marking.batch import Batch, Rows
from grader.marking.mistaken import Mistaken
from question_bank.derivations.derivation import Derivation, Slot
from question_bank.derivations.evaluate import recorded
from question_bank.expressions.interval import Interval, select, shaped
from question_bank.expressions.precision import COMPARISON_SLACK, Array, BoolArray
from question_bank.expressions.program import Columns, OnDemand


class OwnNumbers:
    """What was written, each ± the permitted rounding of its place, for every step as seen from a column.

    A step that is blank where one stands is taken from another column, else it is the reference's honest range. A step
    without a slot is computed from what was written.
    """

    def __init__(self, batch: Batch, as_written: OwnNumbers | None = None) -> None:
        self._batch = batch
        self._as_written = as_written
        self._derivation = batch.derivation
        self._seen = _slots_seen(batch.derivation)
        self._written: dict[int, tuple[Interval, BoolArray]] = {}
        self._known: dict[tuple[int, int | None], Interval] = {}
        self._differs: set[int] = set()
        self._as_meant: OwnNumbers | None = None
        self.slipped: BoolArray = np.zeros(len(batch.answers.values), dtype=bool)
        """Where the pen slipped somewhere: (submissions,)."""
        self.unexplained: dict[int, Unexplained] = {}
        """By slot, the numbers that are neither right, nor follow, nor are a known mistake, so far as it is known."""
        self.misread_bare: Callable[[], BoolArray] | None = None
        """Where the one 0 or 1 that nothing else explains comes of misread givens: (submissions, slots)."""
        self.followed: dict[int, Interval] = {}
        """By slot, what comes out over these numbers as they are written, so far as it was asked: (submissions,)."""
        self.from_start: dict[int, tuple[Rows, Mistaken]] = {}
        """By slot, what mistakes from the start on give, and the submissions, in order, for which it was worked."""
        self.unexplained_bare: dict[int, BoolArray] = {}
        """By slot, where a 0 or 1 stands that nothing explains, so far as it was asked: (submissions,)."""

    def at(self, position: int, column: int | None) -> Interval:
        """The step's range for all submissions, seen from a column (None: from outside the columns)."""
        slots = self._seen.get((position, column), ())
        if self._as_written is not None and slots and position not in self._differs:
            return self._as_written.at(position, column)
        # Steps that are no column's own are the same from everywhere.
        own = bool(slots) and self._derivation.slots[slots[0]].path == column
        key = (position, column if own else None)
        if key not in self._known:
            self._known[key] = self._range(position, slots)
        return self._known[key]

    def slip(self, at: int, rows: Rows, meant: Interval) -> None:
        """Keep what was meant in a slot, by these submissions, where the pen wrote something else."""
        self.slipped[rows] = True
        position = self._derivation.index[self._derivation.slots[at].step]
        as_meant = self.as_meant
        # Others' pens may have slipped there, too.
        (low, high), read = as_meant._from_slot(at, position)
        low, high = np.array(low), np.array(high)
        low[rows], high[rows] = meant
        as_meant._written[at] = (low, high), read
        as_meant._differs.add(position)
        # What has no slot may be worked from this one.
        known = as_meant._known.items()
        as_meant._known = {of: kept for of, kept in known if of in self._seen and of[0] != position}

    @property
    def as_meant(self) -> OwnNumbers:
        """The same numbers as they were meant, before the pen slipped; other steps' stay as written."""
        if self._as_meant is None:
            self._as_meant = OwnNumbers(self._batch, self)
        return self._as_meant

    def explained(self, position: int, column: int | None, explained: BoolArray, rows: Rows) -> BoolArray:
        """Where the step's own number, seen from a column, is `explained` (submissions, slots), or not written."""
        found = np.ones(len(rows), dtype=bool)
        program = self._derivation.programs[position]
        if program and self._derivation.steps[position].name in self._derivation.inside:
            # Nothing is written of it: it is explained where all is that it is worked from.
            for read in program.reads:
                found &= self.explained(read, column, explained, rows)
            return found
        for at in reversed(self._seen.get((position, column), ())):
            found = np.where(self._batch.answers.read[:, at][rows], explained[:, at][rows], found)
        return found

    def slot_of(self, position: int, column: int | None) -> int | None:
        """The slot from which a step's own number is taken, seen from a column, if something stands there."""
        return next(iter(self._seen.get((position, column), ())), None)

    def _range(self, position: int, slots: Sequence[int]) -> Interval:
        low, high = self._unwritten(position, bool(slots))
        for at in reversed(slots):
            (own_low, own_high), read = self._from_slot(at, position)
            low, high = np.where(read, own_low, low), np.where(read, own_high, high)
        return low, high

    def _unwritten(self, position: int, has_slot: bool) -> Interval:
        step, reference = self._derivation.steps[position], self._batch.reference
        program = self._derivation.programs[position]
        if has_slot or step.exact or program is None:
            return reference.ranges[position]
        worked = recorded(program.ranges(seen_from(self, None)), step, self._derivation, reference.precision)
        return shaped(worked, (len(self._batch.answers.values),))

    def _from_slot(self, at: int, position: int) -> tuple[Interval, BoolArray]:
        if at not in self._written:
            answers, key = self._batch.answers, self._batch.key
            values = answers.values[:, at]
            step, precision = self._derivation.steps[position], self._batch.reference.precision
            copied = self._derivation.copies.get(position)
            places = precision.of(step.role if copied is None else "forward")
            if places.exact:
                self._written[at] = (values, values), answers.read[:, at]
                return self._written[at]
            reach = precision.widening * places.one_unit(values)
            if step.exact and position not in self._derivation.copies:
                # A right copy of an exact number is that number; a printed forward value was rounded itself.
                right = np.abs(values - self._batch.reference.values[position]) <= COMPARISON_SLACK * key.unit[:, at]
                reach = np.where(right, 0.0, reach)
            self._written[at] = (values - reach, values + reach), answers.read[:, at]
        return self._written[at]


@lru_cache(maxsize=256)
def _slots_seen(derivation: Derivation) -> Mapping[tuple[int, int | None], tuple[int, ...]]:
    """The slots of every step as seen from every column and from outside: those in the column first, no spare ones."""
    slots: defaultdict[int, list[int]] = defaultdict(list)
    for at, slot in enumerate(derivation.slots):
        if not slot.spare:
            slots[derivation.index[slot.step]].append(at)
    return {
        (position, column): tuple(sorted(own, key=lambda at: derivation.slots[at].path != column))
        for position, own in slots.items()
        for column in {None, *map(column_of, derivation.slots)}
    }


class Unexplained(Protocol):
    """Numbers in a slot that the pen may have made of others; `rows` are their submissions, in order."""

    rows: Rows

    @property
    def meant(self) -> Meant:
        """What may have been meant."""
        ...

    def from_pen(self, which: Rows, row: Rows) -> BoolArray:
        """Where a slip of the pen makes numbers, by their places in `rows`, of some of what may be `meant`."""
        ...


@dataclass(frozen=True, slots=True)
class Meant:
    """Ranges of what may have been meant, (several, rows): the first `right` by own numbers, the others mistaken."""

    low: Array
    high: Array
    right: int


def seen_from(own: OwnNumbers, column: int | None, rows: Rows | None = None) -> Columns[Interval]:
    """All steps' own ranges for some submissions, seen from a column; worked out when they are asked for."""
    if rows is None:
        return OnDemand(lambda position: own.at(position, column))
    return OnDemand(lambda position: select(own.at(position, column), rows))


def column_of(slot: Slot) -> int | None:
    """The column that a slot is worked in; None outside the columns, and for a spare one, which is no path's."""
    return None if slot.spare else slot.path
