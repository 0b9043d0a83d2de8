"""Stamping looks like laying out, and the comparison of pictures sees what differs."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from grader.sheets import Printer
from grader.sheets.typeset.skeleton import Skeleton, skeleton
from question_bank.derivations.layout import Layout
from question_bank.networks.dense import Architecture
from tests.grader.sheets.pictures import SAME, compared, pictures, worst
from tests.grader.sheets.samples import BIASED, BROAD, CROSSED, LEAN, SMALL, TINY, make_question, make_sheet

needs_poppler = pytest.mark.skipif(shutil.which("pdftoppm") is None, reason="poppler-utils is not installed")


@needs_poppler
def test_a_stamped_sheet_looks_like_one_laid_out_whole(printer: Printer, tmp_path: Path) -> None:
    """Two questions, one with its forward values printed. Every recipe's: see test_recipes_on_paper.py."""
    sheet = make_sheet(
        make_question(LEAN, "w1_21"), make_question(TINY, "w1_11", Layout(forward="given")), paper="Letter"
    )
    assert compared(printer, sheet, tmp_path) < SAME


@needs_poppler
@pytest.mark.parametrize(
    ("architecture", "first", "other"),
    [
        (BIASED, "b1_1", "b1_3"),
        (CROSSED, "w2_11", "w2_22"),
        (BROAD, "w1_1,10", "w1_1,11"),
    ],
)
def test_a_sheet_on_another_parameters_layout_looks_like_one_laid_out_whole(
    tmp_path: Path, architecture: Architecture, first: str, other: str
) -> None:
    printer = Printer()
    printer.student(make_sheet(make_question(architecture, first)))
    assert compared(printer, make_sheet(make_question(architecture, other)), tmp_path) < SAME
    assert printer.layouts_made == 1


@needs_poppler
def test_the_comparison_sees_a_wrong_subscript(
    printer: Printer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The comparison of pictures can fail: each subscript that is stamped wrong is seen."""
    sheet = make_sheet(make_question(SMALL, "w1_21"))
    right = pictures(printer.student(sheet), tmp_path, "right", 200)[0]
    taken = printer.layout(sheet, sheet.questions[0]).layout.indices
    for n in range(0, len(taken), 16):
        broken = Printer()

        def skewed(html: str, n: int = n) -> Skeleton:
            bones = skeleton(html)
            texts = list(bones.indices)
            texts[n] = texts[n][:-1] + ("7" if texts[n][-1] != "7" else "1")
            return replace(bones, indices=tuple(texts))

        monkeypatch.setattr("grader.sheets.typeset.layout.skeleton", skewed)
        wrong = pictures(broken.student(sheet), tmp_path, "wrong", 200)[0]
        assert worst(right, wrong) > SAME, n


@needs_poppler
def test_the_comparison_sees_other_numbers_and_other_heavy_edges(printer: Printer, tmp_path: Path) -> None:
    sheets = [make_sheet(make_question(TINY, "w1_11", seed=seed)) for seed in (1, 2)]
    first, second = (pictures(printer.student(sheet), tmp_path, "one", 200)[0] for sheet in sheets)
    assert worst(first, second) > SAME
