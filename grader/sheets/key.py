"""The key: what is stamped into the boxes, and the summary of all answers."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from grader.sheets.layout import Layout, html_document
from grader.sheets.page import printed_number
from grader.sheets.sheet import Sheet, SheetQuestion
from grader.sheets.stamp import TextPiece, box_piece
from grader.sheets.templates_folder import render, words
from question_bank.precision import Places
from question_bank.question import Question

_VALUE, _RANGE, _NOTE = 9.5, 6.0, 8.5
_POINTS_A_PIXEL = 0.75


@dataclass(frozen=True)
class Summary:
    """The summary's pages as a PDF, and their size."""

    pdf: bytes
    pages: int
    width: float
    height: float


def key_pieces(layout: Layout, question: SheetQuestion) -> list[tuple[int, TextPiece]]:
    """Page and text of every value with its accepted range, and of the certificate's line."""
    solved = question.question
    pieces = []
    for slot in solved.slots:
        place = layout.boxes[slot.name]
        value = printed_number(solved.printed(slot.step))
        span = accepted_range(solved, slot.step)
        if span:
            pieces.append((place.page, box_piece(place.left, place.right, place.bottom + 11.2, _VALUE, value)))
            pieces.append((place.page, box_piece(place.left, place.right, place.bottom + 3.6, _RANGE, span)))
        else:
            pieces.append((place.page, box_piece(place.left, place.right, place.bottom + 8.0, _VALUE, value)))
    note = layout.marks.get("note")
    text = certificate_line(solved)
    if note is not None and text:
        pieces.append((note.page, (note.left, note.bottom + 1.5, _NOTE, text)))
    return pieces


def accepted_range(question: Question, key: str) -> str:
    """The honest range as the key prints it, a digit finer than what is asked; empty where it is a point."""
    low, high = question.range(key)
    if low == high:
        return ""
    places = question.places(key)
    finer = Places(places.count + 1, places.kind)
    return words("accepted", low=printed_number(finer.format(low)), high=printed_number(finer.format(high)))


def certificate_line(question: Question) -> str:
    """Widest range, nearest mistake, difficulty; empty for a question that was not certified."""
    if not question.certificate:
        return ""
    return " ".join(printed_number(words("certificate", c=question.certificate)).split())


def summary(sheets: Collection[Sheet]) -> Summary:
    """All students and their answers."""
    rows: list[dict[str, Any]] = []
    title = course = ""
    paper = "A4"
    most = 0
    for sheet in sheets:
        title, course, paper = sheet.title, sheet.course, sheet.paper
        answers = [
            {
                "parameter": question.question.symbol(question.question.derivation.answer),
                "value": printed_number(question.question.printed(question.question.derivation.answer)),
                "span": accepted_range(question.question, question.question.derivation.answer),
            }
            for question in sheet.questions
        ]
        most = max(most, len(answers))
        rows.append({"id": sheet.student_id, "name": sheet.student_name, "sheet": sheet.sheet_id, "answers": answers})
    html = render("summary.html", title=title, course=course, paper=paper, rows=rows, most=most)
    document = html_document(html).render()
    first = document.pages[0]
    return Summary(
        document.write_pdf(),
        len(document.pages),
        float(first.width) * _POINTS_A_PIXEL,
        float(first.height) * _POINTS_A_PIXEL,
    )
