"""Sheets as PDFs: what stands on them, their forms, and that stamping looks like laying out."""

from __future__ import annotations

import shutil
import subprocess
import warnings
from collections.abc import Iterator
from dataclasses import replace
from io import BytesIO
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pikepdf
import pytest
from pypdf import PdfReader, PdfWriter

from grader.sheets import Printer, worked_solution
from grader.sheets.layout import HEAD_BOXES
from grader.sheets.names import drawn_name, writable
from grader.sheets.skeleton import Skeleton, skeleton
from grader.sheets.stamp import fitted, qr_rectangles
from grader.sheets.weasy import html_document
from question_bank.derivation import Layout
from question_bank.network import Architecture
from question_bank.recipe import load_recipe
from tests.grader.sheets.pictures import SAME, compared, pictures, words_of, worst
from tests.grader.sheets.samples import (
    BIASED,
    BROAD,
    CROSSED,
    DEEP,
    SHEET_ID,
    SMALL,
    TEXTBOOK,
    WIDE,
    make_question,
    make_sheet,
)

MILLIMETRE = 72 / 25.4

needs_poppler = pytest.mark.skipif(shutil.which("pdftoppm") is None, reason="poppler-utils is not installed")


@pytest.fixture(scope="module")
def printer() -> Printer:
    return Printer()


def text_of(pdf: bytes, folder: Path) -> str:
    (folder / "text.pdf").write_bytes(pdf)
    done = subprocess.run(["pdftotext", "-layout", str(folder / "text.pdf"), "-"], check=True, capture_output=True)
    return done.stdout.decode()


@needs_poppler
@pytest.mark.parametrize("paper", ["A4", "Letter"])
def test_a_stamped_sheet_looks_like_one_laid_out_whole(printer: Printer, tmp_path: Path, paper: str) -> None:
    sheet = make_sheet(
        make_question(TEXTBOOK, "w1_31"), make_question(SMALL, "w1_21", Layout(forward="given")), paper=paper
    )
    assert compared(printer, sheet, tmp_path) < SAME


@needs_poppler
@pytest.mark.parametrize(
    ("architecture", "first", "other"),
    [
        (TEXTBOOK, "w1_31", "w1_14"),
        (BIASED, "b1_1", "b1_3"),
        (DEEP, "w1_11", "w1_32"),
        (CROSSED, "w2_11", "w2_23"),
        (BROAD, "w1_12,10", "w1_10,12"),
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
def test_the_comparison_sees_a_wrong_subscript(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The comparison of pictures can fail: each subscript that is stamped wrong is seen."""
    sheet = make_sheet(make_question(SMALL, "w1_21"))
    right = pictures(Printer().student(sheet), tmp_path, "right", 200)[0]
    taken = Printer().layout(sheet, sheet.questions[0]).layout.indices
    for n in range(0, len(taken), 16):
        printer = Printer()

        def skewed(html: str, n: int = n) -> Skeleton:
            bones = skeleton(html)
            texts = list(bones.indices)
            texts[n] = texts[n][:-1] + ("7" if texts[n][-1] != "7" else "1")
            return replace(bones, indices=tuple(texts))

        monkeypatch.setattr("grader.sheets.layout.skeleton", skewed)
        wrong = pictures(printer.student(sheet), tmp_path, "wrong", 200)[0]
        assert worst(right, wrong) > SAME, n


@needs_poppler
def test_the_comparison_sees_other_numbers_and_other_heavy_edges(printer: Printer, tmp_path: Path) -> None:
    sheets = [make_sheet(make_question(SMALL, "w1_21", seed=seed)) for seed in (1, 2)]
    first, second = (pictures(printer.student(sheet), tmp_path, "one", 200)[0] for sheet in sheets)
    assert worst(first, second) > SAME


@pytest.mark.parametrize("quantity", ["gradient", "updated"])
def test_any_parameter_of_a_layer_costs_one_layout(quantity: Literal["gradient", "updated"]) -> None:
    """All of the first layer's weights have two paths: one layout serves them, another the biases."""
    printer = Printer()
    recipe = load_recipe("two-paths")
    weights = [parameter for parameter in recipe.parameters() if parameter.startswith("w1")]
    assert len(weights) == 16
    for parameter in weights:
        layout = Layout(quantity=quantity, rate=quantity == "updated")
        printer.student(make_sheet(make_question(recipe.architecture, parameter, layout)))
    assert printer.layouts_made == 1


@pytest.mark.parametrize(
    ("architecture", "parameter", "paper"),
    [
        (SMALL, "w1_21", "A4"),
        (SMALL, "w1_21", "Letter"),
        (TEXTBOOK, "b1", "Letter"),
        (CROSSED, "w1_11", "A4"),
        (DEEP, "w1_21", "A4"),
        (DEEP, "w1_21", "Letter"),
        (WIDE, "w1_21", "A4"),
    ],
)
def test_every_slot_has_a_box_of_the_right_size_on_the_paper(
    printer: Printer, architecture: object, parameter: str, paper: str
) -> None:
    question = make_question(architecture, parameter)  # type: ignore[arg-type]
    sheet = make_sheet(question, paper=paper)
    layout = printer.layout(sheet, sheet.questions[0])
    assert set(layout.boxes) == {slot.name for slot in question.slots}
    for place in layout.boxes.values():
        assert place.right - place.left >= 24 * MILLIMETRE - 0.1
        assert place.top - place.bottom >= 8 * MILLIMETRE - 0.1
        assert place.left >= 15.9 * MILLIMETRE
        assert place.right <= layout.layout.width - 15.9 * MILLIMETRE
        assert place.bottom >= 15.9 * MILLIMETRE
    boxes = list(layout.boxes.values())
    for n, one in enumerate(boxes):
        for other in boxes[n + 1 :]:
            apart = (
                one.right <= other.left or other.right <= one.left or one.top <= other.bottom or other.top <= one.bottom
            )
            assert one.page != other.page or apart


@pytest.mark.parametrize(("architecture", "parameter"), [(TEXTBOOK, "w1_31"), (SMALL, "w1_21")])
def test_the_usual_questions_take_one_page(printer: Printer, architecture: object, parameter: str) -> None:
    sheet = make_sheet(make_question(architecture, parameter))  # type: ignore[arg-type]
    assert printer.layout(sheet, sheet.questions[0]).pages == 1


def elements(node: Any) -> Iterator[Any]:
    """Every element of a structure tree."""
    if isinstance(node, pikepdf.Array):
        for kid in node:
            yield from elements(kid)
    elif isinstance(node, pikepdf.Dictionary):
        if "/S" in node and node.get("/Type") != "/MCR":
            yield node
        if "/K" in node:
            yield from elements(node["/K"])


@pytest.mark.parametrize("paths", ["given", "find"])
def test_the_tagged_sheet_says_what_a_screen_reader_needs(printer: Printer, paths: Literal["given", "find"]) -> None:
    """Title, language, a text for each picture, headings for each table, a name for each box."""
    question = make_question(TEXTBOOK, "w1_31", Layout(paths=paths))
    with pikepdf.open(BytesIO(printer.accessible(make_sheet(question)))) as opened:
        root = opened.Root
        assert root["/Lang"] == "en"
        assert bool(root["/ViewerPreferences"]["/DisplayDocTitle"])
        assert b"pdfuaid:part" in root["/Metadata"].read_bytes()
        found = list(elements(root["/StructTreeRoot"]["/K"]))
        by_kind: dict[str, list[Any]] = {}
        for element in found:
            by_kind.setdefault(str(element["/S"]), []).append(element)
        assert len(by_kind["/Figure"]) == 2
        assert all(str(figure.get("/Alt", "")) for figure in by_kind["/Figure"])
        assert by_kind["/Table"]
        for table in by_kind["/Table"]:
            assert "/TH" in {str(element["/S"]) for element in elements(table["/K"])}
        fields = list(opened.pages[0]["/Annots"])
        assert len(by_kind["/Form"]) == len(fields) == len(question.slots)
        assert all(str(field["/TU"]) for field in fields)
        assert opened.pages[0]["/Tabs"] == "/S"


def test_a_form_is_filled_and_read_back(printer: Printer) -> None:
    questions = (make_question(TEXTBOOK, "w1_31"), make_question(SMALL, "w1_21"))
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
    assert back.metadata["/GradpathSheet"] == SHEET_ID


def test_every_page_says_whose_it_is_and_how_many_boxes_it_has(printer: Printer) -> None:
    """Also after its fields have lost what stands above them, as when a sheet is taken apart page by page."""
    questions = (make_question(TEXTBOOK, "w1_31"), make_question(SMALL, "w1_21"))
    reader = PdfReader(BytesIO(printer.student(make_sheet(*questions))))
    for number, (question, page) in enumerate(zip(questions, reader.pages, strict=True), 1):
        *boxes, mark = [annotation.get_object() for annotation in page["/Annots"]]  # type: ignore[union-attr]
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
    tips = [annotation.get_object()["/TU"] for annotation in page["/Annots"]]  # type: ignore[union-attr]
    assert len(tips) == len(question.slots) + 1
    assert tips[0] == "a₁₁"
    assert "∂L/∂ŷ₁ in path 1" in tips
    assert tips.index("Product of path 1") < tips.index("∂L/∂ŷ₂ in path 2")
    assert tips[-2] == "Updated value of w₁₃₁"


@needs_poppler
def test_text_can_be_copied_and_searched(printer: Printer, tmp_path: Path) -> None:
    question = make_question(TEXTBOOK, "w1_31")
    text = text_of(printer.student(make_sheet(question)), tmp_path)
    for part in ("Neural networks I", "Ada Lovelace", "s1001", SHEET_ID, "Question 1 of 1 · 8 marks", "page 1 of 1"):
        assert part in text
    assert "round what you write to four decimals for forward values and factors, six for the rest" in text
    assert question.printed("w1_31").replace("-", "−") in text


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
    question = make_question(SMALL, "w1_21")
    for pdf in (printer.student(make_sheet(question, name=name)), printer.accessible(make_sheet(question, name=name))):
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
    question = make_question(SMALL, "w1_21")
    named = pictures(printer.student(make_sheet(question, name=name)), tmp_path, "named")[0]
    blank = pictures(printer.student(make_sheet(question, name="")), tmp_path, "blank")[0]
    assert bool(np.abs(named - blank).sum() > 5000) is (writable(name) == name)
    assert writable(name) in (name, "")


@needs_poppler
@pytest.mark.parametrize(
    ("recipe", "course", "title"),
    [
        ("two-paths", "Introduction to Machine Learning and Neural Computation 2026", "Backpropagation, once more"),
        ("two-paths", "N" * 60, "W" * 90),
        ("two-paths", "深度学习导论" * 10, "משה כהן"),
        ("deep", "Introduction to Machine Learning and Neural Computation", "W" * 90),
    ],
)
def test_a_long_title_leaves_code_and_question_number_alone(
    tmp_path: Path, recipe: str, course: str, title: str
) -> None:
    """No letter of it stands on the QR code, on the question's number, or beyond the margin, on no page."""
    kind = load_recipe(recipe)
    question = make_question(kind.architecture, "w1_11", kind.derivation("w1_11", "gradient").layout)
    printer, sheet = Printer(), replace(make_sheet(question), course=course, title=title)
    layout = printer.layout(sheet, sheet.questions[0]).layout
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
    question = make_question(SMALL, "w1_21")
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


def test_everything_in_one_file_shares_its_pages(printer: Printer, tmp_path: Path) -> None:
    question = make_question(SMALL, "w1_21")
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
    question = replace(make_question(TEXTBOOK, "w1_31"), certificate=certificate)
    path = tmp_path / "key.pdf"
    printer.write_key([make_sheet(question), make_sheet(question, name="Grace Hopper")], path)
    text = text_of(path.read_bytes(), tmp_path)
    assert text.count(question.printed("h1_2")) >= 2
    assert text.count(question.printed("updated").replace("-", "−")) >= 4
    assert "Grace Hopper" in text.split("\f")[0]
    assert "bias forgotten" in text
    assert "…" in text


@needs_poppler
@pytest.mark.parametrize("architecture", [TEXTBOOK, CROSSED, DEEP])
def test_the_worked_solution_shows_every_value(tmp_path: Path, architecture: object) -> None:
    question = make_question(architecture, "w1_11")  # type: ignore[arg-type]
    text = text_of(worked_solution(question, "Set 3"), tmp_path)
    for slot in question.slots:
        assert question.printed(slot.step).replace("-", "−") in text
    assert "≈" in text


def test_the_pdf_engine_fetches_nothing(tmp_path: Path) -> None:
    secret = tmp_path / "secret.css"
    secret.write_text("p { page-break-before: always }")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        html = f'<link rel="stylesheet" href="{secret.as_uri()}"><p>one<p>two<img src="http://localhost:9/x.png">'
        assert len(html_document(html).render().pages) == 1


def test_a_qr_code_is_the_sheet_id() -> None:
    count, runs = qr_rectangles(SHEET_ID)
    assert count == 21
    assert all(column + length <= count for column, _, length in runs)
    # The finder pattern in the corner: seven dark modules.
    assert runs[0] == (0, 0, 7)
