"""The lessons in order of difficulty: from local derivatives alone, over one path, to many; each is a recipe."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from grader.practice.learning.mastery import skills_in
from grader.practice.learning.tutor import Asked, asked_slots
from question_bank.derivations.layout import Quantity
from question_bank.language.words import N_
from question_bank.questions.recipe import Recipe, load_recipe, recipe_names


@dataclass(frozen=True, slots=True)
class Lesson:
    """A recipe, and how much of its question is asked; nothing is the `chapter` of what comes before all of them."""

    id: str
    title: str
    description: str
    recipe: str
    asked: Asked
    quantity: Quantity
    minutes: int
    skills: tuple[str, ...]
    chapter: str = ""


_LOCAL = "local"


@lru_cache(maxsize=1)
def lessons() -> tuple[Lesson, ...]:
    """All lessons, the easiest first: what a recipe's own paths, slots and minutes make of it."""
    recipes = {name: load_recipe(name) for name in recipe_names()}
    order = sorted(recipes, key=lambda name: (recipes[name].difficulty.paths[1], recipes[name].minutes, name))
    # A derivative by itself needs the values around it in print.
    given = next((name for name in order if _has_paths_in_print(recipes[name])), order[0])
    easiest = recipes[given]
    first = Lesson(
        _LOCAL,
        N_("Local derivatives"),
        N_("The derivatives along one path, each by itself: what does one value do to the next?"),
        given,
        "factors",
        "gradient",
        max(1, easiest.minutes // 2),
        _skills(easiest, "factors", "gradient"),
    )
    return (first, *(_whole(name, recipes[name]) for name in order))


def _has_paths_in_print(recipe: Recipe) -> bool:
    return recipe.forward == "given" and recipe.asks_for_any


def _whole(name: str, recipe: Recipe) -> Lesson:
    # Who works the forward pass out too goes all the way, to the updated value.
    onward = recipe.forward == "asked" and recipe.ranges.learning_rate is not None
    quantity: Quantity = "updated" if onward else recipe.usually_asked
    skills = _skills(recipe, "all", quantity)
    return Lesson(name, recipe.title, recipe.description, name, "all", quantity, recipe.minutes, skills, recipe.chapter)


def lesson(name: str) -> Lesson | None:
    """A lesson by its id."""
    return next((one for one in lessons() if one.id == name), None)


def harder(name: str) -> Lesson | None:
    """The next lesson of this one's chapter, or after its last the next of all; None after the last of those."""
    ids = [one.id for one in lessons()]
    at = ids.index(name) + 1 if name in ids else 0
    after = lessons()[at:]
    own = lessons()[at - 1].chapter if at else ""
    return next((one for one in after if own and one.chapter == own), after[0] if after else None)


def _skills(recipe: Recipe, asked: Asked, quantity: Quantity) -> tuple[str, ...]:
    derivation = recipe.derivation(recipe.choices()[0], quantity)
    return skills_in(derivation, asked_slots(derivation, asked))
