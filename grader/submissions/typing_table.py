"""A table to type handwritten answers into: a row a box, in the order in which the sheets lie and the boxes stand."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from grader.assignments.question_set import QuestionSet
from grader.assignments.student_ids import StudentIds
from grader.files.safe_names import shown, spreadsheet_safe
from grader.files.tables import Rows, csv_text, decode, find_table
from grader.sheets.pdf.forms import tooltip
from grader.submissions.bundle import FileRefused
from grader.submissions.workbook import csv_of, is_workbook, typed_workbook
from question_bank.errors import InputError

HEADINGS = ("sheet", "student", "name", "question", "slot", "label", "response")
"""The answer comes last: down, down, down. `label` is what is printed at the box, in words."""

Box = tuple[str, str, str]
"""Student, question, slot."""


@dataclass(frozen=True, slots=True)
class TypingRow:
    """One box of one sheet."""

    sheet: str
    student: str
    name: str
    question: str
    slot: str
    label: str

    @property
    def box(self) -> Box:
        """Which box it is."""
        return self.student, self.question, self.slot


def typing_rows(question_set: QuestionSet, names: Mapping[str, str], students: Iterable[str]) -> Iterator[TypingRow]:
    """The rows of these students' sheets, in their order; labels are in the language that is spoken."""
    handed = question_set.by_student()
    for student in students:
        for one in handed.get(student, ()):
            derivation = one.solved().derivation
            for slot in derivation.slots:
                label = tooltip(derivation, slot)
                yield TypingRow(one.sheet_id, student, names.get(student, ""), one.question, slot.name, label)


def typing_table(rows: Iterable[TypingRow], typed: Mapping[Box, str]) -> str:
    """The table as CSV, with what was typed already."""
    return csv_text([HEADINGS, *(map(spreadsheet_safe, each) for each in _cells(rows, typed))])


def typing_workbook(rows: Iterable[TypingRow], typed: Mapping[Box, str]) -> bytes:
    """The same as a workbook."""
    return typed_workbook([HEADINGS, *_cells(rows, typed)])


def _cells(rows: Iterable[TypingRow], typed: Mapping[Box, str]) -> Iterator[tuple[str, ...]]:
    for row in rows:
        yield row.sheet, row.student, row.name, row.question, row.slot, row.label, typed.get(row.box, "")


def read_typed(data: bytes, file: str, ids: StudentIds) -> dict[Box, str]:
    """What was typed into such a table, by whatever program it was saved since; empty boxes are left out.

    Raises InputError where a column is missing, and for a row of nobody's that something was typed into: it would be
    lost; and for a workbook with cells that are neither text nor numbers.
    """
    if is_workbook(data):
        try:
            data = csv_of(data)
        except FileRefused as refused:
            raise InputError(refused.found, file=file, remedy=refused.remedy) from refused
    table = find_table(decode(data)[0], lambda heading: heading in HEADINGS)
    if table is None:
        return {}
    columns = [table.header.index(name) if name in table.header else None for name in ("student", "question", "slot")]
    answers = table.header.index("response") if "response" in table.header else None
    if answers is None or None in columns:
        raise InputError(
            "a column of the table is missing",
            file=file,
            place=f"line {table.header_line}",
            expected=",".join(HEADINGS),
            remedy="put it back, or move the file away: then an empty table is written",
        )
    found: dict[Box, str] = {}
    rows = Rows(table, lambda row: len(row) == len(table.header))
    for row in rows:
        if answers >= len(row) or not row[answers].strip():
            continue
        student, question, slot = (row[at].strip() for at in columns if at is not None)
        whose = ids.find(student).student
        if whose is None:
            raise InputError(
                f"an answer of {shown(student)}, who was handed nothing",
                file=file,
                place=f"line {rows.line}",
                expected="the ids as they were written",
            )
        found[whose, question, slot] = row[answers]
    return found


def without_a_row(typed: Mapping[Box, str], rows: Sequence[TypingRow]) -> list[Box]:
    """Answers for which there is no row."""
    boxes = {row.box for row in rows}
    return [box for box in typed if box not in boxes]
