"""Sheets as PDF files: one a student, or all in one, each question laid out once and the numbers stamped."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, TypeAlias

from grader.sheets.content.drawn_network import PaperFit
from grader.sheets.content.number_boxes import Shape, printed_givens, room_for_all, shape_of
from grader.sheets.content.page import texts_of
from grader.sheets.content.page_code import PageCode
from grader.sheets.content.sheet import Sheet, SheetQuestion
from grader.sheets.pdf.forms import Field, FormWriter, fields_of, tooltip
from grader.sheets.pdf.sheet_identity import (
    FACE_KEY,
    NOTATION_KEY,
    ORDER_KEY,
    PERSON_KEY,
    PRODUCER,
    SHEET_KEY,
    face_mark,
    notation_mark,
    person,
)
from grader.sheets.pdf.stream import (
    BasePdf,
    PdfStream,
    Piece,
    make_base,
    make_stamps_ready,
    pdf_text,
    said_as,
    with_information,
)
from grader.sheets.pdf.structure import NO_TAGS, Boxes, PageTags, StructureWriter, artifact, marked, page_tags, unmarked
from grader.sheets.printing.fit import first_layout, fit_to_paper
from grader.sheets.typeset.below import room_below
from grader.sheets.typeset.beside import expect
from grader.sheets.typeset.extra import (
    ExtraKey,
    ExtraPage,
    cover_of,
    extra_entry,
    formulas_of,
    lay_out_extra,
    room_for_working,
)
from grader.sheets.typeset.foreign_names import NAME_DROP, Foreign, drawn_name, foreign, writable
from grader.sheets.typeset.layout import (
    HEAD_BOXES,
    LayoutKey,
    PageLayout,
    SheetHeading,
    filled_in,
    lay_out,
    natural_fit,
    page_of,
    question_entry,
    skeleton_of,
)
from grader.sheets.typeset.pages import Typeset, typeset
from grader.sheets.typeset.stamp import (
    TextPiece,
    fitted,
    foot_piece,
    number_piece,
    qr_data_uri,
    qr_operators,
    small_code_operators,
    text_operators,
)
from grader.sheets.typeset.usable import require_fields
from grader.sheets.typeset.weasy import TAGGED, laid_out
from grader.sheets.typography.rendering import sheet_css, words
from question_bank.expressions.names import Symbol
from question_bank.language.words import _, language
from question_bank.networks.lettering import notation_in_force

if TYPE_CHECKING:
    from grader.sheets.printing.catalogue import CatalogueEntry
    from grader.sheets.printing.cover import Cover
    from grader.sheets.printing.key import Difficulties, KeyLayer

_BASES_KEPT = 32

Prepared: TypeAlias = tuple[Typeset, SheetQuestion, dict[Symbol, str]]
"""A question of a sheet: its pages, itself, and its givens as printed."""
Part: TypeAlias = Prepared | tuple[ExtraPage, None, dict[Symbol, str]]
"""The same, or pages besides the questions."""


class Printer:
    """Prints sheets; every layout is made once and kept.

    The sheets of a class, if they are named, share layouts whatever numbers each drew: a question has the room that
    any of theirs needs.
    """

    def __init__(self, of_a_class: Iterable[Sheet] = ()) -> None:
        self._typesets: dict[tuple[str, LayoutKey], Typeset] = {}
        self._fits: dict[str, PaperFit] = {}
        self._extras: dict[tuple[str, ExtraKey], ExtraPage | None] = {}
        self._layouts: dict[str, PageLayout] = {}
        self._bases: dict[tuple[object, ...], BasePdf] = {}
        self._fields: dict[Typeset, tuple[Field, ...]] = {}
        self._page_tags: dict[tuple[Typeset | ExtraPage, int, Boxes], tuple[PageTags, str]] = {}
        shapes: defaultdict[str, set[Shape]] = defaultdict(set)
        for sheet in of_a_class:
            for question in sheet.questions:
                shapes[question.name].add(_shape(question, printed_givens(question.question)))
        self._rooms = {name: room_for_all(found) for name, found in shapes.items()}

    def require_usable(self, sheets: Iterable[Sheet], tagged: Collection[str] = ()) -> None:
        """Lay out what sheets with a face of their own need; raises InputError where one has left something out.

        Those of the `tagged` students are filled in as a whole.
        """
        for sheet in sheets:
            if sheet.face.is_own:
                self._parts(sheet)
                if sheet.student_id in tagged:
                    self._whole(sheet, fields=True)

    def without_room(self, sheets: Iterable[Sheet]) -> list[str]:
        """The questions below which somebody's sheet has no room for working where each was to have it."""
        found = {
            question.name: None
            for sheet in sheets
            if sheet.face.pages.working_below is not None
            for question in sheet.questions
            if room_below(self.layout(sheet, question)) is None
        }
        return list(found)

    def layout(self, sheet: Sheet, question: SheetQuestion) -> Typeset:
        """The pages that a question of this sheet is stamped on."""
        return self._prepare(sheet, question)[0]

    @property
    def layouts_made(self) -> int:
        """How many layouts all that was printed so far took."""
        return len(self._layouts)

    def student(self, sheet: Sheet) -> bytes:
        """One student's sheet, with a form to fill in."""
        out = BytesIO()
        self.write_student(sheet, out)
        return out.getvalue()

    def write_student(self, sheet: Sheet, file: BinaryIO) -> None:
        """The same, written to an open file."""
        parts = self._parts(sheet)
        names = tuple(_foreign(sheet).values())
        layouts = list(dict.fromkeys(made.layout for made, _question, _givens in parts))
        stream = PdfStream(self._base(layouts, names), file)
        form, tree = FormWriter(stream, sheet.sheet_id), StructureWriter(stream)
        for copy in self._pages(stream, sheet, parts, layouts, names, "fields"):
            widgets, by_slot = form.add(self._fields_of(copy.made), copy.page, tree.key)
            copy.write(stream, tree, widgets, by_slot)
        stream.close(_information(sheet.title, sheet), language().code, form.close(), tree.close())

    def write_all(self, sheets: Collection[Sheet], path: Path) -> int:
        """Every student's sheet in one file for the printer, without forms; returns the number of pages.

        Goes through the sheets twice and keeps none of them.
        """
        with path.open("wb") as file:
            return self.write_all_to(sheets, file)

    def write_all_to(
        self, sheets: Collection[Sheet], file: BinaryIO, *, sides: int = 1, cover: Cover | None = None, order: str = ""
    ) -> int:
        """The same, written to an open file.

        With two `sides` every sheet, and the `cover`, begins on a page of its own paper: a blank page follows where
        that needs one. What the file says of its `order` is kept in its information.
        """
        layouts, names = self._shared(sheets, extra=True)
        stream = PdfStream(make_base(_pieces(layouts) + _name_pieces(names)), file)
        tree = StructureWriter(stream)
        pages = 0
        title = ""
        for sheet in sheets:
            title = sheet.title
            parts = self._parts(sheet)
            paper = parts[0][0].layout
            if not pages and cover is not None:
                pages = cover.write(stream, tree, sheets, paper)
                pages += _pad(stream, tree, pages, sides, paper)
            bookmarks = _Bookmarks(stream, sheet)
            for copy in self._pages(stream, sheet, parts, layouts, names, "paper"):
                bookmarks.add(copy.write(stream, tree), copy.made, copy.page)
                pages += 1
            pages += _pad(stream, tree, pages, sides, paper)
        information = _information(title) | ({ORDER_KEY: order} if order else {})
        stream.close(information, language().code, tree=tree.close())
        return pages

    def write_key(self, sheets: Collection[Sheet], path: Path) -> None:
        """The key: a summary of all answers, then every sheet filled in, with its accepted ranges."""
        with path.open("wb") as file:
            self.write_key_to(sheets, file)

    def write_key_to(self, sheets: Collection[Sheet], file: BinaryIO) -> None:
        """The same, written to an open file."""
        from grader.sheets.printing.key import difficulties
        from grader.sheets.printing.summary import SummaryPage

        layouts, names = self._shared(sheets)
        summary = SummaryPage(sheets)
        pieces = [summary.piece, *_pieces(layouts), *_name_pieces(names)]
        stream = PdfStream(make_base(pieces), file)
        tree = StructureWriter(stream)
        uses = stream.ground_uses(summary.piece.name, (), summary.said)
        for number, (operators, tags) in enumerate(summary.pages(sheets, names)):
            at = stream.reserve()
            page = stream.add_page(
                operators,
                summary.width,
                summary.height,
                number=at,
                key=tree.add(tags, at),
                ground=summary.piece.name,
                uses=uses,
            )
            if not number:
                stream.bookmark(next(iter(sheets)).title, page)
        title = ""
        hardness = difficulties(sheets)
        for sheet in sheets:
            title = sheet.title
            bookmarks = _Bookmarks(stream, sheet)
            for copy in self._filled(stream, sheet, layouts, names, hardness):
                bookmarks.add(copy.write(stream, tree), copy.made, copy.page)
        stream.close(_information(title), language().code, tree=tree.close())

    def write_filled(self, sheet: Sheet, file: BinaryIO) -> None:
        """One sheet as the key has it, without the summary of a class."""
        layouts, names = self._shared([sheet])
        stream = PdfStream(self._base(layouts, names), file)
        tree = StructureWriter(stream)
        for copy in self._filled(stream, sheet, layouts, names):
            copy.write(stream, tree)
        stream.close(_information(sheet.title), language().code, tree=tree.close())

    def _filled(
        self,
        stream: PdfStream,
        sheet: Sheet,
        layouts: Sequence[PageLayout],
        names: Sequence[Foreign],
        hardness: Difficulties | None = None,
        *,
        foot: bool = True,
    ) -> Iterator[Copy]:
        from grader.sheets.printing.key import key_layer

        prepared = [self._prepare(sheet, question) for question in sheet.questions]
        key = {question.name: key_layer(made, question, hardness) for made, question, _other in prepared}
        yield from self._pages(stream, sheet, prepared, layouts, names, "values", key, foot=foot)

    def write_catalogue_to(self, entries: Sequence[CatalogueEntry], file: BinaryIO) -> int:
        """Recipes, each with its example filled in; returns the number of pages."""
        from grader.sheets.printing.catalogue import Catalogue

        sheets = [entry.sheet for entry in entries]
        layouts, names = self._shared(sheets)
        made = [[self.layout(sheet, question) for question in sheet.questions] for sheet in sheets]
        catalogue = Catalogue(entries, [sum(each.pages for each in some) for some in made])
        # An example is a picture of a sheet: smaller, and read out as that.
        drawn = [replace(piece, drawn=True) for piece in _pieces(layouts)]
        stream = PdfStream(make_base([*catalogue.pieces, *drawn, *_name_pieces(names)]), file)
        tree = StructureWriter(stream)
        for copy in catalogue.front():
            copy.write(stream, tree)
        for number, sheet in enumerate(sheets):
            for page, filled in enumerate(self._filled(stream, sheet, layouts, names, foot=False)):
                catalogue.sheet_page(number, page, filled.whole()).write(stream, tree)
        stream.close(_information(_("Recipes")), language().code, tree=tree.close())
        return catalogue.pages

    def accessible(self, sheet: Sheet) -> bytes:
        """The sheet laid out as a whole, with tags and a form (PDF/UA): slower, and it must look the same."""
        said = _information(sheet.title, sheet)
        written = {key: said[key] for key in said if key != "Producer"}
        return with_information(self._whole(sheet, fields=True), written, self._small_codes(sheet))

    def _small_codes(self, sheet: Sheet) -> dict[int, str]:
        """Pages, from 0, that have no place for a code, and what draws a small one there."""
        if not sheet.sheet_id:
            return {}
        layouts = [made.layout for made, _question, _givens in self._parts(sheet)]
        pages = [(layout, page) for layout in layouts for page in range(layout.pages)]
        return {
            at: artifact(small_code_operators(PageCode(sheet.sheet_id, at + 1).short, layout.width, layout.height))
            for at, (layout, page) in enumerate(pages)
            if (qr := layout.marks.get("qr")) is None or qr.page != page
        }

    def _whole(self, sheet: Sheet, *, fields: bool) -> bytes:
        heads = _head_html(sheet)
        counts = [made.pages for made, _question, _givens in self._parts(sheet)]
        codes = iter(
            [
                qr_data_uri(PageCode(sheet.sheet_id, 1 + sum(counts[:at])).text if sheet.sheet_id else "")
                for at in range(len(counts))
            ]
        )
        cover, formulas = cover_of(sheet), formulas_of(sheet)
        entries = (
            []
            if cover is None
            else [extra_entry(cover, "cover-", texts=heads, qr=next(codes), sheet_id=sheet.sheet_id)]
        )
        for at, question in enumerate(sheet.questions):
            made, _other, givens = self._prepare(sheet, question)
            key = made.key
            page = page_of(key, made.fit, f"{question.name}-")
            room = room_below(made)
            slots = {slot.name: tooltip(key.derivation, slot) for slot in key.derivation.slots}
            context = question_entry(
                page,
                key.precision,
                key.heading,
                key.paper,
                texts=None,
                qr=next(codes),
                slots=slots,
                sheet_id=sheet.sheet_id,
                below="" if room is None else room.style,
            )
            context["texts"] = {**texts_of(page, givens), **heads}
            entries.append(context)
            for n, each in enumerate(room_for_working(sheet, at)):
                entries.append(extra_entry(each, f"working{at}-{n}-"))
                next(codes)
        if formulas is not None:
            entries.append(extra_entry(formulas, "formulas-"))
        parts = [*filter(None, entries)]
        html = filled_in(sheet.face, title=sheet.title, parts=parts, fields=fields, foot=sheet.sheet_id)
        if sheet.face.is_own and fields:
            require_fields(sheet.face, html, entries)
        options = {"pdf_forms": True, **TAGGED} if fields else {}
        written: bytes = laid_out(html, sheet_css(), sheet.paper, **options).write_pdf(**options)
        return written

    def _pages(
        self,
        stream: PdfStream,
        sheet: Sheet,
        parts_of_sheet: Sequence[Part],
        layouts: Sequence[PageLayout],
        names: Sequence[Foreign],
        boxes: Boxes,
        key: Mapping[str, Sequence[KeyLayer]] | None = None,
        *,
        foot: bool = True,
    ) -> Iterator[Copy]:
        """Each page of a sheet, with this in its boxes."""
        total = sum(made.pages for made, _question, _givens in parts_of_sheet)
        heads = _heads(sheet)
        drawn_heads = {box: names.index(text) for box, text in _foreign(sheet).items()}
        at = 0
        for made, question, givens in parts_of_sheet:
            layout = made.layout
            which = layouts.index(layout)
            stamped: list[dict[str, TextPiece | str]] = [{} for _other in range(layout.pages)]
            for number, page, left, baseline, c, s in (*layout.numbers, *made.labels):
                if number.given is not None:
                    text = givens[number.given]
                elif number.id in drawn_heads:
                    stamped[page][number.id] = _drawn_name(drawn_heads[number.id], left, baseline, heads[number.id])
                    continue
                else:
                    text = heads[number.id]
                stamped[page][number.id] = number_piece(number, left, baseline, text, c, s)
            room = room_below(made) if key is None and isinstance(made, Typeset) else None
            links = [link for link in made.links if givens[link.name] == link.drawn_at]
            for page in range(layout.pages):
                at += 1
                below = words("foot", page=at, pages=total, sheet_id=sheet.sheet_id, key=key is not None)
                tags, said = self._tags(made, page, boxes)
                forms = _own_forms(stream, made, page)
                # Below the labels' white ground, which is the question's own.
                there = [link.operators for link in links if link.page == page]
                drawn = [*there, *(f"/{name} Do" for name in forms if not name.endswith("i"))]
                content = _stamped(tags, stamped[page], drawn)
                content += [artifact(f"/{name} Do") for name in forms if name.endswith("i")]
                others = [text_operators([foot_piece(below, layout.width)])] if foot else []
                if room is not None and room.page == page:
                    others.append(room.operators)
                if key is not None and question is not None:
                    layer = key[question.name][page]
                    content += [marked("Span", mark, layer.values.get(slot, "")) for slot, mark in tags.values.items()]
                    others += [*layer.found, layer.note]
                if sheet.sheet_id:
                    code = PageCode(sheet.sheet_id, at, key is not None)
                    qr = layout.marks.get("qr")
                    if qr is not None and qr.page == page:
                        others.append(qr_operators(code.text, qr.left, qr.top, qr.right - qr.left))
                    else:
                        others.append(small_code_operators(code.short, layout.width, layout.height))
                content.append(artifact("\n".join(others)))
                yield Copy("\n".join(content), tags, made, page, f"L{which}p{page}", forms, said)

    def _fields_of(self, made: Typeset | ExtraPage) -> tuple[Field, ...]:
        if isinstance(made, ExtraPage):
            return ()
        if made not in self._fields:
            self._fields[made] = fields_of(made)
        return self._fields[made]

    def _tags(self, made: Typeset | ExtraPage, page: int, boxes: Boxes) -> tuple[PageTags, str]:
        """A page's elements, and how its marks are said."""
        key = (made, page, boxes)
        if key not in self._page_tags:
            self._page_tags[key] = page_tags(made.layout.parts[page], boxes), said_as(made.said[page])
        return self._page_tags[key]

    def expect(self, sheet: Sheet) -> None:
        """Begin to lay its first question out, where there is a process for that beside this one."""
        key, _other = self._key(sheet, sheet.questions[0])
        expect(skeleton_of(key, page_of(key, first_layout(key))).html, key.paper)
        make_stamps_ready()

    def _parts(self, sheet: Sheet) -> list[Part]:
        """All that a sheet consists of, in its order."""
        parts: list[Part] = [*self._extra_pages(cover_of(sheet))]
        for at, question in enumerate(sheet.questions):
            parts.append(self._prepare(sheet, question))
            parts += self._extra_pages(*room_for_working(sheet, at))
        return [*parts, *self._extra_pages(formulas_of(sheet))]

    def _extra_pages(self, *keys: ExtraKey | None) -> Iterator[Part]:
        for key in keys:
            if key is None:
                continue
            if (language().code, key) not in self._extras:
                name = f"X{len(self._extras)}"
                self._extras[language().code, key] = lay_out_extra(key, name, self._layouts)
            made = self._extras[language().code, key]
            if made is not None:
                yield made, None, {}

    def _prepare(self, sheet: Sheet, question: SheetQuestion) -> Prepared:
        key, givens = self._key(sheet, question)
        found = self._typesets.get((language().code, key))
        if found is None:
            found = self._typesets[language().code, key] = self._typeset(key)
        return found, question, givens

    def _key(self, sheet: Sheet, question: SheetQuestion) -> tuple[LayoutKey, dict[Symbol, str]]:
        """What a question's layout is a function of, and its givens as printed."""
        solved = question.question
        givens = printed_givens(solved)
        heading = SheetHeading.of_question(sheet, question)
        shape = room_for_all([_shape(question, givens), self._rooms.get(question.name, ())])
        return LayoutKey(solved.derivation, solved.precision, shape, heading, sheet.paper, face=sheet.face), givens

    def _typeset(self, key: LayoutKey) -> Typeset:
        # What looks the same up to indices fits its paper in the same way.
        natural = natural_fit(key)
        page = page_of(key, natural)
        bones = skeleton_of(key, page)
        fit = self._fits.get(bones.html)
        if fit is None:
            fit = self._fits[bones.html] = fit_to_paper(key)
        if fit != natural:
            page = page_of(key, fit)
            bones = skeleton_of(key, page)
        layout = self._layouts.get(bones.html)
        if layout is None:
            layout = self._layouts[bones.html] = lay_out(bones.html, page, key)
        return typeset(key, fit, layout, page, bones.indices, number=len(self._typesets))

    def _shared(self, sheets: Collection[Sheet], *, extra: bool = False) -> tuple[list[PageLayout], list[Foreign]]:
        """The layouts that all these sheets need, and what in their heads the serif cannot write.

        Those of the `extra` pages among them, or of the questions alone.
        """
        layouts: dict[PageLayout, None] = {}
        names: dict[Foreign, None] = {}
        for sheet in sheets:
            parts = self._parts(sheet) if extra else [self._prepare(sheet, question) for question in sheet.questions]
            layouts |= dict.fromkeys(made.layout for made, _question, _givens in parts)
            names |= dict.fromkeys(_foreign(sheet).values())
        return list(layouts), list(names)

    def _base(self, layouts: Sequence[PageLayout], names: Sequence[Foreign]) -> BasePdf:
        key = (*layouts, *names)
        found = self._bases.get(key)
        if found is None:
            if len(self._bases) >= _BASES_KEPT:
                self._bases.pop(next(iter(self._bases)))
            found = self._bases[key] = make_base(_pieces(layouts) + _name_pieces(names))
        return found


@dataclass(frozen=True, slots=True)
class Copy:
    """A page of somebody's: what is written on the shared one, what it is a page of, and its number in that."""

    operators: str
    tags: PageTags
    made: Typeset | ExtraPage
    page: int
    ground: str
    forms: tuple[str, ...]
    """What is drawn on it by name."""
    said: str
    """How its marks are said."""

    def write(
        self,
        stream: PdfStream,
        tree: StructureWriter,
        widgets: Sequence[int] = (),
        fields: Mapping[int, tuple[int, int]] | None = None,
    ) -> int:
        """Write it, with these fields; the number of its object."""
        if not self.page:
            tree.begin()
        number = stream.reserve()
        key = tree.add(self.tags, number, fields)
        uses = stream.ground_uses(self.ground, self.forms, self.said)
        width, height = self.made.layout.width, self.made.layout.height
        return stream.add_page(
            self.operators, width, height, widgets, number=number, key=key, ground=self.ground, uses=uses
        )

    def whole(self) -> str:
        """The page with the shared one, as operators without marks."""
        return f"/{self.ground} Do\n{unmarked(self.operators)}"


def _own_forms(stream: PdfStream, made: Typeset | ExtraPage, page: int) -> tuple[str, ...]:
    """What is the question's own on a page: in its drawing, and the indices."""
    layout = made.layout
    names = []
    for name, operators in ((f"{made.name}p{page}", made.own[page]), (f"{made.name}p{page}i", made.indices[page])):
        if operators:
            stream.add_form(name, operators, layout.width, layout.height)
            names.append(name)
    return tuple(names)


def _stamped(tags: PageTags, texts: dict[str, TextPiece | str], drawn: Sequence[str]) -> list[str]:
    """What is stamped, in the parts that it belongs to; what belongs to the drawing beside the others with it."""
    grouped = {name for group in tags.groups for name in group.names}
    # An edge's label has no box on the shared page.
    rest = [text for name, text in texts.items() if name not in grouped]
    content = []
    for group in tags.groups:
        some = [texts[name] for name in group.names if name in texts]
        before: Sequence[str] = ()
        if group.mark == tags.drawing:
            some, rest, before, drawn = [*some, *rest], [], drawn, ()
        content.append(marked(group.kind, group.mark, "\n".join((*before, *_written(some)))))
    if drawn or rest:
        content.append(artifact("\n".join((*drawn, *_written(rest)))))
    return content


def _written(some: Sequence[TextPiece | str]) -> list[str]:
    # A blank behind each keeps numbers apart for those who hear them.
    pieces = [text._replace(text=text.text + " ") for text in some if isinstance(text, TextPiece)]
    return [*([text_operators(pieces)] if pieces else []), *(text for text in some if isinstance(text, str))]


def _drawn_name(number: int, left: float, baseline: float, text: str) -> str:
    drawn = f"q 1 0 0 1 {left:.2f} {baseline - NAME_DROP:.2f} cm /N{number} Do Q"
    return f"/Span <</ActualText {pdf_text(text)}>> BDC\n{drawn}\nEMC"


class _Bookmarks:
    """The lines of the outline about one sheet: whose it is, and where each of several questions begins."""

    def __init__(self, stream: PdfStream, sheet: Sheet) -> None:
        self._stream = stream
        self._whose = person(sheet.student_id, sheet.student_name) or sheet.title
        self._several = len(sheet.questions) > 1
        self._begun = False

    def add(self, number: int, made: Typeset | ExtraPage, page: int) -> None:
        """The next page, by the number of its object, what it is a page of, and its place in that."""
        if not self._begun:
            self._stream.bookmark(self._whose, number)
            self._begun = True
        if self._several and not page and isinstance(made, Typeset):
            self._stream.bookmark(made.key.heading.name, number, below=True)


def _pad(stream: PdfStream, tree: StructureWriter, pages: int, sides: int, layout: PageLayout) -> int:
    """A blank page where the next sheet would begin on a back; how many were added."""
    blank = -pages % sides
    for _number in range(blank):
        page = stream.reserve()
        stream.add_page("", layout.width, layout.height, number=page, key=tree.add(NO_TAGS, page))
    return blank


def _shape(question: SheetQuestion, givens: Mapping[Symbol, str]) -> Shape:
    return shape_of(question.question.derivation, givens)


def _pieces(layouts: Sequence[PageLayout]) -> list[Piece]:
    return [
        Piece(f"L{number}p{page}", layout.pdf, page)
        for number, layout in enumerate(layouts)
        for page in range(layout.pages)
    ]


def _name_pieces(names: Sequence[Foreign]) -> list[Piece]:
    return [Piece(f"N{number}", drawn_name(*name).pdf, 0, drawn=True) for number, name in enumerate(names)]


def _heads(sheet: Sheet) -> dict[str, str]:
    """What goes into the boxes of the head."""
    return {
        HEAD_BOXES["name"].id: writable(sheet.student_name),
        HEAD_BOXES["student"].id: writable(sheet.student_id),
        HEAD_BOXES["sheet"].id: sheet.sheet_id,
    }


def _foreign(sheet: Sheet) -> dict[str, Foreign]:
    """What of that is drawn."""
    widths = {number.id: number.width for number in HEAD_BOXES.values()}
    found = {box: foreign(text, widths[box]) for box, text in _heads(sheet).items()}
    return {box: text for box, text in found.items() if text is not None}


def _head_html(sheet: Sheet) -> dict[str, str]:
    """The head's texts for the sheet laid out whole, those that are too long made smaller as the stamp does."""
    from markupsafe import Markup

    texts: dict[str, str] = {}
    heads = _heads(sheet)
    for number in HEAD_BOXES.values():
        fitting, size = fitted(heads[number.id], number)
        texts[number.id] = (
            fitting if size == number.size else Markup('<span style="font-size:{}pt">{}</span>').format(size, fitting)
        )
    return texts


def _information(title: str, sheet: Sheet | None = None) -> dict[str, str]:
    found = {"Title": title, "Producer": PRODUCER}
    if sheet is None or not sheet.sheet_id:
        return found
    found |= {SHEET_KEY: sheet.sheet_id, PERSON_KEY: person(sheet.student_id, sheet.student_name)}
    marks = {
        NOTATION_KEY: notation_mark(notation_in_force()),
        FACE_KEY: face_mark(sheet.face, sheet.texts, [question.task for question in sheet.questions]),
    }
    return found | {key: mark for key, mark in marks.items() if mark is not None}
