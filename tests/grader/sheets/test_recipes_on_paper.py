"""Every recipe's sheet: nothing runs over anything else, and stamping looks like laying out."""

from __future__ import annotations

import math
import shutil
from functools import cache
from pathlib import Path
from typing import Literal

import numpy as np
import pytest
from PIL import Image, ImageFilter

from grader.sheets import Printer, Sheet
from grader.sheets.drawing import Edge, natural_height
from grader.sheets.layout import page_of
from grader.sheets.printer import Typeset
from question_bank.recipe import load_recipe, recipe_names
from tests.grader.sheets.pictures import SAME, Word, compared, pictures, words_of
from tests.grader.sheets.samples import make_question, make_sheet

needs_poppler = pytest.mark.skipif(shutil.which("pdftoppm") is None, reason="poppler-utils is not installed")
POINT = 25.4 / 72
MARGIN = 15.9 / POINT
"""The page's are 16 mm."""
PRINTER = Printer()


@cache
def sheet_of(recipe: str, paths: Literal["given", "find"], paper: str = "A4") -> Sheet:
    """A sheet that asks for the updated value of the recipe's first parameter."""
    kind = load_recipe(recipe)
    parameter = kind.parameters()[0]
    question = make_question(kind.architecture, parameter, kind.derivation(parameter, "updated", paths).layout)
    return make_sheet(question, paper=paper)


def foot_or_running_head(word: Word, made: Typeset) -> bool:
    """What stands in the margins: page and sheet id below, on a second page the question's number above."""
    return abs(word.middle - 9.5 / POINT) < 4 or (word.page > 0 and word.middle > made.layout.height - MARGIN)


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
    words = [word for word in words if not foot_or_running_head(word, made)]
    for word in words:
        assert not runs_over(word, made), word
        assert MARGIN < word.left < word.right < made.layout.width - MARGIN, word
        assert MARGIN < word.middle < made.layout.height - MARGIN, word


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


@needs_poppler
def test_a_compact_stamped_sheet_looks_like_one_laid_out_whole(tmp_path: Path) -> None:
    sheet = sheet_of("textbook", "find", "Letter")
    assert PRINTER.layout(sheet, sheet.questions[0]).fit.compact
    assert compared(PRINTER, sheet, tmp_path) < SAME


@pytest.mark.parametrize("recipe", recipe_names())
@pytest.mark.parametrize("paper", ["A4", "Letter"])
@pytest.mark.parametrize("paths", ["given", "find"])
def test_a_question_takes_one_page_where_it_can(recipe: str, paper: str, paths: Literal["given", "find"]) -> None:
    """Its drawing stays as high as it should be; 33 boxes of 8 mm and a drawing do not fit."""
    sheet = sheet_of(recipe, paths, paper)
    made = PRINTER.layout(sheet, sheet.questions[0])
    assert made.pages == (2 if recipe == "deep" else 1)
    natural = natural_height(sheet.questions[0].question.derivation.architecture)
    assert made.fit.height >= min(natural, 53.0 if recipe == "deep" else 55.0)


@needs_poppler
@pytest.mark.parametrize("paper", ["A4", "Letter"])
@pytest.mark.parametrize("paths", ["given", "find"])
def test_a_second_page_has_all_that_its_paths_need(tmp_path: Path, paper: str, paths: Literal["given", "find"]) -> None:
    """The paths are together on it, and so are the drawing with its numbers, the targets and the learning rate."""
    sheet = sheet_of("deep", paths, paper)
    made = PRINTER.layout(sheet, sheet.questions[0])
    assert {box.page for box in made.boxes.values()} == {1}
    assert made.layout.marks["drawing2"].page == 1
    words = [word for word in words_of(PRINTER.student(sheet), tmp_path) if word.page == 1]
    assert {"continued", "Round"} <= {word.text for word in words}
    placed = (*made.layout.numbers, *made.labels)
    shown = {place.number.id.partition(":")[2] for place in placed if place.page == 1}
    # A unit's weighted sum stands on the first page only: its slope is worked out from its output.
    assert {key for key in made.key.derivation.givens if not key.startswith("a")} <= shown
    assert not any(runs_over(word, made) for word in words)


def test_the_check_finds_words_over_a_box() -> None:
    sheet = sheet_of("first", "given")
    made = PRINTER.layout(sheet, sheet.questions[0])
    box = made.boxes["gradient"]
    assert runs_over(Word("x", box.page, box.left - 9, (box.bottom + box.top) / 2, box.left + 9), made) == ["gradient"]


@needs_poppler
@pytest.mark.parametrize("recipe", ["two-paths-given", "textbook"])
def test_a_photocopy_in_black_and_white_keeps_every_edge(tmp_path: Path, recipe: str) -> None:
    """A little blurred, then all lighter than half lost: thin edges are still there, heavy ones still heavier."""
    sheet = sheet_of(recipe, "given")
    made = PRINTER.layout(sheet, sheet.questions[0])
    dots = 200
    grey = Image.fromarray(pictures(PRINTER.student(sheet), tmp_path, "copy", dots)[0].astype("uint8"))
    black = np.asarray(grey.filter(ImageFilter.GaussianBlur(0.7))) < 128
    place, page = made.layout.marks["drawing"], page_of(made.key, made.fit)
    scale = dots / 25.4
    left, top = place.left * POINT, (made.layout.height - place.top) * POINT

    def thickness(edge: Edge, t: float) -> float:
        """Millimetres of black across an edge."""
        x, y = edge.at(t)
        length = math.hypot(edge.x2 - edge.x1, edge.y2 - edge.y1)
        across = [n / 20 for n in range(-16, 17)]
        nx, ny = (edge.y1 - edge.y2) / length, (edge.x2 - edge.x1) / length
        found = [black[int((top + y + k * ny) * scale), int((left + x + k * nx) * scale)] for k in across]
        return sum(found) / 20

    thick: dict[str, list[float]] = {"thin": [], "heavy": [], "asked": []}
    for edge in page.drawing.edges:
        kind = "asked" if edge.asked else "heavy" if edge.heavy else "thin"
        # Labels and crossings are passed over: most of an edge has neither.
        thick[kind].append(float(np.median([thickness(edge, n / 40) for n in range(2, 39)])))
    assert min(thick["thin"]) > 0.05
    assert min(thick["heavy"]) > 1.8 * max(thick["thin"])
    assert min(thick["asked"]) > 1.3 * max(thick["heavy"])
