"""Other students' questions: whose values are these, if not one's own?"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from grader.marking.batch import Answers, Key, Rows
from question_bank.expressions.precision import COMPARISON_SLACK, Array, BoolArray

_MOST_AT_ONCE = 1 << 20
"""Pairs of a submission and a question that are counted together: few enough for the memory."""

_FEW = 8
"""One pair in so many is few: to sort those takes less time than to count all."""


@dataclass(frozen=True, slots=True, eq=False)
class Agreement:
    """Submissions and questions of classmates that agree, one row a pair, and in how many steps; all (pairs,)."""

    submission: NDArray[np.intp]
    question: NDArray[np.intp]
    steps: NDArray[np.intp]

    def only(self, here: BoolArray) -> Agreement:
        """Some of the pairs."""
        return Agreement(self.submission[here], self.question[here], self.steps[here])


@dataclass(frozen=True, slots=True, eq=False)
class Classmates:
    """The honest ranges of a class's questions, (questions, slots), with one number for every student.

    `who` (questions,) are the students of these, `mine` (submissions,) those who handed in.
    """

    low: Array
    high: Array
    unit: Array
    who: NDArray[np.intp]
    mine: NDArray[np.intp]
    _in_order: dict[int, _Sorted] = field(default_factory=dict, repr=False)

    def take(self, rows: Rows) -> Classmates:
        """The same questions for some of the submissions."""
        return self.beside(self.mine[rows])

    def beside(self, mine: NDArray[np.intp]) -> Classmates:
        """The same questions beside other submissions."""
        return replace(self, mine=mine)

    def agreement(self, values: Array, counted: BoolArray, steps: NDArray[np.intp], least: int) -> Agreement:
        """Every pair of a submission and another student's question that agree in so many steps or more.

        `counted` (submissions, slots) are the numbers that are held against others' values; `steps` (slots,) says which
        slots are of one step, so that it counts once. Pairs stand in the order of the submissions, then the questions.
        """
        some_counted = counted.any(axis=0)
        slots = [np.flatnonzero(some_counted & (steps == step)).tolist() for step in np.unique(steps[some_counted])]
        of_step = [[self._sorted(at) for at in own] for own in slots]
        count = len(self.low)
        part = max(1, _MOST_AT_ONCE // count)
        found = [np.zeros((3, 0), np.intp)]
        for first in range(0, len(values), part):
            some, here = values[first : first + part], counted[first : first + part]
            pairs = [np.zeros(0, np.intp)]
            for columns in of_step:
                agreeing = [column.holding(some, here) for column in columns]
                pairs.append(agreeing[0] if len(agreeing) == 1 else np.unique(np.concatenate(agreeing)))
            pair, total = _counted(np.concatenate(pairs), len(some) * count)
            pair, total = pair[total >= least], total[total >= least]
            submission, question = np.divmod(pair, count)
            others = self.who[question] != self.mine[first + submission]
            found.append(np.stack([first + submission, question, total])[:, others])
        return Agreement(*np.concatenate(found, axis=1))

    def _sorted(self, at: int) -> _Sorted:
        if at not in self._in_order:
            self._in_order[at] = _Sorted.of(self, at)
        return self._in_order[at]

    def hold(self, values: Array, pairs: Agreement) -> BoolArray:
        """Where a submission's numbers, (submissions, slots), lie in the question's ranges: (pairs, slots)."""
        slack = COMPARISON_SLACK * self.unit[pairs.question]
        own = values[pairs.submission]
        inside: BoolArray = (own >= self.low[pairs.question] - slack) & (own <= self.high[pairs.question] + slack)
        return inside

    def is_whole(self, answers: Answers, whose: NDArray[np.intp]) -> BoolArray:
        """Where all that stands on a sheet is right for the question of the one `whose` it is: (submissions,)."""
        slack = COMPARISON_SLACK * self.unit[whose]
        inside = (answers.values >= self.low[whose] - slack) & (answers.values <= self.high[whose] + slack)
        whole: BoolArray = np.all(inside | ~answers.read, axis=1)
        return whole

    def differ(self, key: Key, pairs: Agreement) -> BoolArray:
        """Where no number is right for the own question, of this key, and for the other one: (pairs, slots)."""
        own, other = pairs.submission, pairs.question
        apart: BoolArray = (self.low[other] > key.high[own]) | (self.high[other] < key.low[own])
        return apart


def _counted(numbers: NDArray[np.intp], below: int) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """The numbers that occur, in order, and how often: all are `below` some number."""
    if _FEW * len(numbers) < below:
        return np.unique(numbers, return_counts=True)
    often = np.bincount(numbers, minlength=below)
    occur = np.flatnonzero(often)
    return occur, often[occur]


@dataclass(frozen=True, slots=True, eq=False)
class _Sorted:
    """The ranges of all questions at the slot `at`, by their lower ends: (questions,); `width` is the widest's."""

    at: int
    question: NDArray[np.intp]
    low: Array
    high: Array
    width: float

    @classmethod
    def of(cls, classmates: Classmates, at: int) -> _Sorted:
        slack = COMPARISON_SLACK * classmates.unit[:, at]
        low, high = classmates.low[:, at] - slack, classmates.high[:, at] + slack
        order = low.argsort()
        return cls(at, order, low[order], high[order], float((high - low).max()))

    def holding(self, values: Array, counted: BoolArray) -> NDArray[np.intp]:
        """Which questions' ranges hold which submissions' numbers, each as submission × questions + question."""
        submission = np.flatnonzero(counted[:, self.at])
        own = values[submission, self.at]
        # A range that begins farther below than the widest reaches does not come up to the number; twice as far leaves
        # nothing to what binary floats lose.
        first, last = self.low.searchsorted(own - 2 * self.width), self.low.searchsorted(own, "right")
        counts = last - first
        near = np.repeat(last - counts.cumsum(), counts) + np.arange(counts.sum())
        holds = self.high[near] >= np.repeat(own, counts)
        pairs: NDArray[np.intp] = np.repeat(submission, counts)[holds] * len(self.low) + self.question[near[holds]]
        return pairs
