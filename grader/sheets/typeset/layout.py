"""A question laid out once by WeasyPrint, without numbers and indices: its pages, and where each goes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from grader.sheets.content.box_marks import worth_sentence
from grader.sheets.content.drawn_network import PaperFit
from grader.sheets.content.face import NO_TEXTS, PLAIN, Face, OwnTexts
from grader.sheets.content.formats import MILLIMETRES_A_POINT, Paper, page_width
from grader.sheets.content.number_boxes import Number, Shape
from grader.sheets.content.page import Page
from grader.sheets.content.sheet import Sheet, SheetQuestion
from grader.sheets.content.task import precision_words
from grader.sheets.network_picture.drawing import boxed_height, has_boxes_on_edges, natural_height
from grader.sheets.typeset.beside import printed_beside
from grader.sheets.typeset.leaves import OWN_MARK
from grader.sheets.typeset.reading_order import PageParts
from grader.sheets.typeset.skeleton import PREFIX, Skeleton, skeleton
from grader.sheets.typeset.stamp import SMALL_CODE, shortened
from grader.sheets.typeset.usable import require_usable
from grader.sheets.typography.fonts import ASCENT, font
from grader.sheets.typography.own_words import set_words
from grader.sheets.typography.rendering import render
from question_bank.derivations.derivation import Derivation
from question_bank.expressions.precision import Precision
from question_bank.language.words import _, decimal, ngettext
from question_bank.networks.lettering import notation_in_force
from question_bank.networks.notations import Notation

_HEAD_SIZE, _BESIDE_HEAD = 12.0, 25.0
"""Of the head's first line: its size, and the millimetres for the QR code and between its two parts (sheet.css)."""
_RUNNING_SIZE, _BESIDE_CODE = 8.5, 7.0
"""Of the line above a page that goes on: its size, and the points between it and the small code."""

HEAD_BOXES = {
    "name": Number("head:name", 10.0, 150.0, "words"),
    "student": Number("head:student", 10.0, 74.0, "words"),
    "sheet": Number("head:sheet", 10.0, 112.0, "words"),
}
"""What is stamped into every head."""


@dataclass(frozen=True, slots=True)
class SheetHeading:
    """The words of a question's head that all students of a class share."""

    course: str
    title: str
    due: str
    name: str
    number: int
    of: int
    marks: str
    worth: str = ""
    """What the boxes are worth, where the sheet says it."""
    task: str = ""
    """The instructor's words about the question; below, those before the first question and behind the last one."""
    before: OwnTexts = NO_TEXTS
    behind: OwnTexts = NO_TEXTS

    @classmethod
    def of_question(cls, sheet: Sheet, question: SheetQuestion) -> SheetHeading:
        """The heading of one question of a sheet."""
        marks = "" if question.marks is None else f"{question.marks:g}"
        worth = ""
        if question.show_marks and question.marks is not None and question.slot_marks is not None:
            worth = worth_sentence(question.question.derivation, question.marks, question.slot_marks)
        return cls(
            sheet.course,
            sheet.title,
            sheet.due,
            question.name,
            question.number,
            question.of,
            marks,
            worth,
            question.task,
            sheet.texts if question is sheet.questions[0] and not sheet.face.pages.cover else NO_TEXTS,
            sheet.texts if question is sheet.questions[-1] and not sheet.face.pages.cover else NO_TEXTS,
        )


@dataclass(frozen=True, slots=True)
class LayoutKey:
    """All that decides how a question's pages look, apart from the numbers."""

    derivation: Derivation
    precision: Precision
    shape: Shape
    heading: SheetHeading
    paper: Paper
    notation: Notation = field(default_factory=notation_in_force)
    face: Face = PLAIN


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
class PageLayout:
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
    """`qr`, `drawing`, and `drawing2` where that stands on a second page once more; the `end` of all that is said."""
    parts: tuple[PageParts, ...]
    """What a reader is told of each page."""


def page_of(key: LayoutKey, fit: PaperFit, prefix: str = "") -> Page:
    """What a question's page shows."""
    return Page(key.derivation, key.shape, fit, prefix=prefix, width=page_width(key.paper))


def skeleton_of(key: LayoutKey, page: Page) -> Skeleton:
    """The question's HTML without numbers and indices."""
    entry = question_entry(page, key.precision, key.heading, key.paper, texts=None, qr=None)
    return skeleton(filled_in(key.face, title=key.heading.title, parts=[entry], fields=False, foot=None))


def filled_in(face: Face, **context: object) -> str:
    """A sheet's HTML, by our templates or by those of its face, on which raise InputError where they cannot be used."""
    if face.templates is None:
        return render("sheet.html", face=face, **context)
    # What starts processes is read only where one is started.
    from grader.sheets.typography.templates_process import render_own

    made = render_own(face.templates, "sheet.html", face=face, **context)
    # Also a sheet.html that is all one's own is looked at for what it hides.
    return made if OWN_MARK in made else made.replace("<body", OWN_MARK, 1)


def natural_fit(key: LayoutKey) -> PaperFit:
    """The fit where there is room."""
    if has_boxes_on_edges(key.derivation):
        return PaperFit(boxed_height(key.derivation.model), boxed=True)
    return PaperFit(natural_height(key.derivation.model))


def lay_out(html: str, page: Page, key: LayoutKey) -> PageLayout:
    """The pages of a skeleton; `page` says which numbers have boxes on it."""
    numbers = (*page.numbers.values(), *HEAD_BOXES.values())
    return placed(html, key.paper, key.face, numbers, [slot.name for slot in page.derivation.slots])


def placed(html: str, paper: Paper, face: Face, expected: Iterable[Number], slots: Sequence[str] = ()) -> PageLayout:
    """The pages of a skeleton, on which these numbers have boxes, and the answers to these slots.

    Raises InputError where a face of one's own has left something out, or put it where nobody can write.
    """
    expected = list(expected)
    pages = printed_beside(html, paper)
    if face.is_own:
        named = [*(number.id for number in expected), *(("qr",) if expected else ())]
        require_usable(face, html, pages, paper, named, slots)
    height = pages.height
    wanted = {number.id: number for number in expected}
    numbers, indices, boxes, blanks, marks = [], {}, {}, {}, {}
    for at, leaf in enumerate(pages.leaves):
        for identifier, (left, top, right, bottom) in leaf.items():
            kind, _other, name = identifier.partition(":")
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
            elif identifier in ("qr", "drawing", "drawing2", "end"):
                marks[identifier] = place
    missing = [slot for n, slot in enumerate(slots) if n not in boxes] + sorted(wanted)
    assert not missing, f"the template leaves out {missing}"
    return PageLayout(
        pages.pdf,
        len(pages.leaves),
        pages.width,
        height,
        tuple(numbers),
        tuple(indices[n] for n in range(len(indices))),
        tuple(boxes[n] for n in range(len(slots))),
        blanks,
        marks,
        pages.parts,
    )


def question_entry(
    page: Page,
    precision: Precision,
    heading: SheetHeading,
    paper: Paper,
    *,
    texts: Mapping[str, str] | None,
    qr: str | None,
    slots: Mapping[str, str] | None = None,
    sheet_id: str = "",
    below: str = "",
) -> dict[str, Any]:
    """One question as `question.html` takes it; with `texts` (by identifier) the numbers stand in their boxes.

    `below` is the style of the room for working that follows.
    """
    head = {
        "course": heading.course,
        "title": heading.title,
        "stacked": _needs_two_lines(heading, page_width(paper)),
        "running": _running_head(heading, page_width(paper)),
        "due": _("Due {date}").format(date=heading.due) if heading.due else "",
        "name": heading.name,
        "which": which_question(heading.number, heading.of),
        "marks": marks_in_words(heading.marks),
        "worth": heading.worth,
        "task": set_words(heading.task),
        "instructions": set_words(heading.before.instructions),
        "allowed": set_words(heading.before.allowed),
        "honour": set_words(heading.behind.honour),
        "below": below,
        "boxes": HEAD_BOXES,
        "qr": qr,
        "sheet_id_text": sheet_id,
    }
    return {
        "kind": "question",
        "head": head,
        "page": page.context(),
        "texts": texts,
        "precision": precision_words(precision, page.derivation),
        "slots": slots or {},
    }


def which_question(number: int, of: int) -> str:
    """A question's place among the others, in words."""
    return _("Question {number} of {total}").format(number=number, total=of)


def marks_in_words(marks: str) -> str:
    """So many marks, in words; nothing where none are said."""
    if not marks:
        return ""
    return ngettext("{count} mark", "{count} marks", float(marks)).format(count=decimal(marks))


def _running_head(heading: SheetHeading, width: float) -> str:
    """What stands above a question's second page: course and title cut, visibly, where they have no room."""
    ending = " · " + _("Question {number} of {total}, continued").format(number=heading.number, total=heading.of)
    room = width / MILLIMETRES_A_POINT - _BESIDE_CODE - SMALL_CODE - font("bold").width(ending) * _RUNNING_SIZE
    return (
        shortened(" · ".join(filter(None, (heading.course, heading.title))), room, _RUNNING_SIZE, font("bold")) + ending
    )


def _needs_two_lines(heading: SheetHeading, width: float) -> bool:
    """Whether course and title cannot stand in one line beside the question's number and the QR code."""
    left = f"{heading.course} · {heading.title}"
    right = f"{which_question(heading.number, heading.of)} · {marks_in_words(heading.marks)}"
    room = (width - _BESIDE_HEAD) / MILLIMETRES_A_POINT
    return font("bold").width(left + right) * _HEAD_SIZE > room
