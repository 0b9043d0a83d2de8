"""`gradpath preview`: what a student would get, before anything is handed out: a sheet, its key, its solution."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from grader.commands.languages import note_begun
from grader.files.files import replacing, require_pdf_name, write_text
from question_bank.errors import InputError

if TYPE_CHECKING:
    from grader.assignments.assignment import Assignment
    from grader.sheets import Sheet
    from grader.sheets.content.formats import Paper
    from question_bank.derivations.layout import Quantity
    from question_bank.networks.notations import Notation
    from question_bank.questions.question import Question


_ASSIGNMENT = "assignment.toml"


def preview(
    what: str,
    *,
    to: Path | None,
    seed: int,
    ask: Quantity | None,
    parameter: str | None,
    paper: Paper | None,
    language: str | None = None,
    notation: str | None = None,
) -> int:
    """Print one sheet of a recipe or of an assignment, with its key and its solution; nothing is kept of it.

    The language is the assignment's, or English, where none is named. A `notation` is a preset's name or a file, and
    stands in the place of the assignment's own.
    """
    from grader.sheets.typeset.beside import laid_out_beside

    # Before what draws is imported: a process is copied with all that it has.
    with laid_out_beside():
        _preview(Path(what), what, to, seed, ask, parameter, paper, language, notation)
    return 0


def _preview(
    folder: Path,
    what: str,
    to: Path | None,
    seed: int,
    ask: Quantity | None,
    parameter: str | None,
    paper: Paper | None,
    language: str | None,
    notation: str | None,
) -> None:
    from question_bank.language.spoken import require_language, speaking
    from question_bank.language.words import ENGLISH_CODE
    from question_bank.questions.notation_part import notation_of
    from question_bank.questions.recipe import recipe_names

    if folder.is_dir() and (what not in recipe_names() or (folder / _ASSIGNMENT).exists()):
        if ask or parameter or paper:
            raise InputError("--ask, --parameter or --paper beside a folder", expected="a recipe", file=what)
        from grader.assignments.assignment import load_assignment

        assignment = load_assignment(folder)
        code = language or assignment.language
        note_begun(require_language(code))
        with speaking(code):
            sheet, titles = _of_assignment(assignment, folder, seed)
            own = assignment.notation_in(folder) if notation is None else notation_of(notation)
            _write(sheet, titles, to or folder / "preview", own)
        return
    code = language or ENGLISH_CODE
    note_begun(require_language(code))
    with speaking(code):
        sheet = _of_recipe(what, seed, ask, parameter or "any", paper or "A4")
        _write(sheet, {"q1": sheet.title}, to or Path(f"{folder.stem}-preview"), notation_of(notation))


def _of_recipe(name: str, seed: int, ask: Quantity | None, parameter: str, paper: Paper) -> Sheet:
    from grader.sheets import Sheet, SheetQuestion
    from question_bank.language.words import _
    from question_bank.questions.draws import draw
    from question_bank.questions.recipe import load_recipe

    recipe = load_recipe(name)
    key = b"preview %d" % seed
    quantity = ask or recipe.usually_asked
    (question,) = draw(recipe, [key], parameter=parameter, quantity=quantity, forms="same", name=name)
    return Sheet("", _(recipe.title), "", "", "", (SheetQuestion(1, 1, question),), paper=paper)


def _of_assignment(assignment: Assignment, folder: Path, seed: int) -> tuple[Sheet, Mapping[str, str]]:
    # A recipe needs nothing of this.
    from grader.assignments.assignment import drawn_to_look_at
    from grader.commands.printing import remarks_on_style, sheet_of
    from question_bank.language.words import _

    handed = drawn_to_look_at(assignment, folder, seed)
    face = assignment.face_in(folder)
    for remark in remarks_on_style(assignment, face):
        typer.echo(f"Note: {remark}", err=True)
    titles = {
        one.question: _("{title}, question {number}").format(title=assignment.title, number=one.question[1:])
        for one in handed
    }
    return sheet_of(assignment, handed, face), titles


def _write(sheet: Sheet, titles: Mapping[str, str], to: Path, notation: Notation) -> None:
    from question_bank.networks.lettering import in_notation
    from question_bank.questions.notation_part import require_unlike_names

    for each in sheet.questions:
        require_unlike_names(notation, each.question.derivation)
    with in_notation(notation):
        _write_as(sheet, titles, to)


def _write_as(sheet: Sheet, titles: Mapping[str, str], to: Path) -> None:
    from grader.sheets import Printer
    from grader.sheets.printing.worked import worked_page

    several = len(sheet.questions) > 1
    paper, key, solutions = _names(to, [f"-{each.name}" if several else "" for each in sheet.questions])
    for path in (paper, key):
        require_pdf_name(path)
    printer = Printer()
    printer.expect(sheet)
    worked = [worked_page(each.question, titles[each.name]) for each in sheet.questions]
    with ExitStack() as files:
        printer.write_student(sheet, files.enter_context(replacing(paper)))
        printer.write_filled(sheet, files.enter_context(replacing(key, private=True)))
    for path, page in zip(solutions, worked, strict=True):
        write_text(path, page, private=True)
    for each in sheet.questions:
        typer.echo(f"{titles[each.name]}: {_said(each.question)}")
    for path in (paper, key, *solutions):
        typer.echo(f"Wrote {path}")


def _names(to: Path, endings: Sequence[str]) -> tuple[Path, Path, list[Path]]:
    """The sheet's file, the key's and the solutions': in a folder, or beside the file that is named."""
    if to.suffix == ".pdf":
        solutions = [to.with_name(f"{to.stem}-solution{ending}.html") for ending in endings]
        return to, to.with_name(f"{to.stem}-key.pdf"), solutions
    return to / "sheet.pdf", to / "key.pdf", [to / f"solution{ending}.html" for ending in endings]


def _said(question: Question) -> str:
    boxes = sum(not slot.spare for slot in question.slots)
    difficulty = (question.certificate or {}).get("difficulty")
    every = [value.key for value in question.derivation.asked]
    asked = every[0] if len(every) == 1 else f"{every[0]} to {every[-1]}"
    hard = f", difficulty {difficulty:.2f}" if isinstance(difficulty, float) else ""
    return f"{asked}, {boxes} boxes{hard}"
