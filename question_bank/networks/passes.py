"""A model as it is in one of several passes that follow each other, each with what the updates before it left."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from types import MappingProxyType

from question_bank.expressions.names import Derived, Name, Symbol
from question_bank.networks.batch import Minibatch
from question_bank.networks.descent import Descent, DescentPass
from question_bank.networks.graph import Graph
from question_bank.networks.model import Conventions, GivenTable, Model, PhrasePart


@dataclass(frozen=True, slots=True)
class InPass:
    """A model in pass `number`, from 1: its nodes have that number, what is updated that of the update before it.

    With an `example` it is worked on that one of several, whose inputs and targets have its number.
    """

    model: Model
    number: int
    updated: tuple[Symbol, ...]
    example: int | None = None

    def named(self, value: Symbol) -> Symbol:
        """What a value of the model is called in this pass."""
        if value in self.graph_of_model.nodes:
            return replace(value, time=self.number)
        if self._is_changed(value):
            return replace(value, time=self.number - 1)
        if self.example is None or value in _parameters(self.model):
            return value
        return replace(value, example=self.example)

    def value_of_example_before(self, value: Symbol) -> Symbol | None:
        """An input or a target of the example of the pass before; None in the first, and where all have the same."""
        return None if self.example is None or self.number == 1 else replace(value, example=self.example - 1)

    def _is_changed(self, value: Symbol) -> bool:
        return self.number > 1 and value in self.updated

    @property
    def graph_of_model(self) -> Graph:
        """The graph without the number of the pass."""
        return self.model.graph()

    def new_value(self, parameter: Symbol) -> Symbol:
        """What a parameter is called behind the update of this pass."""
        return replace(parameter, time=self.number)

    def value_before(self, parameter: Symbol) -> Symbol | None:
        """What a parameter was called in the pass before; None in the first, and of one that is not updated."""
        if parameter.time is None:
            return None
        return replace(parameter, time=self.number - 2 or None)

    def carrier(self, parameter: Symbol) -> Symbol | None:
        """For what an update carries something on, whatever the pass."""
        return replace(parameter, time=None)

    @property
    def summary(self) -> str:
        """The model's."""
        return self.model.summary

    def graph(self) -> Graph:
        """The model's graph in this pass."""
        return _graph(self)

    def givens(self) -> Iterator[Symbol]:
        """What this pass begins with: also what the passes before it worked out."""
        return map(self.named, self.model.givens())

    def parameters(self) -> Iterator[Symbol]:
        """The model's, as they are now."""
        return map(self.named, self.model.parameters())

    def parameters_in_words(self) -> str:
        """The model's."""
        return self.model.parameters_in_words()

    def alike(self, parameter: Symbol) -> list[Symbol]:
        """The model's, as they are now."""
        return [self.named(other) for other in self.model.alike(replace(parameter, time=None))]

    def tables(self) -> tuple[GivenTable, ...]:
        """The model's tables with the names of this pass."""
        return tuple(
            replace(table, cells=tuple(tuple(map(self.named, row)) for row in table.cells))
            for table in self.model.tables()
        )

    def picture(self) -> tuple[tuple[Symbol, ...], ...]:
        """The model's."""
        return tuple(map(tuple, self.model.picture()))

    def circle_of(self, value: Symbol) -> Symbol | None:
        """The model's."""
        return self.model.circle_of(replace(value, example=None))

    def layer_of(self, value: Symbol) -> int | None:
        """The model's."""
        return self.model.layer_of(replace(value, time=None, example=None))

    def where(self, parameter: Symbol) -> Sequence[PhrasePart]:
        """The model's."""
        return [*self.model.where(replace(parameter, time=None))]

    def conventions(self) -> Conventions:
        """The model's."""
        return self.model.conventions()


@lru_cache(maxsize=256)
def _parameters(model: Model) -> frozenset[Symbol]:
    return frozenset(model.parameters())


@lru_cache(maxsize=256)
def _graph(one: InPass) -> Graph:
    graph = one.graph_of_model
    nodes = {
        one.named(node.name): replace(node, name=one.named(node.name), inputs=tuple(map(one.named, node.inputs)))
        for node in graph.nodes.values()
    }
    return Graph(MappingProxyType(nodes), graph.rules)


PassModel = InPass | DescentPass


def is_pass(model: Model) -> bool:
    """Whether it is one of several passes, each of which takes what the updates before it left."""
    return isinstance(model, PassModel)


def carrier_of(model: Model, value: Symbol) -> Symbol | None:
    """For which parameter a table says that something is carried on."""
    return model.carrier(value) if isinstance(model, PassModel) else value


def new_value_of(model: Model, value: Symbol) -> Name:
    """What the new value of one of a table's parameters is called."""
    return model.new_value(value) if isinstance(model, PassModel) else Derived("updated", of=value)


def value_before(model: Model, parameter: Symbol) -> Symbol | None:
    """What a parameter was called in the pass before; None where there is none, and of one that is not updated."""
    return model.value_before(parameter) if isinstance(model, PassModel) else None


def value_of_example_before(model: Model, value: Symbol) -> Symbol | None:
    """What a value of an example is called for that of the pass before; None where there is none."""
    return model.value_of_example_before(value) if isinstance(model, InPass) else None


def in_pass(model: Model, number: int, updated: tuple[Symbol, ...]) -> PassModel:
    """The model in one of its passes, from 1, each of which updates these parameters."""
    if isinstance(model, Minibatch) and model.in_turn:
        return InPass(model.network, number, updated, example=number)
    return DescentPass(model, number) if isinstance(model, Descent) else InPass(model, number, updated)
