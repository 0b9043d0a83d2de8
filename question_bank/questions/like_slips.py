"""Which mistakes give, as written, what a slip of the pen makes of the right number: nobody could tell the two apart.

Not asked is what no draw can help: the other sign, which a sign that was forgotten gives as well; one digit of a sum in
which a given of one digit is left out; and the number of the box beside.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np

from question_bank.derivations.derivation import Derivation
from question_bank.expressions.precision import Array, BoolArray, Places, Precision
from question_bank.misconceptions.mistakes import Mistake, struck_values
from question_bank.misconceptions.slip_glance import FEWEST_DECIMALS, MOST_DECIMALS, may_be_slips
from question_bank.misconceptions.slips import SLIPS, slip_codes

ASKED = ("slip_point", "slip_exchanged", "slip_doubled", "slip_dropped", "slip_digit")
_OF_SUMS = ("slip_point", "slip_exchanged", "slip_doubled", "slip_dropped")
_SUMS_OF_GIVENS = ("preactivation", "update")
_AT_ONCE = 16_384
"""How many numbers are held against right ones at a time, so that they stay near the processor."""


@dataclass(frozen=True, slots=True)
class Seen:
    """Mistakes that are made at the same steps, the steps at which to look, and all that has to be worked for those."""

    together: Sequence[Mistake]
    at: Sequence[int]
    worked: Sequence[int]


def like_slips(
    derivation: Derivation, values: Sequence[Array], precision: Precision, seen: Iterable[Seen]
) -> dict[Mistake, BoolArray]:
    """For each mistake where one of its numbers is what a slip makes of the right one: (rows,)."""
    like: dict[Mistake, BoolArray] = {}
    rights: dict[int, Array] = {}
    for position, mistakes, wrong in _at_most(_together(derivation, values, seen), _AT_ONCE):
        step = derivation.steps[position]
        places = precision.of(step.role)
        if position not in rights:
            printed = places.round(values[position])
            # A path of 0 has no digits to get wrong.
            rights[position] = np.where(printed == 0, np.nan, printed)
        told = _written_like(wrong, rights[position], places, _OF_SUMS if step.kind in _SUMS_OF_GIVENS else ASKED)
        for mistake, rows in zip(mistakes, told, strict=True):
            like[mistake] = like[mistake] | rows if mistake in like else rows
    return like


def _together(
    derivation: Derivation, values: Sequence[Array], seen: Iterable[Seen]
) -> Iterator[tuple[int, Sequence[Mistake], Array]]:
    """Positions, and what mistakes give there: (mistakes, rows)."""
    for some in seen:
        found = struck_values(derivation, values, [mistake.exchanged for mistake in some.together], some.worked)
        for position in some.at:
            if not derivation.steps[position].exact:
                yield position, some.together, found[position]


def _at_most(
    found: Iterable[tuple[int, Sequence[Mistake], Array]], numbers: int
) -> Iterator[tuple[int, Sequence[Mistake], Array]]:
    """The same, with all that is found at one position together, as long as it is no more than so many numbers."""
    waiting: dict[int, tuple[list[Mistake], list[Array]]] = {}
    for position, mistakes, wrong in found:
        some, columns = waiting.setdefault(position, ([], []))
        if some and (len(some) + len(mistakes)) * wrong.shape[1] > numbers:
            yield position, some, np.concatenate(columns)
            some, columns = waiting[position] = [], []
        some += mistakes
        columns.append(wrong)
    for position, (some, columns) in waiting.items():
        yield position, some, np.concatenate(columns)


def _written_like(wrong: Array, right: Array, places: Places, names: tuple[str, ...]) -> BoolArray:
    """True where a number, recorded, is what one of these slips makes of the recorded right one: (mistakes, rows)."""
    told = np.zeros(wrong.shape, dtype=bool)
    if places.kind == "d" and FEWEST_DECIMALS <= places.count <= MOST_DECIMALS:
        point = 10.0**places.count
        with np.errstate(over="ignore"):
            whole = np.rint(wrong * point)
        number, row = np.nonzero(may_be_slips(whole, np.rint(right * point), places.count))
    else:
        number, row = np.nonzero(np.isfinite(wrong))
    written, right = places.round(wrong[number, row]), right[row]
    told[number, row] = _told(names)[slip_codes(written, places.unit(right), [(right, right)])]
    return told


@cache
def _told(names: tuple[str, ...]) -> BoolArray:
    """For every code of a kind of slip whether it is one of these."""
    return np.array([False, *(name in names for name in SLIPS)])
