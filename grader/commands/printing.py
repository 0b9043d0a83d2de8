"""The commands' way to the sheets, which are imported only when something is to be printed."""

from __future__ import annotations

import importlib
import importlib.util
from pathlib import Path
from typing import Any

from question_bank.errors import GradpathError
from question_bank.question import Question


def sheets_module() -> Any:
    """The package that makes PDFs; raises GradpathError where it is not installed."""
    if importlib.util.find_spec("grader.sheets") is None:
        raise GradpathError("sheets are not part of this build")
    return importlib.import_module("grader.sheets")


def write_worked_solution(question: Question, title: str, path: Path) -> None:
    """The worked solution of one question as a PDF."""
    from grader.files import replacing

    pdf = sheets_module().worked_solution(question, title=title)
    with replacing(path) as file:
        file.write(pdf)
