"""Reading, marking, sheets, reports and the command line.

A name is imported with its module when it is first used: `gradpath --help` needs none of them.
"""

from typing import TYPE_CHECKING

from question_bank.lazy import looked_up_in

if TYPE_CHECKING:
    from grader.assignment import create, load_assignment, make
    from grader.grading import expected, grade
    from grader.marking import MarkedColumn, MarkedQuestion, MarkedSlot, Verdict, mark, mark_batch, mark_questions
    from grader.reading import read
    from grader.results import grades_csv, marks_json
    from grader.roster import read_roster
    from grader.shares import Shares
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
        "assignment": ("create", "load_assignment", "make"),
        "grading": ("expected", "grade"),
        "marking": ("MarkedColumn", "MarkedQuestion", "MarkedSlot", "Verdict", "mark", "mark_batch", "mark_questions"),
        "reading": ("read",),
        "results": ("grades_csv", "marks_json"),
        "roster": ("read_roster",),
        "shares": ("Shares",),
        "sheets": ("Printer", "Sheet", "SheetQuestion", "sheet_pdf", "worked_solution"),
        "simulation": ("simulate",),
        "submissions": ("collect",),
    },
)
