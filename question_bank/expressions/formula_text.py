"""A formula that a person wrote, read with Python's own parser: its characters and its length are looked at first.

Nothing is ever evaluated as code: who reads the tree refuses what does not belong into a formula.
"""

from __future__ import annotations

import ast
import warnings

from question_bank.errors import FormulaError

LONGEST = 200
DEEPEST = 16
LARGEST_NUMBER = 1e6

_INSTEAD = {
    "×": "*",
    "·": "*",
    "⋅": "*",
    "∙": "*",
    "−": "-",
    "–": "-",
    "÷": "/",
    "²": "**2",
    "^": "** (as in h**2)",
    "σ": "sigmoid(…)",
    "ŷ": "yhat",
    "η": "eta",
    "½": "0.5",
    "=": "only what stands on its right",
    "\\": "words, not LaTeX: sum(paths), h*(1 - h)",
}


def _check_characters(formula: str) -> None:
    if not formula:
        raise FormulaError("the formula is empty", formula="", column=1, expected='a formula such as "out * out"')
    if len(formula) > LONGEST:
        shown = formula[:60].split("\n")[0]
        raise FormulaError(
            f"the formula has {len(formula):,} characters", formula=shown, column=1, expected=f"at most {LONGEST}"
        )
    for column, character in enumerate(formula, 1):
        instead = _INSTEAD.get(character)
        if instead:
            raise FormulaError(
                f"{character!r} cannot stand in a formula",
                formula=_shown(formula),
                column=column,
                remedy=f"write {instead}",
            )
        if not (character.isascii() and character.isprintable()):
            raise FormulaError(
                f"the character {character!r} cannot stand in a formula",
                formula=_shown(formula),
                column=column,
                expected="letters, digits, + - * / ** ( ) on one line",
            )


def _shown(formula: str) -> str:
    return "".join(character if character.isprintable() else "?" for character in formula)


def syntax_tree(formula: str) -> ast.expr:
    """The formula as a syntax tree, of which nothing is evaluated; raises FormulaError where it cannot be read."""
    _check_characters(formula)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # Python's advice on odd literals is not for instructors
            return ast.parse(formula, mode="eval").body
    except SyntaxError as error:
        # Python says 0 where the text ends too early.
        column = min(error.offset or len(formula) + 1, len(formula) + 1)
        found = "the formula cannot be read from here on"
        if column > len(formula):
            found = "the formula ends too early"
        elif "never closed" in error.msg or "unmatched" in error.msg:
            found = "this parenthesis has no partner"
        raise FormulaError(
            found,
            formula=formula,
            column=column,
            expected="names, numbers, + - * / **2 and pairs of parentheses",
        ) from None
    except (ValueError, MemoryError, RecursionError):
        raise FormulaError("the formula cannot be read", formula=formula, column=1, expected="a shorter one") from None
