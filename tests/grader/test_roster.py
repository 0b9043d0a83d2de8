"""Rosters: what platforms export, in the encodings that they use, and what is refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from grader.assignments.roster import Roster, Student, read_roster
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
    "brightspace, user names": (
        "Username,Last Name,First Name,Sheet 1 Points Grade,End-of-Line Indicator\n#s1,Lee,Ann,,#\n#s2,Müller,Zoë,1,#\n"
    ),
    "moodle, portuguese": "Nome,Sobrenome,Número de identificação\nAnn,Lee,s1\nZoë,Müller,s2\n",
    "moodle, one column of names": '"First name / Last name","ID number"\n"Ann Lee",s1\n"Zoë Müller",s2\n',
    "moodle, german gradebook": (
        "Vorname,Nachname,ID-Nummer,Institution,Abteilung,E-Mail-Adresse,Kurs gesamt (Punkte)\n"
        'Ann,Lee,s1,,,a@x.edu,"3,5"\nZoë,Müller,s2,,,z@x.edu,-\n'
    ),
    "ilias": '"Role/Status";"Last Name";"First Name";"Login";"Matriculation number"\n'
    '"Course Member";"Lee";"Ann";"alee";"s1"\n"Course Member";"Müller";"Zoë";"zm";"s2"\n',
    "openolat": (
        "First name;Last name;User name;Institution identifier;E-mail\nAnn;Lee;alee;s1;a@x.edu\nZoë;Müller;zm;s2;z@x\n"
    ),
    "sakai, grades.csv": (
        "Sheet 1,SCORE_GRADE_TYPE,,,\n,,,,\nDisplay ID,ID,Last Name,First Name,grade\n"
        "s1,s1,Lee,Ann,0.0\ns2,s2,Müller,Zoë,\n"
    ),
    "google classroom": (
        "Last Name,First Name,Student ID,Sheet 1\nDate,,,2030-01-31\nPoints,,,8\nClass Average,,,7\n"
        "Lee,Ann,s1,7\nMüller,Zoë,s2,7\n"
    ),
}


def write(folder: Path, text: str, encoding: str = "utf-8") -> Path:
    path = folder / "roster.csv"
    path.write_bytes(text.encode(encoding))
    return path


def test_exports_put_one_below_the_other_are_one(tmp_path: Path) -> None:
    path = tmp_path / "roster.csv"
    path.write_text('id,name\ns1,Ann\nid,name\n"=""0429""",Ben\n', encoding="utf-8")
    assert [student.id for student in read_roster(path).students] == ["s1", "0429"]


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


def test_canvas_with_first_and_last_names_and_semicolons(tmp_path: Path) -> None:
    text = (
        "LastName;FirstName;ID;SIS User ID;SIS Login ID;Section\n    Points Possible;;;;;\n"
        "Lee;Ann;11;s1;alee;A\nMüller;Zoë;12;s2;zm;A\nStudent;Test;13;;x;A\n"
    )
    path = write(tmp_path, text)
    assert read_roster(path) == Roster((ANN, ZOE), (f"{path}, line 5: the platform's test student was left out",))


def test_sakais_gradebook_has_one_column_of_names(tmp_path: Path) -> None:
    text = 'Student ID,Name,# Student Number,Sheet 1 [8],* Sheet 1\ns1,"Lee, Ann",77,8,\n'
    assert read_roster(write(tmp_path, text)).students == (Student("s1", "Lee, Ann"),)


def test_blackboard_in_utf_16_and_its_preview_user(tmp_path: Path) -> None:
    text = (
        '"Last Name"\t"First Name"\t"Username"\t"Student ID"\n"Lee"\t"Ann"\t"alee"\t"s1"\n'
        '"Smith_PreviewUser"\t"Al"\t"asmith_previewuser"\t""\n"Müller"\t"Zoë"\t"zm"\t"s2"\n'
    )
    path = write(tmp_path, text, "utf-16")
    assert read_roster(path) == Roster((ANN, ZOE), (f"{path}, line 3: the platform's test student was left out",))


@pytest.mark.parametrize(
    ("heading", "student", "teacher"),
    [
        ("Roles", "Student", "Non-editing teacher"),
        ("Role", "Student", "Instructor"),
        ("Rolle/Status", "Kursmitglied", "Kursadministrator"),
        ("Rollen", "Teilnehmer/in, Trainer/in", "Trainer/in"),
    ],
)
def test_teachers_are_left_out_and_named(tmp_path: Path, heading: str, student: str, teacher: str) -> None:
    text = (
        f'First name;Last name;ID number;"{heading}"\nAnn;Lee;s1;"{student}"\nP;Prof;p9;"{teacher}"\nZoë;Müller;s2;\n'
    )
    path = write(tmp_path, text)
    notice = f"{path}, line 3: 'Prof, P' was left out, with the role {teacher!r}"
    assert read_roster(path) == Roster((ANN, ZOE), (notice,))


def test_one_odd_line_does_not_change_everybody_elses_id(tmp_path: Path) -> None:
    """Brightspace's # goes from every id, also if one line has none."""
    heading = "OrgDefinedId,Username,Last Name,First Name,End-of-Line Indicator\n"
    assert read_roster(write(tmp_path, f"{heading}#s1,#alee,Lee,Ann,#\ns2,zm,Müller,Zoë,#\n")).students == (ANN, ZOE)
    with pytest.raises(InputError, match="no 'OrgDefinedId' for"):
        read_roster(write(tmp_path, f"{heading}#s1,#alee,Lee,Ann,#\n#,#demo,Student,Demo,#\n"))


def test_lines_above_the_headings_do_not_shift_the_lines_that_are_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="the id 's1' stands twice") as caught:
        read_roster(write(tmp_path, "Course: Networks\n\nexported on Monday\nid;name\ns1;Ann\ns1;Bo\n"))
    assert caught.value.place == "line 6"


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
    "<html><table><tr><td>id</td></tr></table>": ("", "a web page"),
    "Course\n\nof\nnobody\n": ("line 1", "no heading that is known among 'Course'"),
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


def test_a_blank_before_quoted_names_is_read(tmp_path: Path) -> None:
    path = tmp_path / "roster.csv"
    path.write_text('id, name\nstud1, "Smith, Bla"\nstud2, "Jones, Foo"\n')
    found = read_roster(path)
    assert found.students == (Student("stud1", "Smith, Bla"), Student("stud2", "Jones, Foo"))
    assert not found.notices


def test_a_roster_from_an_old_mac_is_read(tmp_path: Path) -> None:
    path = tmp_path / "roster.csv"
    path.write_bytes("id,name\rs1,Zoë Angélique\rs2,Björn Müller\r".encode("mac-roman"))
    assert read_roster(path).students == (Student("s1", "Zoë Angélique"), Student("s2", "Björn Müller"))
