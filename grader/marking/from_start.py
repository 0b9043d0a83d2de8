"""What each misconception, made anywhere on the way to a step, gives at that step, all else right: many at once."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

import numpy as np

from question_bank.derivations.derivation import Derivation
from question_bank.derivations.evaluate import recorded
from question_bank.expressions.interval import Interval
from question_bank.expressions.precision import Precision
from question_bank.expressions.program import Columns
from question_bank.misconceptions.mistakes import Mistake
from question_bank.misconceptions.struck import MistakePlan, plan

_MOST_AT_ONCE = 8_192


def ranges_from_start(
    derivation: Derivation, precision: Precision, reference: Columns[Interval], mistakes: Sequence[Mistake], at: int
) -> Interval:
    """The range at a step for each mistake, which all reach it: (mistakes, rows).

    `reference` are the honest ranges of all steps, columns of (rows,).
    """

    def record(position: int, interval: Interval, mistaken: bool) -> Interval:
        return recorded(interval, derivation.steps[position], derivation, precision, mistaken=mistaken)

    count = len(reference[at][0])
    part = max(1, _MOST_AT_ONCE // max(1, count))
    low, high = np.empty((2, len(mistakes), count))
    for first in range(0, len(mistakes), part):
        planned = _plan(derivation, tuple(mistakes[first : first + part]), at)
        numbers = first + np.array(planned.at[at], dtype=np.intp)
        low[numbers], high[numbers] = planned.ranges(reference, record)[at]
    return low, high


@lru_cache(maxsize=256)
def _plan(derivation: Derivation, mistakes: tuple[Mistake, ...], at: int) -> MistakePlan:
    up_to = [[position for position in (*each.exchanged, *each.cone) if position <= at] for each in mistakes]
    return plan(derivation, mistakes, up_to)
