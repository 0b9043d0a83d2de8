"""A network, a question and its solution as plain tables, for files and other programs."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from question_bank.networks.dense import Dense, dense, weight_key
from question_bank.questions.question import Question
from question_bank.questions.written import Problem


def network_table(architecture: Dense, givens: Mapping[str, float]) -> dict[str, Any]:
    """A network written in the shape that `read_network` reads."""
    table: dict[str, Any] = {
        "sizes": list(architecture.sizes),
        "activations": list(architecture.activations),
        "loss": architecture.loss,
    }
    if architecture.softmax is not None:
        table["softmax"] = architecture.softmax
    for layer in range(1, architecture.layers + 1):
        table[f"W{layer}"] = [
            [givens[weight_key(layer, to, source)] for source in architecture.units(layer - 1)]
            for to in architecture.units(layer)
        ]
    if any(kind != "none" for kind in architecture.biases):
        table["b"] = [_bias_entry(architecture, layer, givens) for layer in range(1, architecture.layers + 1)]
    table["x"] = [givens[f"x_{n}"] for n in architecture.units(0)]
    table["y"] = [givens[f"y_{n}"] for n in architecture.units(architecture.layers)]
    return table


def _bias_entry(architecture: Dense, layer: int, givens: Mapping[str, float]) -> float | list[float]:
    keys = architecture.bias_keys(layer)
    kind = architecture.biases[layer - 1]
    return [] if kind == "none" else givens[keys[0]] if kind == "layer" else [givens[key] for key in keys]


def question_table(question: Question) -> dict[str, Any]:
    """A question as the problem that `problem_from` reads back: network, ask, precision, forward."""
    derivation = question.derivation
    givens = {key: question.value(key) for key in derivation.givens}
    ask: dict[str, Any] = {"parameter": derivation.parameter, "quantity": derivation.layout.quantity}
    if "eta" in givens:
        ask["learning_rate"] = givens["eta"]
    if derivation.layout.paths == "find":
        ask["paths"] = "find"
    printed = [key for key in derivation.givens if key in derivation.graph.nodes]
    return {
        "network": network_table(dense(derivation.model), givens),
        "ask": ask,
        "precision": question.precision.as_dict(),
        "forward": {key: givens[key] for key in printed} if printed else "asked",
        "first_layer": "exact" if derivation.layout.exact_first else "recorded",
    }


def solution(problem: Problem, question: Question) -> dict[str, Any]:
    """Everything about a solved problem, for other programs: steps, paths, gradient, updated, conventions.

    It is what `gradpath solve --json` prints: plain dictionaries, lists and numbers, ready for `json.dumps`.

    >>> text = '''
    ... ask = "w1_11"
    ... network = { sizes = [1, 1], activations = ["linear"], loss = "squared_error", W1 = [[2]], x = [3], y = [5] }
    ... '''
    >>> from question_bank.questions.written import read_problem
    >>> problem = read_problem(text, "mine.toml")
    >>> found = solution(problem, problem.solve())
    >>> [step["key"] for step in found["steps"]][3:], found["gradient"]
    (['a1_1', 'yhat_1', 'dL/dyhat_1', 'dyhat_1/da1_1', 'da1_1/dw1_11', 'path_1.product', 'gradient'], 6.0)
    """
    derivation = question.derivation
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
            {"factors": list(path.factors), "product": question.value(path.product)} for path in derivation.paths
        ],
        "gradient": question.value("gradient"),
        "updated": question.value("updated") if derivation.layout.rate else None,
        "conventions": {
            "loss": conventions.loss,
            "softmax": conventions.softmax,
            "learning_rate": question.value("eta") if derivation.layout.rate else None,
            "relu_at_zero": 0,
            "precision": problem.precision.as_dict() if problem.precision else None,
        },
    }


def _finite(bound: float) -> float | None:
    # JSON has no infinity: a bound that honest rounding does not have is null.
    return bound if math.isfinite(bound) else None
