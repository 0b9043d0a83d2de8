"""A circuit in files: what a recipe, a circuit that a person wrote down and one handed out have in common."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property, lru_cache

from question_bank.expressions.names import Symbol
from question_bank.networks.circuit import Circuit
from question_bank.networks.circuit_text import read_circuit
from question_bank.networks.gates import written_node
from question_bank.questions.document import Number
from question_bank.questions.written_models.model_shape import ModelShape


class CircuitShape(ModelShape):
    """The names of a circuit's inputs, and its nodes as formulas, of which the last is the output."""

    inputs: list[str]
    nodes: dict[str, str]

    @property
    def model(self) -> Circuit:
        """The circuit; raises NetworkError and FormulaError with the key."""
        return _circuit(tuple(self.inputs), tuple(self.nodes.items()))


class WrittenCircuit(ModelShape):
    """A circuit with the numbers of its inputs."""

    inputs: dict[str, Number]
    nodes: dict[str, str]

    @classmethod
    def of(cls, circuit: Circuit, givens: Mapping[Symbol, float]) -> WrittenCircuit:
        """A circuit and its numbers, as they are written: a node an operation."""
        return cls(
            inputs={given.key: givens[given] for given in circuit.inputs},
            nodes={node.name.key: written_node(node) for node in circuit.nodes},
        )

    @cached_property
    def model(self) -> Circuit:
        """The circuit without its numbers; raises NetworkError and FormulaError with the key."""
        return _circuit(tuple(self.inputs), tuple(self.nodes.items()))

    @property
    def outline(self) -> tuple[tuple[str, str], ...]:
        """What questions whose boxes play the same parts have in common."""
        return tuple(self.nodes.items())

    @property
    def numbers(self) -> list[float]:
        """The inputs, in the order of the model's givens."""
        return list(self.inputs.values())


@lru_cache(maxsize=1024)
def _circuit(inputs: tuple[str, ...], nodes: tuple[tuple[str, str], ...]) -> Circuit:
    return read_circuit(inputs, dict(nodes))
