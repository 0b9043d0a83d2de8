"""A dense network on several examples at once: each has its own values, and all of them share the parameters."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from types import MappingProxyType
from typing import Literal, get_args

from question_bank.errors import NetworkError, found_text
from question_bank.expressions.expression import Expression, total
from question_bank.expressions.names import Symbol
from question_bank.language.words import _
from question_bank.networks.dense import Dense
from question_bank.networks.graph import Factor, Graph, Node, Rule
from question_bank.networks.losses import LOSSES
from question_bank.networks.model import Conventions, GivenTable, PhrasePart
from question_bank.networks.rules import RULES, combined_rule, outputs_and_targets

Reduction = Literal["sum", "mean", "in_turn"]
MOST_EXAMPLES = 4
_LOSS = Symbol("L")


@dataclass(frozen=True, slots=True)
class Minibatch:
    """The network on so many examples; the loss is the sum of their losses, or the mean of them.

    Taken `in_turn` each has a step of an update of its own: such steps follow each other, and there is no gradient of
    all of them.
    """

    network: Dense
    examples: int
    reduction: Reduction

    def __post_init__(self) -> None:
        if not 2 <= self.examples <= MOST_EXAMPLES:
            raise NetworkError(
                f"{self.examples} examples", place="batch.examples", expected=f"2 to {MOST_EXAMPLES} of them"
            )
        if self.reduction not in get_args(Reduction):
            raise NetworkError(
                f"reduction is {found_text(self.reduction)}",
                place="batch.reduction",
                expected='"sum" or "mean", which differ by a factor, or "in_turn": a step for each',
            )
        loss = LOSSES.get(self.network.loss)
        if loss is None or loss.given:
            raise NetworkError(
                f"loss {self.network.loss} with several examples", place="batch", expected="a loss with a value"
            )

    @property
    def numbers(self) -> range:
        """Those of the examples."""
        return range(1, self.examples + 1)

    @property
    def is_mean(self) -> bool:
        """Whether the loss is the mean over the examples."""
        return self.reduction == "mean"

    @property
    def in_turn(self) -> bool:
        """Whether each example has a step of its own."""
        return self.reduction == "in_turn"

    def of_example(self, value: Symbol, number: int) -> Symbol:
        """What a value of the network is called for an example; parameters are shared."""
        return value if value in self._shared else replace(value, example=number)

    @property
    def _shared(self) -> frozenset[Symbol]:
        return _parameters(self.network)

    @property
    def summary(self) -> str:
        """The network's, on how many examples."""
        on = _("on {count} examples in turn") if self.in_turn else _("on {count} examples")
        return f"{self.network.summary}, {on.format(count=self.examples)}"

    def graph(self) -> Graph:
        """The network's graph once for each example, and one loss."""
        return _graph(self)

    def givens(self) -> Iterator[Symbol]:
        """The inputs of every example, the parameters, the masks and targets of every example."""
        for number in self.numbers:
            yield from (self.of_example(given, number) for given in self.network.inputs)
        yield from self.network.parameters()
        for number in self.numbers:
            yield from (self.of_example(given, number) for given in self.network.mask)
            yield from (self.of_example(given, number) for given in self.network.targets)

    def parameters(self) -> Iterator[Symbol]:
        """The network's."""
        return self.network.parameters()

    def parameters_in_words(self) -> str:
        """The network's."""
        return self.network.parameters_in_words()

    def alike(self, parameter: Symbol) -> list[Symbol]:
        """The network's."""
        return self.network.alike(parameter)

    def tables(self) -> tuple[GivenTable, ...]:
        """Weights and biases, then inputs and targets with a row for each example."""
        return _tables(self)

    def picture(self) -> list[list[Symbol]]:
        """The network once: what a circle stands for has a value for every example."""
        return self.network.picture()

    def circle_of(self, value: Symbol) -> Symbol | None:
        """The network's circle."""
        return self.network.circle_of(replace(value, example=None))

    def layer_of(self, value: Symbol) -> int | None:
        """The network's layer."""
        return self.network.layer_of(replace(value, example=None))

    def where(self, parameter: Symbol) -> Sequence[PhrasePart]:
        """The network's."""
        return self.network.where(replace(parameter, example=None))

    def conventions(self) -> Conventions:
        """The network's, and that the loss is of several examples."""
        own = self.network.conventions()
        return replace(own, examples=self.examples, is_mean=self.is_mean, in_turn=self.in_turn)


@lru_cache(maxsize=256)
def _parameters(network: Dense) -> frozenset[Symbol]:
    return frozenset(network.parameters())


@lru_cache(maxsize=256)
def _tables(batch: Minibatch) -> tuple[GivenTable, ...]:
    found: list[GivenTable] = []
    for table in batch.network.tables():
        if table.role in ("weights", "biases"):
            found.append(table)
            continue
        rows = tuple(tuple(batch.of_example(given, number) for given in table.symbols) for number in batch.numbers)
        found.append(replace(table, cells=rows))
    return tuple(found)


@lru_cache(maxsize=256)
def _graph(batch: Minibatch) -> Graph:
    inner = batch.network.graph()
    nodes: dict[Symbol, Node] = {}
    pairs: list[Symbol] = []
    entering: list[Symbol] = []
    for number in batch.numbers:
        for node in inner.nodes.values():
            inputs = tuple(batch.of_example(value, number) for value in node.inputs)
            if node.name == inner.loss:
                pairs += inputs[: node.paired]
                entering += inputs[len(inputs) if node.paired is None else node.paired :]
                continue
            name = batch.of_example(node.name, number)
            nodes[name] = replace(node, name=name, inputs=inputs)
    outputs, share = batch.network.sizes[-1], batch.examples if batch.is_mean else 1
    loss = _loss_rule(batch.network.loss, outputs, share)
    if entering:
        combined = combined_rule(batch.network.loss, batch.network.activations[-1])
        loss = _combined_rule(loss, RULES[combined], outputs, share)
    kind = "combined_loss_value" if entering else "loss_value"
    paired = len(pairs) if entering else None
    nodes[_LOSS] = Node(_LOSS, "batch_loss", (*pairs, *entering), kind, paired=paired)
    return Graph(MappingProxyType(nodes), {**inner.rules, "batch_loss": loss})


def _combined_rule(loss: Rule, alone: Rule, outputs: int, share: int) -> Rule:
    """The loss of all examples, whose paths come to what enters the outputs' function: by the rule of one alone."""

    def partial(node: Node, i: int) -> Factor:
        assert node.paired is not None  # a loss that is combined
        example, unit = divmod(i - node.paired, outputs)
        pairs = node.inputs[2 * outputs * example : 2 * outputs * (example + 1)]
        first = node.paired + outputs * example
        own = replace(node, inputs=(*pairs, *node.inputs[first : first + outputs]), paired=len(pairs))
        found = alone.partial(own, len(pairs) + unit)
        if share == 1:
            return found
        steady = None if found.steady is None else found.steady / float(share)
        others = tuple(other / float(share) for other in found.others)
        return replace(found, formula=found.formula / float(share), others=others, steady=steady)

    return replace(alone, function=loss.function, steps=loss.steps, partial=partial)


def _loss_rule(name: str, outputs: int, share: int) -> Rule:
    """The loss of all examples, of so many outputs each, divided by `share`."""
    entry = LOSSES[name]

    def divided(formula: Expression) -> Expression:
        return formula if share == 1 else formula / float(share)

    def partial(node: Node, i: int) -> Factor:
        yhat, y = outputs_and_targets(node)[i // 2]
        return Factor(divided(entry.slope(y, yhat, outputs)), entry.kind)

    def steps(node: Node) -> tuple[tuple[Symbol, str, Expression], ...]:
        terms = tuple(entry.term(y, yhat, outputs) for yhat, y in outputs_and_targets(node))
        return ((node.name, "loss_value", divided(total(terms))),)

    def by_rest(node: Node, i: int, rest: Expression) -> Expression | None:
        yhat, y = outputs_and_targets(node)[i // 2]
        return None if entry.steady is None else divided(entry.steady(y, yhat, rest, outputs))

    return replace(
        RULES[name], function=name, steps=steps, partial=partial, partial_by_rest=by_rest, joint=lambda *_: None
    )
