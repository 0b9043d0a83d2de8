"""The table for typing as a workbook (.xlsx), and a workbook's first sheet as a table.

All cells are written as text, ids and answers alike: no spreadsheet program makes a date of 3/8, or drops the zeros of
0042. Read are cells of text and of numbers, whatever else stands in the file.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from io import BytesIO

from grader.files.tables import csv_text
from grader.files.workbooks import workbook_of
from grader.submissions.bundle import FileRefused, is_zip
from question_bank.language.remark import Remark
from question_bank.language.words import N_

_WIDTHS = (22, 14, 24, 10, 20, 34, 18)
"""Of the columns, in characters."""


def typed_workbook(rows: Iterable[Sequence[str]]) -> bytes:
    r"""A workbook of these rows. The first are the headings, which stay in sight; the first answer is where one types.

    >>> csv_of(typed_workbook([["student", "response"], ["0042", "=3/8"]])).decode()
    'student,response\n0042,=3/8\n'
    """
    headings, *others = rows
    return workbook_of(
        (headings, *others), "typed", _WIDTHS, frozen="A2", cursor=f"{chr(ord('A') + len(headings) - 1)}2"
    )


def is_workbook(data: bytes) -> bool:
    """Whether a file holds a workbook, by what is packed in it."""
    return is_zip(data) and b"xl/workbook.xml" in data


def csv_of(data: bytes) -> bytes:
    """The first sheet of a workbook as CSV; raises FileRefused for what is none, or has a date for an answer."""
    from openpyxl import load_workbook

    try:
        book = load_workbook(BytesIO(data), read_only=True, data_only=True)
        sheet = book.worksheets[0]
        # What a program notes as the sheet's size may be wrong.
        sheet.reset_dimensions()
        read = list(sheet.iter_rows(values_only=True))
    except Exception as error:  # what is no workbook after all ends in any of a dozen errors
        found = Remark.of(N_("a workbook that cannot be read"))
        raise FileRefused(found, Remark.of(N_("save it once more, or its first sheet as CSV"))) from error
    rows = [[_text(cell, number) for cell in row] for number, row in enumerate(read, start=1)]
    width = max(map(len, rows), default=0)
    return csv_text([row + [""] * (width - len(row)) for row in rows if any(row)]).encode("utf-8", "surrogatepass")


def _text(cell: object, row: int) -> str:
    match cell:
        case None:
            return ""
        case str():
            return cell
        case bool():
            return str(int(cell))
        case int() | float():
            return repr(cell)
    found = Remark.of(N_("a date or a time in row {row}"), row=str(row))
    raise FileRefused(found, Remark.of(N_("set the cell's format to text, and type the answer again")))
