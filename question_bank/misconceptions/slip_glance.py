"""A glance at recorded numbers that tells for nearly all of them that no slip of the pen made one of the other.

To look at digits one by one costs some hundred times as much, and among numbers that have nothing to do with each other
hardly any are alike. A number here is a count of recorded units, its sign apart: 1808 for .1808 with four decimals.
"""

from __future__ import annotations

from functools import cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from question_bank.expressions.precision import Array, BoolArray, Places

FEWEST_DECIMALS, MOST_DECIMALS = 2, 9
"""With fewer, a digit before the point may stand at a number's end; more are not compared."""

FEWEST_FIGURES, MOST_FIGURES = 4, 5
"""With fewer, a digit lost in the middle leaves too little of a number; of more the tables would be long."""

_BY_ROUNDING = 0.101
"""A point that moved to the left leaves a tenth of a number at the most, and what is then rounded."""
_POWER_OF_TEN = 0.0035
"""How far the logarithm of a ratio may lie from a whole number where a point moved, even if that was then rounded."""
_TIE = 1e-6
_MOST_BY_ENDS = 4
"""Decimals up to which whole numbers are few enough for a table of them."""
_BETWEEN = np.zeros(101, dtype=bool)
"""Two digits' worth of difference that another digit makes, or two exchanged ones; 100 and more is not looked at."""
_BETWEEN[[*range(1, 10), *range(10, 91, 10), *range(9, 82, 9), 100]] = True


def may_be_slips(written: Array, right: Array, decimals: int) -> BoolArray:
    """False where no point moved in the right number, nor was a digit exchanged, lost, doubled or another.

    Whole numbers of units of so many decimals, (mistakes, rows) and (rows,); what is no number is like none.

    >>> may_be_slips(np.array([[1880.0], [1080.0], [-1880.0], [4711.0]]), np.array([1808.0]), 4).ravel().tolist()
    [True, True, False, False]
    """
    size, other = np.abs(written), np.abs(right)
    perhaps = _ends_alike(size, other, decimals + 1) if decimals <= _MOST_BY_ENDS else _last_digits_alike(size, other)
    with np.errstate(invalid="ignore", over="ignore"):
        perhaps &= written * right >= 0
    row = np.nonzero(perhaps)[1]
    size, other = size[perhaps], other[row]
    perhaps[perhaps] = _looked_at_again(size, other, decimals)
    return perhaps


def _last_digits_alike(size: Array, right: Array) -> BoolArray:
    with np.errstate(invalid="ignore", over="ignore"):
        last, last_right = _last_digit(size), _last_digit(right)
        # What changed before the last digit leaves that; a digit lost or doubled leaves a 0 at one of the two ends.
        perhaps: BoolArray = np.abs(last - last_right) < 0.05
        perhaps |= np.minimum(last, last_right) < 0.05
        perhaps |= np.abs(size - right) < 100
        perhaps |= size < _BY_ROUNDING * right
    return perhaps


def _ends_alike(size: Array, right: Array, digits: int) -> BoolArray:
    """False where a digit that was exchanged, lost, doubled or another would have left more of a number as it was.

    It leaves the first two digits, or the last two, or of three the outer ones, or it changes no more than two.
    """
    table, top = _ends(digits), 10.0**digits
    number, other = (np.fmin(numbers, top).astype(np.intp) for numbers in (size, right))
    perhaps = _one_end_alike(table.ends[number], table.ends[other])
    perhaps |= table.short[number]
    perhaps |= table.short[other]
    perhaps |= table.made[np.abs(number - other)]
    large = np.maximum(size, right) >= top
    if large.any():
        perhaps[large] = _last_digits_alike(size[large], right[np.nonzero(large)[1]])
    return perhaps


class _Ends(NamedTuple):
    """What stands at the ends of whole numbers, from 0 to a power of ten, without the zeros behind them.

    `ends` are three bytes: the first two digits, the last two, and the outer two. `short` have no more than two digits.
    Of differences, `made` are those that another digit makes, or two exchanged ones.
    """

    ends: NDArray[np.uint32]
    short: BoolArray
    made: BoolArray


_LOWEST_BITS, _HIGHEST_BITS = np.uint32(0x010101), np.uint32(0x808080)


@cache
def _ends(digits: int) -> _Ends:
    number = np.arange(10**digits + 1, dtype=np.uint32)
    bare, first = number.copy(), number.copy()
    for _ in range(digits):
        bare = np.where((bare % 10 == 0) & (bare > 0), bare // 10, bare)
        first = np.where(first >= 100, first // 10, first)
    last = bare % 100
    made = np.zeros(len(number), dtype=bool)
    for place in 10 ** np.arange(digits):
        made[np.arange(1, 10) * place] = True
        exchanged = 9 * np.arange(1, 10) * place
        made[exchanged[exchanged < len(made)]] = True
    outer = first // 10 * 10 + last % 10
    return _Ends((first << 16) + (last << 8) + outer, bare < 100, made)


def _one_end_alike(one: NDArray[np.uint32], other: NDArray[np.uint32]) -> BoolArray:
    """True where a byte of two numbers is the same."""
    apart = one ^ other
    # A byte that is 0 borrows from the bit above it, and no byte here uses its highest one.
    alike: BoolArray = ((apart - _LOWEST_BITS) & _HIGHEST_BITS) != 0
    return alike


def may_be_slips_in_figures(written: Array, right: Array, places: Places) -> BoolArray:
    """The same of numbers as they are worked out, written in so many significant figures wherever their point stands.

    One digit that was exchanged with the next, lost, doubled or another leaves the first two, or the last two, or where
    there are three the outer ones, or it changes no more than two.

    >>> found = may_be_slips_in_figures(
    ...     np.array([[0.01880], [0.1080], [-1.880], [47.11]]), np.array([18.08]), Places(4, "s")
    ... )
    >>> found.ravel().tolist()
    [True, True, False, False]
    """
    ends, top = _ends(places.count), 10**places.count
    number, other = _significant(written, places), _significant(right, places)
    apart = np.abs(number - other)
    perhaps: BoolArray = ends.made[apart]
    # A point that moved leaves the figures as they were, but for what was then rounded: .9996 and 1.000 are near, too.
    perhaps |= (apart < 0.01 * other) | (apart > 0.89 * top)
    perhaps |= _one_end_alike(ends.ends[number], ends.ends[other])
    perhaps |= ends.short[number]
    perhaps |= ends.short[other]
    with np.errstate(invalid="ignore", over="ignore"):
        perhaps &= np.isfinite(written) & (written * right >= 0)
    return perhaps


def _significant(values: Array, places: Places) -> NDArray[np.intp]:
    """The figures as a whole number; 0 where there are none, or where it is close how the last one is rounded."""
    size = np.abs(values)
    with np.errstate(divide="ignore", invalid="ignore"):
        scaled = size / places.unit(size)
        whole = np.rint(scaled)
        clear = np.abs(np.abs(scaled - whole) - 0.5) > _TIE
    figures: NDArray[np.intp] = np.where(clear, whole, 0.0).astype(np.intp)
    return figures


def _looked_at_again(size: Array, right: Array, decimals: int) -> BoolArray:
    # Of digits before the point more can become than is looked for here.
    alike: BoolArray = np.maximum(size, right) >= 10.0 ** (decimals + 1)
    alike |= _point_apart(size, right)
    alike |= _digits_apart(np.abs(size - right))
    for longer, shorter in ((right, size), (size, right)):
        rows = np.flatnonzero((_last_digit(shorter) < 0.05) & ~alike)
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
