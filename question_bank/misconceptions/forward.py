"""Mistakes of the forward pass: pre-activations, activations and softmax."""

from __future__ import annotations

from question_bank.expressions.expression import Const, Expression, Ref, call, references, total
from question_bank.expressions.names import Symbol
from question_bank.language.words import N_
from question_bank.misconceptions.entry import Misconception, Site, Variants
from question_bank.networks.model import givens_of
from question_bank.networks.rules import exponential_of


def _has_bias(site: Site) -> bool:
    # Weights and values stand in pairs; a last one alone is the bias.
    return len(site.node.weighted) % 2 == 1 and len(site.parts) > 1


def _with_bias(site: Site, *bias: Expression) -> Variants:
    """The sum with this in the place of the bias; behind that stands what else is added."""
    terms = len(site.node.weighted) // 2
    return (total((*site.parts[:terms], *bias, *site.parts[terms + 1 :])),)


def without_bias(site: Site) -> Variants:
    """The sum of weights times values alone."""
    return _with_bias(site) if _has_bias(site) else ()


def bias_subtracted(site: Site) -> Variants:
    """The bias with its sign turned: of one that is the weight of a constant input that is another mistake."""
    if not _has_bias(site) or site.node.constant == -1:
        return ()
    return _with_bias(site, -site.parts[len(site.node.weighted) // 2])


def threshold_added(site: Site) -> Variants:
    """The bias added, where it is the weight of a constant input of -1."""
    return _with_bias(site, Ref(site.node.weighted[-1])) if _has_bias(site) and site.node.constant == -1 else ()


def _weighted(site: Site, weights: list[Symbol], values: list[Symbol]) -> Variants:
    terms: list[Expression] = [Ref(w) * Ref(value) for w, value in zip(weights, values, strict=True)]
    weighted = site.node.weighted
    if len(weighted) % 2:
        terms.append(Ref(weighted[-1]))
    terms += [Ref(added) for added in site.node.inputs[len(weighted) :]]
    return (total(tuple(terms)),)


def transposed(site: Site) -> Variants:
    """The matrix's column in the place of its row, where it has as many of one as of the other."""
    weights = list(site.node.weighted[:-1:2])
    swapped = [_transposed(site, weight) for weight in weights]
    return _weighted(site, swapped, list(site.node.weighted[1::2])) if swapped != weights else ()


def _transposed(site: Site, weight: Symbol) -> Symbol:
    if weight in site.graph.nodes:
        return weight  # a gate, which stands in no matrix
    table, row, column = site.weights_at(weight)
    return table.cells[column][row] if table.is_square and table.layer_matrix else weight


def from_preactivations(site: Site) -> Variants:
    """The layer below's pre-activations in the place of its outputs."""
    nodes, values = site.graph.nodes, site.node.weighted[1::2]
    units = {value for value in values if value in nodes and nodes[value].kind == "activation"}
    if all(nodes[value].rule == "linear" for value in units):
        return ()
    entering = [nodes[value].own_input if value in units else value for value in values]
    return _weighted(site, list(site.node.weighted[:-1:2]), entering)


def from_inputs(site: Site) -> Variants:
    """The network's inputs in the place of the layer below's outputs, where there are as many."""
    inputs = givens_of(site.derivation.model, "inputs")
    values = list(site.node.weighted[1::2])
    if values == inputs or len(values) != len(inputs):
        return ()
    return _weighted(site, list(site.node.weighted[:-1:2]), inputs)


def activation_left_out(site: Site) -> Variants:
    """The pre-activation itself."""
    return () if site.works_by("linear", "softmax") else (Ref(site.node.inputs[0]),)


def sigmoid_sign(site: Site) -> Variants:
    """The exponent without its minus: the sigmoid of -a."""
    return (call("sigmoid", -Ref(site.node.inputs[0])),) if site.works_by("sigmoid") else ()


def sigmoid_parentheses(site: Site) -> Variants:
    """What a calculator makes of 1/1 + e^-a."""
    return (Const(1.0) + call("exp", -Ref(site.node.inputs[0])),) if site.works_by("sigmoid") else ()


def sigmoid_for_tanh(site: Site) -> Variants:
    """The sigmoid of a at a tanh."""
    return (call("sigmoid", Ref(site.node.inputs[0])),) if site.works_by("tanh") else ()


def relu_absolute(site: Site) -> Variants:
    """A negative a without its sign."""
    return (call("abs", Ref(site.node.inputs[0])),) if site.works_by("relu") else ()


def _softmax(site: Site) -> bool:
    return site.works_by("softmax")


def _given_exponentials(site: Site) -> bool:
    """Whether nobody knows what enters the softmax, but its exponentials."""
    return site.node.rule == "softmax_given"


def softmax_without_exponentials(site: Site) -> Variants:
    """Each pre-activation over their sum."""
    if _given_exponentials(site):
        return ()
    refs = tuple(Ref(key) for key in site.node.inputs)
    return (refs[site.node.position] / total(refs),) if _softmax(site) and len(refs) > 1 else ()


def softmax_of_others(site: Site) -> Variants:
    """The exponential over the sum of the others'."""
    if not _softmax(site) or len(site.node.inputs) < 2:
        return ()
    refs = [Ref(exponential_of(a)) for a in site.node.inputs]
    own = refs.pop(site.node.position)
    return (own / total(tuple(refs)),)


def softmax_unnormalised(site: Site) -> Variants:
    """The exponential itself."""
    if _given_exponentials(site):
        return (Ref(exponential_of(site.node.own_input)),)
    return (call("exp", Ref(site.node.own_input)),) if _softmax(site) else ()


def sigmoid_for_softmax(site: Site) -> Variants:
    """The sigmoid of the output's own pre-activation."""
    if _given_exponentials(site):
        own = Ref(exponential_of(site.node.own_input))
        return (own / (Const(1.0) + own),)
    return (call("sigmoid", Ref(site.node.own_input)),) if _softmax(site) else ()


def exponential_left_out(site: Site) -> Variants:
    """The pre-activation itself, where its exponential belongs."""
    return (Ref(next(references(site.formula))),)


_A = ("preactivation",)
_E = ("exponential",)
_H = ("activation",)

ON_FORWARD = (
    Misconception(
        "forward_no_bias",
        _A,
        without_bias,
        N_("Compare your sum with the formula of the pre-activation: look for the term that has no input in it."),
        N_("Left the bias out of the pre-activation."),
    ),
    Misconception(
        "forward_bias_subtracted",
        _A,
        bias_subtracted,
        N_("Look at how the bias enters the sum, and at its own sign."),
        N_("Subtracted the bias (or lost its sign)."),
    ),
    Misconception(
        "constant_sign_forward",
        _A,
        threshold_added,
        N_("Look at what this weight multiplies: a constant input, which has a sign."),
        N_("Added the weight of the constant input -1 in the place of taking it away."),
    ),
    Misconception(
        "forward_transposed",
        _A,
        transposed,
        N_("Look at which weights lead to this unit: there is one from each unit of the layer before."),
        N_("Took the weights that lead from a unit in the place of those that lead to it: read {turned} as {rows}."),
    ),
    Misconception(
        "forward_from_preactivations",
        _A,
        from_preactivations,
        N_("Look at what arrives from the layer below: is it what went into those units, or what came out?"),
        N_("Weighted the pre-activations of the layer below instead of its outputs."),
    ),
    Misconception(
        "forward_from_inputs",
        _A,
        from_inputs,
        N_("Look in the drawing at where the arrows into this unit begin."),
        N_("Weighted the network's inputs again, in the place of the hidden layer's outputs."),
    ),
    Misconception(
        "forward_linear",
        _H,
        activation_left_out,
        N_("Look at what happens to the pre-activation before it leaves the unit."),
        N_("Left the activation function out and passed the pre-activation on."),
    ),
    Misconception(
        "forward_sigmoid_sign",
        _H,
        sigmoid_sign,
        N_("Look at the sign of the exponent in the sigmoid: does a larger pre-activation give a larger output?"),
        N_("Lost the minus in the sigmoid's exponent."),
    ),
    Misconception(
        "forward_sigmoid_parentheses",
        _H,
        sigmoid_parentheses,
        N_(
            "Look at what stands below the fraction's bar in the sigmoid, and type it into the calculator in"
            " parentheses."
        ),
        N_("Typed the sigmoid without parentheses, so that only the one was divided."),
    ),
    Misconception(
        "forward_sigmoid_for_tanh",
        _H,
        sigmoid_for_tanh,
        N_("Look at which activation function the sheet prints for this layer."),
        N_("Applied the sigmoid at a tanh unit."),
    ),
    Misconception(
        "forward_relu_absolute",
        _H,
        relu_absolute,
        N_("Look at what ReLU does with a pre-activation below zero."),
        N_("Dropped the sign of a negative pre-activation instead of replacing it by zero."),
    ),
    Misconception(
        "softmax_no_exponential",
        _H,
        softmax_without_exponentials,
        N_("Look at softmax's formula: something is done to each pre-activation before they are compared."),
        N_("Divided each pre-activation by their sum, without exponentials."),
    ),
    Misconception(
        "softmax_exponential_left_out",
        _E,
        exponential_left_out,
        N_("Look at what is asked in this box: the exponential of the pre-activation, and not yet the pre-activation."),
        N_("Wrote the pre-activation in the place of its exponential."),
    ),
    Misconception(
        "softmax_own_left_out",
        _H,
        softmax_of_others,
        N_("Look at what stands below the fraction's bar in softmax, and check that the outputs add up to one."),
        N_("Left the output's own exponential out of the sum that divides it."),
    ),
    Misconception(
        "softmax_not_divided",
        _H,
        softmax_unnormalised,
        N_("Look at softmax's formula to its end, and check that the outputs add up to one."),
        N_("Stopped at the exponential and did not divide by the sum."),
    ),
    Misconception(
        "softmax_is_sigmoid",
        _H,
        sigmoid_for_softmax,
        N_("Look at the last layer's function: each of its outputs depends on the whole layer."),
        N_("Applied the sigmoid to the output's own pre-activation instead of softmax."),
    ),
)
