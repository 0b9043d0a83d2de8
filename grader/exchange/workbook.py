"""The marks as a workbook: ids and names are text, marks are numbers."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from io import StringIO

from grader.files.workbooks import workbook_of

_IDS = 2
"""Columns of grades.csv before the marks."""
_WIDTHS = (16, 28)
_DECIDED = "decided"


def marks_workbook(grades: str) -> bytes:
    r"""The table grades.csv as .xlsx, with ids, names and headings in sight. What begins with = stays text.

    >>> from io import BytesIO
    >>> from openpyxl import load_workbook
    >>> book = load_workbook(BytesIO(marks_workbook("student,name,q1,total\n0042,'=Ann,9.50,\n")))
    >>> [cell.value for cell in book.active[2]]
    ['0042', '=Ann', 9.5, None]
    """
    headings, *others = csv.reader(StringIO(grades))
    rows = [_values(row, headings) for row in others]
    return workbook_of((headings, *rows), "marks", _WIDTHS, frozen="C2", cursor="C2")


def _values(row: Sequence[str], headings: Sequence[str]) -> list[str | float]:
    is_mark = [at >= _IDS and heading != _DECIDED for at, heading in enumerate(headings)]
    return [
        float(text) if marks and text else _without_apostrophe(text) for text, marks in zip(row, is_mark, strict=True)
    ]


def _without_apostrophe(text: str) -> str:
    """In a table of text an apostrophe keeps a spreadsheet from taking a name for a formula; here its type does."""
    return text[1:] if text[:1] == "'" and text[1:2] in tuple("=+-@\t\r\n") else text
