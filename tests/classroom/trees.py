"""Formulas as trees: worked by plain arithmetic, and made wrong by cutting off, turning and exchanging their parts."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import replace
from fractions import Fraction
from functools import reduce
from operator import mul, sub, truediv

from question_bank.derivations.derivation import Derivation
from question_bank.expressions.expression import Call, Const, Expression, Ref
from question_bank.expressions.names import Name, Symbol

Number = float | Fraction
Look = Callable[[Name], Number]


def _sigmoid(a: Number) -> Number:
    return 1 / (1 + math.exp(-a))


OPERATIONS: dict[str, Callable[..., Number]] = {
    "add": lambda *terms: sum(terms[1:], terms[0]),
    "clean_sum": lambda *terms: sum(terms[1:], terms[0]),
    "sub": sub,
    "neg": lambda a: -a,
    "mul": lambda *factors: reduce(mul, factors),
    "div": truediv,
    "square": lambda a: a * a,
    "sqrt": math.sqrt,
    "abs": abs,
    "exp": math.exp,
    "ln": math.log,
    "sigmoid": _sigmoid,
    "tanh": math.tanh,
    "relu": lambda a: max(a, a * 0),
    "max": max,
    "min": min,
    "any": lambda *several: 1 if any(several) else 0,
    "softplus": lambda a: math.log1p(math.exp(a)),
    "logistic_slope": lambda h: h * (1 - h),
    "tanh_slope": lambda h: 1 - h * h,
    "step": lambda a: 1 if a > 0 else 0,
}


def work(formula: Expression, look: Look) -> Number:
    """What a formula comes to."""
    match formula:
        case Ref(name):
            return look(name)
        case Const(value):
            return Fraction(value) if value == int(value) else value
        case Call(operation, arguments):
            return OPERATIONS[operation](*(work(argument, look) for argument in arguments))


def whole(derivation: Derivation, name: Name, boxes: frozenset[Name]) -> Expression:
    """A box's formula with all that has no box put in."""

    def put_in(formula: Expression) -> Expression:
        match formula:
            case Ref(inner):
                own = derivation.step(inner).formula
                return formula if own is None or inner in boxes else put_in(own)
            case Call(operation, arguments):
                return Call(operation, tuple(map(put_in, arguments)))
        return formula

    formula = derivation.step(name).formula
    assert formula is not None  # what is asked for is no given
    return put_in(formula)


def shape(formula: Expression) -> str:
    """A formula without the indices of what it reads: the same for all that are worked alike."""
    match formula:
        case Ref(name):
            return name.letter if isinstance(name, Symbol) else type(name).__name__
        case Const(value):
            return str(value)
        case Call(operation, arguments):
            return f"{operation}({','.join(map(shape, arguments))})"


Turn = Callable[[Expression, Derivation], Iterator[Expression]]
"""What a node of a formula may be taken for, in an order that depends on its form alone."""


def _one_left_out(node: Expression, derivation: Derivation) -> Iterator[Expression]:
    if isinstance(node, Call) and node.operation in ("add", "mul", "clean_sum") and len(node.arguments) > 1:
        for at in range(len(node.arguments)):
            left = node.arguments[:at] + node.arguments[at + 1 :]
            yield left[0] if len(left) == 1 else Call(node.operation, left)


def _sign_turned(node: Expression, derivation: Derivation) -> Iterator[Expression]:
    match node:
        case Call("neg", (inner,)):
            yield inner
        case Call("sub", (left, right)):
            yield Call("add", (left, right))
        case Call("add", arguments):
            for at, argument in enumerate(arguments):
                yield Call("add", (*arguments[:at], Call("neg", (argument,)), *arguments[at + 1 :]))


def _function_left_out(node: Expression, derivation: Derivation) -> Iterator[Expression]:
    if isinstance(node, Call) and len(node.arguments) == 1 and node.operation != "neg":
        yield node.arguments[0]


_TAKEN_FOR = {"sigmoid": "tanh", "tanh": "sigmoid", "relu": "abs", "max": "min", "min": "max", "div": "mul"}
_TAKEN_FOR |= {"logistic_slope": "tanh_slope", "tanh_slope": "logistic_slope", "step": "relu"}


def _another_function(node: Expression, derivation: Derivation) -> Iterator[Expression]:
    match node:
        case Call("square", (inner,)):
            yield Call("mul", (Const(2.0), inner))
        case Call("div", (above, below)):
            yield Call("div", (below, above))
            yield above
    if isinstance(node, Call) and (other := _TAKEN_FOR.get(node.operation)):
        yield Call(other, node.arguments)


def _number_beside(node: Expression, derivation: Derivation) -> Iterator[Expression]:
    """The same letter with the index of another."""
    if isinstance(node, Ref) and isinstance(node.name, Symbol) and node.name.index:
        first, *others = node.name.index
        for index in ((first + 1, *others), (*others[::-1], first)):
            other = replace(node.name, index=index)
            if other != node.name and other in derivation.index:
                yield Ref(other)


def _constant_left_out(node: Expression, derivation: Derivation) -> Iterator[Expression]:
    if isinstance(node, Const) and node.value not in (0.0, 1.0):
        yield Const(1.0)


TURNS: dict[str, Turn] = {
    "one term or factor left out": _one_left_out,
    "one sign turned": _sign_turned,
    "a function left out": _function_left_out,
    "another function": _another_function,
    "the number beside": _number_beside,
    "a constant left out": _constant_left_out,
}


def turned(formula: Expression, turn: Turn, derivation: Derivation) -> list[Expression]:
    """A formula with one of its nodes taken for something else, in every way that there is."""
    found = list(turn(formula, derivation))
    if isinstance(formula, Call):
        for at, argument in enumerate(formula.arguments):
            for other in turned(argument, turn, derivation):
                arguments = (*formula.arguments[:at], other, *formula.arguments[at + 1 :])
                found.append(Call(formula.operation, arguments))
    return found
