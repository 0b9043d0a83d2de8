"""The rules of nodes: weighted sums, activation functions, softmax and losses, each with its partials beside it."""

from __future__ import annotations

from dataclasses import replace

from question_bank.expressions.expression import ONE, Call, Const, Expression, Ref, call, total
from question_bank.expressions.names import Symbol
from question_bank.networks.functions import FUNCTIONS, Function, near_zero_or_one
from question_bank.networks.graph import Factor, Node, Rule
from question_bank.networks.losses import LOSSES


def _affine_steps(node: Node) -> tuple[tuple[Symbol, str, Expression], ...]:
    # Inputs stand in pairs of weight and value, and a last one alone is the bias; behind them is what is just added.
    refs = [Ref(name) for name in node.weighted]
    terms: list[Expression] = [call("mul", *pair) for pair in zip(refs[::2], refs[1::2], strict=False)]
    if len(refs) % 2:
        # The bias may be the weight of a constant input.
        terms.append(refs[-1] if node.constant is None else refs[-1] * Const(node.constant))
    terms += [Ref(added) for added in node.inputs[len(refs) :]]
    return ((node.name, "preactivation", total(tuple(terms))),)


def _steps_before_kink(node: Node) -> tuple[tuple[Symbol, str, Expression], ...]:
    ((name, kind, formula),) = _affine_steps(node)
    several = isinstance(formula, Call) and formula.operation == "add"
    return ((name, kind, call("clean_sum", *formula.arguments) if several else formula),)  # type: ignore[union-attr]


def _affine_partial(node: Node, i: int) -> Factor:
    weighted = len(node.weighted)
    if i >= weighted:
        return Factor(ONE, "skip_part")
    if weighted % 2 and i == weighted - 1:
        return Factor(ONE if node.constant is None else Const(node.constant), "bias")
    return Factor(Ref(node.inputs[i + 1]), "input") if i % 2 == 0 else Factor(Ref(node.inputs[i - 1]), "weight")


def _activation_rule(name: str) -> Rule:
    entry = FUNCTIONS[name]
    return Rule(
        name,
        lambda node: ((node.name, "activation", entry.value(Ref(node.inputs[0]))),),
        lambda node, i: _slope(entry, Ref(node.inputs[0]), Ref(node.name)),
        rest=lambda node: None if entry.rest is None else entry.rest(Ref(node.inputs[0])),
        exact_value=entry.exact_output,
        exact_partial=entry.exact_slope,
        signed=entry.signed,
        saturated=entry.saturated,
        levels=entry.levels,
    )


def _slope(entry: Function, a: Ref, h: Ref) -> Factor:
    from_output = () if entry.slope_from is None else (entry.slope_from(h),)
    others = (*from_output, *(() if entry.slope_at is None else (entry.slope_at(a),)))
    return Factor(entry.slope(a, h), "slope", others, None if entry.steady is None else entry.steady(a, h))


def _softmax_steps(node: Node) -> tuple[tuple[Symbol, str, Expression], ...]:
    # The first output's node brings the exponentials and the sum that all outputs share.
    sum_name = sum_of(node.inputs[0])
    shared: list[tuple[Symbol, str, Expression]] = []
    if node.position == 0:
        shared = [(exponential_of(a), "exponential", call("exp", Ref(a))) for a in node.inputs]
        shared.append((sum_name, "sum", total(tuple(Ref(exponential_of(a)) for a in node.inputs))))
    own = Ref(exponential_of(node.own_input))
    return (*shared, (node.name, "activation", own / Ref(sum_name)))


def _softmax_at_once(node: Node) -> Expression:
    # Rises with the own pre-activation alone and falls with every other one: so the range of this form is exact.
    own = Ref(node.own_input)
    others = tuple(call("exp", Ref(a) - own) for a in node.inputs if a != own.name)
    return Const(1.0) / total((Const(1.0), *others))


def _given_softmax_steps(node: Node) -> tuple[tuple[Symbol, str, Expression], ...]:
    # The exponentials are givens.
    return tuple((name, kind, formula) for name, kind, formula in _softmax_steps(node) if kind != "exponential")


def _given_softmax_at_once(node: Node) -> Expression:
    return Ref(exponential_of(node.own_input)) / total(tuple(Ref(exponential_of(a)) for a in node.inputs))


def exponential_of(preactivation: Symbol) -> Symbol:
    """What softmax's exponential of a pre-activation is called."""
    return replace(preactivation, letter="e")


def sum_of(entering: Symbol) -> Symbol:
    """What the sum is called of the exponentials among which this value's is: it has no number of its own there."""
    return replace(entering, letter="s", index=entering.index[:-1])


def _softmax_partial(node: Node, i: int) -> Factor:
    if i == node.position:
        rest = _rest_of_softmax(node)
        steady = None if rest is None else Ref(node.name) * rest
        others = (call("logistic_slope", _softmax_at_once(node)),)
        return Factor(call("logistic_slope", Ref(node.name)), "softmax_own", others, steady)
    other = replace(node, name=_neighbour(node.name, i + 1), position=i)
    at_once = -(_softmax_at_once(node) * _softmax_at_once(other))
    return Factor(-(Ref(node.name) * Ref(other.name)), "softmax_cross", (at_once,))


def _neighbour(name: Symbol, unit: int) -> Symbol:
    """The same value at another unit of its layer, or of its row of several."""
    return replace(name, index=(*name.index[:-1], unit))


def _rest_of_softmax(node: Node) -> Expression | None:
    """1 - yhat as the sum of the other outputs."""
    others = tuple(Ref(_neighbour(node.name, n)) for n in range(1, len(node.inputs) + 1) if n != node.position + 1)
    return total(others) if others else None


def outputs_and_targets(loss: Node) -> list[tuple[Ref, Ref]]:
    """The pairs in which the inputs of a loss stand."""
    inputs = loss.inputs[: loss.paired]
    return [(Ref(yhat), Ref(y)) for yhat, y in zip(inputs[::2], inputs[1::2], strict=True)]


def combined_rule(loss: str, function: str) -> str:
    """The rule of a loss whose paths come to what enters the outputs' function, without passing the outputs."""
    return f"{loss}_of_{function}"


def _loss_rule(name: str) -> Rule:
    entry = LOSSES[name]

    def partial(node: Node, i: int) -> Factor:
        yhat, y = outputs_and_targets(node)[i // 2]
        return Factor(entry.slope(y, yhat, len(node.inputs) // 2), entry.kind)

    def steps(node: Node) -> tuple[tuple[Symbol, str, Expression], ...]:
        pairs = outputs_and_targets(node)
        terms = tuple(entry.term(y, yhat, len(pairs)) for yhat, y in pairs)
        return ((node.name, "loss_value", total(terms)),)

    def by_rest(node: Node, i: int, rest: Expression) -> Expression | None:
        yhat, y = outputs_and_targets(node)[i // 2]
        return None if entry.steady is None else entry.steady(y, yhat, rest, len(node.inputs) // 2)

    def joint(node: Node, i: int, below: Node, j: int) -> Expression | None:
        together = entry.joint.get(below.rule)
        if together is None:
            return None
        own = below.inputs[j] == below.own_input
        yhat = below.name if own else _neighbour(below.name, below.inputs[j].index[-1])
        return together(outputs_and_targets(node)[i // 2][1], Ref(yhat), own)

    # No parameter reaches a target.
    return Rule(
        name,
        steps,
        partial,
        lambda node: range(0, len(node.inputs), 2),
        partial_by_rest=by_rest,
        joint=joint,
        levels=entry.levels,
    )


def _combined_loss_rule(name: str, function: str) -> Rule:
    combined, plain = LOSSES[name].combined[function], _loss_rule(name)

    def partial(node: Node, i: int) -> Factor:
        pairs = outputs_and_targets(node)
        yhat, y = pairs[i - 2 * len(pairs)]
        rest = _rest_of_output(function, [output for output, _ in pairs], yhat, Ref(node.inputs[i]))
        # y (1 - yhat) - (1 - y) yhat is y - yhat, which is what each of these formulas depends on.
        steady = None if rest is None else combined(y * rest, (ONE - y) * yhat)
        # A softmax's outputs may have been added up, which as they are recorded do not add up to 1.
        others = (steady,) if function == "softmax" and steady else ()
        return Factor(combined(y, yhat), "output_error", others, steady)

    return Rule(name, plain.steps, partial, lambda node: range(node.paired or 0, len(node.inputs)))


def _rest_of_output(function: str, outputs: list[Ref], yhat: Ref, a: Ref) -> Expression | None:
    """1 - yhat so that no digit is lost where yhat is nearly 1."""
    if function == "softmax":
        others = tuple(output for output in outputs if output != yhat)
        return total(others) if others else None
    rest = FUNCTIONS[function].rest
    return None if rest is None else rest(a)


def _dot_steps(node: Node) -> tuple[tuple[Symbol, str, Expression], ...]:
    terms = tuple(Ref(one) * Ref(other) for one, other in zip(node.inputs[::2], node.inputs[1::2], strict=True))
    return ((node.name, node.kind, total(terms)),)


def _dot_partial(node: Node, i: int) -> Factor:
    return Factor(Ref(node.inputs[i + 1 if i % 2 == 0 else i - 1]), "dot_part")


def divisor(node: Node) -> Expression:
    """What a node divides by."""
    assert node.constant is not None  # made with one
    return call("sqrt", Const(node.constant)) if node.rule == "over_root" else Const(node.constant)


def _over_steps(node: Node) -> tuple[tuple[Symbol, str, Expression], ...]:
    return ((node.name, node.kind, Ref(node.inputs[0]) / divisor(node)),)


def _dropped_steps(node: Node) -> tuple[tuple[Symbol, str, Expression], ...]:
    output, entry = map(Ref, node.inputs)
    return ((node.name, node.kind, entry * output / divisor(node)),)


_SKIP_SUM = Rule(
    "skip_sum",
    lambda node: ((node.name, node.kind, total(tuple(map(Ref, node.inputs)))),),
    lambda node, i: Factor(ONE, "skip_part"),
)
_DROPPED = Rule(
    "dropout",
    _dropped_steps,
    lambda node, i: Factor(Ref(node.inputs[1]) / divisor(node), "dropout_part"),
    through=lambda node: (0,),  # a mask depends on nothing
    levels=(0.0,),
)
_SOFTMAX = Rule(
    "softmax",
    _softmax_steps,
    _softmax_partial,
    at_once=_softmax_at_once,
    rest=_rest_of_softmax,
    signed=False,
    saturated=near_zero_or_one,
)

RULES: dict[str, Rule] = {
    "affine": Rule("affine", _affine_steps, _affine_partial),
    "affine_before_kink": Rule("affine", _steps_before_kink, _affine_partial),
    # What it comes to is in the exponential that is given.
    "affine_given": Rule("affine", lambda node: (), _affine_partial),
    # Pairs of values, each multiplied, added up: the product of two vectors.
    "dot": Rule("dot", _dot_steps, _dot_partial),
    "dropped": _DROPPED,
    "skip_sum": _SKIP_SUM,
    # Divided by a number, or by its root.
    **{
        name: Rule(name, _over_steps, lambda node, i: Factor(ONE / divisor(node), "score_scale"))
        for name in ("over", "over_root")
    },
    **{name: _activation_rule(name) for name in FUNCTIONS},
    "softmax_full": _SOFTMAX,
    "softmax_diagonal": replace(_SOFTMAX, through=lambda node: (node.position,)),
    # What comes back through it is in the loss's own derivative.
    "softmax_combined": replace(_SOFTMAX, through=lambda node: ()),
    "softmax_given": replace(
        _SOFTMAX, steps=_given_softmax_steps, at_once=_given_softmax_at_once, through=lambda node: ()
    ),
    **{name: _loss_rule(name) for name in LOSSES},
    **{
        combined_rule(name, function): _combined_loss_rule(name, function)
        for name, loss in LOSSES.items()
        for function in loss.combined
    },
}
