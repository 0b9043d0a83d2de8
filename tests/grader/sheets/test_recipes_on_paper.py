"""Every recipe's sheet: nothing runs over anything else, and stamping looks like laying out."""

from __future__ import annotations

import math
import re
import shutil
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageFilter

from grader.sheets import Printer
from grader.sheets.network_picture.shapes import Edge
from grader.sheets.typeset.layout import page_of
from question_bank.questions.recipe import load_recipe
from tests.grader.sheets.paper import POINT, check_sheet, runs_over
from tests.grader.sheets.pictures import SAME, Word, compared, pictures, text_of
from tests.grader.sheets.samples import sheet_of
from tests.recipes import recipes

needs_poppler = pytest.mark.skipif(shutil.which("pdftoppm") is None, reason="poppler-utils is not installed")
PRINTER = Printer()


@needs_poppler
@pytest.mark.parametrize("recipe", recipes())
def test_a_sheet_has_room_for_all_that_is_on_it(tmp_path: Path, recipe: str) -> None:
    """On A4, with its paths given. On Letter, with paths to be found: see test_room.py."""
    check_sheet(PRINTER, sheet_of(recipe, "given"), recipe, tmp_path)


@needs_poppler
@pytest.mark.parametrize("recipe", recipes(without=["first", "two-paths"]))
def test_a_recipes_stamped_sheet_looks_like_one_laid_out_whole(tmp_path: Path, recipe: str) -> None:
    """Also on the layout that was made for another weight of the same layer.

    `first` and `two-paths` have nothing on their sheets that no other recipe has.
    """
    kind, asked = load_recipe(recipe), [""]
    if kind.asks_for_any:
        first, *others = kind.parameters()
        alike = [parameter for parameter in others if parameter.family == first.family]
        asked = [parameter.key for parameter in (first, *alike[-1:])]
    sheets = [sheet_of(recipe, "given", parameter=parameter) for parameter in asked]
    assert len({PRINTER.layout(sheet, sheet.questions[0]).layout for sheet in sheets}) == 1
    assert compared(PRINTER, sheets[-1], tmp_path) < SAME


@needs_poppler
def test_a_paragraph_that_just_fills_its_line_is_not_broken_before(tmp_path: Path) -> None:
    """What `first-layer` says of places is as long as a line is wide."""
    text = text_of(PRINTER.student(sheet_of("first-layer", "given")), tmp_path)
    assert re.search(r"^ *Carry all digits;.*more is fine\.$", text, re.MULTILINE)


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
