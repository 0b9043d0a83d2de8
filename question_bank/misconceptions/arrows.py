"""Mistaken local derivatives of a pre-activation: da/dh along an edge, da/dw by a weight, da/db by a bias."""

from __future__ import annotations

from question_bank.expressions.expression import Expression, Ref, symbols_in
from question_bank.expressions.names import Symbol
from question_bank.language.words import N_
from question_bank.misconceptions.entry import Misconception, Site, Variants, always_one, always_zero
from question_bank.networks.model import tables_of
from question_bank.networks.updates import PLAIN_UPDATE


def _read(site: Site) -> Symbol:
    """The value that such a derivative is: da/dh is the weight on the edge, da/dw the value that it multiplies."""
    return next(symbols_in(site.formula))


def weight_transposed(site: Site) -> Variants:
    """The weight w[from][to] in the place of w[to][from]."""
    table, to, source = site.weights_at(_read(site))
    other = table.at(source, to) if table.layer_matrix else None
    return () if other is None or to == source else (Ref(other),)


def weight_wrong_layer(site: Site) -> Variants:
    """The asked weight itself, or the first layer's."""
    table, to, source = site.weights_at(_read(site))
    variants: list[Expression] = []
    if site.derivation.asks_for_weight:
        variants.append(Ref(site.derivation.parameter))
    first = tables_of(site.derivation.model, "weights")[0]
    other = first.at(to, source) if first.layer_matrix else None
    if first != table and other is not None and Ref(other) not in variants:
        variants.append(Ref(other))
    return tuple(variants)


def weight_of_other_path(site: Site) -> Variants:
    """The weight from the same unit to another one of the layer, each in turn."""
    table, to, source = site.weights_at(_read(site))
    return tuple(Ref(row[source]) for at, row in enumerate(table.cells) if at != to)


def weight_updated(site: Site) -> Variants:
    """The weight after a step of its own."""
    update = site.derivation.update
    if update is None or not update.is_plain:
        return ()  # of what is carried, every weight has its own
    weight = _read(site)
    # A weight that is used again and again stands in its own gradient: there as it was.
    factors = (step for step in site.derivation.steps if step.role == "factor" and step.formula != Ref(weight))
    known = frozenset(step.name for step in factors)
    ((_, _, new),) = PLAIN_UPDATE.steps(Ref(weight), site.graph.gradient(weight, known))
    return (new,)


def other_inputs(site: Site) -> Variants:
    """What another weight of the unit multiplies, each in turn."""
    right = site.formula
    return tuple(Ref(value) for value in site.node.weighted[1::2] if Ref(value) != right)


def own_output(site: Site) -> Variants:
    """What leaves the unit."""
    return (Ref(site.unit_output),)


def own_denominator(site: Site) -> Variants:
    """What the derivative is taken by: of da/dh the value h, of da/dw the weight, of da/db the bias."""
    return (Ref(site.below),)


def input_preactivation(site: Site) -> Variants:
    """What enters the unit below, in the place of what leaves it."""
    below = site.graph.nodes.get(_read(site))  # the network's inputs are no nodes
    return () if below is None or below.kind != "activation" or below.rule == "linear" else (Ref(below.own_input),)


def as_of_added_bias(site: Site) -> Variants:
    """1, where the bias is the weight of a constant input of -1."""
    return always_one(site) if site.node.constant == -1 else ()


_WEIGHT = ("weight",)
_INPUT = ("input",)
_BIAS = ("bias",)

ON_ARROWS = (
    Misconception(
        "weight_transposed",
        _WEIGHT,
        weight_transposed,
        N_("Look at the weight's two indices: which is the unit that it leads to, and which the one it comes from?"),
        N_("Read the weight matrix as {turned} instead of {rows}."),
    ),
    Misconception(
        "weight_wrong_layer",
        _WEIGHT,
        weight_wrong_layer,
        N_("Look in the drawing at which weight joins these two units."),
        N_("Took the asked weight itself, or a first-layer weight, in the place of the one on this arrow."),
    ),
    Misconception(
        "weight_other_path",
        _WEIGHT,
        weight_of_other_path,
        N_("Look at which unit this path goes on to, and follow the arrow that leads there."),
        N_("Took the weight to another unit of the same layer: the arrow of another path."),
    ),
    Misconception(
        "weight_updated",
        _WEIGHT,
        weight_updated,
        N_("Look at when the weights change: only after all derivatives are worked out."),
        N_("Updated the later layer's weight first and used its new value here."),
    ),
    Misconception(
        "weight_is_value",
        _WEIGHT,
        own_denominator,
        N_("Look at what this derivative is taken by: of a weight times a value, which of the two stays?"),
        N_("Wrote the unit's output, which is the derivative by the weight, in the place of the weight."),
    ),
    Misconception(
        "weight_forgotten",
        _WEIGHT,
        always_one,
        N_("Look at what lies on the arrow between these two units."),
        N_("Took the derivative along the arrow as 1, without its weight."),
    ),
    Misconception(
        "input_wrong",
        _INPUT,
        other_inputs,
        N_("Look at the weight's second index: which value does this weight multiply?"),
        N_("Took the value that another weight of the same unit multiplies."),
    ),
    Misconception(
        "input_activation",
        _INPUT,
        own_output,
        N_("Look at which end of the arrow counts: a weight multiplies what enters its unit."),
        N_("Took the unit's own output in the place of its input."),
    ),
    Misconception(
        "input_preactivation",
        _INPUT,
        input_preactivation,
        N_("Look at what the weight multiplies: what the unit below sends on, not what entered it."),
        N_("Took the pre-activation of the unit below in the place of its output."),
    ),
    Misconception(
        "input_is_weight",
        _INPUT,
        own_denominator,
        N_("Look at what this derivative is taken by: of a weight times a value, which of the two stays?"),
        N_("Wrote the weight itself, which is the derivative by its input, in the place of the input."),
    ),
    Misconception(
        "constant_sign_factor",
        _BIAS,
        as_of_added_bias,
        N_("Look at what this weight multiplies: a constant input, which has a sign."),
        N_("Forgot the minus of the constant input in the derivative by its weight."),
    ),
    Misconception(
        "bias_factor_zero",
        _BIAS,
        always_zero,
        N_("Look at how the pre-activation changes when the bias grows a little."),
        N_("Took the derivative by the bias as 0, as if the bias were a constant."),
    ),
    Misconception(
        "bias_factor_is_bias",
        _BIAS,
        own_denominator,
        N_("Look at how much the pre-activation grows when the bias grows a little: what is the bias multiplied by?"),
        N_("Wrote the bias itself in the place of its derivative."),
    ),
)
