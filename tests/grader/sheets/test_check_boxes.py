"""Boxes to be ticked on paper: real check boxes, filled by another program, drawn by poppler, read back by us."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from dataclasses import replace
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from pypdf import PdfReader, PdfWriter
from pypdf.generic import NameObject

from grader.rubrics.rubric import Rubric
from grader.sheets import Printer
from grader.submissions.pdf_form import read_form
from question_bank.questions.draws import draw
from question_bank.questions.recipe import load_recipe
from tests.grader.sheets.pictures import pictures
from tests.grader.sheets.samples import make_sheet
from tests.grader.ticked import OTHERS, TO_TICK, question, ticks

needs_poppler = pytest.mark.skipif(shutil.which("pdftoppm") is None, reason="poppler-utils is not installed")


def filled(pdf: bytes, ticked: list[str], numbers: Mapping[str, str]) -> bytes:
    """The sheet with boxes ticked and filled as pypdf does it, through the form's own states."""
    writer = PdfWriter(clone_from=PdfReader(BytesIO(pdf)))
    for page in writer.pages:
        values = {f"q1.{name}": "/Yes" for name in ticked} | {f"q1.{name}": text for name, text in numbers.items()}
        writer.update_page_form_field_values(page, values, auto_regenerate=False)
    out = BytesIO()
    writer.write(out)
    return out.getvalue()


@needs_poppler
def test_check_boxes_of_a_sheet_are_ticked_seen_and_read_back(printer: Printer, tmp_path: Path) -> None:
    """By another program's states and appearances: what poppler draws of a tick is dark, of an empty box it is not."""
    sheet = make_sheet(question())
    pdf = printer.student(sheet)
    fields = PdfReader(BytesIO(pdf)).get_fields() or {}
    boxes = {name: fields[f"q1.{name}"] for name in ticks()}
    assert {box["/FT"] for box in boxes.values()} == {"/Btn"}
    assert {tuple(box["/_States_"]) for box in boxes.values()} == {("/Yes", "/Off")}
    assert boxes["w2_21.t"]["/TU"] == "Does w₂₂₁, from h₁₁ to h₂₂, lie on a path?"
    some = TO_TICK[:2] + OTHERS[:1]
    done = filled(pdf, some, {"N": "4"})
    values = read_form(done).values
    assert {name for name in ticks() if values[f"q1.{name}"] == "1"} == {*some}
    assert {values[f"q1.{name}"] for name in ticks() if name not in some} == {""}
    assert values["q1.N"] == "4"
    drawn, places = pictures(done, tmp_path, "ticked")[0], printer.layout(sheet, sheet.questions[0]).boxes
    pixels = 100 / 72
    for name in ticks():
        place = places[name]
        inside = drawn[
            int(len(drawn) - pixels * place.top) + 4 : int(len(drawn) - pixels * place.bottom) - 2,
            int(place.left * pixels) + 4 : int(place.right * pixels) - 2,
        ]
        assert (inside.min() < 100) == (name in some), name


def test_a_state_of_another_name_is_a_tick_too(printer: Printer) -> None:
    """Some programs write their own name for it; only Off is none."""
    writer = PdfWriter(clone_from=PdfReader(BytesIO(printer.student(make_sheet(question())))))
    for page in writer.pages:
        for each in page["/Annots"]:  # type: ignore[attr-defined]
            field = each.get_object()
            if field.get("/NM") == f"q1.{OTHERS[0]}":
                field[NameObject("/V")] = NameObject("/On")
    out = BytesIO()
    writer.write(out)
    values = read_form(out.getvalue()).values
    assert (values[f"q1.{OTHERS[0]}"], values[f"q1.{OTHERS[1]}"]) == ("1", "")


@needs_poppler
def test_a_sheet_draws_the_connections_that_are_there_and_no_others(printer: Printer, tmp_path: Path) -> None:
    """Two students' pages differ where one has a connection and the other has not."""
    sheets = [make_sheet(one) for one in draw(load_recipe("which-paths"), [b"one", b"two"], quantity="forward")]
    first, second = (pictures(printer.student(sheet), tmp_path, "drawn")[0] for sheet in sheets)
    made = printer.layout(sheets[0], sheets[0].questions[0])
    assert made is printer.layout(sheets[1], sheets[1].questions[0])
    assert len(made.links) == len(ticks())
    assert (np.abs(first.astype(int) - second.astype(int)) > 100).sum() > 500


def test_the_key_says_what_a_number_is_worth_in_the_sheets_parts(printer: Printer) -> None:
    """Of 14 parts, of which the ticks are 7: each of the seven numbers is one of them."""
    derivation = question().derivation
    worth = zip(derivation.slots, Rubric().slot_worth(derivation, 20.0), strict=True)
    sheet = make_sheet(question())
    (asked,) = sheet.questions
    worthy = replace(asked, marks=20.0, slot_marks={slot.name: share / 1_000_000 for slot, share in worth})
    out = BytesIO()
    printer.write_key_to([replace(sheet, questions=(worthy,))], out)
    said = "".join(page.extract_text() for page in PdfReader(out).pages)
    assert said.count("1/14") == 7


def test_the_tagged_sheet_has_check_boxes_with_names(printer: Printer) -> None:
    """Laid out as a whole, with the connections that are there named in the drawing's text."""
    pdf = printer.accessible(make_sheet(question()))
    fields = PdfReader(BytesIO(pdf)).get_fields() or {}
    boxes = [field for field in fields.values() if field.get("/FT") == "/Btn"]
    assert len(boxes) == len(ticks())
    assert all(str(box["/TU"]).startswith("Does ") for box in boxes)
