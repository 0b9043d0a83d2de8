"""Slips of the pen: a number that was worked rightly and written down wrongly, as with two digits exchanged.

A row of the tables below is one kind: its id, and where it made a number of an accepted one. What is said of each
stands in `templates/slips.html`. Digits are looked for inside a number: what differs at its end may be rounding.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from question_bank.expressions.interval import Interval
from question_bank.expressions.precision import COMPARISON_SLACK, Array, BoolArray

_MOST_DECIMALS = 9
_FARTHEST_POINT = 6
_POINT_LOST = 12
"""Places by which a point may have moved, and by which at the most where it was left out behind many digits."""

_POWERS = 10.0 ** np.array([[places] for places in range(-_FARTHEST_POINT, _POINT_LOST + 1) if places])

_LARGEST = 1e5
"""Magnitudes up to which single digits are compared: with all decimals, floats hold them exactly."""

_LEFT_OFF = 2
"""Decimals of those asked for that rounding may have left off: other digits in front of these were not rounded away."""

_FEWEST_DIGITS = 100
"""Units that a number has at the least if its point may have moved before it was recorded, and digits got lost."""

_POWER_OF_TEN = 0.003
"""How far the logarithm of a ratio may lie from a whole number where a point moved, even if that was then rounded."""


@dataclass(frozen=True, slots=True, eq=False)
class _Digits:
    """Magnitudes cut at each of their digits: `whole` (rows,) with so many `decimals`, the rest (places, rows).

    `place` is the power of ten of a digit in the whole, (places, 1); `above` and `below` are what stands on its sides.
    `stands` is true up to a place in front of the number, or to its ones: other rows' numbers may be longer.
    """

    whole: Array
    decimals: Array
    place: Array
    above: Array
    digit: Array
    below: Array
    stands: BoolArray

    @classmethod
    def of(cls, whole: Array, decimals: Array) -> _Digits:
        """The last digit first, and a place more in front of the longest."""
        most = np.maximum(10.0 * whole, 10.0**decimals)
        longest = int(np.log10(np.fmax.reduce(most, initial=1.0)))  # NaN where digits have no end
        place = np.power(10.0, np.arange(longest + 1, dtype=np.float64))[:, None]
        upper = np.floor(whole / place)
        above = np.floor(upper / 10)
        return cls(whole, decimals, place, above, upper - 10 * above, whole - upper * place, place <= most)


def _decimals(size: Array) -> Array:
    """How many decimals stand there; NaN where they have no end: (rows,)."""
    decimals = np.full(len(size), np.nan)
    left = np.arange(len(size))
    for count in range(_MOST_DECIMALS + 1):
        if not len(left):
            break
        ends = np.round(size[left], count) == size[left]
        decimals[left[ends]] = count
        left = left[~ends]
    return decimals


@dataclass(frozen=True, slots=True, eq=False)
class _Case:
    """Numbers whose digits are compared with a range of magnitudes; arrays are (rows,).

    `asked` are the digits with the zeros at their end that may have been left out, `written` those without.
    """

    low: Array
    high: Array
    unit: Array
    written: _Digits
    asked: _Digits

    @property
    def exact(self) -> BoolArray:
        """Where the range is one number, so that its end is no matter of rounding."""
        exact: BoolArray = self.low == self.high
        return exact

    def scaled(self, decimals: Array) -> tuple[Array, Array, Array]:
        """The range and the unit in numbers of so many decimals that are written without a point."""
        power = 10.0**decimals
        slack = COMPARISON_SLACK * self.unit * power
        return self.low * power - slack, self.high * power + slack, self.unit * power


def _exchanged(case: _Case) -> BoolArray:
    of = case.asked
    low, high, _ = case.scaled(of.decimals)
    before = of.above - 10 * np.floor(of.above / 10)
    changed = of.whole + (of.digit - before) * 9 * of.place
    inside = (changed >= low) & (changed <= high) & (of.digit != before) & of.stands
    found: BoolArray = np.any(inside & (10 * of.place >= high - low), axis=0)
    return found


def _other_digit(case: _Case) -> BoolArray:
    of = case.asked
    low, high, unit = case.scaled(of.decimals)
    least = np.maximum(np.ceil((low - of.whole) / of.place), -of.digit)
    most = np.minimum(np.floor((high - of.whole) / of.place), 9 - of.digit)
    told = (least <= most) & (of.place > 1.5 * unit) & (of.place >= high - low) & of.stands
    found: BoolArray = np.any(told, axis=0)
    return found


def _dropped(case: _Case) -> BoolArray:
    of = case.written
    upper = 10 * of.above + of.digit
    without = upper * 10 * of.place + of.below
    found = np.zeros(len(case.low), dtype=bool)
    point = 10.0**of.decimals
    for decimals, possible in ((of.decimals + 1, of.place <= point), (of.decimals, of.place >= point)):
        low, high, unit = case.scaled(decimals)
        # A zero in front is none that was lost.
        least = np.maximum(np.ceil((low - without) / of.place), np.where(upper > 0, 0, 1))
        most = np.minimum(np.floor((high - without) / of.place), 9)
        # What was lost at the end was left off, unless there was nothing to round.
        told = (of.place > np.maximum(1.5 * unit, np.where(case.exact, 0.0, 1.0))) & (of.place >= high - low)
        found |= np.any((least <= most) & possible & told & of.stands, axis=0)
    return found


def _doubled(case: _Case) -> BoolArray:
    of = case.written
    twice = (of.digit == of.above - 10 * np.floor(of.above / 10)) & (of.above > 0)
    shorter = of.above * of.place + of.below
    found = np.zeros(len(case.low), dtype=bool)
    point = 10.0**of.decimals
    for decimals, possible in ((of.decimals - 1, of.place < point), (of.decimals, 10 * of.place >= point)):
        low, high, _ = case.scaled(decimals)
        inside = (shorter >= low) & (shorter <= high)
        found |= np.any(inside & twice & possible & (of.place >= high - low), axis=0)
    return found


def _sign(values: Array, accepted: Interval, unit: Array) -> BoolArray:
    return _lies(-values, accepted, unit)


def _point(values: Array, accepted: Interval, unit: Array) -> BoolArray:
    found = _powers_apart(values, *accepted, unit)
    rows = np.nonzero(found)[-1]
    low, high, values, unit = accepted[0][found], accepted[1][found], values[rows], unit[rows]
    # Moved to the left, a number may have been recorded after that.
    reach = np.where((np.abs(values) >= _FEWEST_DIGITS * unit) & (_POWERS < 1), 0.5 * unit, 0.0)
    here = _lies(values, (low * _POWERS - reach, high * _POWERS + reach), unit * np.minimum(_POWERS, 1.0))
    found[found] = here.any(axis=0)
    return found


def _powers_apart(values: Array, low: Array, high: Array, unit: Array) -> BoolArray:
    """False where a glance shows that no power of ten but 1 lies between a number and a range: most are none apart.

    Of ranges with numbers below their last place, rounding may be more than a glance allows for.
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        ends = np.log10(values / low), np.log10(values / high)
        least = np.ceil(np.minimum(*ends) - _POWER_OF_TEN)
        most = np.floor(np.maximum(*ends) + _POWER_OF_TEN)
    perhaps: BoolArray = (least <= most) & ((least != 0) | (most != 0))
    # The size of the smallest number in the range.
    perhaps |= (low < high) & (np.maximum(low, -high) < unit)
    return perhaps


def _lies(values: Array, interval: Interval, unit: Array) -> BoolArray:
    low, high = interval
    slack = COMPARISON_SLACK * unit
    with np.errstate(invalid="ignore"):
        inside: BoolArray = (values >= low - slack) & (values <= high + slack)
    return inside


NEIGHBOUR = "slip_neighbour"

_OF_THE_WHOLE: dict[str, Callable[[Array, Interval, Array], BoolArray]] = {"slip_sign": _sign, "slip_point": _point}

_OF_DIGITS: dict[str, Callable[[_Case], BoolArray]] = {
    "slip_exchanged": _exchanged,
    "slip_doubled": _doubled,
    "slip_dropped": _dropped,
    "slip_digit": _other_digit,
}

SLIPS = (*_OF_THE_WHOLE, NEIGHBOUR, *_OF_DIGITS)
"""The ids of all kinds, in the order in which they are asked."""

_SHORTEST: dict[str, int] = {
    "slip_point": 2,
    NEIGHBOUR: 3,
    "slip_exchanged": 2,
    "slip_doubled": 3,
    "slip_dropped": 2,
    "slip_digit": 4,
}
"""Figures that an exact number has at the least where it is one of these: of 3, each number of one digit is a slip.

So many that two others stand as they should, and three where one may be any other.
"""
_LEAST_FIGURES = np.array([0, *(_SHORTEST.get(name, 1) for name in SLIPS)])


def slip_codes(
    values: Array,
    unit: Array,
    accepted: Sequence[Interval],
    beside: Sequence[Interval] = (),
    *,
    exact: bool = False,
) -> NDArray[np.uint8]:
    """For every row the first kind of slip that gives its number: 0 for none, else 1 more than its place in `SLIPS`.

    `accepted` are ranges of what would have been taken for right, `beside` of what would in the boxes beside this one;
    NaN where a range says nothing. Where numbers are `exact` many are short, and most pairs of those look like slips of
    each other: there a slip needs digits beside it that are as they should be.

    >>> written, right = np.array([-0.1808, 0.1880, 0.2]), np.array([0.1808, 0.1808, 0.1808])
    >>> slip_codes(written, np.full(3, 1e-4), [(right, right)]).tolist()
    [1, 4, 0]
    """
    found = np.zeros(len(values), dtype=np.uint8)

    def note(name: str, lies_in: BoolArray) -> None:
        told: BoolArray = np.any(lies_in, axis=0)
        found[told & (found == 0)] = 1 + SLIPS.index(name)

    right = _together(accepted, len(values))
    for name, made_of in _OF_THE_WHOLE.items():
        note(name, made_of(values, right, unit))
    if beside:
        note(NEIGHBOUR, _lies(values, _together(beside, len(values)), unit))
    # Where several ranges show a slip, the first of them decides which it was.
    for codes in _digit_codes(values, unit, right, found == 0):
        found = np.where(found == 0, codes, found)
    if exact:
        found[_figures(np.abs(values)) < _LEAST_FIGURES[found]] = 0
    return found


def _figures(size: Array) -> Array:
    """Significant figures of magnitudes as decimals; those that do not end have many."""
    decimals = np.nan_to_num(_decimals(size), nan=float(_MOST_DECIMALS))
    whole = np.rint(np.minimum(size, _LARGEST) * 10.0**decimals)
    figures: Array = np.floor(np.log10(np.maximum(whole, 1.0))) + 1.0
    return figures


def _together(ranges: Sequence[Interval], count: int) -> Interval:
    """Ranges as one of (ranges, rows)."""
    low, high = np.empty((2, len(ranges), count))
    for number, ends in enumerate(ranges):
        low[number], high[number] = ends
    return low, high


def _digit_codes(values: Array, unit: Array, accepted: Interval, left: BoolArray) -> NDArray[np.uint8]:
    """Codes of what became of digits, over each accepted range, where anything is `left` to say: (ranges, rows)."""
    found = np.zeros(accepted[0].shape, dtype=np.uint8)
    size, below = np.abs(values), np.signbit(values)
    decimals = _decimals(size)
    # A number with all the digits of a calculator is compared by the first of them: the others are far below its range.
    long = np.isnan(decimals) & np.isfinite(size) & (unit >= _FEWEST_DIGITS * 10.0**-_MOST_DECIMALS)
    if long.any():
        size = np.where(long, np.round(size, _MOST_DECIMALS), size)
        decimals = _decimals(size)
    with np.errstate(divide="ignore", invalid="ignore"):
        asked = np.where(unit > 0, np.round(-np.log10(unit)), 0.0)
        # Zeros at its end may have been left off, so that a number is taken to be rounded to no fewer places than so
        # many below those asked; a 0 is taken to have all of them.
        rounded_to = np.maximum(decimals, np.where(size > 0, asked - _LEFT_OFF, asked))
        last = np.maximum(unit, 10.0**-rounded_to) * (1 + COMPARISON_SLACK)
    longer = np.maximum(decimals, np.minimum(asked, _MOST_DECIMALS))
    low, high = accepted
    # Seen from the written number's side of 0.
    low, high = np.where(below, -high, low), np.where(below, -low, high)
    with np.errstate(invalid="ignore"):
        # As near as the last digit that was written, it is a matter of rounding, unless there was nothing to round;
        # a NaN is near nothing.
        apart = np.maximum(low - size, size - high) > np.where(low == high, 0.5 * unit, last)
        looked_at = apart & (unit > 0) & (size < _LARGEST) & left
    # What is right by own numbers too is the same range again.
    looked_at[1:] &= (low[1:] != low[:-1]) | (high[1:] != high[:-1])
    exact = looked_at & (low == high)
    if exact.any():
        here = np.nonzero(exact)[1]
        looked_at[exact] = _alike(size[here], low[exact], longer[here])
    rows = np.nonzero(looked_at)[1]
    if not len(rows):
        return found
    case = _case(size[rows], decimals[rows], longer[rows], low[looked_at], high[looked_at], unit[rows])
    codes = np.zeros(len(rows), dtype=np.uint8)
    for name, told in _OF_DIGITS.items():
        codes[(codes == 0) & told(case)] = 1 + SLIPS.index(name)
    found[looked_at] = codes
    return found


def _alike(size: Array, right: Array, decimals: Array) -> BoolArray:
    """False where a glance shows that no digit was exchanged, lost, doubled or another: most numbers have little alike.

    Another digit, and two exchanged, change a number by no more than two digits and zeros. One less or more leaves a
    number shorter, with a 0 at its end, unless it stands before the point.
    """
    point = 10.0**decimals
    whole, other = np.rint(size * point), right * point
    exactly = np.rint(other)
    between = np.abs(whole - exactly)
    two_digits = 10.0 ** np.maximum(np.floor(np.log10(np.maximum(between, 1.0))) - 1.0, 0.0)
    alike: BoolArray = between % two_digits == 0
    alike |= (whole % 10 == 0) | (exactly % 10 == 0) | (np.maximum(whole, exactly) >= 10 * point)
    # Digits that would not be compared tell nothing.
    alike |= np.abs(other - exactly) > COMPARISON_SLACK
    return alike


def _case(size: Array, decimals: Array, longer: Array, low: Array, high: Array, unit: Array) -> _Case:
    whole = np.rint(size * 10.0**decimals)
    return _Case(low, high, unit, _Digits.of(whole, decimals), _Digits.of(whole * 10.0 ** (longer - decimals), longer))
