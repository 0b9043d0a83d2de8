"""On certified questions of every recipe no honest student is marked wrong, not even whom rounding never favours."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest

from question_bank.derivations.layout import Quantity
from question_bank.expressions.precision import RECORDED_ROLES
from question_bank.networks.dense import Dense
from question_bank.questions.asked import ANY
from question_bank.questions.draws import draw
from question_bank.questions.question import Question
from question_bank.questions.recipe import Recipe, load_recipe, recipe_names
from question_bank.questions.switches import switched
from tests.honest_students import FreeStudents, Step, Students, UnluckyStudents
from tests.oracle import Network
from tests.recipes import of, recipes

QUESTIONS = 5
STUDENTS = 2000
FORM = "update.form"
SOME = {"low": 0.1, "high": 0.9, "decimals": 2}


def _is_rounded(recipe: Recipe) -> bool:
    by_paths = recipe.working in (None, "paths")
    by_paths &= recipe.ask != "error"
    return isinstance(recipe.model, Dense) and recipe.asked == ANY and recipe.calculator and by_paths


each_recipe = pytest.mark.parametrize("name", recipes(_is_rounded))
"""By paths, of a dense network; students of a circuit are in test_circuits_on_recipes, of convolutions in
test_convolution_recipes, exact numbers in test_exact, errors to be found in test_error, the rest in test_tables and
test_layouts."""


def network(recipe: Recipe) -> Network:
    a = recipe.network.model
    return Network(a.sizes, a.activations, a.loss, a.softmax, a.biases, a.combined)


def asked(recipe: Recipe) -> dict[str, str]:
    scratch = {} if recipe.scratch is None else {"scratch": f"{recipe.scratch}d"}
    return {role: str(recipe.places.of(role)) for role in RECORDED_ROLES} | scratch


def step(recipe: Recipe) -> Step:
    update = recipe.chosen_update
    return Step(update.rule, update.form, update.step, update.again, update.decays)


@cache
def drawn(name: str) -> list[Question]:
    recipe = load_recipe(name)
    quantity: Quantity = recipe.usually_asked if recipe.ranges.learning_rate is None else "updated"
    return draw(recipe, [b"honest %d" % n for n in range(QUESTIONS)], quantity=quantity)


def work(students: Students, question: Question) -> Students:
    derivation = question.derivation
    students.one_box = derivation.layout.one_box
    givens = {given.key: question.value(given) for given in derivation.givens}
    if derivation.is_forward:
        students.work_forward(givens)
    elif derivation.is_local:
        students.work_local(givens, derivation.parameter.key, derivation.layout.exact_first)
    else:
        students.work(givens, derivation.parameter.key, derivation.layout.exact_first)
    assert set(students.boxes) == {slot.name for slot in question.slots}
    return students


def outside(question: Question, students: Students) -> list[str]:
    """Slots where some record lies outside the honest range by more than a millionth of a unit."""
    found = []
    for slot in question.slots:
        low, high = question.range(slot.step)
        places = students.asked[question.derivation.step(slot.step).role]
        unit = 10.0 ** -int(places[:-1])
        if places.endswith("s"):
            unit *= 10.0 ** (1 + int(f"{question.value(slot.step):e}".partition("e")[2]))
        written = students.boxes[slot.name]
        if ((written < low - 1e-6 * unit) | (written > high + 1e-6 * unit)).any():
            found.append(slot.name)
    return found


@each_recipe
def test_no_honest_student_leaves_the_ranges_of_a_certified_question(name: str) -> None:
    recipe, rng = load_recipe(name), np.random.default_rng(list(name.encode()))
    for question in drawn(name):
        students = work(
            Students(network(recipe), asked(recipe), recipe.truncation, STUDENTS, rng, step=step(recipe)), question
        )
        assert outside(question, students) == []


@each_recipe
def test_nor_does_one_who_takes_any_equal_way(name: str) -> None:
    recipe, rng = load_recipe(name), np.random.default_rng(list(name.encode()))
    for question in drawn(name):
        students = work(
            FreeStudents(network(recipe), asked(recipe), recipe.truncation, STUDENTS, rng, step=step(recipe)), question
        )
        assert outside(question, students) == []


@each_recipe
def test_nor_does_one_whose_every_record_lies_as_far_off_as_may_be(name: str) -> None:
    rng = np.random.default_rng(list(name.encode()))
    for question in drawn(name):
        assert outside(question, work(unlucky(load_recipe(name), rng), question)) == []


FORMS = [
    of(name, form)
    for name, recipe in ((name, load_recipe(name)) for name in recipe_names())
    if _is_rounded(recipe)
    for form in recipe.switches.get(FORM, ())
]


@pytest.mark.parametrize(("name", "form"), FORMS)
def test_nor_in_another_form_of_an_update(name: str, form: str) -> None:
    recipe, rng = switched(load_recipe(name), FORM, form), np.random.default_rng(list(name.encode()))
    for question in draw(recipe, [b"honest %d" % n for n in range(QUESTIONS)], quantity="updated"):
        assert outside(question, work(unlucky(recipe, rng), question)) == []


@pytest.mark.parametrize(
    "update",
    [
        {
            "rule": "momentum",
            "form": "averaged",
            "step": 2,
            "beta": 0.8,
            "v": {"low": -0.9, "high": 0.9, "decimals": 2},
        },
        {"rule": "rmsprop", "form": "outside", "step": 2, "beta": 0.8, "v": {"low": 0.1, "high": 0.9, "decimals": 2}},
        {"rule": "rmsprop", "form": "inside", "epsilon": 0.1, "step": 2, "v": {"low": 0.1, "high": 0.9, "decimals": 2}},
        {"rule": "plain", "weight_decay": {"low": 0.1, "high": 0.5, "decimals": 1}},
    ],
    ids=lambda update: f"{update['rule']} {update.get('form', '')}",
)
def test_nor_with_a_rule_that_no_recipe_has(update: dict[str, object]) -> None:
    recipe = switched(load_recipe("neuron-momentum"), "update", update)
    rng = np.random.default_rng(7)
    for question in draw(recipe, [b"honest %d" % n for n in range(QUESTIONS)], quantity="updated"):
        assert outside(question, work(unlucky(recipe, rng), question)) == []


def unlucky(recipe: Recipe, rng: np.random.Generator) -> UnluckyStudents:
    # More rows than anybody writes numbers: each student has a direction of bad luck for every record.
    luck = rng.choice([-1.0, 1.0], (200, STUDENTS))
    return UnluckyStudents(
        network(recipe), asked(recipe), recipe.truncation, STUDENTS, rng, step=step(recipe), luck=luck
    )
