"""Which mistakes give, as written, what a slip of the pen makes of the right number: nobody could tell the two apart.

Not asked is what no draw can help: the other sign, which a sign that was forgotten gives as well; one digit of a sum in
which a given of one digit is left out; and the number of the box beside.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from question_bank.derivations.derivation import Derivation
from question_bank.expressions.precision import Array, BoolArray, Places, Precision
from question_bank.misconceptions.slip_glance import Glance, glance, look_again
from question_bank.misconceptions.slips import SLIPS, slip_codes

ASKED = ("slip_point", "slip_exchanged", "slip_doubled", "slip_dropped", "slip_digit")
_OF_SUMS = ("slip_point", "slip_exchanged", "slip_doubled", "slip_dropped")
_SUMS_OF_GIVENS = ("preactivation", "update")

_GLANCED = Places(5, "d")
"""Places in which a glance is taken at exact numbers."""

_Pairs = tuple[NDArray[np.intp], NDArray[np.intp], Array, Array, BoolArray]
"""Mistakes, rows, mistaken and right numbers, and whether one wrong digit is asked."""


@dataclass(frozen=True, slots=True, eq=False)
class MistakenValues:
    """What some mistakes, by number, give at a step: `wrong` is (mistakes, rows)."""

    position: int
    mistakes: NDArray[np.intp]
    wrong: Array


def like_slips(
    derivation: Derivation, values: Sequence[Array], precision: Precision, seen: Iterable[MistakenValues]
) -> defaultdict[int, BoolArray]:
    """For each mistake where one of its numbers is what a slip makes of the right one: (rows,)."""
    like: defaultdict[int, BoolArray] = defaultdict(lambda: np.zeros(len(values[0]), dtype=bool))
    rights: dict[int, tuple[Array, Glance]] = {}
    perhaps: dict[Places, list[_Pairs]] = {}
    for some in seen:
        step = derivation.steps[some.position]
        if step.exact:
            continue
        places = precision.of(step.role)
        if some.position not in rights:
            printed = places.round(values[some.position])
            # A path whose product is 0 has no digits to get wrong.
            printed = np.where(printed == 0, np.nan, printed)
            rights[some.position] = printed, glance(printed, _glanced(places))
        right, look = rights[some.position]
        number, row = np.divmod(np.flatnonzero(look(some.wrong)), len(right))
        # One digit of a sum of givens that is left out cannot be helped.
        asked = np.full(len(row), step.kind not in _SUMS_OF_GIVENS)
        perhaps.setdefault(places, []).append((some.mistakes[number], row, some.wrong[number, row], right[row], asked))
    for places, pairs in perhaps.items():
        columns = [np.concatenate(each) for each in zip(*pairs, strict=True)]
        kept = np.flatnonzero(look_again(places.round(columns[2]), columns[3], _glanced(places)))
        mistakes, rows, wrong, right, asked = (column[kept] for column in columns)
        codes = slip_codes(places.round(wrong), places.unit(right), [(right, right)], exact=places.exact)
        told = np.where(asked, _told(ASKED)[codes], _told(_OF_SUMS)[codes])
        for mistake, row in zip(mistakes[told].tolist(), rows[told].tolist(), strict=True):
            like[mistake][row] = True
    return like


def _glanced(places: Places) -> Places:
    return _GLANCED if places.exact else places


@cache
def _told(names: tuple[str, ...]) -> BoolArray:
    """By code, whether a kind of slip is one of these."""
    return np.array([False, *(name in names for name in SLIPS)])
