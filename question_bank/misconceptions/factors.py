"""What goes wrong with the factors of a path: the loss's, the slopes, and those of weights, inputs and biases."""

from __future__ import annotations

from question_bank.expression import Const, Expression, Ref, call
from question_bank.losses import LOSSES
from question_bank.misconceptions.entry import Misconception, Site, Variants
from question_bank.network import weight_key

_SLOPES = ("slope", "softmax_own")


def loss_sign(site: Site) -> Variants:
    """The derivative with its sign turned."""
    return (-site.formula,)


def loss_two_forgotten(site: Site) -> Variants:
    """Without the 2 of the squared error, or with one under half of it."""
    loss = site.derivation.architecture.loss
    if loss == "half_squared_error":
        return (2.0 * site.formula,)
    return (0.5 * site.formula,) if loss in ("squared_error", "mean_squared_error") else ()


def loss_mean_forgotten(site: Site) -> Variants:
    """Without the division by the number of outputs."""
    outputs = site.derivation.architecture.sizes[-1]
    averaged = site.derivation.architecture.loss == "mean_squared_error" and outputs > 1
    return (float(outputs) * site.formula,) if averaged else ()


def loss_value(site: Site) -> Variants:
    """The output's part of the loss itself."""
    loss = LOSSES[site.derivation.architecture.loss]
    outputs = site.derivation.architecture.sizes[-1]
    return (loss.term(Ref(f"y_{site.below.split('_')[1]}"), Ref(site.below), outputs),)


def slope_of_preactivation(site: Site) -> Variants:
    """The slope's formula with a in the place of h."""
    operation = {"sigmoid": "logistic_slope", "tanh": "tanh_slope"}.get(site.node.rule)
    return (call(operation, Ref(site.node.inputs[0])),) if operation else ()


def slope_forgotten(site: Site) -> Variants:
    """1."""
    return () if site.rule("linear", "relu") else (Const(1.0),)


def slope_is_output(site: Site) -> Variants:
    """The output h itself."""
    return () if site.rule("linear", "relu") else (site.own,)


def slope_one_minus(site: Site) -> Variants:
    """1 - h for a sigmoid."""
    return (Const(1.0) - site.own,) if site.rule("sigmoid", "softmax_full", "softmax_diagonal") else ()


def tanh_slope_sigmoid(site: Site) -> Variants:
    """The sigmoid's h(1 - h) for tanh."""
    return (call("logistic_slope", site.own),) if site.rule("tanh") else ()


def sigmoid_slope_tanh(site: Site) -> Variants:
    """1 - h² for a sigmoid."""
    return (call("tanh_slope", site.own),) if site.rule("sigmoid") else ()


def relu_slope_negative(site: Site) -> Variants:
    """1 where a is negative, 0 where it is positive."""
    return (call("step", -Ref(site.node.inputs[0])),) if site.rule("relu") else ()


def softmax_sign(site: Site) -> Variants:
    """The cross term without its minus."""
    return (-site.formula,)


def _weight_indices(site: Site) -> tuple[int, int, int]:
    layer, to = site.node.key[1:].split("_")
    return int(layer), int(to), int(site.below.split("_")[1])


def weight_transposed(site: Site) -> Variants:
    """The weight w[from][to] in the place of w[to][from]."""
    layer, to, source = _weight_indices(site)
    sizes = site.derivation.architecture.sizes
    exists = source <= sizes[layer] and to <= sizes[layer - 1] and to != source
    return (Ref(weight_key(layer, source, to)),) if exists else ()


def weight_wrong_layer(site: Site) -> Variants:
    """The asked weight itself, or the first layer's."""
    layer, to, source = _weight_indices(site)
    variants: list[Expression] = []
    if site.derivation.parameter.startswith("w"):
        variants.append(Ref(site.derivation.parameter))
    first = weight_key(1, to, source)
    if layer > 1 and first in site.derivation.index and Ref(first) not in variants:
        variants.append(Ref(first))
    return tuple(variants)


def weight_updated(site: Site) -> Variants:
    """The weight after a step of its own."""
    if not site.derivation.layout.rate:
        return ()
    key = weight_key(*_weight_indices(site))
    known = frozenset(step.key for step in site.derivation.steps if step.role == "factor")
    return (Ref(key) - Ref("eta") * site.derivation.graph.gradient(key, known),)


def other_inputs(site: Site) -> Variants:
    """What another weight of the unit multiplies, each in turn."""
    right = site.formula
    return tuple(Ref(key) for key in site.node.inputs[1::2] if Ref(key) != right)


def own_output(site: Site) -> Variants:
    """What leaves the unit."""
    users = [node.key for node in site.derivation.graph.nodes.values() if site.node.key in node.inputs]
    return (Ref(users[int(site.node.key.split("_")[1]) - 1 if len(users) > 1 else 0]),)


def bias_factor_zero(site: Site) -> Variants:
    """0."""
    return (Const(0.0),)


FACTORS = (
    Misconception(
        "slope_of_preactivation",
        "factor",
        ("slope",),
        slope_of_preactivation,
        "Look at which of the unit's two values the slope's formula asks for: what goes in, or what comes out?",
        "Put the pre-activation a into the slope's formula, where the output h belongs.",
    ),
    Misconception(
        "slope_forgotten",
        "factor",
        _SLOPES,
        slope_forgotten,
        "Look at the step through the activation function: it has a slope of its own.",
        "Skipped the activation function's derivative (took it as 1).",
    ),
    Misconception(
        "slope_is_output",
        "factor",
        _SLOPES,
        slope_is_output,
        "Look at what is asked here: how fast the unit's output changes, not what it is.",
        "Wrote the unit's output in the place of the activation function's derivative.",
    ),
    Misconception(
        "slope_one_minus",
        "factor",
        _SLOPES,
        slope_one_minus,
        "Compare your slope with the function's derivative: it is a product, and one part of it is missing.",
        "Wrote 1-h in the place of h(1-h).",
    ),
    Misconception(
        "tanh_slope_sigmoid",
        "factor",
        ("slope",),
        tanh_slope_sigmoid,
        "Look at which activation function this layer has; each has its own derivative.",
        "Used the sigmoid's derivative at a tanh unit.",
    ),
    Misconception(
        "sigmoid_slope_tanh",
        "factor",
        ("slope",),
        sigmoid_slope_tanh,
        "Look at which activation function this layer has; each has its own derivative.",
        "Used tanh's derivative at a sigmoid unit.",
    ),
    Misconception(
        "relu_slope_negative",
        "factor",
        ("slope",),
        relu_slope_negative,
        "Look at the sign of what enters the unit, and at which sign ReLU lets through.",
        "Swapped the two cases of ReLU's derivative.",
    ),
    Misconception(
        "softmax_sign",
        "factor",
        ("softmax_cross",),
        softmax_sign,
        "Look at the sign: when another unit's pre-activation rises, does this output rise or fall?",
        "Lost the minus of softmax's cross term.",
    ),
    Misconception(
        "loss_sign",
        "factor",
        ("loss",),
        loss_sign,
        "Look at the sign: the output stands inside the loss, and it has a derivative of its own there.",
        "Turned the sign of the loss's derivative (forgot the inner derivative).",
    ),
    Misconception(
        "loss_two_forgotten",
        "factor",
        ("loss",),
        loss_two_forgotten,
        "Compare the constant in your derivative with the loss as it is printed on the sheet.",
        "Lost the factor 2 of the squared error, or kept one that the half in front cancels.",
    ),
    Misconception(
        "loss_mean_forgotten",
        "factor",
        ("loss",),
        loss_mean_forgotten,
        "Look at the loss as it is printed: it is a mean over the outputs, and so is its derivative.",
        "Left out the division by the number of outputs.",
    ),
    Misconception(
        "loss_is_value",
        "factor",
        ("loss",),
        loss_value,
        "Look at what is asked here: how fast the loss changes with this output, not what it is.",
        "Wrote this output's part of the loss in the place of its derivative.",
    ),
    Misconception(
        "weight_transposed",
        "factor",
        ("weight",),
        weight_transposed,
        "Look at the weight's two indices: the row is the unit it leads to, the column the unit it comes from.",
        "Read the weight matrix as [from][to] instead of [to][from].",
    ),
    Misconception(
        "weight_wrong_layer",
        "factor",
        ("weight",),
        weight_wrong_layer,
        "Look in the drawing at which weight joins these two units.",
        "Took the asked weight itself, or a first-layer weight, in the place of the one on this edge.",
    ),
    Misconception(
        "weight_updated",
        "factor",
        ("weight",),
        weight_updated,
        "Look at when the weights change: only after all derivatives are worked out.",
        "Updated the later layer's weight first and used its new value here.",
    ),
    Misconception(
        "input_wrong",
        "factor",
        ("input",),
        other_inputs,
        "Look at the weight's second index: which value does this weight multiply?",
        "Took the value that another weight of the same unit multiplies.",
    ),
    Misconception(
        "input_activation",
        "factor",
        ("input",),
        own_output,
        "Look at which end of the arrow counts: a weight multiplies what enters its unit.",
        "Took the unit's own output in the place of its input.",
    ),
    Misconception(
        "bias_factor_zero",
        "factor",
        ("bias",),
        bias_factor_zero,
        "Look at how the pre-activation changes when the bias grows a little.",
        "Took the derivative with respect to the bias as 0, as if the bias were a constant.",
    ),
)
