"""The head of a page: whatever a student or a course is called, it breaks nothing and is written in full."""

from __future__ import annotations

import shutil
from dataclasses import replace
from io import BytesIO
from pathlib import Path

import numpy as np
import pikepdf
import pytest

from grader.sheets import Printer
from grader.sheets.content.drawn_network import PaperFit
from grader.sheets.typeset.foreign_names import drawn_name, writable
from grader.sheets.typeset.layout import HEAD_BOXES
from grader.sheets.typeset.stamp import fitted
from tests.grader.sheets.pictures import pictures, text_of, words_of
from tests.grader.sheets.samples import SHEET_ID, TINY, make_question, make_sheet

MILLIMETRE = 72 / 25.4

needs_poppler = pytest.mark.skipif(shutil.which("pdftoppm") is None, reason="poppler-utils is not installed")


@needs_poppler
@pytest.mark.parametrize(
    "name",
    [
        "<script>alert(1)</script>",
        "Ł. Дмитрий Ωμέγα",
        "王小明",
        "محمد علي",
        "A" * 300,
        "O’Neill & {{ 7 * 7 }} \\ (x)",
        "",
    ],
)
def test_hostile_names_break_no_page(printer: Printer, tmp_path: Path, name: str) -> None:
    sheet = make_sheet(make_question(TINY, "w1_11"), name=name)
    # Laid out whole, a name is a piece of HTML: what is markup there, too long for its line, or set from the right.
    whole = [printer.accessible(sheet)] if name[:1] in ("<", "A", "O", "م") else []
    for pdf in (printer.student(sheet), *whole):
        with pikepdf.open(BytesIO(pdf)) as opened:
            assert len(opened.pages) == 1
        text = text_of(pdf, tmp_path)
        assert SHEET_ID in text
        if name.isascii() and len(name) < 60:
            assert name in text
        pictures(pdf, tmp_path, "hostile", 40)


@needs_poppler
@pytest.mark.parametrize("name", ["王小明", "محمد علي"])
def test_letters_that_the_serif_lacks_come_from_another_font(printer: Printer, tmp_path: Path, name: str) -> None:
    """Where no font has them, the name is left blank rather than printed as empty boxes."""
    question = make_question(TINY, "w1_11")
    named = pictures(printer.student(make_sheet(question, name=name)), tmp_path, "named")[0]
    blank = pictures(printer.student(make_sheet(question, name="")), tmp_path, "blank")[0]
    assert bool(np.abs(named - blank).sum() > 5000) is (writable(name) == name)
    assert writable(name) in (name, "")


@needs_poppler
@pytest.mark.parametrize(
    ("pages", "course", "title"),
    [
        (1, "Introduction to Machine Learning and Neural Computation 2026", "Backpropagation, once more"),
        (1, "N" * 60, "W" * 90),
        (1, "深度学习导论" * 10, "משה כהן"),
        (2, "Introduction to Machine Learning and Neural Computation", "W" * 90),
    ],
)
def test_a_long_title_leaves_code_and_question_number_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, pages: int, course: str, title: str
) -> None:
    """No letter of it stands on the QR code, on the question's number, or beyond the margin, on no page."""
    if pages == 2:
        monkeypatch.setattr(
            "grader.sheets.printing.printer.fit_to_paper", lambda _: PaperFit(40.0, split=True, again=True)
        )
    question = make_question(TINY, "w1_11")
    printer, sheet = Printer(), replace(make_sheet(question), course=course, title=title)
    layout = printer.layout(sheet, sheet.questions[0]).layout
    assert layout.pages == pages
    code = layout.marks["qr"]
    words = words_of(printer.student(sheet), tmp_path)
    (number,) = (word for word in words if word.text == "Question" and word.page == 0)
    for word in words:
        assert word.right < layout.width - 15.8 * MILLIMETRE, word
        assert word.page != code.page or word.right < code.left or word.middle < code.bottom, word
        if word.page == 0 and abs(word.middle - number.middle) < 3 and word.left < number.left:
            assert word.right < number.left, word


@needs_poppler
@pytest.mark.parametrize("times", [1, 3])
def test_a_name_in_another_script_is_as_large_as_there_is_room_for(tmp_path: Path, times: int) -> None:
    """Arabic letters are narrower than their number suggests; a longer name is made smaller, so that none is cut."""
    room = HEAD_BOXES["name"].width
    words = words_of(drawn_name("محمد علي عبد الرحمن الأنصاري " * times, room).pdf, tmp_path)
    assert len(words) >= 4 * times
    assert 0.6 * room < max(word.right for word in words) - min(word.left for word in words) <= room + 0.1


@needs_poppler
def test_an_id_that_the_serif_lacks_is_drawn_too(printer: Printer, tmp_path: Path) -> None:
    question = make_question(TINY, "w1_11")
    one, other = (
        pictures(printer.student(make_sheet(question, student=student)), tmp_path, "id")[0]
        for student in ("☺1", "☺☺☺1")
    )
    assert writable("☺1")
    assert np.abs(one - other).sum() > 1000


@pytest.mark.parametrize(
    ("name", "left"), [("Ada Lovelace", "Ada Lovelace"), ("Ada \U0010fff0", "Ada"), ("\U0010fff0\U0010fff1", "")]
)
def test_letters_that_no_font_has_are_left_out(name: str, left: str) -> None:
    """The two characters are for private use: no font can have them."""
    assert writable(name) == left


def test_a_long_name_is_made_smaller_and_then_cut_visibly() -> None:
    text, size = fitted("Maximiliana Alexandrowna Featherstonehaugh", HEAD_BOXES["name"])
    assert text.endswith("Featherstonehaugh")
    assert size < 10
    assert fitted("W" * 200, HEAD_BOXES["name"])[0].endswith("W…")
