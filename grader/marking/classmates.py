"""Other students' questions: whose values are these, if not one's own?"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from grader.marking.batch import Rows
from question_bank.expressions.precision import COMPARISON_SLACK, Array, BoolArray


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

    def take(self, rows: Rows) -> Classmates:
        """The same questions for some of the submissions."""
        return Classmates(self.low, self.high, self.unit, self.who, self.mine[rows])

    def agreement(
        self, values: Array, counted: BoolArray, steps: NDArray[np.intp]
    ) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
        """With how many steps' numbers the question agrees that agrees most, and which one: (submissions,) each.

        `counted` (submissions, slots) are the numbers that are held against others' values; `steps` (slots,) says which
        slots are of one step, so that it counts once.
        """
        most, whose = np.zeros(len(values), np.intp), np.zeros(len(values), np.intp)
        slack = COMPARISON_SLACK * self.unit
        low, high = self.low - slack, self.high + slack
        for row, written in enumerate(values):
            total = np.zeros(len(low), np.intp)
            for step in np.unique(steps[counted[row]]):
                at = np.flatnonzero(counted[row] & (steps == step))
                total += ((written[at] >= low[:, at]) & (written[at] <= high[:, at])).any(axis=1)
            total[self.who == self.mine[row]] = 0
            whose[row] = total.argmax()
            most[row] = total[whose[row]]
        return most, whose
