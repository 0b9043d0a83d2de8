"""Reading, marking, sheets, reports and the command line.

A name is imported with its module when it is first used: `gradpath --help` needs none of them.
"""

from typing import TYPE_CHECKING

from question_bank.lazy import looked_up_in

if TYPE_CHECKING:
    from grader.assignments.assignment import load_assignment, make
    from grader.assignments.example import create
    from grader.assignments.roster import read_roster
    from grader.grading.grading import expected, grade
    from grader.grading.results import grades_csv, marks_json
    from grader.marking import MarkedColumn, MarkedQuestion, MarkedSlot, Verdict, mark, mark_batch, mark_questions
    from grader.reading.number import read
    from grader.rubrics.shares import Shares
    from grader.sheets import Printer, Sheet, SheetQuestion, sheet_pdf, worked_solution
    from grader.simulation import simulate
    from grader.submissions import collect

__all__ = [
    "MarkedColumn",
    "MarkedQuestion",
    "MarkedSlot",
    "Printer",
    "Shares",
    "Sheet",
    "SheetQuestion",
    "Verdict",
    "collect",
    "create",
    "expected",
    "grade",
    "grades_csv",
    "load_assignment",
    "make",
    "mark",
    "mark_batch",
    "mark_questions",
    "marks_json",
    "read",
    "read_roster",
    "sheet_pdf",
    "simulate",
    "worked_solution",
]

__getattr__ = looked_up_in(
    __name__,
    {
        "assignments.assignment": ("load_assignment", "make"),
        "assignments.example": ("create",),
        "grading.grading": ("expected", "grade"),
        "marking": ("MarkedColumn", "MarkedQuestion", "MarkedSlot", "Verdict", "mark", "mark_batch", "mark_questions"),
        "reading.number": ("read",),
        "grading.results": ("grades_csv", "marks_json"),
        "assignments.roster": ("read_roster",),
        "rubrics.shares": ("Shares",),
        "sheets": ("Printer", "Sheet", "SheetQuestion", "sheet_pdf", "worked_solution"),
        "simulation": ("simulate",),
        "submissions": ("collect",),
    },
)
