"""`gradpath recipe new`: five questions, and a recipe that works at once."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Literal, TypeVar

import typer

from grader.assignments.editor_schema import write_editor_schemas
from grader.commands.progress import counted
from grader.files.files import create_text
from grader.files.safe_names import command_line
from question_bank.errors import InputError
from question_bank.networks.losses import LOSSES
from question_bank.questions.new_recipe import RecipeAnswers, functions_of, new_recipe, sizes_of, usual_loss

_Value = TypeVar("_Value")
Forward = Literal["given", "asked"]


def recipe_new(
    file: Path | None,
    *,
    title: str | None,
    sizes: str | None,
    functions: str | None,
    loss: str | None,
    forward: Forward | None,
    defaults: bool,
) -> int:
    """Ask what the options leave open, choose numbers that work, and write a commented file."""
    if file is not None:
        _require_new(file)

    def answer(question: str, given: str | None, usual: str, read: Callable[[str], _Value], option: str) -> _Value:
        if given is not None or defaults:
            try:
                return read(usual if given is None else given)
            except InputError as error:
                raise error.at(place=option) from error
        return _asked(question, usual, read)

    named = file.stem.replace("-", " ").capitalize() if file else "One of my own"
    chosen_title = answer("Title", title, named, _title, "--title")
    layers = answer("Units of each layer, the inputs first", sizes, "2-2-1", sizes_of, "--sizes")
    used = answer(
        "Functions of the layers after the inputs: one for all, or one for each",
        functions,
        "sigmoid",
        lambda text: functions_of(text, len(layers) - 1),
        "--functions",
    )

    def fitting(text: str) -> str:
        RecipeAnswers(chosen_title, layers, used, text)
        return text

    chosen_loss = answer(f"Loss ({', '.join(LOSSES)})", loss, usual_loss(used), fitting, "--loss")
    asked = answer(
        "Asked: one weight with the forward values given, or asked as well", forward, "given", _forward, "--forward"
    )
    answers = RecipeAnswers(chosen_title, layers, used, chosen_loss, asked)
    path = file or Path(_file_name(chosen_title))
    _require_new(path)
    text, recipe, trial = new_recipe(answers)
    write_editor_schemas(path.parent, "recipe")
    if not create_text(path, text):
        _require_new(path)
    typer.echo(f"Wrote {path}: {recipe.most_slots()} boxes, {counted(answers.paths, 'path')}")
    if not trial.certified:
        typer.echo(
            "Note: none of the draws that were tried can be used; `gradpath check` says what to change.", err=True
        )
    typer.echo(f"Edit it, then run: {command_line('check', path)} or {command_line('preview', path)}")
    return 0


def _asked(question: str, usual: str, read: Callable[[str], _Value]) -> _Value:
    """The answer at the terminal, asked again until it can be read."""
    while True:
        text = typer.prompt(question, default=usual)
        try:
            return read(str(text).strip())
        except InputError as error:
            typer.echo(f"  {error}", err=True)


def _require_new(path: Path) -> None:
    if path.suffix != ".toml":
        raise InputError("the name of a recipe's file", file=str(path), expected="a name that ends in .toml")
    if path.exists():
        raise InputError("there is a file already", file=str(path), remedy="give another name, or take it away")


def _title(text: str) -> str:
    if not text.strip() or not text.isprintable():
        raise InputError(repr(text), expected="one line of text")
    return text.strip()


def _forward(text: str) -> Forward:
    known: dict[str, Forward] = {"given": "given", "asked": "asked"}
    if text in known:
        return known[text]
    raise InputError(repr(text), expected="given or asked")


def _file_name(title: str) -> str:
    """A file's name made of a title.

    >>> _file_name("ReLU, two paths")
    'relu-two-paths.toml'
    """
    return (re.sub(r"[^a-z0-9]+", "-", title.casefold()).strip("-")[:60] or "recipe") + ".toml"
