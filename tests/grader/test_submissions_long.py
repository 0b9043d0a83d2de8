"""The long table: a row for each slot."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grader.submissions.long_csv import read
from grader.submissions.names import Names
from grader.submissions.records import MOST_PROBLEMS, Content
from tests.grader.submission_files import ONE, TWO, answers, collected, said

HEADER = "student,question,slot,response\n"
S1 = {("s1", "q1"): {"h1_3": "0.5"}}

READ_ALIKE = {
    "plain": "student,question,slot,response\ns1,q1,h1_3,0.5\n",
    "windows": "student,question,slot,response\r\ns1,q1,h1_3,0.5\r\n",
    "no last line end": "student,question,slot,response\ns1,q1,h1_3,0.5",
    "other order": "response,slot,student,question\n0.5,h1_3,s1,q1\n",
    "further columns": "name,student,question,slot,response,email\nAnn,s1,q1,h1_3,0.5,a@x.edu\n",
    "blank cells at the end": "student,question,slot,response\ns1,q1,h1_3,0.5,,\n",
    "fewer further cells": "student,question,slot,response,remark\ns1,q1,h1_3,0.5\n",
    "all quoted": '"student","question","slot","response"\n"s1","q1","h1_3","0.5"\n',
    "excel's separator": "sep=;\nstudent;question;slot;response\ns1;q1;h1_3;0.5\n",
    "tabs": "student\tquestion\tslot\tresponse\ns1\tq1\th1_3\t0.5\n",
    "capitals": "Student,Question,Slot,Response\nS1,Q1,H1_3,0.5\n",
    "blanks": "student, question, slot, response\ns1 , q1 , h1_3 ,0.5\n",
    "a number": "student,question,slot,response\ns1,1,h1_3,0.5\n",
    "words": "student,question,slot,response\ns1,question 1,h1_3,0.5\n",
    "other headings": "Student ID,Task,Box,Answer\ns1,q1,h1_3,0.5\n",
    "an apostrophe": "student,question,slot,response\n's1,q1,h1_3,0.5\n",
    "blank rows": "\nstudent,question,slot,response\n\n,,,\ns1,q1,h1_3,0.5\n,,,,\n\n",
    "the same twice": "student,question,slot,response\ns1,q1,h1_3,0.5\ns1,q1,h1_3,0.5\n",
    "then blank": "student,question,slot,response\ns1,q1,h1_3,0.5\ns1,q1,h1_3, \n",
    "a foreign slot, blank": "student,question,slot,response\ns1,q1,h1_3,0.5\ns1,q1,h9_9,\n",
}


@pytest.mark.parametrize("text", READ_ALIKE)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_tables_that_say_the_same(tmp_path: Path, text: str, encoding: str) -> None:
    result = collected(tmp_path, READ_ALIKE[text].encode(encoding))
    assert answers(result) == S1
    assert said(result) == []


def test_the_question_may_be_left_out_if_there_is_one(tmp_path: Path) -> None:
    text = "student,slot,response\ns1,h1_3,0.5\n"
    assert answers(collected(tmp_path, text, ONE)) == S1
    ((place, found, fatal),) = said(collected(tmp_path, text, TWO))
    assert (place, fatal) == ("line 1", True)
    assert found == "no column 'question' among 'student, slot, response'"


def test_rows_may_come_in_any_order(tmp_path: Path) -> None:
    text = HEADER + "s1,q1,h1_3,1\ns2,q1,h1_3,2\ns1,q2,updated,3\ns1,q1,gradient,4\n"
    assert answers(collected(tmp_path, text)) == {
        ("s1", "q1"): {"h1_3": "1", "gradient": "4"},
        ("s2", "q1"): {"h1_3": "2"},
        ("s1", "q2"): {"updated": "3"},
    }


def test_responses_are_the_characters_that_were_written(tmp_path: Path) -> None:
    text = 'student;question;slot;response\ns1;q1;h1_3;−0,5 \ns1;q1;gradient;"2;3"\n'
    assert answers(collected(tmp_path, text)) == {("s1", "q1"): {"h1_3": "−0,5 ", "gradient": "2;3"}}


PROBLEMS = {  # row after "s1,q1,h1_3,0.5" → found, remedy begins, fatal
    "s9,q1,h1_3,1": ("nobody has the student id 's9'", "write the id", True),
    "s11,q1,h1_3,1": ("nobody has the student id 's11'", "did you mean 's1'? Otherwise write the id", True),
    ",q1,h1_3,1": ("no student id", "write one", True),
    "s1,q7,h1_3,1": ("s1 has no question 'q7'", "'s1' has q1, q2", True),
    "007,q2,gradient,1": ("007 has no question 'q2'", "'007' has q1", True),
    "s1,first,h1_3,1": ("s1 has no question 'first'", "'s1' has q1, q2", True),
    "s1,q1,h1_33,1": ("s1 has no slot 'h1_33'", "did you mean 'h1_3'? Otherwise", True),
    "s1,q1,zzz,1": ("s1 has no slot 'zzz'", "write the slot's name", True),
    "s1,q1,h1_3,0.6": ("a second response of s1 to h1_3: '0.6' after '0.5'", "the later one counts", False),
    "s1,q1,gradient,0,6": ("5 cells where the header has 4: 's1, q1, gradient, 0, 6'", "a response with a comma", True),
    "s1,q1,gradient": ("3 cells where the header has 4: 's1, q1, gradient'", "write student, question", True),
    "7,q1,h1_3,1": ("ids without their leading zeros, as spreadsheets write them", "taken for", False),
    's1,q1,gradient,"0.6': ("a quotation mark is never closed", "close it", False),
    "s1,q1," + "x" * 200_000 + ",1": ("a line of 200,008 characters", "shorten it", True),
    "s1\x1b[2J,q1,h1_3,1": ("nobody has the student id 's1\\x1b[2J'", "write the id", True),
}


@pytest.mark.parametrize("row", PROBLEMS, ids=[row[:30] for row in PROBLEMS])
def test_a_problem_names_its_line_and_costs_nobody_elses_work(tmp_path: Path, row: str) -> None:
    result = collected(tmp_path, f"{HEADER}s1,q1,h1_3,0.5\n{row}\ns2,q1,gradient,7\n")
    found, remedy, fatal = PROBLEMS[row]
    (problem,) = result.problems
    assert (problem.place, problem.found, problem.fatal) == ("line 3", found, fatal)
    assert problem.source == str(tmp_path / "class.csv")
    assert problem.remedy.startswith(remedy)
    assert str(problem).isprintable()
    assert answers(result)["s2", "q1"] == {"gradient": "7"}
    assert answers(result)["s1", "q1"]["h1_3"] == ("0.6" if "after" in found else "0.5")


def test_zeros_that_a_spreadsheet_dropped_are_put_back(tmp_path: Path) -> None:
    result = collected(tmp_path, HEADER + "7,q1,h1_3,0.5\n7,q1,gradient,1\n")
    assert answers(result) == {("007", "q1"): {"h1_3": "0.5", "gradient": "1"}}
    assert len(result.problems) == 1


def test_an_open_quotation_mark_keeps_its_own_row_readable(tmp_path: Path) -> None:
    result = collected(tmp_path, HEADER + 's1,q1,h1_3,"0.5\ns1,q1,gradient,1\n')
    assert answers(result) == {("s1", "q1"): {"h1_3": '"0.5', "gradient": "1"}}


def test_tables_put_one_below_the_other_are_one(tmp_path: Path) -> None:
    result = collected(tmp_path, f"{HEADER}s1,q1,h1_3,0.5\n{HEADER}s2,q1,h1_3,0.25\n\ufeff{HEADER}s2,q1,gradient,1\n")
    assert answers(result) == {("s1", "q1"): {"h1_3": "0.5"}, ("s2", "q1"): {"h1_3": "0.25", "gradient": "1"}}
    assert not result.problems


@pytest.mark.parametrize(
    ("written", "remarked"),
    [(("٠٫٥", "$0.5$"), True), (("٠٫٥", "0.5"), False), (("", "-"), False), (("none", ""), True)],
)
def test_somebody_of_whom_nothing_can_be_read_is_remarked(
    tmp_path: Path, written: tuple[str, str], remarked: bool
) -> None:
    """No marks for a whole sheet are a matter for a person: perhaps it is all there, in another script."""
    result = collected(tmp_path, f"{HEADER}s1,q1,h1_3,{written[0]}\ns1,q1,gradient,{written[1]}\ns2,q1,h1_3,1\n")
    remarks = [problem for problem in result.problems if "can be read as a number" in problem.found]
    assert [problem.student for problem in remarks] == ["s1"] * remarked


def test_typed_working_can_be_read(tmp_path: Path) -> None:
    result = collected(tmp_path, f"{HEADER}s1,q1,h1_3,x\ns1,q1,working,dL/dw = 2 * 3 = 6\n")
    assert not result.problems


def test_zero_bytes_stay_in_their_cell(tmp_path: Path) -> None:
    result = collected(tmp_path, HEADER + "s1,q1,h1_3,0\x00.5\ns2,q1,h1_3,1\n" + "s2,q1,gradient,1.0\n" * 9)
    assert answers(result) == {("s1", "q1"): {"h1_3": "0\x00.5"}, ("s2", "q1"): {"h1_3": "1", "gradient": "1.0"}}


def test_latin_1_is_read_with_a_remark(tmp_path: Path) -> None:
    result = collected(tmp_path, (HEADER + "s1,q1,h1_3,0.5 Zoë\n").encode("latin-1"))
    assert answers(result) == {("s1", "q1"): {"h1_3": "0.5 Zoë"}}
    assert said(result)[:1] == [("", "line 2 is not UTF-8; read as Windows-1252 (Latin-1)", False)]


def test_a_column_missing_is_said_once(tmp_path: Path) -> None:
    result = collected(tmp_path, "student,question,slot\n" + "s1,q1,h1_3\n" * 100)
    assert said(result) == [("line 1", "no column 'response' among 'student, question, slot'", True)]


def test_strangers_are_named_once_and_a_flood_is_counted(tmp_path: Path) -> None:
    rows = "".join(f"z{n},q1,h1_3,1\nz{n},q1,gradient,1\n" for n in range(MOST_PROBLEMS + 50))
    result = collected(tmp_path, HEADER + rows + "s1,q1,h1_3,0.5\n")
    assert len(result.problems) == MOST_PROBLEMS + 1
    assert result.problems[-1].found == "more problems like these: 50"
    assert result.problems[-1].fatal
    assert answers(result) == S1


def test_remarks_however_many_hide_nothing_that_was_lost(tmp_path: Path) -> None:
    header = "student,question," + ",".join(f"c{n}" for n in range(2 * MOST_PROBLEMS))
    result = collected(tmp_path, f"{header}\ns1,q1\n")
    fatal = [problem.found for problem in result.problems if problem.fatal]
    assert [found.partition(" among ")[0] for found in fatal] == ["no column of answers"]
    assert result.problems[-1].found == f"more remarks like these: {MOST_PROBLEMS + 1}"
    assert len(result.problems) == MOST_PROBLEMS + 1


def test_rows_that_end_before_their_time_are_remarked_once(tmp_path: Path) -> None:
    rows = "s1,q1,h1_3,0.5\ns1,q1,gradient,0.5\n"
    result = collected(tmp_path, f"student,question,slot,response,submitted\n{rows}")
    assert answers(result) == {("s1", "q1"): {"h1_3": "0.5", "gradient": "0.5"}}
    assert said(result) == [("line 2", "rows that end before the cell that says when they were submitted", False)]


names = Names(TWO)
cells = st.sampled_from(["s1", "q1", "h1_3", "0.5", "", ",", '"', "\n", "\r", "\x00", "s2", ";", "é"])


@given(st.lists(cells, max_size=60))
def test_no_table_raises(parts: list[str]) -> None:
    report = read(Content("x.csv", (HEADER + ",".join(parts)).encode()), names)
    assert all(str(problem).isprintable() for problem in report.problems)


@given(st.dictionaries(st.sampled_from(sorted(TWO.slots)), st.text("0123456789.,−-;x ", max_size=6)))
def test_a_table_that_python_writes_comes_back(responses: dict[str, str]) -> None:
    import csv
    import io

    file = io.StringIO()
    writer = csv.writer(file)
    writer.writerow(["student", "question", "slot", "response"])
    writer.writerows([student, "q1", "gradient", response] for student, response in responses.items())
    report = read(Content("x.csv", file.getvalue().encode()), names)
    assert {each.student: each.responses["gradient"] for each in report.submissions} == responses
    assert not report.problems
