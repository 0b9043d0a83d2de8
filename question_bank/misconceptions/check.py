"""Whether an entry can be told from the right formula: on random draws of the recipes, before any mark is given."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Literal

import numpy as np

from question_bank.derivation import Derivation
from question_bank.errors import InputError
from question_bank.evaluate import value_columns
from question_bank.misconceptions.entry import Misconception, Site
from question_bank.precision import Array
from question_bank.recipe import Recipe, load_recipe, recipe_names

DRAWS = 64
_NEAR = 1e-9

Ground = tuple[Derivation, tuple[Array, ...]]
"""A derivation and what random draws give at its steps: columns of (draws,)."""


def check_differs(entries: Sequence[Misconception], recipes: Sequence[Recipe] = ()) -> None:
    """Raise InputError for an entry that strikes nowhere, or that never differs from the right formula.

    Tried on the recipes that come with gradpath and on these: up to a few parameters of each layer, on 64 draws.
    """
    grounds = [*_shipped(), *(ground for recipe in recipes for ground in _grounds(recipe))]
    for entry in entries:
        found = {outcome for ground in grounds for outcome in _outcomes(entry, *ground)}
        if "differs" in found:
            continue
        where = "any recipe that comes with gradpath" + (" or of this assignment" if recipes else "")
        if not found:
            raise InputError(
                f"strikes nowhere on {where}",
                place=entry.id,
                remedy="look at strikes and only; a step that the formula names must come before the struck one",
            )
        if "same" in found:
            raise InputError(
                f"never differs from the right formula on {where}",
                place=entry.id,
                remedy="a mistake that changes nothing cannot be told from a right answer: change the formula",
            )
        raise InputError(
            f"gives no finite number on {where}",
            place=entry.id,
            remedy="look for a division by 0 or the ln of a negative number",
        )


def _outcomes(entry: Misconception, derivation: Derivation, truth: tuple[Array, ...]) -> Iterator[str]:
    if entry.role == "update" and derivation.layout.quantity != "updated":
        return
    for position, step in enumerate(derivation.steps):
        if step.kind not in entry.kinds or step.formula is None:
            continue
        for formula in entry.mistaken(Site(derivation, step)):
            value = np.broadcast_to(derivation.program(formula).values(truth), np.shape(truth[position]))
            finite = np.isfinite(value)
            if not finite.any():
                yield "undefined"
            elif np.allclose(value[finite], truth[position][finite], rtol=_NEAR, atol=_NEAR):
                yield "same"
            else:
                yield "differs"


@lru_cache(maxsize=1)
def _shipped() -> tuple[Ground, ...]:
    return tuple(ground for name in recipe_names() for ground in _grounds(load_recipe(name)))


def _grounds(recipe: Recipe) -> list[Ground]:
    # Drawing certifies, and certifying tries the catalogue, which this module belongs to.
    from question_bank.draws import candidate_givens, raw_words, word_count

    grounds: list[Ground] = []
    quantity: Literal["gradient", "updated"] = "gradient" if recipe.ranges.learning_rate is None else "updated"
    for parameter in _some(recipe.parameters()):
        derivation = recipe.derivation(parameter, quantity)
        words = raw_words(parameter.encode(), 0, DRAWS, word_count(recipe))
        grounds.append((derivation, tuple(value_columns(derivation, candidate_givens(recipe, derivation, words)))))
    return grounds


def _some(parameters: Sequence[str]) -> list[str]:
    """The first and the last of each letter and layer, and those one in from them: not only a matrix's diagonal."""
    groups: dict[str, list[str]] = {}
    for parameter in parameters:
        groups.setdefault(parameter.split("_")[0], []).append(parameter)
    return [key for group in groups.values() for key in dict.fromkeys((*group[:2], *group[-2:]))]
