"""What is said of a recipe after a thousand draws is what drawing, counting and marking come to."""

import math
from itertools import pairwise

import numpy as np
import pytest

from question_bank.misconceptions.mistakes import mistakes
from question_bank.questions.draws import CHOICES, draw
from question_bank.questions.recipe import Recipe, load_recipe
from question_bank.questions.switches import switched
from question_bank.questions.trial import forms_of, told_apart, try_out


def sets_of_numbers(name: str) -> float:
    """How many sets of numbers these recipes draw from, counted by hand from their files: each is as likely."""
    signed = {"0.9/1": 18, "0.99/2": 198}
    return {
        # w1, w2 of 198 values, x of 80, y of 201
        "chain": signed["0.99/2"] ** 2 * 80 * 201,
        # six weights of 18 values; two different inputs of 8; y is 0 or 1
        "first": signed["0.9/1"] ** 6 * 8 * 7 * 2,
        # two weights of 198, b of 18, two different inputs of 80, y is 0 or 1
        "logistic-neuron": signed["0.99/2"] ** 2 * 18 * 80 * 79 * 2,
        # ten weights of 18, two different inputs of 6, one of three classes
        "softmax-combined": signed["0.9/1"] ** 10 * 6 * 5 * 3,
    }[name]


@pytest.mark.parametrize("name", ["chain", "first", "logistic-neuron", "softmax-combined"])
def test_how_likely_equal_sheets_are_is_counted_from_the_draws(name: str) -> None:
    recipe = load_recipe(name)
    trial = try_out(recipe, 1000)
    sets = sets_of_numbers(name)
    assert trial.same_numbers == pytest.approx(1 / sets, rel=0.1)
    for students in (30, 1000):
        pairs = students * (students - 1) / 2
        most = -math.expm1(-CHOICES * pairs * trial.tried / trial.certified / sets)
        assert trial.chance_of_equal_sheets(students) == pytest.approx(most, rel=0.1)
    assert trial.chance_of_equal_sheets(1) == 0


def test_every_draw_is_used_or_rejected_once_and_the_used_ones_lie_in_the_band() -> None:
    recipe = load_recipe("two-paths-given")
    told: list[int] = []
    trial = try_out(recipe, 500, told.append)
    assert trial.certified >= 500
    assert sum(told) == 500
    assert trial.tried == trial.certified + sum(trial.rejections.values())
    low, high = recipe.difficulty.score
    assert low <= trial.difficulty.min() <= trial.difficulty.max() <= high
    assert trial.open_difficulty.min() < low
    assert trial.open_difficulty.max() > high
    drawn = draw(recipe, [b"%d" % n for n in range(200)], forms="same")
    scores = [float(str((one.certificate or {})["difficulty"])) for one in drawn]
    assert np.median(scores) == pytest.approx(np.median(trial.difficulty), abs=0.02)


def test_a_recipe_that_nothing_passes_is_tried_to_the_end() -> None:
    recipe = switched(load_recipe("first"), "precision", {"forward": "1d"})
    recipe = switched(recipe, "ranges.W", {"low": 0.1, "high": 0.9})
    trial = try_out(recipe, 10)
    assert (trial.certified, trial.chance_of_equal_sheets(1000)) == (0, 0.0)
    assert trial.tried >= 100_000
    assert len(trial.open_difficulty) == 0


@pytest.mark.parametrize("name", ["two-paths", "softmax", "first"])
def test_mistakes_that_are_alike_give_one_number_and_the_others_do_not(name: str) -> None:
    """At the answer, on random numbers, each mistake once made everywhere."""
    recipe = load_recipe(name)
    derivation = recipe.derivation(recipe.alike()[0], "gradient")
    apart = told_apart(derivation)
    every = {mistake.misconception for mistake in mistakes(derivation)}
    shared = {name for some in apart.alike for name in some}
    assert {*apart.alone} == every - shared
    assert all(len(some) > 1 for some in (*apart.alike, *apart.alike_at_answer))
    by_name: dict[str, list[np.ndarray]] = {}
    (answer,) = derivation.answers_at
    for mistake in mistakes(derivation):
        if answer in mistake.effect:
            by_name.setdefault(mistake.misconception, []).append(mistake.effect[answer])
    for one, other in (pair for some in apart.alike_at_answer for pair in pairwise(some)):
        assert any(np.allclose(a, b, rtol=1e-9, atol=1e-12) for a in by_name[one] for b in by_name[other])
    assert {*apart.hidden} <= every


def test_of_two_paths_an_average_and_a_forgotten_2_are_the_same_answer() -> None:
    """Half the gradient is (P1 + P2)/2 as well as the sum without the loss's factor 2: any number of the box apart."""
    recipe = load_recipe("two-paths")
    apart = told_apart(recipe.derivation("w1_11", "gradient"))
    assert ("averaged_paths", "loss_two_forgotten") in apart.alike_at_answer
    assert {"averaged_paths", "loss_two_forgotten"} <= {*apart.alone}


def test_forms_of_work_hold_every_parameter_once_the_equal_ones_first() -> None:
    recipe: Recipe = load_recipe("two-paths")
    forms = forms_of(recipe)
    assert [(form.boxes, form.paths, len(form.parameters)) for form in forms] == [(21, 2, 16), (17, 2, 1)]
    assert list(forms[0].parameters) == recipe.alike()
    every = [parameter for form in forms for parameter in form.parameters]
    assert sorted(each.key for each in every) == sorted(each.key for each in recipe.parameters())
