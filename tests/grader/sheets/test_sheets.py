"""Sheets as PDFs: what stands on them, what they share, the key."""

from __future__ import annotations

import shutil
import warnings
from dataclasses import replace
from pathlib import Path
from typing import Literal

import pikepdf
import pytest

from grader.sheets import Printer
from grader.sheets.content.number_boxes import printed_givens
from grader.sheets.content.page_code import PageCode
from grader.sheets.typeset.stamp import qr_rectangles
from grader.sheets.typeset.weasy import html_document
from grader.sheets.typography.fonts import font
from question_bank.derivations.deriving import derive
from question_bank.derivations.layout import Layout
from question_bank.networks.updates import PLAIN_UPDATE
from question_bank.questions.question import solve
from question_bank.questions.recipe import load_recipe
from tests.grader.sheets.pictures import text_of
from tests.grader.sheets.samples import LEAN, SHEET_ID, TEXTBOOK, TINY, make_question, make_sheet

needs_poppler = pytest.mark.skipif(shutil.which("pdftoppm") is None, reason="poppler-utils is not installed")


@pytest.mark.parametrize(("quantity", "every"), [("gradient", 5), ("updated", 1)])
def test_any_parameter_of_a_layer_costs_one_layout(quantity: Literal["gradient", "updated"], every: int) -> None:
    """All of the first layer's weights have two paths: one layout serves them, another the biases."""
    printer = Printer()
    recipe = load_recipe("two-paths")
    weights = [parameter for parameter in recipe.parameters() if parameter.family == ("w", 1)]
    assert len(weights) == 16
    for parameter in weights[::every]:
        layout = Layout(quantity=quantity, update=PLAIN_UPDATE if quantity == "updated" else None)
        sheet = make_sheet(make_question(recipe.network.model, parameter, layout))
        printer.layout(sheet, sheet.questions[0])
    assert printer.layouts_made == 1


def test_a_class_shares_layouts_whatever_decimals_each_drew() -> None:
    """The widest numbers of a question decide, of each kind; what has fewer digits costs no layout."""
    recipe = load_recipe("chain")
    derivation = recipe.derivation("w1_11", "gradient")
    sheets = []
    for x, w, y in ((3.0, -0.25, 1.0), (-0.5, 0.4, 0.25), (10.5, 0.75, -0.3)):
        plain = derive(recipe.model, "w1_11", Layout())
        worked = solve(plain, {"x_1": x, "w1_11": w, "w2_11": w, "y_1": y})
        givens = {key: round(worked.value(key), 4) for key in derivation.givens}
        sheets.append(make_sheet(solve(derivation, givens, recipe.places)))
    apart = Printer()
    for printer, layouts in ((apart, 3), (Printer(sheets), 1), (Printer(sheets[:2]), 2)):
        found = [printer.layout(sheet, sheet.questions[0]) for sheet in sheets]
        assert printer.layouts_made == layouts
        # Nobody's number reaches beyond its box.
        for sheet, made in zip(sheets, found, strict=True):
            texts = printed_givens(sheet.questions[0].question)
            for place in (*made.layout.numbers, *made.labels):
                if place.number.given is not None:
                    text = texts[place.number.given]
                    wide = font("regular").width(text) * place.number.size_of(text)
                    assert wide <= place.number.width + 0.1


@needs_poppler
def test_text_can_be_copied_and_searched(printer: Printer, tmp_path: Path) -> None:
    question = make_question(TEXTBOOK, "w1_31")
    text = text_of(printer.student(make_sheet(question)), tmp_path)
    for part in ("Neural networks I", "Ada Lovelace", "s1001", SHEET_ID, "Question 1 of 1 · 8 marks", "page 1 of 1"):
        assert part in text
    assert "round what you write to four decimals for forward values and factors, six for the rest" in text
    assert question.printed("w1_31").replace("-", "−") in text


def test_everything_in_one_file_shares_its_pages(printer: Printer, tmp_path: Path) -> None:
    question = make_question(TINY, "w1_11")
    sizes = []
    for count in (1, 11, 111):
        path = tmp_path / "all.pdf"
        sheets = [make_sheet(question, question, student=f"s{n}") for n in range(count)]
        assert printer.write_all(sheets, path) == 2 * count
        with pikepdf.open(path) as opened:
            assert len(opened.pages) == 2 * count
            assert opened.check_pdf_syntax() == []
        sizes.append(path.stat().st_size)
    assert (sizes[2] - sizes[1]) / 100 < 5000
    assert (sizes[2] - sizes[1]) / 100 == pytest.approx((sizes[1] - sizes[0]) / 10, rel=0.1)


@needs_poppler
def test_the_key_has_values_ranges_and_a_summary(printer: Printer, tmp_path: Path) -> None:
    certificate = {"narrowest": 0.001, "widest": 0.01, "nearest_mistake": "bias_forgotten", "nearest_units": 12.0}
    question = replace(make_question(LEAN, "w1_21"), certificate=certificate)
    path = tmp_path / "key.pdf"
    printer.write_key([make_sheet(question), make_sheet(question, name="Grace Hopper")], path)
    text = text_of(path.read_bytes(), tmp_path)
    assert text.count(question.printed("h1_2")) >= 2
    assert text.count(question.printed("updated").replace("-", "−")) >= 4
    assert "Grace Hopper" in text.split("\f")[0]
    assert "bias forgotten" in text
    assert "…" in text


def test_the_pdf_engine_fetches_nothing(tmp_path: Path) -> None:
    secret = tmp_path / "secret.css"
    secret.write_text("p { page-break-before: always }")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        html = f'<link rel="stylesheet" href="{secret.as_uri()}"><p>one<p>two<img src="http://localhost:9/x.png">'
        assert len(html_document(html).render().pages) == 1


def test_a_qr_code_says_sheet_and_page() -> None:
    """Modules of 0.64 mm at 16 mm, and of 0.48 mm at the 10 mm of the small one."""
    count, runs = qr_rectangles(PageCode(SHEET_ID, 12).text)
    assert count == 25
    assert qr_rectangles(PageCode(SHEET_ID, 12, of_key=True).short, "m")[0] == 21
    assert all(column + length <= count for column, _, length in runs)
    # The finder pattern in the corner: seven dark modules.
    assert runs[0] == (0, 0, 7)
