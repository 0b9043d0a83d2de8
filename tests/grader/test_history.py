"""The record of an assignment: whole, in plain words, and the grades of any time from it, byte for byte."""

from __future__ import annotations

import hashlib
import json
import stat
from dataclasses import replace
from datetime import datetime, tzinfo
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from grader.assignments.question_set import load
from grader.commands import app
from grader.files.files import create_whole, write_text
from grader.files.tables import csv_text
from grader.history import record
from grader.history.event import Part
from grader.history.record import load_record
from tests.grader.command_line import done, run
from tests.grader.small_set import SMALL

pytestmark = pytest.mark.usefixtures("without_plots", "without_sheets", "read_here")

ROSTER = 'id,name\ns1,"Lee, ""Ann"""\n=cmd(),Bo\ns3,Zoë\n'


def answer(folder: Path, name: str, *students: str, wrong: str = "") -> None:
    """A table of right answers, but for one box."""
    rows = [
        (one.student, one.question, slot.slot, "77" if slot.slot == wrong else repr(slot.value))
        for one in load(folder / "questions.json").questions
        if one.student in students
        for slot in one.slots
    ]
    (folder / "submissions").mkdir(exist_ok=True)
    text = "student,question,slot,response\n" + "".join(",".join(row) + "\n" for row in rows)
    (folder / "submissions" / name).write_text(text)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A set that was handed out."""
    (tmp_path / "assignment.toml").write_text("due = 2030-01-31\n" + SMALL)
    (tmp_path / "roster.csv").write_text(ROSTER)
    done("make", tmp_path)
    return tmp_path


def event(folder: Path, number: int) -> Path:
    return folder / "history" / f"{number:06}.json"


def test_grades_of_any_time_are_written_from_the_record_byte_for_byte(folder: Path) -> None:
    seen = {}

    def graded() -> None:
        done("grade", folder)
        seen[load_record(folder).events[-1].number] = (folder / "grades.csv").read_bytes()

    answer(folder, "a.csv", "s1", "=cmd()", wrong="gradient")
    graded()
    answer(folder, "b.csv", "s3")
    graded()
    (folder / "overrides.toml").write_text(
        '[[drop]]\nquestion = "q2"\nwhy = "a misprint, \\"seen\\""\n[[bonus]]\nstudent = "*"\nmarks = 1\nwhy = "=so"\n'
    )
    graded()
    (folder / "assignment.toml").write_text('withdrawn = ["s3"]\ndue = 2030-01-31\n' + SMALL)
    graded()
    done("rename", folder, "s1", "t1")
    graded()
    assert len(set(seen.values())) == 5
    for number, table in seen.items():
        assert run("history", folder, "--grades", number).stdout_bytes == table
    last = load_record(folder).events[-1]
    assert run("history", folder, "--grades", last.when).stdout_bytes == seen[last.number]
    assert done("history", folder).splitlines()[-1].startswith("The record is whole: 7 events")


def test_the_whole_record_says_who_was_concerned(folder: Path) -> None:
    answer(folder, "a.csv", "s1", "s3")
    done("grade", folder)
    (folder / "overrides.toml").write_text('[[full_marks]]\nstudent = "=cmd()"\nquestion = "q1"\nwhy = "ill"\n')
    done("grade", folder)
    record.append(folder, "feedback", parts=[Part("s1", {})])
    done("history", folder, "--remark", "all handed back")
    (folder / "overrides.toml").unlink()
    done("grade", folder)
    assert [line.strip() for line in done("history", folder).splitlines() if line.startswith("      ")] == [
        "3 students; drawn for s1, =cmd(), s3",
        "2 of 3 students handed in",
        "2 of 3 students handed in; marked otherwise than before: =cmd()",
        "decided for 1: q1 has full marks: ill",
        "s1",
        "all handed back",
        "2 of 3 students handed in; marked otherwise than before: =cmd()",
        "taken back for 1: q1 has full marks: ill",
    ]


def test_a_time_before_the_first_grading_is_refused(folder: Path) -> None:
    answer(folder, "a.csv", "s1")
    done("grade", folder)
    for at, said in (("2001-01-01", "the first is event 2"), ("1", "the first is event 2"), ("soon", "no time")):
        result = run("history", folder, "--grades", at)
        assert result.exit_code == 2
        assert said in result.stderr


def test_a_students_record_says_what_changed_and_why(folder: Path) -> None:
    answer(folder, "s1.csv", "s1", wrong="gradient")
    (folder / "received.csv").write_text("student,submitted\ns1,2030-01-30T12:00\n")
    done("grade", folder)
    answer(folder, "s3.csv", "s3")
    done("grade", folder)  # nothing of s1's changes
    (folder / "received.csv").write_text("student,submitted\ns1,2030-02-01T12:00\n")
    (folder / "extensions.csv").write_text("student,due,why\ns1,2030-02-07,was ill\n")
    (folder / "overrides.toml").write_text(
        '[[override]]\nstudent = "s1"\nquestion = "q1"\nslot = "*"\nmarks = 3.5\nwhy = "smudged"\n'
    )
    answer(folder, "s1.csv", "s1")
    done("grade", folder)
    done("history", folder, "s1", "--remark", "was in my office")
    done("rename", folder, "s1", "t1")
    said = done("history", folder, "t1")
    assert said == done("history", folder, "s1")
    sheet = load(folder / "questions.json").by_student()["t1"][0].sheet_id
    lines = [line.strip() for line in said.splitlines() if line.startswith("      ")]
    assert (
        lines
        == [
            f'drawn: q1, q2, sheet {sheet}, for Lee, "Ann"',
            "handed in: q1, q2 (submissions/s1.csv, 2030-01-30 12:00)",
            "marks: q1 3.00, q2 2.05, total 5.05",
            "handed in anew: q1, q2 (submissions/s1.csv, 2030-02-01 12:00)",
            "due for this student: 2030-02-07: was ill",
            "decided: q1 has 3.5 marks: smudged",
            "q1: 3.00 → 3.50: override: smudged",
            "q2: 2.05 → 2.50: submission changed",
            "q1 gradient: wrong → correct",
            "q2 gradient: wrong → correct",
            "marks: q1 3.50, q2 2.50, total 6.00",
            "remark: was in my office",
            "id changed: s1 is t1 now",
        ]
        or lines
    )
    numbers = [line.split()[0] for line in said.splitlines() if not line.startswith("      ")]
    assert numbers == ["1", "2", "4", "5", "6"]


def test_events_are_private_and_never_written_over(folder: Path) -> None:
    assert stat.S_IMODE(event(folder, 1).stat().st_mode) == 0o600
    assert stat.S_IMODE(event(folder, 1).parent.stat().st_mode) == 0o700
    before = event(folder, 1).read_bytes()
    with pytest.raises(FileExistsError):
        create_whole(event(folder, 1), "another")
    assert event(folder, 1).read_bytes() == before
    assert {path.name for path in event(folder, 1).parent.iterdir()} == {"000001.json", "head.json"}
    assert stat.S_IMODE((event(folder, 1).parent / "head.json").stat().st_mode) == 0o600


def test_an_event_that_another_command_wrote_meanwhile_is_followed(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def late(path: Path, text: str) -> None:
        monkeypatch.setattr("grader.history.record.create_whole", create_whole)
        record.append(folder, "feedback")
        create_whole(path, text)

    monkeypatch.setattr("grader.history.record.create_whole", late)
    record.append(folder, "grade")
    known = load_record(folder)
    assert [(one.number, one.command) for one in known.events] == [(1, "make"), (2, "feedback"), (3, "grade")]
    assert known.wrong == ()


def changed(document: dict[str, Any]) -> str:
    document["parts"][0]["said"]["name"] = "Eve"
    return json.dumps(document)


def without_a_part(document: dict[str, Any]) -> str:
    del document["parts"][0]
    return json.dumps(document)


@pytest.mark.parametrize(
    ("tamper", "said"),
    [
        (changed, "event 1 is not as it was when event 2 was written"),
        (without_a_part, "event 1 is not as it was when event 2 was written"),
        (lambda _: None, "event 1 is missing"),
        (lambda _: "{", "000001.json cannot be read as an event"),
        (lambda document: json.dumps({**document, "number": "1"}), "000001.json cannot be read as an event (number"),
    ],
)
def test_a_record_that_was_tampered_with_is_said(folder: Path, tamper: Any, said: str) -> None:
    answer(folder, "a.csv", "s1")
    done("grade", folder)
    path = event(folder, 1)
    text = tamper(json.loads(path.read_text("utf-8")))
    path.unlink() if text is None else path.write_text(text)
    result = run("history", folder)
    assert result.exit_code == 1
    assert said in result.stderr
    assert result.stderr.count("Not as it was written") == 1
    assert "whole" not in result.stdout
    # It is no reason not to mark.
    done("grade", folder)


def other_marks(document: dict[str, Any]) -> str:
    """Changed with the digest of the table, so that the event agrees with itself."""
    document["parts"][0]["said"]["cells"][-1] = "9.99"
    said, rows = document["said"]["headings"]["grades.csv"], [part["said"].get("cells") for part in document["parts"]]
    document["wrote"]["grades.csv"] = hashlib.sha256(csv_text([said, *filter(None, rows)]).encode()).hexdigest()
    return json.dumps(document)


CHANGED = "event 2 is not as it was written"


@pytest.mark.parametrize(
    ("tamper", "said", "afterwards"),
    [
        (other_marks, CHANGED, "event 2 is not as it was when event 3 was written"),
        (
            lambda document: json.dumps({**document, "when": "2001-01-01T00:00:00+00:00"}),
            CHANGED,
            "dated before event 1",
        ),
        (
            lambda document: json.dumps({**document, "when": "soon"}),
            "000002.json cannot be read as an event (when",
            "when",
        ),
        (lambda _: None, "event 2 is missing at the end", "event 2 is missing"),
    ],
)
def test_a_change_of_the_last_event_is_said_and_no_later_event_hides_it(
    folder: Path, tamper: Any, said: str, afterwards: str
) -> None:
    answer(folder, "a.csv", "s1")
    done("grade", folder)
    path = event(folder, 2)
    text = tamper(json.loads(path.read_text("utf-8")))
    path.unlink() if text is None else path.write_text(text)
    for words in ([], ["--grades", "2"] if tamper is other_marks else []):
        result = run("history", folder, *words)
        assert result.exit_code == 1
        assert said in result.stderr
        assert "whole" not in result.stdout
    done("grade", folder)
    assert not event(folder, 2).exists() or load_record(folder).events[-1].number == 3
    assert afterwards in run("history", folder).stderr


def test_of_a_record_without_its_head_the_end_is_not_known(folder: Path) -> None:
    head = event(folder, 1).parent / "head.json"
    head.unlink()
    result = run("history", folder)
    assert (result.exit_code, "nothing tells whether event 1 is the last one" in result.stderr) == (1, True)
    head.write_text("{}")
    result = run("history", folder)
    assert (result.exit_code, "head.json cannot be read (format" in result.stderr) == (1, True)
    event(folder, 1).unlink()
    assert run("history", folder).exit_code == 1
    record.append(folder, "feedback")
    assert load_record(folder).wrong == ()


def test_an_event_of_a_killed_command_is_whole_without_being_the_head(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def die(*_: object, **__: object) -> None:
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr("grader.history.record.write_text", die)
        with pytest.raises(Killed):
            record.append(folder, "feedback")
    assert (load_record(folder).wrong, len(load_record(folder).events)) == ((), 2)
    record.append(folder, "feedback")
    assert (load_record(folder).wrong, len(load_record(folder).events)) == ((), 3)


def test_a_clock_that_was_set_back_makes_no_record_that_seems_forged(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Earlier(datetime):
        @classmethod
        def now(cls, tz: tzinfo | None = None) -> Earlier:
            return cls(2001, 1, 1, tzinfo=tz)

    monkeypatch.setattr("grader.history.record.datetime", Earlier)
    record.append(folder, "feedback")
    first, second = load_record(folder).events
    assert (first.when, load_record(folder).wrong) == (second.when, ())


def test_layout_and_order_of_an_events_json_are_no_change(folder: Path) -> None:
    answer(folder, "a.csv", "s1")
    done("grade", folder)
    path = event(folder, 1)
    path.write_text(json.dumps(json.loads(path.read_text("utf-8")), indent=3, sort_keys=True))
    done("history", folder)


def test_changed_marks_of_the_record_are_not_given_out_as_grades(folder: Path) -> None:
    answer(folder, "a.csv", "s1")
    done("grade", folder)
    path = event(folder, 2)
    path.write_text(path.read_text("utf-8").replace('"4.00"', '"4.50"'))
    result = run("history", folder, "--grades", "2")
    assert result.exit_code == 2
    assert result.stdout == ""
    assert "not those that were written" in result.stderr


class Killed(BaseException):
    """As `kill -9`: nothing that comes after it is done."""


def killed(folder: Path, after: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Grade, and stop for good at a file that is written after the event, counted from 0."""
    count = 0

    def write(path: Path, text: str, *, private: bool = False) -> None:
        nonlocal count
        if count == after:
            raise Killed
        count += 1
        write_text(path, text, private=private)

    with monkeypatch.context() as patch:
        patch.setattr("grader.commands.grade.write_text", write)
        with pytest.raises(Killed):
            CliRunner().invoke(app, ["grade", str(folder)], catch_exceptions=False)


@pytest.mark.parametrize("after", range(3))
def test_a_grading_that_was_killed_is_on_record_and_completed_by_the_next(
    folder: Path, after: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of changes.csv, grades.csv and marks.json so many were written."""
    answer(folder, "a.csv", "s1", wrong="gradient")
    done("grade", folder)
    answer(folder, "a.csv", "s1")
    killed(folder, after, monkeypatch)
    # The table that lies there is one that the record has, and it says which.
    table = (folder / "grades.csv").read_text()
    assert table == done("history", folder, "--grades", 3 if after == 2 else 2)
    result = run("history", folder)
    assert f"{folder / 'marks.json'}: not as event 3 wrote it" in result.stderr
    assert (f"{folder / 'grades.csv'}: not as" in result.stderr) is (after < 2)
    done("grade", folder)
    assert (folder / "grades.csv").read_text() == done("history", folder, "--grades", 3)
    told = [part.said.get("changes", []) for one in load_record(folder).events for part in one.kept]
    assert [row[1] for rows in told for row in rows].count("*") == 2  # q1 and q2, once each
    assert "completes event 3, which was interrupted" in done("history", folder)
    assert run("history", folder).stderr == ""


def test_what_a_make_has_drawn_that_was_killed_the_next_one_records(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder / "roster.csv").write_text(ROSTER + "s4,Di\n")

    def die(*_: object) -> None:
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr("grader.commands.folder.record_make", die)
        with pytest.raises(Killed):
            CliRunner().invoke(app, ["make", str(folder)], catch_exceptions=False)
    (folder / "roster.csv").write_text(ROSTER.replace("Bo", "Bob") + "s4,Di\n")
    done("make", folder)
    last = load_record(folder).events[-1]
    assert {part.student: part.said["questions"] for part in last.kept} == {"=cmd()": [], "s4": ["q1", "q2"]}
    assert last.of("=cmd()")["name_before"] == "Bo"
    done("make", folder)
    assert load_record(folder).events[-1].parts == ()
    done("make", folder, "--redraw")
    last = load_record(folder).events[-1]
    assert all(part.said["questions"] == ["q1", "q2"] and part.said["sheet_before"] for part in last.kept)


def test_what_is_forgotten_leaves_a_digest_that_tells_nothing(folder: Path) -> None:
    answer(folder, "a.csv", "s1", "s3")
    done("grade", folder)
    before = [one.digest for one in load_record(folder).events]
    digests = {part.digest for one in load_record(folder).events for part in one.kept if part.student == "s1"}
    assert record.forget(folder, lambda part: part.student == "s1") == 2
    known = load_record(folder)
    assert known.wrong == ()
    assert [one.digest for one in known.events] == before
    texts = "".join(path.read_text("utf-8") for path in event(folder, 1).parent.iterdir())
    assert "s1" not in texts
    assert all(digest in texts for digest in digests)
    # The same once more has another digest: what is guessed cannot be tried.
    one, other = (Part("s3", {"mark": 1}, salt) for salt in ("00", "01"))
    assert one.digest != other.digest == replace(other).digest
    salts = [part.salt for each in known.events for part in each.kept]
    assert all(len(salt) == 32 for salt in salts)
    assert len(set(salts)) == len(salts)


def test_of_a_stranger_there_is_no_record(folder: Path, tmp_path: Path) -> None:
    result = run("history", folder, "s33")
    assert result.exit_code == 2
    assert "did you mean 's3'" in result.stderr.lower()
    empty = tmp_path / "empty"
    empty.mkdir()
    for words in ([], ["--remark", "x"]):
        result = run("history", empty, *words)
        assert result.exit_code == 2
        assert "no record" in result.stderr
