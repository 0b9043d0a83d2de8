"""Mistakes that students make are named on certified questions, whoever's numbers they are.

Each is worked here in plain floats from the values that the sheet holds.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from functools import lru_cache

import pytest

from grader.marking import Verdict, mark
from question_bank.derivations.layout import Quantity
from question_bank.questions.draws import draw
from question_bank.questions.question import Question
from question_bank.questions.recipe import load_recipe

Values = Mapping[str, float]
QUESTIONS = 24


def sigmoid_slope(a: float) -> float:
    return math.exp(-a) / (1 + math.exp(-a)) ** 2


@lru_cache(maxsize=8)
def questions(recipe: str, parameter: str, quantity: Quantity) -> list[Question]:
    keys = [b"named %d" % number for number in range(QUESTIONS)]
    return draw(load_recipe(recipe), keys, parameter=parameter, quantity=quantity)


def updated_uphill(v: Values) -> float:
    return v["eta"] * v["gradient"]


MISTAKES: list[tuple[str, str, Quantity, str, Callable[[Values], float], str]] = [
    ("two-paths", "w1_31", "updated", "updated", updated_uphill, "update_gradient_only"),
    ("two-paths", "w1_31", "updated", "dL/dyhat_1", lambda v: 1.0, "loss_forgotten"),
    (
        "two-paths",
        "w1_31",
        "updated",
        "dL/dyhat_1",
        lambda v: (v["yhat_1"] - v["y_1"]) * (1 - v["yhat_1"] + v["y_1"]),
        "loss_slope_of_error",
    ),
    ("two-paths", "w1_31", "updated", "dh1_3/da1_3", lambda v: sigmoid_slope(v["h1_3"]), "slope_at_output"),
    ("softmax", "w2_12", "gradient", "dL/dyhat", lambda v: 1.0, "loss_forgotten"),
    ("softmax", "w2_12", "gradient", "difference", lambda v: 0.0, "loss_difference"),
    ("softmax", "w2_12", "gradient", "diagonal", lambda v: 0.0, "slope_of_preactivation"),
    ("softmax", "w2_12", "gradient", "cross", lambda v: 0.0, "softmax_cross_as_own"),
]


def struck(question: Question, where: str, wrong: Callable[[Values], float]) -> tuple[str, float]:
    """The slot of the mistake, and its number; softmax's places are found by what stands in them."""
    values = {step.key: question.value(step.key) for step in question.derivation.steps}
    for slot in question.slots:
        step = slot.step.key
        if step == where:
            return slot.name, wrong(values)
        if where == "dL/dyhat" and step.startswith("dL/dyhat") and values[step]:
            return slot.name, wrong(values)
        if where == "difference" and step.startswith("dL/dyhat") and values[step]:
            unit = step.split("_")[1]
            return slot.name, values[f"y_{unit}"] - values[f"yhat_{unit}"]
        if where in ("diagonal", "cross") and step.startswith("dyhat"):
            above, below = (part.split("_")[1] for part in step.split("/"))
            a, own = values[f"a{step.split('/da')[1]}"], values[f"yhat_{above}"]
            if where == "diagonal" and above == below:
                return slot.name, a * (1 - a)
            if where == "cross" and above != below:
                return slot.name, own * (1 - own)
    raise AssertionError(where)


@pytest.mark.parametrize(
    ("recipe", "parameter", "quantity", "where", "wrong", "name"),
    MISTAKES,
    ids=[f"{name} on {recipe}" for recipe, *_, name in MISTAKES],
)
def test_a_mistake_is_named_on_certified_questions(
    recipe: str, parameter: str, quantity: Quantity, where: str, wrong: Callable[[Values], float], name: str
) -> None:
    named = 0
    for question in questions(recipe, parameter, quantity):
        slot, value = struck(question, where, wrong)
        paper = {each.name: question.printed(each.step) for each in question.slots}
        found = mark(question, paper | {slot: f"{value:.6f}"}, only=[slot]).slots[0]
        named += found.verdict is Verdict.MISCONCEPTION and name in found.causes
    assert named >= 0.99 * QUESTIONS


def test_the_preactivation_in_the_exponentials_box_is_named() -> None:
    """The shipped softmax recipe prints the forward pass; here it is asked for."""
    shipped = load_recipe("softmax")
    band = shipped.difficulty.model_copy(update={"score": (0.0, 1.0)})
    recipe = shipped.model_copy(update={"forward": "asked", "difficulty": band})
    asked = draw(recipe, [b"exponential %d" % number for number in range(QUESTIONS)], parameter="w2_12")
    named = 0
    for question in asked:
        paper = {slot.name: question.printed(slot.step) for slot in question.slots}
        found = mark(question, paper | {"e2_1": f"{question.value('a2_1'):.4f}"}, only=["e2_1"]).slots[0]
        named += found.verdict is Verdict.MISCONCEPTION and "softmax_exponential_left_out" in found.causes
    assert named >= 0.99 * QUESTIONS
