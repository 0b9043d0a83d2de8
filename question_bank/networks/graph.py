"""The scalar graph of a network, with the partial derivatives attached to its operations.

Paths and factors are found in it: nothing lists them by hand. A path follows one *use* of each value, so a
parameter used twice simply has paths through each use.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from types import MappingProxyType

from question_bank.errors import NetworkError, TooManyPaths
from question_bank.expressions.expression import Call, Const, Expression, Ref, call, product, total
from question_bank.expressions.precision import Array, BoolArray
from question_bank.networks.dense import Architecture, weight_key
from question_bank.networks.functions import FUNCTIONS, Function, near_zero_or_one, never
from question_bank.networks.losses import LOSSES
from question_bank.networks.names import Local, Symbol, symbol

PATH_LIMIT = 4096


@dataclass(frozen=True, slots=True)
class Node:
    """A value computed from its inputs by a rule; `position` is its place among its layer's outputs, from 0."""

    key: str
    rule: str
    inputs: tuple[str, ...]
    kind: str
    position: int = 0


@dataclass(frozen=True, slots=True)
class Factor:
    """A partial derivative found in the graph: `kind` is what catalogues and tests call such a factor.

    `others` are formulas that are equal to the printed one, `steady` one that loses no digits where outputs are nearly
    1.
    """

    formula: Expression
    kind: str
    others: tuple[Expression, ...] = ()
    steady: Expression | None = None


@dataclass(frozen=True, slots=True)
class Rule:
    """What a node computes, as named steps of which the last is its value, and its partials.

    `partial(node, i)` is the derivative with respect to input i, one of those that `through(node)` names: the inputs
    through which a path may go. `at_once(node)` is the value as one formula over the inputs, where that takes several
    steps. `saturated(value, margin)`: where the value hardly changes any more; `levels`: what a partial may be over a
    whole stretch, by its function and not by accident.
    """

    steps: Callable[[Node], tuple[tuple[str, str, Expression], ...]]
    partial: Callable[[Node, int], Factor]
    through: Callable[[Node], Sequence[int]] = lambda node: range(len(node.inputs))
    at_once: Callable[[Node], Expression | None] = lambda node: None
    saturated: Callable[[Array, float], BoolArray] = never
    levels: tuple[float, ...] = ()


def _affine_steps(node: Node) -> tuple[tuple[str, str, Expression], ...]:
    # Inputs stand in pairs of weight and value, and a last one alone is the bias.
    refs = [Ref(key) for key in node.inputs]
    terms: list[Expression] = [call("mul", *pair) for pair in zip(refs[::2], refs[1::2], strict=False)]
    if len(refs) % 2:
        terms.append(refs[-1])
    return ((node.key, "preactivation", total(tuple(terms))),)


def _steps_before_kink(node: Node) -> tuple[tuple[str, str, Expression], ...]:
    ((key, kind, formula),) = _affine_steps(node)
    several = isinstance(formula, Call) and formula.operation == "add"
    return ((key, kind, call("clean_sum", *formula.arguments) if several else formula),)  # type: ignore[union-attr]


def _affine_partial(node: Node, i: int) -> Factor:
    if len(node.inputs) % 2 and i == len(node.inputs) - 1:
        return Factor(Const(1.0), "bias")
    return Factor(Ref(node.inputs[i + 1]), "input") if i % 2 == 0 else Factor(Ref(node.inputs[i - 1]), "weight")


def _activation_rule(name: str) -> Rule:
    entry = FUNCTIONS[name]
    return Rule(
        lambda node: ((node.key, "activation", entry.value(Ref(node.inputs[0]))),),
        lambda node, i: _slope(entry, Ref(node.inputs[0]), Ref(node.key)),
        saturated=entry.saturated,
        levels=entry.levels,
    )


def _slope(entry: Function, a: Ref, h: Ref) -> Factor:
    from_output = () if entry.slope_from is None else (entry.slope_from(h),)
    others = (*from_output, *(() if entry.slope_at is None else (entry.slope_at(a),)))
    return Factor(entry.slope(a, h), "slope", others, None if entry.steady is None else entry.steady(a, h))


def _softmax_steps(node: Node) -> tuple[tuple[str, str, Expression], ...]:
    # The first output's node brings the exponentials and the sum that all outputs share.
    total_key = Symbol("s", symbol(node.inputs[0]).layer).key
    shared: list[tuple[str, str, Expression]] = []
    if node.position == 0:
        shared = [(_exponential(a), "exponential", call("exp", Ref(a))) for a in node.inputs]
        shared.append((total_key, "sum", total(tuple(Ref(_exponential(a)) for a in node.inputs))))
    own = Ref(_exponential(node.inputs[node.position]))
    return (*shared, (node.key, "activation", own / Ref(total_key)))


def _softmax_at_once(node: Node) -> Expression:
    # Rises with the own pre-activation alone and falls with every other one: so the range of this form is exact.
    own = Ref(node.inputs[node.position])
    others = tuple(call("exp", Ref(a) - own) for a in node.inputs if a != own.key)
    return Const(1.0) / total((Const(1.0), *others))


def _exponential(preactivation: str) -> str:
    return replace(symbol(preactivation), letter="e").key


def _softmax_partial(node: Node, i: int) -> Factor:
    if i == node.position:
        rest = _rest_of_softmax(node)
        steady = None if rest is None else Ref(node.key) * rest
        others = (call("logistic_slope", _softmax_at_once(node)),)
        return Factor(call("logistic_slope", Ref(node.key)), "softmax_own", others, steady)
    other = replace(node, key=_neighbour(node.key, i + 1), position=i)
    at_once = -(_softmax_at_once(node) * _softmax_at_once(other))
    return Factor(-(Ref(node.key) * Ref(other.key)), "softmax_cross", (at_once,))


def _neighbour(key: str, unit: int) -> str:
    """The same value at another unit of its layer."""
    return replace(symbol(key), index=(unit,)).key


def _rest_of_softmax(node: Node) -> Expression | None:
    """1 - yhat as the sum of the other outputs."""
    others = tuple(Ref(_neighbour(node.key, n)) for n in range(1, len(node.inputs) + 1) if n != node.position + 1)
    return total(others) if others else None


def _loss_rule(name: str) -> Rule:
    entry = LOSSES[name]

    def pairs(node: Node) -> list[tuple[Ref, Ref]]:
        return [(Ref(y), Ref(yhat)) for yhat, y in zip(node.inputs[::2], node.inputs[1::2], strict=True)]

    def partial(node: Node, i: int) -> Factor:
        y, yhat = pairs(node)[i // 2]
        return Factor(entry.slope(y, yhat, len(node.inputs) // 2), "loss")

    def steps(node: Node) -> tuple[tuple[str, str, Expression], ...]:
        terms = tuple(entry.term(y, yhat, len(node.inputs) // 2) for y, yhat in pairs(node))
        return ((node.key, "loss_value", total(terms)),)

    # Inputs stand in pairs of output and target, and no parameter reaches a target.
    return Rule(steps, partial, lambda node: range(0, len(node.inputs), 2), levels=entry.levels)


RULES: dict[str, Rule] = {
    "affine": Rule(_affine_steps, _affine_partial),
    "affine_before_kink": Rule(_steps_before_kink, _affine_partial),
    **{name: _activation_rule(name) for name in FUNCTIONS},
    "softmax_full": Rule(_softmax_steps, _softmax_partial, at_once=_softmax_at_once, saturated=near_zero_or_one),
    "softmax_diagonal": Rule(
        _softmax_steps, _softmax_partial, lambda node: (node.position,), _softmax_at_once, near_zero_or_one
    ),
    **{name: _loss_rule(name) for name in LOSSES},
}


@dataclass(frozen=True)
class Graph:
    """The nodes in evaluation order, the loss `L` last."""

    nodes: MappingProxyType[str, Node]

    def factor(self, node: str, i: int) -> Factor:
        """The partial derivative of a node with respect to its input i."""
        return RULES[self.nodes[node].rule].partial(self.nodes[node], i)

    def factor_key(self, node: str, i: int) -> str:
        """The key of that derivative: `da2_1/dh1_3`, and `da2_1/dh1_3:2` for the second use of an input."""
        inputs = self.nodes[node].inputs
        return Local(symbol(node), symbol(inputs[i]), inputs[: i + 1].count(inputs[i])).key

    def steady_slope(self, i: int) -> Expression | None:
        """The loss's derivative by its input i so that it loses no digits, where it has such a formula."""
        found = self.nodes["L"]
        output = self.nodes[found.inputs[i]]
        activation = FUNCTIONS.get(output.rule)
        if activation is None:
            rest = _rest_of_softmax(output)
        else:
            rest = None if activation.rest is None else activation.rest(Ref(output.inputs[0]))
        loss = LOSSES[found.rule]
        if rest is None or loss.steady is None:
            return None
        return loss.steady(Ref(found.inputs[i + 1]), Ref(output.key), rest, len(found.inputs) // 2)

    def joint(self, path: Sequence[tuple[str, int]]) -> Expression | None:
        """A path's first two factors, the loss's and the output's slope, as one formula, where they have one."""
        (loss, i), (output, j) = path[0], path[1]
        node = self.nodes[output]
        together = LOSSES[self.nodes[loss].rule].joint.get(node.rule)
        if together is None:
            return None
        y, through = Ref(self.nodes[loss].inputs[i + 1]), node.inputs[j]
        own = j == node.position or len(node.inputs) == 1
        yhat = Ref(output) if own else Ref(_neighbour(output, *symbol(through).index))
        return together(y, yhat, own)

    def uses(self, node: str) -> Iterator[tuple[int, str]]:
        """The inputs of a node through which a path can go: position and key."""
        found = self.nodes[node]
        return ((i, found.inputs[i]) for i in RULES[found.rule].through(found))

    def count_paths(self, parameter: str) -> int:
        """How many paths lead from the loss back to the parameter: counted, not enumerated."""
        counts: dict[str, int] = {parameter: 1}
        for key in self.nodes:
            counts[key] = sum(counts.get(source, 0) for _, source in self.uses(key))
        return counts["L"]

    def paths(self, parameter: str, limit: int = PATH_LIMIT) -> list[tuple[tuple[str, int], ...]]:
        """All paths as (node, input position) from the loss back to the parameter.

        Ordered by unit indices from the output back, then by use. Raises TooManyPaths beyond the limit.
        """
        count = self.count_paths(parameter)
        if count > limit:
            raise TooManyPaths(parameter, count, limit)
        reaches = {parameter}
        for key in self.nodes:
            if any(source in reaches for _, source in self.uses(key)):
                reaches.add(key)
        found: list[tuple[tuple[str, int], ...]] = []

        def walk(node: str, behind: tuple[tuple[str, int], ...]) -> None:
            for i, source in self.uses(node):
                if source == parameter:
                    found.append((*behind, (node, i)))
                elif source in reaches:
                    walk(source, (*behind, (node, i)))

        walk("L", ())
        return found

    def gradient(self, parameter: str, known: frozenset[str] = frozenset()) -> Expression:
        """The parameter's gradient as one formula over forward steps and over those factors that are `known`."""
        terms: list[Expression] = []
        for path in self.paths(parameter):
            factors: list[Expression] = []
            for node, i in path:
                key = self.factor_key(node, i)
                factors.append(Ref(key) if key in known else self.factor(node, i).formula)
            terms.append(product(tuple(factors)))
        return total(tuple(terms))


@lru_cache(maxsize=256)
def build_graph(architecture: Architecture) -> Graph:
    """The scalar graph of a dense network."""
    nodes: dict[str, Node] = {}
    for layer in range(1, architecture.layers + 1):
        biases = architecture.bias_keys(layer)
        before = [architecture.output_key(layer - 1, unit) for unit in architecture.units(layer - 1)]
        units = list(architecture.units(layer))
        for unit in units:
            inputs = [key for source, value in enumerate(before, 1) for key in (weight_key(layer, unit, source), value)]
            if biases:
                inputs.append(biases[0] if architecture.biases[layer - 1] == "layer" else biases[unit - 1])
            key = f"a{layer}_{unit}"
            function = FUNCTIONS.get(architecture.activations[layer - 1])
            kinked = function is not None and function.kink is not None
            nodes[key] = Node(key, "affine_before_kink" if kinked else "affine", tuple(inputs), "preactivation")
        activation = architecture.activations[layer - 1]
        if activation == "softmax":
            activation = f"softmax_{architecture.softmax}"
        logits = tuple(f"a{layer}_{unit}" for unit in units)
        for unit in units:
            own = logits if activation.startswith("softmax") else (f"a{layer}_{unit}",)
            key = architecture.output_key(layer, unit)
            nodes[key] = Node(key, activation, own, "activation", unit - 1)
    outputs = architecture.units(architecture.layers)
    pairs = tuple(key for unit in outputs for key in (f"yhat_{unit}", f"y_{unit}"))
    nodes["L"] = Node("L", architecture.loss, pairs, "loss_value")
    return Graph(MappingProxyType(nodes))


def require_parameter(architecture: Architecture, parameter: str) -> None:
    """Raise NetworkError unless the network has this weight or bias."""
    if parameter in architecture.parameters():
        return
    shared = [key for layer in range(1, architecture.layers + 1) for key in architecture.bias_keys(layer)]
    first = next(architecture.parameters())
    last = weight_key(architecture.layers, architecture.sizes[-1], architecture.sizes[-2])
    raise NetworkError(
        f"the network has no parameter {parameter!r}",
        place="ask.parameter",
        expected=f"a weight from {first} to {last} (layer, to, from)"
        + (f" or a bias ({', '.join(shared[:6])})" if shared else "; it has no biases"),
    )
