"""`gradpath export mail`: a message a student with sheet or feedback, to be looked at before anything is sent."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from grader.commands.export_files import FILE_OF, Of, pdf_of
from grader.files.safe_names import command_line, file_name, shown
from question_bank.errors import InputError


def command(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="The assignment's folder.", show_default=False)],
    of: Annotated[Of, typer.Option(help="What is attached.")] = "feedback",
    sender: Annotated[
        str | None, typer.Option("--from", metavar="ADDRESS", help="Who it is from.", show_default=False)
    ] = None,
    to: Annotated[
        Path | None, typer.Option(metavar="FOLDER", help="Where to; DIR/exported/mail without.", show_default=False)
    ] = None,
) -> None:
    """Write an .eml file a student with the PDF attached; nothing is sent: a mail program opens it as a draft."""
    from grader.assignments.assignment import read_assignment
    from grader.commands.export_people import EXPORTED, everybody
    from grader.commands.folder import handed_out
    from grader.exchange.mail import message
    from grader.files.files import replacing
    from question_bank.language.spoken import speaking

    questions = handed_out(folder)
    known = everybody(folder, questions)
    students = [each for each in known.ids.known if pdf_of(folder, of, each).exists()]
    if not students:
        raise InputError(
            "nothing to give out: no PDF",
            file=str(folder / of),
            remedy=f"run {command_line('make' if of == 'sheets' else 'feedback', folder)}",
        )
    known.require_own_addresses(folder)
    to = to or folder / EXPORTED / "mail"
    without = [student for student in students if student not in known.mails]
    with speaking(read_assignment(folder).language):
        for student in students:
            if student in known.mails:
                pdf = pdf_of(folder, of, student).read_bytes()
                written = message(
                    questions.assignment.title,
                    known.names.get(student, ""),
                    known.mails[student],
                    sender,
                    FILE_OF[of],
                    pdf,
                    is_feedback=of == "feedback",
                )
                with replacing(to / f"{file_name(student)}.eml", private=True) as file:
                    file.write(written)
    typer.echo(f"Wrote {to}: {len(students) - len(without)} messages. Nothing was sent; look at some of them first.")
    for student in without:
        typer.echo(f"Left out: {shown(student)} has no e-mail address on the roster.", err=True)
