"""How likely it is that of a class of 1,000 two students get the same question, for every recipe: a birthday problem.

python -m benchmarks.equal_sheets [RECIPE...]

Of a number of draws of givens it is counted how many certify. Each set of numbers is as likely as the next, so that two
certified draws are equal with one over as many sets as certify. What is handed out is the clearest of up to four, which
makes no question more than four times as likely: that is the chance stated. Beside it stand the equal pairs that are
found among the certified draws, and how many are expected.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from math import comb, exp, perm

import numpy as np

from question_bank.networks.model import givens_of
from question_bank.questions.candidates import candidate_givens, raw_words, word_count
from question_bank.questions.certification import certify_batch
from question_bank.questions.draws import CHOICES
from question_bank.questions.recipe import Recipe, load_recipe, recipe_names

DRAWS = 200_000
CLASS = 1_000
_BATCH = 10_000


@dataclass(frozen=True, slots=True)
class Estimate:
    """Certified draws, equal pairs among them and the number expected; the chance that a class has an equal pair."""

    certified: int
    equal_pairs: int
    expected_pairs: float
    chance: float


def estimate(recipe: Recipe, draws: int, students: int = CLASS) -> Estimate:
    """For a class of so many who are all asked for the same parameter."""
    derivation = recipe.derivation(recipe.choices()[0], recipe.least_asked)
    kept = []
    for first in range(0, draws, _BATCH):
        words = raw_words(b"equal sheets", first, min(_BATCH, draws - first), word_count(recipe, derivation))
        givens = candidate_givens(recipe, derivation, words)
        result = certify_batch(derivation, givens, recipe.places, recipe.fairness, recipe.difficulty)
        kept.append(np.stack([column[result.rows] for column in givens], axis=1))
    rows = np.concatenate(kept)
    if not len(rows):
        raise ValueError(f"none of {draws:,} draws certifies")
    counts = np.unique(rows, axis=0, return_counts=True)[1].tolist()
    certify = sets_of_numbers(recipe) * len(rows) / draws
    return Estimate(
        len(rows),
        sum(comb(count, 2) for count in counts),
        comb(len(rows), 2) / certify,
        1.0 - exp(-CHOICES * comb(students, 2) / certify),
    )


def sets_of_numbers(recipe: Recipe) -> float:
    """How many sets of inputs, parameters and targets a recipe draws from."""
    distinct, count = recipe.distinct_inputs(), 1.0
    if distinct and (grid := recipe.grid_of(distinct[0])) is not None:
        count *= perm(len(grid.steps()), len(distinct))
    for given in recipe.model.givens():
        if given not in distinct and (grid := recipe.grid_of(given)) is not None:
            count *= len(grid.steps())
    targets = givens_of(recipe.model, "targets")
    # Of targets without a grid one is 1.
    return count * (len(targets) if targets and recipe.grid_of(targets[0]) is None else 1)


if __name__ == "__main__":
    for name in sys.argv[1:] or recipe_names():
        found = estimate(load_recipe(name), DRAWS)
        print(
            f"{name:16} {found.certified:>8,} certified, {found.equal_pairs:>3} equal pairs "
            f"({found.expected_pairs:.2g} expected): at most {found.chance:.2g} for {CLASS:,} students",
            flush=True,
        )
