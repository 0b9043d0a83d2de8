"""Arithmetic typed where one number is asked for: `2*(-0.114+0.9)` is 1.572.

Numbers are spelled as `grader.reading.number` takes them, with + - * / ^, parentheses and brackets, and no sign next to
a parenthesis that is multiplied. Python's own grammar parses what is left of it, and only its tree is looked at:
numbers and these five operations, within bounds. Nothing is run.
"""

from __future__ import annotations

import ast
import math
import operator
import re
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Final

from grader.reading.number import LARGEST_EXPONENT, Reading, alike, read
from question_bank.expressions.precision import short_decimal

LONGEST: Final = 80
"""Characters of what is typed."""
FIGURES: Final = 10
"""Of the number that is shown for it: more than any box asks for."""
_SMALLEST = 1e-5

_OPERATIONS: Mapping[type[ast.operator], Callable[[float, float], float]] = MappingProxyType(
    {ast.Add: operator.add, ast.Sub: operator.sub, ast.Mult: operator.mul, ast.Div: operator.truediv}
)
_ROUND = str.maketrans("[]{}", "()()")
_SUPERSCRIPTS = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁻⁺", "0123456789-+")
_RAISED = re.compile(r"[⁻⁺]?[⁰¹²³⁴⁵⁶⁷⁸⁹]+")
_ALLOWED = re.compile(r"[0-9.e+\-*/() ]*")
# Two numbers side by side, or a sign that is doubled, are more likely slips than sums.
_DOUBTFUL = re.compile(r"[\d.] +[\d.]|[+-] *[+-]|\d[.]\d*[.]")
_TIMES = re.compile(r"(?<=[\d.)]) *(?=\()|(?<=\)) *(?=[\d.])")
_LEADING_ZEROS = re.compile(r"(?<![\d.e])0+(?=\d)")


class _NoArithmetic(Exception):
    """Nothing that these operations work out."""


def number_text(text: str) -> str:
    """The number that a response comes to, where it is arithmetic; any other response as it is, without its blanks.

    >>> number_text("2*(-0.114+0.9)"), number_text("1 − 0,83²"), number_text(" 2/3 "), number_text("3*(")
    ('1.572', '0.3111', '2/3', '3*(')
    """
    stripped = text.strip()
    if len(stripped) > LONGEST:
        # Cut short it might come to another number.
        return stripped[: LONGEST - 1] + "…"
    if isinstance(read(stripped), Reading):
        return stripped
    try:
        value = _worked_out(stripped)
    except (_NoArithmetic, ArithmeticError):
        return stripped
    shown = f"{value:.{FIGURES}g}"
    written_out = short_decimal(float(shown))
    return shown if (value and abs(value) < _SMALLEST) or len(written_out) > LONGEST else written_out


def _worked_out(text: str) -> float:
    plain = alike(text).translate(_ROUND).lstrip("= ")
    plain = _RAISED.sub(lambda found: "^" + found[0].translate(_SUPERSCRIPTS), plain)
    plain = plain.replace(",", ".").replace("^", "**")
    if not _ALLOWED.fullmatch(plain) or _DOUBTFUL.search(plain) or "//" in plain:
        raise _NoArithmetic
    plain = _LEADING_ZEROS.sub("", _TIMES.sub("*", plain))
    try:
        tree = ast.parse(plain.strip(), mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        raise _NoArithmetic from error
    if not any(isinstance(node, ast.BinOp) for node in ast.walk(tree)):
        # A number alone that cannot be read is not made readable here: (0.46) has two meanings.
        raise _NoArithmetic
    value = _value(tree)
    if not math.isfinite(value) or abs(value) > 10.0**LARGEST_EXPONENT or 0 < abs(value) < 10.0**-LARGEST_EXPONENT:
        raise _NoArithmetic
    return value


def _value(node: ast.expr) -> float:
    # As deep as so few characters go.
    match node:
        case ast.Constant(value=int() | float() as number) if not isinstance(number, bool):
            return float(number)
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            return -_value(operand)
        case ast.UnaryOp(op=ast.UAdd(), operand=operand):
            return _value(operand)
        case ast.BinOp(left=left, op=ast.Pow(), right=right):
            return _power(_value(left), _value(right))
        case ast.BinOp(left=left, op=op, right=right) if type(op) in _OPERATIONS:
            return _OPERATIONS[type(op)](_value(left), _value(right))
    raise _NoArithmetic


def _power(base: float, exponent: float) -> float:
    if abs(exponent) > LARGEST_EXPONENT or (base < 0 and exponent != int(exponent)):
        raise _NoArithmetic
    return float(base**exponent)
