"""A glance at recorded numbers that tells for nearly all of them that no slip of the pen made one of the other.

To look at digits one by one costs some hundred times as much, and among numbers that have nothing to do with each other
hardly any are alike. A number here is a count of recorded units, its sign apart: 1808 for .1808 with four decimals.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from question_bank.expressions.precision import Array, BoolArray, Places

FEWEST_DECIMALS, MOST_DECIMALS = 2, 9
"""With fewer, a digit before the point may stand at a number's end; more are not compared."""

FEWEST_FIGURES, MOST_FIGURES = 4, 5
"""With fewer, a digit lost in the middle leaves too little of a number; of more the tables would be long."""

Glance = Callable[[Array], BoolArray]
"""Of mistaken numbers, (mistakes, rows), False where it is certain that they are no slips of the right ones."""

_Whole = NDArray[np.int32]
_Digits = NDArray[np.uint8]

_POWER_OF_TEN = 0.0035
"""How far the logarithm of a ratio may lie from a whole number where a point moved, even if that was then rounded."""
_TIE = 1e-6
_MOST_UNITS = 2e9
"""Larger numbers are looked at again: so much is held in 32 bits."""
_BETWEEN = np.zeros(101, dtype=bool)
"""Two digits' worth of difference that another digit makes, or two exchanged ones; 100 and more is not looked at."""
_BETWEEN[[*range(1, 10), *range(10, 91, 10), *range(9, 82, 9), 100]] = True
_MADE = np.zeros(811, dtype=bool)
"""Of small differences those that it makes without leaving the last two digits of a number as they are."""
_MADE[[*range(1, 10), *range(10, 91, 10), *range(9, 82, 9), *range(90, 811, 90)]] = True


def glance(right: Array, places: Places) -> Glance:
    """How to look at what is held against these numbers, recorded in these places: (rows,); NaN is like none.

    >>> look = glance(np.array([0.1808]), Places(4, "d"))
    >>> look(np.array([[0.1880], [0.1080], [-0.1880], [0.4711]])).ravel().tolist()
    [True, True, False, False]
    >>> look = glance(np.array([18.08]), Places(4, "s"))
    >>> look(np.array([[0.01880], [0.1080], [-1.880], [47.11]])).ravel().tolist()
    [True, True, False, False]
    """
    if _by_decimals(places):
        return _InDecimals.of(right, places.count).may_be_slips
    if places.kind == "s" and FEWEST_FIGURES <= places.count <= MOST_FIGURES:
        return _InFigures.of(right, places).may_be_slips
    return np.isfinite


def _by_decimals(places: Places) -> bool:
    return places.kind == "d" and FEWEST_DECIMALS <= places.count <= MOST_DECIMALS


@dataclass(frozen=True, slots=True, eq=False)
class _InDecimals:
    """Right numbers in recorded units, without their sign, and what of them is held against others: all (rows,).

    A digit that was exchanged, lost, doubled or another leaves the last two as they are, or it makes a small
    difference, or the shorter number ends with a 0 and the longer one with the digit before that.
    """

    units: Array
    """How many units 1 has, with the sign of the right number."""
    whole: _Whole
    last: _Digits
    shifted: _Digits
    tenth: tuple[_Whole, _Whole]
    """Where a number lies whose point moved by one place to the left, before or after it was rounded."""
    hundredth: _Whole
    """The same of two places or more, at the most: rounding leaves a hundred units or more nearly as they are."""
    hundredfold: _Whole
    least: _Whole
    """Less is none: a 0 is one of a number of a single digit only, and of no other sign's."""

    @classmethod
    def of(cls, right: Array, decimals: int) -> _InDecimals:
        units = np.copysign(10.0**decimals, right)
        with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
            number = np.rint(right * units)
            first = number / 10.0 ** np.floor(np.log10(number))
            whole = _whole(number)
            tenth = _whole(np.ceil(0.1 * number - 0.6)), _whole(np.floor(0.1 * number + 0.6))
            hundredfold = np.where(whole < _MOST_UNITS, np.fmin(99.0 * number, _MOST_UNITS), 0.0)
            least = np.where(first == np.rint(first), 0.0, 1.0)
        last, shifted = _last_digits(whole)
        hundredth = _whole(np.floor(0.0102 * number))
        return cls(units, whole, last, shifted, tenth, hundredth, _whole(hundredfold), _whole(least))

    def may_be_slips(self, wrong: Array) -> BoolArray:
        with np.errstate(invalid="ignore", over="ignore"):
            whole = _whole(np.rint(wrong * self.units))
        last, shifted = _last_digits(whole)
        perhaps: BoolArray = last == self.last
        perhaps |= shifted == self.last
        perhaps |= last == self.shifted
        perhaps |= (whole >= self.tenth[0]) & (whole <= self.tenth[1])
        perhaps |= whole <= self.hundredth
        perhaps |= whole >= self.hundredfold
        apart = np.abs(whole - self.whole)
        near = np.flatnonzero((apart < len(_MADE)) & ~perhaps)
        perhaps.ravel()[near] = _MADE[apart.ravel()[near]]
        large = whole == _MOST_UNITS
        perhaps &= (whole >= self.least) & ((apart > 0) | large)
        if large.any():
            perhaps &= np.isfinite(wrong)
        return perhaps


def _whole(numbers: Array) -> _Whole:
    """Whole numbers as such, to look at in half the time: below 0 what is none, large ones as the largest."""
    inside = np.fmax(numbers, -1.0)
    return np.fmin(inside, _MOST_UNITS, out=inside).astype(np.int32, order="C")


def _last_digits(whole: _Whole) -> tuple[_Digits, _Digits]:
    """The last two digits of whole numbers, and the last one with a 0 behind it."""
    last = (whole - 100 * (whole // 100)).astype(np.uint8)
    return last, 10 * (last - 10 * (last // 10))


@dataclass(frozen=True, slots=True, eq=False)
class _InFigures:
    """The same of numbers written in significant figures, wherever their point stands.

    One digit that was exchanged with the next, lost, doubled or another leaves the first two, or the last two, or where
    there are three the outer ones, or it changes no more than two.
    """

    places: Places
    right: Array
    figures: NDArray[np.intp]

    @classmethod
    def of(cls, right: Array, places: Places) -> _InFigures:
        return cls(places, right, _significant(right, places))

    def may_be_slips(self, wrong: Array) -> BoolArray:
        ends, top = _ends(self.places.count), 10**self.places.count
        number, other = _significant(wrong, self.places), self.figures
        apart = np.abs(number - other)
        perhaps: BoolArray = ends.made[apart]
        # A point that moved leaves the figures as they were, but for what was then rounded: .9996 and 1.000 are near.
        perhaps |= (apart < 0.01 * other) | (apart > 0.89 * top)
        perhaps |= _one_end_alike(ends.ends[number], ends.ends[other])
        perhaps |= ends.short[number]
        perhaps |= ends.short[other]
        with np.errstate(invalid="ignore", over="ignore"):
            perhaps &= np.isfinite(wrong) & (wrong * self.right >= 0)
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


def _significant(values: Array, places: Places) -> NDArray[np.intp]:
    """The figures as a whole number; 0 where there are none, or where it is close how the last one is rounded."""
    size = np.abs(values)
    with np.errstate(divide="ignore", invalid="ignore"):
        scaled = size / places.unit(size)
        whole = np.rint(scaled)
        clear = np.abs(np.abs(scaled - whole) - 0.5) > _TIE
    figures: NDArray[np.intp] = np.where(clear, whole, 0.0).astype(np.intp)
    return figures


def look_again(written: Array, right: Array, places: Places) -> BoolArray:
    """The same of recorded numbers that a glance did not tell apart, more closely: all (rows,)."""
    if not _by_decimals(places):
        return np.ones(len(written), dtype=bool)
    decimals = places.count
    size, other = (np.rint(np.abs(numbers) * 10.0**decimals) for numbers in (written, right))
    # Of digits before the point more can become than is looked for here.
    alike: BoolArray = np.maximum(size, other) >= 10.0 ** (decimals + 1)
    alike |= _point_apart(size, other)
    alike |= _digits_apart(np.abs(size - other))
    for longer, shorter in ((other, size), (size, other)):
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
