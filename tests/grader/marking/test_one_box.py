"""A single path's product is the gradient, and one box asks for it; what was handed out with two boxes keeps both."""

from __future__ import annotations

import json
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from grader.assignments.question_set import HandedQuestion
from grader.marking import Verdict
from grader.marking.marked_question import MarkedQuestion, mark
from grader.marking.typed_working import expand
from grader.rubrics.rubric import Rubric
from grader.rubrics.slot_marks import to_ticks
from question_bank.questions.draws import draw
from question_bank.questions.question import Question
from question_bank.questions.recipe import load_recipe
from question_bank.questions.rubric_part import RubricPart
from tests.recipes import recipes

BEFORE = json.loads((Path(__file__).parent / "two_boxes.json").read_text("utf-8"))["questions"]
"""Questions and marks as the version gave them that had a box for the product and one for the gradient."""


def one(name: str, quantity: str = "gradient") -> Question:
    return draw(load_recipe(name), [b"one box"], quantity=quantity)[0]  # type: ignore[arg-type]


def right(question: Question) -> dict[str, str]:
    return {slot.name: question.printed(slot.step) for slot in question.slots}


def verdicts(marked: MarkedQuestion) -> dict[str, str]:
    return {slot.slot: slot.verdict.word for slot in marked.slots}


def product_of(numbers: list[str]) -> float:
    found = 1.0
    for number in numbers:
        found *= float(Fraction(number))
    return found


@pytest.mark.parametrize("before", BEFORE, ids=lambda before: before["question"]["recipe"])
def test_what_was_handed_out_with_two_boxes_is_marked_as_it_was(before: dict[str, Any]) -> None:
    handed = HandedQuestion.model_validate(before["question"])
    assert "one_box" not in before["question"]["ask"]
    assert {"path_1.product", "gradient"} <= {*handed.slots.names}
    question = handed.solved()
    worth = [to_ticks(slot.marks) for slot in handed.slots]
    for sheet in before["sheets"]:
        marked = mark(question, sheet["responses"], worth=worth)
        assert [slot.verdict.word for slot in marked.slots] == sheet["verdicts"]
        assert [slot.ticks for slot in marked.slots] == sheet["ticks"]
        assert marked.unsupported.word == sheet["unsupported"]
    # It is kept as it came, and stays so when it is written again.
    assert "one_box" not in handed.model_dump(mode="json", exclude_none=True)["ask"]


@pytest.mark.parametrize("name", recipes(lambda recipe: recipe.difficulty.paths == (1, 1)))
def test_the_product_of_a_single_path_stands_in_one_box(name: str) -> None:
    question = one(name, load_recipe(name).usually_asked)
    if not question.derivation.paths:
        return
    column = [slot.name for slot in question.slots if slot.path == 1]
    assert column[-1] == "gradient"
    assert [slot for slot in question.slots if slot.name.endswith("product")] == []
    factors = [question.printed(slot.step) for slot in question.slots if slot.name in column[:-1]]
    low, high = question.range("gradient")
    unit = float(question.places("gradient").unit(question.values[question.derivation.index[question.slots[-1].step]]))
    assert abs(product_of(factors) - question.value("gradient")) <= max(high - low, unit)
    marked = mark(question, right(question))
    assert {slot.verdict for slot in marked.slots} == {Verdict.CORRECT}


def test_both_are_worth_what_product_and_answer_were_by_weights_and_by_roles() -> None:
    derivation = one("chain").derivation
    boxes = [slot.name for slot in derivation.slots]
    by_weights = dict(zip(boxes, Rubric.of(RubricPart()).slot_worth(derivation, marks=8), strict=True))
    assert by_weights["gradient"] == 3_000_000
    assert {by_weights[name] for name in boxes[:-1]} == {1_000_000}
    part = RubricPart(marks={"factor": 2.5, "product": 0.5, "gradient": 1})
    for per_path in (False, True):
        rubric = Rubric.of(part.model_copy(update={"per_path": per_path}))
        by_role = dict(zip(boxes, rubric.slot_worth(derivation, marks=4), strict=True))
        assert by_role["gradient"] == 1_500_000
        assert sum(by_role.values()) == 4_000_000
    unsaid = Rubric.of(RubricPart(marks={"factor": 3, "gradient": 1}))
    assert dict(zip(boxes, unsaid.slot_worth(derivation, marks=4), strict=True))["gradient"] == 1_000_000


def test_what_goes_wrong_in_multiplying_is_named_in_the_one_box() -> None:
    question = one("chain")
    written = right(question)
    factors = [float(written[slot.name]) for slot in question.slots[:-1]]
    for mistaken, cause in (
        (sum(factors), "factors_added"),
        (product_of([*map(str, factors[1:])]), "loss_left_out"),
        (product_of([*map(str, factors[:-1])]), "last_factor_left_out"),
        (-question.value("gradient"), "product_sign"),
    ):
        marked = mark(question, written | {"gradient": f"{mistaken:.6f}"})
        (last,) = [slot for slot in marked.slots if slot.slot == "gradient"]
        assert last.verdict is Verdict.MISCONCEPTION
        assert cause in last.causes


def test_it_follows_from_own_factors_and_the_update_from_it() -> None:
    question = one("relu-chain", "updated")
    written = right(question)
    first = question.slots[[slot.path for slot in question.slots].index(1)].name
    factors = [slot.name for slot in question.slots if slot.path == 1][:-1]
    written[first] = f"{2 * float(Fraction(written[first])) + 1:g}"
    own = product_of([written[name] for name in factors])
    before = question.value(question.derivation.parameter)
    rate = question.value("eta")
    written |= {"gradient": f"{own:.10g}", "updated": f"{before - rate * own:.10g}"}
    found = verdicts(mark(question, written))
    assert (found["gradient"], found["updated"]) == ("follow_through", "follow_through")


@pytest.mark.parametrize("name", ["chain", "logistic-neuron"])
def test_made_up_factors_that_are_multiplied_with_care_earn_nothing(name: str) -> None:
    question = one(name)
    numbers = ["0.7132", "-1.3771", "0.2918", "1.9173", "-0.6127"]
    column = [slot.name for slot in question.slots if slot.path == 1]
    written = {slot.name: "0.6143" for slot in question.slots if slot.path is None}
    written |= dict(zip(column[:-1], numbers, strict=False))
    written["gradient"] = f"{product_of([written[factor] for factor in column[:-1]]):.6f}"
    marked = mark(question, written)
    assert verdicts(marked)["gradient"] == "follow_through"
    assert next(slot.ticks for slot in marked.slots if slot.slot == "gradient") == 0


def test_nothing_is_said_of_the_only_column() -> None:
    question = one("first")
    assert [column.note for column in mark(question, {"gradient": "3"}).columns] == [""]
    assert [column.note for column in mark(question, right(question)).columns] == [""]


def test_a_line_of_working_fills_factors_and_the_gradient() -> None:
    question = one("chain")
    written = right(question)
    line = " * ".join(written[slot.name] for slot in question.slots[:-1]) + f" = {written['gradient']}"
    for name in ("working", "path_1.working"):
        found, remarks = expand(question, {name: line})
        assert found == {slot.name: written[slot.name] for slot in question.slots}
        assert remarks == ()
