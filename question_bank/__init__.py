"""What is asked and what is right: derivations, honest ranges, recipes, certified questions.

A name is imported with its module when it is first used.
"""

from typing import TYPE_CHECKING

from question_bank.lazy import looked_up_in

if TYPE_CHECKING:
    from question_bank.as_tables import solution
    from question_bank.certification import Rejected, certify, certify_batch
    from question_bank.derivation import Derivation, Layout, derive
    from question_bank.draws import draw
    from question_bank.errors import DrawError, GradpathError, InputError, NetworkError, RecipeError, TooManyPaths
    from question_bank.misconceptions import CATALOGUE, Misconception
    from question_bank.network import Architecture
    from question_bank.precision import Places, Precision
    from question_bank.question import Question, solve
    from question_bank.recipe import Recipe, load_recipe, recipe_names
    from question_bank.written import Problem, read_problem

__all__ = [
    "CATALOGUE",
    "Architecture",
    "Derivation",
    "DrawError",
    "GradpathError",
    "InputError",
    "Layout",
    "Misconception",
    "NetworkError",
    "Places",
    "Precision",
    "Problem",
    "Question",
    "Recipe",
    "RecipeError",
    "Rejected",
    "TooManyPaths",
    "certify",
    "certify_batch",
    "derive",
    "draw",
    "load_recipe",
    "read_problem",
    "recipe_names",
    "solution",
    "solve",
]

__getattr__ = looked_up_in(
    __name__,
    {
        "as_tables": ("solution",),
        "certification": ("Rejected", "certify", "certify_batch"),
        "derivation": ("Derivation", "Layout", "derive"),
        "draws": ("draw",),
        "errors": ("DrawError", "GradpathError", "InputError", "NetworkError", "RecipeError", "TooManyPaths"),
        "misconceptions": ("CATALOGUE", "Misconception"),
        "network": ("Architecture",),
        "precision": ("Places", "Precision"),
        "question": ("Question", "solve"),
        "recipe": ("Recipe", "load_recipe", "recipe_names"),
        "written": ("Problem", "read_problem"),
    },
)
