"""Recorded places: what "write four decimals" means, for numbers, for arrays and in words."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Context, Decimal
from fractions import Fraction
from functools import cache
from typing import Literal, get_args

import numpy as np
from numpy.typing import NDArray

from question_bank.errors import RecipeError, found_text
from question_bank.language.counts import number_word
from question_bank.language.words import _, ngettext

RecordedRole = Literal["forward", "factor", "product", "gradient", "update"]
Role = Literal["given", RecordedRole]
PaidRole = Literal[RecordedRole, "line", "correction"]
"""What boxes are worth marks for: a role, or of a worked solution with an error the wrong line, and what that is."""
RECORDED_ROLES: tuple[RecordedRole, ...] = get_args(RecordedRole)
PAID_ROLES: tuple[PaidRole, ...] = ("line", "correction", *RECORDED_ROLES)

Array = NDArray[np.float64]
BoolArray = NDArray[np.bool_]

COMPARISON_SLACK = 1e-6
"""Part of a recorded unit that every comparison gives, so that a binary float never costs a student."""

_MOST_PLACES = 12
_BINARY_EXPONENTS = 1100
"""No float's exponent of two reaches as far from 0."""
EXACT_DECIMALS = 4
"""Decimals up to which an exact number is written as a decimal, else as a fraction."""
EXACT_UNIT = 1e-5
"""Under exact places: what no two numbers lie within that people work out by hand and mean to be different."""
_EXACT_DIGITS = 12
"""Significant figures of a number whose binary dust is taken off."""
_LARGEST_DENOMINATOR = 9999
# The largest float has 309 digits before the point; decimal's usual 28 would refuse to write it down.
_DIGITS = Context(prec=309 + _MOST_PLACES, rounding=ROUND_HALF_UP)


@dataclass(frozen=True)
class Places:
    """A count of recorded places: decimals (`4d`) or significant figures (`4s`); or `exact`, which rounds nothing.

    >>> Places.parse("6d").format(-0.00318999)
    '-0.003190'
    >>> Places.parse("3s").format(0.0012345)
    '0.00123'
    >>> Places.parse("4d").words
    'four decimals'
    >>> Places.parse("exact").format(-0.375), Places.parse("exact").format(0.03125)
    ('-0.375', '1/32')
    """

    count: int
    kind: Literal["d", "s", "exact"]

    @classmethod
    def parse(cls, text: str, place: str | None = None) -> Places:
        """`"4d"`, `"4s"` or `"exact"`; raises RecipeError, which names the place, for anything else."""
        if text == str(EXACT_PLACES):
            return EXACT_PLACES
        digits, kind = text[:-1], text[-1:]
        # Two digits at the most: int() refuses a text of thousands.
        if kind in ("d", "s") and digits.isascii() and digits.isdigit() and len(digits) <= 2:
            count = int(digits)
            if (kind == "d" or count > 0) and count <= _MOST_PLACES:
                return cls(count, "d" if kind == "d" else "s")
        raise RecipeError(
            f"{found_text(text)} is no precision",
            place=place,
            expected=f'"4d" (decimals) or "4s" (significant figures), at most {_MOST_PLACES}, or "exact"',
        )

    def __str__(self) -> str:
        return self.kind if self.exact else f"{self.count}{self.kind}"

    @property
    def exact(self) -> bool:
        """Whether nothing is rounded: a number is right where it is equal."""
        return self.kind == "exact"

    @property
    def words(self) -> str:
        """`four decimals`, `one significant figure`, `the exact number`."""
        if self.exact:
            return _("the exact number")
        if self.kind == "d":
            said = ngettext("one decimal", "{number} decimals", self.count)
        else:
            said = ngettext("one significant figure", "{number} significant figures", self.count)
        return said.format(number=number_word(self.count))

    def unit(self, values: Array) -> Array:
        """One unit of the last recorded place at each value; 0 at an exact 0 under significant figures.

        Exact places have none: theirs is what no two different numbers of a question lie within.
        """
        if self.exact:
            return np.full(np.shape(values), EXACT_UNIT)
        if self.kind == "d":
            return np.full(np.shape(values), 10.0**-self.count)
        magnitude = np.abs(values)
        # Between two powers of two lies one power of ten at the most: log10 would be slow, and off by one next to it.
        power_of_ten, units = _units_by_binary_exponent(self.count)
        binary = np.frexp(magnitude)[1]
        # Both units stand in one table, since to choose between two columns takes longer where either is as likely.
        unit: Array = units[2 * binary + (magnitude >= power_of_ten[binary])]
        usual = (magnitude > 0) & (magnitude < np.inf)
        if not usual.all():
            unit = np.where(usual, unit, np.where(magnitude == np.inf, np.inf, 0.0))
        return unit

    def one_unit(self, values: Array) -> Array | float:
        """The same as a single number where it is the same everywhere."""
        return 10.0**-self.count if self.kind == "d" else self.unit(values)

    def round(self, values: Array) -> Array:
        """Values rounded to the recorded places, as near as a binary float can say it."""
        if self.exact:
            return np.round(values, _EXACT_DIGITS)
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
        if self.exact:
            return exact_number(value)
        exact = Decimal(repr(float(value)))
        exponent = -self.count if self.kind == "d" or exact == 0 else exact.adjusted() - self.count + 1
        rounded = exact.quantize(Decimal(1).scaleb(exponent), context=_DIGITS)
        if self.kind == "s" and rounded != 0 and rounded.adjusted() > exact.adjusted():
            rounded = exact.quantize(Decimal(1).scaleb(exponent + 1), context=_DIGITS)
        if rounded == 0:
            rounded = abs(rounded)
        return f"{rounded:f}"


EXACT_PLACES = Places(0, "exact")


DUST = 1e-15
"""What binary sums leave of an exact 0 is smaller; a number that a person writes down is not."""


def short_decimal(value: float) -> str:
    """A number of few digits as a person writes it: to 12 significant figures, without the errors of binary floats.

    >>> short_decimal(2.9000000000000004), short_decimal(-3.0), short_decimal(0.1 * 3 - 0.3)
    ('2.9', '-3', '0')
    """
    rounded = Decimal(f"{value:.12g}")
    if abs(rounded) < DUST:
        return "0"
    text = f"{rounded:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


_LONG = 1e-6
"""From here downwards a given that is a power of ten is written as one: its zeros would have to be counted."""
_POWER = re.compile("10([⁻⁰¹²³⁴⁵⁶⁷⁸⁹]+)")
_RAISED = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")
_LOWERED = {raised: plain for plain, raised in _RAISED.items()}


def given_number(value: float) -> str:
    """A given as a sheet prints it: a short decimal, or a power of ten that is small.

    >>> given_number(1e-8), given_number(0.001), given_number(3e-8)
    ('10⁻⁸', '0.001', '0.00000003')
    """
    exponent = f"{value:.12e}".partition("e")
    if 0 < value <= _LONG and float(exponent[0]) == 1:
        return "10" + str(int(exponent[2])).translate(_RAISED)
    return short_decimal(value)


_SCALED = re.compile(f"(-?[0-9.]+) · {_POWER.pattern}")
_FIGURES_OF_SMALL = 3


def worked_number(value: float, text: str) -> str:
    """A value in a worked solution: its `text`, but for a 0 a plain one, and figures where the text has only zeros.

    >>> worked_number(0.25, "0.2500"), worked_number(0.0, "0.0000"), worked_number(-2.5e-7, "0.0000")
    ('0.2500', '0', '-2.5 · 10⁻⁷')
    """
    if text.strip("-0.") or not text:
        return text
    if abs(value) < DUST:
        return "0"
    figures, _other, exponent = f"{value:.{_FIGURES_OF_SMALL - 1}e}".partition("e")
    return f"{figures.rstrip('0').rstrip('.')} · 10{str(int(exponent)).translate(_RAISED)}"


def scaled(text: str) -> tuple[str, int] | None:
    """The figures and the power of ten of a number that is written with both.

    >>> scaled("-2.5 · 10⁻⁷"), scaled("-2.5")
    (('-2.5', -7), None)
    """
    found = _SCALED.fullmatch(text)
    return None if found is None else (found[1], int(found[2].translate(_LOWERED)))


def power_of_ten(text: str) -> int | None:
    """The exponent where a given is written as a power of ten.

    >>> power_of_ten("10⁻⁸"), power_of_ten("0.001")
    (-8, None)
    """
    found = _POWER.fullmatch(text)
    return None if found is None else int(found[1].translate(_LOWERED))


def exact_number(value: float) -> str:
    """A number as an exact one is written: a decimal where it has few decimals, else a fraction in lowest terms.

    What is neither is no number of such a question, and is cut like `short_decimal`.

    >>> [exact_number(value) for value in (-1.5, 2.9000000000000004, 3 / 32, -1 / 3, 0.1 * 3 - 0.3)]
    ['-1.5', '2.9', '3/32', '-1/3', '0']
    """
    text = short_decimal(value)
    if len(text.partition(".")[2]) <= EXACT_DECIMALS:
        return text
    fraction = Fraction(value).limit_denominator(_LARGEST_DENOMINATOR)
    near = abs(float(fraction) - value) <= 10.0**-_EXACT_DIGITS * max(1.0, abs(value))
    return str(fraction) if near and fraction else text


def number_of(text: str) -> float:
    """The number that `given_number` or a format writes, a fraction too.

    >>> number_of("-0.375"), number_of("3/32"), number_of("10⁻⁸")
    (-0.375, 0.09375, 1e-08)
    """
    if (parts := scaled(text)) is not None:
        return float(f"{parts[0]}e{parts[1]}")
    power = power_of_ten(text)
    return float(Fraction(text)) if power is None else float(f"1e{power}")


@cache
def _units_by_binary_exponent(count: int) -> tuple[Array, Array]:
    """For numbers of one exponent of two: the power of ten among them, and in turn the units below it and from it on.

    They are indexed by the exponent of `frexp`, and twice that; negative ones count from the end, as NumPy does.
    """
    binary = np.array([*range(_BINARY_EXPONENTS), *range(-_BINARY_EXPONENTS, 0)])
    with np.errstate(over="ignore", under="ignore"):
        powers = 10.0 ** np.arange(-330.0, 310.0)
        smallest = np.ldexp(0.5, binary)
        at = np.searchsorted(powers, smallest, side="right") - 1
        exponents = at - 330.0
        units = 10.0 ** (exponents - count + 1), 10.0 ** (exponents - count + 2)
    return powers[np.minimum(at + 1, len(powers) - 1)], np.stack(units, axis=1).ravel()


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
        exact = [role for role, each in chosen.items() if each.exact]
        if exact and (len(exact) < len(chosen) or scratch is not None or truncation):
            raise RecipeError(
                "exact numbers beside rounded ones",
                place=f"precision.{exact[0]}",
                expected='"exact" for every role, without scratch or truncation',
            )
        return cls(**chosen, scratch=scratch, truncation=truncation)

    def of(self, role: Role) -> Places:
        """The places of one role (givens are exact and have none)."""
        places: Places = getattr(self, role)
        return places

    @property
    def exact(self) -> bool:
        """Whether nothing is rounded anywhere: then every role has exact places."""
        return self.gradient.exact

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


EXACT_NUMBERS = Precision(EXACT_PLACES, EXACT_PLACES, EXACT_PLACES, EXACT_PLACES, EXACT_PLACES)
"""Nothing is rounded: what is worked without a calculator."""
