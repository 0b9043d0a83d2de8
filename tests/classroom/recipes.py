"""The recipes that classes are held on: those that come with the program, and what those leave out."""

from __future__ import annotations

from question_bank.questions.recipe import Recipe, load_recipe

_PLACES = {"forward": "4d", "factor": "4d", "product": "6d", "gradient": "6d", "update": "6d"}

WITH_COLUMNS = (
    "chain",
    "deep",
    "first",
    "linear-neuron",
    "logistic-neuron",
    "softmax",
    "softmax-combined",
    "textbook",
    "two-paths",
    "two-paths-given",
)

OWN: dict[str, dict[str, object]] = {
    "relu": {
        "network": {
            "sizes": [3, 3, 2],
            "activations": ["relu", "linear"],
            "loss": "half_squared_error",
            "biases": "unit",
        },
        "ranges": {
            "W": {"low": -0.9, "high": 0.9},
            "x": {"low": -3, "high": 3, "decimals": 0},
            "b": {"low": -0.5, "high": 0.5},
            "y": {"low": -1, "high": 1, "decimals": 1, "zero": True},
            "learning_rate": {"low": 0.1, "high": 0.9},
        },
        "difficulty": {"paths": [2, 2]},
    },
    "binary": {
        "network": {
            "sizes": [3, 2, 2],
            "activations": ["tanh", "sigmoid"],
            "loss": "binary_cross_entropy",
            "biases": "unit",
        },
        "ranges": {
            "W": {"low": -0.9, "high": 0.9},
            "x": {"low": -3, "high": 3, "decimals": 0},
            "b": {"low": -0.5, "high": 0.5},
            "y": {"low": 0.1, "high": 0.9, "decimals": 1},
            "learning_rate": {"low": 0.1, "high": 0.9},
        },
        "difficulty": {"paths": [2, 2]},
    },
}


def names() -> list[str]:
    """Recipes of dense networks with columns; `pupils` sit at the other structures' sheets."""
    return [*WITH_COLUMNS, *OWN]


def recipe(name: str) -> Recipe:
    if name not in OWN:
        return load_recipe(name)
    table = {"title": name, "description": name, "minutes": 10, "precision": _PLACES, **OWN[name]}
    return Recipe.model_validate(table)
