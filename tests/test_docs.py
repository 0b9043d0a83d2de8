"""What the documentation says is what the program does."""

import doctest
from pathlib import Path

import pytest
from typer.main import get_command

from grader.commands import app
from question_bank.questions.rubric_part import LatePart, RubricPart

ROOT = Path(__file__).resolve().parents[1]
PAGES = sorted((ROOT / "docs").glob("*.md"))

checkout_only = pytest.mark.skipif(not PAGES, reason="an installation carries no docs/")


def test_the_readme_shows_every_command():
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    commands = list(get_command(app).commands)  # type: ignore[attr-defined]
    assert commands
    assert [name for name in commands if f"gradpath {name}" not in readme] == []


@checkout_only
@pytest.mark.parametrize("page", PAGES or [ROOT], ids=lambda page: page.stem)
def test_the_examples_in_the_documentation_run(page):
    found = doctest.testfile(str(page), module_relative=False, encoding="utf-8")
    assert found.attempted > 0
    assert found.failed == 0


@checkout_only
@pytest.mark.parametrize("table", [RubricPart, LatePart])
def test_every_key_of_a_rubric_is_documented(table):
    page = (ROOT / "docs" / "marking.md").read_text(encoding="utf-8")
    assert [key for key in table.model_fields if f"| `{key}` |" not in page] == []
