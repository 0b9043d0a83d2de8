"""What is printed: one student's sheet and its questions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from grader.sheets.content.face import NO_TEXTS, PLAIN, Face, OwnTexts
from grader.sheets.content.formats import Paper
from question_bank.questions.question import Question


@dataclass(frozen=True, slots=True)
class SheetQuestion:
    """One question of a sheet: its place among them, its marks, and the question itself.

    `name` is what its form fields and files call it; `slot_marks` (slot → marks) is printed on the key, and
    with `show_marks` said on the sheet. `task` is what its instructor says of it, before what is asked.
    """

    number: int
    of: int
    question: Question
    marks: float | None = None
    slot_marks: Mapping[str, float] | None = None
    show_marks: bool = False
    task: str = ""

    @property
    def name(self) -> str:
        """`q1`."""
        return f"q{self.number}"


@dataclass(frozen=True, slots=True)
class Sheet:
    """All that one student is handed."""

    course: str
    title: str
    student_id: str
    student_name: str
    sheet_id: str
    questions: tuple[SheetQuestion, ...]
    due: str = ""
    paper: Paper = "A4"
    texts: OwnTexts = NO_TEXTS
    face: Face = PLAIN
