"""What each misconception, made anywhere on the way to a step, gives at that step, all else right: many at once.

A step is worked once for all mistakes that reach it, and once for each mistaken formula.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

import numpy as np

from question_bank.derivations.derivation import Derivation
from question_bank.derivations.evaluate import recorded
from question_bank.expressions.interval import Interval, select
from question_bank.expressions.precision import Precision
from question_bank.expressions.program import Columns, Program
from question_bank.misconceptions.mistakes import Mistake

_MOST_AT_ONCE = 16_384


def ranges_from_start(
    derivation: Derivation, precision: Precision, reference: Columns[Interval], mistakes: Sequence[Mistake], at: int
) -> Interval:
    """The range at a step for each mistake, (mistakes, rows).

    `reference` are the honest ranges of all steps, columns of (rows,).
    """
    count = len(reference[at][0])
    part = max(1, _MOST_AT_ONCE // max(1, count))
    low, high = np.empty((2, len(mistakes), count))
    for first in range(0, len(mistakes), part):
        some = slice(first, first + part)
        low[some], high[some] = _Along(derivation, precision, reference, mistakes[some]).worked(at)
    return low, high


class _Along:
    """The steps' ranges with each mistake made, (mistakes, rows), worked in place, step by step.

    Where no mistake reaches, a step keeps its one range for all of them, and so does what is worked from such.
    """

    def __init__(
        self, derivation: Derivation, precision: Precision, reference: Columns[Interval], mistakes: Sequence[Mistake]
    ) -> None:
        self._derivation, self._precision, self._reference = derivation, precision, reference
        self._mistakes = mistakes
        self._known: dict[int, Interval] = {}
        self._reached: defaultdict[int, list[int]] = defaultdict(list)
        for number, mistake in enumerate(mistakes):
            for position in (*mistake.exchanged, *mistake.cone):
                self._reached[position].append(number)

    def worked(self, at: int) -> Interval:
        """The ranges at a step: (mistakes, rows)."""
        for position in sorted(position for position in self._reached if position <= at):
            self._work(position)
        return self._known[at] if at in self._known else self._apart(at)

    def _work(self, position: int) -> None:
        step, right = self._derivation.steps[position], self._derivation.programs[position]
        assert right is not None  # givens are never recomputed
        # By identity: to compare formulas costs more than to work one twice.
        formulas: dict[int, tuple[Program, list[int]]] = {}
        for number in self._reached[position]:
            program = self._mistakes[number].exchanged.get(position, right)
            formulas.setdefault(id(program), (program, []))[1].append(number)
        low, high = self._apart(position)
        for program, numbers in formulas.values():
            columns = {read: self._seen(read, numbers) for read in program.reads}
            low[numbers], high[numbers] = recorded(
                program.ranges(columns), step, self._derivation, self._precision, mistaken=program is not right
            )
        self._known[position] = low, high

    def _apart(self, position: int) -> Interval:
        """The right range of a step, once for each mistake."""
        shape = (len(self._mistakes), len(self._reference[position][0]))
        low, high = np.empty((2, *shape))
        low[:], high[:] = self._reference[position]
        return low, high

    def _seen(self, position: int, numbers: Sequence[int]) -> Interval:
        """A step's range for some of the mistakes: (these, rows), or (rows,) where none of them reaches it.

        A mistaken formula may read a later step too (a weight already updated, factors of a later column): that is
        not worked yet, and right.
        """
        if position not in self._known or set(numbers).isdisjoint(self._reached[position]):
            return self._reference[position]
        return select(self._known[position], np.asarray(numbers, np.intp))
