"""Recorded places: what "write four decimals" means, for numbers, for arrays and in words."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Context, Decimal
from functools import cache, cached_property
from typing import Literal, get_args

import numpy as np
from numpy.typing import NDArray

from question_bank.errors import RecipeError, found_text

RecordedRole = Literal["forward", "factor", "product", "gradient", "update"]
Role = Literal["given", RecordedRole]
RECORDED_ROLES: tuple[RecordedRole, ...] = get_args(RecordedRole)

Array = NDArray[np.float64]
BoolArray = NDArray[np.bool_]

COMPARISON_SLACK = 1e-6
"""Part of a recorded unit that every comparison gives, so that a binary float never costs a student."""

_NUMBER_WORDS = (
    "no",
    "one",
    "two",
    "three",
    "four",
    "five",
    "six",
    "seven",
    "eight",
    "nine",
    "ten",
    "eleven",
    "twelve",
)
_MOST_PLACES = 12
_BINARY_EXPONENTS = 1100
"""No float's exponent of two reaches as far from 0."""
# The largest float has 309 digits before the point; decimal's usual 28 would refuse to write it down.
_DIGITS = Context(prec=309 + _MOST_PLACES, rounding=ROUND_HALF_UP)


@dataclass(frozen=True)
class Places:
    """A count of recorded places: decimals (`4d`) or significant figures (`4s`).

    >>> Places.parse("6d").format(-0.00318999)
    '-0.003190'
    >>> Places.parse("3s").format(0.0012345)
    '0.00123'
    >>> Places.parse("4d").words
    'four decimals'
    """

    count: int
    kind: Literal["d", "s"]

    @classmethod
    def parse(cls, text: str, place: str | None = None) -> Places:
        """`"4d"` or `"4s"`; raises RecipeError, which names the place, for anything else."""
        digits, kind = text[:-1], text[-1:]
        # Two digits at the most: int() refuses a text of thousands.
        if kind in ("d", "s") and digits.isascii() and digits.isdigit() and len(digits) <= 2:
            count = int(digits)
            if (kind == "d" or count > 0) and count <= _MOST_PLACES:
                return cls(count, "d" if kind == "d" else "s")
        raise RecipeError(
            f"{found_text(text)} is no precision",
            place=place,
            expected=f'"4d" (decimals) or "4s" (significant figures), at most {_MOST_PLACES}',
        )

    def __str__(self) -> str:
        return f"{self.count}{self.kind}"

    @cached_property
    def words(self) -> str:
        """`four decimals`, `one significant figure`."""
        noun = "decimal" if self.kind == "d" else "significant figure"
        return f"{_NUMBER_WORDS[self.count]} {noun}{'' if self.count == 1 else 's'}"

    def unit(self, values: Array) -> Array:
        """One unit of the last recorded place at each value; 0 at an exact 0 under significant figures."""
        if self.kind == "d":
            return np.full(np.shape(values), 10.0**-self.count)
        magnitude = np.abs(values)
        # Between two powers of two lies one power of ten at the most: log10 would be slow, and off by one next to it.
        power_of_ten, below, above = _units_by_binary_exponent(self.count)
        binary = np.frexp(magnitude)[1]
        unit: Array = np.where(magnitude >= power_of_ten[binary], above[binary], below[binary])
        usual = (magnitude > 0) & (magnitude < np.inf)
        if not usual.all():
            unit = np.where(usual, unit, np.where(magnitude == np.inf, np.inf, 0.0))
        return unit

    def round(self, values: Array) -> Array:
        """Values rounded to the recorded places, as near as a binary float can say it."""
        if self.kind == "d":
            return np.round(values, self.count)
        unit = self.unit(values)
        safe = np.where(unit > 0, unit, 1.0)
        # Multiplying by the reciprocal power keeps e.g. 0.1234 the float that "0.1234" reads as.
        power = np.round(-np.log10(safe))
        scaled = np.where(power >= 0, np.round(values * 10.0**power) / 10.0**power, np.round(values / safe) * safe)
        return np.where(unit > 0, scaled, 0.0)

    def format(self, value: float) -> str:
        """The value as written down: rounded half away from zero, in plain notation, never `-0`."""
        exact = Decimal(repr(float(value)))
        exponent = -self.count if self.kind == "d" or exact == 0 else exact.adjusted() - self.count + 1
        rounded = exact.quantize(Decimal(1).scaleb(exponent), context=_DIGITS)
        if self.kind == "s" and rounded != 0 and rounded.adjusted() > exact.adjusted():
            rounded = exact.quantize(Decimal(1).scaleb(exponent + 1), context=_DIGITS)
        if rounded == 0:
            rounded = abs(rounded)
        return f"{rounded:f}"


@cache
def _units_by_binary_exponent(count: int) -> tuple[Array, Array, Array]:
    """For numbers of one exponent of two: the power of ten among them, and the units below it and from it on.

    Each is indexed by the exponent of `frexp`; negative ones count from the end, as NumPy does.
    """
    binary = np.array([*range(_BINARY_EXPONENTS), *range(-_BINARY_EXPONENTS, 0)])
    with np.errstate(over="ignore", under="ignore"):
        powers = 10.0 ** np.arange(-330.0, 310.0)
        smallest = np.ldexp(0.5, binary)
        at = np.searchsorted(powers, smallest, side="right") - 1
        exponents = at - 330.0
        units = 10.0 ** (exponents - count + 1), 10.0 ** (exponents - count + 2)
    return powers[np.minimum(at + 1, len(powers) - 1)], *units


@dataclass(frozen=True)
class Precision:
    """The recorded places of each role, and whether cutting off instead of rounding is honest too.

    `scratch` are the decimals that pre-activations and softmax's exponentials and sum carry when they are no
    slots of their own; None makes them slots.
    """

    forward: Places
    factor: Places
    product: Places
    gradient: Places
    update: Places
    scratch: int | None = None
    truncation: bool = False

    @classmethod
    def parse(cls, places: dict[str, str], *, scratch: int | None = None, truncation: bool = False) -> Precision:
        """From role → text; a role left out takes the one before it (`forward` is needed)."""
        unknown = set(places) - set(RECORDED_ROLES)
        if unknown:
            raise RecipeError(
                f"no role is called {sorted(unknown)[0]!r}",
                place="precision",
                expected=", ".join(RECORDED_ROLES),
            )
        if "forward" not in places and not set(RECORDED_ROLES[1:]) <= set(places):
            raise RecipeError("no precision for the role forward", place="precision", expected='forward = "4d"')
        chosen: dict[str, Places] = {}
        last = places.get("forward", "12d")
        for role in RECORDED_ROLES:
            last = places.get(role, last)
            place = f"precision.{role}"
            if not isinstance(last, str):
                raise RecipeError(f"{found_text(last)} is no precision", place=place, expected='text such as "4d"')
            chosen[role] = Places.parse(last, place)
        return cls(**chosen, scratch=scratch, truncation=truncation)

    def of(self, role: Role) -> Places:
        """The places of one role (givens are exact and have none)."""
        places: Places = getattr(self, role)
        return places

    @property
    def widening(self) -> float:
        """Units by which an honest record may differ from what was computed: ½, or 1 where cutting off is allowed."""
        return 1.0 if self.truncation else 0.5

    def as_dict(self) -> dict[str, str | int | bool]:
        """The shape that `parse` and the files use."""
        table: dict[str, str | int | bool] = {role: str(self.of(role)) for role in RECORDED_ROLES}
        if self.scratch is not None:
            table["scratch"] = self.scratch
        if self.truncation:
            table["truncation"] = True
        return table
