"""What marking promises where each derivative is worked once, in every layout, held against simulated students."""

from __future__ import annotations

import pytest

from grader.simulation.check import check
from grader.simulation.examiner import examine
from question_bank.questions.draws import draw
from question_bank.questions.recipe import load_recipe

PROMISED = {
    "honest students' slots marked correct",
    "single misconceptions named exactly",
    "other slots of a single mistake correct or follow_through",
}


@pytest.mark.parametrize("name", ["one-weight", "three-two-one", "circuit-edges", "matrices"])
def test_the_promises_are_kept(name: str) -> None:
    questions = draw(load_recipe(name), [b"layout %d" % number for number in range(6)])
    report = check(questions, examine, students=300, seed=1)
    lines = {line.sentence: line for line in report.lines}
    assert lines.keys() == PROMISED
    for line in lines.values():
        assert line.of > 80
        assert line.passed, f"{line.sentence}: {line.kept} of {line.of}"
