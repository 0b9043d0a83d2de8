"""What can be filled in and read aloud: the form's fields, their order and names, a tagged sheet's structure."""

from __future__ import annotations

import shutil
from io import BytesIO
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pikepdf
import pytest
from pypdf import PdfReader, PdfWriter

from grader.sheets import Printer
from question_bank.derivations.layout import Layout
from tests.grader.sheets.pictures import pictures
from tests.grader.sheets.samples import LEAN, SHEET_ID, SMALL, TEXTBOOK, make_question, make_sheet
from tests.grader.tagged import elements, lacking

needs_poppler = pytest.mark.skipif(shutil.which("pdftoppm") is None, reason="poppler-utils is not installed")


@pytest.mark.parametrize("paths", ["given", "find"])
def test_the_tagged_sheet_says_what_a_screen_reader_needs(printer: Printer, paths: Literal["given", "find"]) -> None:
    """Title, language, a text for each picture, headings for each table, a name for each box."""
    question = make_question(LEAN, "w1_21", Layout(paths=paths))
    written = printer.accessible(make_sheet(question))
    assert lacking(written, "en") == []
    with pikepdf.open(BytesIO(written)) as opened:
        root = opened.Root
        found = list(elements(root["/StructTreeRoot"]["/K"]))
        by_kind: dict[str, list[Any]] = {}
        for element in found:
            by_kind.setdefault(str(element["/S"]), []).append(element)
        assert len(by_kind["/Figure"]) == 2
        assert by_kind["/Table"]
        fields = list(opened.pages[0]["/Annots"])
        assert len(by_kind["/Form"]) == len(fields) == len(question.slots)
        assert all(str(field["/TU"]) for field in fields)
        assert opened.pages[0]["/Tabs"] == "/S"


def test_a_form_is_filled_and_read_back(printer: Printer) -> None:
    questions = (make_question(LEAN, "w1_21"), make_question(SMALL, "w1_21"))
    reader = PdfReader(BytesIO(printer.student(make_sheet(*questions))))
    names = [f"q{n}.{slot.name}" for n, question in enumerate(questions, 1) for slot in question.slots]
    found = reader.get_fields() or {}
    assert [name for name in found if found[name].get("/FT")] == [*names, "sheet_id", "sheet_id_2"]
    writer = PdfWriter(clone_from=reader)
    answers = {name: f"-0.{n:04}" for n, name in enumerate(names)}
    for page in writer.pages:
        writer.update_page_form_field_values(page, answers, auto_regenerate=False)
    out = BytesIO()
    writer.write(out)
    back = PdfReader(out)
    fields = back.get_fields() or {}
    assert {name: fields[name]["/V"] for name in names} == answers
    assert fields["sheet_id"]["/V"] == fields["sheet_id_2"]["/V"] == SHEET_ID
    assert back.metadata is not None
    assert str(back.metadata["/GradpathSheet"]) == SHEET_ID


def test_every_page_says_whose_it_is_and_how_many_boxes_it_has(printer: Printer) -> None:
    """Also after its fields have lost what stands above them, as when a sheet is taken apart page by page."""
    questions = (make_question(LEAN, "w1_21"), make_question(SMALL, "w1_21"))
    reader = PdfReader(BytesIO(printer.student(make_sheet(*questions))))
    for number, (question, page) in enumerate(zip(questions, reader.pages, strict=True), 1):
        *boxes, mark = [annotation.get_object() for annotation in page["/Annots"]]  # type: ignore[attr-defined]
        assert [box["/NM"] for box in boxes] == [f"q{number}.{slot.name}" for slot in question.slots]
        assert (mark["/V"], mark["/NM"]) == (SHEET_ID, f"boxes: {len(question.slots)}")


def filled(pdf: bytes, value: str) -> bytes:
    """A sheet with the same value in every box, as pypdf saves it: with an appearance for viewers that draw none."""
    writer = PdfWriter(clone_from=PdfReader(BytesIO(pdf)))
    names = [
        name
        for name, field in (writer.get_fields() or {}).items()
        if field.get("/FT") and not name.startswith("sheet_id")
    ]
    for page in writer.pages:
        writer.update_page_form_field_values(page, dict.fromkeys(names, value), auto_regenerate=False)
    out = BytesIO()
    writer.write(out)
    return out.getvalue()


@needs_poppler
@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("1.234567890123456789", "7.234567890123456789"),
        ("-3.19×10^-3", "3.19×10^-3"),
        ("−0.000319", "0.000319"),
        ("-0.28905049737499606", "0.28905049737499606"),
    ],
)
def test_a_form_that_was_saved_shows_sign_and_first_digits(
    printer: Printer, tmp_path: Path, one: str, other: str
) -> None:
    """Of a number longer than its box, too: what is cut is at the end."""
    sheet = make_sheet(make_question(SMALL, "w1_21"))
    pdf = printer.student(sheet)
    first, second = (pictures(filled(pdf, value), tmp_path, "filled")[0] for value in (one, other))
    for box in printer.layout(sheet, sheet.questions[0]).boxes.values():
        pixels = 100 / 72
        top, bottom = (len(first) - pixels * y for y in (box.top, box.bottom))
        rows = slice(int(top) + 3, int(bottom) - 2)
        columns = slice(int(box.left * pixels) + 3, int(box.left * pixels) + 20)
        assert np.abs(first[rows, columns] - second[rows, columns]).max() > 60


def test_fields_come_in_the_order_of_working_and_say_what_they_are(printer: Printer) -> None:
    question = make_question(TEXTBOOK, "w1_31")
    page = PdfReader(BytesIO(printer.student(make_sheet(question)))).pages[0]
    tips = [annotation.get_object()["/TU"] for annotation in page["/Annots"]]  # type: ignore[attr-defined]
    assert len(tips) == len(question.slots) + 1
    assert tips[0] == "a₁₁"
    assert "∂L/∂ŷ₁ in path 1" in tips
    assert tips.index("Product of path 1") < tips.index("∂L/∂ŷ₂ in path 2")
    assert tips[-2] == "Updated value of w₁₃₁"
