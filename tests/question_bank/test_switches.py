"""The bank's recipes say what they practise, and work with every value of their switches."""

import pytest

from question_bank.errors import RecipeError
from question_bank.questions.draws import draw
from question_bank.questions.recipe import Recipe, load_recipe, recipe_names
from question_bank.questions.switches import switched
from tests.recipes import of, recipes

EVERY = [
    of(name, key, value)
    for name in recipe_names()
    for key, some in load_recipe(name).switches.items()
    for value in some
]


@pytest.mark.parametrize("name", recipes())
def test_each_recipe_says_what_it_practises_and_in_what_courses_differ(name: str) -> None:
    recipe = load_recipe(name)
    assert recipe.chapter
    assert recipe.practises
    assert recipe.prerequisites
    assert recipe.switches


def test_what_has_to_come_before_is_practised_by_another_recipe() -> None:
    """Derivatives and functions alone are learnt elsewhere."""
    practised = {word for name in recipe_names() for word in load_recipe(name).practises}
    needed = {word for name in recipe_names() for word in load_recipe(name).prerequisites}
    assert needed <= practised | {"derivatives", "functions"}


@pytest.mark.parametrize(("name", "key", "value"), EVERY)
def test_a_recipe_can_be_drawn_with_every_value_of_its_switches(name: str, key: str, value: object) -> None:
    recipe = load_recipe(name)
    other = switched(recipe, key, value)
    assert read(other, key) == value
    assert read(recipe, key) != value
    (question,) = draw(other, [b"one"], parameter=other.choices("same")[0])
    assert question.certificate is not None


def read(recipe: Recipe, key: str) -> object:
    found: object = recipe
    for name in key.split("."):
        found = found[name] if isinstance(found, dict) else getattr(found, name)
    return found


def test_a_value_that_does_not_fit_is_refused() -> None:
    with pytest.raises(RecipeError, match=r"network\.loss: loss 'hinge'"):
        switched(load_recipe("first"), "network.loss", "hinge")
