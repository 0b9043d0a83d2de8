"""Formulas compiled to plain array code: a tape of array operations over numbered registers.

The first registers hold the steps' own columns; every operation writes one new register. The same tape runs over
arrays (values) and over pairs of arrays (ranges).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Literal, NamedTuple, Protocol, TypeVar

import numpy as np

from question_bank.expressions.expression import Const, Expression, Ref
from question_bank.expressions.interval import Interval
from question_bank.expressions.names import Name
from question_bank.expressions.operations import OPERATIONS
from question_bank.expressions.precision import Array, BoolArray

Column = TypeVar("Column")
ColumnT = TypeVar("ColumnT", covariant=True)


class Columns(Protocol[ColumnT]):
    """Steps' columns by position: a list, or whatever works one out when it is asked for."""

    def __getitem__(self, position: int, /) -> ColumnT: ...


class OnDemand(dict[int, Column]):
    """Columns that are worked out when they are first asked for."""

    def __init__(self, work: Callable[[int], Column]) -> None:
        super().__init__()
        self._work = work

    def __missing__(self, position: int, /) -> Column:
        found = self[position] = self._work(position)
        return found


_SILENT: ContextVar[bool] = ContextVar("silent", default=False)


@contextmanager
def silent() -> Iterator[None]:
    """Here nothing is said about numbers that are infinite or undefined: they stay so, and whoever reads them looks.

    A program sees to that itself, each time that it runs; where thousands run one after the other, it is done once.
    """
    token = _SILENT.set(True)
    try:
        with np.errstate(all="ignore"):
            yield
    finally:
        _SILENT.reset(token)


class Source(NamedTuple):
    """Where an argument comes from: a step's column, a constant, or an earlier result on the tape."""

    kind: Literal["step", "constant", "register"]
    position: int = 0
    value: float = 0.0


class Instruction(NamedTuple):
    """One operation of the table on its sources."""

    operation: str
    sources: tuple[Source, ...]


@dataclass(frozen=True, slots=True)
class Program:
    """A compiled formula: instructions in order; `result` is where its value lies."""

    instructions: tuple[Instruction, ...]
    result: Source
    reads: tuple[int, ...]

    def values(self, columns: Columns[Array]) -> Array:
        """The formula over the steps' columns, each (batch,); a formula of constants alone gives a scalar."""
        return self._run(columns, _ARRAY_READING, np.asarray)

    def ranges(self, columns: Columns[Interval]) -> Interval:
        """The formula's range over the steps' ranges, each a pair of (batch,)."""
        return self._run(columns, _INTERVAL_READING, _point)

    def stepwise_ranges(self, columns: Columns[Interval], record: Callable[[Interval], Interval]) -> Interval:
        """The range where every product of two numbers is recorded before it is used further."""

        def multiplied(*factors: Interval) -> Interval:
            product = factors[0]
            for factor in factors[1:]:
                product = record(_INTERVAL_READING["mul"](product, factor))
            return product

        return self._run(columns, {**_INTERVAL_READING, "mul": multiplied}, _point)

    def hazards(self, columns: Columns[Interval]) -> BoolArray | None:
        """True where an operation of the formula touches its kink or zero divisor: (batch,), or None if none can."""
        found: BoolArray | None = None
        registers: list[Interval] = []
        with np.errstate(all="ignore"):
            for operation, sources in self.instructions:
                entry = OPERATIONS[operation]
                arguments = self._fetch(sources, columns, registers, _point)
                if entry.hazard is not None:
                    touched = entry.hazard(*arguments)
                    found = touched if found is None else found | touched
                registers.append(entry.interval(*arguments))
        return found

    @classmethod
    def fetch(
        cls, sources: Sequence[Source], columns: Columns[Interval], registers: Sequence[Interval]
    ) -> list[Interval]:
        """What an operation works on: steps' ranges, constants, and earlier results of the tape."""
        return cls._fetch(sources, columns, registers, _point)

    @staticmethod
    def _fetch(
        sources: Sequence[Source],
        columns: Columns[Column],
        registers: Sequence[Column],
        constant: Callable[[float], Column],
    ) -> list[Column]:
        return [
            columns[position] if kind == "step" else registers[position] if kind == "register" else constant(value)
            for kind, position, value in sources
        ]

    def _run(
        self,
        columns: Columns[Column],
        reading: Mapping[str, Callable[..., Column]],
        constant: Callable[[float], Column],
    ) -> Column:
        if not self.instructions:
            return self._fetch((self.result,), columns, [], constant)[0]
        if _SILENT.get():
            return self._run_silently(columns, reading, constant)
        # A mistaken formula may leave the numbers (exp of an exp).
        with np.errstate(all="ignore"):
            return self._run_silently(columns, reading, constant)

    def _run_silently(
        self,
        columns: Columns[Column],
        reading: Mapping[str, Callable[..., Column]],
        constant: Callable[[float], Column],
    ) -> Column:
        registers: list[Column] = []
        for operation, sources in self.instructions:
            registers.append(reading[operation](*self._fetch(sources, columns, registers, constant)))
        return registers[self.result.position]


def _point(value: float) -> Interval:
    point: Array = np.asarray(value, dtype=np.float64)
    return point, point


_ARRAY_READING = {name: operation.array for name, operation in OPERATIONS.items()}
_INTERVAL_READING = {name: operation.interval for name, operation in OPERATIONS.items()}


def compile_formula(expression: Expression, index: Mapping[Name, int]) -> Program:
    """The formula as a tape; `index` gives each step's column."""
    instructions: list[Instruction] = []
    reads: list[int] = []

    def place(part: Expression) -> Source:
        # Plain tests and no patterns: a wide network's sums have hundreds of thousands of parts.
        if isinstance(part, Ref):
            position = index[part.name]
            reads.append(position)
            return Source("step", position)
        if isinstance(part, Const):
            return Source("constant", value=part.value)
        sources = tuple([place(argument) for argument in part.arguments])
        instructions.append(Instruction(part.operation, sources))
        return Source("register", len(instructions) - 1)

    result = place(expression)
    return Program(tuple(instructions), result, tuple(dict.fromkeys(reads)))
