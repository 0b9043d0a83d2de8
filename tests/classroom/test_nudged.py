"""A derivative from a little more and a little less: what mistakes at the ends of it cost, worked by hand."""

from __future__ import annotations

import math

import pytest

from grader.marking.questions_as_arrays import mark_questions
from question_bank.questions.draws import draw
from question_bank.questions.question import Question
from question_bank.questions.recipe import load_recipe


def question(name: str, key: bytes) -> Question:
    recipe = load_recipe(name)
    (found,) = draw(recipe, [key], quantity=recipe.usually_asked)
    return found


def lost(one: Question, paper: dict[str, str]) -> set[str]:
    """The boxes that are not paid in full."""
    marked = mark_questions([one], [[paper[slot.name] for slot in one.slots]])
    names = (slot.name for slot in one.slots)
    return {name for name, most, paid in zip(names, marked.worth[0], marked.ticks[0], strict=True) if paid < most}


@pytest.mark.parametrize("turned", ["w1_11", "w1_12"])
@pytest.mark.parametrize("key", [b"a", b"b", b"c"])
def test_a_weights_sign_misread_costs_the_numbers_that_it_goes_into(turned: str, key: bytes) -> None:
    """It goes into the output and into both of the losses that are worked again."""
    one = question("nudge", key)
    parameter = one.derivation.parameter.key
    given = {each.key: one.value(each) for each in one.derivation.givens}
    given[turned] = -given[turned]
    inputs = {"w1_11": given["x_1"], "w1_12": given["x_2"], "b1_1": 1.0}

    def output(more: float) -> float:
        numbers = {name: given[name] + (more if name == parameter else 0.0) for name in inputs}
        return 1 / (1 + math.exp(-sum(numbers[name] * inputs[name] for name in inputs)))

    yhat = output(0.0)
    ends = {
        name: (output(sign * given["epsilon"]) - given["y_1"]) ** 2 / 2
        for name, sign in (("raised", 1), ("lowered", -1))
    }
    error, slope = yhat - given["y_1"], yhat * (1 - yhat)
    paper = {"yhat_1": yhat, "path_1.dL/dyhat_1": error, "path_1.dyhat_1/da1_1": slope, **ends}
    paper["gradient"] = error * slope * inputs[parameter]
    paper["quotient"] = (ends["raised"] - ends["lowered"]) / (2 * given["epsilon"])
    copied = next(slot.name for slot in one.slots if slot.name not in paper)
    paper[copied] = inputs[parameter]
    assert lost(one, {name: repr(value) for name, value in paper.items()}) <= {"yhat_1", "raised", "lowered"}


def test_a_difference_of_two_wrong_ends_is_paid_where_all_else_was_worked() -> None:
    one = question("nudge-circuit", b"a")
    paper = {slot.name: one.printed(slot.step) for slot in one.slots}
    ends = {"raised": 1.23 * one.value("raised") + 0.29, "lowered": 0.71 * one.value("lowered") - 0.13}
    difference = (ends["raised"] - ends["lowered"]) / (2 * one.value("epsilon"))
    paper |= {name: repr(value) for name, value in {**ends, "quotient": difference}.items()}
    assert lost(one, paper) == {"raised", "lowered"}


def test_a_difference_alone_of_two_invented_ends_is_not_paid() -> None:
    one = question("nudge-circuit", b"a")
    difference = (0.81 - 0.37) / (2 * one.value("epsilon"))
    paper = dict.fromkeys((slot.name for slot in one.slots), "")
    paper |= {"raised": "0.81", "lowered": "0.37", "quotient": repr(difference)}
    assert lost(one, paper) == set(paper)
