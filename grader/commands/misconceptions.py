"""`gradpath misconceptions`: the catalogue as a table, with the entries that an instructor wrote, checked."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from question_bank.errors import InputError
from question_bank.expressions.precision import RECORDED_ROLES
from question_bank.misconceptions import CATALOGUE, Misconception
from question_bank.networks.notation import in_letters
from question_bank.questions.own_misconceptions import FILE_NAME, load_misconceptions
from question_bank.questions.own_misconceptions_check import same_as

if TYPE_CHECKING:
    from question_bank.questions.recipe import Recipe

HEADINGS = {
    "forward": "Forward pass",
    "factor": "Factors of a path",
    "product": "A path's product",
    "gradient": "The sum over the paths",
    "update": "The update, and the values of a check",
}
_WIDTH = 80


def list_misconceptions(folder: Path | None, *, markdown: bool) -> int:
    """Print the built-in entries and those of the folder's misconceptions.toml, which are checked first."""
    if folder is not None and not folder.is_dir():
        raise InputError("there is no such folder", file=str(folder))
    path = folder / FILE_NAME if folder is not None else None
    own: tuple[Misconception, ...] = ()
    recipes: list[Recipe] = []
    if folder is not None and path is not None and path.exists():
        recipes = _recipes(folder)
        own = load_misconceptions(path, recipes)
    if markdown:
        typer.echo(as_markdown((*CATALOGUE, *own)))
        return 0
    _print(CATALOGUE, "")
    if path is not None:
        if own:
            _print(own, f" · {path}")
            for entry in own:
                if same := [known for known in same_as(entry, (*CATALOGUE, *own), recipes) if known != entry.id]:
                    typer.echo(
                        f"\nNote: {entry.id} gives the same numbers as {', '.join(same)}: both will be named.", err=True
                    )
            number = "1 entry" if len(own) == 1 else f"{len(own)} entries"
            typer.echo(f"\n{path}: {number} of your own, checked against the right formulas on random draws.")
        else:
            typer.echo(f"\n{path} holds none of your own yet.")
    return 0


def as_markdown(entries: Sequence[Misconception]) -> str:
    """The entries as Markdown, a heading and a table for each role; docs/misconceptions.md holds the built-in ones."""
    parts = []
    for role, heading in HEADINGS.items():
        rows = [f"| `{one.id}` | {one.student} | {in_letters(one.instructor)} |" for one in entries if one.role == role]
        if rows:
            head = ["| id | to the student | to the instructor |", "|---|---|---|"]
            parts.append("\n".join([f"### {heading}", "", *head, *rows]))
    return "\n\n".join(parts)


def _recipes(folder: Path) -> list[Recipe]:
    from grader.assignments import assignment as assignments
    from question_bank.questions.recipe import load_recipe

    if not (folder / assignments.FILE_NAME).exists():
        return []
    assignment = assignments.load_assignment(folder)
    return [
        load_recipe(name, folder) for name in dict.fromkeys(part.recipe for part in assignment.questions if part.recipe)
    ]


def _print(entries: Sequence[Misconception], origin: str) -> None:
    from rich import box
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    console = Console(highlight=False, width=_WIDTH)
    widest = max((len(entry.id) for entry in entries), default=0)
    for role in RECORDED_ROLES:
        table = Table(box=box.SIMPLE, width=_WIDTH, show_edge=False, pad_edge=False, padding=(0, 1), show_header=False)
        table.add_column("id", no_wrap=widest <= _WIDTH // 2, overflow="fold", width=min(widest, _WIDTH // 2))
        table.add_column("to the student", ratio=1)
        for entry in entries:
            if entry.role == role:
                table.add_row(Text(entry.id), Text(entry.student))
        if table.row_count:
            console.print()
            console.print(Text(HEADINGS[role] + origin, style="bold"))
            console.print(table)
