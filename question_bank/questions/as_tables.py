"""A solved problem as plain tables, for other programs."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np

from question_bank.derivations.gradient_tables import GradientTable, gradient_tables
from question_bank.expressions.names import QUOTIENT, Name, Symbol
from question_bank.questions.problem import Problem
from question_bank.questions.question import Question


def solution(problem: Problem, question: Question) -> dict[str, Any]:
    """Everything about a solved problem, for other programs: steps, paths, gradient, matrices, updated, conventions.

    It is what `gradpath solve --json` prints: plain dictionaries, lists and numbers, ready for `json.dumps`.

    >>> text = '''
    ... ask = "w1_11"
    ... network = { sizes = [1, 1], activations = ["linear"], loss = "squared_error", W1 = [[2]], x = [3], y = [5] }
    ... '''
    >>> from question_bank.questions.written import read_problem
    >>> problem = read_problem(text, "mine.toml")
    >>> found = solution(problem, problem.solve())
    >>> [step["key"] for step in found["steps"]][3:], found["gradient"]
    (['a1_1', 'yhat_1', 'dL/dyhat_1', 'dyhat_1/da1_1', 'da1_1/dw1_11', 'gradient'], 6.0)
    """
    derivation = question.derivation
    tables = gradient_tables(derivation)
    conventions = derivation.model.conventions()
    # Adding 0 makes the 0 that binary floats call negative a plain one.
    question = replace(question, values=question.values + 0.0, low=question.low + 0.0, high=question.high + 0.0)
    return {
        "steps": [
            {"key": step.key, "role": step.role, "value": value, "low": _finite(low), "high": _finite(high)}
            for step, value, low, high in zip(
                derivation.steps,
                *(np.asarray(a).tolist() for a in (question.values, question.low, question.high)),
                strict=True,
            )
        ],
        "paths": [
            {"factors": [factor.key for factor in path.factors], "product": question.value(path.product)}
            for path in derivation.paths
        ],
        "gradient": None
        if derivation.is_forward or derivation.is_local
        else _of_each(question, derivation.gradient_of),
        "matrices": {
            what: {one.table.heading.key: _rows(question, one) for one in tables if one.what == what}
            for what in dict.fromkeys(one.what for one in tables)
        },
        "quotient": question.value(QUOTIENT) if QUOTIENT in derivation.index else None,
        "updated": _of_each(question, derivation.updated_of, derivation.is_updated) if derivation.update else None,
        "conventions": {
            "loss": conventions.loss,
            "softmax": conventions.softmax,
            "combined": conventions.combined,
            "learning_rate": question.value(derivation.update.needs[0]) if derivation.update else None,
            "relu_at_zero": 0,
            "precision": problem.precision.as_dict() if problem.precision else None,
        },
    }


def _of_each(
    question: Question, name: Callable[[Symbol], Name], present: Callable[[Symbol], bool] = lambda value: True
) -> float | dict[str, float]:
    """A number where paths are asked for, in a table one for each value."""
    asked = question.derivation.asked
    if question.derivation.paths:
        return question.value(name(asked[0]))
    return {value.key: question.value(name(value)) for value in asked if present(value)}


def _rows(question: Question, found: GradientTable) -> list[list[float | None]]:
    """Row by row, [to][from] where it is a matrix; null for what is not asked."""
    return [[None if step is None else question.value(step) for step in row] for row in found.cells]


def _finite(bound: float) -> float | None:
    # JSON has no infinity: a bound that honest rounding does not have is null.
    return bound if math.isfinite(bound) else None
