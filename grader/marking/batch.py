"""A batch of submissions to questions of one derivation: what was written, what is accepted, and the reference."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from grader.reading.number import READ
from question_bank.derivations.derivation import Derivation
from question_bank.derivations.evaluate import range_columns, value_columns
from question_bank.expressions.interval import Interval, select
from question_bank.expressions.precision import COMPARISON_SLACK, Array, BoolArray, Precision
from question_bank.expressions.program import Columns, OnDemand

Rows = NDArray[np.intp]
Element = TypeVar("Element", bound=np.generic)


def _some(array: NDArray[Element], rows: Rows) -> NDArray[Element]:
    """Some rows of an array, whose columns stay contiguous."""
    return array.T.take(rows, axis=1).T


def is_bare(values: Array) -> BoolArray:
    """True where a number is 0, 1 or -1, which anybody may write."""
    size = np.abs(values)
    bare: BoolArray = (size == 0) | (size == 1)
    return bare


@dataclass(frozen=True, eq=False)
class Answers:
    """What was written; both arrays are (submissions, slots) as `reading.read_many` gives them."""

    values: Array
    statuses: NDArray[np.uint8]

    @cached_property
    def read(self) -> BoolArray:
        """True where there is a number."""
        found: BoolArray = self.statuses == READ
        return found

    def take(self, rows: Rows) -> Answers:
        """Some of the submissions."""
        return Answers(_some(self.values, rows), _some(self.statuses, rows))


@dataclass(frozen=True, slots=True, eq=False)
class Key:
    """What is accepted and what it is worth; every array is (submissions, slots).

    `low` and `high` bound the honest range, `unit` is one unit of the last recorded place, `worth` counts ticks.
    """

    low: Array
    high: Array
    unit: Array
    worth: NDArray[np.int64]

    def holds(self, values: Array) -> BoolArray:
        """True where a value lies in the honest range; a slot without a number holds NaN, which lies in none."""
        slack = COMPARISON_SLACK * self.unit
        inside: BoolArray = (values >= self.low - slack) & (values <= self.high + slack)
        return inside

    def holds_at(self, at: int, values: Array) -> BoolArray:
        """The same of one slot: values and what comes out are (submissions,)."""
        slack = COMPARISON_SLACK * self.unit[:, at]
        inside: BoolArray = (values >= self.low[:, at] - slack) & (values <= self.high[:, at] + slack)
        return inside

    def take(self, rows: Rows) -> Key:
        """The same for some of the submissions."""
        return Key(_some(self.low, rows), _some(self.high, rows), _some(self.unit, rows), _some(self.worth, rows))


@dataclass(frozen=True, slots=True, eq=False)
class Limits:
    """How wide a range may be (half-width over value) before nothing is shown by lying in it: the certificate's."""

    answer: float = 0.01
    elsewhere: float = 0.05


@dataclass(frozen=True, slots=True, eq=False)
class Reference:
    """The right working: for every step its values, and its honest ranges; all columns are (submissions,)."""

    derivation: Derivation
    precision: Precision
    values: Columns[Array]
    ranges: Columns[Interval]
    limits: Limits = Limits()

    @classmethod
    def work(
        cls, derivation: Derivation, precision: Precision, givens: Array, key: Key, limits: Limits | None = None
    ) -> Reference:
        """Worked from givens (submissions, givens); where a slot's range was kept, that is taken."""
        columns = [np.ascontiguousarray(column) for column in np.asarray(givens, float).T]
        ranges = range_columns(derivation, [(column, column) for column in columns], precision)
        for at, slot in enumerate(derivation.slots):
            ranges[derivation.index[slot.step]] = (key.low[:, at], key.high[:, at])
        return cls(derivation, precision, value_columns(derivation, columns), ranges, limits or Limits())

    @property
    def points(self) -> list[Interval]:
        """The givens as they are printed; the range of a printed forward value is what that may be taken for."""
        columns = [self.values[position] for position in range(len(self.derivation.givens))]
        return [(column, column) for column in columns]

    def take(self, rows: Rows) -> Reference:
        """The same for some of the submissions; a column is taken when it is asked for."""
        values, ranges = self.values, self.ranges
        return replace(
            self,
            values=OnDemand(lambda position: values[position][rows]),
            ranges=OnDemand(lambda position: select(ranges[position], rows)),
        )


@dataclass(frozen=True, slots=True, eq=False)
class Batch:
    """Answers, key and reference of the same submissions; columns stand in the order of the paths."""

    answers: Answers
    key: Key
    reference: Reference

    @property
    def derivation(self) -> Derivation:
        """The derivation that all questions share."""
        return self.reference.derivation

    def take(self, rows: Rows) -> Batch:
        """Some of the submissions."""
        return Batch(self.answers.take(rows), self.key.take(rows), self.reference.take(rows))
