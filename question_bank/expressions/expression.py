"""Formulas as small frozen values: names of earlier steps, constants, and operations on them.

An expression knows nothing of numbers; `operations` gives every operation its readings, `program` compiles it for
arrays and intervals, and `latex` writes it down.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TypeAlias, Union

from question_bank.expressions.names import Letter, Name, Symbol


class _Arithmetic:
    """The operators, so that a formula in the tables reads as one."""

    __slots__ = ()

    def __add__(self, other: Operand) -> Call:
        return Call("add", (_expression(self), _expression(other)))

    def __sub__(self, other: Operand) -> Call:
        return Call("sub", (_expression(self), _expression(other)))

    def __rsub__(self, other: Operand) -> Call:
        return Call("sub", (_expression(other), _expression(self)))

    def __mul__(self, other: Operand) -> Call:
        return Call("mul", (_expression(self), _expression(other)))

    def __rmul__(self, other: Operand) -> Call:
        return Call("mul", (_expression(other), _expression(self)))

    def __truediv__(self, other: Operand) -> Call:
        return Call("div", (_expression(self), _expression(other)))

    def __rtruediv__(self, other: Operand) -> Call:
        return Call("div", (_expression(other), _expression(self)))

    def __neg__(self) -> Call:
        return Call("neg", (_expression(self),))


@dataclass(frozen=True, slots=True)
class Ref(_Arithmetic):
    """The value of the step with this name."""

    name: Name


@dataclass(frozen=True, slots=True)
class Const(_Arithmetic):
    """A number that belongs to the formula itself."""

    value: float


ONE = Const(1.0)


@dataclass(frozen=True, slots=True)
class Call(_Arithmetic):
    """An operation of the table in `operations`, by name, on its arguments."""

    operation: str
    arguments: tuple[Expression, ...]


Expression: TypeAlias = Ref | Const | Call
Operand: TypeAlias = Union[Expression, float, "_Arithmetic"]


def _expression(operand: Operand) -> Expression:
    if isinstance(operand, (Ref, Const, Call)):
        return operand
    if isinstance(operand, (int, float)):
        return Const(float(operand))
    raise TypeError(f"{operand!r} cannot stand in a formula")


def call(operation: str, *arguments: Expression) -> Call:
    """An operation by name; sums and products of one term are still operations, so that they print as asked."""
    return Call(operation, arguments)


def summed(over: str, term: Expression, to: str = "") -> Call:
    """The sum over what letters count, from 1 `to` another letter where that is said: a general formula."""
    if to:
        return Call("sum_from_to", (Ref(Letter(over)), ONE, Ref(Letter(to)), term))
    return Call("sum_over", (Ref(Letter(over)), term))


def part_of(parts: Expression, whole: Expression) -> Call:
    """One of so many equal parts, as a mean's formula has it: a general formula."""
    return Call("part_of", (parts, whole))


def total(terms: tuple[Expression, ...]) -> Expression:
    """The sum of the terms; a single term is itself."""
    return terms[0] if len(terms) == 1 else Call("add", terms)


def product(factors: tuple[Expression, ...]) -> Expression:
    """The product of the factors; a single factor is itself."""
    return factors[0] if len(factors) == 1 else Call("mul", factors)


def flattened(operation: str, arguments: tuple[Expression, ...]) -> Expression:
    """An operation as a person writes it: no product within a product, nor sum in a sum, and one sign before it all.

    >>> a, b = Const(2.0), Const(3.0)
    >>> flattened("mul", (-a, flattened("mul", (b, a)))) == -product((a, b, a))
    True
    """
    if operation == "neg" and isinstance(arguments[0], Call) and arguments[0].operation == "neg":
        return arguments[0].arguments[0]
    if operation not in ("mul", "add"):
        return Call(operation, arguments)
    signs = 0
    parts: list[Expression] = []
    for argument in arguments:
        inner = argument
        if operation == "mul" and isinstance(inner, Call) and inner.operation == "neg":
            signs, inner = signs + 1, inner.arguments[0]
        if operation == "mul" and inner == Const(-1.0):
            signs, inner = signs + 1, ONE
        same = isinstance(inner, Call) and inner.operation == operation
        parts += inner.arguments if same else (inner,)  # type: ignore[union-attr]
    if operation == "mul" and len(parts) > 1:
        parts = [part for part in parts if part != ONE] or [ONE]
    whole = parts[0] if len(parts) == 1 else Call(operation, tuple(parts))
    return -whole if signs % 2 else whole


def references(expression: Expression) -> Iterator[Name]:
    """Names of the steps that the formula reads, as often as it reads them."""
    match expression:
        case Ref(name):
            yield name
        case Call(_, arguments):
            for argument in arguments:
                yield from references(argument)
        case Const():
            return


def symbols_in(expression: Expression) -> Iterator[Symbol]:
    """The values of the network among them."""
    return (name for name in references(expression) if isinstance(name, Symbol))


def substituted(formula: Expression, others: Mapping[Name, Expression]) -> Expression:
    """The formula with what is said in the place of some names.

    >>> x, y = Symbol("x"), Symbol("y")
    >>> substituted(Ref(x) * Ref(y), {x: Ref(y) + 1.0}) == (Ref(y) + 1.0) * Ref(y)
    True
    """
    match formula:
        case Ref(name):
            return others.get(name, formula)
        case Call(operation, arguments):
            return Call(operation, tuple(substituted(argument, others) for argument in arguments))
        case Const():
            return formula
