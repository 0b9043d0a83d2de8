"""What marking promises, held against simulated students; `gradpath simulate DIR --check` tries thousands more."""

from __future__ import annotations

from typing import Literal

import pytest

from grader.simulation.check import check
from grader.simulation.examiner import examine
from grader.simulation.marked import Promise
from question_bank.derivations.layout import Quantity
from question_bank.questions.draws import draw
from question_bank.questions.recipe import load_recipe


@pytest.fixture(scope="module")
def lines() -> dict[str, Promise]:
    recipe = load_recipe("two-paths")
    # Two derivations: each takes a while to find out which mistakes are alike on it.
    questions = [
        question
        for parameter in ("w1_31", "b2")
        for question in draw(recipe, [b"promise %d" % number for number in range(12)], parameter=parameter)
    ]
    report = check(questions, examine, students=1_600, seed=1)
    return {line.sentence: line for line in report.lines}


PROMISES = (
    "honest students' slots marked correct",
    "single misconceptions named exactly",
    "other slots of a single mistake correct or follow_through",
    "misconceptions named when two are made at once",
    "slots all filled with 0, 1, ½, one given, one number: unpaid unless right",
    "slots filled with any givens: unpaid unless right or a copy",
    "permuted columns in full marks where paths are to be found",
)
FAIRNESS = (
    "values cut off instead of rounded: full marks",
    "misread givens: no more lost than the boxes where that strikes",
    "one mistake or two: no more lost than the boxes that they strike",
    "slips of the pen: no more lost than that box",
    "slips of the pen: named",
    "digits inside a number wrong or exchanged: not taken for rounding",
    "sheets that nobody worked: at most 15 % beyond what is right",
    "kinds of such sheets: at most 5 % beyond that on average",
)
OF_0 = "sums that come to 0 by own numbers: paid"
"""Promised where it happens: hardly ever without a one-hot target or a ReLU."""


@pytest.mark.parametrize("sentence", [*PROMISES, *FAIRNESS])
def test_a_promise_is_kept(lines: dict[str, Promise], sentence: str) -> None:
    line = lines[sentence]
    assert line.passed, f"{line.kept} of {line.of}"


def test_every_promise_is_tried(lines: dict[str, Promise]) -> None:
    assert [line for line in lines if line != OF_0] == [*PROMISES, *FAIRNESS]
    assert all(line.of for line in lines.values())


@pytest.mark.bank
@pytest.mark.parametrize(
    ("recipe", "parameter", "quantity", "paths"),
    [
        # Loss signs exchanged on a sheet of two outputs look like columns exchanged: a tie, and the order as written.
        ("textbook", "w1_21", "gradient", "find"),
        # One path counts and the others are 0, so that mistakes of several kinds come to 0.
        ("softmax", "w2_12", "updated", "given"),
        # A loss's derivative of 0 in the wrong column looks as if the column were another path's.
        ("softmax", "w2_12", "updated", "find"),
        # A weight already updated is worked from factors that stand in a later column.
        ("deep", "w1_11", "updated", "given"),
        ("deep", "w1_33", "gradient", "find"),
    ],
)
def test_every_promise_is_kept_on_other_recipes(
    recipe: str, parameter: str, quantity: Quantity, paths: Literal["given", "find"]
) -> None:
    keys = [b"promise %d" % number for number in range(8)]
    questions = draw(load_recipe(recipe), keys, parameter=parameter, quantity=quantity, paths=paths)
    report = check(questions, examine, students=600, seed=2)
    assert recipe != "softmax" or any(line.sentence == OF_0 and line.of > 3 for line in report.lines)
    broken = [line for line in report.lines if not line.passed]
    assert [f"{line.sentence}: {line.kept} of {line.of}" for line in broken] == []
