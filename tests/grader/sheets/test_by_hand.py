"""Sheets for paper that is scanned: higher boxes where there is room, ticks in them, and a line that says how."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from grader.sheets import Printer, Sheet
from grader.sheets.content.face import NO_TEXTS, PLAIN, ExtraPages, Face
from grader.sheets.pdf.sheet_identity import face_mark
from grader.sheets.typeset.pages import Typeset
from question_bank.language.spoken import speaking
from tests.grader.sheets.paper import check_boxes
from tests.grader.sheets.pictures import pictures
from tests.grader.sheets.samples import SMALL, make_question, make_sheet, sheet_of

BY_HAND = Face(pages=ExtraPages(by_hand=True))
POINT = 25.4 / 72


def laid_out(sheet: Sheet) -> tuple[Typeset, float]:
    """The first question's pages, and how high the lowest of its boxes is, in millimetres."""
    made = Printer().layout(sheet, sheet.questions[0])
    return made, min(box.top - box.bottom for box in made.boxes.values()) * POINT


def test_boxes_are_higher_and_have_ticks_where_the_page_has_room(tmp_path: Path) -> None:
    sheet = make_sheet(make_question(SMALL, "w1_11"))
    plain, low = laid_out(sheet)
    made, high = laid_out(replace(sheet, face=BY_HAND))
    assert [low, high] == pytest.approx([8.0, 9.5], abs=0.05)
    assert made.pages == plain.pages
    check_boxes(made)
    (page, *_others) = pictures(Printer().student(replace(sheet, face=BY_HAND)), tmp_path, "by-hand")
    box = min(made.boxes.values(), key=lambda box: (box.page, -box.top))
    scale = page.shape[0] / made.layout.height
    inside = page[
        round((made.layout.height - box.bottom - 2.4) * scale) : round((made.layout.height - box.bottom - 1.2) * scale),
        round((box.left + 1.5) * scale) : round((box.right - 1.5) * scale),
    ]
    inked = np.flatnonzero(inside.min(axis=0) < 225)
    starts = inked[np.insert(np.diff(inked) > 1, 0, True)] / scale * POINT
    assert len(starts) == round((box.right - box.left) * POINT / 3.6)
    assert np.diff(starts) == pytest.approx(3.6, abs=0.4)


@pytest.mark.parametrize(
    "recipe",
    ["bptt-all", pytest.param("deep", marks=pytest.mark.slow), pytest.param("bptt-last", marks=pytest.mark.slow)],
)
def test_no_page_is_added_for_it(recipe: str) -> None:
    sheet = sheet_of(recipe, "given")
    plain, _low = laid_out(sheet)
    made, high = laid_out(replace(sheet, face=BY_HAND))
    assert made.pages == plain.pages
    assert high >= 7.95
    check_boxes(made)


@pytest.mark.parametrize(
    ("code", "said"),
    [("en", "One number a box"), ("de", "Eine Zahl je Feld"), ("es", "Un número por casilla"), ("el", "Ένας αριθμός")],
)
def test_a_line_says_how_to_write_in_each_language(code: str, said: str) -> None:
    from io import BytesIO

    from pypdf import PdfReader

    with speaking(code):
        sheet = make_sheet(make_question(SMALL, "w1_11"))
        words = [
            PdfReader(BytesIO(Printer().student(one))).pages[0].extract_text()
            for one in (sheet, replace(sheet, face=BY_HAND))
        ]
    assert [said in text for text in words] == [False, True]


def test_sheets_are_printed_anew_where_it_is_switched_on_and_others_are_not() -> None:
    assert face_mark(PLAIN, NO_TEXTS, [""]) is None
    assert face_mark(BY_HAND, NO_TEXTS, [""]) is not None
    others = Face(header="Institute")
    both = replace(others, pages=ExtraPages(by_hand=True))
    assert face_mark(others, NO_TEXTS, [""]) != face_mark(both, NO_TEXTS, [""])
