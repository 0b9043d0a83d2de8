"""Of a worked solution with an error: whether that can be seen, and no other line be taken for it. Rule 2."""

from __future__ import annotations

import numpy as np

from question_bank.derivations.derivation import Derivation
from question_bank.expressions.precision import COMPARISON_SLACK, BoolArray, Precision
from question_bank.questions.batch import CandidateBatch

_UNITS_APART, _PART_APART = 10.0, 0.01
"""How far the wrong line lies from all that is right: in units of its last place, more than rounding a place too early
would do, and as a part of the right value."""
_UNITS_AGREED = 1.0
"""By how many units of its last place any other line may differ from what an equal way over printed values gives."""
_LARGEST = 1000.0
"""From where on a value has more digits than fit a line."""


def hardly_shows(derivation: Derivation, batch: CandidateBatch, precision: Precision) -> BoolArray:
    """True where the wrong line is near to what somebody may rightly take for its value: (candidates,)."""
    printed = batch.values[_position(derivation, derivation.wrong_line)]
    right_at = derivation.index[derivation.planted.step]
    (low, high), right = batch.ranges[right_at], batch.values[right_at]
    unit = precision.of(derivation.steps[right_at].role).unit(right)
    with np.errstate(invalid="ignore"):
        gap = np.maximum(printed - high, low - printed)
        # Said so that a NaN fails.
        seen: BoolArray = (gap >= _UNITS_APART * unit) & (gap >= _PART_APART * np.abs(right))
    return ~seen


def stops_short(derivation: Derivation, batch: CandidateBatch) -> BoolArray:
    """True where the printed gradient is right, as behind a unit that is off: then nothing is corrected in it."""
    if derivation.layout.correct != "gradient":
        return np.zeros(len(batch.rows), dtype=bool)
    printed = batch.values[_position(derivation, len(derivation.lines))]
    low, high = batch.ranges[derivation.answers_at[-1]]
    right: BoolArray = (printed >= low) & (printed <= high)
    return right


def others_differ(derivation: Derivation, batch: CandidateBatch, precision: Precision) -> BoolArray:
    """True where another line than the wrong one is not what its formula gives over the lines before it, in some way.

    Somebody who works a slope from a unit's input has its output rounded less, and yet must find no second error.
    """
    failed = np.zeros(len(batch.rows), dtype=bool)
    for number in range(1, len(derivation.lines) + 1):
        position = _position(derivation, number)
        printed, role = batch.values[position], derivation.steps[position].printed_as
        with np.errstate(invalid="ignore", over="ignore"):
            failed |= ~(np.abs(printed) < _LARGEST)
            if number == derivation.wrong_line or role is None:
                continue
            most = (_UNITS_AGREED + COMPARISON_SLACK) * precision.of(role).unit(printed)
            for program in derivation.others[position]:
                failed |= ~(np.abs(program.values(batch.values) - printed) <= most)
    return failed


def _position(derivation: Derivation, number: int) -> int:
    """Where a line's printed value stands among the steps."""
    return len(derivation.givens) - len(derivation.lines) + number - 1
