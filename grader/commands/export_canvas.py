"""`gradpath export canvas`: variants of a recipe as quizzes for Canvas."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from grader.commands.export_pool import PoolLanguage, RecipeName, Seed, pool, say_of_pool


def command(
    recipe: RecipeName,
    to: Annotated[
        Path | None, typer.Argument(metavar="[FILE]", help="Where to; RECIPE-canvas.zip without.", show_default=False)
    ] = None,
    variants: Annotated[int, typer.Option(min=1, max=1000, help="Quizzes, each with other numbers.")] = 5,
    seed: Seed = 0,
    language: PoolLanguage = "en",
) -> None:
    """Write variants of a recipe as quizzes in QTI 1.2, to be imported into Canvas (Classic Quizzes).

    Canvas marks every box by its certified range; where its page would round answers away, a finer unit is asked for.
    """
    from grader.exchange.canvas_quiz import accepted_by_canvas, write_quizzes
    from grader.files.files import replacing
    from question_bank.language.spoken import require_language, speaking

    require_language(language)
    with speaking(language):
        made = pool(recipe, variants, seed, accepted_by_canvas)
        to = to or Path(f"{made.stem}-canvas.zip")
        with replacing(to, private=True) as file:
            write_quizzes(file, made.stem, made.variants)
    say_of_pool(made, to, to.stat().st_size)
    typer.echo(
        "Canvas loses: whose a variant is, follow-through, the names of mistakes, values cut off or rounded early, and "
        "columns in another order. It keeps: the ranges of right answers."
    )
