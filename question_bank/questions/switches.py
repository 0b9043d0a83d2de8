"""The switches of a recipe: keys in which courses differ, with other values that it works with as well."""

from __future__ import annotations

from typing import Any

from pydantic import ValidationError

from question_bank.errors import RecipeError
from question_bank.questions.described_keys import WORDS_OF_RECIPES, words_in
from question_bank.questions.problems import every_problem
from question_bank.questions.recipe import Recipe


def switched(recipe: Recipe, place: str, value: object) -> Recipe:
    """The recipe with another value of a key, such as `network.loss`; raises RecipeError where that does not fit.

    >>> from question_bank.questions.recipe import load_recipe
    >>> switched(load_recipe("first"), "network.loss", "half_squared_error").network.loss
    'half_squared_error'
    """
    written = recipe.model_dump(exclude_unset=True, by_alias=True)
    # How many boxes there are then, nobody said.
    written.pop("slots", None)
    *tables, last = place.split(".")
    table: dict[str, Any] = written
    for name in tables:
        table = table.setdefault(name, {})
    table[last] = value
    try:
        return Recipe.model_validate(written)
    except ValidationError as error:
        raise every_problem(error, None, RecipeError, Recipe, words_in(WORDS_OF_RECIPES)) from error
