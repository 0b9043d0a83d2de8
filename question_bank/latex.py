"""An expression written as LaTeX, with symbols or with numbers put in."""

from __future__ import annotations

import re
from collections.abc import Callable

from question_bank.expression import Call, Const, Expression, Ref
from question_bank.operations import ATOM, OPERATIONS, SUM, Tex

_TWICE = re.compile(r"\\left\((\\left\([^()]*\\right\))\\right\)")


def latex(expression: Expression, name: Callable[[str], str]) -> str:
    r"""The formula; `name` gives each step's LaTeX (its symbol, or its number: a negative one gets parentheses).

    >>> from question_bank.expression import Ref
    >>> latex(-(2 * (Ref("y_1") - Ref("yhat_1"))), {"y_1": "1", "yhat_1": "-0.2"}.__getitem__)
    '-2 \\cdot \\left(1 - \\left(-0.2\\right)\\right)'
    """
    # A function's argument has parentheses of its own.
    return _TWICE.sub(r"\1", _tex(expression, name).text)


def _tex(expression: Expression, name: Callable[[str], str]) -> Tex:
    match expression:
        case Ref(key):
            text = name(key)
            return Tex(rf"\left({text}\right)") if text.startswith("-") else Tex(text)
        case Const(value):
            return Tex(f"{value:g}", ATOM if value >= 0 else SUM)
        case Call(operation, arguments):
            return OPERATIONS[operation].latex(*(_tex(argument, name) for argument in arguments))
