"""Drawing, solving and certifying, beside a hand-written NumPy floor of batched gradients."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from benchmarks.timing import Row, seconds, seconds_of_each
from question_bank.derivations.evaluate import value_columns
from question_bank.expressions.names import GRADIENT
from question_bank.misconceptions.mistakes import mistakes
from question_bank.questions.candidates import candidate_givens, raw_words, source_of, word_count
from question_bank.questions.certificate import Certified
from question_bank.questions.certification import certify_batch
from question_bank.questions.draws import draw
from question_bank.questions.recipe import load_recipe, recipe_names

BATCH = 16_384
STUDENTS = 2_000


def floor_gradient(W1, b1, W2, b2, x, y):
    """What a person would write for a batch of 4-4-2 sigmoid networks: the gradient of w1_31 alone."""
    h = 1 / (1 + np.exp(-(np.einsum("nij,nj->ni", W1, x) + b1[:, None])))
    yhat = 1 / (1 + np.exp(-(np.einsum("nij,nj->ni", W2, h) + b2[:, None])))
    delta = -2 * (y - yhat) * yhat * (1 - yhat)
    return np.einsum("nk,nk->n", delta, W2[:, :, 2]) * h[:, 2] * (1 - h[:, 2]) * x[:, 0]


def certified(name: str) -> Iterator[Row]:
    """How many draws of a recipe are tried and certified, of the question in the middle of those it asks."""
    recipe = load_recipe(name)
    choices = recipe.choices()
    source = source_of(recipe, recipe.derivation(choices[len(choices) // 2], recipe.usually_asked))
    givens = source.columns(raw_words(b"benchmark", 0, BATCH, source.words))

    def all_of_them() -> Certified:
        return certify_batch(source.derivation, givens, source.precision, *recipe.limits(source.derivation))

    passed, taken = len(all_of_them().rows), seconds(all_of_them, 1)
    yield Row(f"{name}: tried", BATCH / taken, "candidates/s", "-")
    share = f"{name}: certified, {100 * passed / BATCH:.2g} % of the draws"
    yield Row(share, passed / taken, "questions/s", ">= 50", None, passed / taken >= 50)


def rows() -> Iterator[Row]:
    recipe = load_recipe("two-paths")
    derivation = recipe.derivation("w1_31", "gradient")
    words = raw_words(b"benchmark", 0, BATCH, word_count(recipe, derivation))
    givens = candidate_givens(recipe, derivation, words)
    table = {name.key: column for name, column in zip(derivation.givens, givens, strict=True)}

    def matrix(layer: int, to: int, source: int) -> np.ndarray:
        return np.stack([table[f"w{layer}_{i + 1}{j + 1}"] for i in range(to) for j in range(source)], 1).reshape(
            -1, to, source
        )

    dense = (
        matrix(1, 4, 4),
        table["b1"],
        matrix(2, 2, 4),
        table["b2"],
        np.stack([table[f"x_{n}"] for n in range(1, 5)], 1),
        np.stack([table[f"y_{n}"] for n in range(1, 3)], 1),
    )
    gradient = value_columns(derivation, givens)[derivation.index[GRADIENT]]
    np.testing.assert_allclose(gradient, floor_gradient(*dense), rtol=1e-10)
    floor, solving = seconds_of_each([lambda: floor_gradient(*dense), lambda: value_columns(derivation, givens)])
    yield Row("floor: batched gradients by hand", BATCH / floor, "networks/s", "-", 1.0)
    yield Row(
        "solving, every step", BATCH / solving, "questions/s", "<= 4x floor", solving / floor, solving <= 4 * floor
    )

    def drawn() -> object:
        words = raw_words(b"benchmark", 0, BATCH, word_count(recipe, derivation))
        columns = candidate_givens(recipe, derivation, words)
        return certify_batch(derivation, columns, recipe.places, recipe.fairness, recipe.difficulty)

    passed = len(drawn().rows)
    taken = seconds(drawn)
    count = len(mistakes(derivation))
    yield Row(
        "drawing + solving + certifying",
        BATCH / taken,
        "candidates/s",
        ">= 100,000",
        taken / floor,
        BATCH / taken >= 1e5,
    )
    yield Row(
        f"the same, certified ({count} single mistakes)",
        passed / taken,
        "questions/s",
        ">= 50",
        None,
        passed / taken >= 50,
    )
    for name in recipe_names():
        yield from certified(name)
    keys = [b"%d" % n for n in range(STUDENTS)]
    taken = seconds(lambda: draw(recipe, keys, parameter="w1_31"), 3)
    yield Row("a certified question each for 2,000 students", STUDENTS / taken, "questions/s", "-")
