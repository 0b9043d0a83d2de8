"""What people hand in who did not work: a neighbour's numbers, or numbers from nowhere, carried on with care."""

from __future__ import annotations

import random
from collections.abc import Mapping

import numpy as np

from question_bank.expressions.names import Name
from question_bank.expressions.precision import Array
from question_bank.questions.question import Question


def neighbours_givens(
    question: Question, neighbour: Question | None, rng: random.Random
) -> Mapping[Name, float] | None:
    """A whole sheet is a neighbour's: worked from all of the neighbour's givens."""
    if neighbour is None:
        return None
    theirs: dict[Name, float] = {given: neighbour.value(given) for given in question.derivation.givens}
    return theirs if any(value != question.value(given) for given, value in theirs.items()) else None


def neighbours_numbers(question: Question, neighbour: Question | None, rng: random.Random) -> Array | None:
    """The neighbour's forward values, slopes and derivatives of the loss, to put own weights beside."""
    return neighbour.values if neighbour else None


def invented_numbers(question: Question, neighbour: Question | None, rng: random.Random) -> Array | None:
    """A number from nowhere for every step, of a size that is to be believed."""
    sizes = np.array([rng.uniform(0.05, 0.95) for _ in question.derivation.steps])
    if question.precision.exact:
        sizes = np.ceil(40 * sizes) / 4
    signed = ("preactivation", "operation", "loss", "output_error", "product_part", "quotient_part")
    signs = [rng.choice((-1.0, 1.0)) if step.kind in signed else 1.0 for step in question.derivation.steps]
    numbers: Array = sizes * np.array(signs)
    return numbers
