"""Slips of the pen: what becomes of a right number between the head and the paper.

A row of `SLIPS` is one kind: its id, and the numbers that it may have been made of. What is said of each stands in
`templates/slips.html`. Digits are looked for inside a number only: what differs at its end is a matter of rounding.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from question_bank.interval import Interval
from question_bank.precision import COMPARISON_SLACK, Array, BoolArray

_MOST_DECIMALS = 9
_FARTHEST_POINT = 6
_FEWEST_DIGITS = 100
"""Units that a number has at the least if its point may have moved before it was recorded, and digits got lost."""


@dataclass(frozen=True, slots=True, eq=False)
class Written:
    """Numbers as they were written; arrays are (rows,).

    `digits` are the magnitude's as a whole number with `decimals` of them after the point; NaN where they have no end.
    """

    values: Array
    unit: Array
    digits: Array
    decimals: Array

    @classmethod
    def of(cls, values: Array, unit: Array) -> Written:
        """From numbers and the unit of the place up to which each is asked."""
        size = np.abs(values)
        decimals = np.full(len(values), np.nan)
        for count in range(_MOST_DECIMALS, -1, -1):
            decimals = np.where(np.round(size, count) == size, count, decimals)
        return cls(values, unit, np.rint(size * 10.0**decimals), decimals)


@dataclass(frozen=True, slots=True, eq=False)
class Origin:
    """What numbers may have been before the slip: magnitudes as wholes with so many decimals, (candidates, rows).

    `place` is the unit of the digit that was touched, of the higher one of two: it says something only where a range is
    narrower than that.
    """

    digits: Array
    decimals: Array
    place: Array


def _places(written: Written) -> Array:
    """Powers of ten for each digit, the last one's first, and one more in front: (places, 1)."""
    with np.errstate(invalid="ignore"):
        longest = np.nanmax(written.digits, initial=1.0)
    return np.power(10.0, np.arange(int(np.log10(max(longest, 1.0))) + 2, dtype=np.float64))[:, None]


def _full_length(written: Written) -> tuple[Array, Array]:
    """Digits and decimals with the zeros at the end that were written or left out: up to the place asked for."""
    with np.errstate(divide="ignore", invalid="ignore"):
        asked = np.where(written.unit > 0, np.round(-np.log10(written.unit)), 0.0)
        decimals = np.maximum(written.decimals, np.minimum(asked, _MOST_DECIMALS + 3))
    return written.digits * 10.0 ** (decimals - written.decimals), decimals


def _exchanged(written: Written) -> Origin:
    digits, decimals = _full_length(written)
    place = _places(Written(written.values, written.unit, digits, decimals))
    low, high = digits // place % 10, digits // (10 * place) % 10
    changed = np.where(low == high, np.nan, digits + (low - high) * 9 * place)
    return Origin(changed, np.broadcast_to(decimals, changed.shape), 10 * place * 10.0**-decimals)


def _other_digit(written: Written) -> Origin:
    digits, decimals = _full_length(written)
    place = _places(Written(written.values, written.unit, digits, decimals))[:, None]
    was = digits // place % 10
    other = np.arange(10.0)[None, :, None]
    changed = np.where(was == other, np.nan, digits + (other - was) * place)
    where = np.broadcast_to(place * 10.0**-decimals, changed.shape)
    changed = np.where(where > 1.5 * written.unit, changed, np.nan)
    return _flat(changed, np.broadcast_to(decimals, changed.shape), where)


def _dropped(written: Written) -> Origin:
    place = _places(written)[:, None]
    digit = np.arange(10.0)[None, :, None]
    longer = (written.digits // place) * 10 * place + digit * place + written.digits % place
    # What was lost at the end was left off, and a zero in front is none that was lost.
    ended = (place == 1) | (longer < 10 * place) & (digit == 0)
    behind = place <= 10.0**written.decimals
    found = []
    for decimals, possible in ((written.decimals + 1, behind), (written.decimals, place >= 10.0**written.decimals)):
        where = place * 10.0**-decimals
        changed = np.where(possible & ~ended & (where > 1.5 * written.unit), longer, np.nan)
        found.append((changed, np.broadcast_to(decimals, changed.shape), where))
    return _flat(
        *(np.concatenate([np.broadcast_to(part, longer.shape) for part in parts]) for parts in zip(*found, strict=True))
    )


def _doubled(written: Written) -> Origin:
    place = _places(written)
    twice = written.digits // place % 10 == written.digits // (10 * place) % 10
    shorter = written.digits // (10 * place) * place + written.digits % place
    found = []
    for decimals, possible in (
        (written.decimals - 1, place < 10.0**written.decimals),
        (written.decimals, 10 * place >= 10.0**written.decimals),
    ):
        changed = np.where(twice & possible & (shorter > 0), shorter, np.nan)
        found.append((changed, np.broadcast_to(decimals, changed.shape), place * 10.0**-decimals))
    return Origin(
        *(
            np.concatenate([np.broadcast_to(part, shorter.shape) for part in parts])
            for parts in zip(*found, strict=True)
        )
    )


def _flat(*parts: Array) -> Origin:
    digits, decimals, place = (part.reshape(-1, part.shape[-1]) for part in parts)
    return Origin(digits, decimals, place)


def _of_digits(origin: Callable[[Written], Origin]) -> Callable[[Written, Interval], BoolArray]:
    def slipped(written: Written, accepted: Interval) -> BoolArray:
        low, high = _magnitudes(written, accepted)
        before = origin(written)
        size = before.digits * 10.0**-before.decimals
        slack = COMPARISON_SLACK * written.unit
        told = before.place >= high - low
        with np.errstate(invalid="ignore"):
            found: BoolArray = np.any((size >= low - slack) & (size <= high + slack) & told, axis=0)
            # As near as this, the last digit that was written was rounded in some way or other.
            last = np.maximum(written.unit, 10.0**-written.decimals)
            size = np.abs(written.values)
            found &= np.maximum(low - size, size - high) > last * (1 + COMPARISON_SLACK)
        return found

    return slipped


def _magnitudes(written: Written, accepted: Interval) -> Interval:
    """The accepted range as seen by the written number's sign: below 0 turned round."""
    low, high = accepted
    below = written.values < 0
    return np.where(below, -high, low), np.where(below, -low, high)


def _sign(written: Written, accepted: Interval) -> BoolArray:
    return _lies(-written.values, accepted, written.unit)


def _point(written: Written, accepted: Interval) -> BoolArray:
    low, high = accepted
    found = np.zeros(len(written.values), dtype=bool)
    fine = np.abs(written.values) >= _FEWEST_DIGITS * written.unit
    for shift in range(-_FARTHEST_POINT, _FARTHEST_POINT + 1):
        power = 10.0**shift
        # Moved to the left, a number may have been recorded after that.
        reach = np.where(fine & (shift < 0), 0.5 * written.unit, 0.0)
        moved = low * power - reach, high * power + reach
        if shift:
            found |= _lies(written.values, moved, written.unit * min(power, 1.0))
    return found


def _lies(values: Array, interval: Interval, unit: Array) -> BoolArray:
    low, high = interval
    slack = COMPARISON_SLACK * unit
    with np.errstate(invalid="ignore"):
        inside: BoolArray = (values >= low - slack) & (values <= high + slack)
    return inside


@dataclass(frozen=True, slots=True)
class Slip:
    """One kind: where a number was made by it of an accepted one."""

    id: str
    made_of: Callable[[Written, Interval], BoolArray]


NEIGHBOUR = "slip_neighbour"

SLIPS: tuple[Slip, ...] = (
    Slip("slip_sign", _sign),
    Slip("slip_point", _point),
    Slip("slip_exchanged", _of_digits(_exchanged)),
    Slip("slip_doubled", _of_digits(_doubled)),
    Slip("slip_dropped", _of_digits(_dropped)),
    Slip("slip_digit", _of_digits(_other_digit)),
)


def slips(values: Array, unit: Array, accepted: Sequence[Interval], beside: Sequence[Interval]) -> list[str]:
    """For every row the id of the first kind of slip that gives its number, empty for none.

    `accepted` are ranges of what would have been taken for right, `beside` of what would in the boxes beside this one;
    NaN where a range says nothing.
    """
    written = Written.of(values, unit)
    found = np.full(len(values), "", dtype=object)

    def put(name: str, holds: BoolArray) -> None:
        found[holds & (found == "")] = name

    for slip in SLIPS[:2]:
        for interval in accepted:
            put(slip.id, slip.made_of(written, interval))
    for interval in beside:
        put(NEIGHBOUR, _lies(values, interval, unit))
    for slip in SLIPS[2:]:
        for interval in accepted:
            put(slip.id, slip.made_of(written, interval))
    return [str(name) for name in found]
