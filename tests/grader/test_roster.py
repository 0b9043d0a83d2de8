"""Rosters: what platforms export, in the encodings that they use, and what is refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from grader.roster import Roster, Student, read_roster
from question_bank.errors import InputError

ANN, ZOE = Student("s1", "Ann Lee"), Student("s2", "Zoë Müller")

EXPORTS = {
    "plain": "id,name\ns1,Ann Lee\ns2,Zoë Müller\n",
    "blank lines": "\n\nid,name\n\ns1,Ann Lee\n , \n\ns2,Zoë Müller\n\n",
    "semicolons": "id;name\r\ns1;Ann Lee\r\ns2;Zoë Müller\r\n",
    "excel": "sep=;\r\nID;Name\r\ns1;Ann Lee\r\ns2;Zoë Müller\r\n",
    "tabs": "name\tid\nAnn Lee\ts1\nZoë Müller\ts2\n",
    "blanks": "id, name\n s1 , Ann Lee\ns2, Zoë Müller \n",
    "student": "student,name\ns1,Ann Lee\ns2,Zoë Müller\n",
    "moodle": (
        '"First name","Last name","ID number","Email address",Groups\n'
        'Ann,Lee,s1,ann@x.edu,"A, B"\nZoë,Müller,s2,zoe@x.edu,\n'
    ),
    "moodle, german": ("Nachname;Vorname;ID-Nummer;E-Mail-Adresse\nLee;Ann;s1;ann@x.edu\nMüller;Zoë;s2;zoe@x.edu\n"),
    "moodle, french": "Prénom,Nom,Numéro d'identification\nAnn,Lee,s1\nZoë,Müller,s2\n",
    "moodle, spanish": "Nombre,Apellido(s),Número de ID\nAnn,Lee,s1\nZoë,Müller,s2\n",
    "moodle, grading worksheet": (
        "Identifier,Full name,ID number,Email address,Status\n"
        "Participant 9,Ann Lee,s1,a@x.edu,No submission\nParticipant 8,Zoë Müller,s2,z@x.edu,No submission\n"
    ),
    "blackboard": (
        '"Last Name","First Name","Username","Student ID","Last Access","Availability"\n'
        '"Lee","Ann","alee","s1","2024-01-01","Yes"\n"Müller","Zoë","zm","s2","","Yes"\n'
    ),
    "brightspace": (
        "OrgDefinedId,Username,Last Name,First Name,Email,End-of-Line Indicator\n"
        "#s1,#alee,Lee,Ann,a@x.edu,#\n#s2,#zm,Müller,Zoë,z@x.edu,#\n"
    ),
}


def write(folder: Path, text: str, encoding: str = "utf-8") -> Path:
    path = folder / "roster.csv"
    path.write_bytes(text.encode(encoding))
    return path


def test_iliass_logins_serve_where_it_knows_no_other_id(tmp_path: Path) -> None:
    text = '"Nachname";"Vorname";"Login";"Matrikelnummer"\n"Lee";"Ann";"s1";""\n"Müller";"Zoë";"s2";""\n'
    assert read_roster(write(tmp_path, text)).students == (ANN, ZOE)


@pytest.mark.parametrize("export", EXPORTS)
def test_exports_are_read_as_they_are(tmp_path: Path, export: str) -> None:
    assert read_roster(write(tmp_path, EXPORTS[export])) == Roster((ANN, ZOE), ())


CANVAS = """Student,ID,SIS User ID,SIS Login ID,Section,Sheet 1 (77)
,,,,,Manual Posting
    Points Possible,,,,,8.00
"Lee, Ann",11,s1,alee,A,
"Müller, Zoë",12,s2,zm,A,7.5
"Student, Test",13,,abcdef,A,
"""


def test_canvas_gradebook(tmp_path: Path) -> None:
    path = write(tmp_path, CANVAS)
    roster = read_roster(path)
    assert roster.students == (Student("s1", "Lee, Ann"), Student("s2", "Müller, Zoë"))
    assert roster.notices == (f"{path}, line 6: the platform's test student was left out",)


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "cp1252", "latin-1"])
def test_encodings(tmp_path: Path, encoding: str) -> None:
    roster = read_roster(write(tmp_path, EXPORTS["moodle, german"], encoding))
    assert roster.students == (ANN, ZOE)
    assert bool(roster.notices) == (encoding in ("cp1252", "latin-1"))


def test_an_empty_column_of_ids_gives_way_to_the_next(tmp_path: Path) -> None:
    path = write(tmp_path, "First name,Last name,ID number,Email address\nAnn,Lee,,ann@x.edu\nZoë,Müller,,zoe@x.edu\n")
    roster = read_roster(path)
    assert [student.id for student in roster.students] == ["ann@x.edu", "zoe@x.edu"]
    assert roster.notices == (f"{path}: ids are taken from the column 'Email address', because ID number is empty",)


@pytest.mark.parametrize("student", ["12/345", "..", "=cmd()", "CON", "a b", "Zoë", "007", "#7"])
def test_any_printable_id_is_somebodys(tmp_path: Path, student: str) -> None:
    roster = read_roster(write(tmp_path, f"id,name\n{student},Ann\ns2,Bo\n"))
    assert roster.students[0] == Student(student, "Ann")


def test_an_id_alone_will_do(tmp_path: Path) -> None:
    assert read_roster(write(tmp_path, "id\ns1\n")).students == (Student("s1", ""),)


def test_a_name_cannot_steer_a_terminal(tmp_path: Path) -> None:
    roster = read_roster(write(tmp_path, "id,name\ns1,A\x1b[2J" + "n" * 500 + "\n"))
    assert roster.students[0].name == ("A�[2J" + "n" * 500)[:200]


REFUSED = {  # text → place, part of what was found
    "": ("", "an empty roster"),
    "\n \n": ("", "an empty roster"),
    "id,name\n": ("", "a roster without students"),
    "s1,Ann\ns2,Bo\n": ("line 1", "no heading that is known among 's1, Ann'"),
    "name,first name\nLee,Ann\n": ("line 1", "no column of ids among 'name, first name'"),
    "id,name\ns1,Ann\ns2,Bo\ns1,Cy\n": ("line 4", "the id 's1' stands twice: here, and in line 2"),
    "id,name\nAB1,Ann\n\nab1,Bo\n": ("line 4", "the id 'ab1' stands twice: here, and in line 2 as 'AB1'"),
    "id,name\nZoe\u0308,Ann\nZo\u00eb,Bo\n": ("line 3", "stands twice"),
    "id,name\ns1,Ann\n,Bo\n": ("line 3", "no 'id' for"),
    "id,name\ns1,Lee, Ann\n": ("line 2", "3 cells"),
    "id,name\na\x00b,Ann\n": ("line 2", "cannot be printed, 'a\\x00b'"),
    "id,name\n" + "x" * 101 + ",Ann\n": ("line 2", "an id of 101 characters"),
    "id,name\n1.23457E+11,Ann\n": ("line 2", "which a spreadsheet program has rounded"),
    "PK\x03\x04...": ("", "a workbook"),
}


@pytest.mark.parametrize("text", REFUSED)
def test_what_cannot_be_used_is_refused_by_file_and_line(tmp_path: Path, text: str) -> None:
    path = write(tmp_path, text)
    with pytest.raises(InputError) as caught:
        read_roster(path)
    place, found = REFUSED[text]
    assert (caught.value.file, caught.value.place or "") == (str(path), place)
    assert found in caught.value.found
    assert caught.value.expected or caught.value.remedy


@pytest.mark.parametrize("name", ["nowhere.csv", "."])
def test_a_file_that_cannot_be_opened_is_named(tmp_path: Path, name: str) -> None:
    with pytest.raises(InputError, match="opened"):
        read_roster(tmp_path / name)
