"""Circuits: expressions of a few inputs, in elementary operations, whose last value is what is differentiated."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from types import MappingProxyType

from question_bank.errors import NetworkError
from question_bank.expressions.names import Symbol
from question_bank.language.words import _, ngettext
from question_bank.networks.gates import GATE_RULES
from question_bank.networks.graph import Graph, Node
from question_bank.networks.model import Conventions, GivenTable, PhrasePart
from question_bank.networks.phrases import phrase

MOST_NODES = 40
"""More operations than can be drawn, or worked by hand."""


@dataclass(frozen=True, slots=True)
class Circuit:
    """Inputs, and nodes of one operation each, in the order of working: the last is the output.

    Any value may be read several times, also twice by one node. Raises NetworkError where a name stands twice, where a
    node reads what is not worked out before it, and where an input or a node leads nowhere.
    """

    inputs: tuple[Symbol, ...]
    nodes: tuple[Node, ...]

    def __post_init__(self) -> None:
        if not self.inputs or not self.nodes:
            missing = "inputs" if not self.inputs else "nodes"
            raise NetworkError(f"no {missing}", place=f"circuit.{missing}", expected="at least one")
        if len(self.nodes) > MOST_NODES:
            raise NetworkError(f"{len(self.nodes)} operations", place="circuit.nodes", expected=f"at most {MOST_NODES}")
        names = [*self.inputs, *(node.name for node in self.nodes)]
        twice = next((name for name, count in Counter(names).items() if count > 1), None)
        if twice is not None:
            raise NetworkError(f"the name {twice.key} stands for two values", place=f"circuit.nodes.{twice.key}")
        known = set(self.inputs)
        for node in self.nodes:
            for value in node.inputs:
                if value not in known:
                    raise NetworkError(
                        f"{node.name.key} reads {value.key}, which is not worked out before it",
                        place=f"circuit.nodes.{node.name.key}",
                        expected="inputs and nodes before it",
                    )
            known.add(node.name)
        read = {value for node in self.nodes for value in node.inputs}
        for name in names[:-1]:
            if name not in read:
                place = "inputs" if name in self.inputs else f"nodes.{name.key}"
                raise NetworkError(
                    f"{name.key} leads nowhere",
                    place=f"circuit.{place}",
                    expected=f"a way from it to the output, {names[-1].key}",
                    remedy="use it in a node, or take it away; the last node is the output",
                )

    @property
    def output(self) -> Symbol:
        """What is differentiated."""
        return self.nodes[-1].name

    @property
    def summary(self) -> str:
        """Its size on a line: `circuit of 3 inputs and 2 operations`."""
        inputs, nodes = len(self.inputs), len(self.nodes)
        return _("circuit of {inputs} and {operations}").format(
            inputs=ngettext("{count} input", "{count} inputs", inputs).format(count=inputs),
            operations=ngettext("{count} operation", "{count} operations", nodes).format(count=nodes),
        )

    def graph(self) -> Graph:
        """The operations as nodes of a graph."""
        return _graph(self)

    def givens(self) -> Iterator[Symbol]:
        """The inputs."""
        return iter(self.inputs)

    def parameters(self) -> Iterator[Symbol]:
        """The inputs: any of them may be asked for."""
        return iter(self.inputs)

    def parameters_in_words(self) -> str:
        """Their names."""
        return f"one of the inputs {', '.join(given.key for given in self.inputs)}"

    def alike(self, parameter: Symbol) -> list[Symbol]:
        """The other inputs with as many paths, of the same lengths."""
        count = self.graph().count_paths
        others = [given for given in self.inputs if given != parameter and count(given) == count(parameter)]
        return [given for given in others if self._lengths(given) == self._lengths(parameter)]

    def _lengths(self, parameter: Symbol) -> list[int]:
        return sorted(map(len, self.graph().paths(parameter)))

    def tables(self) -> tuple[GivenTable, ...]:
        """Every input by itself."""
        return tuple(GivenTable(given, ((given,),), "inputs") for given in self.inputs)

    def picture(self) -> tuple[tuple[Symbol, ...], ...]:
        """Inputs on the left, and every node one column after the last of what it reads."""
        return _columns(self)

    def circle_of(self, value: Symbol) -> Symbol | None:
        """Every value has its own place."""
        return value if value in self.inputs or value in self.graph().nodes else None

    def layer_of(self, value: Symbol) -> int | None:
        """No value has one."""
        return None

    def where(self, parameter: Symbol) -> Sequence[PhrasePart]:
        """That it is an input."""
        return phrase(_("an input"))

    def conventions(self) -> Conventions:
        """What every node is worked from."""
        return Conventions(None, (), None, biases=False, nodes=self.nodes, own_names=True)


@lru_cache(maxsize=256)
def _graph(circuit: Circuit) -> Graph:
    return Graph(MappingProxyType({node.name: node for node in circuit.nodes}), GATE_RULES)


@lru_cache(maxsize=256)
def _columns(circuit: Circuit) -> tuple[tuple[Symbol, ...], ...]:
    column = dict.fromkeys(circuit.inputs, 0)
    for node in circuit.nodes:
        column[node.name] = 1 + max(column[value] for value in node.inputs)
    found: Sequence[list[Symbol]] = [[] for _layer in range(column[circuit.output] + 1)]
    for value, at in column.items():
        found[at].append(value)
    return tuple(map(tuple, found))
