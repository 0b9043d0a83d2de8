"""How each number of a sheet is rightly worked out, one by one, on whatever numbers somebody goes by."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Literal

from tests.classroom.paper import Paper, Step, weight

Look = Callable[[str], float]
"""What somebody goes by: a given, or a number that was worked out before."""

Way = Literal["h", "a", "joint"]
"""Whether slopes are taken from a unit's output or from what enters it; or the loss and its output in one formula."""


def apply(name: str, a: float) -> float:
    if name == "sigmoid":
        return 1 / (1 + math.exp(-a)) if a > 0 else 1 - 1 / (1 + math.exp(max(a, -700.0)))
    if name == "tanh":
        return math.tanh(a)
    if name == "relu":
        return max(a, 0.0)
    return a


def right(paper: Paper, step: Step, look: Look, way: Way = "h", box: str = "") -> float:
    """The number of one step; a product needs its box, whose column it multiplies."""
    return _RULES[step.kind](paper, step, look, way, box)


def _preactivation(paper: Paper, step: Step, look: Look, way: Way, box: str) -> float:
    bias = paper.bias(step.layer, step.unit)
    return math.fsum([*terms(paper, step, look), look(bias) if bias else 0.0])


def terms(paper: Paper, step: Step, look: Look) -> list[float]:
    """What a pre-activation adds up, without the bias."""
    return [
        look(weight(step.layer, step.unit, source)) * look(paper.signal(step.layer - 1, source))
        for source in paper.units(step.layer - 1)
    ]


def _activation(paper: Paper, step: Step, look: Look, way: Way, box: str) -> float:
    name = paper.activations[step.layer - 1]
    if name == "softmax":
        return look(f"e{step.layer}_{step.unit}") / look(f"s{step.layer}")
    return apply(name, look(f"a{step.layer}_{step.unit}"))


def _exponential(paper: Paper, step: Step, look: Look, way: Way, box: str) -> float:
    return math.exp(look(f"a{step.layer}_{step.unit}"))


def _sum(paper: Paper, step: Step, look: Look, way: Way, box: str) -> float:
    return math.fsum(look(f"e{step.layer}_{unit}") for unit in paper.units(step.layer))


def _loss(paper: Paper, step: Step, look: Look, way: Way, box: str) -> float:
    y, yhat = look(f"y_{step.unit}"), look(f"yhat_{step.unit}")
    if paper.loss == "cross_entropy":
        return -y / yhat
    if paper.loss == "binary_cross_entropy":
        return (yhat - y) / (yhat * (1 - yhat))
    share = {"squared_error": 2, "half_squared_error": 1, "mean_squared_error": 2 / paper.sizes[-1]}[paper.loss]
    return share * (yhat - y)


def _output_error(paper: Paper, step: Step, look: Look, way: Way, box: str) -> float:
    """The loss by what enters an output's unit; who goes a "joint" way elsewhere goes the long one here."""
    yhat = output(paper, step.layer, step.unit, look, way)
    if way != "joint" or paper.activations[-1] == "linear":
        return (2 if paper.loss == "squared_error" else 1) * (yhat - look(f"y_{step.unit}"))
    if paper.loss == "binary_cross_entropy":
        return _loss(paper, step, look, way, box) * (yhat * (1 - yhat))
    ways = []
    for unit in paper.units(step.layer):
        other = look(f"yhat_{unit}")
        slope = yhat * (1 - yhat) if unit == step.unit else -other * yhat
        ways.append(-look(f"y_{unit}") / other * slope)
    return math.fsum(ways)


def output(paper: Paper, layer: int, unit: int, look: Look, way: Way) -> float:
    """A unit's output as its slope wants it."""
    if way != "a":
        return look(paper.signal(layer, unit))
    name = paper.activations[layer - 1]
    if name != "softmax":
        return apply(name, look(f"a{layer}_{unit}"))
    return math.exp(look(f"a{layer}_{unit}")) / sum(math.exp(look(f"a{layer}_{k}")) for k in paper.units(layer))


def _slope(paper: Paper, step: Step, look: Look, way: Way, box: str) -> float:
    name = paper.activations[step.layer - 1]
    if name == "linear":
        return 1.0
    if name == "relu":
        return float(look(f"a{step.layer}_{step.unit}") > 0)
    h = output(paper, step.layer, step.unit, look, way)
    return h * (1 - h) if name == "sigmoid" else 1 - h * h


def _softmax_own(paper: Paper, step: Step, look: Look, way: Way, box: str) -> float:
    yhat = output(paper, step.layer, step.unit, look, way)
    return yhat * (1 - yhat)


def _softmax_cross(paper: Paper, step: Step, look: Look, way: Way, box: str) -> float:
    return -output(paper, step.layer, step.unit, look, way) * output(paper, step.layer, step.other, look, way)


def _weight(paper: Paper, step: Step, look: Look, way: Way, box: str) -> float:
    return look(weight(step.layer, step.unit, step.other))


def _input(paper: Paper, step: Step, look: Look, way: Way, box: str) -> float:
    return look(paper.signal(step.layer - 1, step.other))


def _bias(paper: Paper, step: Step, look: Look, way: Way, box: str) -> float:
    return 1.0


def _product(paper: Paper, step: Step, look: Look, way: Way, box: str) -> float:
    *factors, _ = next(boxes for boxes in paper.columns.values() if box in boxes)
    separate = paper.box_steps[factors[0]].kind == "loss"
    joint = _joint(paper, paper.box_steps[factors[1]], look) if way == "joint" and separate else None
    if joint is not None:
        return joint * math.prod(look(factor) for factor in factors[2:])
    return math.prod(look(factor) for factor in factors)


def _joint(paper: Paper, slope: Step, look: Look) -> float | None:
    """The loss by what enters an output's unit, where that has a short formula: ŷ - y, and a softmax's parts of it."""
    output = slope.other
    y, yhat = look(f"y_{output}"), look(f"yhat_{output}")
    if paper.loss == "binary_cross_entropy" and slope.kind == "slope":
        return yhat - y
    if paper.loss == "cross_entropy" and slope.kind == "softmax_own":
        return -y * (1 - yhat)
    if paper.loss == "cross_entropy" and slope.kind == "softmax_cross":
        return y * look(f"yhat_{slope.unit}")
    return None


def products(paper: Paper, look: Look) -> list[float]:
    return [look(boxes[-1]) for boxes in paper.columns.values()]


def _gradient(paper: Paper, step: Step, look: Look, way: Way, box: str) -> float:
    return math.fsum(products(paper, look))


def _update(paper: Paper, step: Step, look: Look, way: Way, box: str) -> float:
    return look(paper.parameter) - look("eta") * look("gradient")


_RULES: dict[str, Callable[[Paper, Step, Look, Way, str], float]] = {
    "preactivation": _preactivation,
    "activation": _activation,
    "exponential": _exponential,
    "sum": _sum,
    "loss": _loss,
    "output_error": _output_error,
    "slope": _slope,
    "softmax_own": _softmax_own,
    "softmax_cross": _softmax_cross,
    "weight": _weight,
    "input": _input,
    "bias": _bias,
    "product": _product,
    "gradient": _gradient,
    "update": _update,
}
