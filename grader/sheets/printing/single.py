"""One sheet in one call, for whoever has questions at hand and no class."""

from __future__ import annotations

from collections.abc import Sequence

from grader.sheets.content.formats import Paper
from grader.sheets.content.sheet import Sheet, SheetQuestion
from grader.sheets.printing.printer import Printer
from question_bank.questions.question import Question


def sheet_pdf(
    questions: Sequence[Question],
    *,
    title: str = "Backpropagation, path by path",
    course: str = "",
    name: str = "",
    marks: float | None = None,
    paper: Paper = "A4",
) -> bytes:
    """A sheet with these questions as a PDF with a form; `marks` are those of each. `Printer` makes many, faster.

    >>> from question_bank import draw, load_recipe
    >>> sheet_pdf(draw(load_recipe("chain"), [b"one"]), name="Ann", marks=4)[:5]
    b'%PDF-'
    """
    numbered = enumerate(questions, 1)
    entries = tuple(SheetQuestion(number, len(questions), question, marks) for number, question in numbered)
    sheet = Sheet(
        course=course, title=title, student_id="", student_name=name, sheet_id="", questions=entries, paper=paper
    )
    return Printer().student(sheet)
