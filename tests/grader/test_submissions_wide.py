"""The wide table: a row for each student."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grader.submissions.names import Names
from grader.submissions.records import Content
from grader.submissions.wide_csv import read
from tests.grader.submission_files import ONE, TWO, answers, collected, said

BOTH = {("s1", "q1"): {"h1_3": "0.5", "gradient": "1"}, ("s2", "q1"): {"h1_3": "−0,6", "gradient": ""}}

READ_ALIKE = {
    "plain": 'student,q1.h1_3,q1.gradient\ns1,0.5,1\ns2,"−0,6",\n',
    "semicolons": "student;q1.h1_3;q1.gradient\ns1;0.5;1\ns2;−0,6;\n",
    "tabs": "student\tq1.h1_3\tq1.gradient\ns1\t0.5\t1\ns2\t−0,6\t\n",
    "one question": "student;h1_3;gradient\ns1;0.5;1\ns2;−0,6;\n",
    "a column of questions": "student;question;h1_3;gradient\ns1;1;0.5;1\ns2;Q1;−0,6;\n",
    "other order": "q1.gradient;student;q1.h1_3\n1;s1;0.5\n;s2;−0,6\n",
    "spellings": "ID;Q1 . H1_3;1.gradient\nS1;0.5;1\n s2 ;−0,6;\n",
    "usual extras": "student;Full name;Email address;q1.h1_3;q1.gradient\ns1;Ann;a@x;0.5;1\ns2;Bo;b@x;−0,6;\n",
    "nameless columns": "student;q1.h1_3;;q1.gradient;\ns1;0.5;;1;\ns2;−0,6;;;\n",
    "blank cells at the end": "student;q1.h1_3;q1.gradient\ns1;0.5;1;;\ns2;−0,6;\n",
    "blank rows": "student;q1.h1_3;q1.gradient\n\ns1;0.5;1\n;;\ns2;−0,6;\n;\n",
    "blank second row": "student;q1.h1_3;q1.gradient\ns1;0.5;1\ns2;−0,6;\ns1;;\n",
    "a remark of two lines": 'student;remark;q1.h1_3;q1.gradient\ns1;"a\nb";0.5;1\ns2;;−0,6;\n',
}


@pytest.mark.parametrize("text", READ_ALIKE)
@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
def test_tables_that_say_the_same(tmp_path: Path, text: str, encoding: str) -> None:
    result = collected(tmp_path, READ_ALIKE[text].encode(encoding), ONE)
    assert answers(result) == BOTH
    expected = ["column 'remark' is no slot"] if "remark" in text else []
    assert [found for _, found, _ in said(result)] == expected


def test_questions_stand_side_by_side_and_foreign_slots_stay_blank(tmp_path: Path) -> None:
    text = "student,q1.h1_3,q2.gradient,q2.updated,q2.h1_1\ns1,1,2,3,\ns2,4,5,,6\n007,7,,,\n"
    result = collected(tmp_path, text)
    assert answers(result) == {
        ("s1", "q1"): {"h1_3": "1"},
        ("s1", "q2"): {"gradient": "2", "updated": "3"},
        ("s2", "q1"): {"h1_3": "4"},
        ("s2", "q2"): {"gradient": "5", "h1_1": "6"},
        ("007", "q1"): {"h1_3": "7"},
    }
    assert said(result) == []


def test_a_row_for_each_student_and_question(tmp_path: Path) -> None:
    text = "student,question,gradient,updated,h1_3\ns1,q1,1,,2\ns1,q2,3,4,\ns1,q3,1,1,1\n"
    result = collected(tmp_path, text)
    assert answers(result) == {
        ("s1", "q1"): {"gradient": "1", "h1_3": "2"},
        ("s1", "q2"): {"gradient": "3", "updated": "4"},
    }
    assert said(result) == [("line 4", "s1 has no question 'q3'", True)]


ROWS = {  # row → found, fatal
    "s9,1,1": ("nobody has the student id 's9'", True),
    ",1,1": ("no student id", True),
    "s2,0,5,1": ("4 cells where the header has 3 ('s2')", True),
    "s2,1": ("2 cells where the header has 3", False),
    "s1,0.7,1": ("a second row of s1, q1, with other responses", False),
    's2,1,"1': ("a quotation mark is never closed", False),
}


@pytest.mark.parametrize("row", ROWS)
def test_a_row_names_its_line_and_costs_nobody_elses_work(tmp_path: Path, row: str) -> None:
    result = collected(tmp_path, f"student,q1.h1_3,q1.gradient\ns1,0.5,1\n{row}\n007,1,2\n")
    found, fatal = ROWS[row]
    assert said(result) == [("line 3", found, fatal)]
    assert answers(result)["007", "q1"] == {"h1_3": "1", "gradient": "2"}
    assert answers(result)["s1", "q1"]["h1_3"] == ("0.7" if "second row" in found else "0.5")
    assert (("s2", "q1") in answers(result)) == row.startswith(("s2,1",))


COLUMNS = {  # heading → found, remedy begins, fatal
    "q1.h1_33": ("column 'q1.h1_33' is no slot", "did you mean 'h1_3'?", True),
    "q1.path_1.dL/dyhat": ("column 'q1.path_1.dL/dyhat' is no slot", "did you mean 'path_1.dL/dyhat_1'?", True),
    "q3.gradient": ("column 'q3.gradient' is of no question", "the questions are q1, q2", True),
    "h9_9": ("column 'h9_9' is no slot", "write the slot's name", True),
    "q1.h1_3 ": ("a second column 'q1.h1_3'", "the first one counts", True),
    "Favourite colour": ("column 'Favourite colour' is no slot", "it was ignored", False),
}


@pytest.mark.parametrize("heading", COLUMNS)
def test_a_column_of_no_slot_is_named(tmp_path: Path, heading: str) -> None:
    result = collected(tmp_path, f"student,q1.h1_3,{heading}\ns1,0.5,x\n")
    found, remedy, fatal = COLUMNS[heading]
    assert said(result) == [("line 1", found, fatal)]
    assert result.problems[0].remedy.startswith(remedy)
    assert answers(result) == {("s1", "q1"): {"h1_3": "0.5"}}


def test_a_response_in_a_slot_that_is_another_students(tmp_path: Path) -> None:
    result = collected(tmp_path, "student,q2.gradient,q2.updated,q1.h1_3\ns2,1,2,3\n007,1,,4\n")
    assert answers(result) == {
        ("s2", "q2"): {"gradient": "1"},
        ("s2", "q1"): {"h1_3": "3"},
        ("007", "q1"): {"h1_3": "4"},
    }
    assert said(result) == [
        ("line 2", "s2 has no slot updated in q2, but a response there", True),
        ("line 3", "007 has no slot gradient in q2, but a response there", True),
    ]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("who,q1.h1_3\ns1,1\n", "no column 'student' among 'who, q1.h1_3'"),
        ("student,name\ns1,Ann\n", "no column of answers among 'student, name'"),
        ("student,h1_3\ns1,1\n", "no column of answers among 'student, h1_3'"),
    ],
)
def test_a_table_that_lacks_what_is_needed(tmp_path: Path, text: str, found: str) -> None:
    result = collected(tmp_path, text)
    assert said(result)[-1] == ("line 1", found, True)
    assert result.submissions == ()


names = Names(TWO)
cells = st.sampled_from(["s1", "s2", "0.5", "", ",", '"', "\n", "\r", "\x00", ";", "é"])


@given(st.lists(cells, max_size=60))
def test_no_table_raises(parts: list[str]) -> None:
    header = "student,q1.h1_3,q2.gradient\n"
    report = read(Content("x.csv", (header + ",".join(parts)).encode()), names)
    assert all(str(problem).isprintable() for problem in report.problems)
