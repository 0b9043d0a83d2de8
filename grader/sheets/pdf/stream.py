"""PDF files written as a stream: a shared part, made once by pikepdf, and each student's pages after it.

A page is one content stream that draws the shared page (a form XObject) and the numbers on it. Nothing of a page is
kept once it is written but its place in the file, so that a document's memory does not grow with its students.
"""

from __future__ import annotations

import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from io import BytesIO
from typing import TYPE_CHECKING, Any, BinaryIO

from grader.sheets.typeset.stamp import FONT_NAMES
from grader.sheets.typography.fonts import Font, font, font_file

if TYPE_CHECKING:
    import pikepdf

_KIDS_A_NODE = 64
FIELD_FONT = "GpF"
_ITALIC = "abcdefghijklmnopqrstuvwxyzŷLPS∂η"
"""What is stamped in italics: the letters of symbols."""


@dataclass(frozen=True)
class BasePdf:
    """The shared part of a document: its bytes, where its objects lie in them, and the numbers of those needed."""

    prefix: bytes
    offsets: tuple[int, ...]
    """By object number; 0 for one that is free."""
    fonts: Mapping[str, int]
    forms: Mapping[str, int]
    """Shared pages by name."""


@dataclass(frozen=True)
class Piece:
    """A page to be shared: its name in the resources, the PDF it stands in, and its number there."""

    name: str
    pdf: bytes
    page: int


def make_base(pieces: Sequence[Piece]) -> BasePdf:
    """The shared part: pages to draw on and the fonts of what is stamped and typed."""
    import pikepdf

    made = pikepdf.new()
    regular = font("regular")
    descriptor = _descriptor(made, regular.file, "GradpathSerif")
    italic = _descriptor(made, _italic(), "GradpathSerif-Italic")
    fonts = {
        FONT_NAMES["regular"]: _stamp_font(made, regular, descriptor),
        FONT_NAMES["italic"]: _stamp_font(made, font("italic"), italic, _ITALIC),
        FIELD_FONT: _field_font(made, regular, descriptor),
    }
    forms: dict[str, Any] = {}
    opened: dict[int, pikepdf.Pdf] = {}
    for piece in pieces:
        if id(piece.pdf) not in opened:
            opened[id(piece.pdf)] = pikepdf.open(BytesIO(piece.pdf))
        source = opened[id(piece.pdf)]
        form = source.pages[piece.page].as_form_xobject()
        forms[piece.name] = made.copy_foreign(source.make_indirect(form))
    made.Root["/GpFonts"] = pikepdf.Array(list(fonts.values()))
    made.Root["/GpForms"] = pikepdf.Array(list(forms.values()))
    out = BytesIO()
    made.save(
        out,
        object_stream_mode=pikepdf.ObjectStreamMode.disable,
        compress_streams=True,
        deterministic_id=True,
        qdf=False,
    )
    data = out.getvalue()
    with pikepdf.open(BytesIO(data)) as saved:
        numbers = {key: [entry.objgen[0] for entry in saved.Root[key]] for key in ("/GpFonts", "/GpForms")}
    return BasePdf(
        *_prefix(data),
        fonts=dict(zip(fonts, numbers["/GpFonts"], strict=True)),
        forms=dict(zip(forms, numbers["/GpForms"], strict=True)),
    )


def _prefix(data: bytes) -> tuple[bytes, tuple[int, ...]]:
    """Everything before the cross-reference table, and the objects' places from that table."""
    start = int(data[data.rindex(b"startxref") + 9 :].split(None, 1)[0])
    lines = data[start:].splitlines()
    first, count = (int(number) for number in lines[1].split())
    assert lines[0].strip() == b"xref"
    assert first == 0
    offsets = [int(line[:10]) if line[17:18] == b"n" else 0 for line in lines[2 : 2 + count]]
    return data[:start], tuple(offsets)


def make_stamps_ready() -> None:
    """Import and make what every shared part needs, ahead of the first."""
    import pikepdf  # noqa: F401

    _italic()


def _italic() -> bytes:
    return font_file("italic", _ITALIC, retain_gids=True, layout_features=(), hinting=False)


def _descriptor(made: pikepdf.Pdf, data: bytes, name: str) -> Any:
    """A font's file and the measures that PDF asks for."""
    import pikepdf

    file = made.make_stream(data)
    file["/Length1"] = len(data)
    return made.make_indirect(
        pikepdf.Dictionary(
            Type=pikepdf.Name.FontDescriptor,
            FontName=pikepdf.Name(f"/{name}"),
            Flags=4,
            FontBBox=[-300, -300, 1500, 1050],
            ItalicAngle=0,
            Ascent=762,
            Descent=-238,
            CapHeight=656,
            StemV=80,
            FontFile2=file,
        )
    )


def _stamp_font(made: pikepdf.Pdf, face: Font, descriptor: Any, only: str | None = None) -> Any:
    """A face addressed by glyph, with the way back to characters for copying and searching."""
    import pikepdf

    # The same glyph can stand for several characters (a space and a hard one); the first is the plain one.
    characters: dict[int, str] = {}
    for character, glyph in face.glyphs.items():
        if only is None or character in only:
            characters.setdefault(glyph, character)
    rows = [f"<{glyph:04X}> <{character.encode('utf-16-be').hex().upper()}>" for glyph, character in characters.items()]
    blocks = [rows[first : first + 100] for first in range(0, len(rows), 100)]
    mapping = "\n".join(f"{len(block)} beginbfchar\n" + "\n".join(block) + "\nendbfchar" for block in blocks)
    to_unicode = (
        "/CIDInit /ProcSet findresource begin 12 dict begin begincmap\n"
        "/CMapName /Gradpath def /CMapType 2 def\n"
        f"1 begincodespacerange <0000> <FFFF> endcodespacerange\n{mapping}\n"
        "endcmap CMapName currentdict /CMap defineresource pop end end"
    )
    widths: list[Any] = []
    for glyph, character in sorted(characters.items()):
        widths += [glyph, pikepdf.Array([face.widths[character]])]
    descendant = pikepdf.Dictionary(
        Type=pikepdf.Name.Font,
        Subtype=pikepdf.Name.CIDFontType2,
        BaseFont=descriptor.FontName,
        CIDSystemInfo=pikepdf.Dictionary(Registry=b"Adobe", Ordering=b"Identity", Supplement=0),
        FontDescriptor=descriptor,
        CIDToGIDMap=pikepdf.Name.Identity,
        W=pikepdf.Array(widths),
        DW=500,
    )
    return made.make_indirect(
        pikepdf.Dictionary(
            Type=pikepdf.Name.Font,
            Subtype=pikepdf.Name.Type0,
            BaseFont=descriptor.FontName,
            Encoding=pikepdf.Name("/Identity-H"),
            DescendantFonts=[made.make_indirect(descendant)],
            ToUnicode=made.make_stream(to_unicode.encode()),
        )
    )


def _field_font(made: pikepdf.Pdf, face: Font, descriptor: Any) -> Any:
    """The same file as a simple font, which is what form fields can be typed in."""
    import pikepdf

    plain = pikepdf.Dictionary(descriptor)
    plain["/Flags"] = 32
    characters = [bytes([code]).decode("cp1252", errors="replace") for code in range(32, 256)]
    return made.make_indirect(
        pikepdf.Dictionary(
            Type=pikepdf.Name.Font,
            Subtype=pikepdf.Name.TrueType,
            BaseFont=pikepdf.Name("/GradpathSerif"),
            Encoding=pikepdf.Name.WinAnsiEncoding,
            FirstChar=32,
            LastChar=255,
            Widths=pikepdf.Array([face.widths.get(character, 500) for character in characters]),
            FontDescriptor=made.make_indirect(plain),
        )
    )


class PdfStream:
    """A PDF written page by page after a base; `close` ends it."""

    def __init__(self, base: BasePdf, file: BinaryIO) -> None:
        self._base = base
        self._file = file
        self._offsets = list(base.offsets)
        self._nodes: list[tuple[int, list[int]]] = []
        self._at = len(base.prefix)
        self._forms = dict(base.forms)
        self._bookmarks: list[tuple[str, int, list[tuple[str, int]]]] = []
        # The base has its own catalogue and page tree; ours take their numbers from behind them.
        self._root, self._tree, self._resources = self.reserve(), self.reserve(), self.reserve()
        file.write(base.prefix)

    def reserve(self) -> int:
        """The number of an object to be written later."""
        self._offsets.append(0)
        return len(self._offsets) - 1

    def write(self, number: int, body: str) -> None:
        """An object, in ASCII."""
        self._write(number, body.encode("ascii"))

    def _write(self, number: int, body: bytes) -> None:
        data = b"%d 0 obj\n%b\nendobj\n" % (number, body)
        self._offsets[number] = self._at
        self._file.write(data)
        self._at += len(data)

    def _write_stream(self, number: int, content: str, entries: str = "") -> None:
        packed = zlib.compress(content.encode("ascii"), 6)
        head = f"<<{entries}/Filter/FlateDecode/Length {len(packed)}>>stream\n".encode("ascii")
        self._write(number, head + packed + b"\nendstream")

    def add_form(self, name: str, content: str, width: float, height: float) -> None:
        """Operators that pages draw by this name; written the first time only."""
        if name not in self._forms:
            number = self._forms[name] = self.reserve()
            entries = (
                f"/Type/XObject/Subtype/Form/BBox[0 0 {width:.2f} {height:.2f}]/Resources<</Font<<{self._fonts()}>>>>"
            )
            self._write_stream(number, content, entries)

    def write_look(self, content: str, width: float, height: float) -> int:
        """How a field looks in one of its states; the object's number."""
        number = self.reserve()
        self._write_stream(number, content, f"/Type/XObject/Subtype/Form/BBox[0 0 {width:.2f} {height:.2f}]")
        return number

    def bookmark(self, title: str, page: int, *, below: bool = False) -> None:
        """A line of the outline that leads to a page (the number of its object), `below` the last one that is not."""
        if below:
            self._bookmarks[-1][2].append((title, page))
        else:
            self._bookmarks.append((title, page, []))

    def _outline(self) -> str:
        """Write the outline, what is below its lines folded up; its entry in the catalogue."""
        if not self._bookmarks:
            return ""
        root = self.reserve()
        tops = [self.reserve() for _ in self._bookmarks]
        for at, (title, page, below) in enumerate(self._bookmarks):
            numbers = [self.reserve() for _ in below]
            for place, (each, there) in enumerate(below):
                self._write_bookmark(numbers, place, tops[at], each, there)
            folded = f"/First {numbers[0]} 0 R/Last {numbers[-1]} 0 R/Count -{len(numbers)}" if numbers else ""
            self._write_bookmark(tops, at, root, title, page, folded)
        self.write(root, f"<</Type/Outlines/First {tops[0]} 0 R/Last {tops[-1]} 0 R/Count {len(tops)}>>")
        return f"/Outlines {root} 0 R/PageMode/UseOutlines"

    def _write_bookmark(
        self, level: Sequence[int], at: int, parent: int, title: str, page: int, below: str = ""
    ) -> None:
        before = f"/Prev {level[at - 1]} 0 R" if at else ""
        after = f"/Next {level[at + 1]} 0 R" if at + 1 < len(level) else ""
        self.write(
            level[at],
            f"<</Title {pdf_text(title)}/Parent {parent} 0 R/Dest[{page} 0 R/Fit]{before}{after}{below}>>",
        )

    def add_page(self, content: str, width: float, height: float, fields: Sequence[int] = ()) -> int:
        """A page of PDF operators, with fields (object numbers) on it; the number of its object."""
        stream, page = self.reserve(), self.reserve()
        self._write_stream(stream, content)
        if not self._nodes or len(self._nodes[-1][1]) >= _KIDS_A_NODE:
            self._nodes.append((self.reserve(), []))
        node, kids = self._nodes[-1]
        kids.append(page)
        annotations = f"/Annots[{' '.join(f'{number} 0 R' for number in fields)}]" if fields else ""
        self.write(
            page,
            f"<</Type/Page/Parent {node} 0 R/MediaBox[0 0 {width:.2f} {height:.2f}]"
            f"/Resources {self._resources} 0 R/Contents {stream} 0 R{annotations}>>",
        )
        return page

    def form_fonts(self) -> str:
        """What fields are typed in, as a form's default resources."""
        return f"<</Font<</{FIELD_FONT} {self._base.fonts[FIELD_FONT]} 0 R>>>>"

    def _fonts(self) -> str:
        return "".join(f"/{name} {number} 0 R" for name, number in self._base.fonts.items())

    def close(self, information: Mapping[str, str], language: str, form: int | None = None) -> None:
        """Page tree, document information, cross-reference table; `form` is the number of the form's dictionary."""
        for node, kids in self._nodes:
            listed = " ".join(f"{kid} 0 R" for kid in kids)
            self.write(node, f"<</Type/Pages/Parent {self._tree} 0 R/Count {len(kids)}/Kids[{listed}]>>")
        listed = " ".join(f"{node} 0 R" for node, _ in self._nodes)
        total = sum(len(kids) for _, kids in self._nodes)
        self.write(self._tree, f"<</Type/Pages/Count {total}/Kids[{listed}]>>")
        drawn = "".join(f"/{name} {number} 0 R" for name, number in self._forms.items())
        self.write(self._resources, f"<</Font<<{self._fonts()}>>/XObject<<{drawn}>>>>")
        filled = f"/AcroForm {form} 0 R" if form else ""
        shown = f"/ViewerPreferences<</DisplayDocTitle true>>{self._outline()}"
        self.write(self._root, f"<</Type/Catalog/Pages {self._tree} 0 R/Lang({language}){shown}{filled}>>")
        info = self.reserve()
        entries = "".join(f"/{name} {pdf_text(value)}" for name, value in information.items())
        self.write(info, f"<<{entries}>>")
        rows = [b"0000000000 65535 f \n"]
        rows += [b"%010d 00000 n \n" % at if at else b"0000000000 65535 f \n" for at in self._offsets[1:]]
        self._file.write(b"xref\n0 %d\n" % len(rows) + b"".join(rows))
        trailer = (
            f"trailer\n<</Size {len(rows)}/Root {self._root} 0 R/Info {info} 0 R>>\nstartxref\n{self._at}\n%%EOF\n"
        )
        self._file.write(trailer.encode("ascii"))


def with_information(pdf: bytes, information: Mapping[str, str]) -> bytes:
    """A finished document that says more of itself, as one that was streamed does."""
    import pikepdf

    out = BytesIO()
    with pikepdf.open(BytesIO(pdf)) as opened:
        for name, value in information.items():
            opened.docinfo[f"/{name}"] = pikepdf.Object.parse(pdf_text(value).encode("ascii"))
        opened.save(out, object_stream_mode=pikepdf.ObjectStreamMode.disable, deterministic_id=True)
    return out.getvalue()


def pdf_text(text: str) -> str:
    """A text string of a PDF, in ASCII.

    >>> pdf_text("ŷ")
    '<FEFF0177>'
    """
    return f"<FEFF{text.encode('utf-16-be', errors='replace').hex().upper()}>"
