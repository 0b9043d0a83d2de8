"""`gradpath export prairielearn`: a question for PrairieLearn, marked there by gradpath's own marking."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from grader.commands.export_pool import RecipeName, Seed, pool


def command(
    recipe: RecipeName,
    to: Annotated[
        Path | None, typer.Argument(metavar="[FOLDER]", help="The course's folder; RECIPE-prairielearn without.")
    ] = None,
    variants: Annotated[int, typer.Option(min=1, max=1000, help="Certified variants to draw from.")] = 50,
    seed: Seed = 0,
) -> None:
    """Write a question with its variants into a PrairieLearn course, and the marking into the course's server files.

    PrairieLearn draws a variant by its own seed. Marks are given box by box, with follow-through.
    """
    from grader.exchange.prairielearn import course_files
    from grader.files.files import write_text

    made = pool(recipe, variants, seed, None, forms="same")
    to = to or Path(f"{made.stem}-prairielearn")
    size = 0
    for name, text in course_files(made.stem, made.title, seed, made.variants, made.questions):
        write_text(to / name, text)
        size += len(text.encode())
    typer.echo(f"Wrote {to}: {len(made.variants)} variants of {len(made.variants[0].boxes)} boxes, {size / 1e6:.1f} MB")
    typer.echo(
        "PrairieLearn loses: whose a sheet is (it draws by its own seed), classmates' numbers, lateness, and languages "
        "other than English. It keeps: follow-through, the names of mistakes, values cut off, columns in another order."
    )
