"""How many numbers by one rule of one's own show work, beside how many that nothing explains: worked by hand."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

import pytest

from grader.marking import Unsupported, mark
from question_bank.derivations.deriving import derive
from question_bank.derivations.layout import Layout
from question_bank.expressions.names import named
from question_bank.networks.dense import Architecture
from question_bank.questions.question import Question, solve
from tests.grader.marking.pupil import PRECISION


@cache
def network() -> Question:
    """Four sums of two terms, two of four, and two paths whose products are added up."""
    derivation = derive(Architecture((2, 4, 2), ("sigmoid", "sigmoid"), "squared_error"), "w1_11", Layout())
    given = {"x_1": 1.5, "x_2": -2.5, "y_1": 0.0, "y_2": 1.0}
    given |= {f"w1_{to}{n}": 0.1 * to - 0.3 * n for to in (1, 2, 3, 4) for n in (1, 2)}
    given |= {f"w2_{to}{n}": 0.25 * n - 0.4 * to for to in (1, 2) for n in (1, 2, 3, 4)}
    return solve(derivation, given, PRECISION)


SUMS = {name: f"{-2 * network().value(named(name)):.4f}" for name in ("a1_1", "a1_2", "a1_3", "a1_4")}
"""Twice what is right with the other sign: a rule of one's own, where it gives two of them."""

AIR = {"h1_1": "0.1379", "h1_2": "0.8264", "h1_3": "0.4431", "h1_4": "0.6187"}


def first(table: Mapping[str, str], count: int) -> dict[str, str]:
    return dict(list(table.items())[:count])


def said(written: Mapping[str, str]) -> Unsupported:
    paper = {slot.name: written.get(slot.name, "") for slot in network().slots}
    assert set(written) <= set(paper)
    return mark(network(), paper).unsupported


@pytest.mark.parametrize(
    ("ruled", "air", "shown"),
    [(2, 2, True), (2, 3, False), (3, 3, True), (3, 4, False), (4, 4, True), (1, 3, False)],
)
def test_as_many_by_one_rule_as_out_of_the_air_show_work_and_two_at_the_least(
    ruled: int, air: int, shown: bool
) -> None:
    found = said({**first(SUMS, ruled), **first(AIR, air)})
    assert found is (Unsupported.NO if shown else Unsupported.NOTHING_WORKED)


def test_a_wrong_answer_beside_them_is_one_more_mistake() -> None:
    assert said({**first(SUMS, 2), **first(AIR, 2), "gradient": "7.770000"}) is Unsupported.NO


def test_a_rule_that_needs_no_printed_number_shows_none_of_this_sheets_working() -> None:
    """Slopes twice as large as they should be, h (1 - h), whatever h is: a neighbour's would be alike."""
    hidden, output = 0.1379, 0.8264
    slopes = {"path_1.dyhat_1/da2_1": output, "path_1.dh1_1/da1_1": hidden}
    written = {name: f"{2 * number * (1 - number):.4f}" for name, number in slopes.items()}
    assert said({"h1_1": str(hidden), "yhat_1": str(output), **written}) is Unsupported.NOTHING_WORKED
