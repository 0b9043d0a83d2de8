"""`gradpath export files`: sheets or feedback for everybody in one archive that a platform takes apart again."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from grader.files.safe_names import command_line, file_name, shown
from question_bank.errors import InputError

if TYPE_CHECKING:
    from grader.assignments.student_ids import StudentIds
    from grader.commands.export_people import Everybody
    from grader.exchange.returning import ReturnPlaces

Of = Literal["feedback", "sheets"]
FILE_OF: dict[Of, str] = {"feedback": "feedback.pdf", "sheets": "sheet.pdf"}


def command(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="The assignment's folder.", show_default=False)],
    like: Annotated[
        Path,
        typer.Option(
            metavar="FILE",
            help="Moodle's grading worksheet, or the archive of all submissions from Moodle, Canvas or Brightspace.",
            show_default=False,
        ),
    ],
    of: Annotated[Of, typer.Option(help="What is given out.")] = "feedback",
    people: Annotated[
        Path | None,
        typer.Option(metavar="GRADEBOOK", help="Canvas's gradebook: whose its numbers are.", show_default=False),
    ] = None,
    to: Annotated[
        Path | None,
        typer.Option(metavar="ZIP", help="Where to; DIR/exported/feedback.zip without.", show_default=False),
    ] = None,
) -> None:
    """Put everybody's feedback or sheet into one archive, under the names by which the platform knows whose it is."""
    from grader.commands.export_people import EXPORTED, everybody
    from grader.commands.folder import handed_out
    from grader.exchange.archive import write_archive
    from grader.files.files import replacing

    known = everybody(folder, handed_out(folder))
    try:
        places = _places(like, known, people)
    except InputError as error:
        raise error.in_file(str(like)) from None
    if not places.paths:
        raise InputError(
            f"nobody there is known on the roster, such as {shown(next(iter(places.unknown), ''))}",
            file=str(like),
            expected=f"the people of this course, as {places.platform} names them",
            remedy="name Canvas's gradebook with --people: it has their numbers"
            if places.platform == "Canvas"
            else "see that the roster has their names, or e-mail addresses",
        )
    files, lacking = [], []
    for student, path in places.paths.items():
        pdf = pdf_of(folder, of, student)
        if pdf.exists():
            files.append((f"{path}{FILE_OF[of]}", pdf))
        else:
            lacking.append(student)
    if not files:
        raise InputError(
            f"nothing to give out: no PDF of {len(places.paths)} students",
            file=str(folder / of),
            remedy=f"run {command_line('make' if of == 'sheets' else 'feedback', folder)}",
        )
    to = to or folder / EXPORTED / f"{of}.zip"
    with replacing(to, private=True) as file:
        write_archive(file, files)
    typer.echo(f"Wrote {to}: {len(files)} files for {places.platform}, {to.stat().st_size / 1e6:.1f} MB")
    for entry in places.unknown:
        typer.echo(f"Left out: {shown(entry)} is nobody, or not one alone, on the roster.", err=True)
    for student in lacking:
        typer.echo(f"Left out: {shown(student)} has no {FILE_OF[of]} yet.", err=True)
    for student in _without_place(folder, of, known, places):
        typer.echo(f"Left out: {shown(student)} has one, but no place there.", err=True)
    typer.echo(places.going_back)


def pdf_of(folder: Path, of: Of, student: str) -> Path:
    """A student's sheet or feedback."""
    return folder / of / f"{file_name(student)}.pdf"


def _places(like: Path, known: Everybody, gradebook: Path | None) -> ReturnPlaces:
    from grader.commands.export_people import table_of
    from grader.exchange.archive import names_in
    from grader.exchange.returning import KnownPeople, by_archive

    with like.open("rb") as opened:
        is_archive = opened.read(4) == b"PK\x03\x04"
    if not is_archive:
        return _by_worksheet(table_of(like), known)
    try:
        names = names_in(like)
    except ValueError as error:
        raise InputError(str(error), expected="the archive of all submissions", remedy="download it again") from None
    return by_archive(names, KnownPeople(_with_numbers(known, gradebook), known.names))


def _by_worksheet(data: bytes, known: Everybody) -> ReturnPlaces:
    from grader.exchange.cells import encoded
    from grader.exchange.filling import people_in
    from grader.exchange.gradebooks import WORKSHEET, recognise
    from grader.exchange.returning import moodle_by_worksheet

    book = recognise(encoded(data).text)
    if book.gradebook is not WORKSHEET:
        raise InputError(
            book.gradebook.name,
            expected=f"{WORKSHEET.name}, or the archive of all submissions",
            remedy="download one of these from the assignment's page",
        )
    (column,) = book.columns(WORKSHEET.needs[0])[:1]
    people = people_in(book, known.ids, known.shared)
    numbers = {row.text(column): student for row, student in people if student is not None}
    return moodle_by_worksheet(book, numbers, known.names)


def _with_numbers(known: Everybody, gradebook: Path | None) -> StudentIds:
    """Whose an id is, with the numbers that Canvas's gradebook has for people besides the ids that the roster knows."""
    from grader.assignments.student_ids import StudentIds
    from grader.commands.export_people import table_of
    from grader.exchange.cells import encoded
    from grader.exchange.filling import people_in
    from grader.exchange.gradebooks import recognise

    if gradebook is None:
        return known.ids
    try:
        book = recognise(encoded(table_of(gradebook)).text)
        numbers = book.columns(["id"])
        if not numbers:
            raise InputError(book.gradebook.name, expected="Canvas's, with its column ID")
        people = people_in(book, known.ids, known.shared)
    except InputError as error:
        raise error.in_file(str(gradebook)) from None
    theirs = {row.text(numbers[0]): student for row, student in people if student is not None}
    return StudentIds(known.ids.known, theirs)


def _without_place(folder: Path, of: Of, known: Everybody, places: ReturnPlaces) -> list[str]:
    return [each for each in known.ids.known if each not in places.paths and pdf_of(folder, of, each).exists()]
