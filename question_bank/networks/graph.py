"""A graph of scalars: nodes, each worked from others by a rule, and the paths through it with their factors.

Paths and factors are found in it: nothing lists them by hand. A path follows one *use* of each value, so a
parameter used twice simply has paths through each use.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from types import MappingProxyType

from question_bank.errors import TooManyPaths
from question_bank.expressions.expression import Expression, Ref, product, total
from question_bank.expressions.names import Local, Name, Symbol
from question_bank.expressions.precision import Array, BoolArray
from question_bank.networks.functions import never

PATH_LIMIT = 4096
_GIVEN_LOSS = "given_loss_value"
_LOSSES = ("loss_value", _GIVEN_LOSS, "combined_loss_value")
"""Kinds of nodes that are losses."""


@dataclass(frozen=True, slots=True)
class Node:
    """A value computed from its inputs by a rule.

    `position` counts, from 0, the nodes that read the same inputs, as the outputs of a softmax do: the input in that
    place is this node's own pre-activation, the others are its neighbours'. Of a loss that paths reach without passing
    the outputs, only the first `paired` inputs are outputs and targets; of a weighted sum to which more is added, as
    by a skip connection, they are its weights, values and bias. A circuit's operation may have a `constant`.
    """

    name: Symbol
    rule: str
    inputs: tuple[Symbol, ...]
    kind: str
    position: int = 0
    paired: int | None = None
    constant: float | None = None

    @property
    def weighted(self) -> tuple[Symbol, ...]:
        """Of a weighted sum the weights and values, in pairs, and last the bias if there is one."""
        return self.inputs[: self.paired]

    @property
    def own_input(self) -> Symbol:
        """The input of its own (of a softmax's output the pre-activation of the same unit)."""
        return self.inputs[min(self.position, len(self.inputs) - 1)]


@dataclass(frozen=True, slots=True)
class Factor:
    """A partial derivative found in the graph: `kind` is what catalogues and tests call such a factor.

    `others` are formulas that are equal to the printed one, `steady` one that loses no digits where outputs are nearly
    1. One that is `inline` is so short that a table has no box of its own for it.
    """

    formula: Expression
    kind: str
    others: tuple[Expression, ...] = ()
    steady: Expression | None = None
    inline: bool = False


@dataclass(frozen=True, slots=True)
class Rule:
    """What a node computes, as named steps of which the last is its value, and its partials.

    `partial(node, i)` is the derivative with respect to input i, one of those that `through(node)` names: the inputs
    through which a path may go. `at_once(node)` is the value as one formula over the inputs, where that takes several
    steps. `rest(node)` is 1 - value so that no digit is lost where the value is nearly 1, and `partial_by_rest(node,
    i, rest)` a partial that loses none where 1 - input i is known. `joint(node, i, below, j)` is the partial by input
    i, which is the node `below`, times that one's by its input j, where the two together have a formula.

    An `exact_value` loses no digit, nor does an `exact_partial`. `signed`: the value may be negative; `saturated(value,
    margin)`: where it hardly changes any more; `levels`: what a partial may be over a whole stretch, by its function
    and not by accident. `function` is what the rule is called where people restrict something to it.
    """

    function: str
    steps: Callable[[Node], tuple[tuple[Symbol, str, Expression], ...]]
    partial: Callable[[Node, int], Factor]
    through: Callable[[Node], Sequence[int]] = lambda node: range(len(node.inputs))
    at_once: Callable[[Node], Expression | None] = lambda node: None
    rest: Callable[[Node], Expression | None] = lambda node: None
    partial_by_rest: Callable[[Node, int, Expression], Expression | None] = lambda node, i, rest: None
    joint: Callable[[Node, int, Node, int], Expression | None] = lambda node, i, below, j: None
    exact_value: bool = False
    exact_partial: bool = False
    signed: bool = True
    saturated: Callable[[Array, float], BoolArray] = never
    levels: tuple[float, ...] = ()


@dataclass(frozen=True)
class Graph:
    """The nodes in evaluation order, last what is differentiated, and the rules that they are worked by."""

    nodes: MappingProxyType[Symbol, Node]
    rules: Mapping[str, Rule]

    @property
    def loss(self) -> Symbol:
        """The last node, which all paths lead to: a network's loss, or the output where there is none."""
        return next(reversed(self.nodes))

    @property
    def has_loss(self) -> bool:
        """Whether the last node is a loss."""
        return self.nodes[self.loss].kind in _LOSSES

    @property
    def has_value(self) -> bool:
        """Whether the last node's value means something: that of a loss of which derivatives are given, does not."""
        return self.nodes[self.loss].kind != _GIVEN_LOSS

    @property
    def outputs(self) -> tuple[Symbol, ...]:
        """The nodes that the loss is worked from: the outputs of the network, whether paths go through them or not.

        Without a loss they are the nodes that no other reads.
        """
        if not self.has_loss:
            read = {value for node in self.nodes.values() for value in node.inputs}
            return tuple(name for name in self.nodes if name not in read)
        loss = self.nodes[self.loss]
        return tuple(name for name in loss.inputs[: loss.paired] if name in self.nodes)

    def rule(self, node: Symbol) -> Rule:
        """What a node is worked by."""
        return self.rules[self.nodes[node].rule]

    def factor(self, node: Symbol, i: int) -> Factor:
        """The partial derivative of a node with respect to its input i."""
        return self.rule(node).partial(self.nodes[node], i)

    def factor_name(self, node: Symbol, i: int) -> Local:
        """The name of that derivative: `da2_1/dh1_3`, and `da2_1/dh1_3:2` for the second use of an input."""
        inputs = self.nodes[node].inputs
        return Local(node, inputs[i], inputs[: i + 1].count(inputs[i]))

    def skips(self, factor: Local) -> bool:
        """Whether this derivative lies along a skip connection: its node adds that value, and weights others.

        So does a node that adds it to what a function gives.
        """
        node, used = self.nodes[factor.above], -1
        for _ in range(factor.use):
            used = node.inputs.index(factor.below, used + 1)
        return self.is_skip(factor.above, used)

    def is_skip(self, node: Symbol, i: int) -> bool:
        """Whether a node's input i comes along a skip connection."""
        found = self.nodes[node]
        if found.kind == "skip_sum":
            return i > 0
        return found.kind == "preactivation" and i >= len(found.weighted)

    @cached_property
    def twins(self) -> tuple[tuple[Symbol, Symbol], ...]:
        """Values and the nodes that read them twice: weighted, and along a skip connection."""
        beside = (node for node in self.nodes.values() if node.kind == "preactivation" and node.paired is not None)
        return tuple(
            (value, node.name) for node in beside for value in node.inputs[node.paired :] if value in node.weighted
        )

    def steady(self, node: Symbol, i: int) -> Expression | None:
        """That derivative so that it loses no digits because an input is nearly 1, where it has such a formula."""
        found = self.nodes[node]
        below = self.nodes.get(found.inputs[i])
        rest = None if below is None else self.rule(below.name).rest(below)
        return None if rest is None else self.rule(node).partial_by_rest(found, i, rest)

    def joint(self, path: Sequence[tuple[Symbol, int]]) -> Expression | None:
        """A path's first two factors as one formula, where they have one."""
        if len(path) < 2:
            return None
        (node, i), (below, j) = path[0], path[1]
        return self.rule(node).joint(self.nodes[node], i, self.nodes[below], j)

    def uses(self, node: Symbol) -> Iterator[tuple[int, Symbol]]:
        """The inputs of a node through which a path can go: position and name."""
        found = self.nodes[node]
        return ((i, found.inputs[i]) for i in self.rule(node).through(found))

    def layer(self, node: Symbol) -> list[Node]:
        """The nodes whose symbols differ from this one's in their indices alone, itself among them."""
        family = replace(node, index=())
        return [other for name, other in self.nodes.items() if replace(name, index=()) == family]

    @cached_property
    def path_counts(self) -> Mapping[Symbol, int]:
        """How many paths lead from the loss back to each value that it depends on: counted, not enumerated."""
        counts = {self.loss: 1}
        for node in reversed(self.nodes):
            for _, source in self.uses(node) if node in counts else ():
                counts[source] = counts.get(source, 0) + counts[node]
        return MappingProxyType(counts)

    def count_paths(self, parameter: Symbol) -> int:
        """How many paths lead from the loss back to the parameter."""
        return self.path_counts.get(parameter, 0)

    def paths(self, parameter: Symbol, limit: int = PATH_LIMIT) -> list[tuple[tuple[Symbol, int], ...]]:
        """All paths as (node, input position) from the loss back to the parameter.

        Ordered by unit indices from the output back, then by use. Raises TooManyPaths beyond the limit.
        """
        count = self.count_paths(parameter)
        if count > limit:
            raise TooManyPaths(parameter.key, count, limit)
        reaches = {parameter}
        for node in self.nodes:
            if any(source in reaches for _, source in self.uses(node)):
                reaches.add(node)
        found: list[tuple[tuple[Symbol, int], ...]] = []

        def walk(node: Symbol, behind: tuple[tuple[Symbol, int], ...]) -> None:
            for i, source in self.uses(node):
                if source == parameter:
                    found.append((*behind, (node, i)))
                elif source in reaches:
                    walk(source, (*behind, (node, i)))

        walk(self.loss, ())
        return found

    def gradient(self, parameter: Symbol, known: frozenset[Name] = frozenset()) -> Expression:
        """The parameter's gradient as one formula over forward steps and over those factors that are `known`."""
        terms: list[Expression] = []
        for path in self.paths(parameter):
            factors: list[Expression] = []
            for node, i in path:
                name = self.factor_name(node, i)
                factors.append(Ref(name) if name in known else self.factor(node, i).formula)
            terms.append(product(tuple(factors)))
        return total(tuple(terms))
