"""The bank's recipes as tests take them: a few that stand for all, and the whole bank behind the mark `bank`.

A recipe's file is all that is needed for its tests: a new one is behind the mark.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from functools import cache

import pytest

from question_bank.derivations.layout import Quantity
from question_bank.expressions.names import Symbol
from question_bank.questions.asked import ANY
from question_bank.questions.recipe import Recipe, load_recipe, recipe_names

REPRESENTATIVES = {
    "two-paths": "a network by its paths, the forward pass asked for",
    "softmax": "the forward pass given, and a sum over classes on each path",
    "first-layer": "a table of derivatives",
    "relu-net": "exact numbers",
    "circuit-branch": "a circuit",
    "forward-softmax": "the forward pass alone, of a network without a loss",
    "neuron-adam": "an update with state; loss and output function combined",
}
"""What `make test` tries, and what each of them stands for."""


def marks_of(name: str) -> list[pytest.MarkDecorator]:
    """The marks of what is tried on a recipe."""
    return [] if name in REPRESENTATIVES else [pytest.mark.bank]


def of(name: str, *others: object) -> object:
    """Values to try a test with, the name of a recipe first."""
    return pytest.param(name, *others, marks=marks_of(name))


# To collect the tests asks for each recipe many times.
_loaded = cache(load_recipe)


def recipes(fits: Callable[[Recipe], bool] = lambda recipe: True, without: Collection[str] = ()) -> list[object]:
    """The names of the bank's recipes, or of those that fit, for `pytest.mark.parametrize`."""
    return [of(name) for name in recipe_names() if name not in without and fits(_loaded(name))]


def quantity_of(name: str) -> Quantity:
    """One for about half of the recipes, the other for the rest, whatever others there are; or all that one asks."""
    recipe = load_recipe(name)
    if recipe.ranges.learning_rate is None:
        return recipe.usually_asked
    return "updated" if len(name) % 2 else "gradient"


def askable(recipe: Recipe) -> list[Symbol | str]:
    """What a question may ask for: the parameters, or `"any"` where there is no choice of one."""
    return [*recipe.parameters()] if recipe.asks_for_any else [ANY]
