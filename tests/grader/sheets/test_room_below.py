"""Room for working below a question: what is left of its page and no more, and nothing moves for it."""

from __future__ import annotations

from dataclasses import replace
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pypdf import PdfReader

from grader.sheets import Printer, Sheet
from grader.sheets.content.face import PLAIN, ExtraPages, Face
from grader.sheets.pdf.sheet_identity import face_mark
from grader.sheets.typeset.below import room_below
from tests.grader.sheets.pictures import pictures
from tests.grader.sheets.samples import SMALL, make_question, make_sheet, sheet_of
from tests.grader.sheets.test_extra_pages import make
from tests.grader.tagged import lacking

MILLIMETRE = 100 / 25.4
"""In dots of a picture."""


def of_small(kind: str, below: float | None, paper: str = "A4") -> Sheet:
    return faced(make_sheet(make_question(SMALL, "w1_11"), paper=paper), kind, below)


def faced(sheet: Sheet, kind: str, below: float | None) -> Sheet:
    pages = ExtraPages(working=kind, working_pages=0, working_below=below)  # type: ignore[arg-type]
    return replace(sheet, face=Face(pages=pages))


def rows_added(sheet: Sheet, folder: Path) -> list[tuple[float, float] | None]:
    """Of each page the first and last row, in millimetres from above, of what the room adds to the picture."""
    without = replace(sheet, face=replace(sheet.face, pages=replace(sheet.face.pages, working_below=None)))
    with_room = pictures(Printer().student(sheet), folder, "with")
    plain = pictures(Printer().student(without), folder, "without")
    assert len(with_room) == len(plain)
    found: list[tuple[float, float] | None] = []
    for one, other in zip(with_room, plain, strict=True):
        rows = np.flatnonzero((one != other).any(axis=1))
        # What stood there before stands there still: the room only adds ink.
        assert (one <= other).all()
        found.append((rows[0] / MILLIMETRE, rows[-1] / MILLIMETRE) if rows.size else None)
    return found


def lowest_box(sheet: Sheet, page: int) -> float:
    """Where the last field of a sheet's page ends, in millimetres from above: as the PDF form has it."""
    read: Any = PdfReader(BytesIO(Printer().student(sheet))).pages[page]
    rectangles = [field.get_object()["/Rect"] for field in read["/Annots"]]
    # A form has a field without any size besides.
    bottoms = [float(bottom) for left, bottom, right, _top in rectangles if right > left]
    return (float(read.mediabox.height) - min(bottoms)) * 25.4 / 72


@pytest.mark.parametrize(("paper", "high"), [("A4", 297.0), ("Letter", 279.4)])
@pytest.mark.parametrize(
    ("kind", "below", "drawn"), [("squared", 3.0, 30.0), ("ruled", 3.0, 24.0), ("blank", 2.5, 25.0)]
)
def test_the_room_is_there_and_nothing_else_moves(
    tmp_path: Path, paper: str, high: float, kind: str, below: float, drawn: float
) -> None:
    sheet = of_small(kind, below, paper)
    (rows,) = rows_added(sheet, tmp_path)
    assert rows is not None
    first, last = rows
    top = first - (8.0 if kind == "ruled" else 0.0)
    assert last - top == pytest.approx(drawn, abs=0.6)
    assert lowest_box(sheet, 0) < top < lowest_box(sheet, 0) + 15
    assert last < high - 16


@pytest.mark.parametrize("recipe", ["two-paths", "textbook"])
@pytest.mark.parametrize(("paper", "high"), [("A4", 297.0), ("Letter", 279.4)])
def test_room_that_does_not_fit_takes_the_rest_of_the_page(
    tmp_path: Path, recipe: str, paper: str, high: float
) -> None:
    sheet = faced(sheet_of(recipe, "find" if recipe == "textbook" else "given", paper), "blank", 25.0)
    *before, last = rows_added(sheet, tmp_path)
    assert before == [None] * len(before)
    left = high - 16 - lowest_box(sheet, len(before))
    if last is None:
        assert left < 20
    else:
        assert high - 16 - 2 < last[1] < high - 16
        assert lowest_box(sheet, len(before)) < last[0]


@pytest.mark.parametrize("kind", ["squared", "ruled", "blank"])
def test_a_sheet_laid_out_whole_has_the_same_room(tmp_path: Path, kind: str) -> None:
    # By edges and ink: a hairline may fall on either of two rows of a coarse picture.
    sheet = of_small(kind, 3.0)
    (stamped,), (whole,) = (
        pictures(pdf, tmp_path, name, 400)
        for name, pdf in (("stamped", Printer().student(sheet)), ("whole", Printer().accessible(sheet)))
    )
    below = int((lowest_box(sheet, 0) + 1) / 25.4 * 400)
    rooms = [255 - picture[below : int(280 / 25.4 * 400)] for picture in (stamped, whole)]
    for axis in (0, 1):
        one, other = (np.flatnonzero(room.max(axis=axis) > 40) for room in rooms)
        assert abs(one[0] - other[0]) <= 2
        assert abs(one[-1] - other[-1]) <= 2
    assert rooms[0].sum() == pytest.approx(rooms[1].sum(), rel=0.3)
    assert len(PdfReader(BytesIO(Printer().accessible(of_small(kind, 25.0)))).pages) == 1


def test_a_reader_is_told_nothing_of_it() -> None:
    sheet, plain = of_small("squared", 4.0), of_small("squared", None)
    for printed in (Printer.student, Printer.accessible):
        with_room, without = printed(Printer(), sheet), printed(Printer(), plain)
        assert lacking(with_room, "en") == []
        trees: list[Any] = [PdfReader(BytesIO(pdf)).trailer["/Root"] for pdf in (with_room, without)]
        figures = [str(tree["/StructTreeRoot"]).count("Figure") for tree in trees]
        assert figures[0] == figures[1]


def test_the_key_has_none() -> None:
    def key(sheet: Sheet) -> str:
        out = BytesIO()
        Printer().write_filled(sheet, out)
        return PdfReader(out).pages[0].get_contents().get_data().decode("latin-1")  # type: ignore[union-attr]

    assert key(of_small("squared", 4.0)) == key(of_small("squared", None))


def test_a_class_needs_no_layout_more() -> None:
    printer, plain = Printer(), Printer()
    printer.student(of_small("squared", 4.0))
    plain.student(of_small("squared", None))
    assert printer.layouts_made == plain.layouts_made
    sheet = of_small("squared", None)
    assert room_below(plain.layout(sheet, sheet.questions[0])) is None


def test_sheets_are_printed_anew_where_the_room_changes() -> None:
    marks = {
        face_mark(of_small("ruled", below).face, sheet.texts, [""])
        for below in (None, 3.0, 4.0)
        for sheet in [of_small("ruled", None)]
    }
    assert len(marks) == 3
    assert face_mark(PLAIN, of_small("ruled", None).texts, [""]) is None


@pytest.mark.parametrize(
    ("pages", "complaints"),
    [
        ('working = "ruled"\nworking_below = 0', ["working_below", ": 0; expected"]),
        ('working = "ruled"\nworking_below = -3', ["working_below", ": -3; expected"]),
        ('working = "ruled"\nworking_below = 60', ["working_below", "25", ": 60; expected"]),
        ('working = "ruled"\nworking_below = nan', ["working_below", ": nan; expected"]),
        ('working = "ruled"\nworking_below = "high"', ["working_below", "high"]),
        ('working = "ruled"\nworking_below = true', ["working_below", "true"]),
        ("working_below = 6", ["working_below without working"]),
        ('working = "ruled"\nworking_below = 6\nworking_after = "last"', ["working_after", "working_pages"]),
    ],
)
def test_heights_that_make_no_sense_are_said(tmp_path: Path, pages: str, complaints: list[str]) -> None:
    result = make(tmp_path, f"[pages]\n{pages}")
    assert result.exit_code == 2
    said = " ".join(result.stderr.split())
    assert [one for one in ["assignment.toml", *complaints] if one not in said] == [], said
    assert not (tmp_path / "questions.json").exists()


def test_pages_come_besides_it_only_where_asked_for(tmp_path: Path) -> None:
    for more, pages in (("", 2), ("\nworking_pages = 1", 4)):
        result = make(tmp_path, f'[pages]\nworking = "squared"\nworking_below = 5{more}')
        assert result.exit_code == 0, result.output
        assert len(PdfReader(tmp_path / "sheets" / "s1.pdf").pages) == pages


def test_questions_on_full_pages_are_named(tmp_path: Path) -> None:
    """Whoever asks for room below every question hears where there is none."""
    full = '[[questions]]\nrecipe = "textbook"\nmarks = 4\n'
    result = make(tmp_path, f'[pages]\nworking = "squared"\nworking_below = 5\n{full}')
    assert result.exit_code == 0, result.output
    assert "no room for working below q1: the page is full" in " ".join(result.stderr.split())
