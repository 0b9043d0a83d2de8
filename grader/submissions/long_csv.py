"""The long form: a row for each slot, `student,question,slot,response`, in any order of columns and rows.

The column `question` may be left out if the assignment has one question. A column `submitted` may say when, as an ISO
date and time; rows of different times are different attempts. Further columns are ignored. Of two rows for the same
slot the later counts.
"""

from __future__ import annotations

from collections.abc import Callable
from operator import itemgetter

from grader.assignments.submission_headings import QUESTION, RESPONSE, SLOT
from grader.files.safe_names import listed, shown
from grader.files.tables import Table
from grader.submissions.columns import (
    NEEDS_QUOTES,
    NO_ID,
    RowReader,
    Who,
    column,
    report_encoding,
    who_column,
)
from grader.submissions.names import Names
from grader.submissions.records import Content, FileReport, Submission, at_line, no_question, no_slot
from question_bank.language.remark import Remark, all_of
from question_bank.language.words import N_

_NOTHING: frozenset[str] = frozenset()
_WITHOUT_TIME = Remark.of(N_("rows that end before the cell that says when they were submitted"))


def recognises(content: Content) -> bool:
    """Whether a text has the column of slots or the column of responses."""
    table = content.table
    return table is not None and (column(table, SLOT) is not None or column(table, RESPONSE) is not None)


def read(content: Content, names: Names) -> FileReport:
    """The submissions of a long table."""
    report = FileReport(content.source)
    table = content.table
    if table is None:
        return report
    report_encoding(content, report)
    who = who_column(table, names)
    columns = _columns(table, who, names, report)
    if who is not None and columns is not None:
        _LongReader(table, who, columns, names, report).read()
    return report


def _columns(
    table: Table, who: Who | None, names: Names, report: FileReport
) -> tuple[int, int | None, int, int] | None:
    """Indices of student, question, slot and response; None, and reported, if one is missing."""
    student, question = None if who is None else who.column, column(table, QUESTION)
    slot, response = column(table, SLOT), column(table, RESPONSE)
    asked = question is not None or names.only_question is not None
    if student is not None and slot is not None and response is not None and asked:
        return student, question, slot, response
    needed = {"student": student, "question": question, "slot": slot, "response": response}
    missing = [name for name, index in needed.items() if index is None]
    report.lost(
        at_line(table.header_line),
        Remark.of(
            N_("no column {missing} among {headings}"),
            missing=all_of(list(map(shown, missing))),
            headings=listed(table.header),
        ),
        Remark.of(N_("name the columns student,question,slot,response")),
    )
    return None


class _LongReader(RowReader):
    """Goes through the rows; what is usual is done in the loop, what is not in methods of its own."""

    def __init__(
        self, table: Table, who: Who, columns: tuple[int, int | None, int, int], names: Names, report: FileReport
    ) -> None:
        self._columns = columns
        super().__init__(table, who, columns, names, report)
        # The cells as they are written → responses so far, and the slots that may come.
        self._opened: dict[tuple[str, str, str], tuple[dict[str, str], frozenset[str]]] = {}
        self._responses: dict[tuple[str, str, str], dict[str, str]] = {}

    def read(self) -> None:
        """Fill the report."""
        width, pick, time = self._width, self._picker(), self._times.column
        in_order = self._columns == (0, 1, 2, 3) and width == 4
        last_student = last_question = last_time = written_time = ""
        responses, allowed = self._open("", "", "", [])
        for cells in self._rows:
            row = cells if len(cells) == width else self._fitted(cells)
            if row is None:
                continue
            student, question, slot, response = row if in_order else pick(row)
            if time is not None:
                written_time = row[time]
            if student != last_student or question != last_question or written_time != last_time:
                last_student, last_question, last_time = student, question, written_time
                responses, allowed = self._open(student, question, written_time, row)
            if slot in allowed and slot not in responses:
                responses[slot] = response
            else:
                self._take_odd(row, responses, allowed)
        self._report.submissions.extend(
            Submission(student, question, responses, self._report.source, submitted)
            for (student, question, submitted), responses in self._responses.items()
        )
        self._end()

    def _picker(self) -> Callable[[list[str]], tuple[str, ...]]:
        student, question, slot, response = self._columns
        if question is not None:
            return itemgetter(student, question, slot, response)
        only = self._names.only_question or ""
        return lambda row: (row[student], only, row[slot], row[response])

    def _is_whole(self, row: list[str]) -> bool:
        cells = (row[at].strip() for at in self._columns if at is not None and at < len(row))
        return len(row) == self._width and not any("\n" in cell or "\r" in cell for cell in cells)

    def _fitted(self, row: list[str]) -> list[str] | None:
        """A row with as many cells as the header; None, and reported unless blank, if that would be a guess."""
        needed = max(at for at in self._columns if at is not None)
        if not any(row):
            return None
        if not any(row[self._width :]) and len(row) > needed:
            time = self._times.column
            if time is not None and time >= len(row):
                remedy = Remark.of(N_("they count as if no time were known"))
                self._report.note_once(self._place(), _WITHOUT_TIME, remedy)
            return row[: self._width] + [""] * (self._width - len(row))
        found = self._other_width(row, N_("{count} cells where the header has {width}: {cells}"), listed(row))
        if len(row) > self._width and self._rows.delimiter == ",":
            remedy = NEEDS_QUOTES
        else:
            remedy = Remark.of(N_("write student, question, slot and response in each row"))
        self._report.lost(self._place(), found, remedy)
        return None

    def _open(
        self, written: str, question_written: str, time: str, row: list[str]
    ) -> tuple[dict[str, str], frozenset[str]]:
        """Responses so far and slots of a student's question; no slots, and reported once, if it is nobody's."""
        key = (written, question_written, time)
        found = self._opened.get(key)
        if found is None:
            found = self._opened[key] = self._find(written, question_written, row)
        return found

    def _find(self, written: str, question_written: str, row: list[str]) -> tuple[dict[str, str], frozenset[str]]:
        names = self._names
        # No id at all is reported row by row, unless they are blank.
        student = self._whose(written, row) if written.strip() else None
        if student is None:
            return {}, _NOTHING
        question = names.question(question_written)
        allowed = _NOTHING if question is None else names.slots(student, question)
        if question is None or not allowed:
            self._report.lost(self._place(), no_question(student, question_written), names.which_instead(student))
            return {}, _NOTHING
        submitted = "" if self._times.column is None else self._times.read(row, self._place(), self._report)
        return self._responses.setdefault((student, question, submitted), {}), allowed

    def _take_odd(self, row: list[str], responses: dict[str, str], allowed: frozenset[str]) -> None:
        """A row whose slot is unknown, or spelled otherwise, or was there before."""
        written, _, slot_written, response = self._picker()(row)
        if not allowed:
            if not written.strip() and any(cell.strip() for cell in row):
                self._report.lost(self._place(), NO_ID, Remark.of(N_("write one in each row")))
            return
        slot = self._names.slot(slot_written, allowed)
        if slot is None:
            if response.strip():
                self._report.lost(
                    self._place(),
                    no_slot(written, slot_written),
                    self._names.what_instead(slot_written, allowed),
                )
            return
        self._report.put(responses, slot, response, self._place(), written)
