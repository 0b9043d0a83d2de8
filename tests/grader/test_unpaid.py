"""What is not paid until a person says otherwise: listed with the reason, and overruled by one line."""

from __future__ import annotations

import json
from pathlib import Path
from random import Random

import pytest

from grader.assignments.assignment import load_assignment, make
from grader.assignments.decisions import load_decisions
from grader.assignments.overrides import FILE_NAME
from grader.assignments.question_set import QuestionSet
from grader.grading import grading
from grader.grading.grading import load_marking
from grader.grading.results import marks_json
from grader.marking import Unsupported, Verdict
from grader.report.files import class_json
from grader.report.page import class_page
from grader.report.summary import summarise
from grader.submissions import Collected, Submission
from question_bank.errors import InputError
from question_bank.misconceptions import CATALOGUE
from tests.classroom.paper import Paper
from tests.classroom.working import Habits, work

STUDENTS = ["ann", "bob", "cleo"]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("set")
    (folder / "assignment.toml").write_text(
        'title = "A set"\n[[questions]]\nrecipe = "first"\nmarks = 7\nparameter = "w2_12"\n'
    )
    return folder


@pytest.fixture(scope="module")
def questions(folder: Path) -> QuestionSet:
    return make(load_assignment(folder), folder, STUDENTS).questions


def handed_in(questions: QuestionSet) -> Collected:
    """Ann's own sheet from ann and from bob, and cleo's with two outputs of the layer before exchanged."""
    sheets = {handed.student: handed.solved() for handed in questions.questions}
    cleo = sheets["cleo"]
    reading = {"h1_1": cleo.value("h1_2"), "h1_2": cleo.value("h1_1"), "yhat_1": round(1 - cleo.value("yhat_1"), 4)}
    ann = work(Paper.of(sheets["ann"]), Habits(), Random(0)).written
    written = {"ann": ann, "bob": ann, "cleo": work(Paper.of(cleo), Habits(reading=reading), Random(0)).written}
    return Collected(tuple(Submission(student, "q1", text, "test") for student, text in written.items()), ())


def test_a_neighbours_sheet_is_listed_with_whose_it_is_and_the_line_that_pays_it(questions: QuestionSet) -> None:
    graded = grading.grade(questions, handed_in(questions))
    by_student = {one.handed.student: one for one in graded}
    assert not by_student["ann"].unsupported
    assert by_student["bob"].unsupported is Unsupported.ANOTHERS
    assert by_student["bob"].whose == "ann"
    summary = summarise(questions, graded, ())
    assert [one.student for one in summary.unpaid] == ["bob"]
    text = class_page(summary, {}, CATALOGUE)
    assert "Not paid until you say otherwise" in text
    assert "supported.bob.q1 = &#34;say why&#34;" in text
    assert json.loads(class_json(summary))["unpaid"][0]["values_of"] == "ann"
    (entry,) = [one for one in json.loads(marks_json(questions, graded, ()))["questions"] if one["student"] == "bob"]
    assert (entry["unsupported"], entry["values_of"]) == ("anothers", "ann")


def test_a_line_pays_what_follows(folder: Path, questions: QuestionSet) -> None:
    (folder / FILE_NAME).write_text('supported.bob.q1 = "they exchanged their sheets"\n', "utf-8")
    before = {one.handed.student: one for one in grading.grade(questions, handed_in(questions))}
    marking = load_marking(folder, questions)
    (folder / FILE_NAME).unlink()
    after = {one.handed.student: one for one in grading.grade(questions, handed_in(questions), marking)}
    follows = before["bob"].verdicts == Verdict.FOLLOW_THROUGH
    assert follows.any()
    assert not before["bob"].ticks[follows].any()
    assert (after["bob"].ticks[follows] == after["bob"].worth[follows]).all()
    assert after["ann"].earned == before["ann"].earned
    assert not after["bob"].unsupported
    assert "they exchanged their sheets" in marks_json(questions, list(after.values()), ())


def test_a_line_about_nobody_is_refused_and_one_about_nothing_handed_in_makes_nothing_up(
    tmp_path: Path, questions: QuestionSet
) -> None:
    path = tmp_path / FILE_NAME
    path.write_text('supported.dora.q1 = "seen"\n', "utf-8")
    with pytest.raises(InputError, match=r"supported\.dora\.q1: no student 'dora'"):
        load_decisions(path, questions)
    path.write_text('supported.ann.q1 = " "\n', "utf-8")
    with pytest.raises(InputError, match="no reason is given"):
        load_decisions(path, questions)
    path.write_text('supported.ann.q1 = "seen"\n', "utf-8")
    marking = grading.Marking(decisions=load_decisions(path, questions))
    assert grading.grade(questions, Collected((), ()), marking) == []
