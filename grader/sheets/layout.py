"""A question laid out once by WeasyPrint, without numbers and indices: its pages, and where each goes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any, NamedTuple

from grader.sheets.drawing import natural_height
from grader.sheets.fonts import ASCENT, font
from grader.sheets.page import MARGIN, PAPER_WIDTH, Number, Page, Shape, page_width, precision_words
from grader.sheets.rendering import render
from grader.sheets.sheet import Paper, Sheet, SheetQuestion
from grader.sheets.skeleton import PREFIX, Skeleton, skeleton
from grader.sheets.stamp import cut
from grader.sheets.weasy import POINTS_A_PIXEL, html_document
from question_bank.derivation import Derivation
from question_bank.precision import Precision

_MILLIMETRES_A_POINT = 25.4 / 72
LOWEST = 55.0
"""Millimetres that a drawing is made lower to, so that its question stays on a page."""
_LOWEST_AGAIN = 45.0
"""The same where it stands on two pages."""
_PAPER_HEIGHT = {"A4": 297.0, "Letter": 279.4}
_ENDLESS = 3000.0
_HEAD_SIZE, _BESIDE_HEAD = 12.0, 25.0
"""Of the head's first line: its size, and the millimetres for the QR code and between its two parts (sheet.css)."""
_RUNNING_SIZE = 8.5

HEAD_BOXES = {
    "name": Number("head:name", 10.0, 150.0, "words"),
    "student": Number("head:student", 10.0, 74.0, "words"),
    "sheet": Number("head:sheet", 10.0, 112.0, "words"),
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
class Fit:
    """How a question is fitted to its paper: the drawing's height in millimetres, and how the paths stand (`Page`)."""

    height: float
    compact: bool = False
    split: bool = False
    again: bool = False


@dataclass(frozen=True, slots=True)
class Place:
    """A rectangle on a page, in points from its lower left corner; `page` counts from 0."""

    page: int
    left: float
    bottom: float
    right: float
    top: float


class PlacedNumber(NamedTuple):
    """A box for a number: its page, where its left edge meets the baseline, and how far it is turned (cos, sin)."""

    number: Number
    page: int
    left: float
    baseline: float
    cos: float = 1.0
    sin: float = 0.0


class PlacedIndex(NamedTuple):
    """Where an index stands."""

    page: int
    left: float
    baseline: float
    size: float


@dataclass(frozen=True, eq=False)
class Layout:
    """The shared pages as a PDF, their size in points, and the places of all that is stamped."""

    pdf: bytes
    pages: int
    width: float
    height: float
    numbers: tuple[PlacedNumber, ...]
    indices: tuple[PlacedIndex, ...]
    boxes: tuple[Place, ...]
    """Answer boxes, in the order of the slots."""
    blanks: Mapping[str, Place]
    """Where the key writes what is to be found: a column's route (`2`), a factor's symbol (`2.1`)."""
    marks: Mapping[str, Place]
    """`qr`, `drawing`, and `drawing2` where that stands on a second page once more."""


def page_of(key: LayoutKey, fit: Fit, prefix: str = "") -> Page:
    """What a question's page shows."""
    return Page(
        key.derivation,
        key.shape,
        prefix=prefix,
        width=page_width(key.paper),
        height=fit.height,
        compact=fit.compact,
        split=fit.split,
        again=fit.again,
    )


def skeleton_of(key: LayoutKey, page: Page, *, endless: bool = False) -> Skeleton:
    """The question's HTML without numbers and indices; `endless` paper shows how much room it takes."""
    entry = question_entry(page, key.precision, key.heading, key.paper, texts=None, qr=None)
    size = f"{PAPER_WIDTH[key.paper]}mm {_ENDLESS}mm" if endless else key.paper
    html = render("sheet.html", title=key.heading.title, paper=size, questions=[entry], fields=False, foot=None)
    return skeleton(html)


def natural_fit(key: LayoutKey) -> Fit:
    """The fit where there is room."""
    return Fit(natural_height(key.derivation.architecture))


def fit_to_paper(key: LayoutKey) -> Fit:
    """The roomiest fit with which the question stays on one page; else the paths begin a page."""
    natural = natural_fit(key)
    if _pages(key, natural) == 1:
        return natural
    lowest = min(LOWEST, natural.height)
    for compact in (False, True):
        fit = _lowered(key, replace(natural, compact=compact))
        if fit.height >= lowest and _pages(key, fit) == 1:
            return fit
    split = [_lowered(key, replace(natural, compact=compact, split=True, again=True)) for compact in (False, True)]
    best = max(split, key=lambda fit: fit.height)
    if best.height >= min(_LOWEST_AGAIN, natural.height) and _pages(key, best) == 2:
        return best
    plain = _lowered(key, replace(natural, split=True))
    return replace(plain, height=max(plain.height, min(_LOWEST_AGAIN, natural.height)))


def _lowered(key: LayoutKey, fit: Fit) -> Fit:
    """The same with a drawing so much lower that what stands on each of its pages ends there."""
    over = _lowest_end(key, fit) - (_PAPER_HEIGHT[key.paper] - MARGIN)
    # Half a millimetre for what rounds.
    return fit if over <= 0 else replace(fit, height=int(2 * (fit.height - over - 0.5)) / 2)


def _pages(key: LayoutKey, fit: Fit) -> int:
    return len(_rendered(skeleton_of(key, page_of(key, fit)).html).pages)


def _lowest_end(key: LayoutKey, fit: Fit) -> float:
    """Where the fullest of those pages ends that have the drawing, in millimetres from the paper's upper edge."""
    document = _rendered(skeleton_of(key, page_of(key, fit), endless=True).html)
    ends = ["before-work"] if fit.split and not fit.again else ["before-work", "end"]
    found = [leaf.anchors[name][3] for leaf in document.pages for name in ends if name in leaf.anchors]
    return float(max(found)) * POINTS_A_PIXEL * _MILLIMETRES_A_POINT


def lay_out(html: str, page: Page) -> Layout:
    """The pages of a skeleton; `page` says which numbers have boxes on it."""
    document = _rendered(html)
    wanted = {number.id: number for number in (*page.numbers.values(), *HEAD_BOXES.values())}
    height = float(document.pages[0].height) * POINTS_A_PIXEL
    numbers, indices, boxes, blanks, marks = [], {}, {}, {}, {}
    for at, leaf in enumerate(document.pages):
        for identifier, rectangle in leaf.anchors.items():
            left, top, right, bottom = (coordinate * POINTS_A_PIXEL for coordinate in rectangle)
            kind, _, name = identifier.partition(":")
            place = Place(at, left, height - bottom, right, height - top)
            if identifier in wanted:
                number = wanted.pop(identifier)
                numbers.append(PlacedNumber(number, at, left, height - top - ASCENT * number.size))
            elif identifier.startswith(PREFIX):
                size = bottom - top
                indices[int(name)] = PlacedIndex(at, left, height - top - ASCENT * size, size)
            elif kind == "slot":
                boxes[int(name)] = place
            elif kind == "blank":
                blanks[name] = place
            elif identifier in ("qr", "drawing", "drawing2"):
                marks[identifier] = place
    slots = page.derivation.slots
    missing = [slot.name for n, slot in enumerate(slots) if n not in boxes] + sorted(wanted)
    assert not missing, f"the template leaves out {missing}"
    return Layout(
        document.write_pdf(),
        len(document.pages),
        float(document.pages[0].width) * POINTS_A_PIXEL,
        height,
        tuple(numbers),
        tuple(indices[n] for n in range(len(indices))),
        tuple(boxes[n] for n in range(len(slots))),
        blanks,
        marks,
    )


def question_entry(
    page: Page,
    precision: Precision,
    heading: Heading,
    paper: Paper,
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
        "stacked": _needs_two_lines(heading, page_width(paper)),
        "running": _running_head(heading, page_width(paper)),
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
        "precision": precision_words(precision, page.derivation.layout),
        "slots": slots or {},
    }


def _running_head(heading: Heading, width: float) -> str:
    """What stands above a question's second page: course and title cut, visibly, where they have no room."""
    ending = f" · Question {heading.number} of {heading.of}, continued"
    room = width / _MILLIMETRES_A_POINT - font("bold").width(ending) * _RUNNING_SIZE
    return cut(" · ".join(filter(None, (heading.course, heading.title))), room, _RUNNING_SIZE, font("bold")) + ending


def _needs_two_lines(heading: Heading, width: float) -> bool:
    """Whether course and title cannot stand in one line beside the question's number and the QR code."""
    left = f"{heading.course} · {heading.title}"
    right = f"Question {heading.number} of {heading.of} · {heading.marks} marks"
    room = (width - _BESIDE_HEAD) / _MILLIMETRES_A_POINT
    return font("bold").width(left + right) * _HEAD_SIZE > room


@lru_cache(maxsize=2)
def _rendered(html: str) -> Any:
    """The document laid out. Kept, because what was tried is often tried again or taken: two fits may look alike."""
    return html_document(html).render()
