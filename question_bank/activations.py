"""The table of activations: a unit's output and, beside it, the slope of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from question_bank.expression import Const, Expression, call


@dataclass(frozen=True, slots=True)
class Activation:
    """An activation's output from a, and its slope from (a, h) as it is printed, or else from a or h alone.

    `slope_at` and `slope_from` are these two, where they differ from the printed one. `exact` outputs lose no digit,
    nor do such slopes. `rest` is 1 - output from a, and `steady` the slope from (a, h), so that no digit is lost where
    the output is nearly 1.
    """

    value: Callable[[Expression], Expression]
    slope: Callable[[Expression, Expression], Expression]
    exact: bool = False
    slope_at: Callable[[Expression], Expression] | None = None
    slope_from: Callable[[Expression], Expression] | None = None
    steady: Callable[[Expression, Expression], Expression] | None = None
    rest: Callable[[Expression], Expression] | None = None


ACTIVATIONS: dict[str, Activation] = {
    "sigmoid": Activation(
        lambda a: call("sigmoid", a),
        lambda a, h: call("logistic_slope", h),
        slope_at=lambda a: call("logistic_slope", call("sigmoid", a)),
        steady=lambda a, h: h * call("sigmoid", -a),
        rest=lambda a: call("sigmoid", -a),
    ),
    "tanh": Activation(
        lambda a: call("tanh", a),
        lambda a, h: call("tanh_slope", h),
        slope_at=lambda a: call("tanh_slope", call("tanh", a)),
        # 1 - tanh² a = 4 σ(2a) σ(-2a)
        steady=lambda a, h: 4.0 * call("sigmoid", 2.0 * a) * call("sigmoid", -2.0 * a),
    ),
    "relu": Activation(
        lambda a: call("relu", a),
        lambda a, h: call("step", a),
        exact=True,
        slope_from=lambda h: call("step", h),
    ),
    "linear": Activation(lambda a: a, lambda a, h: Const(1.0), exact=True),
}
