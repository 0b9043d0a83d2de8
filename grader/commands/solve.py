"""`gradpath solve`: networks that a person wrote down, worked out step by step."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from grader.commands import garbage
from grader.files.safe_names import printable
from question_bank.errors import GradpathError, InputError
from question_bank.toml_text import read_text

if TYPE_CHECKING:
    from grader.sheets.content.formats import Paper
    from question_bank.questions.problem import Problem
    from question_bank.questions.question import Question

_LARGEST_FILE = 16_000_000


def solve_files(
    files: Sequence[Path],
    *,
    ask: str | None,
    as_json: bool,
    pdf: Path | None,
    paper: Paper = "A4",
    tex: Path | None = None,
    notation: str | None = None,
) -> int:
    """Solve every file, a bad one hindering no other; the exit code is 2 if any was bad."""
    from question_bank.networks.lettering import in_notation
    from question_bank.questions.notation_part import notation_of

    with in_notation(notation_of(notation)):
        return _solve_files(files, ask, as_json, pdf, paper, tex)


def _solve_files(
    files: Sequence[Path], ask: str | None, as_json: bool, pdf: Path | None, paper: Paper, tex: Path | None
) -> int:
    for option, path in (("--pdf", pdf), ("--tex", tex)):
        if path is not None and len(files) != 1:
            raise InputError(f"{option} with {len(files)} files", expected="one file")
    if tex is not None and tex.suffix != ".tex":
        raise InputError(f"--tex {tex}", expected="a name that ends in .tex")
    worst = 0
    for path in files:
        try:
            problem, question = _solved(path, ask)
            _require_unlike_names(question)
        except GradpathError as error:
            worst = 2
            _complain(path, error, as_json)
            continue
        if as_json:
            from question_bank.questions.as_tables import solution

            typer.echo(json.dumps(solution(problem, question), ensure_ascii=False, allow_nan=False))
        else:
            _show(path, problem, question)
        if pdf is not None:
            from grader.commands.printing import write_worked_solution

            write_worked_solution(_shown(problem, question), path.stem, pdf, paper)
            typer.echo(f"Wrote {pdf}", err=as_json)
        if tex is not None:
            from grader.files.files import write_text
            from grader.sheets.export.targets import tex_document
            from grader.sheets.export.written import WrittenOut

            write_text(tex, tex_document(WrittenOut(_shown(problem, question), path.stem)))
            typer.echo(f"Wrote {tex}", err=as_json)
    return worst


def _solved(path: Path, ask: str | None) -> tuple[Problem, Question]:
    from question_bank.questions.written import read_problem

    with garbage.nothing_collected():
        problem = read_problem(read_text(path, _LARGEST_FILE), str(path), ask)
        try:
            return problem, problem.solve()
        except InputError as error:
            raise error.in_file(str(path)) from error


def _require_unlike_names(question: Question) -> None:
    from question_bank.networks.lettering import notation_in_force
    from question_bank.questions.notation_part import require_unlike_names

    require_unlike_names(notation_in_force(), question.derivation)


def _complain(path: Path, error: GradpathError, as_json: bool) -> None:
    if as_json:
        typer.echo(json.dumps({"file": str(path), "error": str(error)}, ensure_ascii=False))
    else:
        text = str(error) if str(path) in str(error) else f"{path}: {error}"
        typer.echo(f"gradpath: {text}", err=True)


def _shown(problem: Problem, question: Question) -> Question:
    """The question as a person reads it: without an asked precision, six significant figures instead of all."""
    if problem.precision is not None:
        return question
    from question_bank.expressions.precision import Places, Precision

    six = Places(6, "s")
    return replace(question, precision=Precision(six, six, six, six, six))


def _show(path: Path, problem: Problem, question: Question) -> None:
    from rich.console import Console
    from rich.text import Text

    from grader.commands.worked_text import WIDTH, worked_lines

    console = Console(highlight=False)
    shown = _shown(problem, question)
    width = min(WIDTH, console.width) if console.is_terminal else WIDTH
    for line in worked_lines(shown, ranged=problem.precision is not None, title=printable(str(path)), width=width):
        console.print(Text(line.text, style="bold" if line.heading else ""), soft_wrap=True)
