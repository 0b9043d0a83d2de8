"""What people do in place of a step, written down from a list of mistakes and not from the program's catalogue.

`MISTAKES` has one row for each. `pick` chooses among the ways in which it can be made: which other input, which factor.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from random import Random

from tests.classroom.formulas import Look, apply, products, right, terms
from tests.classroom.paper import Paper, Step, column_of, weight
from tests.classroom.working import Deed, Unworkable, twins

Mistaken = Callable[[Paper, Step, Look, str, int], float]
SLOPES = ("slope", "softmax_own")


@dataclass(frozen=True)
class Mistake:
    name: str
    kinds: tuple[str, ...]
    mistaken: Mistaken
    named: bool = True
    """Whether marking should have a name for it."""

    def deed(self, paper: Paper, rng: Random, scope: str) -> Deed:
        """Done as a "habit" everywhere, as a "slip" at one step, or in one "box"; raises Unworkable without a place."""
        boxes = [box for box, step in paper.box_steps.items() if step.kind in self.kinds]
        hidden = [step for step in paper.forward if step.kind in self.kinds and _asked(paper)]
        if not boxes and not hidden:
            raise Unworkable
        pick = rng.randrange(60)
        only = ""
        if scope == "box":
            boxes = [box for box in boxes if len(twins(paper, box)) > 1]
            if not boxes:
                raise Unworkable
            only = rng.choice(boxes)
        elif scope == "slip":
            keys = [box if paper.box_steps[box].kind == "product" else paper.box_steps[box].key for box in boxes]
            only = rng.choice(sorted({*keys, *(step.key for step in hidden)}))

        def formula(paper: Paper, step: Step, look: Look, box: str) -> float:
            return self.mistaken(paper, step, look, box, pick)

        return Deed(self.name, formula, self.kinds, only)


def _asked(paper: Paper) -> bool:
    return not any(key.startswith("yhat") for key in paper.printed)


def _other(numbers: list[float], pick: int) -> float:
    if not numbers:
        raise Unworkable
    return numbers[pick % len(numbers)]


# The gradient.


def _missed_path(paper: Paper, step: Step, look: Look, box: str, pick: int) -> float:
    return _other(products(paper, look), pick)


def _averaged(paper: Paper, step: Step, look: Look, box: str, pick: int) -> float:
    return math.fsum(products(paper, look)) / len(paper.columns)


def _multiplied(paper: Paper, step: Step, look: Look, box: str, pick: int) -> float:
    return math.prod(products(paper, look))


def _absolute(paper: Paper, step: Step, look: Look, box: str, pick: int) -> float:
    return math.fsum(map(abs, products(paper, look)))


def _diagonal_only(paper: Paper, step: Step, look: Look, box: str, pick: int) -> float:
    own = [boxes for boxes in paper.columns.values() if not any(_is_cross(paper, each) for each in boxes)]
    if len(own) == len(paper.columns):
        raise Unworkable
    return math.fsum(look(boxes[-1]) for boxes in own)


def _is_cross(paper: Paper, box: str) -> bool:
    return paper.box_steps[box].kind == "softmax_cross"


# Slopes.


def _name(paper: Paper, step: Step) -> str:
    return paper.activations[step.layer - 1]


def _h(paper: Paper, step: Step, look: Look) -> float:
    return look(paper.signal(step.layer, step.unit))


def _is_bent(paper: Paper, step: Step) -> bool:
    """Whether the slope is more than a constant: a formula that can be got wrong."""
    return _name(paper, step) in ("sigmoid", "tanh", "softmax")


def _of_preactivation(paper: Paper, step: Step, look: Look, box: str, pick: int) -> float:
    if not _is_bent(paper, step):
        return right(paper, step, look)
    a = look(f"a{step.layer}_{step.unit}")
    return 1 - a * a if _name(paper, step) == "tanh" else a * (1 - a)


def _slope_of_output(paper: Paper, step: Step, look: Look, box: str, pick: int) -> float:
    """σ′(h): the function put in once too often."""
    if not _is_bent(paper, step):
        return right(paper, step, look)
    again = apply(_name(paper, step), _h(paper, step, look))
    return 1 - again * again if _name(paper, step) == "tanh" else again * (1 - again)


def _one(paper: Paper, step: Step, look: Look, box: str, pick: int) -> float:
    return 1.0


def _zero(paper: Paper, step: Step, look: Look, box: str, pick: int) -> float:
    return 0.0


def _output_itself(paper: Paper, step: Step, look: Look, box: str, pick: int) -> float:
    return _h(paper, step, look)


def _one_minus(paper: Paper, step: Step, look: Look, box: str, pick: int) -> float:
    if not _is_bent(paper, step):
        return right(paper, step, look)
    return 1 - _h(paper, step, look)


def _of_other_unit(paper: Paper, step: Step, look: Look, box: str, pick: int) -> float:
    others = [unit for unit in paper.units(step.layer) if unit != step.unit]
    unit = others[pick % len(others)] if others else 0
    return right(paper, Step("", "slope", step.layer, unit, unit), look)


def _sigmoid_for_tanh(paper: Paper, step: Step, look: Look, box: str, pick: int) -> float:
    if _name(paper, step) != "tanh":
        return right(paper, step, look)
    h = _h(paper, step, look)
    return h * (1 - h)


def _relu_swapped(paper: Paper, step: Step, look: Look, box: str, pick: int) -> float:
    if _name(paper, step) != "relu":
        return right(paper, step, look)
    return float(look(f"a{step.layer}_{step.unit}") < 0)


def _cross_without_minus(paper: Paper, step: Step, look: Look, box: str, pick: int) -> float:
    return -right(paper, step, look)


def _cross_as_own(paper: Paper, step: Step, look: Look, box: str, pick: int) -> float:
    yhat = look(f"yhat_{(step.other, step.unit)[pick % 2]}")
    return yhat * (1 - yhat)


# The loss.


def _loss_sign(paper: Paper, step: Step, look: Look, box: str, pick: int) -> float:
    return -right(paper, step, look)


def _two(paper: Paper, step: Step, look: Look, box: str, pick: int) -> float:
    if not paper.loss.endswith("squared_error"):
        raise Unworkable
    return right(paper, step, look) * (2.0 if paper.loss == "half_squared_error" else 0.5)


def _error_itself(paper: Paper, step: Step, look: Look, box: str, pick: int) -> float:
    return look(f"y_{step.unit}") - look(f"yhat_{step.unit}")


def _loss_value(paper: Paper, step: Step, look: Look, box: str, pick: int) -> float:
    y, yhat = look(f"y_{step.unit}"), look(f"yhat_{step.unit}")
    if paper.loss == "cross_entropy":
        return -y * math.log(yhat)
    if paper.loss == "binary_cross_entropy":
        return -y * math.log(yhat) - (1 - y) * math.log(1 - yhat)
    return (y - yhat) ** 2 * {"half_squared_error": 0.5, "mean_squared_error": 1 / paper.sizes[-1]}.get(paper.loss, 1.0)


# The loss and the output's function in one.


def _twice(paper: Paper, step: Step, look: Look, box: str, pick: int) -> float:
    return right(paper, step, look) * (0.5 if paper.loss == "squared_error" else 2.0)


def _slope_again(paper: Paper, step: Step, look: Look, box: str, pick: int) -> float:
    if not _is_bent(paper, step):
        raise Unworkable
    return right(paper, step, look) * _h(paper, step, look) * (1 - _h(paper, step, look))


def _before_the_function(paper: Paper, step: Step, look: Look, box: str, pick: int) -> float:
    if not _is_bent(paper, step):
        raise Unworkable
    return right(paper, Step("", "loss", step.layer, step.unit, step.unit), look)


def _without_target(paper: Paper, step: Step, look: Look, box: str, pick: int) -> float:
    return _h(paper, step, look)


def _one_at_another_class(paper: Paper, step: Step, look: Look, box: str, pick: int) -> float:
    others = [look(f"y_{unit}") for unit in paper.units(step.layer) if unit != step.unit]
    return _h(paper, step, look) - _other(others, pick)


def _of_another_output(paper: Paper, step: Step, look: Look, box: str, pick: int) -> float:
    others = [unit for unit in paper.units(step.layer) if unit != step.unit]
    return _other([look(paper.signal(step.layer, unit)) - look(f"y_{unit}") for unit in others], pick)


# Weights, inputs, biases.


def _transposed(paper: Paper, step: Step, look: Look, box: str, pick: int) -> float:
    return look(weight(step.layer, step.other, step.unit))


def _asked_weight(paper: Paper, step: Step, look: Look, box: str, pick: int) -> float:
    return look(paper.parameter) if paper.parameter[0] == "w" else look("w1_11")


def _of_other_path(paper: Paper, step: Step, look: Look, box: str, pick: int) -> float:
    others = [unit for unit in paper.units(step.layer) if unit != step.unit]
    return _other([look(weight(step.layer, unit, step.other)) for unit in others], pick)


def _updated_weight(paper: Paper, step: Step, look: Look, box: str, pick: int) -> float:
    if step.layer != paper.last or paper.activations[-1] == "softmax":
        return right(paper, step, look)
    loss = right(paper, Step("", "loss", step.layer, step.unit, step.unit), look)
    slope = right(paper, Step("", "slope", step.layer, step.unit, step.unit), look)
    return right(paper, step, look) - look("eta") * loss * slope * look(paper.signal(step.layer - 1, step.other))


def _other_input(paper: Paper, step: Step, look: Look, box: str, pick: int) -> float:
    others = [unit for unit in paper.units(step.layer - 1) if unit != step.other]
    return _other([look(paper.signal(step.layer - 1, unit)) for unit in others], pick)


def _bias_itself(paper: Paper, step: Step, look: Look, box: str, pick: int) -> float:
    return look(paper.parameter)


# The forward pass.


def _bias(paper: Paper, step: Step, look: Look) -> float:
    bias = paper.bias(step.layer, step.unit)
    return look(bias) if bias else 0.0


def _without_bias(paper: Paper, step: Step, look: Look, box: str, pick: int) -> float:
    return math.fsum(terms(paper, step, look))


def _forward_transposed(paper: Paper, step: Step, look: Look, box: str, pick: int) -> float:
    below = paper.units(step.layer - 1)
    if paper.sizes[step.layer] != len(below):
        return right(paper, step, look)
    sum_ = math.fsum(look(weight(step.layer, n, step.unit)) * look(paper.signal(step.layer - 1, n)) for n in below)
    return sum_ + _bias(paper, step, look)


def _linear(paper: Paper, step: Step, look: Look, box: str, pick: int) -> float:
    return look(f"a{step.layer}_{step.unit}")


def _exponent_sign(paper: Paper, step: Step, look: Look, box: str, pick: int) -> float:
    if _name(paper, step) != "sigmoid":
        return right(paper, step, look)
    return apply("sigmoid", -look(f"a{step.layer}_{step.unit}"))


# Products and the update.


def _added(paper: Paper, step: Step, look: Look, box: str, pick: int) -> float:
    return math.fsum(look(factor) for factor in paper.columns[column_of(box)][:-1])


def _left_out(paper: Paper, step: Step, look: Look, box: str, pick: int) -> float:
    factors = paper.columns[column_of(box)][:-1]
    return math.prod(look(factor) for at, factor in enumerate(factors) if at != pick % len(factors))


def _loss_left_out(paper: Paper, step: Step, look: Look, box: str, pick: int) -> float:
    return math.prod(look(factor) for factor in paper.columns[column_of(box)][1:-1])


def _uphill(paper: Paper, step: Step, look: Look, box: str, pick: int) -> float:
    return look(paper.parameter) + look("eta") * look("gradient")


def _no_rate(paper: Paper, step: Step, look: Look, box: str, pick: int) -> float:
    return look(paper.parameter) - look("gradient")


def _step_alone(paper: Paper, step: Step, look: Look, box: str, pick: int) -> float:
    return (-look("eta"), look("eta"), 1.0)[pick % 3] * look("gradient")


MISTAKES = (
    Mistake("missed_path", ("gradient",), _missed_path),
    Mistake("averaged_paths", ("gradient",), _averaged),
    Mistake("multiplied_paths", ("gradient",), _multiplied),
    Mistake("absolute_paths", ("gradient",), _absolute),
    Mistake("softmax_diagonal", ("gradient",), _diagonal_only),
    Mistake("slope_of_preactivation", SLOPES, _of_preactivation),
    Mistake("slope_of_output", ("slope",), _slope_of_output, named=False),
    Mistake("slope_forgotten", SLOPES, _one),
    Mistake("slope_is_output", SLOPES, _output_itself),
    Mistake("slope_one_minus", SLOPES, _one_minus),
    Mistake("slope_other_unit", ("slope",), _of_other_unit),
    Mistake("tanh_slope_sigmoid", ("slope",), _sigmoid_for_tanh),
    Mistake("relu_slope_negative", ("slope",), _relu_swapped),
    Mistake("softmax_sign", ("softmax_cross",), _cross_without_minus),
    Mistake("softmax_cross_zero", ("softmax_cross",), _zero),
    Mistake("softmax_cross_as_own", ("softmax_cross",), _cross_as_own),
    Mistake("loss_sign", ("loss",), _loss_sign),
    Mistake("loss_two_forgotten", ("loss",), _two),
    Mistake("loss_error_itself", ("loss",), _error_itself),
    Mistake("loss_is_value", ("loss",), _loss_value),
    Mistake("loss_slope_of_error", ("loss",), _one),
    Mistake("error_sign", ("output_error",), _loss_sign),
    Mistake("error_two", ("output_error",), _twice),
    Mistake("error_slope_again", ("output_error",), _slope_again),
    Mistake("error_of_loss_alone", ("output_error",), _before_the_function),
    Mistake("error_target_forgotten", ("output_error",), _without_target),
    Mistake("error_other_target", ("output_error",), _one_at_another_class),
    Mistake("error_other_output", ("output_error",), _of_another_output),
    Mistake("weight_transposed", ("weight",), _transposed),
    Mistake("weight_wrong_layer", ("weight",), _asked_weight),
    Mistake("weight_other_path", ("weight",), _of_other_path),
    Mistake("weight_updated", ("weight",), _updated_weight),
    Mistake("input_wrong", ("input",), _other_input),
    Mistake("input_activation", ("input",), _output_itself),
    Mistake("bias_factor_zero", ("bias",), _zero),
    Mistake("bias_factor_is_bias", ("bias",), _bias_itself),
    Mistake("forward_no_bias", ("preactivation",), _without_bias),
    Mistake("forward_transposed", ("preactivation",), _forward_transposed),
    Mistake("forward_linear", ("activation",), _linear),
    Mistake("forward_exponent_sign", ("activation",), _exponent_sign),
    Mistake("exponential_is_preactivation", ("exponential",), _linear),
    Mistake("factors_added", ("product",), _added),
    Mistake("factor_left_out", ("product",), _left_out),
    Mistake("loss_left_out", ("product",), _loss_left_out),
    Mistake("update_plus", ("update",), _uphill),
    Mistake("update_rate_forgotten", ("update",), _no_rate),
    Mistake("update_gradient_only", ("update",), _step_alone),
)
