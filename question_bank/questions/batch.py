"""What is still in the running while candidates are certified, and what was noted of it."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from question_bank.expressions.interval import Interval, select
from question_bank.expressions.precision import Array, BoolArray
from question_bank.misconceptions.mistakes import Mistake
from question_bank.questions.tried_mistakes import differs_from, dust_of

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


@dataclass(frozen=True, slots=True)
class Again:
    """What mistakes make of steps, by step and by what makes it so, where other mistakes make the same of them."""

    values: dict[Hashable, Array] = field(default_factory=dict)
    ranges: dict[Hashable, Interval] = field(default_factory=dict)


@dataclass
class CandidateBatch:
    """What is still in the running: columns of values and ranges, and the rows that they came from."""

    rows: NDArray[np.intp]
    values: list[Array]
    alive: BoolArray
    ranges: list[Interval] = field(default_factory=list)
    units: dict[int, Array] = field(default_factory=dict)
    """The recorded units of steps' values, of those asked for."""
    dust: dict[int, Array] = field(default_factory=dict)
    """How far from a step's value a number is the same, of those asked for since rows were taken out."""
    again: Again = field(default_factory=Again)
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
        part = replace(self, landings=[*self.landings], unseen={**self.unseen})
        part._keep(places)
        return part

    def differs(self, position: int, numbers: Array) -> BoolArray:
        """True where numbers are not the value of this step, up to the dust of binary floats: (…, rows)."""
        value = self.values[position]
        if position not in self.dust:
            self.dust[position] = dust_of(value)
        return differs_from(numbers, value, self.dust[position])

    def forget_ranges(self) -> None:
        """Leave values only, where no more than those is asked of."""
        self.ranges, self.again = [], Again()

    def compact(self) -> None:
        """Leave only what is alive in the arrays."""
        if not self.alive.all():
            # By their numbers: to take rows by a mask waits at every row whose turn was not foreseen.
            self._keep(np.flatnonzero(self.alive))

    def _keep(self, places: NDArray[np.intp]) -> None:
        self.rows, self.alive = self.rows[places], self.alive[places]
        self.values = [column[places] for column in self.values]
        self.ranges = [select(interval, places) for interval in self.ranges]
        self.units = {position: column[places] for position, column in self.units.items()}
        self.dust, self.again = {}, Again()
        self.measures = {name: column[places] for name, column in self.measures.items()}
