"""`gradpath typing`: a table to type handwritten answers into, which `grade` reads."""

from __future__ import annotations

import secrets
from pathlib import Path

import typer

from grader.assignments.student_ids import StudentIds
from grader.commands.folder import TYPED, TYPED_WORKBOOK, handed_out, people, typed_in
from grader.commands.practice import missing_packages
from grader.commands.progress import counted, tell
from grader.files.files import only_run, replacing, write_text
from grader.files.safe_names import command_line, shown
from grader.grading.grading import load_marking
from grader.submissions.typing_table import read_typed, typing_rows, typing_table, typing_workbook, without_a_row
from question_bank.errors import GradpathError, InputError
from question_bank.language.spoken import speaking
from question_bank.networks.lettering import in_notation


def typing(folder: Path, *, page: bool = False, workbook: bool = False, port: int = 0, browser: bool = True) -> int:
    """Write typed.csv, or typed.xlsx, a row a box of everybody's sheet; what was typed into either before stays.

    With `page` it is filled in on a page in the browser, which this machine alone is served. Raises InputError where
    what was typed would be lost.
    """
    if page and workbook:
        raise InputError(f"the page fills in {TYPED}", remedy="choose --page or --xlsx")
    if page and (missing := missing_packages()):
        raise GradpathError(
            f"the page needs more than the rest of gradpath ({', '.join(missing)}): pip install 'gradpath[practice]'"
        )
    questions = handed_out(folder)
    names, aliases = people(folder, questions)
    marking = load_marking(folder, questions, aliases)
    before = typed_in(folder)
    path = folder / TYPED if page else folder / TYPED_WORKBOOK if workbook else before
    with only_run(folder, "gradpath typing"), speaking(marking.language), in_notation(marking.notation):
        ids = StudentIds(questions.by_student(), {**aliases, **questions.former_ids})
        typed = read_typed(before.read_bytes(), str(before), ids) if before.exists() else {}
        students = [each for each in (names or questions.by_student()) if each not in marking.people.withdrawn]
        # Who has left the roster may have handed in all the same.
        students += [each for each in dict.fromkeys(box[0] for box in typed) if each not in students]
        rows = list(typing_rows(questions, names, students))
        if gone := without_a_row(typed, rows):
            raise InputError(
                f"an answer for {shown(' '.join(gone[0]))}, which is no box of theirs",
                file=str(before),
                expected="questions and slots as they were written",
                remedy="correct the line, or take it out",
            )
        if path.name == TYPED_WORKBOOK:
            with replacing(path, private=True) as file:
                file.write(typing_workbook(rows, typed))
        else:
            write_text(path, typing_table(rows, typed), private=True)
        if before != path:  # all that stood there stands here
            before.unlink(missing_ok=True)
    tell(f"{counted(len(rows), 'row')}, {len(typed):,} of them filled in")
    if page:
        from grader.practice.serving import serve_typing
        from grader.practice.web.typing_pages import TypingSite
        from grader.submissions.typing_desk import TypingDesk

        handed = questions.by_student()
        site = TypingSite(
            questions.assignment.title,
            [one for student in dict.fromkeys(row.student for row in rows) for one in handed[student]],
            names,
            ids,
            TypingDesk(path, rows, ids),
            secrets.token_urlsafe(24),
            marking.language,
            marking.notation,
        )
        serve_typing(site, port, started=_say_where, browser=browser)
        return 0
    kind = "save it" if path.name == TYPED_WORKBOOK else "save it as CSV"
    typer.echo(f"{path}: type into the last column, {kind}, then {command_line('grade', folder)}")
    return 0


def _say_where(address: str) -> None:
    typer.echo(f"Type at {address} (Ctrl-C ends it; each box is saved into {TYPED} as it is left)")
