"""What known mistakes give in a slot, as one array of ranges: a response is held against all of them at once."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from grader.marking.batch import Rows
from question_bank.expressions.interval import Interval
from question_bank.expressions.precision import Array, BoolArray
from question_bank.misconceptions.mistakes import EquivalenceClass


@dataclass(frozen=True, slots=True, eq=False)
class Mistaken:
    """Ranges that equivalence classes give: `low` and `high` are (ranges, rows).

    `of` (ranges,) is the number of the class that a range is of; those of one class stand together.
    """

    classes: Sequence[EquivalenceClass]
    of: NDArray[np.intp]
    low: Array
    high: Array

    @classmethod
    def stacked(cls, classes: Sequence[EquivalenceClass], ranges: Sequence[Iterable[Interval]], count: int) -> Mistaken:
        """For every class the ranges that it gives, each (rows,), (several, rows), or one number for all rows."""
        found: list[Interval] = []
        of: list[int] = []
        for number, own in enumerate(ranges):
            for low, high in own:
                found.append((low, high))
                of += [number] * (len(low) if np.ndim(low) > 1 else 1)
        ends = np.empty((2, len(of), count))
        first = 0
        for low, high in found:
            last = first + (len(low) if np.ndim(low) > 1 else 1)
            ends[0, first:last], ends[1, first:last] = low, high
            first = last
        return cls(classes, np.array(of, np.intp), ends[0], ends[1])

    def take(self, rows: Rows) -> Mistaken:
        """The same for some of the rows."""
        return Mistaken(self.classes, self.of, self.low.take(rows, axis=1), self.high.take(rows, axis=1))

    def held(self, values: Array, slack: Array) -> BoolArray:
        """Where a value, (rows,), lies in a range; nothing lies in an undefined or endless one: (ranges, rows)."""
        inside: BoolArray = (values >= self.low - slack) & (values <= self.high + slack)
        if np.count_nonzero(inside):
            inside &= np.isfinite(self.high - self.low)
        return inside

    def apart_from(self, interval: Interval) -> Mistaken:
        """The same without those ranges, row by row, that have a number in common with another range."""
        meets = self._meets(interval)
        low, high = (np.where(meets, np.nan, end) for end in (self.low, self.high))
        return Mistaken(self.classes, self.of, low, high)

    def meet(self, interval: Interval) -> BoolArray:
        """Where any of the ranges has a number in common with another range, (rows,)."""
        met: BoolArray = np.any(self._meets(interval), axis=0)
        return met

    def _meets(self, interval: Interval) -> BoolArray:
        met: BoolArray = (self.low <= interval[1]) & (self.high >= interval[0])
        return met

    def as_near(self, values: Array, distance: Array) -> BoolArray:
        """Where any of the ranges comes as near to a value as that: (rows,)."""
        near: BoolArray = np.any(distance_to((self.low, self.high), values) <= distance, axis=0)
        return near


def distance_to(interval: Interval, values: Array) -> Array:
    """How far values lie from a range, 0 inside it; endlessly far from one that is undefined."""
    low, high = interval
    distance = np.maximum(np.maximum(low - values, values - high), 0.0)
    return np.where(np.isfinite(distance), distance, np.inf)
