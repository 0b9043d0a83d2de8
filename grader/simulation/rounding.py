"""How people round what they write down, and with what they go on."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from question_bank.derivations.derivation import Derivation
from question_bank.expressions.expression import Call, Const, Expression, Ref
from question_bank.expressions.operations import OPERATIONS
from question_bank.expressions.precision import Array, Places

Way = Literal["half up", "half even", "cut off"]

# What is added, in units and away from 0, before rounding to the nearest: next to nothing settles ties upwards; half a
# unit less cuts off, but for the dust of binary floats (0.3 is not cut to 0.2999).
_NUDGES: dict[Way, float] = {"half up": 1e-7, "half even": 0.0, "cut off": -0.5 + 1e-6}

_CALCULATOR = Places(10, "s")
_EXACT_ENOUGH = 3
"""Decimals that are one place more than somebody keeps who rounds an exact number a place early."""


@dataclass(frozen=True, slots=True)
class Rounding:
    """One student's habit.

    `more` places than asked are recorded (fewer if negative), or all that a calculator shows; who works from `memory`
    goes on with the calculator's number and not with what stands on the paper; who rounds `inside` does so after every
    multiplication in a box.
    """

    way: Way = "half up"
    more: int = 0
    all_digits: bool = False
    memory: bool = False
    inside: bool = False

    def places(self, asked: Places) -> Places:
        """The places that this student records where others are asked for."""
        if asked.exact:
            return Places(_EXACT_ENOUGH + self.more, "d") if self.more < 0 else asked
        if self.all_digits:
            return _CALCULATOR
        return Places(max(asked.count + self.more, 1 if asked.kind == "s" else 0), asked.kind)

    def record(self, values: Array, asked: Places) -> Array:
        """Values as they are written down.

        >>> Rounding("cut off").record(np.array([0.3, -0.67]), Places(1, "d")).tolist()
        [0.3, -0.6]
        >>> [Rounding(way).record(np.array([0.125]), Places(2, "d")).item() for way in ("half up", "half even")]
        [0.13, 0.12]
        """
        places = self.places(asked)
        if places.exact:
            return places.round(values)
        away: Array = np.sign(values) * (_NUDGES[self.way] * places.unit(values))
        return places.round(values + away)


def worked_inside(
    formula: Expression, derivation: Derivation, columns: Sequence[Array], record: Callable[[Array], Array]
) -> Array:
    """A formula over the steps' columns (batch,), with the result of every multiplication recorded."""
    match formula:
        case Ref(name):
            return columns[derivation.index[name]]
        case Const(value):
            return np.asarray(value, dtype=np.float64)
        case Call("mul", (first, *others)):
            result = worked_inside(first, derivation, columns, record)
            for other in others:
                result = record(OPERATIONS["mul"].array(result, worked_inside(other, derivation, columns, record)))
            return result
        case Call(operation, arguments):
            parts = [worked_inside(argument, derivation, columns, record) for argument in arguments]
            return OPERATIONS[operation].array(*parts)
