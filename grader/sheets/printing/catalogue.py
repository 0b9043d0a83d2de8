"""A catalogue of recipes: a list, then of each what it is and, below, a sheet with the right values in its boxes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate, groupby
from typing import Any

from grader.sheets.content.sheet import Sheet, SheetQuestion
from grader.sheets.pdf.stream import PdfStream, Piece, said_as
from grader.sheets.pdf.structure import PageTags, StructureWriter, artifact, marked, page_tags, with_parts
from grader.sheets.typeset.foreign_names import writable
from grader.sheets.typeset.reading_order import NOTHING, TaggedPart, letters_of
from grader.sheets.typeset.stamp import TextPiece, foot_piece, text_operators
from grader.sheets.typeset.weasy import POINTS_A_PIXEL, laid_out, written_with_parts
from grader.sheets.typography.rendering import render, sheet_css, words
from question_bank.questions.question import Question

_SCALE = 0.8
"""How large a sheet stands below what is said of its recipe, at the most."""
_HEAD, _ABOVE_NEXT, _FOOT = 98.0, 43.0, 21.0
"""In points from a sheet's edges: its head, which says whose it is, the margin above its next page, and that below what
is said of its certificate."""
_BELOW, _AIR = 37.0, 4.0
"""How far above the edge of the catalogue's page a sheet ends, and the room between its first line and its frame."""


@dataclass(frozen=True, slots=True)
class CatalogueEntry:
    """A recipe as a catalogue has it: `columns` are its boxes, minutes, and whether it takes a calculator."""

    name: str
    title: str
    description: str
    chapter: str
    practises: str
    columns: tuple[str, str, str]
    facts: tuple[tuple[str, str], ...]
    question: Question

    @property
    def sheet(self) -> Sheet:
        """The example as a sheet of nobody's."""
        return Sheet("", "", "", "", "", (SheetQuestion(1, 1, self.question),))


class Catalogue:
    """The list in front, the head of each recipe's page, and how a sheet's page is drawn below it."""

    def __init__(self, entries: Sequence[CatalogueEntry], pages: Sequence[int]) -> None:
        """`pages` counts the pages that each recipe's sheet takes."""
        self._titles = [entry.title for entry in entries]
        before = [0, *accumulate(pages)]
        # How many pages the list takes does not hang on the numbers that stand in it.
        self._front = len(_list(entries, before).pages)
        front = _list(entries, [self._front + 1 + count for count in before])
        heads = laid_out(render("catalogue_heads.html", entries=entries), sheet_css())
        self._said_down_to = [_lowest_line(page) for page in heads.pages]
        self._total = self._front + before[-1]
        self.width = float(heads.pages[0].width) * POINTS_A_PIXEL
        self.height = float(heads.pages[0].height) * POINTS_A_PIXEL
        (front_pdf, front_parts), (heads_pdf, head_parts) = map(written_with_parts, (front, heads))
        self._parts = dict(zip((f"F{page}" for page in range(self._front)), front_parts, strict=True))
        self._parts |= dict(zip((f"H{number}" for number in range(len(entries))), head_parts, strict=True))
        self.pieces = [Piece(f"F{page}", front_pdf, page) for page in range(self._front)]
        self.pieces += [Piece(f"H{number}", heads_pdf, number) for number in range(len(entries))]
        self._at = 0

    @property
    def pages(self) -> int:
        """How many pages it has."""
        return self._total

    def front(self) -> Iterator[CataloguePage]:
        """The list's pages."""
        for page in range(self._front):
            yield self._page(artifact(self._number()), f"F{page}", [])

    def sheet_page(self, number: int, page: int, operators: str) -> CataloguePage:
        """A page of a recipe's sheet, without head and foot, framed and smaller; above it, what the recipe is."""
        bottom, top = _FOOT, self.height - (_ABOVE_NEXT if page else _HEAD)
        # Where much is said of a recipe, its sheet stands smaller below that.
        room = self.height - _BELOW - 2 * _AIR - (_ABOVE_NEXT if page else self._said_down_to[number] + _AIR)
        scale = min(_SCALE, room / (top - bottom))
        left, width, height = (1.0 - scale) / 2 * self.width, scale * self.width, scale * (top - bottom)
        shown = f"{left:.2f} {_BELOW:.2f} {width:.2f} {height:.2f} re"
        frame = f"{left:.2f} {_BELOW:.2f} {width:.2f} {height + _AIR:.2f} re"
        placed = f"{scale:.4f} 0 0 {scale:.4f} {left:.2f} {_BELOW - scale * bottom:.2f} cm"
        example = TaggedPart("Figure", (), words("catalogue_example", title=self._titles[number]))
        rest = artifact(f"q 0.5 w 0.6 G {frame} S Q\n{self._number()}")
        drawn = f"q {shown} W n {placed}\n{operators}\nQ"
        if page == 0:
            ground = f"H{number}"
            mark = self._parts[ground].marks
            return self._page(f"{marked('Figure', mark, drawn)}\n{rest}", ground, [example])
        head = marked("P", 0, self._continued(number, left, _BELOW + height + 2 * _AIR))
        return self._page(f"{head}\n{marked('Figure', 1, drawn)}\n{rest}", None, [TaggedPart("P", ()), example])

    def _page(self, operators: str, ground: str | None, more: Sequence[TaggedPart]) -> CataloguePage:
        parts = NOTHING if ground is None else self._parts[ground]
        said = said_as(letters_of(parts))
        tags = with_parts(page_tags(parts, "paper"), more)
        return CataloguePage(operators, tags, ground, said, self.width, self.height)

    def _continued(self, number: int, left: float, baseline: float) -> str:
        text = words("catalogue_continued", title=writable(self._titles[number]))
        return text_operators([TextPiece(left, baseline, 8.5, text)])

    def _number(self) -> str:
        self._at += 1
        return text_operators([foot_piece(words("catalogue_foot", page=self._at, pages=self._total), self.width)])


def _lowest_line(page: Any) -> float:
    """How far down from a page's edge its text goes, in points."""
    lines = [box for box in page._page_box.descendants() if hasattr(box, "text")]
    return max(float(box.position_y + box.height) for box in lines) * POINTS_A_PIXEL


def _list(entries: Sequence[CatalogueEntry], first: Sequence[int]) -> Any:
    rows = list(zip(entries, first, strict=False))
    chapters = [(chapter, list(some)) for chapter, some in groupby(rows, lambda row: row[0].chapter)]
    return laid_out(render("catalogue_list.html", chapters=chapters, count=len(entries)), sheet_css())


@dataclass(frozen=True, slots=True)
class CataloguePage:
    """A page: what is written on the shared one, if there is one, and how that is said."""

    operators: str
    tags: PageTags
    ground: str | None
    said: str
    width: float
    height: float

    def write(self, stream: PdfStream, tree: StructureWriter) -> None:
        """Write it, in a section of its own."""
        tree.begin()
        number = stream.reserve()
        key = tree.add(self.tags, number)
        uses = None if self.ground is None else stream.ground_uses(self.ground, stream.forms, self.said)
        stream.add_page(self.operators, self.width, self.height, number=number, key=key, ground=self.ground, uses=uses)
