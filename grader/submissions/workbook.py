"""The table for typing as a workbook (.xlsx), and a workbook's first sheet as a table.

All cells are written as text, ids and answers alike: no spreadsheet program makes a date of 3/8, or drops the zeros of
0042. Read are cells of text and of numbers, whatever else stands in the file.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from io import BytesIO

from grader.files.tables import csv_text
from grader.submissions.bundle import FileRefused, is_zip

ENDING = ".xlsx"
_WIDTHS = (22, 14, 24, 10, 20, 34, 18)
"""Of the columns, in characters."""
_UNWRITABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f]")
_TEXT = "@"


def workbook_of(rows: Iterable[Sequence[str]]) -> bytes:
    r"""A workbook of these rows. The first are the headings, which stay in sight; the first answer is where one types.

    >>> csv_of(workbook_of([["student", "response"], ["0042", "=3/8"]])).decode()
    'student,response\n0042,=3/8\n'
    """
    from openpyxl import Workbook
    from openpyxl.cell import WriteOnlyCell
    from openpyxl.styles import Font

    book = Workbook(write_only=True)
    sheet = book.create_sheet("typed")
    headings, *others = rows
    last = chr(ord("A") + len(headings) - 1)
    for column, width in zip(range(len(headings)), _WIDTHS, strict=False):
        sheet.column_dimensions[chr(ord("A") + column)].width = width
    sheet.freeze_panes = "A2"
    sheet.sheet_view.selection[0].activeCell = sheet.sheet_view.selection[0].sqref = f"{last}2"
    for row in (headings, *others):
        cells = []
        for text in row:
            cell = WriteOnlyCell(sheet, _UNWRITABLE.sub("\N{REPLACEMENT CHARACTER}", text) or None)
            # A text that begins with = is one all the same.
            cell.data_type, cell.number_format = "s" if text else "n", _TEXT
            if row is headings:
                cell.font = Font(bold=True)
            cells.append(cell)
        sheet.append(cells)
    written = BytesIO()
    book.save(written)
    return written.getvalue()


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
        raise FileRefused("a workbook that cannot be read", "save it once more, or its first sheet as CSV") from error
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
    raise FileRefused(f"a date or a time in row {row}", "set the cell's format to text, and type the answer again")
