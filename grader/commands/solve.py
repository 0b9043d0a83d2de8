"""`gradpath solve`: networks that a person wrote down, worked out step by step."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from grader.files import read_text
from grader.safe_names import printable
from question_bank.errors import GradpathError, InputError

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

    from question_bank.derivation import Step
    from question_bank.question import Question
    from question_bank.written import Problem

_LARGEST_FILE = 16_000_000


def solve_files(files: Sequence[Path], *, ask: str | None, as_json: bool, pdf: Path | None) -> int:
    """Solve every file, a bad one hindering no other; the exit code is 2 if any was bad."""
    if pdf is not None and len(files) != 1:
        raise InputError(f"--pdf with {len(files)} files", expected="one file")
    worst = 0
    for path in files:
        try:
            problem, question = _solved(path, ask)
        except GradpathError as error:
            worst = 2
            _complain(path, error, as_json)
            continue
        if as_json:
            from question_bank.written import solution

            typer.echo(json.dumps(_finite(solution(problem, question)), ensure_ascii=False, allow_nan=False))
        else:
            _show(path, problem, question)
        if pdf is not None:
            from grader.commands.printing import write_worked_solution

            write_worked_solution(_shown(problem, question), path.stem, pdf)
            typer.echo(f"Wrote {pdf}", err=as_json)
    return worst


def _solved(path: Path, ask: str | None) -> tuple[Problem, Question]:
    from question_bank.written import read_problem

    problem = read_problem(read_text(path, _LARGEST_FILE), str(path), ask)
    try:
        return problem, problem.solve()
    except InputError as error:
        raise error.in_file(str(path)) from error


def _complain(path: Path, error: GradpathError, as_json: bool) -> None:
    if as_json:
        typer.echo(json.dumps({"file": str(path), "error": str(error)}, ensure_ascii=False))
    else:
        text = str(error) if str(path) in str(error) else f"{path}: {error}"
        typer.echo(f"gradpath: {text}", err=True)


def _finite(value: Any) -> Any:
    """The same, with null for what JSON cannot say (an unbounded range)."""
    if isinstance(value, dict):
        return {key: _finite(entry) for key, entry in value.items()}
    if isinstance(value, list):
        return [_finite(entry) for entry in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value


def _shown(problem: Problem, question: Question) -> Question:
    """The question as a person reads it: without an asked precision, six significant figures instead of all."""
    if problem.precision is not None:
        return question
    from question_bank.precision import Places, Precision

    six = Places(6, "s")
    return replace(question, precision=Precision(six, six, six, six, six))


def _show(path: Path, problem: Problem, question: Question) -> None:
    from rich.console import Console

    console = Console(highlight=False)
    shown = _shown(problem, question)
    derivation = question.derivation
    architecture = derivation.architecture
    console.print(f"{_plain(derivation.answer, shown)}  ({printable(str(path))})", style="bold", markup=False)
    softmax = f", {architecture.softmax} softmax" if architecture.softmax else ""
    rate = f", η = {shown.printed('eta')}" if derivation.layout.rate else ""
    console.print(
        f"{'-'.join(map(str, architecture.sizes))} network, {', '.join(architecture.activations)}; "
        f"loss {architecture.loss}{softmax}{rate}"
    )
    precision = problem.precision
    console.print(
        "Nothing is rounded on the way; shown to six significant figures."
        if precision is None
        else "Recorded: "
        + ", ".join(f"{role} {places.words}" for role, places in _recorded(shown))
        + ". Accepted is what honest rounding may give."
    )
    ranged = precision is not None
    _print_givens(console, shown)
    forward = [step for step in derivation.steps if step.role == "forward"]
    if forward:
        _print_steps(console, "Forward pass", forward, shown, ranged)
    for path_found in derivation.paths:
        route = " → ".join(_plain(key, shown) for key in path_found.route)
        steps = [derivation.step(key) for key in (*path_found.factors, path_found.product)]
        _print_steps(console, f"Path {path_found.number}: {route}", steps, shown, ranged)
    last = [step for step in derivation.steps if step.role in ("gradient", "update")]
    _print_steps(console, "Answer", last, shown, ranged)


def _recorded(question: Question) -> list[tuple[str, Any]]:
    present = {step.role for step in question.derivation.steps if step.role != "given"}
    return [
        (role, question.precision.of(role))
        for role in ("forward", "factor", "product", "gradient", "update")
        if role in present
    ]


def _plain(key: str, question: Question) -> str:
    from question_bank.notation import plain_symbol

    parameter = plain_symbol(question.derivation.parameter)
    return {"gradient": f"∂L/∂{parameter}", "updated": f"{parameter} new"}.get(key) or plain_symbol(key)


def _print_givens(console: Console, question: Question) -> None:
    from rich.columns import Columns
    from rich.text import Text

    givens = [Text(f"{_plain(key, question)} = {question.printed(key)}") for key in question.derivation.givens]
    console.print()
    console.print("[bold]Givens[/bold]")
    console.print(Columns(givens, padding=(0, 2), equal=True))


def _print_steps(console: Console, title: str, steps: list[Step], question: Question, ranged: bool) -> None:
    from rich.text import Text

    table = _table(ranged)
    for step in steps:
        formula, numbers = _worked(step, question)
        sign = "=" if step.exact else "≈"
        cells = [
            Text(_plain(step.key, question)),
            Text(formula if formula == numbers else f"{formula}\n{numbers}"),
            Text(f"{sign} {question.printed(step.key)}", style="bold"),
        ]
        if ranged:
            low, high = question.range(step.key)
            cells.append(Text("exact" if low == high else f"{low:.6g}\n{high:.6g}"))
        table.add_row(*cells)
    console.print()
    console.print(f"[bold]{title}[/bold]", soft_wrap=True)
    console.print(table)


def _table(ranged: bool) -> Table:
    from rich import box
    from rich.table import Table

    table = Table(box=box.SIMPLE, width=80, show_edge=False, pad_edge=False, padding=(0, 1))
    table.add_column("step", no_wrap=True)
    table.add_column("= formula, then numbers", ratio=1, overflow="fold")
    table.add_column("value", no_wrap=True)
    if ranged:
        table.add_column("accepted", no_wrap=True)
    return table


def _worked(step: Step, question: Question) -> tuple[str, str]:
    """The step's formula in symbols, and the same with numbers put in."""
    from grader.commands.plain_math import plain
    from question_bank.latex import latex

    assert step.formula is not None  # givens are shown apart
    symbols = plain(latex(step.formula, lambda key: _plain(key, question)))
    return symbols, plain(question.numbers_latex(step.key))
