"""What the columns of a submission's table are: shared by the long and the wide form."""

from __future__ import annotations

import itertools
import re
from abc import ABC, abstractmethod
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from grader.assignments.student_ids import FoundStudent, keeps_zeros
from grader.assignments.submission_headings import STUDENT, SUBMITTED
from grader.assignments.times import Order, order_of, read_time
from grader.files.safe_names import shown
from grader.files.tables import Rows, Table, plain_heading
from grader.submissions.names import Names
from grader.submissions.records import SHORTEN_IT, Content, FileReport, at_line
from question_bank.language.remark import Remark, one_of
from question_bank.language.words import N_

_WITH_QUESTION = re.compile(r"\s*(?:q|question\s*)?0*([1-9][0-9]{0,5})\s*\.\s*(.+?)\s*", re.IGNORECASE)

NEEDS_QUOTES = Remark.of(
    N_('a response with a comma needs straight quotation marks around it, "0,5", or a table with semicolons')
)
NO_ID = Remark.of(N_("no student id"))


def column(table: Table, headings: tuple[str, ...]) -> int | None:
    """Index of the column with one of the headings; the first of the headings is preferred."""
    plain = [plain_heading(heading) for heading in table.header]
    return next((plain.index(heading) for heading in headings if heading in plain), None)


def split_heading(heading: str) -> tuple[str | None, str]:
    """Question and slot of a heading such as `q1.h1_3`; no question if it names none.

    >>> split_heading("Q1.path_1.product"), split_heading("path_1.product")
    (('q1', 'path_1.product'), (None, 'path_1.product'))
    """
    parts = _WITH_QUESTION.fullmatch(heading)
    return (f"q{parts.group(1)}", parts.group(2)) if parts else (None, heading.strip())


def report_encoding(content: Content, report: FileReport) -> None:
    """Say how a file was decoded if that had to be guessed."""
    remark = content.decoded[1]
    if remark:
        remedy = Remark.of(N_("save the file as UTF-8 (“CSV UTF-8”) to be sure of letters and minus signs"))
        report.note("", remark, remedy)


def report_defects(rows: Rows, report: FileReport) -> None:
    """Say which lines were no proper CSV."""
    for line, found, lost in rows.defects:
        if lost:
            report.lost(at_line(line), found, SHORTEN_IT)
        else:
            report.note(at_line(line), found, Remark.of(N_("close it; the line was read by itself, as it stands")))


@dataclass(frozen=True, slots=True)
class Who:
    """Where a table's rows say whose they are."""

    column: int
    others: tuple[int, ...] = ()
    """Further columns of ids."""

    keeps_zeros: bool = False
    """Whether the ids have kept their leading zeros."""

    certain: frozenset[str] = frozenset()
    """Ids that need not be looked up, since they are a student's as they stand, and no other column can object."""


def who_column(table: Table, names: Names) -> Who | None:
    """The column of ids: of several the one in which most are a student's, letter by letter and then at all."""
    plain = [plain_heading(heading) for heading in table.header]
    columns = [plain.index(heading) for heading in dict.fromkeys(STUDENT) if heading in plain]
    if not columns:
        return None
    best = columns[0]
    if len(columns) > 1:
        some = list(itertools.islice(Rows(table, _any), _MOST_LOOKED_AT))

        def known(column: int) -> tuple[int, int]:
            found = [names.ids.find(row[column]) for row in some if column < len(row)]
            students = [each for each in found if each.student is not None]
            return sum(not each.as_number for each in students), len(students)

        best = max(columns, key=known)
    keeps = names.ids.zeros_matter and keeps_zeros(row[best] for row in Rows(table, _any) if best < len(row))
    others = tuple(column for column in columns if column != best)
    return Who(best, others, keeps, frozenset() if others else names.ids.certain)


_MOST_LOOKED_AT = 50
"""Rows by which it is told what a column holds."""


def _any(row: list[str]) -> bool:
    return True


def find_student(
    written: str,
    place: str,
    names: Names,
    report: FileReport,
    *,
    keeps_zeros: bool = False,
    row: list[str] | None = None,
    others: tuple[int, ...] = (),
) -> str | None:
    """The student meant in a table's cell; None, and reported, if there is none, or another cell names somebody else.

    `others` are the further columns of ids in the `row`.
    """
    if not written.strip():
        report.lost(place, NO_ID, names.who_instead(written))
        return None
    found = names.ids.find(written, keeps_zeros=keeps_zeros)
    if found.rivals:
        remedy = Remark.of(
            N_("format the column as text, or write '{id} with its apostrophe, so that it is certain"),
            id=found.rivals[-1],
        )
        may_be = Remark.of(
            N_("the id {id} may be {students}, with its leading zeros lost"),
            id=shown(written),
            students=one_of(found.rivals),
        )
        report.lost(place, may_be, remedy)
        return None
    if found.student is None:
        remedy = names.who_instead(written)
        if "@" in written:
            remedy = Remark.of(N_("{remedy}; or give roster.csv a column email with the addresses"), remedy=remedy)
        report.lost(place, Remark.of(N_("nobody has the student id {id}"), id=shown(written)), remedy)
        return None
    for column in others if row is not None else ():
        other = names.ids.find(row[column]) if row is not None and column < len(row) else FoundStudent(None)
        if other.student is not None and other.student != found.student and not other.as_number:
            two = Remark.of(
                N_("a row of two students: {id} is {student}, and {other_id} is {other}"),
                id=shown(written),
                student=found.student,
                other_id=shown(row[column] if row else ""),
                other=other.student,
            )
            report.lost(place, two, Remark.of(N_("ask whose it is, and mend one of the two ids")))
            return None
    if found.as_number:
        report.note_once(
            place,
            Remark.of(N_("ids without their leading zeros, as spreadsheets write them")),
            Remark.of(N_("taken for the roster's ids; format the column as text")),
        )
    return found.student


@dataclass(frozen=True, slots=True)
class Times:
    """The column that says when an answer came, if there is one, and whether its dates begin with the day."""

    column: int | None = None
    order: Order | None = None

    def read(self, row: list[str], place: str, report: FileReport) -> str:
        """The row's time in ISO 8601; empty, and remarked once, if there is none."""
        return "" if self.column is None else date_time(row[self.column], place, report, self.order)


def times_of(table: Table, used: Collection[int | None], report: FileReport) -> Times:
    """The column of times; a remark on another one that holds times, where there is none with a heading that is known.

    `used` are the columns that hold something else.
    """
    at = column(table, SUBMITTED)
    if at is not None:
        return Times(at, order_of(row[at] for row in Rows(table, _any) if at < len(row)))
    some = list(itertools.islice(Rows(table, _any), _MOST_LOOKED_AT))
    for other, heading in enumerate(table.header):
        if other not in used and _are_times([row[other] for row in some if other < len(row)]):
            report.note(
                at_line(table.header_line),
                Remark.of(N_("column {heading} holds times, and was not used"), heading=shown(heading)),
                Remark.of(N_("if they say when each answer came, head it submitted; lateness is not counted without")),
            )
    return Times()


def _are_times(cells: list[str]) -> bool:
    written = [cell for cell in cells if cell.strip()]
    return bool(written) and all(":" in cell and isinstance(read_time(cell, "day first"), datetime) for cell in written)


def date_time(written: str, place: str, report: FileReport, order: Order | None = None) -> str:
    """A date and time in ISO 8601 as it is kept; empty, and remarked once, if it is none."""
    found = read_time(written, order)
    if isinstance(found, datetime):
        return found.isoformat()
    if found is not None and found.meanings:
        report.note_once(
            place,
            Remark.of(N_("times of submission in which day and month cannot be told apart")),
            Remark.of(
                N_(
                    "{time} was ignored, as others may be, also where lateness costs: its first number or its second "
                    "may be the month; write 2030-01-31T23:59"
                ),
                time=shown(written),
            ),
        )
    elif found is not None:
        report.note_once(
            place,
            Remark.of(N_("times of submission that are no ISO date and time")),
            Remark.of(
                N_(
                    "{time} was ignored, as others may be, also where lateness costs; write 2030-01-31T23:59 or "
                    "2030-01-31 23:59:00+01:00"
                ),
                time=shown(written),
            ),
        )
    return ""


class RowReader(ABC):
    """Goes through a table's rows, one after another: what the long and the wide form have in common.

    `used` are the columns that hold neither ids nor times.
    """

    def __init__(self, table: Table, who: Who, used: Collection[int | None], names: Names, report: FileReport) -> None:
        self._names = names
        self._report = report
        self._who = who
        self._width = len(table.header)
        self._header = list(table.header)
        self._times = times_of(table, {who.column, *who.others, *used}, report)
        self._rows = Rows(table, self._is_whole)

    @abstractmethod
    def _is_whole(self, row: list[str]) -> bool:
        """Whether a line by itself is a row, where a quotation mark was left open."""

    def _place(self) -> str:
        return at_line(self._rows.line)

    def _other_width(self, row: list[str], sentence: str, which: str) -> Remark:
        return Remark.of(sentence, count=len(row), width=self._width, cells=which)

    def _whose(self, written: str, row: list[str]) -> str | None:
        who = self._who
        if written in who.certain:
            return written
        if [cell.strip().lstrip("\ufeff") for cell in row[: self._width]] == self._header:
            return None  # the headings again, of tables that were put one below the other
        return find_student(
            written,
            self._place(),
            self._names,
            self._report,
            keeps_zeros=who.keeps_zeros,
            row=row,
            others=who.others,
        )

    def _end(self) -> None:
        report_defects(self._rows, self._report)
        del self._rows  # it knows this reader: together they would keep the whole text until the garbage is collected
