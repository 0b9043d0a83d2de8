"""A glance at recorded numbers that tells for nearly all of them that no slip of the pen made one of the other.

To look at digits one by one costs some hundred times as much, and among numbers that have nothing to do with each other
hardly any are alike. A number here is a count of recorded units, its sign apart: 1808 for .1808 with four decimals.
"""

from __future__ import annotations

import numpy as np

from question_bank.expressions.precision import Array, BoolArray

FEWEST_DECIMALS, MOST_DECIMALS = 2, 9
"""With fewer, a digit before the point may stand at a number's end; more are not compared."""

_BY_ROUNDING = 0.101
"""A point that moved to the left leaves a tenth of a number at the most, and what is then rounded."""
_POWER_OF_TEN = 0.0035
"""How far the logarithm of a ratio may lie from a whole number where a point moved, even if that was then rounded."""
_BETWEEN = np.zeros(101, dtype=bool)
"""Two digits' worth of difference that another digit makes, or two exchanged ones; 100 and more is not looked at."""
_BETWEEN[[*range(1, 10), *range(10, 91, 10), *range(9, 82, 9), 100]] = True


def may_be_slips(written: Array, right: Array, decimals: int) -> BoolArray:
    """False where no point moved in the right number, nor was a digit exchanged, lost, doubled or another.

    Whole numbers of units of so many decimals, (mistakes, rows) and (rows,); what is no number is like none.

    >>> may_be_slips(np.array([[1880.0], [1080.0], [-1880.0], [4711.0]]), np.array([1808.0]), 4).ravel().tolist()
    [True, True, False, False]
    """
    with np.errstate(invalid="ignore", over="ignore"):
        same_sign = written * right >= 0
        size, other = np.abs(written), np.abs(right)
        last, last_right = _last_digit(size), _last_digit(other)
        # What changed before the last digit leaves that; a digit lost or doubled leaves a 0 at one of the two ends.
        perhaps = np.abs(last - last_right) < 0.05
        perhaps |= np.minimum(last, last_right) < 0.05
        perhaps |= np.abs(size - other) < 100
        perhaps |= size < _BY_ROUNDING * other
        perhaps &= same_sign
    row = np.nonzero(perhaps)[1]
    perhaps[perhaps] = _looked_at_again(
        size[perhaps], other[row], last[perhaps] < 0.05, last_right[row] < 0.05, decimals
    )
    return perhaps


def _looked_at_again(
    size: Array, right: Array, ends_in_0: BoolArray, right_ends_in_0: BoolArray, decimals: int
) -> BoolArray:
    # Of digits before the point more can become than is looked for here.
    alike: BoolArray = np.maximum(size, right) >= 10.0 ** (decimals + 1)
    alike |= _point_apart(size, right)
    alike |= _digits_apart(np.abs(size - right))
    for longer, shorter, possible in ((right, size, ends_in_0), (size, right, right_ends_in_0)):
        rows = np.flatnonzero(possible & ~alike)
        alike[rows] = _one_digit_less(longer[rows], 0.1 * shorter[rows], decimals)
    return alike


def _last_digit(size: Array) -> Array:
    """A tenth of it."""
    tenth = size * 0.1
    return tenth - np.floor(tenth)


def _point_apart(size: Array, right: Array) -> BoolArray:
    with np.errstate(divide="ignore", invalid="ignore"):
        places = np.log10(right / size)
        nearest = np.rint(places)
        apart: BoolArray = (np.abs(places - nearest) <= _POWER_OF_TEN) & (nearest != 0)
    return apart


def _digits_apart(between: Array) -> BoolArray:
    with np.errstate(invalid="ignore"):
        two_digits = between / 10.0 ** np.maximum(np.floor(np.log10(np.maximum(between, 1.0))) - 1.0, 0.0)
        whole = np.rint(two_digits)
        apart: BoolArray = (two_digits == whole) & _BETWEEN[np.fmin(whole, 100.0).astype(np.intp)]
    return apart


def _one_digit_less(longer: Array, shorter: Array, decimals: int) -> BoolArray:
    """True where a number, one of its digits left out, is the other."""
    found = np.zeros(len(longer), dtype=bool)
    above = longer
    for place in 10.0 ** np.arange(decimals + 1):
        below = longer - above * place
        above = np.floor(above * 0.1)
        found |= above * place + below == shorter
    return found
