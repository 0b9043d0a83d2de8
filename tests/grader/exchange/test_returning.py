"""Files under the names by which a platform gives each to its student; what Moodle takes was seen in the program."""

from __future__ import annotations

import re

import pytest

from grader.assignments.student_ids import StudentIds
from grader.exchange.cells import encoded
from grader.exchange.filling import people_in
from grader.exchange.gradebooks import recognise
from grader.exchange.returning import KnownPeople, by_archive, moodle_by_worksheet
from question_bank.errors import InputError

NAMES = {"0042": "Zoë Quux", "0107": "Bo Der_Bizz, Jr.", "00B7": "Sam Twin", "00C8": "Sam Twin", "00D9": 'Rex "R" Holm'}
PEOPLE = KnownPeople(StudentIds(NAMES, {"9001": "0042", "9002": "0107"}), NAMES)

# A word without an underscore, a number, and a name that begins with neither a dot nor a tilde.
MOODLE_TAKES = re.compile(r"[^_/]*_(\d+)_assignfeedback_file_/[^.~/][^/]*")


def test_moodles_worksheet_gives_every_student_a_folder_that_moodle_takes():
    worksheet = (
        "Identifier,Full name,Email address,Status,Grade,Last modified (grade)\n"
        "Participant 23,Zoë Quux,zoe@x.org,,,-\nParticipant 16,Bo,bo@x.org,,,-\n"
        "Participant 5,Sam Twin,sam@x.org,,,-\nParticipant 6,Nobody,no@x.org,,,-\n"
    )
    ids = StudentIds(NAMES, {"zoe@x.org": "0042", "bo@x.org": "0107", "sam@x.org": "00C8"})
    book = recognise(encoded(worksheet.encode()).text)
    numbers = {row.text(0): student for row, student in people_in(book, ids, {}) if student}
    places = moodle_by_worksheet(book, numbers, NAMES)
    found = {student: MOODLE_TAKES.fullmatch(f"{path}feedback.pdf") for student, path in places.paths.items()}
    assert {student: match and match[1] for student, match in found.items()} == {
        "0042": "23",
        "0107": "16",
        "00C8": "5",
    }


def test_moodles_archive_knows_people_by_names_that_one_alone_has():
    entries = [
        "Zoë Quux_23_assignsubmission_file/sheet.pdf",
        "Bo Der Bizz, Jr._16_assignsubmission_file_/a/sheet.pdf",  # Moodle makes a blank of an underscore
        "Rex R Holm_7_assignsubmission_onlinetext/onlinetext.html",
        "Sam Twin_5_assignsubmission_file/sheet.pdf",
        "Una Else_9_assignsubmission_file/sheet.pdf",
        "__MACOSX/._Zoë Quux_23_assignsubmission_file/sheet.pdf",
    ]
    places = by_archive(entries, PEOPLE)
    numbers = {student: path.split("_")[1] for student, path in places.paths.items()}
    assert numbers == {"0042": "23", "0107": "16", "00D9": "7"}
    assert places.unknown == ("Sam Twin (5)", "Una Else (9)")
    assert all(MOODLE_TAKES.fullmatch(f"{path}sheet.pdf") for path in places.paths.values())


def test_two_of_one_name_in_an_archive_are_nobodys():
    entries = [f"Zoë Quux_{number}_assignsubmission_file/sheet.pdf" for number in (23, 24)]
    places = by_archive(entries, PEOPLE)
    assert not places.paths
    assert places.unknown == ("Zoë Quux (23)", "Zoë Quux (24)")


def test_canvas_gets_the_numbers_back_that_it_gave_out():
    entries = [
        "quuxzoe_9001_555_sheet.pdf",
        "quuxzoe_9001_556_more.pdf",
        "derbizzbo_LATE_9002_557_sheet.pdf",
        "x_1_2_a.pdf",
    ]
    places = by_archive(entries, PEOPLE)
    assert places.platform == "Canvas"
    # Canvas reads the first two numbers of a name: the person's, and that of a file of theirs.
    numbers = {student: re.findall(r"\d+", path)[:2] for student, path in places.paths.items()}
    assert numbers == {"0042": ["9001", "555"], "0107": ["9002", "557"]}
    assert places.unknown == ("x_1_2",)


def test_brightspace_gets_a_persons_last_folder_back():
    entries = [
        "11-77 - Zoë Quux - Jan 30, 2030 900 AM/sheet.pdf",
        "11-77 - Zoë Quux - Jan 31, 2030 930 AM/sheet.pdf",
        "12-77 - Sam Twin - Jan 31, 2030 930 AM/sheet.pdf",
        "index.html",
    ]
    places = by_archive(entries, PEOPLE)
    assert places.paths == {"0042": "11-77 - Zoë Quux - Jan 31, 2030 930 AM/"}
    assert places.unknown == ("12-77 - Sam Twin - Jan 31, 2030 930 AM",)


def test_another_archive_is_refused():
    with pytest.raises(InputError, match="none is named as Moodle, Canvas or Brightspace"):
        by_archive(["photos/a.jpg", "readme.txt"], PEOPLE)
