"""Sheets as PDF files: one a student, or all in one, each question laid out once and the numbers stamped."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from io import BytesIO
from pathlib import Path
from typing import BinaryIO, TypeAlias

from grader.sheets.document import Base, PdfStream, Piece, make_base
from grader.sheets.fonts import font
from grader.sheets.forms import fields_of, sheet_field, tooltip
from grader.sheets.layout import (
    HEAD_BOXES,
    Heading,
    Layout,
    LayoutKey,
    html_document,
    lay_out,
    question_entry,
)
from grader.sheets.names import drawn_name
from grader.sheets.page import Page, page_width, printed_givens, shape_of, texts_of
from grader.sheets.sheet import Sheet, SheetQuestion
from grader.sheets.stamp import TextPiece, fitted, number_piece, qr_data_uri, qr_operators, text_operators
from grader.sheets.templates_folder import render, words

_FOOT_SIZE = 8.5
_FOOT_RIGHT = 51.02
"""18 mm, as in sheet.css."""
_FOOT_BASELINE = 21.87
"""Where a line of the foot stands in a bottom margin of 14 mm, 4 mm below its edge."""
_BASES_KEPT = 32

Prepared: TypeAlias = tuple[Layout, SheetQuestion, dict[str, str]]
"""A question of a sheet: its layout, itself, and its givens as printed."""


class Printer:
    """Prints sheets; every layout is made once and kept."""

    def __init__(self) -> None:
        self._layouts: dict[LayoutKey, Layout] = {}
        self._bases: dict[tuple[object, ...], Base] = {}
        self._heights: dict[tuple[object, ...], float] = {}
        self._pages: dict[tuple[object, ...], int] = {}

    def layout(self, sheet: Sheet, question: SheetQuestion) -> Layout:
        """The layout that a question of this sheet is stamped on."""
        return self._prepare(sheet, question)[0]

    def student(self, sheet: Sheet) -> bytes:
        """One student's sheet, with a form to fill in."""
        out = BytesIO()
        self.write_student(sheet, out)
        return out.getvalue()

    def write_student(self, sheet: Sheet, file: BinaryIO) -> None:
        """The same, written to an open file."""
        prepared = [self._prepare(sheet, question) for question in sheet.questions]
        layouts = [layout for layout, _, _ in prepared]
        names = () if font("regular").covers(sheet.student_name) else (sheet.student_name,)
        base = self._form_base(layouts, names)
        stream = PdfStream(base, file)
        assert base.sheet_field is not None
        stream.set_object(base.sheet_field, sheet_field(sheet.sheet_id))
        first = True
        for operators, layout, page in self.pages(sheet, prepared, layouts, names):
            prefix = f"{layout.key.heading.name}."
            widgets = [
                base.fields[prefix + slot.name]
                for slot in layout.key.derivation.slots
                if layout.boxes[slot.name].page == page
            ]
            if first:
                widgets.append(base.sheet_field)
                first = False
            stream.add_page(operators, layout.width, layout.height, widgets)
        stream.close(_information(sheet.title, sheet.sheet_id))

    def write_all(self, sheets: Collection[Sheet], path: Path) -> int:
        """Every student's sheet in one file for the printer, without forms; returns the number of pages.

        Goes through the sheets twice and keeps none of them.
        """
        with path.open("wb") as file:
            return self.write_all_to(sheets, file)

    def write_all_to(self, sheets: Collection[Sheet], file: BinaryIO) -> int:
        """The same, written to an open file."""
        layouts, names = self._shared(sheets)
        stream = PdfStream(make_base(_pieces(layouts) + _name_pieces(names)), file)
        pages = 0
        title = ""
        for sheet in sheets:
            title = sheet.title
            prepared = [self._prepare(sheet, question) for question in sheet.questions]
            for operators, layout, _ in self.pages(sheet, prepared, layouts, names):
                stream.add_page(operators, layout.width, layout.height)
                pages += 1
        stream.close(_information(title))
        return pages

    def write_key(self, sheets: Collection[Sheet], path: Path) -> None:
        """The key: a summary of all answers, then every sheet filled in, with its accepted ranges."""
        with path.open("wb") as file:
            self.write_key_to(sheets, file)

    def write_key_to(self, sheets: Collection[Sheet], file: BinaryIO) -> None:
        """The same, written to an open file."""
        from grader.sheets.key import key_pieces, summary

        layouts, names = self._shared(sheets)
        overview = summary(sheets)
        pieces = [Piece(f"S{page}", overview.pdf, page) for page in range(overview.pages)]
        stream = PdfStream(make_base(pieces + _pieces(layouts) + _name_pieces(names)), file)
        for page in range(overview.pages):
            stream.add_page(f"/S{page} Do", overview.width, overview.height)
        title = ""
        for sheet in sheets:
            title = sheet.title
            prepared = [self._prepare(sheet, question) for question in sheet.questions]
            extra = {question.name: key_pieces(layout, question) for layout, question, _ in prepared}
            for operators, layout, _ in self.pages(sheet, prepared, layouts, names, extra):
                stream.add_page(operators, layout.width, layout.height)
        stream.close(_information(title))

    def accessible(self, sheet: Sheet) -> bytes:
        """The sheet laid out as a whole, with tags and a form (PDF/UA): slower, and it must look the same."""
        return self._whole(sheet, fields=True)

    def _whole(self, sheet: Sheet, *, fields: bool) -> bytes:
        entries = []
        for question in sheet.questions:
            layout, _, givens = self._prepare(sheet, question)
            key = layout.key
            page = Page(
                key.derivation,
                key.shape,
                prefix=f"{question.name}-",
                width=page_width(key.paper),
                height=layout.drawing,
            )
            slots = {slot.name: tooltip(key.derivation, slot) for slot in key.derivation.slots}
            context = question_entry(
                page,
                key.precision,
                key.heading,
                texts=None,
                qr=qr_data_uri(sheet.sheet_id),
                slots=slots,
                sheet_id=sheet.sheet_id,
            )
            context["texts"] = {**texts_of(page, givens), **_head_html(sheet)}
            entries.append(context)
        html = render(
            "sheet.html", title=sheet.title, paper=sheet.paper, questions=entries, fields=fields, foot=sheet.sheet_id
        )
        document = html_document(html)
        written: bytes = document.write_pdf(
            pdf_forms=fields, pdf_tags=fields, pdf_variant="pdf/ua-1" if fields else None
        )
        return written

    def pages(
        self,
        sheet: Sheet,
        prepared: Sequence[Prepared],
        layouts: Sequence[Layout],
        names: Sequence[str],
        extra: Mapping[str, Sequence[tuple[int, TextPiece]]] | None = None,
    ) -> Iterator[tuple[str, Layout, int]]:
        """Each page of a sheet: its operators, its layout, and the page's number in that."""
        total = sum(layout.pages for layout, _, _ in prepared)
        heads = {"head:name": sheet.student_name, "head:student": sheet.student_id, "head:sheet": sheet.sheet_id}
        foreign = sheet.student_name in names
        at = 0
        regular = font("regular")
        for layout, question, givens in prepared:
            which = layouts.index(layout)
            pieces: list[list[TextPiece]] = [[] for _ in range(layout.pages)]
            drawn = ""
            for number, page, left, baseline in layout.numbers:
                text = heads.get(number.id)
                if text is None:
                    text = givens[number.id.partition(":")[2]]
                elif foreign and number.id == "head:name":
                    drawn = f"q 1 0 0 1 {left:.2f} {baseline - _NAME_DROP:.2f} cm /N{names.index(text)} Do Q"
                    continue
                pieces[page].append(number_piece(number, left, baseline, text))
            for page, piece in (extra or {}).get(question.name, ()):
                pieces[page].append(piece)
            for page in range(layout.pages):
                at += 1
                foot = words("foot", page=at, pages=total, sheet_id=sheet.sheet_id, key=extra is not None)
                left = layout.width - _FOOT_RIGHT - regular.width(foot) * _FOOT_SIZE
                pieces[page].append((left, _FOOT_BASELINE, _FOOT_SIZE, foot))
                parts = [f"/L{which}p{page} Do", text_operators(pieces[page])]
                qr = layout.marks.get("qr")
                if qr is not None and qr.page == page:
                    parts += [qr_operators(sheet.sheet_id, qr.left, qr.top, qr.right - qr.left), drawn]
                yield "\n".join(parts), layout, page

    def _prepare(self, sheet: Sheet, question: SheetQuestion) -> Prepared:
        solved = question.question
        givens = printed_givens(solved)
        heading = Heading.of_question(sheet, question)
        key = LayoutKey(solved.derivation, solved.precision, shape_of(givens), heading, sheet.paper)
        found = self._layouts.get(key)
        if found is None:
            derivation = solved.derivation
            family = (derivation.architecture, derivation.layout, len(derivation.paths), sheet.paper, bool(sheet.due))
            # Questions of a family are equally long: what suited one suits the next, and saves trying.
            known = self._heights.get(family)
            found = lay_out(key) if known is None else lay_out(key, (known,))
            if known is not None and found.pages != self._pages[family]:
                found = lay_out(key)
            self._layouts[key] = found
            self._heights[family], self._pages[family] = found.drawing, found.pages
        return found, question, givens

    def _shared(self, sheets: Collection[Sheet]) -> tuple[list[Layout], list[str]]:
        """The layouts that all these sheets need, and the names that the serif cannot write."""
        layouts: dict[LayoutKey, Layout] = {}
        names: dict[str, None] = {}
        for sheet in sheets:
            for question in sheet.questions:
                layout = self.layout(sheet, question)
                layouts[layout.key] = layout
            if not font("regular").covers(sheet.student_name):
                names[sheet.student_name] = None
        return list(layouts.values()), list(names)

    def _form_base(self, layouts: Sequence[Layout], names: Sequence[str]) -> Base:
        key = (*(layout.key for layout in layouts), *names)
        found = self._bases.get(key)
        if found is None:
            if len(self._bases) >= _BASES_KEPT:
                self._bases.pop(next(iter(self._bases)))
            fields = [field for layout in layouts for field in fields_of(layout.key.heading.name, layout)]
            found = self._bases[key] = make_base(_pieces(layouts) + _name_pieces(names), fields)
        return found


_NAME_DROP = 5.0
"""How far below its baseline the picture of a name begins (see `names`)."""


def _pieces(layouts: Sequence[Layout]) -> list[Piece]:
    return [
        Piece(f"L{number}p{page}", layout.pdf, page)
        for number, layout in enumerate(layouts)
        for page in range(layout.pages)
    ]


def _name_pieces(names: Sequence[str]) -> list[Piece]:
    return [Piece(f"N{number}", drawn_name(name, HEAD_BOXES["name"].width), 0) for number, name in enumerate(names)]


def _head_html(sheet: Sheet) -> dict[str, str]:
    """The head's texts for the sheet laid out whole, those that are too long made smaller as the stamp does."""
    from markupsafe import Markup

    texts: dict[str, str] = {}
    for name, text in (("name", sheet.student_name), ("student", sheet.student_id), ("sheet", sheet.sheet_id)):
        number = HEAD_BOXES[name]
        fitting, size = fitted(text, number)
        texts[number.id] = (
            fitting if size == number.size else Markup('<span style="font-size:{}pt">{}</span>').format(size, fitting)
        )
    return texts


def _information(title: str, sheet_id: str = "") -> dict[str, str]:
    found = {"Title": title, "Producer": "gradpath"}
    return {**found, "GradpathSheet": sheet_id} if sheet_id else found
