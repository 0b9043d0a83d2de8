"""`gradpath bank`: the recipes as a list, one of them in full, or all of them as an illustrated catalogue."""

from __future__ import annotations

import json
from collections.abc import Sequence
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from grader.commands.languages import note_begun
from grader.commands.progress import bar, counted
from grader.files.files import replacing
from question_bank.errors import InputError
from question_bank.questions.about import About, the_bank
from question_bank.questions.draws import draw
from question_bank.questions.recipe import load_recipe

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    from grader.sheets.printing.catalogue import CatalogueEntry
    from question_bank.questions.question import Question

WIDEST = 120
_PLAIN = 80
_KEY = b"gradpath bank"
"""What an example is drawn from: the same one every time."""


def bank(
    name: str | None,
    *,
    practises: Sequence[str],
    minutes: int | None,
    calculator: str | None,
    chapter: str | None,
    pdf: Path | None,
    as_json: bool,
    language: str | None = None,
    notation: str | None = None,
) -> int:
    """List the recipes that fit, show the one named, or write the catalogue of those that fit.

    A catalogue is in a `language` and a `notation`; what is said on the terminal is in neither.
    """
    every = the_bank()
    if pdf is None and (language or notation):
        raise InputError("--language or --notation without --pdf", expected="a catalogue to write: --pdf FILE")
    if name is not None:
        if practises or minutes is not None or calculator or chapter or pdf or as_json:
            raise InputError(f"{name} beside a filter", expected="one recipe to show, or filters to list by")
        return _show(name, every)
    some = [one for one in every if _fits(one, practises, minutes, _yes_or_no(calculator), chapter)]
    if not some:
        typer.echo(f"None of the {len(every)} recipes fits. Without filters all are listed.", err=True)
        return 1
    if as_json:
        typer.echo(json.dumps([_as_table(one) for one in some], indent=2, ensure_ascii=False))
    elif pdf is None:
        _list(some, len(every))
    if pdf is not None:
        _write_catalogue(some, every, pdf, language, notation)
    return 0


def example_of(one: About) -> Question:
    """The certified question that shows what a recipe is like."""
    return draw(one.recipe, [_KEY], quantity=one.recipe.usually_asked, forms="same", name=one.name)[0]


def _yes_or_no(text: str | None) -> bool | None:
    if text is None:
        return None
    if text.casefold() not in ("yes", "no"):
        raise InputError(repr(text), place="--calculator", expected="yes or no")
    return text.casefold() == "yes"


def _fits(
    one: About, practises: Sequence[str], minutes: int | None, calculator: bool | None, chapter: str | None
) -> bool:
    return (
        all(one.practises(words) for words in practises)
        and (minutes is None or one.recipe.minutes <= minutes)
        and (calculator is None or one.calculator is calculator)
        and (chapter is None or chapter.casefold() in one.recipe.chapter.casefold())
    )


def _as_table(one: About) -> dict[str, object]:
    recipe = one.recipe
    return {
        "name": one.name,
        "title": recipe.title,
        "description": recipe.description,
        "chapter": recipe.chapter,
        "practises": recipe.practises,
        "prerequisites": recipe.prerequisites,
        "functions": one.functions,
        "loss": one.loss,
        "slots": one.boxes,
        "minutes": recipe.minutes,
        "calculator": one.calculator,
        "switches": recipe.switches,
    }


def console_and_width() -> tuple[Console, int]:
    """A console to print to, and how wide lines may be on it."""
    from rich.console import Console

    console = Console(highlight=False)
    width = min(WIDEST, console.width) if console.is_terminal else _PLAIN
    return Console(highlight=False, width=width), width


def _list(some: Sequence[About], of: int) -> None:
    from rich.text import Text

    console, _width = console_and_width()
    widest = max(len(one.name) for one in some)
    for chapter, recipes in groupby(some, lambda one: one.recipe.chapter):
        console.print(Text(chapter or "Without a chapter", style="bold"))
        print_table(console, _chapter(list(recipes), widest, by_hand=not all(one.calculator for one in some)))
        console.print()
    shown = counted(len(some), "recipe") if len(some) == of else f"{len(some)} of {counted(of, 'recipe')}"
    console.print(f"{shown}. gradpath bank RECIPE shows one with an example, worked.")


def print_table(console: Console, table: Table | Text) -> None:
    """Print a table or a text without the blanks that fill its lines up."""
    with console.capture() as captured:
        console.print(table)
    typer.echo("\n".join(line.rstrip() for line in captured.get().splitlines()))


def _chapter(recipes: Sequence[About], widest: int, *, by_hand: bool) -> Table:
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, show_header=False, padding=(0, 2, 0, 0), pad_edge=False)
    table.add_column("recipe", width=widest + 2, no_wrap=True)
    table.add_column("minutes", justify="right", width=6, no_wrap=True)
    table.add_column("boxes", justify="right", width=8, no_wrap=True)
    if by_hand:
        table.add_column("by hand", width=7, no_wrap=True)
    table.add_column("what it is", ratio=1)
    for one in recipes:
        recipe = one.recipe
        what = Text(recipe.title)
        if recipe.practises:
            what.append(f"\n{', '.join(recipe.practises)}", style="dim")
        if recipe.prerequisites:
            what.append(f"\nafter {', '.join(recipe.prerequisites)}", style="dim")
        boxes = "1 box" if one.boxes == 1 else f"{one.boxes} boxes"
        hand = [Text("" if one.calculator else "by hand")] if by_hand else []
        table.add_row(Text(f"  {one.name}"), f"{recipe.minutes} min", boxes, *hand, what)
    return table


def _show(name: str, every: Sequence[About]) -> int:
    from rich.table import Table
    from rich.text import Text

    from grader.commands.worked_text import worked_lines

    one = About.of(name, load_recipe(name))
    console, width = console_and_width()
    console.print(Text(f"{one.recipe.title} ({name})", style="bold"))
    print_table(console, Text(one.recipe.description))
    console.print()
    facts = Table(box=None, show_header=False, padding=(0, 2, 0, 0), pad_edge=False)
    facts.add_column("fact", no_wrap=True)
    facts.add_column("what it is", ratio=1)
    chapter = [("chapter", one.recipe.chapter)] if one.recipe.chapter else []
    for heading, text in (*chapter, *one.facts(every)):
        facts.add_row(Text(heading, style="bold"), Text(text))
    print_table(console, facts)
    console.print()
    for line in worked_lines(example_of(one), ranged=True, title="an example", width=min(width, 100)):
        console.print(Text(line.text, style="bold" if line.heading else ""), soft_wrap=True)
    return 0


def _write_catalogue(
    some: Sequence[About], every: Sequence[About], path: Path, code: str | None, notation: str | None
) -> None:
    from grader.files.files import require_pdf_name
    from grader.sheets import Printer
    from question_bank.language.spoken import require_language, speaking
    from question_bank.language.words import ENGLISH_CODE
    from question_bank.networks.lettering import in_notation
    from question_bank.questions.notation_part import notation_of, require_unlike_names

    require_pdf_name(path)
    code = code or ENGLISH_CODE
    note_begun(require_language(code))
    letters = notation_of(notation)
    entries = []
    with bar("drawing examples", len(some)) as progress, speaking(code), in_notation(letters):
        for one in some:
            entries.append(_entry(one, every))
            require_unlike_names(letters, entries[-1].question.derivation)
            progress(1)
    with speaking(code), in_notation(letters), replacing(path) as file:
        pages = Printer().write_catalogue_to(entries, file)
    typer.echo(f"Wrote {path}: {counted(len(some), 'recipe')} on {counted(pages, 'page')}")


def _entry(one: About, every: Sequence[About]) -> CatalogueEntry:
    """What a catalogue says of a recipe."""
    from grader.sheets.printing.catalogue import CatalogueEntry
    from question_bank.language.words import _, pgettext
    from question_bank.networks.notation import plain_name

    recipe = one.recipe
    return CatalogueEntry(
        name=one.name,
        title=_(recipe.title),
        description=_(recipe.description),
        chapter=_(recipe.chapter) if recipe.chapter else "",
        practises=", ".join(map(_, recipe.practises)),
        columns=(
            f"{one.boxes}",
            f"{recipe.minutes}",
            pgettext("is it needed?", "yes") if one.calculator else pgettext("is it needed?", "no"),
        ),
        facts=tuple(one.facts(every, named=plain_name)),
        question=example_of(one),
    )
