"""Every recipe's sheet: nothing runs over anything else, and stamping looks like laying out."""

from __future__ import annotations

import shutil
from functools import cache
from pathlib import Path
from typing import Literal

import pytest

from grader.sheets import Printer, Sheet
from grader.sheets.printer import Typeset
from question_bank.recipe import load_recipe, recipe_names
from tests.grader.sheets.pictures import SAME, Word, compared, words_of
from tests.grader.sheets.samples import make_question, make_sheet

needs_poppler = pytest.mark.skipif(shutil.which("pdftoppm") is None, reason="poppler-utils is not installed")
MARGIN = 17 * 72 / 25.4
PRINTER = Printer()


@cache
def sheet_of(recipe: str, paths: Literal["given", "find"], paper: str = "A4") -> Sheet:
    """A sheet that asks for the updated value of the recipe's first parameter."""
    kind = load_recipe(recipe)
    parameter = kind.parameters()[0]
    question = make_question(kind.architecture, parameter, kind.derivation(parameter, "updated", paths).layout)
    return make_sheet(question, paper=paper)


def runs_over(word: Word, made: Typeset) -> list[str]:
    """The boxes that a word's middle line runs over."""
    return [
        name
        for name, box in made.boxes.items()
        if box.page == word.page
        and word.left < box.right - 1
        and word.right > box.left + 1
        and box.bottom + 1 < word.middle < box.top - 1
    ]


@needs_poppler
@pytest.mark.parametrize("recipe", recipe_names())
@pytest.mark.parametrize("paths", ["given", "find"])
def test_nothing_runs_over_a_box_or_into_the_margin(
    tmp_path: Path, recipe: str, paths: Literal["given", "find"]
) -> None:
    sheet = sheet_of(recipe, paths)
    made = PRINTER.layout(sheet, sheet.questions[0])
    words = words_of(PRINTER.student(sheet), tmp_path)
    assert len(words) > 60
    for word in words:
        assert not runs_over(word, made), word
        assert MARGIN < word.left < word.right < made.layout.width - MARGIN, word


@needs_poppler
@pytest.mark.parametrize("recipe", recipe_names())
def test_words_on_a_line_stand_apart(tmp_path: Path, recipe: str) -> None:
    """No column of the page runs into the one beside it."""
    words = words_of(PRINTER.student(sheet_of(recipe, "given")), tmp_path)
    for n, one in enumerate(words):
        for other in words[n + 1 :]:
            same_line = one.page == other.page and abs(one.middle - other.middle) < 2
            assert not (same_line and one.left < other.right - 1 and other.left < one.right - 1), (one, other)


@needs_poppler
@pytest.mark.parametrize("recipe", recipe_names())
def test_a_recipes_stamped_sheet_looks_like_one_laid_out_whole(tmp_path: Path, recipe: str) -> None:
    assert compared(PRINTER, sheet_of(recipe, "given"), tmp_path) < SAME


@pytest.mark.parametrize("recipe", recipe_names())
@pytest.mark.parametrize("paper", ["A4", "Letter"])
def test_a_question_takes_one_page_where_it_can(recipe: str, paper: str) -> None:
    """33 boxes of 8 mm and a drawing do not fit."""
    sheet = sheet_of(recipe, "given", paper)
    assert PRINTER.layout(sheet, sheet.questions[0]).pages == (2 if recipe == "deep" else 1)


def test_the_check_finds_words_over_a_box() -> None:
    sheet = sheet_of("first", "given")
    made = PRINTER.layout(sheet, sheet.questions[0])
    box = made.boxes["gradient"]
    assert runs_over(Word("x", box.page, box.left - 9, (box.bottom + box.top) / 2, box.left + 9), made) == ["gradient"]
