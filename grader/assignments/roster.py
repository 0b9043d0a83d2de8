"""The roster: who gets a sheet, from a plain `id,name` table or a learning platform's export as it is.

Known are Moodle's participants and gradebook (English, German, French, Spanish, Dutch, Italian, Portuguese headings),
Canvas's gradebook, Blackboard's and Brightspace's grade exports, Ilias's and OpenOlat's lists of members, Sakai's
gradebook, Google Classroom's marks, and any table with headings like theirs; commas, semicolons or tabs, any usual
encoding (docs/handing-in.md). Lines above the headings are passed over. Of several columns of ids the first of
`roster_headings.IDS` that is filled in is taken. Lines that are no student's (points, averages, test students,
teachers) are left out, and of people that is said.

An id may hold anything that prints: `12/345`, `..` and `=cmd()` are somebody's id, and `grader.files.safe_names` makes
them safe where they become a file's name or a spreadsheet's cell. Two ids that differ in case only are one id twice,
because their files would overwrite each other on some machines, and because students do not mind their case.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from grader.assignments import roster_headings as headings
from grader.assignments.student_ids import StudentIds
from grader.files.safe_names import listed, printable, shown
from grader.files.tables import Rows, Table, decode, find_table, plain_heading, split_lines
from question_bank.errors import InputError, gathered, refuse

LARGEST = 50_000_000
"""Bytes."""

LONGEST_ID = 100
LONGEST_NAME = 200

_MOST_LINES_ABOVE = 10
"""Lines that may stand above the headings, such as the assignment's name in Sakai's grades.csv."""

_MOST_SAID = 20
"""Lines that are complained of at once."""

_ROUNDED_BY_A_SPREADSHEET = re.compile(r"[0-9]([.,][0-9]+)?E\+[0-9]+")


@dataclass(frozen=True, slots=True)
class Student:
    """Somebody who gets a sheet."""

    id: str
    name: str
    others: tuple[str, ...] = field(default=(), compare=False, repr=False)
    """What stands in the further columns of ids, such as an e-mail address."""
    group: str = field(default="", compare=False, repr=False)
    """What stands in the column by which sheets are collated, such as a room."""


@dataclass(frozen=True, slots=True)
class Roster:
    """The students in the roster's order, and remarks on how it was read."""

    students: tuple[Student, ...]
    notices: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _RosterLine:
    number: int
    cells: list[str]

    def cell(self, column: int | None) -> str:
        return self.cells[column].strip() if column is not None and column < len(self.cells) else ""


def read_roster(path: Path, collate: str | None = None) -> Roster:
    """The students of a roster file; `collate` is the heading of the column that their sheets are sorted by.

    Raises:
        InputError: if the file cannot be opened, is no table, has no column of ids or that one, or ids are missing,
            twice there, too long or unprintable. Names the lines.
    """
    try:
        return _read(path, collate)
    except InputError as error:
        raise error.in_file(str(path)) from None


def _read(path: Path, collate: str | None) -> Roster:
    text, remark = decode(_bytes_of(path))
    notices = [f"{path}: {remark}"] if remark else []
    table = _table(text)
    problems: list[InputError] = []
    lines = _students_only(table, _lines(table, notices, path, problems), notices, path)
    if not lines:
        refuse(problems)
        raise InputError("a roster without students", remedy="write a line for each student")
    ids = -1
    with gathered(problems):
        ids = _id_column(table, lines, notices, path, problems)
        problems.extend(_wrong_ids([line for line in lines if line.cell(ids)], ids))
    groups = None
    with gathered(problems):
        groups = _group_column(table, collate)
    # A column that is wrong is one mistake, however many lines it has.
    refuse(problems[:_MOST_SAID])
    names = _name_columns(table, ids)
    further = [at for at in dict.fromkeys(_columns(table, headings.IDS)) if at != ids and at not in names]
    students = tuple(
        Student(
            _plain_id(line.cell(ids)),
            printable(" ".join(filter(None, map(line.cell, names)))[:LONGEST_NAME]),
            tuple(filter(None, map(line.cell, further))),
            printable(line.cell(groups)[:LONGEST_NAME]),
        )
        for line in lines
    )
    notices += [
        f"{path}: {' and '.join(same)} differ in their leading zeros only, which spreadsheets lose; "
        "where a file may mean either, it is not marked"
        for same in StudentIds(student.id for student in students).same_numbers
    ]
    return Roster(students, tuple(notices))


def _table(text: str) -> Table:
    """The table, whose headings may have other lines above them."""
    table = find_table(text, _is_known)
    if table is None:
        raise InputError("an empty roster", remedy="write the heading id,name and a line for each student")
    if text.lstrip()[:1] == "<":
        raise InputError("a web page, not a table", remedy="export the list as CSV, or save it as “CSV UTF-8”")
    below, skipped = text, 0
    found: Table | None = table
    while found is not None and not any(map(_is_known, found.header)) and skipped < _MOST_LINES_ABOVE:
        # Blank lines in their place, so that the numbers of the others stay.
        skipped = found.header_line
        below = "\n" * skipped + "".join(split_lines(text, keep_ends=True)[skipped:])
        found = find_table(below, _is_known)
    if found is None or not any(map(_is_known, found.header)):
        raise InputError(
            f"no heading that is known among {listed(table.header)}",
            place=f"line {table.header_line}",
            expected="id,name, or the export of a learning platform with its first line",
            remedy="add the heading",
        )
    return found


def _is_known(heading: str) -> bool:
    return plain_heading(heading) in headings.KNOWN


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


def _lines(table: Table, notices: list[str], path: Path, problems: list[InputError]) -> list[_RosterLine]:
    """The lines that hold anything; what is wrong with others is put with the `problems`."""
    width = len(table.header)
    rows = Rows(table, lambda row: len(row) == width)
    lines = []
    for row in rows:
        if not any(cell.strip() for cell in row):
            continue
        if tuple(cell.strip().lstrip("\ufeff") for cell in row) == table.header:
            continue  # the headings again, of exports that were put one below the other
        if any(cell.strip() for cell in row[width:]):
            problems.append(
                InputError(
                    f"{len(row)} cells, {listed(row)}",
                    place=f"line {rows.line}",
                    expected=f"{width}, as in the heading",
                    remedy='put a name with a comma in quotation marks, "Lee, Ann"',
                )
            )
            continue
        lines.append(_RosterLine(rows.line, row))
    marked = [at for at, heading in enumerate(table.header) if plain_heading(heading) in headings.IDS]
    if any(plain_heading(heading) in headings.BRIGHTSPACE for heading in table.header):
        for line in lines:
            line.cells[:] = [cell.removeprefix("#") if at in marked else cell for at, cell in enumerate(line.cells)]
    notices.extend(f"{path}, line {number}: {found}" for number, found, _ in rows.defects)
    return lines


def _students_only(table: Table, lines: list[_RosterLine], notices: list[str], path: Path) -> list[_RosterLine]:
    """The lines but for what platforms put there besides students: about marks, their own test students, teachers."""
    names = _columns(table, (*headings.NAMES, *headings.LAST_NAMES, *headings.FIRST_NAMES))
    ids = _columns(table, headings.IDS)
    points = next((at for at, line in enumerate(lines[:5]) if _says(line, names, {"points possible"})), -1)
    # Canvas puts a line on how marks are posted above that of the points.
    lines = [
        line
        for line in lines[points + 1 :]
        if any(map(line.cell, set(ids) - set(names))) or not _says(line, names, headings.ABOUT_MARKS)
    ]
    kept = []
    roles = _columns(table, headings.ROLES)[:1]
    for line in lines:
        name = ", ".join(filter(None, map(line.cell, names)))
        if any(map(headings.TEST_STUDENT.fullmatch, (name, *map(line.cell, (*ids, *names))))):
            notices.append(f"{path}, line {line.number}: the platform's test student was left out")
        elif (
            roles
            and headings.STAFFS_ROLE.search(role := line.cell(roles[0]))
            and not headings.STUDENTS_ROLE.search(role)
        ):
            notices.append(f"{path}, line {line.number}: {shown(name)} was left out, with the role {shown(role)}")
        else:
            kept.append(line)
    return kept


def _says(line: _RosterLine, columns: Sequence[int], words: Collection[str]) -> bool:
    return any(line.cell(at).casefold() in words for at in columns)


def _columns(table: Table, headings: Sequence[str]) -> list[int]:
    """Indices of the columns with one of the headings, in the order of the headings."""
    plain = [plain_heading(heading) for heading in table.header]
    return [at for heading in headings for at, each in enumerate(plain) if each == heading]


def _id_column(
    table: Table, lines: list[_RosterLine], notices: list[str], path: Path, problems: list[InputError]
) -> int:
    """The first column of ids that is filled in; lines without one are put with the `problems`."""
    candidates = _columns(table, headings.IDS)
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
            problems += [
                InputError(
                    f"no {heading!r} for {listed(line.cells)}",
                    place=f"line {line.number}",
                    expected="an id in each line",
                    remedy=f"fill it in, or delete the line{instead}",
                )
                for line in empty
            ]
            return column
    raise InputError(
        f"no column of ids among {listed(table.header)}" if not candidates else "no line has an id",
        place=f"line {table.header_line}",
        expected="a column such as id, ID number, Student ID, SIS User ID or Username",
        remedy="add one: a sheet, a file and the marks go by the id",
    )


def _group_column(table: Table, collate: str | None) -> int | None:
    """The column by which sheets are sorted."""
    if collate is None:
        return None
    found = [at for at, heading in enumerate(table.header) if plain_heading(heading) == plain_heading(collate)]
    if len(found) != 1:
        raise InputError(
            f"{'two columns' if found else 'no column'} {shown(collate)} among {listed(table.header)}",
            place=f"line {table.header_line}",
            expected="the heading that collate names in assignment.toml, once",
        )
    return found[0]


def _name_columns(table: Table, ids: int) -> list[int]:
    """The columns that together are the name; none if there is no name."""
    first = [at for at in _columns(table, headings.FIRST_NAMES) if at != ids][:1]
    last = [at for at in _columns(table, headings.LAST_NAMES) if at != ids][:1]
    return first + last or [at for at in _columns(table, headings.NAMES) if at != ids][:1]


def _plain_id(written: str) -> str:
    """An id in the one of Unicode's spellings that most systems write."""
    return unicodedata.normalize("NFC", written)


def plain_new_id(written: str) -> str:
    """An id that a person gives a student, as the roster would have it; raises InputError if it could not stand there.

    >>> plain_new_id(" s1 ")
    's1'
    """
    line = _RosterLine(1, [_plain_id(written)])
    if not line.cell(0):
        raise InputError("an empty id", expected="the student's new id")
    for wrong in _wrong_ids([line], 0):
        wrong.place = None
        raise wrong.at()
    return line.cell(0)


def _wrong_ids(lines: list[_RosterLine], ids: int) -> Iterator[InputError]:
    seen: dict[str, _RosterLine] = {}
    for line in lines:
        written = line.cell(ids)
        place = f"line {line.number}"
        before = seen.setdefault(_plain_id(written).casefold(), line)
        if len(written) > LONGEST_ID:
            yield InputError(f"an id of {len(written):,} characters", place=place, expected=f"at most {LONGEST_ID}")
        elif not written.isprintable():
            yield InputError(
                f"an id with a character that cannot be printed, {shown(written)}",
                place=place,
                remedy="write the id anew",
            )
        elif _ROUNDED_BY_A_SPREADSHEET.fullmatch(written):
            yield InputError(
                f"the id {written}, which a spreadsheet program has rounded",
                place=place,
                remedy="format the column of ids as text, then export it again",
            )
        elif before is not line:
            yield InputError(
                f"the id {shown(written)} stands twice: here, and in line {before.number} as {shown(before.cell(ids))}",
                place=place,
                expected="an id of their own for each student; case makes no difference",
                remedy="delete one of the lines, or correct the id",
            )
