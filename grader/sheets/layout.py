"""A question laid out once by WeasyPrint, without any student's numbers: its pages, and where each number goes."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from grader.sheets.fonts import ASCENT
from grader.sheets.page import Number, Page, Shape, page_width, precision_words
from grader.sheets.sheet import Paper, Sheet, SheetQuestion
from grader.sheets.templates_folder import render
from question_bank.derivation import Derivation
from question_bank.precision import Precision

_POINTS_A_PIXEL = 0.75
DRAWING_HEIGHTS = (60.0, 53.0, 45.0)
"""Millimetres, the one to be preferred first."""

HEAD_BOXES = {
    "name": Number("head:name", 10.0, 150.0, "left"),
    "student": Number("head:student", 10.0, 74.0, "left"),
    "sheet": Number("head:sheet", 10.0, 112.0, "left"),
}
"""What is stamped into every head."""


@dataclass(frozen=True, slots=True)
class Heading:
    """The words of a question's head that all students of a class share."""

    course: str
    title: str
    due: str
    name: str
    number: int
    of: int
    marks: str

    @classmethod
    def of_question(cls, sheet: Sheet, question: SheetQuestion) -> Heading:
        """The heading of one question of a sheet."""
        marks = "" if question.marks is None else f"{question.marks:g}"
        return cls(sheet.course, sheet.title, sheet.due, question.name, question.number, question.of, marks)


@dataclass(frozen=True, slots=True)
class LayoutKey:
    """All that decides how a question's pages look, apart from the numbers."""

    derivation: Derivation
    precision: Precision
    shape: Shape
    heading: Heading
    paper: Paper


@dataclass(frozen=True, slots=True)
class Place:
    """A rectangle on a page, in points from its lower left corner; `page` counts from 0."""

    page: int
    left: float
    bottom: float
    right: float
    top: float


@dataclass(frozen=True)
class Layout:
    """The shared pages as a PDF, their size in points, and the places of numbers, answer boxes, QR code and note."""

    key: LayoutKey
    drawing: float
    pdf: bytes
    pages: int
    width: float
    height: float
    numbers: tuple[tuple[Number, int, float, float], ...]
    """(box, page, left, baseline)"""
    boxes: Mapping[str, Place]
    marks: Mapping[str, Place]
    """`qr` and `note`."""


def lay_out(key: LayoutKey, heights: Sequence[float] = DRAWING_HEIGHTS) -> Layout:
    """The pages of one question with every box empty; `heights` are those that the drawing may have."""
    page, document = _fitted(key, heights)
    wanted = {number.id: number for number in (*page.numbers.values(), *HEAD_BOXES.values())}
    height = float(document.pages[0].height) * _POINTS_A_PIXEL
    numbers, boxes, marks = [], {}, {}
    for index, leaf in enumerate(document.pages):
        for identifier, rectangle in leaf.anchors.items():
            left, top, right, bottom = (coordinate * _POINTS_A_PIXEL for coordinate in rectangle)
            if identifier in wanted:
                number = wanted.pop(identifier)
                numbers.append((number, index, left, height - top - ASCENT * number.size))
            elif identifier.startswith("slot:"):
                boxes[identifier[5:]] = Place(index, left, height - bottom, right, height - top)
            elif identifier in ("qr", "note"):
                marks[identifier] = Place(index, left, height - bottom, right, height - top)
    missing = [slot.name for slot in key.derivation.slots if slot.name not in boxes] + sorted(wanted)
    assert not missing, f"the template leaves out {missing}"
    return Layout(
        key,
        page.height,
        document.write_pdf(),
        len(document.pages),
        float(document.pages[0].width) * _POINTS_A_PIXEL,
        height,
        tuple(numbers),
        boxes,
        marks,
    )


def _fitted(key: LayoutKey, heights: Sequence[float]) -> tuple[Page, Any]:
    """The tallest drawing with which the question stays on one page; the tallest of all where none does."""
    tried = []
    for height in heights:
        page = Page(key.derivation, key.shape, width=page_width(key.paper), height=height)
        entry = question_entry(page, key.precision, key.heading, texts=None, qr=None)
        html = render(
            "sheet.html", title=key.heading.title, paper=key.paper, questions=[entry], fields=False, foot=None
        )
        document = html_document(html).render()
        if len(document.pages) == 1:
            return page, document
        tried.append((page, document))
    return tried[0]


def question_entry(
    page: Page,
    precision: Precision,
    heading: Heading,
    *,
    texts: Mapping[str, str] | None,
    qr: str | None,
    slots: Mapping[str, str] | None = None,
    sheet_id: str = "",
) -> dict[str, Any]:
    """One question as `question.html` takes it; with `texts` (by identifier) the numbers stand in their boxes."""
    head = {
        "course": heading.course,
        "title": heading.title,
        "due": heading.due,
        "name": heading.name,
        "number": heading.number,
        "of": heading.of,
        "marks": heading.marks,
        "boxes": HEAD_BOXES,
        "qr": qr,
        "sheet_id_text": sheet_id,
    }
    return {
        "head": head,
        "page": page.context(),
        "texts": texts,
        "precision": precision_words(precision),
        "slots": slots or {},
    }


def html_document(html: str) -> Any:
    """WeasyPrint's document of a text that may fetch nothing: all it needs is in it."""
    from weasyprint import HTML
    from weasyprint.urls import URLFetcher

    # WeasyPrint logs every CSS nicety it skips.
    logging.getLogger("weasyprint").setLevel(logging.ERROR)
    return HTML(string=html, url_fetcher=URLFetcher(allowed_protocols={"data"}, allow_redirects=False))
