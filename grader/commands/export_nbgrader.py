"""`gradpath export nbgrader`: an assignment's notebook whose hidden tests call gradpath's marking."""

from __future__ import annotations

from pathlib import Path

import typer

from grader.commands.export_notebooks import LOSES, Folder, write
from grader.commands.export_pool import RecipeName, Seed, pool


def command(recipe: RecipeName, to: Folder = None, seed: Seed = 0) -> None:
    """Write an assignment's notebook for nbgrader's `source` folder, with hidden tests, and the marking beside it."""
    from grader.exchange.notebooks import PACKAGE, nbgrader_notebook, package_archive

    made = pool(recipe, 1, seed, None)
    to = to or Path(f"{made.stem}-notebook")
    write(to / f"{made.stem}.ipynb", nbgrader_notebook(made.variants[0], made.questions[0]).encode())
    write(to / PACKAGE, package_archive(), private=False)
    typer.echo("Put both into source/ASSIGNMENT of the course, then: nbgrader generate_assignment ASSIGNMENT")
    typer.echo(f"nbgrader {LOSES}")
