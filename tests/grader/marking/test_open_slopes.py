"""The slope of a ReLU over own numbers: where rounding leaves it open, either is paid, and nowhere else."""

from __future__ import annotations

import pytest

from grader.marking import MarkedSlot, Verdict, mark
from question_bank.derivations.deriving import derive
from question_bank.derivations.layout import Layout
from question_bank.expressions.precision import Precision
from question_bank.networks.dense import Dense
from question_bank.questions.question import Question, solve

PLACES = Precision.parse({"forward": "4d", "factor": "4d", "product": "6d"})
SLOPE = "path_1.dh2_1/da2_1"


@pytest.fixture(scope="module")
def question() -> Question:
    """Two ReLUs in a row, of which the second is off: a = 0.4 * 0.5 - 0.5 = -0.3."""
    network = Dense((1, 1, 1, 1), ("relu", "relu", "linear"), "squared_error", None, ("none", "unit", "none"))
    givens = {"x_1": 1.0, "w1_11": 0.5, "w2_11": 0.4, "b2_1": -0.5, "w3_11": 0.7, "y_1": 0.3}
    return solve(derive(network, "w1_11", Layout()), givens, PLACES)


def slope_marked(question: Question, boxes: dict[str, str], slope: str) -> MarkedSlot:
    """The slope's box, on a sheet that is worked on rightly from it: ∂L/∂ŷ is -0.6."""
    product = f"{-0.6 * 0.7 * float(slope) * 0.4:.6f}"
    right = {slot.name: f"{question.value(slot.step):.6f}" for slot in question.slots}
    paper = right | boxes | {SLOPE: slope, "path_1.product": product, "gradient": product}
    (found,) = (slot for slot in mark(question, paper).slots if slot.slot == SLOPE)
    return found


def test_a_unit_that_is_off_has_no_slope_though_its_output_is_written_as_0(question: Question) -> None:
    """0.0000 may stand for 0.00003, but not where a = -0.3 is written above it."""
    assert slope_marked(question, {}, "0").verdict == Verdict.CORRECT
    wrong = slope_marked(question, {}, "1")
    assert (wrong.verdict, wrong.causes, wrong.ticks) == (Verdict.MISCONCEPTION, ("relu_slope_negative",), 0)


@pytest.mark.parametrize(("slope", "paid"), [("0", True), ("1", True), ("0.5", False)])
def test_at_an_own_0_rounding_leaves_it_open(question: Question, slope: str, paid: bool) -> None:
    """Whoever has h = 1.25 has a = 0.0000 there, and carries on from 0.00004 or from less than 0."""
    marked = slope_marked(question, {"h1_1": "1.25", "a2_1": "0.0000", "h2_1": "0.0000"}, slope)
    assert (marked.ticks > 0) is paid


def test_an_own_output_tells_the_slope(question: Question) -> None:
    """Whoever has lost the sign of a, and h = 0.3 for it, has a slope of 1 there by the output alone."""
    assert slope_marked(question, {"h2_1": "0.3000"}, "1").ticks > 0
