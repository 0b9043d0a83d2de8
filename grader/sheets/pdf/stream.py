"""PDF files written as a stream: a shared part, made once by pikepdf, and each student's pages after it.

A page is one content stream that draws the shared page (a form XObject) and the numbers on it. Nothing of a page is
kept once it is written but its place in the file, so that a document's memory does not grow with its students.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from io import BytesIO
from typing import TYPE_CHECKING, Any, BinaryIO
from xml.sax.saxutils import escape

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
    """What pages draw as a whole, by name."""
    grounds: Mapping[str, Ground]
    """Pages on which others are written, by name."""

    @cached_property
    def rows(self) -> bytes:
        """Its part of the table of where each object lies."""
        return b"".join(map(_row, self.offsets))


@dataclass(frozen=True)
class Ground:
    """A shared page: the number of its content, and what that uses, by sort (`/Font`) and name."""

    content: int
    uses: Mapping[str, Mapping[str, str]]

    def uses_with(self, fonts: Mapping[str, str], forms: Mapping[str, str], said: str) -> str:
        """What pages on it use: its own, these fonts and what they draw, and how its marks are said."""
        sorts = {**self.uses, "/Font": {**self.uses.get("/Font", {}), **fonts}}
        sorts["/XObject"] = {**self.uses.get("/XObject", {}), **forms}
        listed = [
            f"{sort}<<{' '.join([f'{name} {entry}' for name, entry in some.items()])}>>"
            for sort, some in sorts.items()
            if some
        ]
        return f"<<{''.join(listed)}/Properties<<{said}>>>>"


@dataclass(frozen=True)
class Piece:
    """A page to be shared: its name, the PDF it stands in, and its number there.

    Pages are written on it, which then have its marks; or it is `drawn` on them as a whole, and has none.
    """

    name: str
    pdf: bytes
    page: int
    drawn: bool = False


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
    grounds: dict[str, Any] = {}
    opened: dict[int, pikepdf.Pdf] = {}
    for piece in pieces:
        if id(piece.pdf) not in opened:
            opened[id(piece.pdf)] = pikepdf.open(BytesIO(piece.pdf))
        source = opened[id(piece.pdf)]
        page = source.pages[piece.page]
        if piece.drawn:
            form = made.copy_foreign(source.make_indirect(page.as_form_xobject()))
            form.write(_MARKS.sub(b"", form.read_bytes()))
            forms[piece.name] = form
        else:
            uses = made.copy_foreign(source.make_indirect(page.Resources))
            content = made.make_stream(b"q\n" + page.Contents.read_bytes() + b"\nQ")
            grounds[piece.name] = pikepdf.Array([content, uses])
    made.Root["/GpFonts"] = pikepdf.Array(list(fonts.values()))
    made.Root["/GpForms"] = pikepdf.Array(list(forms.values()))
    made.Root["/GpGrounds"] = pikepdf.Array(list(grounds.values()))
    out = BytesIO()
    made.save(
        out,
        object_stream_mode=pikepdf.ObjectStreamMode.disable,
        compress_streams=True,
        deterministic_id=True,
        qdf=False,
        min_version="1.7",
    )
    data = out.getvalue()
    with pikepdf.open(BytesIO(data)) as saved:
        numbers = {key: [entry.objgen[0] for entry in saved.Root[key]] for key in ("/GpFonts", "/GpForms")}
        found = [Ground(content.objgen[0], _uses(uses)) for content, uses in saved.Root["/GpGrounds"]]
    return BasePdf(
        *_prefix(data),
        fonts=dict(zip(fonts, numbers["/GpFonts"], strict=True)),
        forms=dict(zip(forms, numbers["/GpForms"], strict=True)),
        grounds=dict(zip(grounds, found, strict=True)),
    )


_MARKS = re.compile(rb"(?m)^(?:/\w+ <</MCID \d+>> BDC|/Span /T\d+ BDC|/Artifact\nBMC|EMC)\s*$")
"""A line of a content that only marks it."""


def _uses(resources: Any) -> dict[str, dict[str, str]]:
    """What a page uses, as it is written in the file that it stands in."""
    return {
        sort: {name: f"{entry.objgen[0]} 0 R" if entry.is_indirect else _written(entry) for name, entry in some.items()}
        for sort, some in resources.items()
        if hasattr(some, "items")
    }


def _written(entry: Any) -> str:
    written: bytes = entry.unparse()
    return written.decode("latin-1")


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
    """A PDF written page by page after a base; `close` ends it.

    Objects that are no streams are gathered and packed together: a tree for readers is thousands that are alike.
    """

    def __init__(self, base: BasePdf, file: BinaryIO) -> None:
        self._base = base
        self._file = file
        self._offsets: list[int | tuple[int, int]] = list(base.offsets)
        """By object number where it lies: in the file, or in which pack and at which place of it."""
        self._nodes: list[tuple[int, list[int]]] = []
        self._at = len(base.prefix)
        self._forms = dict(base.forms)
        self._bookmarks: list[tuple[str, int, list[tuple[str, int]]]] = []
        self._packed: list[tuple[int, str]] = []
        self._used: dict[tuple[str, ...], int] = {}
        # The base has its own catalogue and page tree; ours take their numbers from behind them.
        self._root, self._tree, self._resources = self.reserve(), self.reserve(), self.reserve()
        file.write(base.prefix)

    def reserve(self) -> int:
        """The number of an object to be written later."""
        self._offsets.append(0)
        return len(self._offsets) - 1

    def reserve_many(self, count: int) -> int:
        """The first of so many numbers that follow each other."""
        first = len(self._offsets)
        self._offsets += [0] * count
        return first

    def write(self, number: int, body: str) -> None:
        """An object, in ASCII."""
        self._packed.append((number, body))
        if len(self._packed) >= _A_PACK:
            self._write_pack()

    def write_many(self, first: int, bodies: Sequence[str]) -> None:
        """Objects whose numbers follow each other."""
        self._packed += enumerate(bodies, first)
        if len(self._packed) >= _A_PACK:
            self._write_pack()

    def _write_pack(self) -> None:
        pack = self.reserve()
        heads: list[str] = []
        at = 0
        for place, (number, body) in enumerate(self._packed):
            heads.append(f"{number} {at}")
            at += len(body) + 1
            self._offsets[number] = (pack, place)
        head = " ".join(heads) + " "
        text = head + " ".join([body for _number, body in self._packed])
        self._write_stream(pack, text, f"/Type/ObjStm/N {len(self._packed)}/First {len(head)}")
        self._packed = []

    def write_alone(self, number: int, body: str) -> None:
        """An object that is found in the file as it is."""
        self._write(number, body.encode("ascii"))

    def _write(self, number: int, body: bytes) -> None:
        data = b"%d 0 obj\n%b\nendobj\n" % (number, body)
        self._offsets[number] = self._at
        self._file.write(data)
        self._at += len(data)

    def _write_stream(self, number: int, content: str, entries: str = "") -> None:
        packed = zlib.compress(content.encode("ascii"), 4)
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

    @property
    def forms(self) -> tuple[str, ...]:
        """What has been written to be drawn by name."""
        return tuple(self._forms)

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

    def add_page(
        self,
        content: str,
        width: float,
        height: float,
        fields: Sequence[int] = (),
        *,
        number: int | None = None,
        key: int | None = None,
        ground: str | None = None,
        uses: int | None = None,
    ) -> int:
        """A page of PDF operators, with fields (object numbers) on it; the number of its object.

        It may be written on a `ground`, with which it uses what `ground_uses` said; the tree knows it by its `key`.
        """
        stream, page = self.reserve(), self.reserve() if number is None else number
        self._write_stream(stream, content)
        if not self._nodes or len(self._nodes[-1][1]) >= _KIDS_A_NODE:
            self._nodes.append((self.reserve(), []))
        node, kids = self._nodes[-1]
        kids.append(page)
        annotations = f"/Tabs/S/Annots[{' '.join(f'{number} 0 R' for number in fields)}]" if fields else ""
        below = "" if ground is None else f"{self._base.grounds[ground].content} 0 R "
        known = "" if key is None else f"/StructParents {key}"
        self.write(
            page,
            f"<</Type/Page/Parent {node} 0 R/MediaBox[0 0 {width:.2f} {height:.2f}]"
            f"/Resources {uses or self._resources} 0 R/Contents[{below}{stream} 0 R]{known}{annotations}>>",
        )
        return page

    def ground_uses(self, ground: str, forms: Sequence[str], said: str) -> int:
        """What pages on a ground use: what is its own, these forms, and how its marks are said (`said_as`)."""
        key = (ground, *forms)
        if key not in self._used:
            number = self._used[key] = self.reserve()
            fonts = {f"/{name}": f"{at} 0 R" for name, at in self._stamped_in()}
            named = dict.fromkeys((*self._base.forms, *forms))
            drawn = {f"/{name}": f"{self._forms[name]} 0 R" for name in named}
            self.write(number, self._base.grounds[ground].uses_with(fonts, drawn, said))
        return self._used[key]

    def form_fonts(self) -> str:
        """What fields are typed in, as a form's default resources."""
        return f"<</Font<</{FIELD_FONT} {self._base.fonts[FIELD_FONT]} 0 R>>>>"

    def _fonts(self) -> str:
        return "".join(f"/{name} {number} 0 R" for name, number in self._stamped_in())

    def _stamped_in(self) -> Iterator[tuple[str, int]]:
        return ((name, number) for name, number in self._base.fonts.items() if name != FIELD_FONT)

    def close(
        self, information: Mapping[str, str], language: str, form: int | None = None, tree: int | None = None
    ) -> None:
        """Page tree, document information, cross-reference table.

        `form` is the number of the form's dictionary, `tree` that of the root of what a reader goes by.
        """
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
        read = ""
        if tree is not None:
            read = f"/MarkInfo<</Marked true>>/StructTreeRoot {tree} 0 R/Metadata {self._metadata(information)} 0 R"
        self._write_pack()
        self.write_alone(self._root, f"<</Type/Catalog/Pages {self._tree} 0 R/Lang({language}){shown}{filled}{read}>>")
        info = self.reserve()
        entries = "".join(f"/{name} {pdf_text(value)}" for name, value in information.items())
        self.write_alone(info, f"<<{entries}>>")
        self._write_table(info)

    def _metadata(self, information: Mapping[str, str]) -> int:
        """Write what XMP says of the document: its title, and that it is one for readers (PDF/UA-1)."""
        number = self.reserve()
        title = escape(_CONTROL.sub(" ", information.get("Title", "")))
        data = _XMP.format(title=title).encode("utf-8", "replace")
        self._write(number, b"<</Type/Metadata/Subtype/XML/Length %d>>stream\n%b\nendstream" % (len(data), data))
        return number

    def _write_table(self, info: int) -> None:
        """Write where each object lies."""
        number = self.reserve()
        self._offsets[number] = start = self._at
        of_base = len(self._base.offsets)
        rows = [self._base.rows]
        before: int | tuple[int, int] = 0
        for at in self._offsets[of_base:]:
            # What follows in its pack differs from the one before by one, which packs to nearly nothing.
            follows = type(at) is tuple and before == (at[0], at[1] - 1) and at[1] % 256
            rows.append(_NEXT if follows else _row(at))
            before = at
        data = zlib.compress(b"".join(rows), 6)
        head = (
            f"<</Type/XRef/Size {len(self._offsets)}/W[1 5 2]/Root {self._root} 0 R/Info {info} 0 R"
            f"/Filter/FlateDecode/DecodeParms<</Predictor 12/Columns {_COLUMNS}>>/Length {len(data)}>>stream\n"
        )
        self._write(number, head.encode("ascii") + data + b"\nendstream")
        self._file.write(b"startxref\n%d\n%%%%EOF\n" % start)


_COLUMNS = 8
_NEXT = b"\2" + bytes(_COLUMNS - 1) + b"\1"
"""In the table the row of an object that follows the one before in its pack, as what is added to that one's."""


def _row(at: int | tuple[int, int]) -> bytes:
    """Where an object lies, as a row of the table that stands for itself; 0 for a free one."""
    if isinstance(at, tuple):
        return b"\0\2" + at[0].to_bytes(5, "big") + at[1].to_bytes(2, "big")
    return b"\0\1" + at.to_bytes(5, "big") + b"\0\0" if at else bytes(_COLUMNS - 1) + b"\xff\xff"


_A_PACK = 256
"""Objects that are packed together, or a few more."""
_CONTROL = re.compile(r"[\x00-\x1f\ud800-\udfff\ufffe\uffff]")
_XMP = """<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>
<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
<rdf:Description rdf:about="" xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:pdf="http://ns.adobe.com/pdf/1.3/" \
xmlns:pdfuaid="http://www.aiim.org/pdfua/ns/id/" pdf:Producer="gradpath" pdfuaid:part="1">
<dc:title><rdf:Alt><rdf:li xml:lang="x-default">{title}</rdf:li></rdf:Alt></dc:title>
</rdf:Description></rdf:RDF></x:xmpmeta>
<?xpacket end="r"?>"""


def with_information(pdf: bytes, information: Mapping[str, str], drawn: Mapping[int, str] | None = None) -> bytes:
    """A finished document that says more of itself, as one that was streamed does.

    On some pages, from 0, something more is `drawn` by these operators.
    """
    import pikepdf

    out = BytesIO()
    with pikepdf.open(BytesIO(pdf)) as opened:
        for name, value in information.items():
            opened.docinfo[f"/{name}"] = pikepdf.Object.parse(pdf_text(value).encode("ascii"))
        for number, operators in (drawn or {}).items():
            page = opened.pages[number]
            # What stands there before leaves other units behind.
            page.contents_add(b"q", prepend=True)
            page.contents_add(f"Q\n{operators}".encode("ascii"))
        opened.save(out, object_stream_mode=pikepdf.ObjectStreamMode.disable, deterministic_id=True)
    return out.getvalue()


def pdf_text(text: str) -> str:
    """A text string of a PDF, in ASCII.

    >>> pdf_text("ŷ")
    '<FEFF0177>'
    """
    return f"<FEFF{text.encode('utf-16-be', errors='replace').hex().upper()}>"


def said_as(said: Mapping[int, str]) -> str:
    """How the marks of a page are said, for what it uses.

    >>> said_as({3: "w_12"})
    '/T3<</ActualText (w_12)>>'
    """
    return "".join([f"/T{mark}<</ActualText {pdf_string(text)}>>" for mark, text in said.items()])


def pdf_string(text: str) -> str:
    r"""The same as short as can be: as it is where that is ASCII.

    >>> print(pdf_string("w_124 (a)"))
    (w_124 \(a\))
    """
    if not text.isascii() or not text.isprintable():
        return pdf_text(text)
    return "(" + re.sub(r"([\\()])", r"\\\1", text) + ")"
