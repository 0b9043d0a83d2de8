"""overrides.toml: decisions that are taken, and those that are refused with their place."""

from __future__ import annotations

from pathlib import Path

import pytest

from grader.assignments.assignment import load_assignment, make
from grader.assignments.decisions import load_decisions
from grader.assignments.overrides import Override
from grader.assignments.question_set import QuestionSet
from grader.marking.verdict import Verdict
from grader.rubrics.shares import Shares
from question_bank.errors import InputError

SLOT = """
[[override]]
student = "ann"
question = "q1"
slot = "gradient"
verdict = "correct"
why = "the copier cut it off"
"""
WHOLE = '[[override]]\nstudent = "bob"\nquestion = "q1"\nslot = "*"\nmarks = 2.5\nwhy = "was ill"\n'


@pytest.fixture(scope="module")
def questions(tmp_path_factory: pytest.TempPathFactory) -> QuestionSet:
    folder = tmp_path_factory.mktemp("set")
    (folder / "assignment.toml").write_text('title = "A set"\n[[questions]]\nrecipe = "first"\nmarks = 4\n')
    return make(load_assignment(folder), folder, ["ann", "bob"]).questions


def load(tmp_path: Path, questions: QuestionSet, text: str) -> tuple[Override, ...]:
    path = tmp_path / "overrides.toml"
    path.write_text(text, "utf-8")
    return load_decisions(path, questions).overrides


def test_decisions_are_read_in_their_order(tmp_path: Path, questions: QuestionSet) -> None:
    assert load(tmp_path, questions, SLOT + WHOLE) == (
        Override("ann", "q1", "gradient", Verdict.CORRECT, None, "the copier cut it off"),
        Override("bob", "q1", "*", None, 2.5, "was ill"),
    )


def test_without_a_file_nothing_is_decided(tmp_path: Path, questions: QuestionSet) -> None:
    assert load_decisions(tmp_path / "overrides.toml", questions).overrides == ()
    assert load(tmp_path, questions, "# nothing yet\n") == ()


@pytest.mark.parametrize(
    ("verdict", "marks", "ticks"),
    [
        (Verdict.CORRECT, None, 100),
        (Verdict.FOLLOW_THROUGH, None, 80),
        (Verdict.CUT_OFF, None, 100),
        (Verdict.MISCONCEPTION, None, 25),
        (Verdict.SLIP, None, 0),
        (Verdict.ROUNDED_EARLY, None, 50),
        (Verdict.WRONG, None, 0),
        (Verdict.BLANK, None, 0),
        (Verdict.WRONG, 0.75, 750_000),
    ],
)
def test_a_decision_earns_its_marks_or_what_its_verdict_does(verdict: Verdict, marks: float | None, ticks: int) -> None:
    override = Override("ann", "q1", "gradient", verdict, marks, "so")
    assert override.ticks(100, Shares(follow_through=0.8, misconception=0.25)) == ticks


@pytest.mark.parametrize(
    ("old", "new", "complaint"),
    [
        ('student = "ann"', 'student = "anna"', r"override\[1\]\.student: no student 'anna' .*Did you mean 'ann'"),
        ('question = "q1"', 'question = "q7"', r"override\[1\]\.question: no question 'q7'; expected q1"),
        (
            'slot = "gradient"',
            'slot = "gradeint"',
            r"override\[1\]\.slot: no slot 'gradeint'.* mean 'gradient'",
        ),
        ('slot = "gradient"', "", r"override\[1\]\.slot: missing"),
        ('verdict = "correct"', 'verdict = "right"', r"override\[1\]\.verdict: no verdict 'right'; expected correct, "),
        ('verdict = "correct"', "", r"override\[1\]\.verdict: missing"),
        ('why = "the copier cut it off"', "", r"override\[1\]\.why: missing"),
        ('why = "the copier cut it off"', 'why = " "', r"override\[1\]\.why: no reason"),
        ('verdict = "correct"', 'verdict = "correct"\nmarks = 5', r"override\[1\]\.marks: 5 marks; expected at most 4"),
        ('verdict = "correct"', 'verdict = "correct"\nmarks = -1', r"override\[1\]\.marks"),
        ('verdict = "correct"', 'verdict = "correct"\nmark = 1', r"override\[1\]\.mark: unknown key"),
        ('slot = "gradient"', 'slot = "*"', r"override\[1\]\.marks: missing"),
        ('slot = "gradient"', 'slot = "*"\nmarks = 1', r"override\[1\]\.verdict: a verdict"),
        ("[[override]]", "[[overrides]]", "overrides: unknown key"),
        ("[[override]]", WHOLE + WHOLE + "[[override]]", r"override\[2\]: the same as override\[1\]"),
        ('"ann"', '"ann', "line 3"),
    ],
)
def test_a_decision_that_cannot_be_used_is_refused_with_its_place(
    tmp_path: Path, questions: QuestionSet, old: str, new: str, complaint: str
) -> None:
    with pytest.raises(InputError, match=complaint) as refusal:
        load(tmp_path, questions, SLOT.replace(old, new))
    assert str(tmp_path / "overrides.toml") in str(refusal.value)
