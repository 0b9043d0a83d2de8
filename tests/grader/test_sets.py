"""Sets of ticks: what they earn, by the rule and through the whole marking, and what feedback says of them."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction

import numpy as np
import pytest

from grader.feedback import feedback_html
from grader.feedback.content import StudentFeedback
from grader.marking import MarkedQuestion, Verdict, mark
from grader.rubrics.rubric import Rubric
from grader.rubrics.sets import earned_by_ticks, set_part, worth_of_ticks
from grader.sheets.content.box_marks import worth_sentence
from question_bank.derivations.kinds import AnswerForm
from tests.grader.feedback.classroom import feedback
from tests.grader.ticked import OTHERS, TO_TICK, question, right, ticks

MARKS = 20
MILLION = 1_000_000


def marked(responses: Mapping[str, str]) -> MarkedQuestion:
    worth = Rubric().slot_worth(question().derivation, MARKS)
    return mark(question(), responses, worth=worth)


def of_set(one: MarkedQuestion) -> Fraction:
    """The part of its marks that the set earns, as near as whole millionths allow."""
    boxes = [slot for slot in one.slots if slot.slot in ticks()]
    return Fraction(sum(slot.ticks for slot in boxes), sum(slot.out_of for slot in boxes))


@pytest.mark.parametrize(
    ("good", "bad", "of", "part"),
    [
        (6, 0, 6, Fraction(1)),
        (5, 0, 6, Fraction(5, 6)),
        (6, 1, 6, Fraction(5, 6)),
        (4, 3, 6, Fraction(1, 6)),
        (3, 3, 6, Fraction(0)),
        (3, 4, 6, Fraction(0)),
        (0, 0, 6, Fraction(0)),
        (0, 2, 0, Fraction(0)),
    ],
)
def test_right_ticks_less_wrong_ones_over_the_right_ones(good: int, bad: int, of: int, part: Fraction) -> None:
    assert set_part(good, bad, of) == part


def test_a_set_is_worth_half_and_the_boxes_to_be_ticked_share_that() -> None:
    one = marked(right())
    worth = {slot.slot: slot.out_of for slot in one.slots}
    assert sum(worth.values()) == MARKS * MILLION
    # But for a millionth of a mark a box.
    assert sum(worth[name] for name in TO_TICK) == pytest.approx(MARKS * MILLION / 2, abs=len(ticks()))
    assert max(worth[name] for name in TO_TICK) - min(worth[name] for name in TO_TICK) <= 1
    assert {worth[name] for name in OTHERS} == {0}
    assert one.ticks == one.out_of
    assert {slot.verdict for slot in one.slots} == {Verdict.CORRECT}


def test_worth_by_role_is_shared_alike() -> None:
    derivation = question().derivation
    worth = np.array([Rubric(marks=(("forward", 6.0),)).slot_worth(derivation, 6)])
    values = np.array([[question().value(slot.step) for slot in question().slots]])
    shared = worth_of_ticks(derivation.forms, values, worth)
    assert shared.sum() == worth.sum() == 6 * MILLION
    columns = [at for at, form in enumerate(derivation.forms) if form == "tick"]
    assert shared[0, columns].sum() == pytest.approx(3 * MILLION, abs=len(columns))


@pytest.mark.parametrize("missed", range(len(TO_TICK) + 1))
@pytest.mark.parametrize("wrong", [0, 1, 3])
def test_marks_come_to_what_the_rule_says(missed: int, wrong: int) -> None:
    answers = right() | dict.fromkeys(TO_TICK[:missed], "") | dict.fromkeys(OTHERS[:wrong], "x")
    expected = set_part(len(TO_TICK) - missed, wrong, len(TO_TICK))
    assert float(of_set(marked(answers))) == pytest.approx(float(expected), abs=1e-6)


@pytest.mark.parametrize("text", ["", "x"])
def test_nothing_ticked_or_everything_earns_nothing(text: str) -> None:
    assert of_set(marked(right() | dict.fromkeys(ticks(), text))) == 0


def test_what_is_neither_a_tick_nor_none_is_unreadable_and_counts_as_none() -> None:
    one = marked(right() | {TO_TICK[0]: "perhaps", OTHERS[0]: "2"})
    said = {slot.slot: slot for slot in one.slots}
    assert said[TO_TICK[0]].verdict is said[OTHERS[0]].verdict is Verdict.UNREADABLE
    assert "tick" in said[OTHERS[0]].reason
    assert float(of_set(one)) == pytest.approx(1 - 1 / len(TO_TICK), abs=1e-6)


def carried(changed: Mapping[str, str]) -> dict[str, str]:
    """Right but for these boxes, and counted on from them: in plain numbers, unit by unit."""
    answers = right() | dict(changed)
    ticked = {name.removesuffix(".t") for name in ticks() if answers[name] == "x"}
    ways = {f"h3_{to}": sum(name.startswith((f"w3_{to}", f"u3_{to}")) for name in ticked) for to in (1, 2)}
    ways |= {f"yhat_{to}": sum(ways[f"h3_{n}"] for n in (1, 2) if f"w4_{to}{n}" in ticked) for to in (1, 2)}
    answers |= {f"{unit}.n": str(count) for unit, count in ways.items()}
    answers["N"] = str(ways["yhat_1"] + ways["yhat_2"])
    answers["shortest"] = str(4 - any(name.startswith("u") for name in ticked))
    answers["longest"] = str(3 + any(name.startswith("w2") for name in ticked))
    return answers | dict(changed)


def test_what_is_counted_along_own_ticks_follows_from_them_and_is_paid() -> None:
    answers = carried(dict.fromkeys([name for name in OTHERS if name.startswith(("w3", "u3"))][:2], "x"))
    one = marked(answers)
    said = {slot.slot: slot for slot in one.slots}
    assert said["N"].verdict is Verdict.FOLLOW_THROUGH
    assert all(slot.ticks == slot.out_of for slot in one.slots if slot.slot not in ticks())
    assert carried({}) == right()


def test_what_is_counted_along_another_students_ticks_is_not_paid() -> None:
    """Four connections missed and four ticked, each for another reason than the next: no two mistakes explain that."""
    wrong = ["w1_22.t", "w2_21.t", "w2_22.t", "w3_12.t", "w3_22.t"]
    answers = carried(dict.fromkeys(TO_TICK[1:4], "") | dict.fromkeys([name for name in wrong if name in OTHERS], "x"))
    one = marked(answers)
    followed = [slot for slot in one.slots if slot.verdict is Verdict.FOLLOW_THROUGH]
    assert followed
    assert all(slot.ticks == 0 for slot in followed)


@pytest.mark.parametrize(
    ("wrong", "paid"), [(["w1_11.t", "w3_12.t"], True), (["w1_11.t", "w3_12.t", "w3_11.t"], False)]
)
def test_two_mistakes_about_ticks_may_be_counted_on_from_and_three_not(wrong: list[str], paid: bool) -> None:
    """Another weight of the layer, a connection that is not there, and one that is not reached."""
    one = marked(carried(dict.fromkeys(wrong, "x")))
    causes = {slot.causes for slot in one.slots if slot.slot in wrong}
    assert len(causes) == len(wrong)
    followed = [slot for slot in one.slots if slot.verdict is Verdict.FOLLOW_THROUGH]
    assert followed
    assert all((slot.ticks == slot.out_of) == paid for slot in followed)


def test_zeros_everywhere_earn_nothing_but_what_is_right() -> None:
    one = marked({slot.slot: "0" for slot in marked({}).slots})
    paid = [slot for slot in one.slots if slot.ticks]
    assert all(question().value(slot.slot) == 0 for slot in paid)


def test_a_mistake_about_a_tick_is_named() -> None:
    said = {slot.slot: slot for slot in marked(right() | {"w1_11.t": "x", "w1_33.t": "x"}).slots}
    assert said["w1_33.t"].verdict is Verdict.MISCONCEPTION or not question().value("w1_33")
    assert any(slot.causes == ("layer_ticked",) for slot in said.values()) == bool(
        question().value("w1_11") or question().value("w1_33")
    )


def test_each_box_earns_the_same_and_together_what_the_set_earns() -> None:
    forms: tuple[AnswerForm, ...] = ("tick",) * 4
    right_values = np.array([[1.0, 1.0, 1.0, 0.0]])
    earned = earned_by_ticks(forms, np.array([[1.0, 1.0, 0.0, 1.0]]), right_values, np.array([[4, 3, 3, 0]]))
    assert earned.tolist() == [[2, 1, 0, 0]]


def said_of(responses: Mapping[str, str]) -> StudentFeedback:
    return feedback(responses, question())


def test_feedback_says_what_was_right_missed_and_wrong() -> None:
    (of,) = said_of(right() | {TO_TICK[0]: "", OTHERS[0]: "x"}).questions
    rows = {row.went: [slot.slot for slot in row.slots] for row in of.groups[0].tick_rows}
    assert rows["missed"] == [TO_TICK[0]]
    assert rows["wrong"] == [OTHERS[0]]
    assert rows["right"] == TO_TICK[1:]
    # Boxes that are rightly empty are not counted as right answers.
    assert len(of.slots) == len(TO_TICK) + 1 + len(question().slots) - len(ticks())


def test_feedback_on_what_is_right_says_nothing_else() -> None:
    (of,) = said_of(right()).questions
    assert [row.went for row in of.groups[0].tick_rows] == ["right"]
    assert of.earned == of.out_of


def test_the_sheet_says_what_the_ticks_are_worth_together() -> None:
    derivation = question().derivation
    worth = Rubric().slot_worth(derivation, MARKS)
    slot_marks = {slot.name: ticks / MILLION for slot, ticks in zip(derivation.slots, worth, strict=True)}
    said = worth_sentence(derivation, MARKS, slot_marks)
    assert said == "The 20 marks are shared out in 14 parts: 7 for all ticks together, 1 for each other box."


def test_feedback_counts_the_set_and_the_other_boxes_in_the_same_parts() -> None:
    (of,) = said_of(right() | {TO_TICK[0]: ""}).questions
    assert of.parts is not None
    assert of.parts.count == 14
    page = feedback_html(said_of(right() | {TO_TICK[0]: ""}))
    assert "Parts of 14" in page
    assert "of 7</span>" in page
