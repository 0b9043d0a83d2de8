"""What marking promises where each derivative is worked once, in every layout, held against simulated students."""

from __future__ import annotations

import pytest

from grader.simulation.check import check
from grader.simulation.examiner import examine
from question_bank.questions.draws import draw
from question_bank.questions.recipe import load_recipe

EVERYWHERE = {
    "honest students' slots marked correct",
    "single misconceptions named exactly",
    "other slots of a single mistake correct or follow_through",
}
OF_TABLES = {
    "misconceptions named when two are made at once",
    "slots all filled with 0, 1, ½, one given, one number: unpaid unless right",
    "slots filled with any givens: unpaid unless right or a copy",
    "values cut off instead of rounded: full marks",
    "misread givens: no more lost than the boxes where that strikes",
    "one mistake or two: no more lost than the boxes that they strike",
    "slips of the pen: no more lost than that box",
    "slips of the pen: named",
    "digits inside a number wrong or exchanged: not taken for rounding",
    "sheets that nobody worked: at most 15 % beyond what is right",
    "kinds of such sheets: at most 5 % beyond that on average",
}


@pytest.mark.parametrize("name", ["one-weight", "three-two-one", "matrices", "attention-gradients"])
def test_the_promises_are_kept(name: str) -> None:
    questions = draw(load_recipe(name), [b"layout %d" % number for number in range(6)])
    report = check(questions, examine, students=300, seed=1)
    lines = {line.sentence: line for line in report.lines}
    assert lines.keys() == EVERYWHERE | OF_TABLES
    for line in lines.values():
        assert line.of > (80 if line.sentence in EVERYWHERE else 3)
        assert line.passed, f"{line.sentence}: {line.kept} of {line.of}"


@pytest.mark.parametrize("name", ["chain", "find-the-error", "error-in-chain", "error-in-circuit"])
def test_of_few_boxes_less_is_promised(name: str) -> None:
    questions = draw(load_recipe(name), [b"layout %d" % number for number in range(2)])
    assert {line.sentence for line in check(questions, examine, students=60, seed=1).lines} == EVERYWHERE
