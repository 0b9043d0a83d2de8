"""`gradpath export moodle`: a pool of questions for Moodle's question bank."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from grader.commands.export_pool import PoolLanguage, RecipeName, Seed, pool, say_of_pool


def command(
    recipe: RecipeName,
    to: Annotated[
        Path | None, typer.Argument(metavar="[FILE]", help="Where to; RECIPE-moodle.xml without.", show_default=False)
    ] = None,
    variants: Annotated[int, typer.Option(min=1, max=1000, help="Questions in the pool.")] = 20,
    numerical: Annotated[
        bool, typer.Option("--numerical", help="A numerical question a box, not one cloze question a variant.")
    ] = False,
    seed: Seed = 0,
    language: PoolLanguage = "en",
) -> None:
    """Write a pool of variants of a recipe as Moodle XML, to be imported into the question bank.

    A quiz draws a variant at random for each student. Moodle marks every box by its certified range.
    """
    from grader.exchange.moodle_quiz import accepted_by_moodle, cloze_xml, numerical_xml
    from grader.files.files import replacing
    from question_bank.language.spoken import require_language, speaking

    require_language(language)
    with speaking(language):
        made = pool(recipe, variants, seed, accepted_by_moodle)
        written = (numerical_xml if numerical else cloze_xml)(made.category, made.variants, ("gradpath",))
    to = to or Path(f"{made.stem}-moodle.xml")
    with replacing(to, private=True) as file:
        file.write(written)
    say_of_pool(made, to, len(written))
    typer.echo(
        "Moodle loses: whose a variant is, follow-through, values cut off or rounded early, and columns in another "
        "order. It keeps: the ranges of right answers, and the names of mistakes over right numbers."
    )
