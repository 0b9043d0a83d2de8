"""Which mistakes give, as written, what a slip of the pen makes of the right number: nobody could tell the two apart.

Not asked is what no draw can help: the other sign, which a sign that was forgotten gives as well; one digit of a sum in
which a given of one digit is left out; and the number of the box beside.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from question_bank.derivations.derivation import Derivation
from question_bank.expressions.precision import Array, BoolArray, Precision
from question_bank.misconceptions.mistakes import Mistake, struck_values
from question_bank.misconceptions.slips import SLIPS, slip_codes

ASKED = ("slip_point", "slip_exchanged", "slip_doubled", "slip_dropped", "slip_digit")
_OF_SUMS = ("slip_point", "slip_exchanged", "slip_doubled", "slip_dropped")
_SUMS_OF_GIVENS = ("preactivation", "update")


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
    mistakes: list[Mistake] = []
    positions: list[int] = []
    wrong: list[Array] = []
    for some in seen:
        found = struck_values(derivation, values, [mistake.exchanged for mistake in some.together], some.worked)
        for position in some.at:
            if not derivation.steps[position].exact:
                mistakes += some.together
                positions += [position] * len(some.together)
                wrong += [*found[position]]
    if not mistakes:
        return {}
    right: dict[int, Array] = {}
    units: dict[int, Array] = {}
    written: list[Array] = []
    for position, column in zip(positions, wrong, strict=True):
        places = precision.of(derivation.steps[position].role)
        if position not in right:
            printed = places.round(values[position])
            # A path of 0 has no digits to get wrong.
            right[position], units[position] = np.where(printed == 0, np.nan, printed), places.unit(printed)
        written.append(places.round(np.where(np.isfinite(column), column, np.nan)))
    numbers = np.concatenate([right[position] for position in positions])
    unit = np.concatenate([units[position] for position in positions])
    codes = slip_codes(np.concatenate(written), unit, [(numbers, numbers)]).reshape(len(mistakes), -1)
    sums = np.array([derivation.steps[position].kind in _SUMS_OF_GIVENS for position in positions])
    told = np.where(sums[:, None], _told(_OF_SUMS)[codes], _told(ASKED)[codes])
    like = {mistake: np.zeros(len(values[0]), dtype=bool) for mistake in mistakes}
    for number in np.flatnonzero(told.any(axis=1)).tolist():
        like[mistakes[number]] |= told[number]
    return like


def _told(names: Sequence[str]) -> BoolArray:
    """For every code of a kind of slip whether it is one of these."""
    return np.array([False, *(name in names for name in SLIPS)])
