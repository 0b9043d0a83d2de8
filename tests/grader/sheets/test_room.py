"""How a question is fitted to its paper: on one page where it can be, else with all that it needs on two."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path
from typing import Literal

import pytest

from grader.sheets import Printer
from grader.sheets.typeset.layout import LayoutKey, PaperFit, page_of, skeleton_of
from grader.sheets.typeset.leaves import leaves_of, printed, within
from grader.sheets.typeset.weasy import laid_out
from grader.sheets.typography.rendering import sheet_css
from question_bank.networks.dense import Architecture
from question_bank.questions.recipe import recipe_names
from tests.grader.sheets.paper import check_boxes, check_room, runs_over
from tests.grader.sheets.pictures import SAME, compared, words_of
from tests.grader.sheets.samples import SMALL, TEXTBOOK, WIDE, make_question, make_sheet, sheet_of

needs_poppler = pytest.mark.skipif(shutil.which("pdftoppm") is None, reason="poppler-utils is not installed")
PRINTER = Printer()


def fits(key: LayoutKey, fit: PaperFit) -> bool:
    return within(leaves_of(skeleton_of(key, page_of(key, fit)).html, key.paper), key.paper)


@pytest.mark.parametrize(("recipe", "paths"), [*((name, "find") for name in recipe_names()), ("deep", "given")])
def test_a_question_takes_one_letter_page_where_it_can(recipe: str, paths: Literal["given", "find"]) -> None:
    """Paths to be found take no less room than those that are given. On A4: see test_recipes_on_paper.py."""
    sheet = sheet_of(recipe, paths, "Letter")
    made = PRINTER.layout(sheet, sheet.questions[0])
    check_room(made, recipe)
    check_boxes(made)


def test_a_drawing_is_as_high_as_there_is_room_for() -> None:
    """What was measured of the paths in one place holds in the other: a little higher, and its question runs over."""
    for recipe in ("textbook", "deep"):
        sheet = sheet_of(recipe, "find", "Letter")
        made = PRINTER.layout(sheet, sheet.questions[0])
        assert fits(made.key, made.fit)
        assert not fits(made.key, replace(made.fit, height=made.fit.height + 1.5))


def test_a_page_cut_from_endless_paper_is_that_laid_out_on_its_own() -> None:
    sheet = make_sheet(make_question(SMALL, "w1_21"))
    made = PRINTER.layout(sheet, sheet.questions[0])
    html = skeleton_of(made.key, page_of(made.key, made.fit)).html
    assert printed(html, "A4").pdf == laid_out(html, sheet_css(), "A4").write_pdf()


@pytest.mark.parametrize(
    ("architecture", "parameter", "paper"), [(TEXTBOOK, "b1", "Letter"), (WIDE, "w1_21", "A4")], ids=["paths", "units"]
)
def test_a_question_with_many_paths_or_units_has_all_its_boxes(
    architecture: Architecture, parameter: str, paper: str
) -> None:
    sheet = make_sheet(make_question(architecture, parameter), paper=paper)
    check_boxes(PRINTER.layout(sheet, sheet.questions[0]))


@needs_poppler
def test_a_compact_stamped_sheet_looks_like_one_laid_out_whole(tmp_path: Path) -> None:
    sheet = sheet_of("textbook", "find", "Letter")
    assert PRINTER.layout(sheet, sheet.questions[0]).fit.compact
    assert compared(PRINTER, sheet, tmp_path) < SAME


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
