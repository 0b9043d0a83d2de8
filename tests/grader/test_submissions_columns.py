"""Whose a row is and when it came, in the columns of platforms."""

from __future__ import annotations

from pathlib import Path

import pytest

from grader.submissions import Expected, collect
from tests.grader.submission_files import SLOTS, answers, collected, said

CLASS = Expected(
    {student: {"q1": SLOTS} for student in ("0429", "0077", "0105", "105")},
    {},
    {"ada@u.example": "0429", "ben": "0077"},
)


def whose(tmp_path: Path, text: str, name: str = "class.csv") -> dict[str, str]:
    """Student → the first response."""
    found = answers(collected(tmp_path, text, CLASS, name))
    return {student: responses["h1_3"] for (student, _), responses in found.items()}


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("student,q1.h1_3\n429.0,1\n77.0,2\n", "a.csv"),
        ("student;q1.h1_3\n4,29E+02;1\n77;2\n", "a.csv"),
        ('student,q1.h1_3\n="0429",1\n="77",2\n', "a.csv"),
        ("student,question,slot,response\n429,q1,h1_3,1\n77.0,q1,h1_3,2\n", "a.csv"),
        ('[{"student": 429, "responses": {"h1_3": 1}}, {"student": 77.0, "responses": {"h1_3": 2}}]', "a.json"),
        ("Timestamp,Email Address,q1.h1_3\n2/2/2030 20:11:12,ADA@u.example,1\n2/2/2030 20:11:12,ben,2\n", "a.csv"),
        ("First Name,Last Name,SID,Email,q1.h1_3\nA,B,0429,x@y,1\nC,D,0077,,2\n", "gradescope.csv"),
        ("ID,Start time,Completion time,Email,q1.h1_3\n1,,,ada@u.example,1\n2,,,ben,2\n", "ms_forms.csv"),
        ("Student ID,Username,q1.h1_3\n0429,ada@u.example,1\n0077,ben,2\n", "a.csv"),
    ],
)
def test_ids_of_many_spellings_and_columns(tmp_path: Path, text: str, name: str) -> None:
    assert whose(tmp_path, text, name) == {"0429": "1", "0077": "2"}


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("student,q1.h1_3\n105,1\n105,2\n", "a.csv"),
        ("student,question,slot,response\n105,q1,h1_3,1\n", "a.csv"),
        ('[{"student": 105, "responses": {"h1_3": 1}}]', "a.json"),
        ('[{"student": "105", "responses": {"h1_3": 1}}]', "a.json"),
        ("student,q1.h1_3\n429,1\n105,2\n", "a.csv"),
    ],
)
def test_an_id_of_two_students_is_asked_about(tmp_path: Path, text: str, name: str) -> None:
    result = collected(tmp_path, text, CLASS, name)
    assert not {"0105", "105"} & {student for student, _ in answers(result)}
    lost = [found for _, found, fatal in said(result) if fatal]
    assert lost
    assert set(lost) == {"the id '105' may be 0105 or 105, with its leading zeros lost"}


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("student,q1.h1_3\n0105,1\n105,2\n", "a.csv"),
        ("student,question,slot,response\n0105,q1,h1_3,1\n105,q1,h1_3,2\n", "a.csv"),
        ('[{"student": "0105", "responses": {"h1_3": 1}}, {"student": "105", "responses": {"h1_3": 2}}]', "a.json"),
        ("student,q1.h1_3\n'0105,1\n'105,2\n", "a.csv"),
    ],
)
def test_zeros_that_were_kept_or_text_settle_it(tmp_path: Path, text: str, name: str) -> None:
    assert whose(tmp_path, text, name) == {"0105": "1", "105": "2"}


def test_a_row_of_two_students_is_nobodys(tmp_path: Path) -> None:
    result = collected(tmp_path, "Student ID,Email,q1.h1_3\n0077,ada@u.example,1\n", CLASS)
    assert answers(result) == {}
    (problem,) = result.problems
    assert problem.fatal
    assert "a row of two students" in problem.found


def test_an_unknown_address_says_where_addresses_come_from(tmp_path: Path) -> None:
    (problem,) = collected(tmp_path, "Email,q1.h1_3\nx@y.example,1\n", CLASS).problems
    assert problem.fatal
    assert "a column email" in problem.remedy


def times(tmp_path: Path, heading: str, *cells: str) -> tuple[list[str], list[str]]:
    """The times of a table's rows, and what was found."""
    students = ("0429", "0077")
    rows = "".join(f'{student},"{cell}",1\n' for student, cell in zip(students, cells, strict=False))
    result = collected(tmp_path, f"student,{heading},q1.h1_3\n{rows}", CLASS)
    return [each.submitted for each in result.submissions], [found for _, found, _ in said(result)]


@pytest.mark.parametrize(
    ("heading", "cell", "iso"),
    [
        ("Timestamp", "2/2/2030 20:11:12", "2030-02-02T20:11:12"),
        ("Timestamp", "2030/02/02 8:11:12 PM GMT+1", "2030-02-02T20:11:12+01:00"),
        ("Completed", "2 February 2030, 8:11 PM", "2030-02-02T20:11:00"),
        ("Last modified (submission)", "Saturday, 2 February 2030, 8:11 PM", "2030-02-02T20:11:00"),
        ("Submission Time", "2030-02-02 20:11:12 -0800", "2030-02-02T20:11:12-08:00"),
        ("Completion time", "2/13/2030 8:11:12 PM", "2030-02-13T20:11:12"),
        ("Zeitstempel", "02.02.2030 20:11:12", "2030-02-02T20:11:12"),
    ],
)
def test_platforms_times_are_read(tmp_path: Path, heading: str, cell: str, iso: str) -> None:
    assert times(tmp_path, heading, cell) == ([iso], [])


def test_one_date_tells_the_order_of_all(tmp_path: Path) -> None:
    found = times(tmp_path, "Timestamp", "3/4/2030 20:11:12", "3/14/2030 20:11:12")
    assert found == (["2030-03-04T20:11:12", "2030-03-14T20:11:12"], [])


def test_an_ambiguous_date_is_said_and_not_guessed(tmp_path: Path) -> None:
    found = times(tmp_path, "Timestamp", "3/4/2030 20:11:12", "4/3/2030 20:11:12")
    assert found == (["", ""], ["times of submission in which day and month cannot be told apart"])


def test_times_under_another_heading_are_not_passed_over_in_silence(tmp_path: Path) -> None:
    _, found = times(tmp_path, "When", "2030-02-02 20:11:12", "")
    assert "column 'When' holds times, and was not used" in found
    _, found = times(tmp_path, "Started on", "2 February 2030, 8:11 PM")
    assert found == ["column 'Started on' holds times, and was not used"]
    _, found = times(tmp_path, "Section", "A", "B")
    assert found == []


def test_gradescopes_list_is_no_loss_and_its_times_are_named(tmp_path: Path) -> None:
    (tmp_path / "class.csv").write_text("SID,q1.h1_3\n0429,1\n")
    (tmp_path / "submission_metadata.yml").write_text("submission_1.pdf:\n  :submitters:\n  - :sid: '0429'\n")
    result = collect([tmp_path], CLASS)
    assert [(each.student, each.responses["h1_3"]) for each in result.submissions] == [("0429", "1")]
    assert not any(problem.fatal for problem in result.problems)
    assert any("received.csv" in problem.remedy for problem in result.problems)


@pytest.mark.parametrize("heading", ["sis_id", "SIS User ID", "sis_login_id", "SIS ID"])
def test_canvas_ids_are_ids(tmp_path: Path, heading: str) -> None:
    assert answers(collected(tmp_path, f"{heading},slot,response,question\ns1,h1_3,0.5,q1\n")) == {
        ("s1", "q1"): {"h1_3": "0.5"}
    }


def test_a_name_above_the_headings_as_numbers_writes_it(tmp_path: Path) -> None:
    result = collected(tmp_path, "Table 1\nstudent,question,slot,response\ns1,q1,h1_3,0.5\ns9,q1,h1_3,1\n")
    assert answers(result) == {("s1", "q1"): {"h1_3": "0.5"}}
    assert [problem.place for problem in result.problems] == ["line 4"]
    result = collected(tmp_path, "Table 1\nnothing,known\ns1,q1\n")
    assert answers(result) == {}
    assert any(problem.fatal for problem in result.problems)
