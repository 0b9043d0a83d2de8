"""An expression written as LaTeX, with symbols or with numbers put in."""

from __future__ import annotations

import re
from collections.abc import Callable

from question_bank.expressions.expression import Call, Const, Expression, Ref
from question_bank.expressions.names import Name
from question_bank.expressions.operations import (
    ATOM,
    GENERAL_OPERATIONS,
    OPERATIONS,
    PRODUCT,
    SUM,
    GeneralOperation,
    Operation,
    Piece,
    Tex,
)
from question_bank.expressions.precision import power_of_ten, scaled

_FRACTION = re.compile(r"(-?)(\d+)/(\d+)")


def latex(expression: Expression, name: Callable[[Name], str]) -> str:
    r"""The formula; `name` gives each step's LaTeX (its symbol, or its number: a negative one gets parentheses).

    >>> from question_bank.expressions.names import Symbol
    >>> y, yhat = Symbol("y"), Symbol("yhat")
    >>> latex(-(2 * (Ref(y) - Ref(yhat))), {y: "1", yhat: "-0.2"}.__getitem__)
    '-2 \\cdot \\left(1 - \\left(-0.2\\right)\\right)'
    >>> latex(Ref(y) / Ref(yhat), lambda name: "-0.2")
    '\\frac{-0.2}{-0.2}'
    """
    return written(expression, name, Tex, lambda operation: operation.latex).alone


def written(
    expression: Expression,
    name: Callable[[Name], str],
    piece: type[Piece],
    reading: Callable[[Operation | GeneralOperation], Callable[..., Piece]],
) -> Piece:
    """A formula in pieces of LaTeX or of plain text; `reading` is that of an operation."""
    match expression:
        case Ref(step):
            return _named(name(step), piece)
        case Const(value):
            return piece(f"{value:g}", ATOM if value >= 0 else SUM)
        case Call(operation, arguments):
            entry = OPERATIONS.get(operation) or GENERAL_OPERATIONS[operation]
            return reading(entry)(*(written(argument, name, piece, reading) for argument in arguments))


def number_latex(text: str) -> str:
    r"""A number's LaTeX: a fraction is set as one.

    >>> number_latex("-3/32"), number_latex("0.75"), number_latex("10⁻⁸")
    ('-\\frac{3}{32}', '0.75', '10^{-8}')
    """
    return _number(text, Tex).text


def _number(text: str, piece: type[Piece]) -> Piece:
    found, power = _FRACTION.fullmatch(text), power_of_ten(text)
    if (parts := scaled(text)) is not None:
        return piece(f"{parts[0]} {piece.times} {piece.power.format(parts[1], text.rpartition(' ')[2])}", PRODUCT)
    if power is not None:
        return piece(piece.power.format(power, text))
    if found is None:
        return piece(text)
    written, binding = piece.fraction
    return piece(found[1] + written.format(found[2], found[3]), binding)


def _named(text: str, piece: type[Piece]) -> Piece:
    number = _number(text, piece)
    return piece(number.text.join(piece.parentheses), bare=number.text) if text.startswith("-") else number
