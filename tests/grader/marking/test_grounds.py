"""Who is paid for following through: whoever slips once, whatever the slip; not who carries on numbers from nowhere."""

from __future__ import annotations

import math
import random
from collections.abc import Callable

import numpy as np
import pytest

from grader.marking import Verdict, mark, mark_questions
from grader.simulation.kinds import Wanted, kind
from grader.simulation.students import Seat, work
from question_bank.draws import draw
from question_bank.question import Question
from question_bank.recipe import load_recipe
from tests.grader.marking import pupil


def sheets(recipe: str) -> list[Question]:
    return draw(load_recipe(recipe), [b"%d" % number for number in range(200)], parameter="w1_21", quantity="updated")


@pytest.mark.parametrize("recipe", ["two-paths", "two-paths-given", "deep"])
def test_following_through_on_a_neighbours_sheet_is_worth_a_few_marks_in_a_hundred(recipe: str) -> None:
    """All of it follows from itself, and next to nothing from the numbers of the sheet that it is handed in for."""
    questions = sheets(recipe)
    honest = (kind("half up"),)
    done = work([Seat("", "", question, random.Random(0), honest) for question in questions], Wanted())
    texts = [[one.responses[slot.name] for slot in questions[0].slots] for one in done if one is not None]
    neighbours = mark_questions(questions, [*texts[1:], texts[0]])
    followed = neighbours.ticks[neighbours.verdicts == Verdict.FOLLOW_THROUGH]
    assert followed.sum() < 0.06 * neighbours.worth.sum()
    assert np.mean(neighbours.filler) > 0.9
    assert not mark_questions(questions, texts).filler.any()


@pytest.mark.parametrize("recipe", ["two-paths", "two-paths-given", "deep"])
def test_made_up_numbers_multiplied_and_added_with_care_earn_nothing(recipe: str) -> None:
    questions = sheets(recipe)
    marked = mark_questions(questions, [made_up(question) for question in questions])
    assert (marked.verdicts == Verdict.FOLLOW_THROUGH).sum() >= 3 * len(questions)
    assert marked.ticks.sum() < 0.01 * marked.worth.sum()


def made_up(question: Question, forward: bool = True) -> list[str]:
    """Random factors, their products, the sum of these and the update; the forward pass at random too, or right."""
    rng = random.Random(question.value("x_1") + question.value("gradient"))
    written: dict[str, float] = {}
    for slot in question.slots:
        column = [value for name, value in written.items() if name.startswith(f"path_{slot.path}.")]
        if slot.name.endswith(".product"):
            value = math.prod(column)
        elif slot.name == "gradient":
            value = sum(number for name, number in written.items() if name.endswith(".product"))
        elif slot.name == "updated":
            value = question.value("w1_21") - question.value("eta") * written["gradient"]
        elif forward or slot.path is not None:
            value = rng.choice((-1, 1)) * rng.uniform(1.1, 3.0)
        else:
            value = question.value(slot.step)
        written[slot.name] = round(value, 6)
    return [f"{value:.6f}" for value in written.values()]


def test_made_up_factors_after_a_right_forward_pass_earn_nothing() -> None:
    """Multiplying five numbers none of which is right shows nothing, however well the sheet began."""
    questions = sheets("two-paths")
    marked = mark_questions(questions, [made_up(question, forward=False) for question in questions])
    after = [at for at, slot in enumerate(questions[0].slots) if slot.path or slot.name in ("gradient", "updated")]
    assert marked.ticks[:, after].sum() < 0.01 * marked.worth.sum()
    right = [at for at in range(len(questions[0].slots)) if at not in after]
    assert (marked.verdicts[:, right] == Verdict.CORRECT).all()
    assert not marked.filler.any()


def lost_sign(paper: pupil.Paper, value: float) -> float:
    return -value


def exchanged_digits(paper: pupil.Paper, value: float) -> float:
    """The second and third decimal."""
    text = f"{value:.6f}"
    dot = text.index(".")
    return float(text[: dot + 2] + text[dot + 3] + text[dot + 2] + text[dot + 4 :])


def another_activation(paper: pupil.Paper, value: float) -> float:
    return math.tanh(math.log(value / (1 - value))) if 0 < value < 1 else value


SLOTS = [slot.name for slot in pupil.question().slots]
HIDDEN = ["h1_1", "h1_2", "h1_3", "h1_4"]


@pytest.mark.parametrize("change", [lost_sign, exchanged_digits])
@pytest.mark.parametrize("where", [[slot] for slot in SLOTS] + [HIDDEN], ids=lambda where: " ".join(where))
def test_a_slip_costs_its_own_box_and_no_other(where: list[str], change: Callable[[pupil.Paper, float], float]) -> None:
    """Also where every hidden unit is wrong in the same way."""
    assert_only_costs(where, change)


def test_another_activation_than_the_sheets_costs_the_units_that_have_it() -> None:
    assert_only_costs([*HIDDEN, "yhat_1", "yhat_2"], another_activation)


def assert_only_costs(where: list[str], change: Callable[[pupil.Paper, float], float]) -> None:
    right = {name: float(text) for name, text in pupil.work().items()}
    slips = {name: (lambda paper, value=right[name]: change(paper, value)) for name in where}
    marked = mark(pupil.question(), pupil.work(slips))
    lost = {slot.slot for slot in marked.slots if slot.ticks < slot.out_of}
    assert lost <= set(where)


@pytest.mark.parametrize("text", ["", "0.5?"])
@pytest.mark.parametrize("where", SLOTS)
def test_a_blank_or_unreadable_box_costs_itself(where: str, text: str) -> None:
    marked = mark(pupil.question(), pupil.work() | {where: text})
    assert {slot.slot for slot in marked.slots if slot.ticks < slot.out_of} == {where}


def test_terms_that_all_but_cancel_after_a_lost_sign_are_paid() -> None:
    """The sum is small beside its rounding, and yet it was added up."""
    paper = pupil.work()
    one, other = float(paper["path_1.product"]), float(paper["path_2.product"])
    slips = {"path_2.product": lambda p: -one + 0.000004 if one * other > 0 else one - 0.000004}
    marked = {slot.slot: slot for slot in mark(pupil.question(), pupil.work(slips)).slots}
    assert abs(marked["gradient"].reading or 0.0) < 0.00001
    assert marked["gradient"].verdict is Verdict.FOLLOW_THROUGH
    assert marked["gradient"].ticks == marked["gradient"].out_of


def test_a_sum_as_large_as_one_of_its_terms_by_chance_is_paid() -> None:
    """0.02 - 0.01 is no copy of 0.01; 0.01 + 0 is one."""
    paper = pupil.work()
    one = float(paper["path_1.product"])
    for second, paid in ((-2 * one, True), (0.0, False)):
        slips = {"path_2.product": lambda p, second=second: second}
        marked = {slot.slot: slot for slot in mark(pupil.question(), pupil.work(slips)).slots}
        assert marked["gradient"].verdict is Verdict.FOLLOW_THROUGH
        assert (marked["gradient"].ticks == marked["gradient"].out_of) is paid
