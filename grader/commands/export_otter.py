"""`gradpath export otter`: a notebook of a question, and hidden tests that call gradpath's marking."""

from __future__ import annotations

from pathlib import Path

import typer

from grader.commands.export_notebooks import LOSES, Folder, write
from grader.commands.export_pool import RecipeName, Seed, pool


def command(recipe: RecipeName, to: Folder = None, seed: Seed = 0) -> None:
    """Write a notebook for students, and the hidden tests and the marking for Otter's autograder."""
    from grader.exchange.notebooks import PACKAGE, otter_notebook, otter_tests, package_archive

    made = pool(recipe, 1, seed, None)
    to = to or Path(f"{made.stem}-notebook")
    (variant,), (question,) = made.variants, made.questions
    write(to / f"{made.stem}.ipynb", otter_notebook(variant).encode(), private=False)
    write(to / "tests" / "gradpath.py", otter_tests(variant, question).encode())
    write(to / PACKAGE, package_archive(), private=False)
    typer.echo(f"Then, in {to}: otter generate -t tests -o autograder.zip {PACKAGE}")
    typer.echo(f"Otter {LOSES}")
