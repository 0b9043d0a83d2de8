"""Exported notebooks with many students' answers, executed and scored by nbgrader's and Otter's own functions.

Runs in .venv-notebooks. A kernel is started once: every notebook sets all of its variables anew. From the standard
input come a folder, in whose numbered folders both exports of a question lie, and of each student the question's number
and the answers, variable → text of Python; the points go out.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import nbformat
from IPython.core.interactiveshell import InteractiveShell
from nbclient import NotebookClient
from nbgrader.utils import determine_grade, is_grade
from otter.test_files.exception_test import ExceptionTestFile

Answers = Mapping[str, str]
Student = tuple[int, Answers]


def main() -> None:
    """Points by both programs."""
    asked = json.load(sys.stdin)
    folder = Path(asked["folder"])
    print(json.dumps({name: list(by(folder, asked["answers"])) for name, by in PROGRAMS.items()}))


def _by_nbgrader(folder: Path, students: Sequence[Student]) -> Iterator[float]:
    beside = {"metadata": {"path": str(folder / f"{students[0][0]}" / "nbgrader")}}
    client = NotebookClient(_filled_in(folder, "nbgrader", students[0]), timeout=120, resources=beside)
    with client.setup_kernel():
        for one in students:
            client.nb = notebook = _filled_in(folder, "nbgrader", one)
            for number, cell in enumerate(notebook.cells):
                client.execute_cell(cell, number)
            yield sum(determine_grade(cell)[0] for cell in notebook.cells if is_grade(cell))


def _by_otter(folder: Path, students: Sequence[Student]) -> Iterator[float]:
    shell = InteractiveShell.instance()
    for one in students:
        beside = folder / f"{one[0]}" / "otter"
        os.chdir(beside)
        shell.reset()
        for cell in _filled_in(folder, "otter", one).cells:
            if cell.cell_type == "code":
                said = sys.stdout
                sys.stdout = sys.stderr  # what a cell prints is no answer
                shell.run_cell(cell.source).raise_error()
                sys.stdout = said
        tests = ExceptionTestFile.from_file(str(beside / "tests" / "gradpath.py"))
        tests.run(dict(shell.user_ns))
        yield tests.score


PROGRAMS = {"nbgrader": _by_nbgrader, "otter": _by_otter}


def _filled_in(folder: Path, program: str, student: Student) -> Any:
    """The notebook as a student leaves it."""
    number, answers = student
    notebook = nbformat.reads((folder / f"{number}" / program / "q.ipynb").read_text("utf-8"), 4)
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.source = "\n".join(_with_answer(line, answers) for line in cell.source.split("\n"))
    return notebook


def _with_answer(line: str, answers: Answers) -> str:
    name, is_blank, _ = line.partition(" = None")
    return f"{name} = {answers[name]}" if is_blank and name in answers else line


if __name__ == "__main__":
    main()
