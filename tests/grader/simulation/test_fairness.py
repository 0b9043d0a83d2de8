"""The lines about marks, at marks that just do and just do not."""

from __future__ import annotations

import math

import pytest

from grader.marking import Verdict
from grader.simulation.fairness import fairness_lines
from grader.simulation.marked import MarkedStudent, Promise, SlotMark
from grader.simulation.truth import Simulated, Struck, Truth
from question_bank.expressions.names import named
from question_bank.questions.draws import draw
from question_bank.questions.question import Question
from question_bank.questions.recipe import load_recipe

STRUCK = "h1_1"
WORTH = 100


@pytest.fixture(scope="module")
def question() -> Question:
    """Twenty-one boxes, of which `h1_1` is struck."""
    return draw(load_recipe("two-paths"), [b"a"], parameter="w1_31")[0]


def marked(question: Question, truth: Truth, unpaid: dict[str, int], verdict: Verdict = Verdict.WRONG) -> MarkedStudent:
    """All right, but in these boxes so many ticks are not paid."""
    responses = {slot.name: "9" for slot in question.slots}
    slots = [SlotMark(verdict, WORTH - unpaid.get(slot.name, 0), WORTH, ()) for slot in question.slots]
    return MarkedStudent(question, Simulated("s", "q1", responses, truth), slots)


def line(one: MarkedStudent, first: str) -> Promise:
    (found,) = [line for line in fairness_lines([one]) if line.sentence.startswith(first)]
    assert found.of == 1
    return found


BLAMED = Truth("sign slip", ("",), ((Struck(named(STRUCK), named(STRUCK), ()),),))


@pytest.mark.parametrize(
    ("truth", "first"),
    [
        (BLAMED, "one mistake or two"),
        (Truth("weights' signs unseen", ("",), BLAMED.struck, misread=(named("w1_11"),)), "misread givens"),
        (Truth("digit dropped", slots=(STRUCK,)), "slips of the pen: no more"),
    ],
)
def test_no_more_may_be_lost_than_the_struck_box(question: Question, truth: Truth, first: str) -> None:
    assert line(marked(question, truth, {STRUCK: WORTH}), first).passed
    assert line(marked(question, truth, {"gradient": WORTH}), first).passed
    assert not line(marked(question, truth, {STRUCK: WORTH, "gradient": 1}), first).passed


def test_what_is_right_in_another_column_is_no_mistake_of_these(question: Question) -> None:
    """Two mistakes may give the very numbers of exchanged columns, which cost what the rubric says."""
    swapped = marked(question, BLAMED, {STRUCK: WORTH, "gradient": 1}, Verdict.CORRECT)
    assert not [one for one in fairness_lines([swapped]) if one.sentence.startswith("one mistake or two") and one.of]


def test_who_cuts_off_loses_nothing(question: Question) -> None:
    assert line(marked(question, Truth("cut off"), {}), "values cut off").passed
    assert not line(marked(question, Truth("cut off"), {"gradient": 1}), "values cut off").passed


def test_a_slip_has_a_name(question: Question) -> None:
    truth = Truth("minus lost", slots=(STRUCK,))
    for verdict, passed in ((Verdict.SLIP, True), (Verdict.MISCONCEPTION, True), (Verdict.WRONG, False)):
        assert line(marked(question, truth, {}, verdict), "slips of the pen: named").passed is passed


def test_a_wrong_digit_is_no_rounding(question: Question) -> None:
    truth = Truth("one digit wrong", slots=(STRUCK,))
    assert line(marked(question, truth, {}), "digits inside").passed
    assert not line(marked(question, truth, {}, Verdict.ROUNDED_EARLY), "digits inside").passed


def digits_inside_of(question: Question, text: str, step: str = STRUCK) -> int:
    """How many cases there are of one digit inside a number that is another, where this is written."""
    truth = Truth("one digit wrong", slots=(step,))
    one = marked(question, truth, {}, Verdict.ROUNDED_EARLY)
    other = MarkedStudent(question, Simulated("s", "q1", {**one.simulated.responses, step: text}, truth), one.slots)
    (found,) = [line for line in fairness_lines([other]) if line.sentence.startswith("digits inside")]
    return found.of


@pytest.mark.parametrize(("units", "counted"), [(9, 0), (11, 1)])
def test_a_digit_at_the_end_of_a_number_may_be_rounding(question: Question, units: int, counted: int) -> None:
    assert digits_inside_of(question, f"{float(question.printed(STRUCK)) - units * 1e-4:.4f}") == counted


@pytest.mark.parametrize(("more", "counted"), [(0, 0), (1, 1)])
def test_zeros_at_the_end_of_a_number_may_have_been_left_off(question: Question, more: int, counted: int) -> None:
    """Whole thousandths are as far off as a digit in front of the last is, and end there."""
    right = question.value(STRUCK)
    thousandths = math.floor(1000 * right) - more
    assert thousandths % 10
    assert right - thousandths / 1000 > 9.5e-4
    assert digits_inside_of(question, f"{thousandths / 1000:.4f}") == counted


@pytest.mark.parametrize(
    ("kept", "of", "least", "passed"),
    [
        (12, 13, 0.95, True),  # of a few cases one may be missed
        (11, 13, 0.95, False),
        (190, 200, 0.95, True),
        (189, 200, 0.95, False),
        (0, 1, 0.95, False),  # but not the only one
        (12, 13, 1.0, False),
        (0, 0, 0.95, False),
    ],
)
def test_a_share_below_all_allows_for_one_case(kept: int, of: int, least: float, passed: bool) -> None:
    assert Promise("", kept, of, least).passed is passed


@pytest.mark.parametrize(("unpaid", "passed"), [({}, True), ({"gradient": 1}, False), ({STRUCK: WORTH}, True)])
def test_a_sum_of_0_is_paid(question: Question, unpaid: dict[str, int], passed: bool) -> None:
    one = marked(question, BLAMED, unpaid)
    answers = {**one.simulated.responses, "gradient": "-0.000000"}
    zero = MarkedStudent(question, Simulated("s", "q1", answers, BLAMED), one.slots)
    assert line(zero, "sums that come to 0").passed is passed
    assert not [line for line in fairness_lines([one]) if line.sentence.startswith("sums")]


@pytest.mark.parametrize(
    ("paid", "first", "passed"),
    [
        (315, "sheets that nobody worked", True),
        (316, "sheets that nobody worked", False),
        (105, "kinds of such sheets", True),
        (106, "kinds of such sheets", False),
    ],
)
def test_what_nobody_worked_may_earn_little_beyond_what_is_right(
    question: Question, paid: int, first: str, passed: bool
) -> None:
    """Of 2,100 ticks: 15 % are 315, 5 % are 105; nothing is right in a sheet full of nines."""
    assert len(question.slots) == 21
    unpaid = {slot.name: WORTH for slot in question.slots}
    unpaid["gradient"] -= paid
    one = marked(question, Truth("easy boxes"), unpaid)
    assert line(one, first).passed is passed


def test_what_is_right_in_a_sheet_is_paid(question: Question) -> None:
    """The last case above, with the right number where the marks are paid."""
    unpaid = {slot.name: WORTH for slot in question.slots} | {"gradient": WORTH - 316}
    one = marked(question, Truth("easy boxes"), unpaid)
    right = {**one.simulated.responses, "gradient": question.printed("gradient")}
    honest = MarkedStudent(question, Simulated("s", "q1", right, one.simulated.truth), one.slots)
    assert not line(one, "sheets").passed
    assert line(honest, "sheets").passed
