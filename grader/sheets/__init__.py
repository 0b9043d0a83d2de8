"""Printed sheets: the student's worksheet, the key, the worked solution."""

from grader.sheets.printer import Printer
from grader.sheets.sheet import Paper, Sheet, SheetQuestion
from grader.sheets.single import sheet_pdf
from grader.sheets.worked import worked_solution

__all__ = ["Paper", "Printer", "Sheet", "SheetQuestion", "sheet_pdf", "worked_solution"]
