"""What is still in the running while candidates are certified, and what was noted of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from question_bank.expressions.interval import Interval, select
from question_bank.expressions.precision import Array, BoolArray
from question_bank.misconceptions.mistakes import Mistake

_WORTH_KEEPING = 0.8
"""Part of a batch's arrays that is alive: below it, the rest is taken out of them."""


@dataclass(frozen=True, slots=True, eq=False)
class Landing:
    """Where a mistake's values may lie at one step: bounds over `rows`, low above high where it does not apply."""

    mistake: Mistake
    position: int
    rows: NDArray[np.intp]
    low: Array
    high: Array


@dataclass(frozen=True, slots=True, eq=False)
class Unseen:
    """Where a mistake changes nothing on the numbers drawn: by step, over `rows`."""

    rows: NDArray[np.intp]
    same: Mapping[int, BoolArray]


@dataclass
class CandidateBatch:
    """What is still in the running: columns of values and ranges, and the rows that they came from."""

    rows: NDArray[np.intp]
    values: list[Array]
    alive: BoolArray
    ranges: list[Interval] = field(default_factory=list)
    units: dict[int, Array] = field(default_factory=dict)
    """The recorded units of steps' values, of those asked for."""
    measures: dict[str, Array] = field(default_factory=dict)
    landings: list[Landing] = field(default_factory=list)
    unseen: dict[Mistake, Unseen] = field(default_factory=dict)
    """Mistakes that change nothing, at some step where they are looked for, on the numbers of some candidate."""

    def drop(self, failed: BoolArray) -> int:
        """Take out those that fail; how many of them had passed until now."""
        before = np.count_nonzero(self.alive)
        self.alive = self.alive & ~failed
        after = np.count_nonzero(self.alive)
        # To copy all columns costs about as much as to try a few more mistakes on what is out already.
        if after < _WORTH_KEEPING * len(self.alive):
            self.compact()
        return int(before - after)

    def part(self, places: NDArray[np.intp]) -> CandidateBatch:
        """Some of the rows, with what was noted of all."""
        return CandidateBatch(
            self.rows[places],
            [column[places] for column in self.values],
            self.alive[places],
            [select(interval, places) for interval in self.ranges],
            {position: column[places] for position, column in self.units.items()},
            {name: column[places] for name, column in self.measures.items()},
            [*self.landings],
            {**self.unseen},
        )

    def compact(self) -> None:
        """Leave only what is alive in the arrays."""
        passed = self.alive
        if passed.all():
            return
        self.alive = passed[passed]
        self.rows = self.rows[passed]
        self.values = [column[passed] for column in self.values]
        self.ranges = [select(interval, passed) for interval in self.ranges]
        self.units = {position: column[passed] for position, column in self.units.items()}
        self.measures = {name: column[passed] for name, column in self.measures.items()}
