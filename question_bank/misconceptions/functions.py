"""Mistaken local derivatives of functions: dL/dyhat, an activation's slope, softmax's Jacobian."""

from __future__ import annotations

from question_bank.expressions.expression import Const, Ref, call
from question_bank.language.words import N_
from question_bank.misconceptions.entry import Misconception, Site, Variants, always_one, always_zero, negated
from question_bank.networks.functions import FUNCTIONS
from question_bank.networks.losses import LOSSES
from question_bank.networks.rules import outputs_and_targets

_SQUARED = ("squared_error", "half_squared_error", "mean_squared_error")
_ENTROPIES = ("cross_entropy", "binary_cross_entropy")
_SIGMOIDAL = ("sigmoid", "softmax")


def _target_and_output(site: Site) -> tuple[Ref, Ref]:
    return next((y, yhat) for yhat, y in outputs_and_targets(site.node) if yhat.name == site.below)


def loss_two_forgotten(site: Site) -> Variants:
    """Without the 2 of the squared error, or with one under half of it."""
    if site.works_by("half_squared_error"):
        return (2.0 * site.formula,)
    return (0.5 * site.formula,) if site.works_by(*_SQUARED) else ()


def loss_difference(site: Site) -> Variants:
    """The error y - yhat as it is."""
    y, yhat = _target_and_output(site)
    return (y - yhat,)


def loss_mean_forgotten(site: Site) -> Variants:
    """Without the division by the number of outputs."""
    outputs = len(outputs_and_targets(site.node))
    return (float(outputs) * site.formula,) if site.works_by("mean_squared_error") and outputs > 1 else ()


def loss_value(site: Site) -> Variants:
    """The output's part of the loss itself."""
    y, yhat = _target_and_output(site)
    return (LOSSES[site.rule.function].term(y, yhat, len(outputs_and_targets(site.node))),)


def loss_of_other_output(site: Site) -> Variants:
    """The derivative at another output, each in turn."""
    pairs = outputs_and_targets(site.node)
    if site.graph.rule(site.below).function == "softmax" and len(pairs) == 2:
        return ()  # outputs and one-hot targets each add up to 1, so this is the sign turned
    slope = LOSSES[site.rule.function].slope
    return tuple(slope(y, yhat, len(pairs)) for yhat, y in pairs if yhat.name != site.below)


def loss_shortcut(site: Site) -> Variants:
    """The error yhat - y, which is the derivative with respect to the pre-activation."""
    y, yhat = _target_and_output(site)
    return (yhat - y,) if site.works_by(*_ENTROPIES) else ()


def loss_slope_of_error(site: Site) -> Variants:
    """The slope of the output's function, with the error in the place of the output."""
    y, yhat = _target_and_output(site)
    function = site.graph.rule(site.below).function
    if function == "tanh":
        return (call("tanh_slope", yhat - y),)
    return (call("logistic_slope", yhat - y), call("logistic_slope", y - yhat)) if function in _SIGMOIDAL else ()


def loss_second_term(site: Site) -> Variants:
    """Only the part of binary cross-entropy's derivative that belongs to y."""
    y, yhat = _target_and_output(site)
    return (-(y / yhat),) if site.works_by("binary_cross_entropy") else ()


def slope_of_preactivation(site: Site) -> Variants:
    """The slope's formula with a in the place of h; on softmax's diagonal that of the sigmoid, a(1 - a)."""
    if site.step.kind == "softmax_own":
        return (call("logistic_slope", Ref(site.below)),)
    a = Ref(site.node.inputs[0])
    return (FUNCTIONS[site.node.rule].slope(a, a),) if site.works_by("sigmoid", "tanh") else ()


def slope_at_output(site: Site) -> Variants:
    """The slope at h: the function applied to h once more, and that put into the slope's formula."""
    if not site.works_by("sigmoid", "tanh"):
        return ()
    return (FUNCTIONS[site.node.rule].slope(site.own, call(site.node.rule, site.own)),)


def slope_forgotten(site: Site) -> Variants:
    """1."""
    return () if site.rule.exact_partial else (Const(1.0),)


def slope_is_output(site: Site) -> Variants:
    """The output h itself."""
    return (site.own,)


def slope_one_minus(site: Site) -> Variants:
    """The complement 1 - h of a sigmoid."""
    return (Const(1.0) - site.own,) if site.works_by(*_SIGMOIDAL) else ()


def slope_plus(site: Site) -> Variants:
    """A plus where the slope has its minus: h(1 + h), and 1 + h² for tanh."""
    if site.works_by("tanh"):
        return (Const(1.0) + call("square", site.own),)
    return (site.own * (Const(1.0) + site.own),) if site.works_by(*_SIGMOIDAL) else ()


def slope_square(site: Site) -> Variants:
    """The square h² of a sigmoid or a tanh."""
    return (call("square", site.own),) if site.works_by(*_SIGMOIDAL, "tanh") else ()


def slope_of_other_unit(site: Site) -> Variants:
    """The slope at another unit of the layer, each in turn."""
    slope = FUNCTIONS[site.node.rule].slope
    if site.rule.exact_partial:
        return ()  # one of few values at every unit: nothing tells which one it was
    others = (unit for unit in site.graph.layer(site.node.name) if unit != site.node and unit.rule == site.node.rule)
    return tuple(slope(Ref(unit.own_input), Ref(unit.name)) for unit in others)


def tanh_slope_sigmoid(site: Site) -> Variants:
    """The sigmoid's h(1 - h) for tanh."""
    return (call("logistic_slope", site.own),) if site.works_by("tanh") else ()


def tanh_square_forgotten(site: Site) -> Variants:
    """The complement 1 - h of a tanh."""
    return (Const(1.0) - site.own,) if site.works_by("tanh") else ()


def sigmoid_slope_tanh(site: Site) -> Variants:
    """Tanh's 1 - h² for a sigmoid."""
    return (call("tanh_slope", site.own),) if site.works_by("sigmoid") else ()


def relu_slope_negative(site: Site) -> Variants:
    """1 where a is negative, 0 where it is positive."""
    return (call("step", -Ref(site.node.inputs[0])),) if site.works_by("relu") else ()


def softmax_cross_as_own(site: Site) -> Variants:
    """The diagonal's formula off the diagonal, of this output or of the other one."""
    return (call("logistic_slope", site.own), call("logistic_slope", Ref(site.other_output)))


def upstream_of_other_output(site: Site) -> Variants:
    """What is given for another output, each in turn."""
    return tuple(g for yhat, g in outputs_and_targets(site.node) if yhat.name != site.below)


def upstream_is_output(site: Site) -> Variants:
    """The output itself."""
    return (Ref(site.below),)


_LOSS = ("loss",)
_UPSTREAM = ("upstream",)
_SLOPE = ("slope",)
_CROSS = ("softmax_cross",)
_SLOPES = ("slope", "softmax_own")

ON_FUNCTIONS = (
    Misconception(
        "slope_of_preactivation",
        _SLOPES,
        slope_of_preactivation,
        N_("Look at which of the unit's two values the slope's formula asks for: what goes in, or what comes out?"),
        N_("Put the pre-activation {a} into the slope's formula, where the output {h} belongs."),
    ),
    Misconception(
        "slope_at_output",
        _SLOPE,
        slope_at_output,
        N_("Look at where the slope is taken: the output already is the function's value, and no pre-activation."),
        N_("Took the activation function's derivative at the unit's output {h} instead of at {a}."),
    ),
    Misconception(
        "slope_forgotten",
        _SLOPES,
        slope_forgotten,
        N_("Look at the step through the activation function: it has a slope of its own."),
        N_("Skipped the activation function's derivative (took it as 1)."),
    ),
    Misconception(
        "slope_is_output",
        _SLOPES,
        slope_is_output,
        N_("Look at what is asked here: how fast the unit's output changes, not what it is."),
        N_("Wrote the unit's output in the place of the activation function's derivative."),
    ),
    Misconception(
        "slope_one_minus",
        _SLOPES,
        slope_one_minus,
        N_("Compare your slope with the function's derivative: it is a product, and one part of it is missing."),
        N_("Wrote 1-{h} in the place of {h}(1-{h})."),
    ),
    Misconception(
        "slope_plus",
        _SLOPES,
        slope_plus,
        N_("Look at the sign inside the function's derivative."),
        N_("Wrote a plus where the slope's formula has a minus: {h}(1+{h}), or 1+{h}² for tanh."),
    ),
    Misconception(
        "slope_square",
        _SLOPES,
        slope_square,
        N_(
            "Compare your slope with the function's derivative: the output stands in it twice, but not as a square"
            " alone."
        ),
        N_("Wrote {h}² in the place of {h}(1-{h}), or of tanh's 1-{h}²."),
    ),
    Misconception(
        "slope_other_unit",
        _SLOPE,
        slope_of_other_unit,
        N_("Look at which unit this path goes through, and whose output stands in your slope."),
        N_("Took the slope at another unit of the same layer."),
    ),
    Misconception(
        "tanh_slope_sigmoid",
        _SLOPE,
        tanh_slope_sigmoid,
        N_("Look at which activation function this layer has; each has its own derivative."),
        N_("Used the sigmoid's derivative at a tanh unit."),
    ),
    Misconception(
        "tanh_square_forgotten",
        _SLOPE,
        tanh_square_forgotten,
        N_("Compare your slope with the derivative of tanh: look at what happens to the output in it."),
        N_("Forgot the square in tanh's derivative: 1-{h} in the place of 1-{h}²."),
    ),
    Misconception(
        "sigmoid_slope_tanh",
        _SLOPE,
        sigmoid_slope_tanh,
        N_("Look at which activation function this layer has; each has its own derivative."),
        N_("Used tanh's derivative at a sigmoid unit."),
    ),
    Misconception(
        "relu_slope_negative",
        _SLOPE,
        relu_slope_negative,
        N_("Look at the sign of what enters the unit, and at which sign ReLU lets through."),
        N_("Swapped the two cases of ReLU's derivative."),
    ),
    Misconception(
        "softmax_sign",
        _CROSS,
        negated,
        N_("Look at the sign: when another unit's pre-activation rises, does this output rise or fall?"),
        N_("Lost the minus of softmax's cross term."),
    ),
    Misconception(
        "softmax_cross_zero",
        _CROSS,
        always_zero,
        N_("Look at softmax's sum: does another unit's pre-activation stand in it, too?"),
        N_("Took softmax's cross term as 0, as if an output depended on its own pre-activation alone."),
    ),
    Misconception(
        "softmax_cross_as_own",
        _CROSS,
        softmax_cross_as_own,
        N_(
            "Look at the two unit numbers in this derivative: softmax has one formula where they agree, another where"
            " not."
        ),
        N_("Used the formula of softmax's diagonal, {yhat}(1-{yhat}), for a cross term."),
    ),
    Misconception(
        "loss_sign",
        _LOSS,
        negated,
        N_("Look at the sign: check whether the loss rises or falls when this output grows a little."),
        N_("Turned the sign of the loss's derivative (forgot the inner derivative)."),
    ),
    Misconception(
        "loss_two_forgotten",
        _LOSS,
        loss_two_forgotten,
        N_("Compare the constant in your derivative with the loss as it is printed on the sheet."),
        N_("Lost the factor 2 of the squared error, or kept one that the half in front cancels."),
    ),
    Misconception(
        "loss_difference",
        _LOSS,
        loss_difference,
        N_("Look at the loss as it is printed and take its derivative, with its constant and with its sign."),
        N_("Wrote the error {y}-{yhat} itself in the place of the loss's derivative."),
    ),
    Misconception(
        "loss_mean_forgotten",
        _LOSS,
        loss_mean_forgotten,
        N_("Look at the loss as it is printed: it is a mean over the outputs, and so is its derivative."),
        N_("Left out the division by the number of outputs."),
    ),
    Misconception(
        "loss_is_value",
        _LOSS,
        loss_value,
        N_("Look at what is asked here: how fast the loss changes with this output, not what it is."),
        N_("Wrote this output's part of the loss in the place of its derivative."),
    ),
    Misconception(
        "loss_other_output",
        _LOSS,
        loss_of_other_output,
        N_("Look at which output this path goes through: its own target and its own value belong here."),
        N_("Took the loss's derivative at another output."),
    ),
    Misconception(
        "loss_shortcut",
        _LOSS,
        loss_shortcut,
        N_("Look at what this derivative is taken by: the output itself, and not yet what enters its unit."),
        N_("Wrote {yhat}-{y}, which already holds the slope of the output's function."),
    ),
    Misconception(
        "loss_forgotten",
        _LOSS,
        always_one,
        N_("Look at the last arrow of the path: from the output to the loss there is a derivative of its own."),
        N_("Skipped the loss's derivative (took it as 1)."),
    ),
    Misconception(
        "loss_slope_of_error",
        _LOSS,
        loss_slope_of_error,
        N_("Look at what this derivative is taken by, and which function stands between it and the loss."),
        N_("Put the error into the slope of the output's function, in the place of the loss's derivative."),
    ),
    Misconception(
        "loss_second_term",
        _LOSS,
        loss_second_term,
        N_("Count the terms of the loss as it is printed: the output stands in more than one of them."),
        N_("Left out the term of binary cross-entropy that holds 1-{y}."),
    ),
    Misconception(
        "given_forgotten",
        _UPSTREAM,
        always_one,
        N_(
            "Look at where the path begins, behind the output: the derivative that is given there is a factor like"
            " others."
        ),
        N_("Left out the given derivative of the loss by the output (took it as 1)."),
    ),
    Misconception(
        "given_other_output",
        _UPSTREAM,
        upstream_of_other_output,
        N_("Look at which output this path goes through: each has a given derivative of its own."),
        N_("Took the derivative that is given for another output."),
    ),
    Misconception(
        "given_is_output",
        _UPSTREAM,
        upstream_is_output,
        N_("Look at what is asked here: how fast the loss changes with this output, not what the output is."),
        N_("Wrote the output in the place of the given derivative of the loss."),
    ),
)
