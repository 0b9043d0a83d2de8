"""A class of twenty-four, made once: two questions, in which everybody was asked for another weight."""

from __future__ import annotations

from pathlib import Path

import pytest

from grader import report
from grader.assignments.question_set import QuestionSet
from grader.grading.grading import Graded
from tests.grader.report.classes import HOSTILE, NAMES, PROBLEMS, STEERING, made, marked, responses


@pytest.fixture(scope="session")
def handed(tmp_path_factory: pytest.TempPathFactory) -> QuestionSet:
    return made(tmp_path_factory.mktemp("class"), 24, ("chain", "two-paths"))


@pytest.fixture(scope="session")
def hostile(handed: QuestionSet) -> list[Graded]:
    """What it handed in: many mistakes, and two boxes that would harm who opens the report."""
    written = responses(handed, honest=0.2)
    one, two, *_ = (slots for (_, question), slots in written.items() if question == "q2")
    one["h1_1"], two["h1_1"] = HOSTILE, STEERING
    return marked(handed, written)


@pytest.fixture(scope="session")
def folder(handed: QuestionSet, hostile: list[Graded], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Its report."""
    folder = tmp_path_factory.mktemp("report")
    files = report.write_report(folder, handed, hostile, PROBLEMS, NAMES)
    assert [path.name for path in files] == ["class.html", "class.json", "items.csv"]
    return folder
