"""How many parameters a network has, as it is counted: the entries of every matrix, and the biases."""

from __future__ import annotations

from question_bank.expressions.expression import Const, Expression, total
from question_bank.expressions.names import Symbol
from question_bank.networks.model import Model, tables_of

PARAMETERS = Symbol("count")
"""What their number is called."""


def entries_of(model: Model) -> list[Expression]:
    """How many entries each matrix has: rows times columns."""
    return [float(len(table.cells)) * Const(float(len(table.cells[0]))) for table in tables_of(model, "weights")]


def count_of(model: Model) -> Expression:
    """The number of all parameters.

    >>> from question_bank.networks.dense import Dense
    >>> from question_bank.expressions.plain_text import plain_formula
    >>> plain_formula(count_of(Dense((3, 2, 1), ("relu", "linear"), "none", biases=("unit", "unit"))), str)
    '2 · 3 + 1 · 2 + 2 + 1'
    """
    biases: list[Expression] = [Const(float(len(table.symbols))) for table in tables_of(model, "biases")]
    return total((*entries_of(model), *biases))
