"""Whether an entry can be told from the right formula: on random draws of the recipes, before any mark is given."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

import numpy as np

from question_bank.derivations.derivation import Derivation
from question_bank.derivations.evaluate import value_columns
from question_bank.derivations.layout import Quantity
from question_bank.errors import InputError
from question_bank.expressions.expression import Expression
from question_bank.expressions.precision import Array
from question_bank.misconceptions.entry import Misconception, Site, sites
from question_bank.questions.asked import Asked
from question_bank.questions.candidates import candidate_givens, raw_words, word_count
from question_bank.questions.recipe import Recipe, load_recipe, recipe_names

DRAWS = 64
_NEAR = 1e-9

Ground = tuple[Derivation, tuple[Array, ...]]
"""A derivation and what random draws give at its steps: columns of (draws,)."""


def check_differs(entries: Sequence[Misconception], recipes: Sequence[Recipe] = ()) -> None:
    """Raise InputError for an entry that strikes nowhere, or that never differs from the right formula.

    Tried on the recipes that come with gradpath and on these: up to a few parameters of each layer, on 64 draws.
    """
    grounds = _all_grounds(recipes)
    for entry in entries:
        found = {strike.outcome for strike in _strikes(entry, grounds)}
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


def same_as(entry: Misconception, others: Sequence[Misconception], recipes: Sequence[Recipe] = ()) -> tuple[str, ...]:
    """Ids of the others that give the same numbers wherever the entry shows: marking names them together.

    >>> from question_bank.misconceptions import CATALOGUE, by_id
    >>> same_as(by_id(CATALOGUE)["weight_forgotten"], CATALOGUE)
    ('weight_forgotten',)
    """
    remaining = [other for other in others if set(entry.kinds) <= set(other.kinds)]
    for strike in _strikes(entry, _all_grounds(recipes)):
        if strike.outcome == "differs":
            remaining = [other for other in remaining if any(strike.equals(one) for one in other.mistaken(strike.site))]
    return tuple(other.id for other in remaining)


@dataclass(frozen=True, slots=True, eq=False)
class _Strike:
    """An entry's formula at one site; `columns` are the right values of all steps of the derivation, each (draws,)."""

    derivation: Derivation
    site: Site
    columns: Sequence[Array]
    formula: Expression

    def value(self, formula: Expression) -> Array:
        program = self.derivation.program(self.derivation.over_printed(formula))
        return np.broadcast_to(program.values(self.columns), np.shape(self.columns[0]))

    def equals(self, other: Expression) -> bool:
        return _close(self.value(self.formula), self.value(other))

    @property
    def outcome(self) -> Literal["undefined", "same", "differs"]:
        value, right = self.value(self.formula), self.columns[self.derivation.index[self.site.step.name]]
        finite = np.isfinite(value)
        if not finite.any():
            return "undefined"
        return "same" if _close(value[finite], right[finite]) else "differs"


def _strikes(entry: Misconception, grounds: Sequence[Ground]) -> Iterator[_Strike]:
    for derivation, columns in grounds:
        if entry.role == "update" and derivation.layout.quantity not in ("updated", "quotient", "error"):
            continue
        for site in sites(derivation, entry.kinds):
            for formula in entry.mistaken(site):
                yield _Strike(derivation, site, columns, formula)


def _close(one: Array, other: Array) -> bool:
    return bool(np.allclose(one, other, rtol=_NEAR, atol=_NEAR, equal_nan=True))


def _all_grounds(recipes: Sequence[Recipe]) -> list[Ground]:
    return [*_shipped(), *(ground for recipe in recipes for ground in _grounds(recipe))]


@lru_cache(maxsize=1)
def _shipped() -> tuple[Ground, ...]:
    return tuple(ground for name in recipe_names() for ground in _grounds(load_recipe(name)))


def _grounds(recipe: Recipe) -> list[Ground]:
    grounds: list[Ground] = []
    quantity: Quantity = recipe.usually_asked if recipe.ranges.learning_rate is None else "updated"
    for asked in _some(recipe.choices()):
        derivation = recipe.derivation(asked, quantity)
        words = raw_words(asked[0].key.encode(), 0, DRAWS, word_count(recipe, derivation))
        grounds.append((derivation, tuple(value_columns(derivation, candidate_givens(recipe, derivation, words)))))
    return grounds


def _some(choices: Sequence[Asked]) -> list[Asked]:
    """The first and the last of each letter and layer, and those one in from them: not only a matrix's diagonal."""
    groups: dict[tuple[str, int | None], list[Asked]] = {}
    for asked in choices:
        groups.setdefault(asked[0].family, []).append(asked)
    return [each for group in groups.values() for each in dict.fromkeys((*group[:2], *group[-2:]))]
