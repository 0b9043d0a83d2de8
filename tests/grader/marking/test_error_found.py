"""A worked solution with an error, marked: naming it, correcting it and the gradient then, each by itself."""

from __future__ import annotations

from functools import cache
from math import exp

import pytest

from grader.marking import Verdict, mark
from grader.rubrics.rubric import Rubric
from question_bank.questions.draws import draw
from question_bank.questions.question import Question
from question_bank.questions.recipe import load_recipe
from question_bank.questions.rubric_part import RubricPart

RIGHT, FOLLOWS, KNOWN = Verdict.CORRECT, Verdict.FOLLOW_THROUGH, Verdict.MISCONCEPTION


@cache
def question() -> Question:
    """A line of the forward pass is wrong, so that much follows from it."""
    drawn = draw(load_recipe("find-the-error"), [b"marked %d" % number for number in range(20)], parameter="w1_11")
    return next(one for one in drawn if one.derivation.planted.step.key == "h1_1")


def right() -> dict[str, str]:
    return {slot.name: question().printed(slot.step) for slot in question().slots}


def marked(**changed: str) -> tuple[list[Verdict], list[int]]:
    worth = Rubric().slot_worth(question().derivation, 8)
    found = mark(question(), right() | changed, worth=worth)
    return [slot.verdict for slot in found.slots], [slot.ticks // 1_000_000 for slot in found.slots]


def test_naming_correcting_and_the_gradient_have_their_shares() -> None:
    assert marked() == ([RIGHT, RIGHT, RIGHT], [2, 2, 4])
    derivation = question().derivation
    by_weights = Rubric.of(RubricPart(weights={"line": 3, "correction": 1, "gradient": 0})).slot_worth(derivation, 8)
    assert by_weights == (6_000_000, 2_000_000, 0)
    by_roles = Rubric.of(RubricPart(marks={"line": 1, "correction": 2, "gradient": 5})).slot_worth(derivation, 8)
    assert by_roles == (1_000_000, 2_000_000, 5_000_000)


def test_a_right_correction_beside_a_wrong_number_is_paid_and_the_other_way_round() -> None:
    assert marked(line="12")[1] == [0, 2, 4]
    assert marked(corrected="", gradient="")[1] == [2, 0, 0]
    wrong = marked(corrected=f"{question().value('h1_1') + 0.0731:.4f}", gradient="")
    assert wrong == ([RIGHT, Verdict.WRONG, Verdict.BLANK], [2, 0, 0])


def test_the_gradient_follows_from_the_own_correction() -> None:
    """Worked on from 0.05 more than is right, in plain arithmetic from the printed lines and the sheet's givens."""
    value = question().value
    lines = {step.name.key: value(f"line_{n}") for n, step in enumerate(question().derivation.lines, 1)}
    h = round(value("h1_1") + 0.05, 4)
    yhat = 1 / (1 + exp(-(value("w2_11") * h + value("w2_12") * lines["h1_2"] + value("b2_1"))))
    gradient = (yhat - value("y_1")) * yhat * (1 - yhat) * value("w2_11") * h * (1 - h) * value("x_1")
    assert marked(corrected=f"{h:.4f}", gradient=f"{gradient:.6f}") == (
        [RIGHT, Verdict.WRONG, FOLLOWS],
        [2, 0, 4],
    )


@pytest.mark.parametrize(
    ("slot", "line", "name"),
    [
        ("line", "5", "line_that_follows"),
        ("line", "12", "last_line_named"),
        ("line", "1", "line_before_named"),
        ("corrected", "line_3", "error_kept"),
        ("gradient", "line_12", "error_carried_on"),
    ],
)
def test_mistakes_of_finding_it_are_named(slot: str, line: str, name: str) -> None:
    written = line if line.isdigit() else question().printed(line)
    found = {one.slot: one for one in mark(question(), right() | {slot: written}).slots}
    assert found[slot].verdict == KNOWN
    assert name in found[slot].causes
    assert all(one.verdict == RIGHT for other, one in found.items() if other != slot)


@pytest.mark.parametrize("written", ["33", "4", "30", "0.3", "-3"])
def test_a_number_of_a_line_has_no_slips_of_the_pen(written: str) -> None:
    assert marked(line=written)[0][0] in (Verdict.WRONG, Verdict.UNREADABLE)
    assert question().derivation.wrong_line == 3


def test_it_may_be_written_with_a_point_and_zeros() -> None:
    assert marked(line="3.0")[0][0] == RIGHT
