"""Certified questions about convolutions: no honest student is marked wrong, exact numbers are Python's fractions."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from fractions import Fraction
from itertools import product
from typing import Any

import numpy as np
import pytest

from question_bank.networks.convolution import Convolution
from question_bank.questions.draws import draw
from question_bank.questions.question import Question
from question_bank.questions.recipe import load_recipe, recipe_names

CONVOLUTIONS = [name for name in recipe_names() if isinstance(load_recipe(name).model, Convolution)]
EXACT = [name for name in CONVOLUTIONS if not load_recipe(name).calculator and not load_recipe(name).is_forward]
STUDENTS = 500
Place = tuple[int, ...]


def entries(question: Question, letter: str) -> dict[Place, Fraction]:
    return {
        given.index: Fraction(question.printed(given)) for given in question.derivation.givens if given.letter == letter
    }


def corners(at: Place, stride: Place, padding: int = 0) -> Place:
    return tuple(step * (n - 1) - padding for n, step in zip(at, stride, strict=True))


def under(corner: Place, window: Place) -> Iterator[tuple[Place, Place]]:
    """Places within a window, from 1, each with the place that lies under it."""
    for inside in product(*(range(1, long + 1) for long in window)):
        yield inside, tuple(first + n for first, n in zip(corner, inside, strict=True))


def loss(model: Convolution, numbers: Mapping[str, Mapping[Place, Fraction]]) -> Fraction:
    """The sum of the last map's entries times what is given for them: a loss that has these derivatives."""
    kernel, zero = model.kernel, Fraction(0)
    x, k, g = (numbers[letter] for letter in "xkg")
    # With several channels the first of the indices is the channel's.
    channels: list[Place] = [()] if model.channels == 1 else [(c,) for c in range(1, model.channels + 1)]
    z = x
    if kernel:
        stride = (model.stride,) * len(kernel)
        z = {
            at: sum(
                (
                    k[(*c, *m)] * x.get((*c, *n), zero)
                    for c in channels
                    for m, n in under(corners(at, stride, model.padding), kernel)
                ),
                numbers["b"].get((), zero),
            )
            for at in product(*(range(1, along + 1) for along in model.map_shape))
        }
    if model.pooling:
        stride = model.window if model.pooling_stride is None else (model.pooling_stride,) * len(model.window)
        windows = {at: [z[n] for _, n in under(corners(at, stride), model.window)] for at in g}
        z = {at: max(some) if model.pooling == "max" else sum(some, zero) / len(some) for at, some in windows.items()}
    return sum((g[at] * z[at] for at in g), zero)


@pytest.mark.parametrize("name", EXACT)
def test_exact_derivatives_are_differences_of_fractions(name: str) -> None:
    """The loss is linear in every entry as long as no other one becomes the largest, which a thousandth does not do."""
    recipe = load_recipe(name)
    model = recipe.model
    assert isinstance(model, Convolution)
    for question in draw(recipe, [b"%d" % n for n in range(20)]):
        numbers = {letter: entries(question, letter) for letter in "xkbg"}
        before, little = loss(model, numbers), Fraction(1, 1000)
        for value in question.derivation.asked:
            some = numbers[value.letter]
            moved = {**some, value.index: some[value.index] + little}
            after = loss(model, {**numbers, value.letter: moved})
            written = question.printed(question.derivation.gradient_of(value))
            assert Fraction(written) == (after - before) / little


def test_a_forward_pass_alone_is_worked_in_fractions() -> None:
    for question in draw(load_recipe("conv-forward"), [b"%d" % n for n in range(20)], quantity="forward"):
        x, k, bias = entries(question, "x"), entries(question, "k"), Fraction(question.printed("b"))
        written = {slot.step.key: Fraction(question.printed(slot.step)) for slot in question.slots}
        left = []
        for at in product((1, 2), repeat=2):
            z = bias + sum(k[m] * x[n] for m, n in under(corners(at, (1, 1)), (3, 3)))
            left.append(max(z, Fraction(0)))
            assert written.pop(f"z_{at[0]},{at[1]}") == z
            assert written.pop(f"h_{at[0]},{at[1]}") == left[-1]
        assert written == {"p_1,1": sum(left) / 4}


@pytest.mark.parametrize("name", CONVOLUTIONS)
def test_mistakes_are_told_apart_where_they_are_made(name: str) -> None:
    for question in draw(
        load_recipe(name), [b"apart %d" % n for n in range(4)], quantity=load_recipe(name).usually_asked
    ):
        certificate: dict[str, Any] = dict(question.certificate or {})
        assert certificate["nearest_units"] >= 1
        # Pairs that may be taken for each other, of some hundred mistakes.
        assert certificate["slot_collisions"] <= 2


def honest(question: Question, chance: np.random.Generator) -> dict[str, np.ndarray]:
    """What students write who round each box to what is asked, or to up to three places more, and go on from that."""
    derivation, written = question.derivation, {}
    more = chance.integers(0, 4, STUDENTS)

    def record(name: str, values: object) -> np.ndarray:
        places = int(str(question.places(name))[:-1]) + more
        written[name] = np.round(np.broadcast_to(np.asarray(values, float), STUDENTS) * 10.0**places) / 10.0**places
        return written[name]

    x, k, w = ([question.value(given) for given in derivation.givens if given.letter == letter] for letter in "xkw")
    asked = derivation.parameter
    z = [record(f"z_{n + 1}", sum(k[m] * x[n + m] for m in range(3)) + question.value("b")) for n in range(3)]
    h = [record(f"h_{n + 1}", np.tanh(z[n])) for n in range(3)]
    error = record("dL/dyhat", record("yhat", sum(w[n] * h[n] for n in range(3))) - question.value("y"))
    products = []
    for n in range(3):
        back = record(f"dyhat/dh_{n + 1}", w[n])
        slope = record(f"dh_{n + 1}/dz_{n + 1}", 1 - h[n] ** 2)
        own = record(f"dz_{n + 1}/d{asked.key}", x[n + asked.index[0] - 1] if asked.index else 1.0)
        products.append(record(f"path_{n + 1}.product", error * back * slope * own))
    record("updated", question.value(asked) - question.value("eta") * record("gradient", sum(products)))
    return written


@pytest.mark.parametrize("parameter", ["k_1", "k_3", "b"])
def test_no_honest_student_is_outside_what_is_accepted(parameter: str) -> None:
    chance = np.random.default_rng(7)
    recipe = load_recipe("conv-1d")
    for question in draw(recipe, [b"honest %d" % n for n in range(4)], parameter=parameter, quantity="updated"):
        written = honest(question, chance)
        assert {slot.step.key for slot in question.slots} == written.keys()
        for step, values in written.items():
            low, high = question.range(step)
            slack = 1e-9 * max(1.0, abs(low), abs(high))
            assert (low - slack <= values).all(), step
            assert (values <= high + slack).all(), step
