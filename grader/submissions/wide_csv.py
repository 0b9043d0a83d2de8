"""The wide form: a row for each student, a column for each slot.

The columns are headed `student` and `q1.h1_3`, `q1.path_1.product` and so on. With one question only, `q1.` may be left
out; with a column `question` there is a row for each student and question, and no `q1.` either. Cells of slots that a
student does not have stay blank. A column `submitted` may say when, as an ISO date and time. Of two rows for the same
student and question the later counts, by that time or else by its place, unless it is blank.
A row that is too short is taken to lack its last cells, as old versions of Excel write it; one that is too long is
nobody's, because its cells may have moved.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from operator import itemgetter

from grader.assignments.submission_headings import QUESTION, STUDENT, SUBMITTED
from grader.files.safe_names import listed, shown
from grader.files.tables import Table, plain_heading
from grader.submissions.columns import (
    NEEDS_QUOTES,
    RowReader,
    Who,
    column,
    report_encoding,
    split_heading,
    who_column,
)
from grader.submissions.names import Names
from grader.submissions.records import LATER_COUNTS, Content, FileReport, Submission, at_line, no_question
from question_bank.language.remark import Remark
from question_bank.language.words import N_

# Headings of platforms' exports that say nothing about answers: no remark is due when they are ignored.
_EXPECTED_EXTRAS = frozenset(
    re.split(
        ", ",
        "name, first name, last name, full name, surname, email, e mail, email address, id, id number, username, "
        "section, group, department, institution, timestamp, state, status, started on, completed, time taken, grade",
    )
)


@dataclass(frozen=True, slots=True)
class _Block:
    """The columns of one question (None: of the question that the row names)."""

    question: str | None
    slots: tuple[str, ...]
    columns: tuple[int, ...]
    pick: Callable[[list[str]], tuple[str, ...]]


def recognises(content: Content) -> bool:
    """Whether a text has a column of students, or columns headed like `q1.h1_3`."""
    table = content.table
    return table is not None and (
        column(table, STUDENT) is not None or any(split_heading(heading)[0] for heading in table.header)
    )


def read(content: Content, names: Names) -> FileReport:
    """The submissions of a wide table."""
    report = FileReport(content.source)
    table = content.table
    if table is None:
        return report
    report_encoding(content, report)
    who = who_column(table, names)
    if who is None:
        report.lost(
            at_line(table.header_line),
            Remark.of(
                N_("no column {missing} among {headings}"), missing=shown("student"), headings=listed(table.header)
            ),
            Remark.of(N_("name the ids' column so")),
        )
        return report
    question = column(table, QUESTION)
    taken = {who.column, *who.others, question, column(table, SUBMITTED)}
    blocks = _blocks(table, taken, names, report, with_question=question is not None)
    if blocks:
        _WideReader(table, who, question, blocks, names, report).read()
    else:
        report.lost(
            at_line(table.header_line),
            Remark.of(N_("no column of answers among {headings}"), headings=listed(table.header)),
            Remark.of(
                N_("head the columns q1.h1_3 and so on: question, dot, slot (or use student,question,slot,response)")
            ),
        )
    return report


def _blocks(
    table: Table, taken: set[int | None], names: Names, report: FileReport, *, with_question: bool
) -> list[_Block]:
    """The columns of slots, question by question; other columns are reported unless they are usual."""
    indices: dict[str | None, dict[str, int]] = {}
    place = at_line(table.header_line)
    allowed_in: dict[str | None, frozenset[str]] = {question: names.all_slots(question) for question in names.questions}
    if with_question:
        allowed_in = {None: names.all_slots()}
    for index, heading in enumerate(table.header):
        if index in taken or not heading:
            continue
        named, written = split_heading(heading)
        question = None if with_question else named or names.only_question
        allowed = allowed_in.get(question, frozenset())
        slot = names.slot(written, allowed) or names.slot(heading, allowed)
        if slot is None:
            _report_unknown(heading, named, place, allowed, names, report)
        elif slot in indices.setdefault(question, {}):
            found = Remark.of(N_("a second column {heading}"), heading=shown(heading))
            report.lost(place, found, Remark.of(N_("the first one counts; leave one out")))
        else:
            indices[question][slot] = index
    return [
        _Block(question, tuple(places), tuple(places.values()), _picker(list(places.values())))
        for question, places in indices.items()
    ]


def _picker(indices: list[int]) -> Callable[[list[str]], tuple[str, ...]]:
    if len(indices) == 1:  # itemgetter of one index gives no tuple
        return lambda row: (row[indices[0]],)
    return itemgetter(*indices)


def _report_unknown(
    heading: str, named: str | None, place: str, allowed: frozenset[str], names: Names, report: FileReport
) -> None:
    """A column of no slot: lost work if it is headed like one, else ignored with a remark."""
    if named is not None and not allowed:
        remedy = Remark.of(N_("the questions are {questions}"), questions=", ".join(names.questions))
        report.lost(place, Remark.of(N_("column {heading} is of no question"), heading=shown(heading)), remedy)
    elif named is not None or "_" in heading:
        remedy = names.what_instead(split_heading(heading)[1], allowed)
        report.lost(place, Remark.of(_NO_SLOT, heading=shown(heading)), remedy)
    elif plain_heading(heading) not in _EXPECTED_EXTRAS:
        report.note(place, Remark.of(_NO_SLOT, heading=shown(heading)), Remark.of(N_("it was ignored")))


_NO_SLOT = N_("column {heading} is no slot")


class _WideReader(RowReader):
    """Goes through the rows; what is usual is done in the loop, what is not in methods of its own."""

    def __init__(
        self,
        table: Table,
        who: Who,
        question: int | None,
        blocks: list[_Block],
        names: Names,
        report: FileReport,
    ) -> None:
        self._question = question
        self._blocks = blocks
        super().__init__(table, who, {question, *(at for block in blocks for at in block.columns)}, names, report)
        self._before: dict[tuple[str, str], dict[str, str]] = {}
        self._fits: dict[tuple[int, frozenset[str]], bool] = {}

    def read(self) -> None:
        """Fill the report."""
        for cells in self._rows:
            row = cells if len(cells) == self._width else self._fitted(cells)
            if row is None or not any(row):
                continue
            student = self._whose(row[self._who.column], row)
            if student is None:
                continue
            timed = self._times.column is not None
            submitted = self._times.read(row, self._place(), self._report) if timed else ""
            for number, block in enumerate(self._blocks):
                question = block.question if self._question is None else self._which(row, student)
                if question is None:
                    continue
                allowed = self._names.slots(student, question)
                responses = dict(zip(block.slots, block.pick(row), strict=True))
                fits = self._fits.get((number, allowed))
                if fits is None:
                    fits = self._fits[number, allowed] = allowed.issuperset(block.slots)
                if not fits:
                    responses = self._without_strays(responses, allowed, student, question)
                if allowed:
                    self._keep(Submission(student, question, responses, self._report.source, submitted))
        self._end()

    def _is_whole(self, row: list[str]) -> bool:
        if len(row) != self._width:
            return False
        cells = (cell for block in self._blocks for cell in (row[self._who.column], *block.pick(row)))
        return not any("\n" in cell.strip() or "\r" in cell.strip() for cell in cells)

    def _fitted(self, row: list[str]) -> list[str] | None:
        """A row with as many cells as the header; None, and reported unless blank, if that would be a guess."""
        if not any(row):
            return None
        if not any(row[self._width :]) and len(row) > self._width:
            return row[: self._width]
        if len(row) < self._width:
            found = Remark.of(N_("{count} cells where the header has {width}"), count=len(row), width=self._width)
            self._report.note(self._place(), found, Remark.of(N_("the last ones were taken as blank")))
            return row + [""] * (self._width - len(row))
        remedy = NEEDS_QUOTES if self._rows.delimiter == "," else Remark.of(N_("write a cell for each column"))
        found = self._other_width(
            row, N_("{count} cells where the header has {width} ({cells})"), shown(row[self._who.column])
        )
        self._report.lost(self._place(), found, remedy)
        return None

    def _which(self, row: list[str], student: str) -> str | None:
        written = row[self._question or 0]
        question = self._names.question(written)
        if question is None or not self._names.slots(student, question):
            remedy = self._names.which_instead(student)
            self._report.lost(self._place(), no_question(student, written), remedy)
            return None
        return question

    def _without_strays(
        self, responses: dict[str, str], allowed: frozenset[str], student: str, question: str
    ) -> dict[str, str]:
        """The responses to slots that the student has; what stands elsewhere is reported."""
        strays = [slot for slot, response in responses.items() if slot not in allowed and response.strip()]
        if strays:
            some = ", ".join(strays[:3]) + (" …" if len(strays) > 3 else "")
            remedy = (
                Remark.of(N_("move them to the student's own slots: {slots} …"), slots=", ".join(sorted(allowed)[:3]))
                if allowed
                else self._names.which_instead(student)
            )
            found = Remark.of(
                N_("{student} has no slot {slot} in {question}, but a response there"),
                student=student,
                slot=some,
                question=question,
            )
            self._report.lost(self._place(), found, remedy)
        return {slot: response for slot, response in responses.items() if slot in allowed}

    def _keep(self, new: Submission) -> None:
        self._report.submissions.append(new)
        if not any(map(str.strip, new.responses.values())):
            return
        before = self._before.get((new.student, new.question))
        if before is not None and before != new.responses and self._times.column is None:
            self._report.note(
                self._place(),
                Remark.of(
                    N_("a second row of {student}, {question}, with other responses"),
                    student=new.student,
                    question=new.question,
                ),
                LATER_COUNTS,
            )
        self._before[new.student, new.question] = new.responses
