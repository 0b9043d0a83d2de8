"""Two who filled in each other's sheets: what they wrote is right for the sheet that they worked, and theirs."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from grader.assignments.assignment import load_assignment, make
from grader.assignments.decisions import load_decisions
from grader.assignments.exchanges import exchanged
from grader.assignments.question_set import QuestionSet
from grader.commands import app
from grader.grading.grading import expected
from question_bank.errors import InputError

pytestmark = pytest.mark.usefixtures("without_plots", "read_here")

STUDENTS = ("ann", "ben", "cleo")
OTHER = {"ann": "ben", "ben": "ann", "cleo": "cleo"}


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, QuestionSet]:
    """Ann and Ben sat at each other's sheet and made no mistake; Cleo at her own."""
    folder = tmp_path_factory.mktemp("exchanged")
    (folder / "assignment.toml").write_text(
        'title = "A set"\n[[questions]]\nrecipe = "two-paths"\nparameter = "w1_31"\nmarks = 4\n'
    )
    questions = make(load_assignment(folder), folder, STUDENTS).questions
    rows = [
        f"{OTHER[one.student]},{one.question},{slot.slot},{slot.value!r}\n"
        for one in questions.questions
        for slot in one.slots
    ]
    (folder / "submissions").mkdir()
    (folder / "submissions" / "all.csv").write_text("student,question,slot,response\n" + "".join(rows))
    return folder, questions


def entry(questions: QuestionSet, *students: str, why: str = "took each other's sheet") -> str:
    sheets = [questions.by_student()[student][0].sheet_id for student in students]
    return f'[[exchange]]\nsheets = {json.dumps(sheets)}\nwhy = "{why}"\n'


def run(command: str, folder: Path, decisions: str) -> Result:
    (folder / "overrides.toml").write_text(decisions)
    return CliRunner().invoke(app, [command, str(folder)])


def grades(folder: Path) -> dict[str, dict[str, str]]:
    with (folder / "grades.csv").open(encoding="utf-8-sig") as file:
        return {row["student"]: row for row in csv.DictReader(file)}


def test_each_is_marked_by_the_sheet_that_they_worked(made: tuple[Path, QuestionSet]) -> None:
    folder, questions = made
    assert run("grade", folder, "").exit_code == 0
    before = grades(folder)
    assert float(before["cleo"]["total"]) == 4
    assert max(float(before["ann"]["total"]), float(before["ben"]["total"])) < 3
    result = run("grade", folder, entry(questions, "ann", "ben"))
    assert result.exit_code == 0, result.output
    after = grades(folder)
    assert list(after) == list(STUDENTS)
    assert [float(row["total"]) for row in after.values()] == [4, 4, 4]
    assert ["took each other's sheet" in row["decided"] for row in after.values()] == [True, True, False]
    assert "ben" not in after["ann"]["decided"]
    changed = (folder / "changes.csv").read_text()
    assert "ann" in changed
    assert "ben" in changed
    assert "cleo" not in changed
    history = CliRunner().invoke(app, ["history", str(folder), "ann"])
    assert "4.00" in history.output
    page = (folder / "class.html").read_text()
    assert page.count("made for somebody else") == 1
    assert run("feedback", folder, entry(questions, "ann", "ben")).exit_code == 0
    for student, said in (("ann", True), ("ben", True), ("cleo", False)):
        assert ("made for somebody else" in (folder / "feedback" / f"{student}.html").read_text()) is said
        told = json.loads((folder / "feedback" / f"{student}.json").read_text())
        assert bool(told["decided"]) is said


def test_a_sheet_that_says_whose_it_is_is_the_others_then(made: tuple[Path, QuestionSet], tmp_path: Path) -> None:
    _, questions = made
    (tmp_path / "overrides.toml").write_text(entry(questions, "ann", "ben"))
    decisions = load_decisions(tmp_path / "overrides.toml", questions)
    now = expected(exchanged(questions, decisions.exchanges)).sheets
    assert {expected(questions).sheets[sheet]: student for sheet, student in now.items()} == OTHER
    assert exchanged(questions, ()) is questions


@pytest.mark.parametrize(
    ("students", "why", "said"),
    [
        ([("ann", "ben"), ("ben", "cleo")], "seen", "exchange[1]"),
        ([("ann", "ben"), ("ben", "ann")], "seen", "exchange[1]"),
        ([("ann", "ann")], "seen", "twice"),
        ([("ann", "ben", "cleo")], "seen", "two sheets"),
        ([("ann",)], "seen", "two sheets"),
        ([("ann", "ben")], " ", "no reason"),
    ],
)
def test_exchanges_that_cannot_be_are_refused(
    made: tuple[Path, QuestionSet], tmp_path: Path, students: list[tuple[str, ...]], why: str, said: str
) -> None:
    path = tmp_path / "overrides.toml"
    path.write_text("".join(entry(made[1], *some, why=why) for some in students))
    with pytest.raises(InputError) as error:
        load_decisions(path, made[1])
    assert said in str(error.value)


def test_a_sheet_that_nobody_got_is_refused_with_the_one_that_may_be_meant(
    made: tuple[Path, QuestionSet], tmp_path: Path
) -> None:
    path, sheet = tmp_path / "overrides.toml", made[1].questions[0].sheet_id
    wrong = sheet[:-1] + ("0" if sheet[-1] != "0" else "1")
    path.write_text(entry(made[1], "ann", "ben").replace(sheet, wrong))
    with pytest.raises(InputError, match=sheet):
        load_decisions(path, made[1])
