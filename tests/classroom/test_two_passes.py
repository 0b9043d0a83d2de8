"""A neuron updated twice: who leaves the same term out of the sum in both passes has one mistake, worked by hand."""

from __future__ import annotations

import pytest

from grader.marking.questions_as_arrays import mark_questions
from question_bank.questions.draws import draw
from question_bank.questions.question import Question
from question_bank.questions.recipe import load_recipe


def neuron(key: bytes) -> Question:
    recipe = load_recipe("neuron-two-steps")
    (question,) = draw(recipe, [key], quantity=recipe.usually_asked)
    return question


@pytest.mark.parametrize("left_out", ["w1_11", "w1_12", "b1_1"])
@pytest.mark.parametrize("key", [b"a", b"b", b"c"])
def test_a_term_left_out_of_the_sum_in_both_passes_costs_the_sums_and_no_more(key: bytes, left_out: str) -> None:
    question = neuron(key)
    given = question.value
    inputs = {"w1_11": given("x_1"), "w1_12": given("x_2"), "b1_1": 1.0}
    own = {name: given(name) for name in inputs}
    paper: dict[str, float] = {}
    for step, before, after in ((1, "", "@1"), (2, "@1", "@2")):
        output = sum(own[name] * inputs[name] for name in inputs if name != left_out)
        slope = output - given("y_1")
        paper |= {f"a1_1@{step}": output, f"yhat_1@{step}": output, f"dL@{step}/dyhat_1@{step}": slope}
        for name, entered in inputs.items():
            paper[f"{name}{before}.gradient"] = slope * entered
            own[name] -= given("eta") * slope * entered
            paper[f"{name}{after}"] = own[name]
    names = [slot.name for slot in question.slots]
    marked = mark_questions([question], [[repr(paper[name]) for name in names]])
    lost = {name for name, most, paid in zip(names, marked.worth[0], marked.ticks[0], strict=True) if paid < most}
    assert lost <= {"yhat_1@1", "a1_1@2"}


def test_invented_sums_are_no_such_mistake() -> None:
    question = neuron(b"a")
    names = [slot.name for slot in question.slots]
    invented = {"yhat_1@1": "17.31", "a1_1@2": "-23.9", "yhat_1@2": "-23.9"}
    marked = mark_questions([question], [[invented.get(name, "") for name in names]])
    assert marked.ticks.sum() == 0
