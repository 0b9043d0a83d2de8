"""The lecture's worked example that the project started from, held to what its page prints and to exact numbers."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from question_bank.derivations.deriving import derive
from question_bank.derivations.layout import Layout
from question_bank.expressions.precision import Precision
from question_bank.networks.dense import Architecture
from question_bank.networks.updates import PLAIN_UPDATE
from question_bank.questions.question import Question, solve
from question_bank.questions.written import read_problem

W1 = [[0.1, 0.3, 0.8, -0.4], [-0.3, -0.2, 0.5, 0.5], [-0.3, 0.0, 0.5, 0.4], [0.2, 0.5, -0.9, 0.7]]
W2 = [[0.5, 0.8, 0.2, 0.4], [0.5, 0.2, 0.3, -0.5]]
GIVENS = {
    **{f"x_{n}": value for n, value in enumerate((2.0, 5.0, 3.0, 3.0), 1)},
    **{f"w1_{to}{source}": value for to, row in enumerate(W1, 1) for source, value in enumerate(row, 1)},
    **{f"w2_{to}{source}": value for to, row in enumerate(W2, 1) for source, value in enumerate(row, 1)},
    "b1": 0.0,
    "b2": 0.0,
    "y_1": 1.0,
    "y_2": 0.0,
    "eta": 1.0,
}
NETWORK = Architecture((4, 4, 2), ("sigmoid", "softmax"), "squared_error", "diagonal", ("layer", "layer"))
UPDATED = Layout(quantity="updated", update=PLAIN_UPDATE)

PRINTED = {
    "path_1.dL/dyhat_1": "-0.46",
    "path_1.dyhat_1/da2_1": "0.1771",
    "path_1.da2_1/dh1_3": "0.2",
    "path_1.dh1_3/da1_3": "0.0979",
    "path_1.da1_3/dw1_31": "2",
    "path_1.product": "-0.003190",
    "path_2.dL/dyhat_2": "0.46",
    "path_2.dyhat_2/da2_2": "0.1771",
    "path_2.da2_2/dh1_3": "0.3",
    "path_2.dh1_3/da1_3": "0.0979",
    "path_2.da1_3/dw1_31": "2",
    "path_2.product": "0.004785",
    "gradient": "0.001595",
    "updated": "-0.301595",
}
PAGE = Precision.parse({"forward": "2d", "factor": "4d", "product": "6d"})
FOUR = Precision.parse({"forward": "4d", "product": "6d"})


def question(precision: Precision | None = None, **changes: Any) -> Question:
    return solve(derive(NETWORK, "w1_31", replace(UPDATED, **changes)), GIVENS, precision)


def inside(q: Question, step: str, value: float) -> bool:
    low, high = q.range(step)
    slack = 1e-6 * float(q.places(step).unit(value))  # type: ignore[arg-type]
    return low - slack <= value <= high + slack


def test_exact_gradient_under_both_conventions() -> None:
    assert question().value("gradient") == pytest.approx(0.00157968, abs=5e-9)
    assert question().value("updated") == pytest.approx(-0.30157968, abs=5e-9)
    full = solve(derive(replace(NETWORK, softmax="full"), "w1_31", UPDATED), GIVENS)
    assert full.value("gradient") == pytest.approx(0.0031594, abs=5e-8)
    # With two outputs the cross terms say the same once more.
    assert full.value("gradient") == pytest.approx(2 * question().value("gradient"), rel=1e-12)


def test_forward_pass() -> None:
    exact = question()
    assert exact.value("a1_3") == pytest.approx(2.1, rel=1e-15)
    assert exact.value("h1_3") == pytest.approx(1 / (1 + math.exp(-2.1)), rel=1e-15)
    assert exact.value("h1_3") == pytest.approx(0.8909, abs=5e-5)
    assert exact.value("path_1.product") + exact.value("path_2.product") == exact.value("gradient")
    assert exact.value("dh1_3/da1_3") == pytest.approx(0.0972, abs=5e-5)
    assert [round(exact.value(key), 2) for key in ("yhat_1", "yhat_2")] == [0.77, 0.23]


def test_squared_error_with_sigmoid_outputs_is_not_the_page() -> None:
    """Only softmax reproduces the page's outputs: the example would be another one without it."""
    sigmoid = Architecture((4, 4, 2), ("sigmoid", "sigmoid"), "squared_error", None, ("layer", "layer"))
    outputs = solve(derive(sigmoid, "w1_31", UPDATED), GIVENS)
    assert [round(outputs.value(key), 2) for key in ("yhat_1", "yhat_2")] != [0.77, 0.23]


def test_paths_of_both_conventions() -> None:
    assert [tuple(value.key for value in path.route) for path in question().derivation.paths] == [
        ("w1_31", "a1_3", "h1_3", "a2_1", "yhat_1", "L"),
        ("w1_31", "a1_3", "h1_3", "a2_2", "yhat_2", "L"),
    ]
    full = derive(replace(NETWORK, softmax="full"), "w1_31")
    assert [tuple(value.key for value in path.route[3:5]) for path in full.paths] == [
        ("a2_1", "yhat_1"),
        ("a2_2", "yhat_1"),
        ("a2_1", "yhat_2"),
        ("a2_2", "yhat_2"),
    ]


def test_slots_are_the_page_s_boxes() -> None:
    slots = [slot.name for slot in question().slots]
    assert [name for name in slots if name in PRINTED] == list(PRINTED)
    before = slots[: slots.index("path_1.dL/dyhat_1")]
    assert before == (
        [f"a1_{n}" for n in range(1, 5)]
        + [f"h1_{n}" for n in range(1, 5)]
        + ["a2_1", "a2_2", "e2_1", "e2_2", "s2", "yhat_1", "yhat_2"]
    )


def test_everything_printed_is_honest_under_the_page_s_rounding() -> None:
    page = question(PAGE)
    for slot in page.slots:
        if slot.name in PRINTED:
            assert inside(page, slot.step.key, float(PRINTED[slot.name])), slot.name


def test_printed_numbers_follow_from_printed_forward_values() -> None:
    """With h and yhat given as printed, the page is exact: every number rounds to what stands there."""
    rounded = {
        name.key: round(question().value(name), 2) for name in derive(NETWORK, "w1_31").index if name.key[0] in "ah"
    }
    derivation = derive(NETWORK, "w1_31", replace(UPDATED, forward="given"))
    given = solve(derivation, {**GIVENS, **rounded, "yhat_1": 0.77, "yhat_2": 0.23}, PAGE)
    assert given.value("h1_3") == 0.89
    for slot in given.slots:
        text = PRINTED[slot.name]
        decimals = len(text.partition(".")[2])
        assert f"{given.value(slot.step):.{decimals}f}" == text, slot.name


def test_rounding_the_forward_pass_to_two_decimals_is_not_honest_where_four_are_asked() -> None:
    four = question(FOUR)
    assert not inside(four, "h1_3", 0.89)
    assert inside(four, "h1_3", 0.8909)
    # At the answer four decimals cannot tell: the two paths nearly cancel. Five can.
    five = question(Precision.parse({"forward": "5d", "product": "7d"}))
    assert not inside(five, "gradient", float(PRINTED["gradient"]))
    assert inside(five, "gradient", 0.0015797)


def test_gradient_of_the_other_convention_is_not_honest() -> None:
    for precision in (PAGE, FOUR):
        assert not inside(question(precision), "gradient", 0.0031594)


def test_answer_is_printed_with_the_asked_places() -> None:
    four = question(FOUR)
    assert four.printed("h1_3") == "0.8909"
    assert four.printed("gradient") == "0.001580"
    assert four.printed("updated") == "-0.301580"
    assert four.printed("da1_3/dw1_31") == "2"
    assert four.printed("da2_2/dh1_3") == "0.3"


def test_example_file_states_this_problem() -> None:
    path = Path(__file__).parents[2] / "examples" / "textbook.toml"
    solved = read_problem(path.read_text(encoding="utf-8"), str(path)).solve()
    assert solved.derivation.model == NETWORK
    assert solved.value("updated") == question().value("updated")
