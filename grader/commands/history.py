"""`gradpath history`: what was done with an assignment when, and what it changed for whom; the grades of a time."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from difflib import get_close_matches
from pathlib import Path

import typer

from grader.commands.progress import counted, tell
from grader.files.safe_names import command_line, printable, shown
from grader.history import record, said
from grader.history.event import Part
from grader.history.grades import TABLE, grading_at, table_of
from grader.history.record import Record, load_record, sha256_of, sha256_of_text
from question_bank.errors import InputError

_AFTER_WORDS = {"feedback": "wrote feedback", "make": "made", "grade": "graded", "rename": "renamed"}
_LONGEST_REMARK = 2_000


def history(folder: Path, student: str | None, *, grades: str | None, remark: str | None) -> int:
    """Print the record, or one student's part of it; or a table of grades as it was; or add a remark.

    The exit code is 1 where the record is not as it was written. Raises InputError where there is no record, for a
    student of whom it says nothing, and for a time without a grading.
    """
    if remark is not None:
        return _add_remark(folder, student, remark)
    known = load_record(folder)
    if not known.events and not known.wrong:
        raise InputError(
            "there is no record",
            file=str(folder / record.FOLDER),
            remedy=f"it begins with the next {command_line('make', folder)} or {command_line('grade', folder)}",
        )
    if grades is not None:
        _print_grades(folder, known, grades)
        return _say_what_is_wrong(known)
    if student is None:
        paragraphs = said.of_the_class(known.events)
    else:
        paragraphs = said.of_a_student(known.events, ids_of(known, student))
    _print(paragraphs)
    code = _say_what_is_wrong(known)
    if student is None:
        _say_whether_files_are(folder, known)
        if known.events and not known.wrong:
            last = known.events[-1]
            typer.echo(
                f"The record is whole: {counted(len(known.events), 'event')}, the last with digest {last.digest}"
            )
    return code


def _say_what_is_wrong(known: Record) -> int:
    for wrong in known.wrong:
        tell(f"Not as it was written: {printable(wrong)}")
    return 1 if known.wrong else 0


def ids_of(known: Record, student: str) -> set[str]:
    """All ids that a student has or had; raises InputError where the record knows nobody of this id."""
    ids = {student}
    renamed = [
        (part.student, part.said.get("was")) for event in known.events for part in event.kept if "was" in part.said
    ]
    while more := {one for pair in renamed if ids.intersection(pair) for one in pair if one} - ids:
        ids |= more
    everybody = {part.student for event in known.events for part in event.kept if part.student}
    if not ids & everybody:
        near = get_close_matches(student[:100], everybody, n=1)
        raise InputError(
            f"the record says nothing of a student {shown(student)}",
            expected="an id as it is, or was, on the roster",
            remedy=f"did you mean {near[0]!r}?" if near else None,
        )
    return ids


def _print(paragraphs: Iterable[said.Paragraph]) -> None:
    for paragraph in paragraphs:
        event = paragraph.event
        version = f" (gradpath {event.version})" if event.version else ""
        typer.echo(
            printable(f"{event.number:>4}  {paragraph.when}  {_AFTER_WORDS.get(event.command, event.command)}{version}")
        )
        for line in paragraph.lines:
            typer.echo(printable(f"      {line}"))


def _say_whether_files_are(folder: Path, known: Record) -> None:
    """Which files lie there with another content than the record says, or not at all."""
    for name, digest in known.lies.items():
        path = folder / name
        if not path.is_file():
            tell(f"{path}: it was written, and is gone")
        elif sha256_of(path) != digest:
            last = next(event for event in reversed(known.events) if name in event.wrote)
            tell(
                f"{path}: not as event {last.number} wrote it: changed since, or the run was interrupted "
                f"(then {command_line(last.command, folder)} completes it)"
            )


def _print_grades(folder: Path, known: Record, at: str) -> None:
    """Write grades.csv as it was to standard output; raises InputError where the record was changed."""
    event = grading_at(known.events, at)
    text, forgotten = table_of(event)
    if sha256_of_text(text) != event.wrote.get(TABLE):
        if not forgotten:
            path = folder / record.FOLDER / f"{event.number:06}.json"
            raise InputError(
                "its marks are not those that were written", file=str(path), remedy="take it from a backup"
            )
        tell(
            f"Note: {counted(forgotten, 'entry')} of event {event.number} were forgotten since; their lines are missing"
        )
    tell(f"{TABLE} as of event {event.number}, {event.when}")
    sys.stdout.write(text)


def _add_remark(folder: Path, student: str | None, remark: str) -> int:
    """A remark of whoever marks, about a student or the whole."""
    if not remark.strip() or len(remark) > _LONGEST_REMARK:
        raise InputError("a remark that is empty or very long", expected=f"up to {_LONGEST_REMARK:,} characters")
    if student is not None:
        ids_of(load_record(folder), student)
    elif not (folder / record.FOLDER).is_dir():
        raise InputError("there is no record to add to", file=str(folder / record.FOLDER))
    event = record.append(folder, "remark", parts=[Part(student or "", {"text": remark})])
    typer.echo(f"{folder / record.FOLDER}: event {event.number}")
    return 0
