"""`gradpath export grades`: the marks in the gradebook that a platform gave out, or as a workbook."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from grader.files.safe_names import command_line, shown
from question_bank.errors import InputError

if TYPE_CHECKING:
    from grader.exchange.filling import Filled, GivenMarks

_FILLED = "-filled"


def command(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="The assignment's folder.", show_default=False)],
    into: Annotated[
        Path | None,
        typer.Option(metavar="THEIR.csv", help="The platform's own download, to be filled in.", show_default=False),
    ] = None,
    item: Annotated[
        str | None,
        typer.Option(
            metavar="TITLE|NUMBER",
            help="Its column for the marks, if not the title's: a title, the item's number there, or the column's.",
            show_default=False,
        ),
    ] = None,
    to: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Where to; THEIR-filled.csv beside it without.", show_default=False),
    ] = None,
    scale: Annotated[bool, typer.Option("--scale", help="Turn marks into the file's own maximum.")] = False,
    comma: Annotated[bool, typer.Option("--comma", help="Write a decimal comma, whatever the file does.")] = False,
    marked_only: Annotated[
        bool, typer.Option("--marked-only", help="Leave out the lines of people without a mark here.")
    ] = False,
    xlsx: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write all marks as a workbook.", show_default=False)
    ] = None,
) -> None:
    """Fill the marks into one column of a gradebook that a platform gave out; everything else stays byte for byte.

    Known are Moodle's grading worksheet and gradebook, and those of Canvas, Brightspace, Blackboard, Gradescope and
    Google Classroom.
    """
    if (into is None) == (xlsx is None):
        raise InputError("either a gradebook or a workbook is written", remedy="add --into THEIR.csv or --xlsx FILE")
    if into is not None:
        _fill_in(
            folder, into, item, to or into.with_name(f"{into.stem}{_FILLED}{into.suffix}"), scale, comma, marked_only
        )
    elif xlsx is not None:
        _workbook(folder, xlsx)


def _fill_in(folder: Path, into: Path, item: str | None, to: Path, scale: bool, comma: bool, marked_only: bool) -> None:
    from grader.commands.export_people import table_of
    from grader.exchange.filling import fill_in
    from grader.files.files import replacing

    given = _marks(folder)
    if to.exists() and to.resolve() == into.resolve():
        raise InputError("the download itself", file=str(to), expected="another file, so that the download stays")
    try:
        filled = fill_in(table_of(into), given, item=item, scale=scale, comma=comma, marked_only=marked_only)
    except InputError as error:
        raise error.in_file(str(into)) from None
    with replacing(to, private=True) as file:
        file.write(filled.data)
    _say(filled, to)


def _say(filled: Filled, to: Path) -> None:
    typer.echo(f"Wrote {to}: {filled.filled} marks into {filled.item!r} of {filled.platform}")
    if filled.changed:
        typer.echo(f"Note: {filled.changed} of them take the place of other marks.", err=True)
    for remark in filled.remarks:
        typer.echo(f"Note: {remark}.", err=True)
    if filled.without_marks:
        typer.echo(
            f"Note: {filled.without_marks} people there got none: they handed nothing in, or are not on the roster.",
            err=True,
        )
    for student in filled.missing:
        typer.echo(f"Not found there: {shown(student)}", err=True)
    typer.echo(filled.going_back)


def _workbook(folder: Path, to: Path) -> None:
    from grader.exchange.workbook import marks_workbook
    from grader.files.files import replacing
    from grader.grading.results import GRADES
    from question_bank.toml_text import read_text

    table = folder / GRADES
    if not table.exists():
        raise InputError("no marks yet", file=str(table), remedy=f"run {command_line('grade', folder)}")
    with replacing(to, private=True) as file:
        file.write(marks_workbook(read_text(table)))
    typer.echo(f"Wrote {to}")


def _marks(folder: Path) -> GivenMarks:
    """Everybody's total as it was graded last, without those who have withdrawn."""
    from grader.commands.export_people import everybody
    from grader.commands.folder import handed_out
    from grader.commands.recording import MARKS
    from grader.exchange.filling import GivenMarks
    from grader.grading.mark_changes import read_document

    questions = handed_out(folder)
    document = read_document(folder / MARKS)
    if document is None:
        raise InputError("no marks yet", file=str(folder / MARKS), remedy=f"run {command_line('grade', folder)}")
    withdrawn = frozenset(document.get("withdrawn", ()))
    totals = [each for each in document["totals"] if each["student"] not in withdrawn]
    most = {Decimal(str(each["out_of"])) for each in totals}
    if len(most) != 1:
        raise InputError(
            f"totals out of {', '.join(map(str, sorted(most))) or 'nothing'}",
            file=str(folder / MARKS),
            expected="the same most marks for all",
        )
    people = everybody(folder, questions)
    return GivenMarks(
        questions.assignment.title,
        {each["student"]: Decimal(str(each["marks"])) for each in totals},
        most.pop(),
        people.ids,
        people.shared,
    )
