"""What each misconception, made anywhere on the way to a step, gives at that step, all else right: many at once.

Mistakes stand along the batch: a step is worked once for all of them that reach it, and once for each mistaken formula.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from grader.marking.batch import Rows
from question_bank.derivation import Derivation
from question_bank.evaluate import recorded
from question_bank.interval import Interval, select
from question_bank.mistakes import Mistake
from question_bank.precision import Precision
from question_bank.program import Columns, Program

_MOST_AT_ONCE = 16_384


def ranges_from_start(
    derivation: Derivation, precision: Precision, reference: Columns[Interval], mistakes: Sequence[Mistake], at: int
) -> list[Interval]:
    """The range at a step for each mistake; `reference` are the honest ranges of all steps, columns of (rows,)."""
    rows = len(reference[at][0])
    part = max(1, _MOST_AT_ONCE // max(1, rows))
    found: list[Interval] = []
    for first in range(0, len(mistakes), part):
        some = mistakes[first : first + part]
        low, high = _Along(derivation, precision, reference, some, rows).worked(at)
        found += zip(low.reshape(len(some), rows), high.reshape(len(some), rows), strict=True)
    return found


class _Along:
    """The steps' ranges with one mistake made in each stretch of so many rows; worked in place, step by step."""

    def __init__(
        self,
        derivation: Derivation,
        precision: Precision,
        reference: Columns[Interval],
        mistakes: Sequence[Mistake],
        rows: int,
    ) -> None:
        self._derivation, self._precision, self._reference = derivation, precision, reference
        self._mistakes, self._rows = mistakes, rows
        self._known: dict[int, Interval] = {}

    def worked(self, at: int) -> Interval:
        """The ranges at a step: (mistakes × rows,)."""
        touched = sorted({p for mistake in self._mistakes for p in (*mistake.exchanged, *mistake.cone) if p <= at})
        for position in touched:
            self._work(position)
        return self._column(at)

    def _work(self, position: int) -> None:
        step, right = self._derivation.steps[position], self._derivation.programs[position]
        assert right is not None  # givens are never recomputed
        # By identity: to compare formulas costs more than to work one twice.
        formulas: dict[int, tuple[Program, list[int]]] = {}
        for number, mistake in enumerate(self._mistakes):
            if position in mistake.exchanged or position in mistake.cone:
                program = mistake.exchanged.get(position, right)
                formulas.setdefault(id(program), (program, []))[1].append(number)
        low, high = self._column(position)
        for program, numbers in formulas.values():
            rows = self._rows_of(numbers)
            columns = {read: select(self._column(read), rows) for read in program.reads}
            low[rows], high[rows] = recorded(
                program.ranges(columns), step, self._derivation, self._precision, mistaken=program is not right
            )

    def _column(self, position: int) -> Interval:
        if position not in self._known:
            low, high = self._reference[position]
            times = len(self._mistakes)
            self._known[position] = (np.concatenate([low] * times), np.concatenate([high] * times))
        return self._known[position]

    def _rows_of(self, numbers: Sequence[int]) -> Rows:
        starts = np.asarray(numbers, np.intp)[:, None] * self._rows
        rows: Rows = (starts + np.arange(self._rows)).ravel()
        return rows
