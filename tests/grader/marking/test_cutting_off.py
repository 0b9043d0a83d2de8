"""Numbers cut off instead of rounded: a verdict of their own, and all marks."""

from __future__ import annotations

import math

import numpy as np
import pytest

from grader.marking import Shares, Verdict, mark
from grader.marking.batch import Reference
from grader.marking.cutting import cut_columns
from grader.marking.from_start import ranges_from_start
from question_bank.derivations.deriving import derive
from question_bank.derivations.evaluate import range_columns
from question_bank.expressions.names import GRADIENT
from question_bank.misconceptions.mistakes import mistakes_reaching
from question_bank.networks.dense import Architecture
from question_bank.questions.draws import draw
from question_bank.questions.question import Question, solve
from question_bank.questions.recipe import load_recipe
from tests.grader.marking.pupil import GIVENS, PRECISION, cut_text, found_columns, question, work
from tests.grader.marking.test_verdicts import slots

# What a calculator shows for the pupil's first hidden unit: a = 0.3 · 2 + 0.5 + 0.6 + 0.7 + 0.2 = 2.6.
H1_1 = 1 / (1 + math.exp(-2.6))
SOUND = {Verdict.CORRECT, Verdict.FOLLOW_THROUGH, Verdict.CUT_OFF}


def test_a_paper_cut_off_throughout_earns_all_marks() -> None:
    marked = mark(question(), work(cut=True))
    verdicts = {slot.verdict for slot in marked.slots}
    assert verdicts <= SOUND
    assert Verdict.CUT_OFF in verdicts
    assert marked.ticks == marked.out_of


def test_what_is_only_cut_when_written_earns_all_marks() -> None:
    """All the calculator's digits are carried on; each number is cut as it goes to the paper."""
    exact = work(places=dict.fromkeys(("forward", "factor", "product", "gradient"), 10))
    decimals = {slot: 6 if slot in ("gradient", "updated") or slot.endswith("product") else 4 for slot in exact}
    marked = mark(question(), {slot: cut_text(float(text), decimals[slot]) for slot, text in exact.items()})
    assert {slot.verdict for slot in marked.slots} <= SOUND
    assert marked.ticks == marked.out_of


def test_columns_in_any_order_may_be_cut_off_as_well() -> None:
    marked = mark(question("find"), found_columns(work(cut=True), (2, 0, 1)))
    assert {slot.verdict for slot in marked.slots if slot.response} <= SOUND
    assert marked.ticks == marked.out_of


def test_the_pupils_number_is_one_that_cutting_changes() -> None:
    assert sum(GIVENS[f"w1_1{i}"] * GIVENS[f"x_{i}"] for i in (1, 2, 3, 4)) + GIVENS["b1"] == pytest.approx(2.6)
    assert f"{H1_1:.5f}" == "0.93086"


@pytest.mark.parametrize(
    ("written", "verdict"),
    [
        ("0.9309", Verdict.CORRECT),
        ("0.9308", Verdict.CUT_OFF),
        ("0.93086", Verdict.CORRECT),
        ("0.93085", Verdict.CORRECT),
        ("0.9307", Verdict.ROUNDED_EARLY),  # cut is never farther off than one unit
        ("0.9310", Verdict.ROUNDED_EARLY),  # nor away from 0
    ],
)
def test_cut_off_reaches_one_unit_towards_0(written: str, verdict: Verdict) -> None:
    assert slots(mark(question(), {"h1_1": written}))["h1_1"].verdict is verdict


@pytest.mark.parametrize(
    ("written", "verdict"),
    [
        ("0.93", Verdict.ROUNDED_EARLY),
        ("0.934", Verdict.ROUNDED_EARLY),
        ("0.9333", Verdict.WRONG),  # 24 units of its last digit away, and a sum of 2.6 leaves nothing to round
        ("0.93333", Verdict.WRONG),
    ],
)
def test_who_writes_all_digits_has_not_left_two_off(written: str, verdict: Verdict) -> None:
    assert slots(mark(question(), {"h1_1": written}))["h1_1"].verdict is verdict


def test_numbers_below_0_are_cut_towards_0() -> None:
    paper = work()
    right = float(work(places={"factor": 10, "forward": 10})["path_1.dL/dyhat_1"])
    cut = cut_text(right, 4)
    assert right < 0
    assert cut != f"{right:.4f}"
    slot = "path_1.dL/dyhat_1"
    assert slots(mark(question(), {**paper, slot: cut}))[slot].verdict in (Verdict.CUT_OFF, Verdict.CORRECT)
    farther = f"{float(cut) - 0.001:.4f}"
    assert slots(mark(question(), {**paper, slot: farther}))[slot].verdict is not Verdict.CUT_OFF


def test_a_mistake_is_no_less_one_for_being_cut_off_and_what_follows_is_cut_off() -> None:
    slipped = work({"path_1.dL/dyhat_1": lambda p: 2 * (p["y_1"] - p["yhat_1"])}, cut=True)
    marked = slots(mark(question(), slipped))
    struck = marked.pop("path_1.dL/dyhat_1")
    assert struck.verdict in (Verdict.MISCONCEPTION, Verdict.SLIP)
    assert {slot.verdict for slot in marked.values()} <= SOUND
    assert all(slot.ticks == slot.out_of for slot in marked.values())


@pytest.mark.parametrize("share", [0.0, 0.25, 1.0])
def test_the_rubric_says_what_a_number_cut_off_earns(share: float) -> None:
    cut = slots(mark(question(), {"h1_1": "0.9308"}, shares=Shares(cut_off=share)))["h1_1"]
    assert cut.ticks == cut.out_of * share


def test_zeros_are_no_numbers_cut_off() -> None:
    asked = question()
    marked = mark(asked, {slot.name: "0" for slot in asked.slots})
    assert Verdict.CUT_OFF not in {slot.verdict for slot in marked.slots}


def meets_a_mistake(asked: Question) -> tuple[tuple[float, float], bool]:
    """The gradient's range where any step may be cut off, and whether some mistake's range comes into it."""
    derivation, at = asked.derivation, asked.derivation.index[GRADIENT]
    givens = np.array([[asked.value(key) for key in derivation.givens]])
    points = [(column, column) for column in givens.T]
    ranges = range_columns(derivation, points, asked.precision)
    values = [np.array([value]) for value in asked.values]
    low, high = cut_columns(Reference(derivation, asked.precision, values, ranges))[at]
    reaching = [one for equivalent in mistakes_reaching(derivation, at) for one in equivalent.mistakes]
    mistaken = ranges_from_start(derivation, asked.precision, ranges, reaching, at)
    meets = any(one_low[0] <= high[0] and low[0] <= one_high[0] for one_low, one_high in zip(*mistaken, strict=True))
    return (float(low[0]), float(high[0])), meets


def test_an_answer_alone_is_cut_off_only_where_no_mistake_comes_near_and_by_own_numbers_everywhere() -> None:
    seen = set()
    for asked in draw(load_recipe("two-paths"), [b"answer %d" % n for n in range(12)], parameter="w1_31"):
        (low, high), meets = meets_a_mistake(asked)
        right_low, right_high = asked.range("gradient")
        # Between what is right and what is no longer cut off, towards 0.
        written = 0.5 * (low + right_low) if low > 0 else 0.5 * (high + right_high)
        alone = slots(mark(asked, {"gradient": f"{written:.8f}"}))["gradient"]
        assert (alone.verdict is Verdict.CUT_OFF) == (not meets), (low, high, written)
        # By own products, each cut by nearly a unit as it was written, and the answer worked before that.
        first, second = (path.product for path in asked.derivation.paths)
        signs = [math.copysign(1, asked.value(product)) for product in (first, second)]
        if signs[0] == signs[1]:
            own = written - float(asked.printed(first)) - signs[0] * 1.8e-6
            paper = {slot.name: asked.printed(slot.step) for slot in asked.slots}
            paper |= {"path_2.product": f"{own:.8f}", "gradient": f"{written:.8f}"}
            assert slots(mark(asked, paper))["gradient"].verdict is Verdict.CUT_OFF
            seen.add(meets)
    assert seen == {True, False}


@pytest.mark.parametrize(("w1", "cut"), [(0.8, True), (0.70005, False)])
def test_an_answer_with_nothing_before_it_is_not_cut_off_where_it_may_be_a_mistake(w1: float, cut: bool) -> None:
    """2 (0.7 · 3 w - 0.3) · 0.7 · 3, half a unit below its range; with w for 0.7 it may come to that as well."""
    network = Architecture((1, 1, 1), ("linear", "linear"), "squared_error")
    asked = solve(derive(network, "w1_11"), {"x_1": 3.0, "w1_11": w1, "w2_11": 0.7, "y_1": 0.3}, PRECISION)
    right, mistaken = (2 * (0.7 * 3 * w1 - 0.3) * weight * 3 for weight in (0.7, w1))
    low, high = asked.range("gradient")
    assert low < right < high
    # A mistaken number is known as well as the right one is.
    assert (mistaken - (right - low) < high) is not cut
    written = {"gradient": f"{low - 5e-7:.7f}"}
    assert (slots(mark(asked, written))["gradient"].verdict is Verdict.CUT_OFF) is cut
    # Worked from a product that is written, it follows from that.
    written["path_1.product"] = written["gradient"]
    assert slots(mark(asked, written))["gradient"].verdict is Verdict.FOLLOW_THROUGH
