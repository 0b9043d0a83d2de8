"""Pages besides the questions, laid out once like these: a cover, formulas, room for one's own working."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from grader.sheets.content.face import NO_TEXTS, Face, OwnTexts
from grader.sheets.content.formats import MARGIN, PAPER_HEIGHT, Paper, page_width
from grader.sheets.content.formula_sheet import formula_sections
from grader.sheets.content.sheet import Sheet
from grader.sheets.typeset.below import ground
from grader.sheets.typeset.layout import HEAD_BOXES, PageLayout, PlacedNumber, filled_in, placed, which_question
from grader.sheets.typeset.pages import PlacedLink, index_operators
from grader.sheets.typeset.reading_order import letters_of
from grader.sheets.typeset.skeleton import skeleton
from grader.sheets.typography.own_words import set_words
from question_bank.derivations.derivation import Derivation
from question_bank.language.words import _, decimal
from question_bank.networks.lettering import notation_in_force
from question_bank.networks.notations import Notation

ExtraKind = Literal["cover", "working", "formulas"]

_ABOVE = 9.0
"""Millimetres above the room for working (sheet.css)."""
_ACROSS = 10
"""Questions beside each other in the cover's table of marks."""


@dataclass(frozen=True, slots=True)
class ExtraKey:
    """All that decides how such pages look; what its kind has no use for is left out."""

    kind: ExtraKind
    paper: Paper
    face: Face
    course: str
    title: str
    due: str = ""
    texts: OwnTexts = NO_TEXTS
    marks: tuple[tuple[int, float | None], ...] = ()
    """Of each question its number and its marks."""
    question: tuple[int, int] | None = None
    """Behind which one it is, and of how many."""
    derivations: tuple[Derivation, ...] = ()
    notation: Notation = field(default_factory=notation_in_force)


@dataclass(frozen=True, eq=False)
class ExtraPage:
    """Pages that were laid out: shared by all, but for the operators of each that stamp its indices."""

    name: str
    layout: PageLayout
    indices: tuple[str, ...]
    said: tuple[Mapping[int, str], ...]
    labels: tuple[PlacedNumber, ...] = ()
    links: tuple[PlacedLink, ...] = ()
    """There are none, as there are on a question's pages."""

    @property
    def own(self) -> tuple[str, ...]:
        """There is no drawing."""
        return ("",) * self.pages

    @property
    def pages(self) -> int:
        """How many pages it takes."""
        return self.layout.pages


def cover_of(sheet: Sheet) -> ExtraKey | None:
    """The page before the questions."""
    if not sheet.face.pages.cover:
        return None
    marks = tuple((each.number, each.marks) for each in sheet.questions)
    return ExtraKey("cover", sheet.paper, sheet.face, sheet.course, sheet.title, sheet.due, sheet.texts, marks)


def room_for_working(sheet: Sheet, at: int) -> Iterator[ExtraKey]:
    """The pages behind the question at a place, from 0."""
    pages = sheet.face.pages
    last = at == len(sheet.questions) - 1
    if pages.working is None or (pages.working_after == "last" and not last):
        return
    question = sheet.questions[at]
    behind = (question.number, question.of) if pages.working_after == "each" else None
    for _number in range(pages.working_pages):
        yield ExtraKey("working", sheet.paper, sheet.face, sheet.course, sheet.title, question=behind)


def formulas_of(sheet: Sheet) -> ExtraKey | None:
    """The page behind the questions."""
    if not sheet.face.pages.formulas:
        return None
    derivations = tuple(question.question.derivation for question in sheet.questions)
    return ExtraKey("formulas", sheet.paper, sheet.face, sheet.course, sheet.title, derivations=derivations)


def lay_out_extra(key: ExtraKey, name: str, layouts: dict[str, PageLayout]) -> ExtraPage | None:
    """The pages of a key, those that look the same up to indices with a layout that they share.

    None where there is nothing to look up.
    """
    entry = extra_entry(key)
    if entry is None:
        return None
    bones = skeleton(filled_in(key.face, title=key.title, parts=[entry], fields=False, foot=None))
    layout = layouts.get(bones.html)
    if layout is None:
        expected = HEAD_BOXES.values() if key.kind == "cover" else ()
        layout = layouts[bones.html] = placed(bones.html, key.paper, key.face, expected)
    said = tuple(letters_of(page, bones.indices) for page in layout.parts)
    return ExtraPage(name, layout, index_operators(layout, bones.indices), said)


def extra_entry(
    key: ExtraKey,
    prefix: str = "",
    *,
    texts: Mapping[str, str] | None = None,
    qr: str | None = None,
    sheet_id: str = "",
) -> dict[str, Any] | None:
    """The pages as their template takes them; with `texts` what is stamped stands in its boxes. None without any."""
    common = {
        "kind": key.kind,
        "prefix": prefix,
        "course": key.course,
        "title": key.title,
        "texts": texts,
        "heading": " · ".join(filter(None, (key.course, key.title))),
    }
    match key.kind:
        case "cover":
            return common | {
                "due": _("Due {date}").format(date=key.due) if key.due else "",
                "boxes": HEAD_BOXES,
                "qr": qr,
                "sheet_id_text": sheet_id,
                "instructions": set_words(key.texts.instructions),
                "allowed": set_words(key.texts.allowed),
                "honour": set_words(key.texts.honour),
                "tables": _marks(key.marks),
            }
        case "working":
            said = _("Room for your own working")
            which = said if key.question is None else f"{which_question(*key.question)}: {said}"
            return common | {"which": which, "ground": _ground(key)}
        case "formulas":
            sections = formula_sections(key.derivations)
            return common | {"sections": sections} if sections else None


def _marks(marks: tuple[tuple[int, float | None], ...]) -> list[list[dict[str, str]]]:
    """The cover's tables: a column a question, with its number and its marks, and one for the sum of all."""
    known = [each for _number, each in marks if each is not None]
    if not known:
        return []
    columns = [{"head": f"{number}", "marks": "" if each is None else decimal(f"{each:g}")} for number, each in marks]
    if len(columns) > 1:
        columns.append({"head": _("Total"), "marks": decimal(f"{sum(known):g}")})
    return [columns[first : first + _ACROSS] for first in range(0, len(columns), _ACROSS)]


def _ground(key: ExtraKey) -> dict[str, Any]:
    """Lines to write on, in millimetres: how wide and high their field is, and the path that draws them."""
    height = PAPER_HEIGHT[key.paper] - 2 * MARGIN - _ABOVE
    drawn = ground(key.face.pages.working, page_width(key.paper), height)
    return {"width": drawn.width, "height": drawn.height, "path": drawn.path}
