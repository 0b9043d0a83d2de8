"""A student's own numbers as a calculator carries them on: with the digits that were rounded away on the paper."""

from __future__ import annotations

import numpy as np

from question_bank.derivations.derivation import Derivation
from question_bank.expressions.interval import Interval
from question_bank.expressions.program import Columns


class Carried(dict[int, Interval]):
    """Own numbers as a formula's columns: what gave each of them, where something of one's own did.

    An exponential that is written as 0.0000 was e to the power of something, which still can be divided by.
    """

    def __init__(self, own: Columns[Interval], derivation: Derivation) -> None:
        super().__init__()
        self._own, self._derivation = own, derivation

    def __missing__(self, position: int, /) -> Interval:
        found = self[position] = self._carried(position)
        return found

    def _carried(self, position: int) -> Interval:
        low, high = self._own[position]
        program = self._derivation.programs[position]
        if program is None or position in self._derivation.copies:
            return low, high
        least, most = program.ranges(self)
        # Where the ranges have nothing in common, the formula did not give what is written.
        gave = (least <= high) & (most >= low)
        return np.where(gave, np.maximum(low, least), low), np.where(gave, np.minimum(high, most), high)
