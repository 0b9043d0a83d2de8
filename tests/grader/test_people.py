"""A term with real people in it: changed ids and names, late joiners, and students who withdraw."""

from __future__ import annotations

import csv
import json
import re
from pathlib import Path

import pytest
from pypdf import PdfReader

from grader.assignments.assignment import load_assignment, make
from grader.assignments.question_set import HandedQuestion, QuestionSet, load
from grader.practice.storage.assignments import open_assignment, submissions_csv
from grader.practice.storage.database import open_database
from grader.practice.storage.online import Online
from tests.grader.command_line import run

pytestmark = pytest.mark.usefixtures("without_plots", "read_here", "one_printer")

ASSIGNMENT = """
title = "A set"
[[questions]]
recipe = "first"
parameter = "w1_11"
marks = 4
"""
ROSTER = "id,name\nann,Ann Lee\nben,Ben Ode\ncleo,Cleo Fay\n"


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, QuestionSet]:
    folder = tmp_path_factory.mktemp("made")
    (folder / "assignment.toml").write_text(ASSIGNMENT)
    questions = make(load_assignment(folder), folder, ["ann", "ben", "cleo"]).questions
    return (folder / "questions.json").read_text(), questions


@pytest.fixture
def folder(tmp_path: Path, made: tuple[str, QuestionSet]) -> Path:
    """A set that ann and ben handed in right, and cleo in the same way but for the gradient."""
    (tmp_path / "assignment.toml").write_text(ASSIGNMENT)
    (tmp_path / "roster.csv").write_text(ROSTER)
    (tmp_path / "questions.json").write_text(made[0])
    (tmp_path / "submissions").mkdir()
    rows = "".join(
        f"{one.student},q1,{slot.slot},{'77' if (one.student, slot.slot) == ('cleo', 'gradient') else slot.value!r}\n"
        for one in made[1].questions
        for slot in one.slots
    )
    (tmp_path / "submissions" / "all.csv").write_text("student,question,slot,response\n" + rows)
    return tmp_path


def done(*arguments: object) -> str:
    result = run(*arguments)
    assert result.exit_code == 0, result.output
    return " ".join(result.output.split())


def totals(folder: Path, name: str = "grades.csv") -> dict[str, str]:
    with (folder / name).open() as file:
        return {row["student"]: row["total"] for row in csv.DictReader(file)}


def handed(folder: Path) -> dict[str, HandedQuestion]:
    return {one.student: one for one in load(folder / "questions.json").questions}


# Changed ids.


def test_a_changed_id_keeps_sheet_work_decisions_and_marks(folder: Path) -> None:
    (folder / "assignment.toml").write_text(
        "due = 2020-01-31\n" + ASSIGNMENT + '[[extension]]\nstudent = "ann"\ndue = 2020-02-07\nwhy = "ill"\n'
    )
    (folder / "received.csv").write_text("student,submitted\nann,2020-02-01T09:00\n")
    (folder / "overrides.toml").write_text(
        '[[override]]\nstudent = "ann"\nquestion = "q1"\nslot = "gradient"\nverdict = "wrong"\nwhy = "copied"\n'
    )
    done("grade", folder)
    before, marks = handed(folder), totals(folder)
    assert marks["ann"] != "4.00"
    done("rename", folder, "ann", "a-2001")
    after = handed(folder)
    assert after["a-2001"].model_dump(exclude={"student"}) == before["ann"].model_dump(exclude={"student"})
    assert {"ben", "cleo"} == after.keys() - {"a-2001"}
    expected = {"a-2001" if student == "ann" else student: total for student, total in marks.items()}
    assert totals(folder) == expected
    written = (folder / "marks.json").read_text()
    assert '"a-2001"' in written
    assert '"ann"' not in written.partition('"questions":')[2]
    # The roster, the submissions, the decision and the extension still say ann.
    done("grade", folder)
    assert totals(folder) == expected
    assert (folder / "marks.json").read_text().partition('"questions":')[2] == written.partition('"questions":')[2]
    assert not (folder / "changes.csv").exists()
    (entry,) = [one for one in json.loads(written)["questions"] if one["student"] == "a-2001"]
    assert entry["extension"]["why"] == "ill"
    with (folder / "grades.csv").open() as file:
        assert {row["student"]: row["name"] for row in csv.DictReader(file)}["a-2001"] == "Ann Lee"


def test_feedback_may_be_asked_for_by_either_id(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("grader.feedback.paper_pdf", lambda *_: b"%PDF-")
    done("rename", folder, "ann", "a-2001")
    done("feedback", folder, "--student", "ann")
    assert {path.name for path in (folder / "feedback").glob("*.json")} == {"a-2001.json"}
    done("rename", folder, "a-2001", "a-2002")
    assert {path.name for path in (folder / "feedback").glob("*.*")} == {
        f"a-2002.{end}" for end in ("json", "html", "pdf")
    }


def test_what_says_the_new_id_is_found_as_well(folder: Path) -> None:
    done("rename", folder, "ann", "a-2001")
    for name in ("roster.csv", "submissions/all.csv"):
        path = folder / name
        path.write_text(re.sub(r"^ann,", "a-2001,", path.read_text(), flags=re.MULTILINE))
    done("grade", folder)
    assert totals(folder)["a-2001"] == "4.00"


def test_an_id_of_before_is_found_without_its_leading_zeros_too(folder: Path) -> None:
    """As a spreadsheet leaves it; but where somebody has that number, it is theirs."""
    done("rename", folder, "ann", "0042")
    done("rename", folder, "0042", "ann")
    path = folder / "submissions" / "all.csv"
    path.write_text(re.sub(r"^ann,", "42,", path.read_text(), flags=re.MULTILINE))
    done("grade", folder)
    assert totals(folder)["ann"] == "4.00"
    done("rename", folder, "ben", "7")
    result = run("rename", folder, "cleo", "42")
    assert (result.exit_code, "'42' would be taken for 'ann'" in result.output) == (2, True)


def test_a_question_that_is_added_later_stands_on_the_sheet_that_was_handed_out(
    folder: Path, without_sheets: None
) -> None:
    """Under the same sheet id, drawn as it would have been, and opened by the same PIN."""
    as_it_would_be = load(folder / "questions.json")
    done("rename", folder, "ann", "a-2001")
    done("rename", folder, "a-2001", "a-2002")
    (folder / "assignment.toml").write_text(ASSIGNMENT + '[[questions]]\nrecipe = "first"\nmarks = 2\n')
    done("make", folder)
    found = load(folder / "questions.json")
    mine = [one for one in found.questions if one.student == "a-2002"]
    assert {one.question for one in mine} == {"q1", "q2"}
    assert {one.sheet_id for one in mine} == {as_it_would_be.sheet_id("ann")}
    assert found.pin("a-2002") == as_it_would_be.pin("ann")
    assert found.draw_key("a-2002", "q2") == as_it_would_be.draw_key("ann", "q2")
    assert found.former_ids == {"ann": "a-2002", "a-2001": "a-2002"}


def test_an_id_may_be_changed_back(folder: Path) -> None:
    before = handed(folder)
    done("rename", folder, "ann", "a-2001")
    done("rename", folder, "a-2001", "ann")
    assert handed(folder) == before
    assert load(folder / "questions.json").former_ids == {"a-2001": "ann"}


@pytest.mark.parametrize(
    ("old", "new", "complaint"),
    [
        ("anna", "x", "no student 'anna' got questions; expected an id as it was handed out. Did you mean 'ann'?"),
        ("ann", "ann", "'ann' is the id already"),
        ("ann", "ben", "'ben' was handed questions too"),
        ("ann", "Ben", "'Ben' would be taken for 'ben'"),
        ("ann", " ", "an empty id"),
        ("ann", "a\x07", "an id with a character that cannot be printed"),
        ("ann", "x" * 101, "an id of 101 characters"),
        ("ann", "was-ben", "'was-ben' would be taken for 'ode'"),
        ("ben", "x", "no student 'ben' got questions: since a rename it is 'ode'"),
    ],
)
def test_an_id_that_cannot_be_is_refused_and_nothing_changes(folder: Path, old: str, new: str, complaint: str) -> None:
    if "ode" in complaint:
        done("rename", folder, "ben", "was-ben")
        done("rename", folder, "was-ben", "ode")
    before = (folder / "questions.json").read_bytes()
    result = run("rename", folder, old, new)
    assert (result.exit_code, complaint in result.output) == (2, True), result.output
    assert (folder / "questions.json").read_bytes() == before


def test_a_rename_that_was_interrupted_is_completed_by_the_next(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    done("grade", folder)
    before = totals(folder)
    (folder / "sheets").mkdir()
    (folder / "sheets" / "ann.pdf").write_bytes(b"%PDF-")
    with monkeypatch.context() as patch:
        patch.setattr("grader.commands.rename._rename_in_marks", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
        assert run("rename", folder, "ann", "a-2001").exit_code == 130
    assert totals(folder) == before
    done("rename", folder, "ann", "a-2001")
    assert totals(folder).keys() == {"a-2001", "ben", "cleo"}
    assert [path.name for path in (folder / "sheets").iterdir()] == ["a-2001.pdf"]
    done("grade", folder)
    assert not (folder / "changes.csv").exists()


def test_a_roster_with_both_ids_is_refused(folder: Path, without_sheets: None) -> None:
    done("rename", folder, "ann", "a-2001")
    (folder / "roster.csv").write_text(ROSTER + "a-2001,Ann Lee\n")
    for command in ("make", "grade"):
        result = run(command, folder)
        assert result.exit_code == 2
        assert "ann and a-2001, who are one student since `gradpath rename`. Delete the line of ann" in result.output


def test_work_that_is_stored_online_stays_the_students(folder: Path, tmp_path: Path) -> None:
    database = open_database(f"sqlite:///{tmp_path / 'db.sqlite'}")
    online = open_assignment(folder)
    store = Online(database, online.id)
    store.take(online.stored_as("ann"), "q1", lambda held: ({"gradient": "1"}, {}), 1.0, hand_in=True)
    done("rename", folder, "ann", "a-2001")
    renamed = open_assignment(folder)
    assert store.saved(renamed.stored_as("a-2001"), "q1") == {"gradient": "1"}
    (folder / "submissions" / "all.csv").write_text(submissions_csv(store))
    done("grade", folder)
    questions = json.loads((folder / "marks.json").read_text())["questions"]
    assert [one["student"] for one in questions] == ["a-2001"]


# Names and late joiners.


def shown_on(path: Path) -> str:
    return PdfReader(path).pages[0].extract_text()


def test_late_joiners_get_theirs_and_a_changed_name_is_printed_anew(folder: Path) -> None:
    done("make", folder)
    sheets = {path.name: path.read_bytes() for path in (folder / "sheets").iterdir()}
    before = handed(folder)
    (folder / "roster.csv").write_text("id,name\ndan,Dan Ost\nann,Ann Lee\nben,Ben Ide\ncleo,Cleo Fay\n")
    done("rename", folder, "cleo", "c-2001")
    said = done("make", folder)
    after = handed(folder)
    assert "ben Ben Ode is now ben Ben Ide, cleo Cleo Fay is now c-2001 Cleo Fay." in said
    assert "3 printed, 1 kept" in said
    assert (folder / "sheets" / "ann.pdf").read_bytes() == sheets["ann.pdf"]
    assert {path.name for path in (folder / "sheets").iterdir()} == {"dan.pdf", "ann.pdf", "ben.pdf", "c-2001.pdf"}
    assert (after["ann"], after["ben"]) == (before["ann"], before["ben"])
    pages = shown_on(folder / "sheets" / "ben.pdf")
    assert ("Ben Ide" in pages, "Ben Ode" in pages, before["ben"].sheet_id in pages) == (True, False, True)
    assert "c-2001" in shown_on(folder / "sheets" / "c-2001.pdf")
    everybody = "".join(page.extract_text() for page in PdfReader(folder / "sheets.pdf").pages)
    assert all(name in everybody for name in ("Dan Ost", "Ann Lee", "Ben Ide", "c-2001"))
    assert "printed anew" not in done("make", folder)


# Withdrawn.


def test_the_withdrawn_stand_apart(folder: Path, without_sheets: None) -> None:
    done("grade", folder)
    (folder / "assignment.toml").write_text('withdrawn = ["cleo"]\n' + ASSIGNMENT)
    said = done("grade", folder)
    assert "handed in 2 of 2" in said
    assert totals(folder) == {"ann": "4.00", "ben": "4.00"}
    assert totals(folder, "withdrawn.csv").keys() == {"cleo"}
    assert not (folder / "changes.csv").exists()
    report = json.loads((folder / "class.json").read_text())
    assert (report["total"]["handed_out"], report["total"]["handed_in"], report["withdrawn"]) == (2, 2, ["cleo"])
    assert "cleo (Cleo Fay)" in (folder / "class.html").read_text()
    assert json.loads((folder / "marks.json").read_text())["withdrawn"] == ["cleo"]
    # Nothing more is drawn for them.
    (folder / "assignment.toml").write_text(
        'withdrawn = ["cleo"]\n' + ASSIGNMENT + '[[questions]]\nrecipe = "first"\nmarks = 2\n'
    )
    assert "2 questions drawn, 3 kept, for 2 students" in done("make", folder)
    # Who comes back is one of the others again.
    (folder / "assignment.toml").write_text(ASSIGNMENT + '[[questions]]\nrecipe = "first"\nmarks = 2\n')
    done("grade", folder)
    assert totals(folder).keys() == {"ann", "ben", "cleo"}
    assert not (folder / "withdrawn.csv").exists()
    assert json.loads((folder / "class.json").read_text())["withdrawn"] == []


def test_who_cannot_have_withdrawn_is_said_before_any_mark(folder: Path) -> None:
    (folder / "assignment.toml").write_text('withdrawn = ["clea", "ben", "BEN"]\n' + ASSIGNMENT)
    for command in ("make", "grade"):
        result = run(command, folder)
        assert result.exit_code == 2
        assert "withdrawn[1]: 'clea' is nobody that got questions or stands on the roster" in result.output
        assert "withdrawn[3]: ben again. Keep withdrawn[2]" in result.output
    assert not (folder / "marks.json").exists()


def test_a_set_for_nobody_is_refused(folder: Path) -> None:
    (folder / "assignment.toml").write_text('withdrawn = ["ann", "ben", "cleo"]\n' + ASSIGNMENT)
    result = run("make", folder)
    assert result.exit_code == 2
    assert "everybody on the roster has withdrawn" in result.output


def test_who_stands_on_the_roster_without_questions_may_have_withdrawn_or_more_time(folder: Path) -> None:
    """Somebody who withdrew before anything was drawn, or joined after it: nobody else's marks wait for that."""
    (folder / "roster.csv").write_text(ROSTER + "dan,Dan Roe\neve,Eve Orr\n")
    later = 'withdrawn = ["dan"]\n[[extension]]\nstudent = "eve"\ndue = 2030-02-07\nwhy = "joined late"\n'
    asked = ASSIGNMENT.replace('title = "A set"\n', "")
    (folder / "assignment.toml").write_text(f'title = "A set"\ndue = 2030-01-31\n{later}{asked}')
    result = run("grade", folder)
    assert result.exit_code == 0, result.output
    assert totals(folder, "grades.csv").keys() == {"ann", "ben", "cleo"}
    assert open_assignment(folder).people.withdrawn == {"dan"}
