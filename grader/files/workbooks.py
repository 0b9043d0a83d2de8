"""Workbooks (.xlsx) written: text stays text, whatever it looks like, and numbers are numbers."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from io import BytesIO

_UNWRITABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f]")
_TEXT, _NUMBER = "@", "0.00"


def workbook_of(
    rows: Iterable[Sequence[str | float]], title: str, widths: Sequence[int], *, frozen: str, cursor: str
) -> bytes:
    """A workbook of one sheet, its first row in bold: the headings.

    `widths` are those of the first columns, in characters. What lies above and left of the cell `frozen` stays in
    sight; `cursor` is where one begins to type. No spreadsheet program makes a date of the text 3/8, drops the zeros of
    0042, or a formula of what begins with =.
    """
    from openpyxl import Workbook
    from openpyxl.cell import WriteOnlyCell
    from openpyxl.styles import Font
    from openpyxl.utils import get_column_letter

    book = Workbook(write_only=True)
    sheet = book.create_sheet(title)
    for column, width in enumerate(widths, 1):
        sheet.column_dimensions[get_column_letter(column)].width = width
    sheet.freeze_panes = frozen
    # A frozen pane has a selection of its own.
    for selection in sheet.sheet_view.selection:
        selection.activeCell = selection.sqref = cursor
    for number, row in enumerate(rows):
        cells = []
        for value in row:
            if isinstance(value, str):
                cell = WriteOnlyCell(sheet, _UNWRITABLE.sub("\N{REPLACEMENT CHARACTER}", value) or None)
                cell.data_type, cell.number_format = "s" if value else "n", _TEXT
            else:
                cell = WriteOnlyCell(sheet, value)
                cell.number_format = _NUMBER
            if number == 0:
                cell.font = Font(bold=True)
            cells.append(cell)
        sheet.append(cells)
    written = BytesIO()
    book.save(written)
    return written.getvalue()
