"""`gradpath new` and `make`: an assignment's folder from the first file to what is handed out."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from grader.assignments import assignment as assignments
from grader.assignments import question_set
from grader.assignments.editor_schema import write_editor_schemas
from grader.assignments.example import create
from grader.assignments.new_term import begin_like
from grader.assignments.own_face import files_of_face
from grader.assignments.people import People, load_people, says_of_people
from grader.assignments.roster import Student, read_roster
from grader.assignments.student_ids import EVERYBODY, StudentIds, unique
from grader.commands import garbage
from grader.commands.languages import note_begun
from grader.commands.printing import forget_sheets, print_sheets, try_face
from grader.commands.progress import bar, counted, tell
from grader.commands.recording import record_make
from grader.files.files import only_run, write_text
from grader.files.safe_names import command_line, printable, shown, spreadsheet_safe
from grader.files.tables import csv_text
from question_bank.errors import GradpathError, InputError, gathered, refuse, together
from question_bank.language.spoken import speaking
from question_bank.networks.lettering import in_notation

if TYPE_CHECKING:
    from grader.submissions import Collected

SUBMISSIONS = "submissions"
TYPED, TYPED_WORKBOOK = "typed.csv", "typed.xlsx"
"""The table for typing."""
PINS = "pins.csv"


def new(folder: Path, like: Path | None = None) -> int:
    """Write the example files that are not there yet, or take over an assignment of an earlier term."""
    if like is not None:
        return _new_like(folder, like)
    written = create(folder)
    write_editor_schemas(folder, "assignment", "recipe")
    for name in (assignments.FILE_NAME, assignments.ROSTER_NAME):
        path = folder / name
        typer.echo(f"{'Wrote' if path in written else 'Kept '} {path}")
    typer.echo(f"Edit both, then run: {command_line('make', folder)}")
    return 0


def _new_like(folder: Path, old: Path) -> int:
    begun = begin_like(folder, old)
    write_editor_schemas(folder, "assignment", "recipe")
    for path in begun.files:
        typer.echo(f"Wrote {path}")
    tell(f"{counted(begun.earlier, 'question')} of earlier terms will not be drawn again")
    if begun.assignment.due is not None:
        typer.echo(f"Note: due is still {begun.assignment.due_text}, as it was in {old}.", err=True)
    typer.echo(
        f"Write the students into roster.csv, look through assignment.toml, then: {command_line('make', folder)}"
    )
    return 0


def make(folder: Path, *, redraw: bool) -> int:
    """Draw what is missing, keep it, and typeset the sheets that are missing."""
    assignment = _assignment_and_roster(folder)
    with only_run(folder, "gradpath make"):
        handed = handed_out(folder) if (folder / question_set.FILE_NAME).exists() else None
        everybody: list[Student] = []
        withdrawn: Collection[str] = ()
        tagged: set[str] = set()
        problems: list[InputError] = []
        with gathered(problems):
            assignments.check_assignment(assignment, folder)
            if handed is None:
                with speaking(assignment.language), in_notation(assignment.notation_in(folder)):
                    try_face(folder, assignment, tagged=bool(assignment.accessible))
        with gathered(problems):
            everybody = roster(folder, handed.former_ids if handed else {}, assignment.collate)
            with gathered(problems):
                withdrawn = _people(folder, assignment, everybody, handed).withdrawn
            with gathered(problems):
                tagged = _accessible(folder, assignment, everybody, handed)
        refuse(problems)
        students = [student for student in everybody if student.id not in withdrawn]
        if not students:
            path = folder / assignments.FILE_NAME
            raise InputError("everybody on the roster has withdrawn", file=str(path), place="withdrawn")
        total = len(assignment.questions) * len(students)
        with bar("drawing and certifying", total) as progress:
            made = assignments.make(
                assignment,
                folder,
                [student.id for student in students],
                handed=handed,
                redraw=redraw,
                progress=progress,
                before_saving=partial(forget_sheets, folder),
            )
        for remark in made.remarks:
            typer.echo(f"Note: {remark}.", err=True)
        kept = len(made.questions.questions) - made.drawn
        tell(f"{counted(made.drawn, 'question')} drawn, {kept:,} kept, for {counted(len(students), 'student')}")
        typer.echo(f"{folder / question_set.FILE_NAME} (private: it holds the key)")
        if assignment.pins:
            _write_pins(folder, made.questions, students)
        names = {student.id: student.name for student in students}
        note_begun(assignment.language)
        with speaking(assignment.language), in_notation(assignment.notation_in(folder)):
            print_sheets(folder, made, names, {student.id: student.group for student in students}, tagged)
        own_files = (*assignment.own_files, *files_of_face(assignment.face, folder))
        record_make(folder, made.questions, names, own_files)
    return 0


def _assignment_and_roster(folder: Path) -> assignments.Assignment:
    """What assignment.toml says; where that is no assignment, what is wrong with the roster is said with it."""
    try:
        return assignments.read_assignment(folder)
    except InputError as error:
        problems: list[InputError] = list(error.all)
        if (folder / assignments.FILE_NAME).exists():
            with gathered(problems):
                roster(folder, {})
        raise together(problems) from error


def _people(
    folder: Path,
    assignment: assignments.Assignment,
    students: list[Student],
    handed: question_set.QuestionSet | None,
) -> People:
    """What is said of single students; raises InputError for what `grade` could not use, before anything is made."""
    if not says_of_people(folder, assignment):
        return People()
    before, former = (handed.by_student(), handed.former_ids) if handed else ({}, {})
    ids = StudentIds(dict.fromkeys((*(each.id for each in students), *before)), {**_further_ids(students), **former})
    return load_people(folder, assignment, ids)


def _accessible(
    folder: Path,
    assignment: assignments.Assignment,
    students: list[Student],
    handed: question_set.QuestionSet | None,
) -> set[str]:
    """Whose sheets are to be tagged, "*" for all; raises InputError for somebody who is not on the roster."""
    if assignment.accessible == [EVERYBODY]:
        return {each.id for each in students}
    ids = StudentIds(
        [each.id for each in students], {**_further_ids(students), **(handed.former_ids if handed else {})}
    )
    found = {written: ids.find(written).student for written in assignment.accessible or ()}
    refuse(
        InputError(
            f"{shown(written)} is nobody that stands on the roster",
            file=str(folder / assignments.FILE_NAME),
            place=f"accessible[{number}]",
            expected="the id of a student",
        )
        for number, (written, student) in enumerate(found.items(), 1)
        if student is None
    )
    return {student for student in found.values() if student is not None}


def _further_ids(students: list[Student]) -> dict[str, str]:
    return unique((other, student.id) for student in students for other in dict.fromkeys(student.others))


def _write_pins(folder: Path, questions: question_set.QuestionSet, students: list[Student]) -> None:
    """Each student's PIN, for the instructor's eyes only: whoever has it and the sheet's id answers in their name."""
    rows = [(spreadsheet_safe(each.id), spreadsheet_safe(each.name), questions.pin(each.id)) for each in students]
    write_text(folder / PINS, csv_text([("id", "name", "pin"), *rows]), private=True)
    typer.echo(f"{folder / PINS} (private: tell each student theirs)")


def roster(folder: Path, former_ids: Mapping[str, str], collate: str | None = None) -> list[Student]:
    """The folder's roster, by the ids that students have now; raises InputError if it is missing or cannot be used.

    `collate` is the column that sheets are sorted by, if there is one.
    """
    path = folder / assignments.ROSTER_NAME
    if not path.exists():
        raise InputError(
            "there is no such file", file=str(path), expected="the columns id,name, or a learning platform's export"
        )
    found = read_roster(path, collate)
    for notice in found.notices:
        typer.echo(f"Note: {notice}", err=True)
    listed = {student.id for student in found.students}
    both = [student.id for student in found.students if former_ids.get(student.id) in listed]
    if both:
        raise InputError(
            f"{both[0]} and {former_ids[both[0]]}, who are one student since `gradpath rename`",
            file=str(path),
            remedy=f"delete the line of {both[0]}",
        )
    return [replace(student, id=former_ids.get(student.id, student.id)) for student in found.students]


def people(folder: Path, questions: question_set.QuestionSet) -> tuple[dict[str, str], dict[str, str]]:
    """Names by id, and ids by what else the roster calls somebody, such as an e-mail address; nothing without a roster.

    Names are for people: a set can be marked without the roster that it was made from.
    """
    students = roster(folder, questions.former_ids) if (folder / assignments.ROSTER_NAME).exists() else []
    return {student.id: student.name for student in students}, _further_ids(students)


def typed_in(folder: Path) -> Path:
    """The table that answers on paper are typed into, CSV where there is none; InputError where there are both."""
    table, workbook = folder / TYPED, folder / TYPED_WORKBOOK
    if table.exists() and workbook.exists():
        raise InputError(
            f"{TYPED} lies beside it: which of them holds what was typed?",
            file=str(workbook),
            remedy="move the other one away",
        )
    return workbook if workbook.exists() else table


def handed_in(folder: Path, command: str) -> list[Path]:
    """Where what came back lies: the folder of submissions, and the table that was typed; InputError without either."""
    typed = typed_in(folder)
    places = [path for path in (folder / SUBMISSIONS, typed) if path.exists()]
    if not places:
        raise InputError(
            "there is no such folder",
            file=str(folder / SUBMISSIONS),
            remedy=f"put what came back there, or name the files: {command_line(command, folder)} FILE..."
            if command == "grade"
            else "put what came back there",
        )
    return places


def without_untyped(collected: Collected, folder: Path) -> Collected:
    """The same without the sheets of the table for typing of which no box is filled in: those are nobody's work yet."""
    table = printable(str(typed_in(folder)))
    of_table = [one for one in collected.submissions if one.source == table]
    begun = {one.student for one in of_table if any(text.strip() for text in one.responses.values())}
    kept = [one for one in collected.submissions if one.source != table or one.student in begun]
    return replace(collected, submissions=tuple(kept))


def handed_out(folder: Path) -> question_set.QuestionSet:
    """What was handed out; raises GradpathError if nothing was."""
    path = folder / question_set.FILE_NAME
    if not path.exists():
        raise GradpathError(
            f"{path}: there is no such file. Nothing was handed out yet: run {command_line('make', folder)}"
        )
    with garbage.nothing_collected():
        return question_set.load(path)
