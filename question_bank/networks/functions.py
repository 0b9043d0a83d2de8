"""The table of activation functions: everything that the program knows of one stands in its record."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from question_bank.expressions.expression import ONE, Const, Expression, call
from question_bank.expressions.precision import Array, BoolArray
from question_bank.language.words import N_, _


def never(h: Array, margin: float) -> BoolArray:
    """False everywhere: shape of h."""
    return np.zeros(np.shape(h), dtype=bool)


def near_zero_or_one(h: Array, margin: float) -> BoolArray:
    """Where an output between 0 and 1 is within the margin of one of them: shape of h."""
    near: BoolArray = (h < margin) | (h > 1 - margin)
    return near


def _near_one(h: Array, margin: float) -> BoolArray:
    near: BoolArray = np.abs(h) > 1 - margin
    return near


@dataclass(frozen=True, slots=True)
class Function:
    """An activation function: its output from a, and its slope from (a, h) as it is printed, or else from a or h alone.

    `definition` is what `value` stands for, from a, where its sign does not say so. `slope_at` and `slope_from` are the
    slope from a and from h, where they differ from the printed one. `steady` is the slope from (a, h) and `rest` is
    1 - output from a, so that no digit is lost where the output is nearly 1.

    An `exact_output` loses no digit, nor does an `exact_slope`. `signed`: the output may be negative; `probability`: it
    lies between 0 and 1. `rational`: output and slope of a number with few decimals have few decimals. `saturated(h,
    margin)`: where the output hardly changes any more. `levels`: the slopes that it keeps over a whole stretch of a,
    which are no accident of the numbers. `kink`: the slope that counts at a = 0, where it has two. `sign` stands in its
    circle in a circuit; one without a sign does nothing there.
    """

    value: Callable[[Expression], Expression]
    slope: Callable[[Expression, Expression], Expression]
    definition: Callable[[Expression], Expression] | None = None
    slope_at: Callable[[Expression], Expression] | None = None
    slope_from: Callable[[Expression], Expression] | None = None
    steady: Callable[[Expression, Expression], Expression] | None = None
    rest: Callable[[Expression], Expression] | None = None
    exact_output: bool = False
    exact_slope: bool = False
    signed: bool = False
    probability: bool = False
    rational: bool = False
    saturated: Callable[[Array, float], BoolArray] = never
    levels: tuple[float, ...] = ()
    kink: float | None = None
    sign: str = ""

    def formulas(self, a: Expression) -> tuple[Expression, ...]:
        """What the output is, and what that stands for where its sign does not say so."""
        value = self.value(a)
        return (value,) if self.definition is None else (value, self.definition(a))


LEAK = 0.1
"""The slope of the leaky ReLU below 0."""

FUNCTIONS: dict[str, Function] = {
    "sigmoid": Function(
        lambda a: call("sigmoid", a),
        lambda a, h: call("logistic_slope", h),
        definition=lambda a: ONE / (ONE + call("exp", -a)),
        slope_at=lambda a: call("logistic_slope", call("sigmoid", a)),
        steady=lambda a, h: h * call("sigmoid", -a),
        rest=lambda a: call("sigmoid", -a),
        probability=True,
        saturated=near_zero_or_one,
        sign="σ",
    ),
    "tanh": Function(
        lambda a: call("tanh", a),
        lambda a, h: call("tanh_slope", h),
        slope_at=lambda a: call("tanh_slope", call("tanh", a)),
        # 1 - tanh² a = 4 σ(2a) σ(-2a)
        steady=lambda a, h: 4.0 * call("sigmoid", 2.0 * a) * call("sigmoid", -2.0 * a),
        signed=True,
        saturated=_near_one,
        sign="tanh",
    ),
    "relu": Function(
        lambda a: call("relu", a),
        lambda a, h: call("step", a),
        slope_from=lambda h: call("step", h),
        exact_output=True,
        exact_slope=True,
        rational=True,
        levels=(0.0, 1.0),
        kink=0.0,
        sign="ReLU",
    ),
    "leaky_relu": Function(
        lambda a: call("max", LEAK * a, a),
        lambda a, h: call("max", Const(LEAK), call("step", a)),
        slope_from=lambda h: call("max", Const(LEAK), call("step", h)),
        exact_slope=True,
        signed=True,
        rational=True,
        levels=(LEAK, 1.0),
        kink=LEAK,
        sign="LReLU",
    ),
    "softplus": Function(
        lambda a: call("softplus", a),
        lambda a, h: call("sigmoid", a),
        slope_from=lambda h: ONE - call("exp", -h),
        sign="softplus",
    ),
    "linear": Function(
        lambda a: a,
        lambda a, h: ONE,
        exact_output=True,
        exact_slope=True,
        signed=True,
        rational=True,
        levels=(1.0,),
    ),
}

PROBABILITIES = (*(name for name, function in FUNCTIONS.items() if function.probability), "softmax")
"""What an output layer may end in where its outputs are to lie between 0 and 1."""


_IN_WORDS = {"linear": N_("linear"), "sigmoid": N_("sigmoid")}


def function_words(name: str) -> str:
    """A function's name on a page: where it has one in each language, in that which is spoken.

    >>> function_words("sigmoid"), function_words("leaky_relu")
    ('sigmoid', 'leaky_relu')
    """
    return _(_IN_WORDS[name]) if name in _IN_WORDS else name
