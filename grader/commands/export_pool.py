"""Variants of a recipe for a platform that draws one at random for each student."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from question_bank.errors import InputError

if TYPE_CHECKING:
    from grader.exchange.linter import Accepts, Refusal
    from grader.exchange.question_html import Variant
    from question_bank.questions.question import Question

RecipeName = Annotated[str, typer.Argument(metavar="RECIPE", help="A recipe: its name or its file.")]
Seed = Annotated[int, typer.Option(min=0, help="Another seed, other numbers.")]
PoolLanguage = Annotated[str, typer.Option(metavar="CODE", help="Another language, such as de.")]
"""Of every command that writes a pool."""

_MOST_REFUSED = 10
"""Draws for a variant, of which all but one may be such as the platform would mark wrong."""


@dataclass(frozen=True, slots=True)
class PoolOfVariants:
    """The variants, what their files are called, and how many draws the platform could not have marked."""

    stem: str
    title: str
    category: str
    variants: list[Variant]
    questions: list[Question]
    refused: int


def pool(
    recipe: str, count: int, seed: int, accepts: Accepts | None, *, forms: Literal["mixed", "same"] = "mixed"
) -> PoolOfVariants:
    """So many variants that the platform marks as it should; any, where `accepts` is None and gradpath marks there.

    Raises InputError where hardly any can be had, with the reason.
    """
    from grader.exchange.boxes import range_boxes
    from grader.exchange.linter import refusals
    from grader.exchange.question_html import Variant
    from grader.files.safe_names import file_name
    from grader.sheets.export.targets import svg
    from grader.sheets.export.written import WrittenOut
    from question_bank.language.words import _
    from question_bank.questions.draws import draw
    from question_bank.questions.recipe import load_recipe

    described = load_recipe(recipe)
    stem, title = file_name(Path(recipe).stem), _(described.title)
    variants: list[Variant] = []
    kept: list[Question] = []
    begun = refused = 0
    last: list[Refusal] = []
    while len(variants) < count:
        wanted = count - len(variants)
        keys = [b"pool %d %d" % (seed, begun + number) for number in range(wanted)]
        begun += wanted
        questions = draw(described, keys, quantity=described.usually_asked, forms=forms, name=recipe)
        if questions[0].derivation.layout.paths == "find":
            raise InputError(
                "paths are to be found: which column holds which path is the student's choice",
                file=recipe,
                remedy="choose a recipe with its paths given",
            )
        for question, boxes in zip(questions, range_boxes(questions), strict=True):
            found = [] if accepts is None else list(refusals(boxes.values(), accepts))
            if found:
                refused, last = refused + 1, found
                continue
            with question.derivation.naming():
                written = WrittenOut(question, title)
                number = len(variants) + 1
                kept.append(question)
                variants.append(
                    Variant(f"{title}, {number}", f"gradpath-{stem[:60]}-{seed}-{number}", written, boxes, svg(written))
                )
        if refused > _MOST_REFUSED * count:
            raise _refused(recipe, last)
    return PoolOfVariants(stem, title, f"gradpath/{title.replace('/', '//')} {seed}", variants, kept, refused)


def _refused(recipe: str, last: list[Refusal]) -> InputError:
    slots = "; ".join(f"{each.slot}: {each.found}" for each in last[:3])
    return InputError(
        f"an honest student would be marked wrong there ({slots}{' …' if last[3:] else ''})",
        file=recipe,
        remedy=last[0].way_out,
    )


def say_of_pool(made: PoolOfVariants, to: Path, size: int) -> None:
    """What was written, and what was left out."""
    boxes = len(made.variants[0].boxes)
    typer.echo(f"Wrote {to}: {len(made.variants)} variants of {boxes} boxes, {size / 1e6:.1f} MB")
    if made.refused:
        typer.echo(
            f"Note: {made.refused} other draws were passed over: a right answer would be marked wrong there.", err=True
        )
