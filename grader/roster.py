"""The roster: who gets a sheet, from a plain `id,name` table or a learning platform's export as it is.

Known are Moodle's participants (English, German, French, Spanish, Dutch, Italian headings), Canvas's gradebook,
Blackboard's and Brightspace's grade exports, Ilias's lists of members, and any table with headings like theirs; commas,
semicolons or tabs, any usual encoding. Of several columns of ids the first of `_ID_HEADINGS` that is filled in
is taken.

An id may hold anything that prints: `12/345`, `..` and `=cmd()` are somebody's id, and `grader.safe_names` makes them
safe where they become a file's name or a spreadsheet's cell. Two ids that differ in case only are one id twice, because
their files would overwrite each other on some machines, and because students do not mind their case.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from grader.safe_names import printable, shown
from grader.tables import Rows, Table, decode, find_table, plain_heading
from question_bank.errors import InputError

LARGEST = 50_000_000
"""Bytes."""

LONGEST_ID = 100
LONGEST_NAME = 200

_ID_HEADINGS = (
    "student id",
    "studentid",
    "student number",
    "matriculation number",
    "matrikelnummer",
    "id number",
    "id nummer",
    "idnumber",
    "numéro d identification",
    "número de id",
    "número id",
    "codice identificativo",
    "orgdefinedid",
    "sis user id",
    "sis login id",
    "id",
    "username",
    "user name",
    "login",
    "anmeldename",
    "benutzername",
    "nutzername",
    "nom d utilisateur",
    "gebruikersnaam",
    "student",
    "email address",
    "email",
    "e mail adresse",
    "e mailadres",
    "adresse de courriel",
    "dirección de correo",
    "indirizzo email",
)
_FIRST_NAME_HEADINGS = ("first name", "firstname", "given name", "vorname", "prénom", "nombre", "voornaam", "nome")
_LAST_NAME_HEADINGS = (
    "last name",
    "lastname",
    "family name",
    "surname",
    "nachname",
    "nom",
    "nom de famille",
    "apellido s",
    "apellidos",
    "achternaam",
    "cognome",
)
_NAME_HEADINGS = ("name", "full name", "fullname", "student name", "vollständiger name", "nom complet", "student")
_KNOWN = frozenset((*_ID_HEADINGS, *_FIRST_NAME_HEADINGS, *_LAST_NAME_HEADINGS, *_NAME_HEADINGS))

_CANVAS_POINTS_ROW = "points possible"
_CANVAS_TEST_STUDENT = "student, test"
_ROUNDED_BY_A_SPREADSHEET = re.compile(r"[0-9]([.,][0-9]+)?E\+[0-9]+")


@dataclass(frozen=True, slots=True)
class Student:
    """Somebody who gets a sheet."""

    id: str
    name: str


@dataclass(frozen=True, slots=True)
class Roster:
    """The students in the roster's order, and remarks on how it was read."""

    students: tuple[Student, ...]
    notices: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Line:
    number: int
    cells: list[str]

    def cell(self, column: int | None) -> str:
        return self.cells[column].strip() if column is not None and column < len(self.cells) else ""


def read_roster(path: Path) -> Roster:
    """The students of a roster file.

    Raises:
        InputError: if the file cannot be opened, is no table, has no column of ids, or an id is missing, twice
            there, too long or unprintable. Names the line.
    """
    try:
        return _read(path)
    except InputError as error:
        raise error.in_file(str(path)) from None


def _read(path: Path) -> Roster:
    text, remark = decode(_bytes_of(path))
    notices = [f"{path}: {remark}"] if remark else []
    table = find_table(text, lambda heading: plain_heading(heading) in _KNOWN)
    if table is None:
        raise InputError("an empty roster", remedy="write the heading id,name and a line for each student")
    if not any(plain_heading(heading) in _KNOWN for heading in table.header):
        raise InputError(
            f"no heading that is known among {_listed(table.header)}",
            place=f"line {table.header_line}",
            expected="id,name, or the export of a learning platform with its first line",
            remedy="add the heading",
        )
    lines = _lines(table, notices, path)
    students_column = _columns(table, ("student",))
    lines = _without_canvas_extras(lines, students_column[0] if students_column else None, notices, path)
    if not lines:
        raise InputError("a roster without students", remedy="write a line for each student")
    ids = _id_column(table, lines, notices, path)
    _check_ids(lines, ids)
    names = _name_columns(table, ids)
    # Brightspace writes every id behind a # to keep spreadsheets from taking it for a number.
    strip = "#" if all(len(line.cell(ids)) > 1 and line.cell(ids)[0] == "#" for line in lines) else ""
    students = tuple(
        Student(
            _plain_id(line.cell(ids)).removeprefix(strip),
            printable(" ".join(filter(None, map(line.cell, names)))[:LONGEST_NAME]),
        )
        for line in lines
    )
    return Roster(students, tuple(notices))


def _bytes_of(path: Path) -> bytes:
    try:
        with path.open("rb") as opened:
            data = opened.read(LARGEST + 1)
    except OSError as error:
        raise InputError(error.strerror or str(error), remedy="see that the file is there and can be opened") from error
    if len(data) > LARGEST:
        raise InputError(f"larger than {LARGEST / 1e6:.0f} MB", expected="a line for each student")
    if data.startswith((b"PK\x03\x04", b"\xd0\xcf\x11\xe0")):
        raise InputError("a workbook, not a table of text", remedy="save it as “CSV UTF-8” in the spreadsheet program")
    return data


def _lines(table: Table, notices: list[str], path: Path) -> list[_Line]:
    """The lines that hold anything."""
    width = len(table.header)
    rows = Rows(table, lambda row: len(row) == width)
    lines = []
    for row in rows:
        if not any(cell.strip() for cell in row):
            continue
        if any(cell.strip() for cell in row[width:]):
            raise InputError(
                f"{len(row)} cells, {_listed(row)}",
                place=f"line {rows.line}",
                expected=f"{width}, as in the heading",
                remedy='put a name with a comma in quotation marks, "Lee, Ann"',
            )
        lines.append(_Line(rows.line, row))
    notices.extend(f"{path}, line {number}: {found}" for number, found, _ in rows.defects)
    return lines


def _without_canvas_extras(lines: list[_Line], student: int | None, notices: list[str], path: Path) -> list[_Line]:
    """The lines but for Canvas's row of points, what stands above it, and its test student."""
    if student is None:
        return lines
    points = next(
        (at for at, line in enumerate(lines[:5]) if line.cell(student).casefold() == _CANVAS_POINTS_ROW), None
    )
    if points is not None:
        lines = [line for at, line in enumerate(lines) if at > points]
    kept = [line for line in lines if line.cell(student).casefold() != _CANVAS_TEST_STUDENT]
    notices.extend(
        f"{path}, line {line.number}: the platform's test student was left out"
        for line in lines
        if line.cell(student).casefold() == _CANVAS_TEST_STUDENT
    )
    return kept


def _columns(table: Table, headings: Sequence[str]) -> list[int]:
    """Indices of the columns with one of the headings, in the order of the headings."""
    plain = [plain_heading(heading) for heading in table.header]
    return [at for heading in headings for at, each in enumerate(plain) if each == heading]


def _id_column(table: Table, lines: list[_Line], notices: list[str], path: Path) -> int:
    """The first column of ids that is filled in."""
    candidates = _columns(table, _ID_HEADINGS)
    for rank, column in enumerate(candidates):
        empty = [line for line in lines if not line.cell(column)]
        heading = table.header[column]
        if not empty:
            if rank > 0:
                unused = ", ".join(table.header[at] for at in candidates[:rank])
                notices.append(f"{path}: ids are taken from the column {heading!r}, because {unused} is empty")
            return column
        if len(empty) < len(lines):
            others = [table.header[at] for at in candidates[rank + 1 :]]
            instead = f", or delete the column {heading!r} to use {others[0]!r}" if others else ""
            raise InputError(
                f"no {heading!r} for {_listed(empty[0].cells)}",
                place=f"line {empty[0].number}",
                expected="an id in each line",
                remedy=f"fill it in, or delete the line{instead}",
            )
    raise InputError(
        f"no column of ids among {_listed(table.header)}" if not candidates else "no line has an id",
        place=f"line {table.header_line}",
        expected="a column such as id, ID number, Student ID, SIS User ID or Username",
        remedy="add one: a sheet, a file and the marks go by the id",
    )


def _name_columns(table: Table, ids: int) -> list[int]:
    """The columns that together are the name; none if there is no name."""
    first = [at for at in _columns(table, _FIRST_NAME_HEADINGS) if at != ids][:1]
    last = [at for at in _columns(table, _LAST_NAME_HEADINGS) if at != ids][:1]
    return first + last or [at for at in _columns(table, _NAME_HEADINGS) if at != ids][:1]


def _plain_id(written: str) -> str:
    """An id in the one of Unicode's spellings that most systems write."""
    return unicodedata.normalize("NFC", written)


def _check_ids(lines: list[_Line], ids: int) -> None:
    seen: dict[str, _Line] = {}
    for line in lines:
        written = line.cell(ids)
        place = f"line {line.number}"
        if len(written) > LONGEST_ID:
            raise InputError(f"an id of {len(written):,} characters", place=place, expected=f"at most {LONGEST_ID}")
        if not written.isprintable():
            raise InputError(
                f"an id with a character that cannot be printed, {shown(written)}",
                place=place,
                remedy="write the id anew",
            )
        if _ROUNDED_BY_A_SPREADSHEET.fullmatch(written):
            raise InputError(
                f"the id {written}, which a spreadsheet program has rounded",
                place=place,
                remedy="format the column of ids as text, then export it again",
            )
        before = seen.setdefault(_plain_id(written).casefold(), line)
        if before is not line:
            raise InputError(
                f"the id {shown(written)} stands twice: here, and in line {before.number} as {shown(before.cell(ids))}",
                place=place,
                expected="an id of their own for each student; case makes no difference",
                remedy="delete one of the lines, or correct the id",
            )


def _listed(cells: Sequence[str]) -> str:
    return shown(", ".join(cells[:12]), longest=100)
