"""What is asked and what is right: derivations, honest ranges, recipes, certified questions.

A name is imported with its module when it is first used.
"""

from typing import TYPE_CHECKING

from question_bank.lazy import looked_up_in

if TYPE_CHECKING:
    from question_bank.derivations.derivation import Derivation
    from question_bank.derivations.deriving import derive
    from question_bank.derivations.layout import Layout
    from question_bank.errors import DrawError, GradpathError, InputError, NetworkError, RecipeError, TooManyPaths
    from question_bank.expressions.precision import Places, Precision
    from question_bank.misconceptions import CATALOGUE, Misconception
    from question_bank.networks.dense import Architecture, Dense
    from question_bank.questions.as_tables import solution
    from question_bank.questions.certification import Rejected, certify, certify_batch
    from question_bank.questions.draws import draw
    from question_bank.questions.problem import Problem
    from question_bank.questions.question import Question, solve
    from question_bank.questions.recipe import Recipe, load_recipe, recipe_names
    from question_bank.questions.written import read_problem

__all__ = [
    "CATALOGUE",
    "Architecture",
    "Dense",
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
        "questions.as_tables": ("solution",),
        "questions.certification": ("Rejected", "certify", "certify_batch"),
        "derivations.derivation": ("Derivation",),
        "derivations.deriving": ("derive",),
        "derivations.layout": ("Layout",),
        "questions.draws": ("draw",),
        "errors": ("DrawError", "GradpathError", "InputError", "NetworkError", "RecipeError", "TooManyPaths"),
        "misconceptions": ("CATALOGUE", "Misconception"),
        "networks.dense": ("Architecture", "Dense"),
        "expressions.precision": ("Places", "Precision"),
        "questions.question": ("Question", "solve"),
        "questions.recipe": ("Recipe", "load_recipe", "recipe_names"),
        "questions.problem": ("Problem",),
        "questions.written": ("read_problem",),
    },
)
