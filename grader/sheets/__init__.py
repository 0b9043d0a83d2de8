"""Printed sheets: the student's worksheet, the key, the worked solution.

A name is imported with its module when it is first used: to ask whether Pango is there, nothing must need it.
"""

from typing import TYPE_CHECKING

from question_bank.lazy import looked_up_in

if TYPE_CHECKING:
    from grader.sheets.content.formats import Paper
    from grader.sheets.content.sheet import Sheet, SheetQuestion
    from grader.sheets.printing.printer import Printer
    from grader.sheets.printing.single import sheet_pdf
    from grader.sheets.printing.worked import worked_solution

__all__ = ["Paper", "Printer", "Sheet", "SheetQuestion", "sheet_pdf", "worked_solution"]

__getattr__ = looked_up_in(
    __name__,
    {
        "content.formats": ("Paper",),
        "content.sheet": ("Sheet", "SheetQuestion"),
        "printing.printer": ("Printer",),
        "printing.single": ("sheet_pdf",),
        "printing.worked": ("worked_solution",),
    },
)
