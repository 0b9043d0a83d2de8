"""Gradebooks as platforms write them, filled in: one column is other, and everything else is the same bytes."""

from __future__ import annotations

import csv
import io
from decimal import Decimal

import pytest

from grader.assignments.student_ids import StudentIds
from grader.exchange.filling import Filled, GivenMarks, fill_in
from question_bank.errors import InputError

STUDENTS = ("0042", "0107", "00B7")
MAILS = {"zoe@x.org": "0042", "bo@x.org": "0107", "cy@x.org": "00B7"}
LOGINS = {"zq1": "0042", "bb2": "0107", "cc3": "00B7"}
GIVEN = GivenMarks(
    "Homework 3",
    {"0042": Decimal("9.5"), "0107": Decimal("6.675")},
    Decimal(10),
    StudentIds(STUDENTS, {**MAILS, **LOGINS, "9001": "0042", "9002": "0107", "9003": "00B7"}),
)
"""Two students have marks; the third handed nothing in."""

WORKSHEET = (
    '\ufeffIdentifier,"Full name","Email address",Status,Grade,"Maximum grade",'
    '"Last modified (grade)","Feedback comments"\n'
    '"Participant 23","Zoë ""Q"" Quux",zoe@x.org,"No submission -  - ",,10.00,-,\n'
    '"Participant 16","Bo Bizz, Jr.",bo@x.org,"No submission -  - ",3.33,10.00,-,"so, so"\n'
    '"Participant 7","Cy Cozz",cy@x.org,"No submission -  - ",4.00,10.00,-,\n'
)
GERMAN = (
    '\ufeffID;"Vollständiger Name";E-Mail-Adresse;Status;Bewertung;Bestwertung;"Zuletzt geändert (Bewertung)"\r\n'
    "Teilnehmer/in23;Zoë Quux;zoe@x.org;;;10,00;-\r\n"
    "Teilnehmer/in16;Bo Bizz;bo@x.org;;;10,00;-\r\n"
)
MOODLE = (
    '"First name","ID number","Email address","Assignment: Homework 3 (Real)","Oral (Real)","Course total (Real)",'
    '"Last downloaded from this course"\n'
    "Zoë,0042,zoe@x.org,-,-,-,1795922035\n"
    "Bo,0107,bo@x.org,5.00,7.00,12.00,1795922035\n"
    "Cy,00B7,cy@x.org,-,-,-,1795922035\n"
)
CANVAS = (
    "Student,ID,SIS User ID,SIS Login ID,Section,Homework 3 (4711),Essay (4712),Current Score\r\n"
    ",,,,,Manual Posting,,\r\n"
    "    Points Possible,,,,,10.00,20.00,(read only)\r\n"
    '"Quux, Zoë",9001,0042,zq1,A,,3.50,17.5\r\n'
    '"Bizz, Bo",9002,107,bb2,A,EX,,\r\n'
    '"Student, Test",99,,,A,,,\r\n'
)
BRIGHTSPACE = (
    "OrgDefinedId,Username,Homework 3 Points Grade <Numeric MaxPoints:10 Weight:5>,End-of-Line Indicator\n"
    "#0042,#zq1,,#\n#0107,#bb2,8,#\n"
)
BLACKBOARD = (
    '"Last Name"\t"First Name"\t"Username"\t"Student ID"\t"Last Access"\t"Availability"\t'
    '"Homework 3 [Total Pts: 10 Score] |123456"\r\n'
    '"Quux"\t"Zoë"\t"zq1"\t"0042"\t"-"\t"Yes"\t""\r\n'
    '"Bizz"\t"Bo"\t"bb2"\t"0107"\t"-"\t"Yes"\t""\r\n'
)
GRADESCOPE = (
    "First Name,Last Name,SID,Email,Homework 3,Homework 3 - Max Points,Homework 3 - Submission Time,"
    "Total Lateness (H:M:S)\n"
    "Zoë,Quux,0042,zoe@x.org,,10.0,,00:00:00\nBo,Bizz,0107,bo@x.org,1.0,10.0,,00:00:00\n"
)
CLASSROOM = (
    "Last Name,First Name,Email Address,Homework 3,Essay\n"
    "Date,,,2030-01-31,\nPoints,,,10,20\nClass Average,,,,\n"
    "Quux,Zoë,zoe@x.org,,\nBizz,Bo,bo@x.org,,12\n"
)
FILES = {
    "Moodle's grading worksheet": (WORKSHEET.encode(), ",", 4),
    "Moodle's gradebook": (MOODLE.encode(), ",", 3),
    "Canvas's gradebook": (CANVAS.encode("utf-8-sig"), ",", 5),
    "Brightspace's gradebook": (BRIGHTSPACE.encode(), ",", 2),
    "Blackboard's gradebook": (BLACKBOARD.encode("utf-16"), "\t", 6),
    "Gradescope's gradebook": (GRADESCOPE.encode(), ",", 4),
    "Google Classroom's marks": (CLASSROOM.encode("latin-1"), ",", 3),
}


def table_of(data: bytes, delimiter: str) -> list[list[str]]:
    encoding = "utf-16" if data[:2] == b"\xff\xfe" else "utf-8-sig" if b"\xc3" in data else "latin-1"
    return list(csv.reader(io.StringIO(data.decode(encoding), newline=""), delimiter=delimiter))


def without_numbers(data: bytes) -> bytes:
    return data.translate(None, b"-0123456789.\x00")


def column(filled: Filled, delimiter: str, at: int) -> list[str]:
    return [row[at] for row in table_of(filled.data, delimiter)]


@pytest.mark.parametrize("platform", FILES)
def test_marks_reach_their_students_and_nothing_else_is_other(platform):
    data, delimiter, at = FILES[platform]
    filled = fill_in(data, GIVEN)
    assert filled.platform == platform
    before, after = table_of(data, delimiter), table_of(filled.data, delimiter)
    given = {"Zoë": "9.50", 'Zoë "Q" Quux': "9.50", "Quux, Zoë": "9.50", "#0042": "9.50"}
    given |= {"Bo": "6.68", "Bo Bizz, Jr.": "6.68", "#0107": "6.68"}
    for old, new in zip(before, after, strict=True):
        assert [*old[:at], *old[at + 1 :]] == [*new[:at], *new[at + 1 :]]
        expected = [given[cell] for cell in old if cell in given]
        if expected:
            assert new[at] == expected[0]
        elif old != before[0] and "Cy" in " ".join(old) and platform == "Moodle's grading worksheet":
            assert new[at] == ""  # as it was shown, rounded to two decimals, it would take the mark's place
        else:
            assert new[at] == old[at]
    # But for the digits of marks all is the same, down to quotation marks, line ends and the byte order mark.
    assert without_numbers(filled.data) == without_numbers(data)


def test_a_file_filled_in_twice_is_the_same():
    for data, _, _ in FILES.values():
        once = fill_in(data, GIVEN).data
        again = fill_in(once, GIVEN)
        assert again.data == once
        assert again.changed == 0


def test_canvas_keeps_who_is_excused_and_its_lines_that_are_no_students():
    filled = fill_in(CANVAS.encode(), GIVEN)
    assert column(filled, ",", 5)[1:] == ["Manual Posting", "10.00", "9.50", "EX", ""]
    assert filled.filled == 1
    assert "excused" in filled.remarks[0]


def test_a_decimal_comma_where_the_file_has_one():
    filled = fill_in(GERMAN.encode(), GIVEN)
    assert column(filled, ";", 4)[1:] == ["9,50", "6,68"]
    assert fill_in(WORKSHEET.encode(), GIVEN, comma=True).data.count(b'"9,50"') == 1


@pytest.mark.parametrize(
    ("total", "written"), [("12,50", b"-;9,50;12,50"), ("12.50", b"-;9.50;12.50"), ("-", b"-;9.50;-")]
)
def test_a_total_tells_the_decimal_comma_where_nobody_has_a_mark(total, written):
    theirs = f"ID-Nummer;Test: A (Punkte);Aufgabe: Homework 3 (Punkte);Kurs gesamt (Punkte)\n0042;-;-;{total}\n"
    assert fill_in(theirs.encode(), GIVEN).data.splitlines()[1] == b"0042;" + written


def test_cells_that_end_every_line_stay():
    theirs = BRIGHTSPACE.replace(",#\n", ",#,,\n")
    filled = fill_in(theirs.encode(), GIVEN)
    assert filled.data == theirs.replace("#zq1,,", "#zq1,9.50,").replace("#bb2,8,", "#bb2,6.68,").encode()


def test_half_a_hundredth_goes_up_as_in_grades_csv():
    marks = GivenMarks("Homework 3", {"0042": Decimal("2.675"), "0107": Decimal("2.665")}, Decimal(10), GIVEN.ids)
    assert column(fill_in(BRIGHTSPACE.encode(), marks), ",", 2)[1:] == ["2.68", "2.67"]


def test_other_marks_there_are_refused_or_scaled():
    twenty = CANVAS.replace("10.00", "20")
    with pytest.raises(InputError, match=r"Homework 3 counts 20 marks; expected 10"):
        fill_in(twenty.encode(), GIVEN)
    assert column(fill_in(twenty.encode(), GIVEN, scale=True), ",", 5)[3] == "19.00"


def test_a_mark_above_the_most_is_said_where_moodle_would_pass_over_it():
    bonus = GivenMarks("Homework 3", {"0042": Decimal("10.01"), "0107": Decimal(10)}, Decimal(10), GIVEN.ids)
    assert ["10.01" in remark for remark in fill_in(WORKSHEET.encode(), bonus).remarks] == [True]
    assert not fill_in(CANVAS.encode(), bonus).remarks[1:]


def test_a_file_that_does_not_say_the_most_marks_gets_them_said():
    assert fill_in(CANVAS.replace("EX", "").encode(), GIVEN).remarks == ()
    assert fill_in(MOODLE.encode(), GIVEN).remarks[0].endswith("Homework 3 counts; these are out of 10")


def test_an_id_that_lost_its_zeros_is_found_and_one_of_two_is_not():
    assert fill_in(CANVAS.encode(), GIVEN).missing == ()  # 107 is 0107
    rivals = GivenMarks("Homework 3", {"0107": Decimal(1)}, Decimal(10), StudentIds(["0107", "107", "0042"]))
    assert fill_in(b"ID number,x (Real)\n107,-\n42,-\n", rivals, item="x").missing == ("0107",)


def test_who_is_not_found_is_listed():
    marks = {**GIVEN.marks, "00B7": Decimal(1)}
    filled = fill_in(BRIGHTSPACE.encode(), GivenMarks("Homework 3", marks, Decimal(10), GIVEN.ids))
    assert filled.missing == ("00B7",)
    assert fill_in(BRIGHTSPACE.encode() + b"#nobody,#nobody,,#\n", GIVEN).without_marks == 1


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (
            CANVAS.replace("Homework 3", "Quiz").encode(),
            "no column for 'Homework 3'; expected one of 'Quiz (4711 or column 6), Essay (4712 or column 7)'",
        ),
        (CANVAS.replace("Essay (4712)", "Homework 3 (4713)").encode(), "2 columns for 'Homework 3'"),
        (b"<html><body>Log in</body></html>", "a web page"),
        (b"", "no gradebook that is known"),
        (b"name,mark\nAnn,3\n", "no gradebook that is known"),
        (MOODLE.replace("0107,bo@x.org", ",zoe@x.org").encode(), "'0042' stands in 2 lines"),
        (MOODLE.replace("0107,bo@x.org", "0107,zoe@x.org").encode(), "0107 and 0042 by ID number and Email address"),
        (WORKSHEET.replace("Email address", "Telephone").encode(), "no column that says who somebody is"),
        (WORKSHEET.replace('"so, so"', '"so, so').encode(), "a quotation mark is never closed"),
        (
            BRIGHTSPACE.replace("0042", "1").replace("0107", "2").replace("zq1", "a").replace("bb2", "b").encode(),
            "0 of its 2",
        ),
        (MOODLE.replace("Bo,0107,bo@x.org,5.00,7.00,12.00,1795922035", "Bo,0107").encode(), "2 cells"),
        (MOODLE.replace("Bo,0107", "Bo,Jr.,0107").encode(), "8 cells"),
        (MOODLE.replace("12.00,1795922035", "12.00").encode(), "line 3: 6 cells"),  # Moodle would refuse the whole file
        (WORKSHEET.replace("Participant 16", "16").encode(), "line 3: an identifier '16'"),
        (WORKSHEET.replace("Participant 16", "bo@x.org").encode(), "an identifier 'bo@x.org'"),
        (MOODLE.partition("\n")[0].encode(), "0 of its 0"),
    ],
)
def test_what_cannot_be_meant_is_said(data, said):
    with pytest.raises(InputError) as caught:
        fill_in(data, GIVEN)
    assert said in str(caught.value)


def test_one_address_of_two_students_is_said():
    shared = GivenMarks("Homework 3", GIVEN.marks, Decimal(10), StudentIds(STUDENTS), {"zoe@x.org": ["0042", "0107"]})
    with pytest.raises(InputError, match=r"'zoe@x.org' is 0042 and 0107 on the roster"):
        fill_in(WORKSHEET.encode(), shared)


def test_a_column_that_is_only_read_there_takes_no_marks():
    read_only = CANVAS.replace("10.00,20.00,", "10.00,(read only),")
    with pytest.raises(InputError, match="no column for 'Essay'"):
        fill_in(read_only.encode(), GIVEN, item="Essay")


@pytest.mark.parametrize(("item", "at"), [("4713", 6), ("7", 6), ("4711", 5), ("6", 5), ("Homework 3 (4713)", 6)])
def test_one_of_two_columns_of_one_title_is_named_by_a_number(item, at):
    theirs = CANVAS.replace("Essay (4712)", "Homework 3 (4713)").replace("10.00,20.00", "10.00,10.00")
    filled = fill_in(theirs.encode(), GIVEN, item=item)
    assert column(filled, ",", at)[3] == "9.50"
    assert column(filled, ",", 11 - at) == [row[11 - at] for row in table_of(theirs.encode(), ",")]


def test_a_column_that_holds_no_marks_is_none_by_its_number():
    with pytest.raises(InputError, match="no column for '1'"):
        fill_in(CANVAS.encode(), GIVEN, item="1")


def test_a_title_that_is_a_number_is_a_title():
    theirs = CANVAS.replace("Essay (4712)", "6 (4712)").replace("20.00", "10.00")
    assert fill_in(theirs.encode(), GIVEN, item="6").item == "6"


@pytest.mark.parametrize("platform", FILES)
def test_lines_without_a_mark_can_be_left_out_and_the_others_are_the_same(platform):
    data, delimiter, _ = FILES[platform]
    whole, marked = fill_in(data, GIVEN), fill_in(data, GIVEN, marked_only=True)
    rows = table_of(whole.data, delimiter)
    gone = [row for row in rows if any(name in row for name in ("Cy", "Cy Cozz"))]
    assert table_of(marked.data, delimiter) == [row for row in rows if row not in gone]
    assert len(gone) == whole.without_marks == marked.without_marks


def test_a_mark_that_moodle_will_not_change_is_said():
    theirs = WORKSHEET.replace('"Maximum grade"', '"Maximum grade","Grade can be changed"').replace(
        "10.00,", "10.00,Yes,"
    )
    assert not fill_in(theirs.encode(), GIVEN).remarks
    locked = theirs.replace("3.33,10.00,Yes", "3.33,10.00,No")
    assert fill_in(locked.encode(), GIVEN).remarks == ("line 3: '0107' has a mark there that cannot be changed",)
    assert not fill_in(theirs.replace("4.00,10.00,Yes", "4.00,10.00,No").encode(), GIVEN).remarks


@pytest.mark.parametrize("encoding", ["utf-16", "utf-32", "utf-32-be", "utf-8-sig", "cp1252"])
def test_a_file_keeps_its_encoding(encoding):
    theirs = ("\ufeff" if encoding.endswith("be") else "") + CANVAS
    filled = fill_in(theirs.encode(encoding), GIVEN)
    assert filled.data == theirs.replace("0042,zq1,A,,", "0042,zq1,A,9.50,").encode(encoding)


def test_lines_above_the_headings_stay():
    theirs = f"# Exported on Monday\n\n{BRIGHTSPACE}"
    assert (
        fill_in(theirs.encode(), GIVEN).data == b"# Exported on Monday\n\n" + fill_in(BRIGHTSPACE.encode(), GIVEN).data
    )


@pytest.mark.parametrize(("line", "whose"), [("X,1,other,other@uni", None), ("X,1,,", None), ("X,00001,,", "00001")])
def test_canvass_own_number_of_somebody_is_not_taken_for_anothers_id(line: str, whose: str | None) -> None:
    """Person 1 of Canvas is hardly the student 00001; her number tells who she is only as the roster itself has it."""
    theirs = f"Student,ID,SIS User ID,SIS Login ID,Section,Homework 3 (4711)\nY,7,00002,y@uni,A,\n{line},A,\n"
    given = GivenMarks(
        "Homework 3", {"00001": Decimal(5), "00002": Decimal(6)}, Decimal(10), StudentIds(["00001", "00002"])
    )
    filled = fill_in(theirs.encode(), given)
    assert filled.data.decode().splitlines()[1] == "Y,7,00002,y@uni,A,6.00"
    assert filled.data.decode().splitlines()[2] == f"{line},A,{'5.00' if whose else ''}"
    assert filled.missing == (() if whose else ("00001",))
