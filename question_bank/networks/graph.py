"""A graph of scalars: nodes, each worked from others by a rule, and the paths through it with their factors.

Paths and factors are found in it: nothing lists them by hand. A path follows one *use* of each value, so a
parameter used twice simply has paths through each use.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType

from question_bank.errors import TooManyPaths
from question_bank.expressions.expression import Expression, Ref, product, total
from question_bank.expressions.precision import Array, BoolArray
from question_bank.networks.functions import never
from question_bank.networks.names import Local, symbol

PATH_LIMIT = 4096


@dataclass(frozen=True, slots=True)
class Node:
    """A value computed from its inputs by a rule.

    `position` is its place, from 0, among nodes that have the same inputs, each of which has one of its own.
    """

    key: str
    rule: str
    inputs: tuple[str, ...]
    kind: str
    position: int = 0

    @property
    def own_input(self) -> str:
        """The input that is this node's own, where others share its inputs."""
        return self.inputs[min(self.position, len(self.inputs) - 1)]


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
    steps. `rest(node)` is 1 - value so that no digit is lost where the value is nearly 1, and `partial_by_rest(node,
    i, rest)` a partial that loses none where 1 - input i is known. `joint(node, i, below, j)` is the partial by input
    i, which is the node `below`, times that one's by its input j, where the two together have a formula.

    An `exact_value` loses no digit, nor does an `exact_partial`. `signed`: the value may be negative; `saturated(value,
    margin)`: where it hardly changes any more; `levels`: what a partial may be over a whole stretch, by its function
    and not by accident. `function` is what the rule is called where people restrict something to it.
    """

    function: str
    steps: Callable[[Node], tuple[tuple[str, str, Expression], ...]]
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
    """The nodes in evaluation order, the loss last, and the rules that they are worked by."""

    nodes: MappingProxyType[str, Node]
    rules: Mapping[str, Rule]

    @property
    def loss(self) -> str:
        """The last node, which all paths lead to."""
        return next(reversed(self.nodes))

    @property
    def outputs(self) -> tuple[str, ...]:
        """What the loss is worked from, as far as paths go: the outputs of the network."""
        return tuple(key for _, key in self.uses(self.loss))

    def rule(self, node: str) -> Rule:
        """What a node is worked by."""
        return self.rules[self.nodes[node].rule]

    def factor(self, node: str, i: int) -> Factor:
        """The partial derivative of a node with respect to its input i."""
        return self.rule(node).partial(self.nodes[node], i)

    def factor_key(self, node: str, i: int) -> str:
        """The key of that derivative: `da2_1/dh1_3`, and `da2_1/dh1_3:2` for the second use of an input."""
        inputs = self.nodes[node].inputs
        return Local(symbol(node), symbol(inputs[i]), inputs[: i + 1].count(inputs[i])).key

    def steady(self, node: str, i: int) -> Expression | None:
        """That derivative so that it loses no digits because an input is nearly 1, where it has such a formula."""
        found = self.nodes[node]
        below = self.nodes.get(found.inputs[i])
        rest = None if below is None else self.rule(below.key).rest(below)
        return None if rest is None else self.rule(node).partial_by_rest(found, i, rest)

    def joint(self, path: Sequence[tuple[str, int]]) -> Expression | None:
        """A path's first two factors as one formula, where they have one."""
        if len(path) < 2:
            return None
        (node, i), (below, j) = path[0], path[1]
        return self.rule(node).joint(self.nodes[node], i, self.nodes[below], j)

    def uses(self, node: str) -> Iterator[tuple[int, str]]:
        """The inputs of a node through which a path can go: position and key."""
        found = self.nodes[node]
        return ((i, found.inputs[i]) for i in self.rule(node).through(found))

    def layer(self, node: str) -> list[Node]:
        """The nodes whose symbols differ from this one's in their indices alone, itself among them."""
        family = replace(symbol(node), index=())
        return [other for other in self.nodes.values() if replace(symbol(other.key), index=()) == family]

    def count_paths(self, parameter: str) -> int:
        """How many paths lead from the loss back to the parameter: counted, not enumerated."""
        counts: dict[str, int] = {parameter: 1}
        for key in self.nodes:
            counts[key] = sum(counts.get(source, 0) for _, source in self.uses(key))
        return counts[self.loss]

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

        walk(self.loss, ())
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
