"""Who may hand in later: read from two places, refused where it cannot hold, and nobody else's lateness changes."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from grader.assignments.assignment import load_assignment, make
from grader.assignments.people import load_people
from grader.assignments.question_set import QuestionSet
from grader.assignments.student_ids import StudentIds
from grader.commands import app
from grader.practice.storage.assignments import open_assignment
from question_bank.errors import InputError

pytestmark = pytest.mark.usefixtures("without_plots", "read_here")

ASSIGNMENT = """
title = "A set"
due = 2030-01-31T18:00:00
[rubric.late]
per_day = 0.25
[[questions]]
recipe = "first"
marks = 4
"""
STUDENTS = ("ann", "ben", "0429", "cleo")
ANN = '[[extension]]\nstudent = "ann"\ndue = 2030-02-07T12:00:00\nwhy = "was ill"\n'


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, QuestionSet]:
    folder = tmp_path_factory.mktemp("made")
    (folder / "assignment.toml").write_text(ASSIGNMENT)
    questions = make(load_assignment(folder), folder, STUDENTS).questions
    return (folder / "questions.json").read_text(), questions


@pytest.fixture
def folder(tmp_path: Path, made: tuple[str, QuestionSet]) -> Path:
    """A set that everybody handed in right, a day and a half late."""
    (tmp_path / "assignment.toml").write_text(ASSIGNMENT)
    (tmp_path / "roster.csv").write_text("id,name\nann,Ann\nben,Ben\n0429,Zoe\ncleo,Cleo\n")
    (tmp_path / "questions.json").write_text(made[0])
    (tmp_path / "submissions").mkdir()
    rows = "".join(
        f"{one.student},q1,{slot.slot},{slot.value!r},2030-02-02T06:00\n"
        for one in made[1].questions
        for slot in one.slots
    )
    (tmp_path / "submissions" / "all.csv").write_text("student,question,slot,response,submitted\n" + rows)
    return tmp_path


def run(command: str, folder: Path) -> Result:
    return CliRunner().invoke(app, [command, str(folder)])


def marks(folder: Path) -> dict[str, float]:
    result = run("grade", folder)
    assert result.exit_code == 0, result.output
    document = json.loads((folder / "marks.json").read_text())
    return {one["student"]: one["marks"] for one in document["questions"]}


def test_one_students_lateness_counts_from_the_new_time_and_nobody_elses_changes(folder: Path) -> None:
    assert marks(folder) == dict.fromkeys(STUDENTS, 2)
    (folder / "assignment.toml").write_text(ASSIGNMENT + ANN)
    (folder / "extensions.csv").write_text("id;due;why\n429;1.2.2030 18:00;his boy was born\n")
    assert marks(folder) == {"ann": 4, "ben": 2, "0429": 3, "cleo": 2}
    (entry,) = [one for one in json.loads((folder / "marks.json").read_text())["questions"] if one["student"] == "ann"]
    assert entry["extension"] == {"due": "2030-02-07 12:00", "why": "was ill"}
    changes = (folder / "changes.csv").read_text().splitlines()[1:]
    assert [line.split(",")[1] for line in changes] == ["ann", "0429"]
    assert changes[0].endswith("extension to 2030-02-07 12:00: was ill")


@pytest.mark.parametrize(("due", "kept"), [("2030-02-02T05:59:00", 3), ("2030-02-02T06:00:00", 4), ("2030-02-02", 4)])
def test_an_extension_ends_as_a_due_time_does(folder: Path, due: str, kept: float) -> None:
    (folder / "assignment.toml").write_text(ASSIGNMENT + ANN.replace("2030-02-07T12:00:00", due))
    assert marks(folder)["ann"] == kept


def extensions(folder: Path, tables: str, lines: str) -> dict[str, date]:
    (folder / "assignment.toml").write_text(ASSIGNMENT + tables)
    if lines:
        (folder / "extensions.csv").write_text("student,due,why\n" + lines)
    assignment = load_assignment(folder)
    return {
        student: one.due for student, one in load_people(folder, assignment, StudentIds(STUDENTS)).extensions.items()
    }


def test_days_and_times_are_read_from_both(folder: Path) -> None:
    assert extensions(folder, ANN, "BEN,2030-02-07,ill\n\ncleo,2030-02-07 18:00,ill\n") == {
        "ann": datetime(2030, 2, 7, 12),
        "ben": date(2030, 2, 7),
        "cleo": datetime(2030, 2, 7, 18),
    }


@pytest.mark.parametrize(
    ("tables", "lines", "complaint"),
    [
        (ANN.replace("ann", "anna"), "", r"assignment.toml, extension\[1\]: an extension for 'anna', .*mean 'ann'"),
        ("", "xy,2030-02-07,ill\n", r"extensions.csv, line 2: an extension for 'xy', who is nobody that got questions"),
        ("", "ann,soon,ill\n", "extensions.csv, line 2: 'soon' is no time"),
        ("", "ann,3/4/2030 9:00,ill\n", "line 2: '3/4/2030 9:00' may be the 3rd of month 4, or the 4th of month 3"),
        ("", "ann,2030-02-30,ill\n", "line 2: '2030-02-30' is no time"),
        ("", "ann,9999-01-01,ill\n", "line 2: '9999-01-01' is no time: expected a year from 1971 to 9998"),
        ("", "ann,,ill\n", "line 2: no 'due'"),
        ("", "ann,2030-02-07,\n", "line 2: no 'why'"),
        ("", f"ann,2030-02-07,{'x' * 501}\n", "line 2: a reason too long to read"),
        ("", "ann,2030-02-07,a\nAnn,2030-02-08,b\n", "line 3: a second extension for ann. Keep this one, or line 2 of"),
        (
            ANN,
            "ann,2030-02-08,b\n",
            r"extensions.csv, line 2: a second extension for ann.*extension\[1\] of assignment",
        ),
        (ANN.replace("2030-02-07T12:00:00", "2030-01-30"), "", "to 2030-01-30, before the assignment is due"),
        ("", "ann,2030-02-07T12:00Z,ill\n", "line 2: a time with a time zone, where due has none"),
        (ANN.replace("2030-02-07T12:00:00", '"soon"'), "", r"extension\[1\].due.*expected a date"),
        (ANN.replace('why = "was ill"\n', ""), "", r"extension\[1\].why: missing"),
    ],
)
def test_what_cannot_hold_is_refused_with_its_place(folder: Path, tables: str, lines: str, complaint: str) -> None:
    with pytest.raises(InputError, match=complaint):
        extensions(folder, tables, lines)


def test_an_extension_may_end_with_the_due_time_and_not_before(folder: Path) -> None:
    assert extensions(folder, "", "ann,2030-01-31T18:00,ill\n") == {"ann": datetime(2030, 1, 31, 18)}
    with pytest.raises(InputError, match="before the assignment is due"):
        extensions(folder, "", "ann,2030-01-31T17:59,ill\n")


def test_all_that_is_wrong_is_said_before_any_mark_is_given(folder: Path) -> None:
    (folder / "assignment.toml").write_text(ASSIGNMENT + ANN.replace("ann", "nobody"))
    (folder / "extensions.csv").write_text("student,due,why\nann,soon,ill\nben,2030-01-01,ill\nxyz,2030-02-07,ill\n")
    for command in ("make", "grade"):
        result = run(command, folder)
        assert result.exit_code == 2
        assert result.output.count("extensions.csv, line") == 3
        assert "extension[1]: an extension for 'nobody'" in result.output
    assert not (folder / "marks.json").exists()


def test_without_a_date_there_is_nothing_to_put_off(folder: Path) -> None:
    text = ASSIGNMENT.replace("due = 2030-01-31T18:00:00\n", "").replace("[rubric.late]\nper_day = 0.25\n", "")
    (folder / "assignment.toml").write_text(text + ANN)
    result = run("grade", folder)
    assert result.exit_code == 2
    assert "assignment.toml names no date that could be put off" in result.output


def test_a_time_zone_is_the_due_times_where_none_is_said(folder: Path) -> None:
    text = ASSIGNMENT.replace("18:00:00", "18:00:00Z")
    (folder / "assignment.toml").write_text(text)
    (folder / "extensions.csv").write_text(
        "student,due,why\nann,2030-02-02T06:00,ill\nben,2030-02-02T07:00+01:00,ill\n"
    )
    assert marks(folder) == {"ann": 4, "ben": 4, "0429": 2, "cleo": 2}


def test_answering_online_ends_for_each_when_it_is_due_for_them(folder: Path) -> None:
    (folder / "extensions.csv").write_text("student,due,why\nann,2030-02-02T18:00Z,ill\n")
    (folder / "assignment.toml").write_text(ASSIGNMENT.replace("18:00:00", "18:00:00Z"))
    online = open_assignment(folder)
    end = datetime(2030, 1, 31, 18, 1, tzinfo=UTC).timestamp()
    later = end + timedelta(days=2).total_seconds()
    assert [online.is_due(now, "ben") for now in (end - 1, end, later)] == [False, True, True]
    assert [online.is_due(now, "ann") for now in (end, later - 1, later)] == [False, False, True]
    assert online.is_due(end)


def test_feedback_waits_for_whoever_may_still_hand_in(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("grader.feedback.paper_pdf", lambda *_: b"%PDF-")
    (folder / "assignment.toml").write_text(ASSIGNMENT.replace("2030-01-31", "2020-01-31"))
    (folder / "extensions.csv").write_text("student,due,why\nann,2999-02-02,ill\nben,2020-02-02,ill\n")
    result = run("feedback", folder)
    assert result.exit_code == 0, result.output
    assert "ann may hand in until 2999-02-02: no feedback until then." in result.output
    written = {path.stem for path in (folder / "feedback").glob("*.json")}
    assert written == {"ben", "0429", "cleo"}
    said = json.loads((folder / "feedback" / "ben.json").read_text())["questions"][0]
    assert said["extended_to"] == "2020-02-02"
    assert "You had until 2020-02-02." in said["remarks"]
