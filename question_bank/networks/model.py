"""What is asked of a kind of network: all that anybody behind the derivation learns of it."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

from question_bank.networks.graph import Graph
from question_bank.networks.names import Symbol

SoftmaxRule = Literal["full", "diagonal"]
TableRole = Literal["weights", "biases", "inputs", "targets"]


@dataclass(frozen=True, slots=True)
class GivenTable:
    """Givens that are printed together: what heads them, what they are, and their keys row by row.

    Weights stand as [to][from]; everything else is a column.
    """

    heading: Symbol
    cells: tuple[tuple[str, ...], ...]
    role: TableRole

    @property
    def keys(self) -> list[str]:
        """All keys, row by row.

        >>> GivenTable(Symbol("W", 1), (("w1_11", "w1_12"), ("w1_21", "w1_22")), "weights").keys
        ['w1_11', 'w1_12', 'w1_21', 'w1_22']
        """
        return [key for row in self.cells for key in row]

    @property
    def columns(self) -> tuple[tuple[str, ...], ...]:
        """The same, column by column."""
        return tuple(zip(*self.cells, strict=True))

    @property
    def is_square(self) -> bool:
        """Whether it could be transposed: as many rows as columns, and more than one."""
        return len(self.cells) == len(self.cells[0]) > 1

    def place(self, key: str) -> tuple[int, int] | None:
        """Row and column of a key, from 0; None where it does not stand here."""
        return next(((at, row.index(key)) for at, row in enumerate(self.cells) if key in row), None)

    def at(self, row: int, column: int) -> str | None:
        """The key at a place, None where there is no such place."""
        return self.cells[row][column] if row < len(self.cells) and column < len(self.cells[0]) else None


@dataclass(frozen=True, slots=True)
class PhrasePart:
    """A part of a phrase: words, a unit's number, or the key of a value whose symbol stands there."""

    text: str
    form: Literal["words", "number", "symbol"] = "words"


@dataclass(frozen=True, slots=True)
class FunctionUse:
    """A function and where it is used: `where` in words, and what leaves the units there, without its index."""

    where: str
    function: str
    output: Symbol
    layer: int


@dataclass(frozen=True, slots=True)
class Conventions:
    """What a page says of a network before its numbers: functions in the order in which they are used."""

    loss: str
    functions: tuple[FunctionUse, ...]
    softmax: SoftmaxRule | None
    biases: bool


class Model(Hashable, Protocol):
    """A kind of network with its sizes and functions, as a scalar graph.

    Two models that are equal have the same graph and the same words.
    """

    @property
    def summary(self) -> str:
        """What it is, on a line: `4-4-2 network, sigmoid, softmax (diagonal)`."""
        ...

    def graph(self) -> Graph:
        """The scalar graph; the same object for equal models."""
        ...

    def givens(self) -> Iterator[str]:
        """Keys of inputs, parameters and targets, in the order of every givens array."""
        ...

    def parameters(self) -> Iterator[str]:
        """Keys of all parameters, those that are alike one after another."""
        ...

    def parameters_in_words(self) -> str:
        """Which parameters there are, for whoever asked for another: `a weight from w1_11 to w2_22`."""
        ...

    def alike(self, parameter: str) -> list[str]:
        """The other parameters that stand in for the same thing elsewhere: of its matrix, or of its layer's biases."""
        ...

    def tables(self) -> Sequence[GivenTable]:
        """The givens as they are printed, weights first."""
        ...

    def picture(self) -> Sequence[Sequence[str]]:
        """The circles of its picture, column by column, each named by a value that stands in it."""
        ...

    def circle_of(self, key: str) -> str | None:
        """The circle in which a value stands; None for a parameter and for what stands in none."""
        ...

    def layer_of(self, key: str) -> int | None:
        """The layer, from 1, to which a value or parameter belongs; None for inputs, targets and the loss."""
        ...

    def where(self, parameter: str) -> Sequence[PhrasePart]:
        """Where a parameter sits, to stand behind its symbol: “the weight from x₁ to output unit 2, ŷ₂”."""
        ...

    def conventions(self) -> Conventions:
        """What a page says of it before the numbers."""
        ...


def tables_of(model: Model, role: TableRole) -> list[GivenTable]:
    """A model's tables of one sort."""
    return [table for table in model.tables() if table.role == role]


def keys_of(model: Model, role: TableRole) -> list[str]:
    """The keys in those tables, table by table and row by row."""
    return [key for table in tables_of(model, role) for key in table.keys]
