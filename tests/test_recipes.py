"""The recipes that stand for all do, and all others are behind the mark `bank`."""

from __future__ import annotations

import pytest

from question_bank.networks.dense import Dense
from question_bank.questions.asked import ANY
from question_bank.questions.recipe import Recipe, load_recipe, recipe_names
from tests.recipes import REPRESENTATIVES, marks_of, quantity_of

CHOSEN = [load_recipe(name) for name in REPRESENTATIVES]


def of_networks(recipe: Recipe) -> bool:
    return isinstance(recipe.model, Dense)


@pytest.mark.parametrize(
    "stood_for",
    [
        lambda recipe: recipe.asked == ANY and recipe.forward == "asked" and recipe.difficulty.paths[1] > 1,
        lambda recipe: recipe.forward == "given",
        lambda recipe: of_networks(recipe) and "softmax" in recipe.network.activations,
        lambda recipe: of_networks(recipe) and recipe.network.combined,
        lambda recipe: recipe.asked != ANY,
        lambda recipe: not recipe.calculator,
        lambda recipe: recipe.circuit is not None,
        lambda recipe: recipe.is_forward,
        lambda recipe: recipe.chosen_update.rule == "adam",
    ],
    ids=["paths", "forward given", "softmax", "combined", "table", "exact", "circuit", "forward alone", "state"],
)
def test_each_kind_has_a_representative(stood_for: object) -> None:
    assert callable(stood_for)
    assert any(map(stood_for, CHOSEN))


def test_all_others_are_behind_the_mark() -> None:
    others = {name for name in recipe_names() if [mark.name for mark in marks_of(name)] == ["bank"]}
    assert others == set(recipe_names()) - set(REPRESENTATIVES)
    assert len(REPRESENTATIVES) < 8


def test_either_answer_is_asked_of_several_representatives() -> None:
    asked = [quantity_of(name) for name in REPRESENTATIVES]
    assert min(asked.count("gradient"), asked.count("updated")) >= 2
