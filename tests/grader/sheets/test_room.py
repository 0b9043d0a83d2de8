"""How a question is fitted to its paper: on one page where it can be, else with all that it needs on two."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path
from typing import Literal

import pytest

from grader.sheets import Printer
from grader.sheets.content.drawn_network import PaperFit
from grader.sheets.content.formats import POINTS_A_MILLIMETRE, Paper
from grader.sheets.printing.fit import fit_to_paper, least_paths
from grader.sheets.typeset.layout import LayoutKey, natural_fit, page_of, skeleton_of
from grader.sheets.typeset.leaves import leaves_of, printed, within
from grader.sheets.typeset.weasy import laid_out, written_with_parts
from grader.sheets.typography.rendering import sheet_css
from question_bank.networks.dense import Architecture
from question_bank.questions.draws import draw
from question_bank.questions.recipe import load_recipe
from tests.grader.sheets.paper import check_boxes, check_sheet
from tests.grader.sheets.pictures import SAME, compared
from tests.grader.sheets.samples import SMALL, TEXTBOOK, WIDE, make_question, make_sheet, sheet_of
from tests.recipes import recipes

needs_poppler = pytest.mark.skipif(shutil.which("pdftoppm") is None, reason="poppler-utils is not installed")
PRINTER = Printer()
PAPERS: tuple[Paper, ...] = ("A4", "Letter")


def fits(key: LayoutKey, fit: PaperFit) -> bool:
    return within(leaves_of(skeleton_of(key, page_of(key, fit)).html, key.paper), key.paper)


@needs_poppler
@pytest.mark.parametrize("recipe", recipes())
def test_a_letter_sheet_has_room_for_all_that_is_on_it(tmp_path: Path, recipe: str) -> None:
    """With paths to be found: they take no less room than those that are given. For A4 see test_recipes_on_paper.py."""
    kind = load_recipe(recipe)
    # Tables have none, and neither have local derivatives alone, nor a solution that is printed.
    paths: Literal["given", "find"] = (
        "find" if kind.asks_for_any and not kind.working and kind.ask not in ("local", "error") else "given"
    )
    check_sheet(PRINTER, sheet_of(recipe, paths, "Letter"), recipe, tmp_path)


@pytest.mark.parametrize("recipe", ["textbook", pytest.param("deep", marks=pytest.mark.bank)])
def test_a_drawing_is_as_high_as_there_is_room_for(recipe: str) -> None:
    """What was measured of the paths in one place holds in the other: a little higher, and its question runs over."""
    sheet = sheet_of(recipe, "find", "Letter")
    made = PRINTER.layout(sheet, sheet.questions[0])
    assert fits(made.key, made.fit)
    assert not fits(made.key, replace(made.fit, height=made.fit.height + 1.5))


def test_a_page_cut_from_endless_paper_is_that_laid_out_on_its_own() -> None:
    sheet = make_sheet(make_question(SMALL, "w1_21"))
    made = PRINTER.layout(sheet, sheet.questions[0])
    html = skeleton_of(made.key, page_of(made.key, made.fit)).html
    assert printed(html, "A4").pdf == written_with_parts(laid_out(html, sheet_css(), "A4"))[0]


@pytest.mark.slow
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


@pytest.mark.parametrize(
    ("recipe", "paper"),
    [("bptt-last", "Letter"), *(pytest.param("lstm-back", paper, marks=pytest.mark.bank) for paper in PAPERS)],
)
def test_whichever_layout_is_made_first_the_fit_is_the_same(
    recipe: str, paper: Paper, monkeypatch: pytest.MonkeyPatch
) -> None:
    sheet = sheet_of(recipe, "given", paper)
    key = PRINTER.layout(sheet, sheet.questions[0]).key
    natural = natural_fit(key)
    fits = []
    for first in (natural, replace(natural, split=True, again=True)):
        monkeypatch.setattr("grader.sheets.printing.fit.first_layout", lambda _, first=first: first)
        fits.append(fit_to_paper(key))
    assert fits[0] == fits[1] != natural


@pytest.mark.parametrize(("recipe", "exact"), [("bptt-last", False), ("given-upstream", True)])
def test_paths_take_no_less_than_their_rows_of_boxes(recipe: str, exact: bool) -> None:
    sheet = make_sheet(*draw(load_recipe(recipe), [b"sample"]))
    made = PRINTER.layout(sheet, sheet.questions[0])
    assert made.key.precision.exact == exact
    leaf = leaves_of(skeleton_of(made.key, page_of(made.key, made.fit)).html, "A4")[0]
    taken = (leaf["end"][3] - leaf["numbers"][3]) / POINTS_A_MILLIMETRE
    assert 0.5 * taken < least_paths(made.key) < taken
