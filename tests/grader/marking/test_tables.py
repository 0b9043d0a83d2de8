"""Tables: one box a step, marked by hand on the network of a widely copied example."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from grader.marking import Verdict, mark
from grader.marking.marked_question import MarkedSlot
from grader.marking.typed_working import expand
from question_bank.questions.question import Question
from question_bank.questions.written import read_problem
from tests.published import TWO_TWO_TWO

EXAMPLE = f'{TWO_TWO_TWO}[precision]\nforward = "6d"\nproduct = "8d"\n'


@pytest.fixture(scope="module")
def question() -> Question:
    return read_problem(EXAMPLE, "example.toml").solve()


def right(question: Question) -> dict[str, str]:
    return {slot.name: question.printed(slot.step) for slot in question.slots}


def marked(question: Question, written: Mapping[str, str]) -> dict[str, MarkedSlot]:
    return {slot.slot: slot for slot in mark(question, written).slots}


def test_right_numbers_are_right(question: Question) -> None:
    assert {slot.verdict for slot in marked(question, right(question)).values()} == {Verdict.CORRECT}


def by_hand(question: Question, key: str, wrong: float) -> dict[str, str]:
    """The sheet of somebody who has this one number and goes on from it: worked in plain Python, to ten decimals."""
    value = {slot.name: question.value(slot.step) for slot in question.slots} | {
        given.key: question.value(given) for given in question.derivation.givens
    }
    value[key] = wrong
    if key.startswith(("dL", "dyhat")):
        for k in (1, 2):
            value[f"a2_{k}.gradient"] = value[f"dL/dyhat_{k}"] * value[f"dyhat_{k}/da2_{k}"]
    for j in (1, 2):
        if key != f"h1_{j}.gradient":
            value[f"h1_{j}.gradient"] = sum(value[f"a2_{k}.gradient"] * value[f"w2_{k}{j}"] for k in (1, 2))
        if key != f"a1_{j}.gradient":
            value[f"a1_{j}.gradient"] = value[f"h1_{j}.gradient"] * value[f"dh1_{j}/da1_{j}"]
    for to in (1, 2):
        for source in (1, 2):
            for layer, below in ((2, f"h1_{source}"), (1, f"x_{source}")):
                if key != f"w{layer}_{to}{source}.gradient":
                    value[f"w{layer}_{to}{source}.gradient"] = value[f"a{layer}_{to}.gradient"] * value[below]
    for layer in (1, 2):
        value[f"b{layer}.gradient"] = value[f"a{layer}_1.gradient"] + value[f"a{layer}_2.gradient"]
    return {slot.name: f"{value[slot.name]:.10f}" for slot in question.slots}


@pytest.mark.parametrize(
    ("key", "wrong", "misconception"),
    [
        # dL/dyhat_1 = 0.741365 without the slope 0.186816.
        ("a2_1.gradient", 0.74136507, "error_slope_left_out"),
        ("a2_1.gradient", 0.18681560, "error_upstream_forgotten"),
        # 0.138499 · 0.40 - 0.038098 · 0.50, of which one term is left.
        ("h1_1.gradient", 0.05539942, "use_left_out"),
        # 0.138499 · 0.40 - 0.038098 · 0.45: the weights of a row for those of a column.
        ("h1_1.gradient", 0.03825521, "back_transposed"),
        # 0.741365 · 0.40 - 0.217072 · 0.50: what comes before the slopes.
        ("h1_1.gradient", 0.18801027, "back_before_slope"),
        # 0.138499 times h1_2 = 0.596884 in the place of h1_1 = 0.593270.
        ("w2_11.gradient", 0.08266763, "gradient_other_value"),
        ("w2_11.gradient", 0.13849856, "gradient_value_left_out"),
        ("w1_11.gradient", 0.05, "gradient_upstream_forgotten"),
    ],
)
def test_a_mistake_costs_its_box_and_what_follows_from_it_is_paid(
    question: Question, key: str, wrong: float, misconception: str
) -> None:
    found = marked(question, by_hand(question, key, wrong))
    assert found[key].verdict == Verdict.MISCONCEPTION
    assert misconception in found[key].causes
    others = {slot: one.verdict for slot, one in found.items() if slot != key}
    assert set(others.values()) <= {Verdict.CORRECT, Verdict.FOLLOW_THROUGH}
    after = question.derivation.cone(question.derivation.step(key).name)
    follows = {question.derivation.steps[position].key for position in after}
    assert {slot for slot, verdict in others.items() if verdict == Verdict.FOLLOW_THROUGH} <= follows


def test_the_error_term_of_an_output_may_be_worked_in_one(question: Question) -> None:
    """(ŷ - y) ŷ (1 - ŷ) with all digits differs from the product of the two rounded boxes, and is right too."""
    yhat, y = question.value("yhat_1"), question.value("y_1")
    written = right(question) | {"a2_1.gradient": f"{(yhat - y) * yhat * (1 - yhat):.9f}"}
    assert marked(question, written)["a2_1.gradient"].verdict == Verdict.CORRECT


def test_zeros_earn_nothing(question: Question) -> None:
    result = mark(question, {slot.name: "0" for slot in question.slots})
    assert sum(slot.ticks for slot in result.slots) == 0


def test_of_typed_working_a_table_takes_what_is_right_in_one_box(question: Question) -> None:
    error = question.printed("a2_1.gradient")
    slots, remarks = expand(question, {"working": f"0.1 * 0.2 = 0.02; delta = {error}", "h1_1": "0.593270"})
    assert slots == {"h1_1": "0.593270", "a2_1.gradient": error}
    assert len(remarks) == 1
    assert "filled with numbers that are right there: 1" in remarks[0]
