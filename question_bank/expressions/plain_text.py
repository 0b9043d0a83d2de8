"""A formula on one line of plain text, for the terminal and for whoever listens to a page."""

from __future__ import annotations

import re
from collections.abc import Callable
from textwrap import wrap

from question_bank.expressions.expression import Expression
from question_bank.expressions.latex import written
from question_bank.expressions.names import Name
from question_bank.expressions.operations import Plain

_MOST_TERMS = 12
_SHOWN_FIRST, _SHOWN_LAST = 3, 2
_FIXED = "\N{NO-BREAK SPACE}"


def plain_formula(expression: Expression, name: Callable[[Name], str]) -> str:
    """A formula on one line; `name` gives each step's text (its symbol, or its number: a negative one in parentheses).

    >>> from question_bank.expressions.expression import Ref, call
    >>> from question_bank.expressions.names import Symbol
    >>> a, b = Symbol("a"), Symbol("b")
    >>> plain_formula(-(2 * (Ref(a) - Ref(b))), {a: "1", b: "-0.2"}.__getitem__)
    '-2 · (1 - (-0.2))'
    >>> plain_formula(call("sigmoid", Ref(a)), lambda name: "-1.4"), plain_formula(Ref(a), lambda name: "-0.06")
    ('σ(-1.4)', '-0.06')
    """
    return written(expression, name, Plain, lambda operation: operation.plain).alone


_RAISED = str.maketrans("0123456789()-intTK", "⁰¹²³⁴⁵⁶⁷⁸⁹⁽⁾⁻ⁱⁿᵗᵀᴷ")


def raised_plain(text: str) -> str:
    """What stands above a letter; no plain text has raised square brackets.

    >>> raised_plain("(2)"), raised_plain("[2]")
    ('⁽²⁾', '[2]')
    """
    return text if text.startswith("[") else text.translate(_RAISED)


def broken(text: str, width: int) -> list[str]:
    """The text in lines of this width, broken before an operator: in a sum between its terms, not inside them.

    >>> broken("w₁ · x₁ + w₂ · x₂ + b", 14)
    ['w₁ · x₁', '+ w₂ · x₂ + b']
    """
    glued = re.sub(r" ([+\-·×→≈]) ", rf" \1{_FIXED}", text)
    whole = re.sub(rf" ([·×]){_FIXED}", rf"{_FIXED}\1{_FIXED}", glued)
    if max(map(len, whole.split(" "))) <= width and re.search(rf" [+-]{_FIXED}", whole):
        glued = whole
    lines = wrap(glued, width, break_on_hyphens=False)
    return [line.replace(_FIXED, " ") for line in lines] or [""]


def elided(text: str) -> str:
    """The text, or of a long sum the first and the last terms.

    >>> elided(" + ".join(f"x{n}" for n in range(1, 785)))
    'x1 + x2 + x3 + … (784 terms) … + x783 + x784'
    """
    terms: list[str] = []
    depth = start = 0
    for at, character in enumerate(text):
        depth += {"(": 1, ")": -1}.get(character, 0)
        if depth == 0 and text[at : at + 3] in (" + ", " - "):
            terms.append(text[start:at])
            start = at + 1
    terms.append(text[start:])
    if len(terms) <= _MOST_TERMS:
        return text
    return " ".join([*terms[:_SHOWN_FIRST], f"+ … ({len(terms):,} terms) …", *terms[-_SHOWN_LAST:]])
