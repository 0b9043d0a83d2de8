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

from grader.sheets.fonts import Font, font
from grader.sheets.stamp import FONT_NAME

if TYPE_CHECKING:
    import pikepdf

_KIDS_A_NODE = 64


@dataclass(frozen=True)
class Base:
    """The shared part of a document: its bytes, where its objects lie in them, and the numbers of those needed."""

    prefix: bytes
    offsets: tuple[int, ...]
    """By object number; 0 for one that is free."""
    resources: int
    fields: Mapping[str, int]
    """Widgets by name."""
    form: int | None
    sheet_field: int | None


@dataclass(frozen=True)
class Piece:
    """A page to be shared: its name in the resources, the PDF it stands in, and its number there."""

    name: str
    pdf: bytes
    page: int


def make_base(pieces: Sequence[Piece], fields: Sequence[Mapping[str, Any]] = ()) -> Base:
    """The shared part; `fields` as `forms.field_tree` makes them."""
    import pikepdf

    from grader.sheets.forms import add_fields

    made = pikepdf.new()
    resources = made.make_indirect(pikepdf.Dictionary(XObject=pikepdf.Dictionary(), Font=pikepdf.Dictionary()))
    file = made.make_stream(font("regular").file)
    file["/Length1"] = len(font("regular").file)
    descriptor = _descriptor(made, font("regular"), file)
    resources["/Font"][f"/{FONT_NAME}"] = _stamp_font(made, font("regular"), descriptor)
    opened: dict[int, pikepdf.Pdf] = {}
    for piece in pieces:
        if id(piece.pdf) not in opened:
            opened[id(piece.pdf)] = pikepdf.open(BytesIO(piece.pdf))
        source = opened[id(piece.pdf)]
        page = source.pages[piece.page]
        form = page.as_form_xobject()
        resources["/XObject"][f"/{piece.name}"] = made.copy_foreign(source.make_indirect(form))
    made.Root["/GpResources"] = resources
    added = add_fields(made, fields, _field_font(made, font("regular"), descriptor)) if fields else None
    if added:
        made.Root["/AcroForm"] = added.form
        made.Root["/GpWidgets"] = pikepdf.Array([widget for _, widget in added.widgets])
        made.Root["/GpSheet"] = added.sheet
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
        root = saved.Root
        names = [name for name, _ in added.widgets] if added else []
        widgets = [widget.objgen[0] for widget in root["/GpWidgets"]] if added else []
        return Base(
            *_prefix(data),
            resources=root["/GpResources"].objgen[0],
            fields=dict(zip(names, widgets, strict=True)),
            form=root["/AcroForm"].objgen[0] if added else None,
            sheet_field=root["/GpSheet"].objgen[0] if added else None,
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


def _descriptor(made: pikepdf.Pdf, face: Font, file: Any) -> Any:
    import pikepdf

    return made.make_indirect(
        pikepdf.Dictionary(
            Type=pikepdf.Name.FontDescriptor,
            FontName=pikepdf.Name("/GradpathSerif"),
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


def _stamp_font(made: pikepdf.Pdf, face: Font, descriptor: Any) -> Any:
    """The serif addressed by glyph, with the way back to characters for copying and searching."""
    import pikepdf

    # The same glyph can stand for several characters (a space and a hard one); the first is the plain one.
    characters: dict[int, str] = {}
    for character, glyph in face.glyphs.items():
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
        BaseFont=pikepdf.Name("/GradpathSerif"),
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
            BaseFont=pikepdf.Name("/GradpathSerif"),
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

    def __init__(self, base: Base, file: BinaryIO) -> None:
        self._base = base
        self._file = file
        self._offsets = list(base.offsets)
        self._nodes: list[tuple[int, list[int]]] = []
        self._at = len(base.prefix)
        # The base has its own catalogue and page tree; ours take their numbers from behind them.
        self._root, self._tree = self._reserve(), self._reserve()
        file.write(base.prefix)

    def _reserve(self) -> int:
        self._offsets.append(0)
        return len(self._offsets) - 1

    def _write(self, number: int, body: bytes) -> None:
        data = b"%d 0 obj\n%b\nendobj\n" % (number, body)
        self._offsets[number] = self._at
        self._file.write(data)
        self._at += len(data)

    def add_page(self, content: str, width: float, height: float, fields: Sequence[int] = ()) -> None:
        """A page of PDF operators, with widgets of the base on it."""
        packed = zlib.compress(content.encode("ascii"), 6)
        stream, page = self._reserve(), self._reserve()
        self._write(stream, b"<</Filter/FlateDecode/Length %d>>stream\n%b\nendstream" % (len(packed), packed))
        if not self._nodes or len(self._nodes[-1][1]) >= _KIDS_A_NODE:
            self._nodes.append((self._reserve(), []))
        node, kids = self._nodes[-1]
        kids.append(page)
        annotations = f"/Annots[{' '.join(f'{number} 0 R' for number in fields)}]" if fields else ""
        self._write(
            page,
            f"<</Type/Page/Parent {node} 0 R/MediaBox[0 0 {width:.2f} {height:.2f}]"
            f"/Resources {self._base.resources} 0 R/Contents {stream} 0 R{annotations}>>".encode("ascii"),
        )

    def set_object(self, number: int, body: bytes) -> None:
        """Put this in the place of one of the base's objects."""
        self._write(number, body)

    def close(self, information: Mapping[str, str], language: str = "en") -> None:
        """Page tree, document information, cross-reference table."""
        for node, kids in self._nodes:
            listed = " ".join(f"{kid} 0 R" for kid in kids)
            body = f"<</Type/Pages/Parent {self._tree} 0 R/Count {len(kids)}/Kids[{listed}]>>"
            self._write(node, body.encode("ascii"))
        listed = " ".join(f"{node} 0 R" for node, _ in self._nodes)
        total = sum(len(kids) for _, kids in self._nodes)
        self._write(self._tree, f"<</Type/Pages/Count {total}/Kids[{listed}]>>".encode("ascii"))
        form = f"/AcroForm {self._base.form} 0 R" if self._base.form else ""
        self._write(self._root, f"<</Type/Catalog/Pages {self._tree} 0 R/Lang({language}){form}>>".encode("ascii"))
        info = self._reserve()
        entries = "".join(f"/{name} {pdf_text(value)}" for name, value in information.items())
        self._write(info, f"<<{entries}>>".encode("ascii"))
        rows = [b"0000000000 65535 f \n"]
        rows += [b"%010d 00000 n \n" % at if at else b"0000000000 65535 f \n" for at in self._offsets[1:]]
        self._file.write(b"xref\n0 %d\n" % len(rows) + b"".join(rows))
        trailer = (
            f"trailer\n<</Size {len(rows)}/Root {self._root} 0 R/Info {info} 0 R>>\nstartxref\n{self._at}\n%%EOF\n"
        )
        self._file.write(trailer.encode("ascii"))


def pdf_text(text: str) -> str:
    """A text string of a PDF, in ASCII.

    >>> pdf_text("ŷ")
    '<FEFF0177>'
    """
    return f"<FEFF{text.encode('utf-16-be', errors='replace').hex().upper()}>"
