"""Marks and files out to platforms, from the command line, for a folder that was graded."""

from __future__ import annotations

import email
import email.policy
import stat
import zipfile
from pathlib import Path

import pytest
from openpyxl import load_workbook

from grader.assignments.question_set import load
from tests.grader.command_line import run
from tests.grader.small_set import SMALL

pytestmark = pytest.mark.usefixtures("without_plots", "without_sheets", "read_here")

ROSTER = (
    "ID number,First name,Last name,Email address\n0042,Zoë,Quux,zoe@x.org\n0107,Bo,=Bizz,bo@x.org\n0300,Cy,Cozz,\n"
)
MOODLE = (
    "ID number,Email address,Homework (Real),Last downloaded from this course\n"
    "0042,zoe@x.org,-,1795922035\n0107,bo@x.org,-,1795922035\n"
)
WORKSHEET = (
    "Identifier,Full name,Email address,Status,Grade,Last modified (grade)\n"
    "Participant 23,Zoë Quux,zoe@x.org,,,-\nParticipant 16,Bo Bizz,bo@x.org,,,-\n"
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Zoë has all right, Bo one box, and Cy handed nothing in."""
    folder = tmp_path / "set"
    folder.mkdir()
    (folder / "assignment.toml").write_text(SMALL)
    (folder / "roster.csv").write_text(ROSTER)
    assert run("make", folder).exit_code == 0
    questions = load(folder / "questions.json").questions
    rows = [
        f"{one.student},{one.question},{slot.slot},{slot.value!r}\n"
        for one in questions
        for at, slot in enumerate(one.slots)
        if one.student == "0042" or (one.student == "0107" and at == 0)
    ]
    (folder / "submissions").mkdir()
    (folder / "submissions" / "all.csv").write_text("student,question,slot,response\n" + "".join(rows))
    assert run("grade", folder).exit_code == 0
    return folder


def totals(folder: Path) -> dict[str, str]:
    lines = (folder / "grades.csv").read_text().splitlines()[1:]
    return {line.split(",")[0]: line.split(",")[-1] for line in lines}


def test_grades_go_into_the_platforms_file_beside_it(folder, tmp_path):
    theirs = tmp_path / "their grades.csv"
    theirs.write_text(MOODLE)
    result = run("export", "grades", folder, "--into", theirs)
    assert result.exit_code == 0, result.output
    marks = totals(folder)
    filled = tmp_path / "their grades-filled.csv"
    assert f"0042,zoe@x.org,{marks['0042']},1795922035\n0107,bo@x.org,{marks['0107']}," in filled.read_text()
    assert theirs.read_text() == MOODLE
    assert stat.S_IMODE(filled.stat().st_mode) == 0o600
    assert marks["0042"] != marks["0107"]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--into", "{theirs}", "--item", "Quiz"], "no column for 'Quiz'"),
        (["--into", "{theirs}", "--to", "{theirs}"], "the download itself"),
        ([], "either a gradebook or a workbook"),
        (["--into", "nowhere.csv"], "nowhere.csv: No such file"),
    ],
)
def test_what_cannot_be_filled_in_is_said_and_nothing_is_written(folder, tmp_path, words, said):
    theirs = tmp_path / "theirs.csv"
    theirs.write_text(MOODLE)
    before = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    result = run("export", "grades", folder, *(word.format(theirs=theirs) for word in words))
    assert result.exit_code == 2
    assert said in result.stderr
    assert {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()} == before


OTHERS = "ID number,Email address,Homework (Real)\n7001,a@x.org,-\n7002,b@x.org,-\n"


@pytest.mark.parametrize(
    ("theirs", "said"),
    [
        (OTHERS, "0 of its 2 people are on the roster"),
        (MOODLE.replace("bo@x.org", "zoe@x.org"), "line 3: 0107 and 0042 by ID number and Email address"),
        (WORKSHEET.replace("Email address", "Address"), "no column that says who somebody is"),
        (MOODLE.replace("Homework (Real),", "Homework (Letter),"), "no gradebook that is known"),
        (
            MOODLE.replace("Homework", "Oral (Real),Essay"),
            "no column for 'A set'; expected one of 'Oral (column 3), Essay",
        ),
        (MOODLE.replace("zoe@x.org,-", "zoe@x.org"), "line 2: 3 cells"),
        ("PK\x03\x04", "a workbook or an archive"),
    ],
)
def test_a_file_that_cannot_be_theirs_is_refused_and_nothing_is_written(folder, tmp_path, theirs, said):
    (tmp_path / "theirs.csv").write_text(theirs)
    result = run("export", "grades", folder, "--into", tmp_path / "theirs.csv")
    assert result.exit_code == 2
    assert said in result.stderr
    assert f"{tmp_path / 'theirs.csv'}" in result.stderr
    assert sorted(path.name for path in tmp_path.iterdir()) == ["set", "theirs.csv"]


@pytest.mark.parametrize(("step", "name"), [("open", "theirs.csv"), ("replace", "theirs-filled.csv")])
def test_a_file_that_another_program_has_locked_is_said(folder, tmp_path, monkeypatch, step, name):
    (tmp_path / "theirs.csv").write_text(MOODLE)
    done = getattr(Path, step)

    def locked(self, *words, **options):
        if name in {path.name for path in (self, *words) if isinstance(path, Path)}:
            raise PermissionError(13, "Permission denied", str(tmp_path / name))
        return done(self, *words, **options)

    monkeypatch.setattr(Path, step, locked)
    result = run("export", "grades", folder, "--into", tmp_path / "theirs.csv")
    assert result.exit_code == 2
    assert f"{tmp_path / name}: Permission denied" in result.stderr
    assert sorted(path.name for path in tmp_path.iterdir()) == ["set", "theirs.csv"]


def test_lines_without_marks_are_left_out_where_that_is_asked_for(folder, tmp_path):
    theirs = MOODLE + "0300,cy@x.org,3.33,1795922035\n"
    (tmp_path / "theirs.csv").write_text(theirs)
    words = ("export", "grades", folder, "--into", tmp_path / "theirs.csv", "--to", tmp_path / "filled.csv")
    result = run(*words)
    assert "add --marked-only" in result.stderr
    assert "map 'ID number' to people, and 'Homework (Real)' to the item" in result.stderr
    assert "0300" in (tmp_path / "filled.csv").read_text()
    assert run(*words, "--marked-only").exit_code == 0
    assert "0300" not in (tmp_path / "filled.csv").read_text()
    assert (tmp_path / "filled.csv").read_text().count("\n") == 3


def test_a_workbook_has_ids_as_text_and_marks_as_numbers(folder, tmp_path):
    assert run("export", "grades", folder, "--xlsx", tmp_path / "marks.xlsx").exit_code == 0
    sheet = load_workbook(tmp_path / "marks.xlsx").active
    rows = {row[0]: row for row in sheet.iter_rows(values_only=True)}
    assert rows["0107"][1] == "Bo =Bizz"
    assert f"{rows['0042'][-1]:.2f}" == totals(folder)["0042"]
    assert rows["0300"][-1] is None


def give_out(folder: Path) -> None:
    for student in ("0042", "0107"):
        path = folder / "feedback" / f"{student}.pdf"
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(b"%PDF-1.7 for " + student.encode())


def test_an_archive_for_moodle_holds_everybodys_own_file(folder, tmp_path):
    give_out(folder)
    (tmp_path / "worksheet.csv").write_text(WORKSHEET)
    result = run("export", "files", folder, "--like", tmp_path / "worksheet.csv")
    assert result.exit_code == 0, result.output
    with zipfile.ZipFile(folder / "exported" / "feedback.zip") as archive:
        held = {name: archive.read(name) for name in archive.namelist()}
    assert held == {
        "Zoë Quux_23_assignfeedback_file_/feedback.pdf": b"%PDF-1.7 for 0042",
        "Bo =Bizz_16_assignfeedback_file_/feedback.pdf": b"%PDF-1.7 for 0107",
    }


def test_the_same_by_an_archive_of_submissions(folder, tmp_path):
    give_out(folder)
    with zipfile.ZipFile(tmp_path / "theirs.zip", "w") as archive:
        archive.writestr("quuxzoe_9001_5_sheet.pdf", b"")
        archive.writestr("bizzbo_9002_6_sheet.pdf", b"")
    (tmp_path / "gradebook.csv").write_text(
        "Student,ID,SIS Login ID,Section,Homework (4711)\nQuux,9001,zoe@x.org,A,\nBizz,9002,bo@x.org,A,\n"
    )
    words = ("export", "files", folder, "--like", tmp_path / "theirs.zip")
    result = run(*words)
    assert result.exit_code == 2
    assert "nobody there is known" in result.stderr
    assert "--people" in result.stderr
    result = run(*words, "--people", tmp_path / "gradebook.csv", "--to", tmp_path / "out.zip")
    assert result.exit_code == 0, result.output
    with zipfile.ZipFile(tmp_path / "out.zip") as archive:
        assert archive.read("quuxzoe_9001_5_feedback.pdf") == b"%PDF-1.7 for 0042"
        assert archive.read("bizzbo_9002_6_feedback.pdf") == b"%PDF-1.7 for 0107"


def test_a_message_a_student_with_their_own_file(folder):
    give_out(folder)
    result = run("export", "mail", folder, "--from", "Dr Ø <teacher@x.org>")
    assert result.exit_code == 0, result.output
    written = folder / "exported" / "mail"
    assert sorted(path.name for path in written.iterdir()) == ["0042.eml", "0107.eml"]
    message = email.message_from_bytes((written / "0042.eml").read_bytes(), policy=email.policy.default)
    assert message["To"].addresses[0].addr_spec == "zoe@x.org"
    assert message["To"].addresses[0].display_name == "Zoë Quux"
    assert message["From"].addresses[0].display_name == "Dr Ø"
    (attached,) = message.iter_attachments()
    assert attached.get_content() == b"%PDF-1.7 for 0042"
    assert attached.get_filename() == "feedback.pdf"


def test_no_message_where_two_have_one_address(folder):
    give_out(folder)
    (folder / "roster.csv").write_text(ROSTER.replace("bo@x.org", "Zoe@x.org"))
    result = run("export", "mail", folder)
    assert result.exit_code == 2
    assert "one address for several students, zoe@x.org: 0042 and 0107" in result.stderr
    assert not (folder / "exported").exists()


@pytest.mark.parametrize("words", [("mail",), ("files", "--like", "WORKSHEET")])
def test_without_feedback_nothing_is_written(folder, tmp_path, words):
    (tmp_path / "worksheet.csv").write_text(WORKSHEET)
    words = [str(tmp_path / "worksheet.csv") if word == "WORKSHEET" else word for word in words]
    result = run("export", words[0], folder, *words[1:])
    assert result.exit_code == 2
    assert "nothing to give out" in result.stderr


def test_a_question_is_meant_where_no_target_is_named(tmp_path):
    result = run("export", "first", tmp_path / "here", "--svg")
    assert result.exit_code == 0, result.output
    assert (tmp_path / "here" / "first.svg").exists()
    assert run("export", "question", "first", tmp_path / "there", "--svg").exit_code == 0
    assert "grades" in run("export", "--help").output
