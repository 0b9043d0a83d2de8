"""`gradpath rename`: a student whose id changed keeps the sheet, the work, what was decided, and the marks."""

from __future__ import annotations

import csv
import io
from difflib import get_close_matches
from pathlib import Path

import typer

from grader.assignments import question_set
from grader.assignments.question_set import QuestionSet
from grader.assignments.roster import plain_new_id
from grader.assignments.student_ids import StudentIds
from grader.commands.feedback import FEEDBACK
from grader.commands.folder import handed_out
from grader.commands.printing import SHEETS
from grader.commands.progress import tell
from grader.commands.recording import record_rename
from grader.files.files import only_run, write_text
from grader.files.safe_names import command_line, file_name, shown, spreadsheet_safe
from grader.files.tables import csv_text
from grader.grading import results
from grader.grading.mark_changes import read_document
from grader.submissions import LOOK_AT
from question_bank.errors import InputError
from question_bank.toml_text import read_text

_OF_A_STUDENT = {SHEETS: ("{}.pdf",), FEEDBACK: ("{}.pdf", "{}.html", "{}.json"), LOOK_AT: ("{}-page-*.png",)}
"""Files that are named after a student, by their folder."""


def rename(folder: Path, old: str, new: str) -> int:
    """Give a student another id; the one before stays known, wherever it is written.

    questions.json is what settles it, written in one go: if the rest is interrupted, the same command completes it.
    Raises InputError for an id that nobody has, and for a new one that cannot be used or is somebody else's.
    """
    with only_run(folder, "gradpath make"):
        questions = handed_out(folder)
        if questions.former_ids.get(old) != new:
            new = _checked(questions, old, new)
            question_set.save(questions.rename(old, new), folder / question_set.FILE_NAME)
        _rename_in_marks(folder, old, new)
        for place, patterns in _OF_A_STUDENT.items():
            for pattern in patterns:
                _rename_files(folder / place, pattern, old, new)
        record_rename(folder, old, new)
    typer.echo(f"{old} is {new} now; what still says {old} is taken for {new}'s: the roster, submissions, decisions.")
    tell(f"To print the sheet and to write the class page anew: {command_line('make', folder)}, gradpath grade")
    return 0


def _checked(questions: QuestionSet, old: str, new: str) -> str:
    """The new id as it is kept."""
    students = questions.by_student()
    if old not in students:
        near = get_close_matches(old[:100], students, n=1)
        now = questions.former_ids.get(old)
        raise InputError(
            f"no student {shown(old)} got questions" + (f": since a rename it is {shown(now)}" if now else ""),
            expected="an id as it was handed out",
            remedy=f"did you mean {near[0]!r}?" if near and not now else None,
        )
    new = plain_new_id(new)
    if new == old:
        raise InputError(f"{shown(new)} is the id already", expected="another one")
    if new in students:
        raise InputError(
            f"{shown(new)} was handed questions too",
            remedy="if both are one student, who got two sheets, put the one that was not worked on among `withdrawn`",
        )
    others = StudentIds(
        (student for student in students if student != old),
        {was: now for was, now in questions.former_ids.items() if now != old},
    )
    whose = others.find(new)
    if whose.student is not None or whose.rivals:
        meant = whose.student or " and ".join(whose.rivals)
        raise InputError(
            f"{shown(new)} would be taken for {shown(meant)}: it is what they are or were called, or all but the same",
            expected="an id that nobody else has or had",
        )
    return new


def _rename_in_marks(folder: Path, old: str, new: str) -> None:
    """The id in marks.json and grades.csv, where they are as they were written."""
    marks = folder / "marks.json"
    if (document := read_document(marks)) is not None:
        write_text(marks, results.with_other_id(document, old, new), private=True)
    for name in (results.GRADES, results.WITHDRAWN):
        path = folder / name
        if path.exists():
            cell = {spreadsheet_safe(old): spreadsheet_safe(new)}
            rows = [[cell.get(row[0], row[0]), *row[1:]] for row in csv.reader(io.StringIO(read_text(path))) if row]
            write_text(path, csv_text(rows), private=True)


def _rename_files(folder: Path, pattern: str, old: str, new: str) -> None:
    before, after = file_name(old), file_name(new)
    for path in sorted(folder.glob(pattern.format(before.replace("[", "[[]")))) if folder.is_dir() else ():
        path.replace(path.with_name(after + path.name.removeprefix(before)))
