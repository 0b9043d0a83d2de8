"""`gradpath export gradescope`: an autograder of a set that was handed out, marked there by gradpath's own marking."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from grader.files.safe_names import shown

if TYPE_CHECKING:
    from grader.grading.grading import Marking

_NAME = "gradescope.zip"


def command(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="The assignment's folder.", show_default=False)],
    to: Annotated[
        Path | None,
        typer.Argument(metavar="[FILE]", help=f"Where to; DIR/exported/{_NAME} without.", show_default=False),
    ] = None,
    visibility: Annotated[
        Literal["visible", "after_due_date", "after_published"], typer.Option(help="When students see their marks.")
    ] = "visible",
) -> None:
    """Write an autograder for Gradescope: it reads what students upload there, and marks it box by box.

    Marks are given with follow-through. The archive holds the key to all sheets: upload it, and give it to nobody.
    """
    from grader.commands.export_people import EXPORTED, everybody
    from grader.commands.folder import handed_out, people
    from grader.exchange.gradescope import Known, write_autograder
    from grader.files.files import replacing
    from grader.grading.grading import load_marking

    questions = handed_out(folder)
    names, aliases = people(folder, questions)
    marking = load_marking(folder, questions, aliases)
    everyone = everybody(folder, questions)
    everyone.require_own_addresses(folder, ", as they have it there")
    mails = {spelling: student for spelling, student in everyone.ids.alike.items() if "@" in spelling}
    to = to or folder / EXPORTED / _NAME
    with replacing(to, private=True) as file:
        write_autograder(file, questions, marking, Known(mails, aliases, names), visibility)
    students, size = len(questions.by_student()), to.stat().st_size
    typer.echo(f"Wrote {to}: {students} students, {size / 1e3:.0f} kB (private: it holds the key)")
    for student in sorted(questions.by_student().keys() - set(mails.values())):
        typer.echo(f"Refused there: {shown(student)} has no e-mail address on the roster.", err=True)
    for loss in _losses(folder, marking):
        typer.echo(loss)


def _losses(folder: Path, marking: Marking) -> Iterator[str]:
    yield (
        "Gradescope loses: lateness, extensions and which attempt counts (they are the platform's own there), the "
        "replay of a sheet's network, languages other than English, PDFs with a password. It keeps: whose a sheet "
        "is, follow-through, the names of mistakes, columns in another order, values from a neighbour's sheet."
    )
    from grader.assignments.overrides import FILE_NAME as OVERRIDES
    from question_bank.questions.own_misconceptions import FILE_NAME as OWN_MISCONCEPTIONS

    if (folder / OVERRIDES).exists():
        yield f"Lost there: what {OVERRIDES} decides."
    if (folder / OWN_MISCONCEPTIONS).exists():
        yield f"Lost there: the mistakes of {OWN_MISCONCEPTIONS}, which are wrong numbers there."
    if marking.step:
        yield "Lost there: rounding to steps of marks."
