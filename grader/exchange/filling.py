"""Marks written into a platform's gradebook: one column of it, everything else byte for byte as it was."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal

from grader.assignments.student_ids import StudentIds, keeps_zeros
from grader.exchange.cells import TableCell, TableRow, encoded, with_cells
from grader.exchange.gradebooks import MarkColumn, Recognised, number, participant_number, recognise
from grader.files.safe_names import listed, shown
from grader.files.tables import plain_heading
from question_bank.errors import InputError, refuse

_TWO_PLACES = Decimal("0.01")
_DECIMALS = re.compile(r"-?\d+([.,])\d+")
_NO = frozenset(("no", "nein"))
_EXCUSED = frozenset(("ex", "excused"))


@dataclass(frozen=True, slots=True)
class GivenMarks:
    """What is to be filled in: marks by student and the most that there are, and by what students are known."""

    title: str
    marks: Mapping[str, Decimal]
    most: Decimal
    ids: StudentIds
    shared: Mapping[str, Sequence[str]] = field(default_factory=dict)
    """What several students of the roster are called by, such as one e-mail address of two."""


@dataclass(frozen=True, slots=True)
class Filled:
    """A gradebook with the marks in it, and what is to be known of that.

    `missing` are students with marks whom the file does not name; `without_marks` the lines of it that got none.
    """

    data: bytes
    platform: str
    item: str
    filled: int
    changed: int
    missing: tuple[str, ...]
    without_marks: int
    remarks: tuple[str, ...]
    going_back: str


def fill_in(
    data: bytes,
    given: GivenMarks,
    *,
    item: str | None = None,
    scale: bool = False,
    comma: bool = False,
    marked_only: bool = False,
) -> Filled:
    """A gradebook with marks in the column of `item`, or else in that with the assignment's title.

    `item` is a title, the platform's number of an item, or the number of a column from 1. People are matched by all
    columns of ids that the roster knows. Where the file counts in other marks than the assignment, `scale` turns one
    into the other. A decimal comma is written where the file itself writes one, or `comma` says so. `marked_only`
    leaves out the lines of people who have no mark here.

    Raises InputError, and nothing is to be written, for a file that is no gradebook, or another course's, that has no
    column of ids or of that item, that names a student twice, and for other marks than the assignment's.
    """
    file = encoded(data)
    book = recognise(file.text)
    column = _column(book, item, given.title)
    people = people_in(book, given.ids, given.shared)
    most = _most(book, column, [row for row, _ in people])
    factor = _factor(most, given.most, column.title, scale=scale)
    sign = "," if comma or _writes_commas(book) else "."
    written: dict[TableCell, str] = {}
    remarks: list[str] = []
    if most is None:
        remarks.append(
            f"the file does not say how many marks {column.title} counts; these are out of {_plain(given.most)}"
        )
    refuse(_unnumbered(book, people))
    filled = changed = 0
    found = set()
    without: list[TableRow] = []
    for row, student in people:
        cell = row.cells[column.column] if column.column < len(row.cells) else None
        mark = None if student is None else given.marks.get(student)
        if student is not None:
            found.add(student)
        if cell is None or (not book.gradebook.takes_short_lines and len(row.cells) < len(book.header.cells)):
            raise InputError(
                f"{len(row.cells)} cells, {listed(each.text for each in row.cells)}",
                place=f"line {row.line}",
                expected=f"{len(book.header.cells)}, as in the headings",
                remedy="download the file again",
            )
        if mark is None:
            without.append(row)
            if book.gradebook.blanks_the_rest and cell.text:
                written[cell] = ""
            continue
        if cell.text.strip().casefold() in _EXCUSED:
            remarks.append(f"line {row.line}: {shown(student or '')} is excused there and stays so")
            continue
        if _is_locked(book, row):
            remarks.append(f"line {row.line}: {shown(student or '')} has a mark there that cannot be changed")
        scaled = (mark * factor).quantize(_TWO_PLACES, ROUND_HALF_UP)
        if not book.gradebook.takes_more and most is not None and scaled > most:
            remarks.append(
                f"line {row.line}: {shown(student or '')} has {scaled} of {most}, which the platform will not take"
            )
        before = number(cell.text)
        changed += before is not None and before != scaled
        filled += 1
        written[cell] = f"{scaled:f}".replace(".", sign)
    missing = tuple(student for student in given.marks if student not in found)
    _require_this_course(people, given, missing)
    if book.gradebook.asks_for_columns:
        remarks += _columns_to_name(book, column, people, without if marked_only else ())
        if without and not marked_only:
            remarks.append(
                "lines without a mark from here count too: “-” wipes a mark, and what is shown rounded is taken so; "
                "add --marked-only to leave them out"
            )
    text = with_cells(file.text, written, book.delimiter, without if marked_only else ())
    return Filled(
        file.bytes_of(text),
        book.gradebook.name,
        column.title,
        filled,
        changed,
        missing,
        len(without),
        tuple(remarks),
        book.gradebook.going_back,
    )


def _column(book: Recognised, wanted: str | None, title: str) -> MarkColumn:
    items = [each for each in book.gradebook.items(book.header) if not _read_only(book, each)]
    heading = plain_heading(wanted or title)
    called = [each for each in items if plain_heading(each.title) == heading]
    if wanted and not called:
        called = (
            [each for each in items if plain_heading(book.header.cells[each.column].text) == heading]
            or [each for each in items if each.number == wanted.strip()]
            or [each for each in items if wanted.strip() == f"{each.column + 1}"]
        )
    if wanted is None and not called and len(items) == 1:
        return items[0]
    if len(called) == 1:
        return called[0]
    among = called or items
    raise InputError(
        f"{len(called)} columns for {shown(wanted or title)}" if called else f"no column for {shown(wanted or title)}",
        expected=f"one of {listed(map(_with_numbers, among))}",
        remedy="say which with --item, by its title or a number of these"
        if called
        else "say which with --item, or make the item on the platform and download the file again",
    )


def _with_numbers(item: MarkColumn) -> str:
    """An item's title, and the numbers by which it can be named."""
    known = f"{item.number} or " if item.number else ""
    return f"{item.title} ({known}column {item.column + 1})"


def _unnumbered(book: Recognised, people: Sequence[tuple[TableRow, str | None]]) -> Iterator[InputError]:
    """Lines of which the platform itself could not tell whose they are: it would take nothing of the file."""
    for column in book.columns(book.gradebook.numbered_in)[:1]:
        for row, _ in people:
            try:
                participant_number(row.text(column))
            except InputError as error:
                yield error.at(place=f"line {row.line}")


def _is_locked(book: Recognised, row: TableRow) -> bool:
    return any(row.text(column).casefold() in _NO for column in book.columns(book.gradebook.changeable_in))


def _columns_to_name(
    book: Recognised,
    item: MarkColumn,
    people: Sequence[tuple[TableRow, str | None]],
    left_out: Sequence[TableRow],
) -> Iterator[str]:
    """Which two columns to name at the import: an empty id, or one of two people, refuses the whole file there."""
    rows = [row for row, _ in people if row not in left_out]
    for column in book.columns(book.gradebook.people):
        ids = [row.text(column) for row in rows]
        if all(ids) and len(set(ids)) == len(ids):
            headings = book.header.cells
            yield f"map {shown(headings[column].text)} to people, and {shown(headings[item.column].text)} to the item"
            return


def _read_only(book: Recognised, item: MarkColumn) -> bool:
    return any("read only" in row.text(item.column).casefold() for row in book.rows[:3])


def people_in(
    book: Recognised, ids: StudentIds, shared: Mapping[str, Sequence[str]]
) -> list[tuple[TableRow, str | None]]:
    """The rows that are somebody's, each with the student where the roster knows one.

    Raises InputError where the file has no column of ids, or names a student twice, or a row is two students'.
    """
    columns = book.columns(book.gradebook.people)
    if not columns:
        raise InputError(
            f"no column that says who somebody is among {listed(cell.text for cell in book.header.cells)}",
            place=f"line {book.header.line}",
            expected=f"one such as {listed(book.gradebook.people)}",
            remedy="let the platform show ids or e-mail addresses, and download the file again",
        )
    persons = [row for row in book.rows if _is_persons(row, columns, book)]
    refuse(_too_long(persons, len(book.header.cells)))
    found = [(row, _student(row, columns, book, ids, shared)) for row in persons]
    lines: defaultdict[str, list[int]] = defaultdict(list)
    for row, student in found:
        if student is not None:
            lines[student].append(row.line)
    refuse(_twice(lines))
    return found


def _too_long(persons: Sequence[TableRow], most: int) -> Iterator[InputError]:
    """Rows of more cells than the headings: a name's own comma would put the mark beside its column.

    Where all rows end in as many empty cells more, they end so on the platform.
    """
    lengths = {len(row.cells) for row in persons}
    for row in persons:
        if len(row.cells) > most and (len(lengths) > 1 or any(cell.text.strip() for cell in row.cells[most:])):
            yield InputError(
                f"{len(row.cells)} cells, {listed(cell.text for cell in row.cells)}",
                place=f"line {row.line}",
                expected=f"{most}, as in the headings",
                remedy="see whether a comma in a name lost its quotation marks; download the file again",
            )


def _is_persons(row: TableRow, columns: Sequence[int], book: Recognised) -> bool:
    about = {plain_heading(cell.text) for cell in row.cells[:3]}
    if about & {*book.gradebook.most_beside, "manual posting", "student test", "test student", "date", "points"}:
        return False
    return any(row.text(column) for column in columns)


def _student(
    row: TableRow, columns: Sequence[int], book: Recognised, ids: StudentIds, shared: Mapping[str, Sequence[str]]
) -> str | None:
    """Who a row is; an error where its ids are two students', or where its only one is."""
    meant: dict[str, str] = {}
    own = {*book.columns(book.gradebook.own_numbers)}
    named = any(row.text(column) for column in columns if column not in own)
    for column in columns:
        written = row.text(column)
        if column in own and (named or written not in ids.certain):
            continue
        zeros = keeps_zeros(each.text(column) for each in book.rows)
        if written and (whose := ids.find(written.removeprefix("#"), keeps_zeros=zeros).student):
            meant.setdefault(whose, book.header.cells[column].text)
    if len(meant) > 1:
        raise InputError(
            f"{' and '.join(meant)} by {' and '.join(meant.values())}",
            place=f"line {row.line}",
            expected="one student in a line",
            remedy="see which of the two the roster has wrong",
        )
    for column in columns:
        if not meant and (rivals := shared.get(row.text(column).casefold())):
            raise InputError(
                f"{shown(row.text(column))} is {' and '.join(rivals)} on the roster",
                place=f"line {row.line}",
                expected="an address or login of one student",
                remedy="correct the roster, or let the platform show the ids",
            )
    return next(iter(meant), None)


def _twice(lines: Mapping[str, Sequence[int]]) -> Iterator[InputError]:
    for student, places in lines.items():
        if len(places) > 1:
            yield InputError(
                f"{shown(student)} stands in {len(places)} lines, {listed(map(str, places))}",
                place=f"line {places[1]}",
                expected="a line a student",
                remedy="see whether two people have one e-mail address or login there",
            )


def _most(book: Recognised, item: MarkColumn, people: Sequence[TableRow]) -> Decimal | None:
    """The most marks that the file has for the item, where it says so."""
    if item.most is not None:
        return item.most
    for row in book.rows[:5]:
        if {plain_heading(cell.text) for cell in row.cells[:3]} & set(book.gradebook.most_beside):
            return number(row.text(item.column))
    beside = [plain_heading(f"{item.title} - Max Points")]
    for column in (*book.columns(book.gradebook.most_in), *book.columns(beside)):
        said = {number(row.text(column)) for row in people}
        if len(said) == 1:
            return said.pop()
    return None


def _factor(most: Decimal | None, ours: Decimal, title: str, *, scale: bool) -> Decimal:
    if most is None or most == ours:
        return Decimal(1)
    if not scale or most <= 0:
        raise InputError(
            f"{title} counts {most:f} marks",
            expected=f"{_plain(ours)}, as the assignment does",
            remedy="change that on the platform and download the file again, or add --scale",
        )
    return most / ours


def _plain(marks: Decimal) -> str:
    """Marks without zeros behind the point."""
    return f"{marks.normalize():f}"


def _writes_commas(book: Recognised) -> bool:
    """Whether the file's own numbers have a decimal comma."""
    people = {*book.columns(book.gradebook.people)}
    # Totals tell it too, where nobody has a mark yet.
    cells = (row.text(column) for row in book.rows for column in range(len(row.cells)) if column not in people)
    signs = {found[1] for found in map(_DECIMALS.fullmatch, cells) if found}
    return signs == {","}


def _require_this_course(
    people: Sequence[tuple[TableRow, str | None]], given: GivenMarks, missing: Sequence[str]
) -> None:
    known = sum(student is not None for _, student in people)
    strange = not known or (2 * known < len(people) and 2 * len(missing) > len(given.marks))
    if given.marks and strange:
        raise InputError(
            f"{known} of its {len(people)} people are on the roster, and {len(missing)} of {len(given.marks)} "
            "students with marks are not in it",
            expected="the gradebook of this course",
            remedy="download that one; or see that the roster has the ids or e-mail addresses that stand in the file",
        )
