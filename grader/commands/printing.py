"""The commands' way to the sheets, which are imported only when something is to be printed."""

from __future__ import annotations

import importlib
import importlib.util
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import typer

from grader.assignment import Made
from question_bank.errors import GradpathError
from question_bank.question import Question


def sheets_installed() -> bool:
    """Whether this build can make PDFs."""
    found = importlib.util.find_spec("grader.sheets")
    return found is not None and found.origin is not None


def sheets_module() -> Any:
    """The package that makes PDFs; raises GradpathError where it is not installed."""
    if not sheets_installed():
        raise GradpathError("sheets are not part of this build")
    return importlib.import_module("grader.sheets")


def write_worked_solution(question: Question, title: str, path: Path) -> None:
    """The worked solution of one question as a PDF."""
    from grader.files import replacing

    pdf = sheets_module().worked_solution(question, title=title)
    with replacing(path) as file:
        file.write(pdf)


def print_sheets(folder: Path, made: Made, names: Mapping[str, str], *, redraw: bool) -> None:
    """The sheets that are missing, the printer's file and the key; one line says where, or that there are none."""
    if not sheets_installed():
        typer.echo("sheets are not part of this build")
