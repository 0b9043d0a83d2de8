"""Mistakes in working back through a network step by step: sums over uses, error terms, gradients of parameters."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from question_bank.derivations.backward import Contribution
from question_bank.expressions.expression import Const, Expression, Ref, call, total
from question_bank.expressions.names import Local, Symbol
from question_bank.language.words import N_
from question_bank.misconceptions.entry import Misconception, Site, Variants, always_zero, negated
from question_bank.networks.model import roles_of


def _weight(site: Site, use: Contribution) -> Symbol | None:
    """The weight that stands between a value and a node that uses it."""
    local = use.local
    name = local.name if isinstance(local, Ref) else None
    if isinstance(name, Symbol) and roles_of(site.derivation.model).get(name) == "weights":
        return name
    return None


def _added(uses: list[Contribution]) -> Variants:
    return (total(tuple(use.formula for use in uses)),) if uses else ()


def _instead(site: Site, other: Callable[[Symbol], Expression | None]) -> Variants:
    """The sum with something else for each weight, where weights are all that it comes through.

    What comes along a skip connection stays as it is.
    """
    uses: list[Contribution] = []
    for use in site.uses:
        weight = _weight(site, use)
        local = use.local if use.skips else None if weight is None else other(weight)
        if local is None:
            return ()
        uses.append(replace(use, local=local, part=None))
    return _added(uses) if any(not use.skips for use in site.uses) else ()


def _before_slope(site: Site, use: Contribution) -> Expression | None:
    """What comes back to the output of a node's unit times the local derivative, where that is another one's."""
    assert site.derivation.backward is not None
    if use.upstream is None:
        return None
    if site.graph.nodes[use.node].kind != "preactivation":
        return None
    (first, *others) = site.derivation.backward.contributions[use.node]
    if others or first.upstream is None:
        return None
    return replace(use, upstream=first.upstream, turned=use.turned != first.turned).worked


def _is_pooled(site: Site) -> bool:
    """Whether a value has no function of its own, but goes on to be pooled."""
    return any(site.graph.nodes[use.node].kind == "pooled" for use in site.uses)


def use_left_out(site: Site) -> Variants:
    """The sum without one of the uses, each in turn: one along a skip connection, or all but that, have a name."""
    uses = [*site.uses]
    named = any(use.skips for use in uses) and sum(not use.skips for use in uses) == 1
    left = [] if named else [at for at, use in enumerate(uses) if not use.skips]
    return tuple(found for at in left for found in _added(uses[:at] + uses[at + 1 :]))


def weights_transposed(site: Site) -> Variants:
    """Weights w[from][to] in the place of w[to][from]."""

    def other(weight: Symbol) -> Expression | None:
        table, to, source = site.weights_at(weight)
        found = table.at(source, to) if table.layer_matrix else None
        return None if found is None else Ref(found)

    return _instead(site, other)


def weights_of_other_unit(site: Site) -> Variants:
    """The weights that lead on from another unit of the layer, each in turn."""
    weights = [weight for use in site.uses if (weight := _weight(site, use)) is not None]
    if not weights:
        return ()
    matrix, _, own = site.weights_at(weights[0])
    if not matrix.layer_matrix:
        return ()
    variants: list[Expression] = []
    for column in range(len(matrix.columns)):
        if column != own:

            def other(weight: Symbol, column: int = column) -> Expression | None:
                table, to, _ = site.weights_at(weight)
                found = table.at(to, column)
                return None if found is None else Ref(found)

            variants += _instead(site, other)
    return tuple(variants)


def weights_updated(site: Site) -> Variants:
    """The weights after their step."""
    derivation = site.derivation

    def new(weight: Symbol) -> Expression | None:
        updated = weight in derivation.asked and derivation.is_updated(weight)
        return Ref(derivation.updated_of(weight)) if updated else None

    return _instead(site, new)


def weights_left_out(site: Site) -> Variants:
    """The error terms alone, added up."""
    return _instead(site, lambda weight: Const(1.0))


def output_for_weights(site: Site) -> Variants:
    """The value itself in the place of the weights that it meets."""
    return _instead(site, lambda weight: Ref(site.of))


def without_upstream(site: Site) -> Variants:
    """The local derivatives alone."""
    if any(use.upstream is None or use.part for use in site.uses):
        return ()
    return _added([replace(use, upstream=None) for use in site.uses])


def errors_before_slope(site: Site) -> Variants:
    """What came back to the next units' outputs, in the place of their error terms."""
    before = [found for use in site.uses if (found := _before_slope(site, use)) is not None]
    # Along a skip connection that leads behind a function there is no slope.
    past = [use.worked for use in site.uses if use.skips and site.graph.nodes[use.node].kind == "skip_sum"]
    before += past if before else []
    return (total(tuple(before)),) if len(before) == len(site.uses) and not _in_parts(site) else ()


def _in_parts(site: Site) -> bool:
    """Whether what the uses add is written down use by use, so that a sum only adds."""
    return any(use.part for use in site.uses)


def slope_left_out(site: Site) -> Variants:
    """What came back to the unit's output, as it is."""
    if _is_pooled(site) or any(isinstance(use.local, Const) or use.upstream is None for use in site.uses):
        return ()
    return (total(tuple(use.passed_on for use in site.uses)),)


def error_and_slope_added(site: Site) -> Variants:
    """The sum of what came back and of the slope."""
    use, *others = site.uses
    if _is_pooled(site) or others or use.upstream is None or isinstance(use.local, Const):
        return ()
    return (use.passed_on + use.local,)


def single_weight(site: Site) -> Contribution | None:
    """The one use of a weight, where what it multiplies has no box of its own."""
    is_weight = roles_of(site.derivation.model).get(site.of) == "weights"
    use = site.uses[0] if is_weight and len(site.uses) == 1 else None
    return None if use is None or _has_step(use) else use


def before_kind(site: Site, read: Expression, kind: str) -> Variants:
    """What a value of this kind is made of the output of a unit: that output."""
    name = read.name if isinstance(read, Ref) else None
    node = site.graph.nodes.get(name) if isinstance(name, Symbol) else None
    return () if node is None or node.kind != kind else (Ref(node.own_input),)


def gradient_before_kind(site: Site, kind: str) -> Variants:
    """The error term times that output, where a weight multiplies a value of this kind."""
    use = single_weight(site)
    found = () if use is None else before_kind(site, use.local, kind)
    return () if use is None else tuple(replace(use, local=each).formula for each in found)


def _has_step(use: Contribution) -> bool:
    """Whether the local derivative is a step, at which its own mistakes are made."""
    return isinstance(use.local, Ref) and isinstance(use.local.name, Local)


def other_value_multiplied(site: Site) -> Variants:
    """The error term times what another weight of the unit multiplies, each in turn."""
    use = single_weight(site)
    if use is None:
        return ()
    # A weight stands before what it multiplies; of a product of two vectors the asked one may be the second.
    values = site.graph.nodes[use.node].weighted[1 - use.position % 2 :: 2]
    return tuple(replace(use, local=Ref(value)).formula for value in values if Ref(value) != use.local)


def own_output_multiplied(site: Site) -> Variants:
    """The error term times what leaves its own unit."""
    use = single_weight(site)
    units = [unit for unit in site.graph.nodes.values() if unit.kind == "activation"] if use is not None else []
    outputs = [unit.name for unit in units if use and use.node == unit.own_input]
    return () if use is None or not outputs else (replace(use, local=Ref(outputs[0])).formula,)


def weight_multiplied(site: Site) -> Variants:
    """The error term times the weight itself."""
    use = single_weight(site)
    return () if use is None else (replace(use, local=Ref(site.of)).formula,)


def value_forgotten(site: Site) -> Variants:
    """The error term alone, as if the weight were a bias."""
    use = site.uses[0]
    is_weight = roles_of(site.derivation.model).get(site.of) == "weights"
    return (use.passed_on,) if is_weight and len(site.uses) == 1 and use.upstream is not None else ()


def error_of_other_unit(site: Site) -> Variants:
    """The error term of another unit of the layer, each in turn."""
    if len(site.uses) != 1 or site.uses[0].upstream is None:
        return ()
    use, known = site.uses[0], site.derivation.backward
    assert known is not None
    others = (unit.name for unit in site.graph.layer(use.node) if unit.name != use.node)
    return tuple(replace(use, upstream=known.totals[other]).formula for other in others if other in known.totals)


def error_before_slope(site: Site) -> Variants:
    """What came back to the unit's output, in the place of its error term."""
    return errors_before_slope(site)


def gradient_negated(site: Site) -> Variants:
    """The gradient with its sign turned; of the weight of a constant -1 that has a name of its own."""
    return () if _of_constant(site) else negated(site)


def gradient_of_added_bias(site: Site) -> Variants:
    """The error term itself, as if the bias were simply added."""
    return negated(site) if _of_constant(site) else ()


def _of_constant(site: Site) -> bool:
    """Whether the gradient is of the weight of a constant input of -1."""
    return all(site.graph.nodes[use.node].constant == -1 for use in site.uses) and bias_without_gradient(site) != ()


def bias_without_gradient(site: Site) -> Variants:
    """0, as if a bias were fixed."""
    return always_zero(site) if roles_of(site.derivation.model).get(site.of) == "biases" else ()


def magnitudes_added(site: Site) -> Variants:
    """The sum of the magnitudes."""
    return (total(tuple(call("abs", use.formula) for use in site.uses)),) if len(site.uses) > 1 else ()


_SUM, _ERROR, _GRADIENT = ("backward_sum",), ("error_term",), ("parameter_gradient",)

IN_TABLES = (
    Misconception(
        "use_left_out",
        _SUM,
        use_left_out,
        N_("Follow every arrow that leaves this value: each unit that it enters passes something back."),
        N_("Left out one of the units that the value goes on to."),
    ),
    Misconception(
        "back_magnitudes",
        _SUM,
        magnitudes_added,
        N_("Look at the sign of what each unit passes back, and keep it when you add."),
        N_("Added the magnitudes of what comes back, without their signs."),
    ),
    Misconception(
        "back_transposed",
        _SUM,
        weights_transposed,
        N_("Look at the two indices of each weight: on the way back you go from the row's unit to the column's."),
        N_("Did not transpose the weight matrix: took the weights into the unit's place in the next layer."),
    ),
    Misconception(
        "back_other_unit",
        _SUM,
        weights_of_other_unit,
        N_("Look at which unit each of these weights starts from."),
        N_("Took the weights that lead on from another unit of the layer."),
    ),
    Misconception(
        "back_updated",
        _SUM,
        weights_updated,
        N_("Look at when the weights change: only after all derivatives are worked out."),
        N_("Updated the weights first and passed the errors back through their new values."),
    ),
    Misconception(
        "back_weights_left_out",
        _SUM,
        weights_left_out,
        N_("Look at what lies on the arrow between two units: what comes back is multiplied by it."),
        N_("Added the error terms without the weights between."),
    ),
    Misconception(
        "back_output_for_weight",
        _SUM,
        output_for_weights,
        N_("Look at what this derivative is taken by: in the weighted sum it stands beside a weight."),
        N_("Multiplied by the value itself in the place of the weights that it meets."),
    ),
    Misconception(
        "back_upstream_forgotten",
        _SUM,
        without_upstream,
        N_("Look at what comes back from the units above: their own derivatives belong into this one."),
        N_("Took the weights alone and forgot the derivatives that come back from above."),
    ),
    Misconception(
        "back_before_slope",
        _SUM,
        errors_before_slope,
        N_("Look at what is passed back from a unit: its error term, behind its function's slope."),
        N_("Passed on what came back to the next units' outputs, without their slopes."),
    ),
    Misconception(
        "error_slope_left_out",
        _ERROR,
        slope_left_out,
        N_("Look at the way from the unit's output to what enters it: its function has a slope."),
        N_("Left the slope of the unit's function out of its error term."),
    ),
    Misconception(
        "error_upstream_forgotten",
        _ERROR,
        without_upstream,
        N_("Look at what comes back to this unit's output: it belongs into the error term."),
        N_("Took the slope alone as the unit's error term."),
    ),
    Misconception(
        "error_added",
        _ERROR,
        error_and_slope_added,
        N_("Look at what the chain rule does with two derivatives that follow each other."),
        N_("Added the slope to what comes back instead of multiplying the two."),
    ),
    Misconception(
        "gradient_sign",
        _GRADIENT,
        gradient_negated,
        N_("Count the minus signs that go into this gradient."),
        N_("Lost a sign in a parameter's gradient."),
    ),
    Misconception(
        "gradient_other_value",
        _GRADIENT,
        other_value_multiplied,
        N_("Look at which value this weight multiplies in the weighted sum."),
        N_("Multiplied the error term by the output of the wrong unit, or by the wrong input."),
    ),
    Misconception(
        "gradient_own_output",
        _GRADIENT,
        own_output_multiplied,
        N_("Look at the two ends of the weight: the error term is from the one, the value from the other."),
        N_("Multiplied the error term by the output of its own unit."),
    ),
    Misconception(
        "gradient_weight",
        _GRADIENT,
        weight_multiplied,
        N_("Look at what the derivative is taken by: what is left of the weight's term then?"),
        N_("Multiplied the error term by the weight itself."),
    ),
    Misconception(
        "gradient_value_left_out",
        _GRADIENT,
        value_forgotten,
        N_("Look at what this weight multiplies: it is one of the two factors of the gradient."),
        N_("Gave the error term alone as the weight's gradient."),
    ),
    Misconception(
        "gradient_upstream_forgotten",
        _GRADIENT,
        without_upstream,
        N_("Look at what comes back to the unit: its error term belongs into the gradient."),
        N_("Took what the parameter multiplies as its gradient, without the error term."),
    ),
    Misconception(
        "gradient_other_error",
        _GRADIENT,
        error_of_other_unit,
        N_("Look at which unit this parameter belongs to, and take that one's error term."),
        N_("Took the error term of another unit of the layer."),
    ),
    Misconception(
        "gradient_before_slope",
        _GRADIENT,
        error_before_slope,
        N_("Look at which of the unit's two derivatives goes into the gradient: that behind the slope."),
        N_("Multiplied what comes back to the unit's output, without its slope."),
    ),
    Misconception(
        "constant_sign_gradient",
        _GRADIENT,
        gradient_of_added_bias,
        N_("Look at what this weight multiplies: a constant input, which has a sign."),
        N_("Forgot the minus of the constant input in the gradient of its weight."),
    ),
    Misconception(
        "bias_no_gradient",
        _GRADIENT,
        bias_without_gradient,
        N_("Look at what the loss does when this bias grows a little."),
        N_("Gave a bias the gradient 0."),
    ),
)
