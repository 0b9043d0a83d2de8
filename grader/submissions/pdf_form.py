"""What a PDF says of itself: the ids of the sheet and the fields of its form.

Fields are looked for in the form and on the pages: programs that take a PDF apart, or put PDFs together, often leave
the form behind, or what stands above its fields. Each page of a sheet has a hidden field that tells the sheet's id and
how many boxes were printed there; every box has its whole name as its annotation's name, too.

Nothing in the file is run or fetched, and what a file can make this code do is bounded in memory; in time it is not,
which is why `boundary` has it run in a process of its own.
"""

from __future__ import annotations

import contextlib
import logging
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from io import BytesIO
from typing import TYPE_CHECKING, Any

from grader.sheets.pdf.sheet_identity import BOXES, PRODUCER, SHEET_FIELD, SHEET_KEY
from grader.submissions.records import LONGEST_RESPONSE
from question_bank.language.remark import Remark
from question_bank.language.words import N_

if TYPE_CHECKING:
    from pypdf import PdfReader

_SHEET_FIELD = re.compile(rf"{SHEET_FIELD}(?:_[0-9]+)?")

LARGEST = 20_000_000
"""Bytes; a filled sheet has less than one million."""

_FARTHEST = 20_000.0
"""Points that anything may lie from a page's corner."""

MOST_PAGES = 500
MOST_FIELDS = 5_000
DEEPEST_FIELD = 10
_MOST_PAGES_OF_TEXT = 4
"""Text is searched for an id only where no field tells one; it takes longer than all else."""

_BOXES = re.compile(rf"{BOXES}([0-9]{{1,4}})")
_WHOLE_NAME = re.compile(r"q[0-9]+\..+")
_PRINTED_ID = re.compile(r"(?<![0-9A-Z-])[0-9A-HJKMNP-TV-Z]{4}(?:-[0-9A-HJKMNP-TV-Z]{4}){3}(?![0-9A-Z-])")

_TAIL = 2048
"""Bytes in which the end mark must stand. Readers of PDF would otherwise fall back on an earlier, emptier state."""

ASK_FOR_FILE = Remark.of(N_("ask for the PDF as it was filled in, or type its answers into a CSV file"))
_ASK_FOR_OPEN_FILE = Remark.of(N_("ask for it without a password"))
_ASK_AGAIN = Remark.of(N_("ask for the file again"))
_ENCRYPTED = Remark.of(N_("an encrypted PDF"))
_TOO_MANY_FIELDS = Remark.of(N_("more fields than any sheet has"))


Rectangle = tuple[float, float, float, float]
"""Left, bottom, right, top in points, as PDF counts them."""

_WRITING = frozenset(
    f"/{kind}"
    for kind in ("FreeText", "Ink", "Stamp", "Text", "Line", "PolyLine", "Polygon", "Square", "Circle", "Caret")
)
"""Annotations in which a person may have written; not links, highlights and what viewers add by themselves."""

_HIDDEN = 2 | 32
"""The bits of an annotation's flags with which it is not shown."""

_BEHIND_ANOTHER = re.compile(rb"%%EOF[\0\t\r\n\f ]*%PDF-[0-9]")
"""Where one PDF ends and the next begins: of a file that was put together so, readers of PDF see the last."""

_LANGUAGE = re.compile("\x1b[A-Za-z]{2}(?:[A-Za-z]{2})?\x1b")
"""What says in which language a text goes on; it is none of the text."""

_DRAWS_TEXT = re.compile(rb"(?:\([^)\s][^)]*\)|<[0-9A-Fa-f]+>|\[[^\]]*[(<][^\]]+\])\s*T[jJ]")
"""What an appearance that shows any text has in it."""


@dataclass(slots=True)
class PdfPage:
    """What lies where on a page: the fields by name, and what a person has written or drawn over it as annotations."""

    number: int
    boxes: dict[str, Rectangle] = field(default_factory=dict)
    writing: list[Rectangle] = field(default_factory=list)
    bare: bool = False
    """Whether it has fewer fields than were printed on it, or none at all."""


@dataclass(slots=True)
class FilledForm:
    """What a PDF says of itself; `ours` if it says that this program made it."""

    sheet_ids: list[str] = field(default_factory=list)
    values: dict[str, str] = field(default_factory=dict)
    ours: bool = False
    doubled: dict[str, list[str]] = field(default_factory=dict)
    """Fields that stand there several times, with different values; the last is the one in `values`."""

    odd: dict[str, str] = field(default_factory=dict)
    """Fields whose value is no text that a number could be, and what it is; their value counts as blank."""

    pages: int = 0
    """Pages of a sheet, as far as they say so."""

    laid_out: list[PdfPage] = field(default_factory=list)
    """All pages of the file."""

    printed_ids: list[str] = field(default_factory=list)
    """Sheet ids in the text of the pages, where no field tells one."""

    before: int = 0
    """How many PDFs stand in the file before the one that was read."""

    attached: bool = False
    """Whether other files are attached."""

    data: bytes = field(default=b"", repr=False)
    """The PDF itself, without its encryption."""

    @property
    def bare(self) -> bool:
        """Whether some page has fewer fields than were printed on it."""
        return any(page.bare for page in self.laid_out)


class NotReadable(Exception):
    """A PDF that cannot be used: what was found, and what to do."""

    def __init__(self, found: str, remedy: str) -> None:
        super().__init__(found, remedy)
        self.found = found
        self.remedy = remedy


def read_form(data: bytes) -> FilledForm:
    """Sheet ids and fields of a PDF.

    Raises:
        NotReadable: if it is too large, incomplete, locked with a password, or no PDF.
    """
    if len(data) > LARGEST:
        raise NotReadable(
            Remark.of(
                N_("{size} MB, where {most} MB is the limit: no filled sheet"),
                size=round(len(data) / 1e6),
                most=round(LARGEST / 1e6),
            ),
            ASK_FOR_FILE,
        )
    if b"%PDF-" not in data[:1024]:
        raise NotReadable(Remark.of(N_("no PDF, in spite of its name")), ASK_FOR_FILE)
    if b"%%EOF" not in data.rstrip(b"\0\t\r\n ")[-_TAIL:]:
        raise NotReadable(Remark.of(N_("a PDF that is cut off: its end is missing")), _ASK_AGAIN)
    # Loaded only where a PDF came in: it takes longer to load than most commands take to run.
    from pypdf import PdfReader
    from pypdf.errors import DependencyError, LimitReachedError

    # Remarks on damaged files would go to the terminal; what matters is reported.
    logging.getLogger("pypdf").setLevel(logging.CRITICAL)
    before = len(_BEHIND_ANOTHER.findall(data))
    try:
        try:
            reader = PdfReader(BytesIO(data), strict=False)
            is_encrypted = reader.is_encrypted
        except DependencyError:  # only decryption needs more than pypdf itself
            is_encrypted = True
        if is_encrypted:
            data = _decrypted(data)
            reader = PdfReader(BytesIO(data), strict=False)
        form = _form_of(reader)
        form.data, form.before = data, before
        return form
    except (NotReadable, MemoryError):
        raise
    except LimitReachedError as error:
        found = Remark.of(N_("a PDF of which a part unpacks to more than any sheet has"))
        raise NotReadable(found, ASK_FOR_FILE) from error
    except Exception as error:  # a parser fed with anything at all raises anything at all
        raise NotReadable(_damaged(type(error).__name__), _ASK_AGAIN) from error


def _damaged(how: str) -> Remark:
    return Remark.of(N_("a damaged PDF ({reason})"), reason=how)


def _decrypted(data: bytes) -> bytes:
    """An encrypted PDF without its encryption, if it opens without a password, as those do that only forbid things."""
    try:
        import pikepdf
    except ImportError as error:  # it is large, and other graders have little room
        raise NotReadable(_ENCRYPTED, _ASK_FOR_OPEN_FILE) from error
    out = BytesIO()
    try:
        with pikepdf.open(BytesIO(data)) as document:
            document.save(out)
    except pikepdf.PasswordError as error:
        raise NotReadable(_ENCRYPTED, _ASK_FOR_OPEN_FILE) from error
    return out.getvalue()


def _form_of(reader: PdfReader) -> FilledForm:
    form = FilledForm()
    root = _resolved(reader.trailer.get("/Root"))
    if not isinstance(root, Mapping):
        raise NotReadable(_damaged("/Root"), _ASK_AGAIN)
    information = _resolved(reader.trailer.get("/Info"))
    if isinstance(information, Mapping):
        told = _resolved(information.get(f"/{SHEET_KEY}"))
        if isinstance(told, str):
            form.sheet_ids.append(told)
        form.ours = _resolved(information.get("/Producer")) == PRODUCER
    pages = _resolved(root.get("/Pages"))
    count = _resolved(pages.get("/Count")) if isinstance(pages, Mapping) else None
    if isinstance(count, int) and count > MOST_PAGES and not form.ours:
        found = Remark.of(N_("{count} pages, where {most} is the limit: no filled sheet"), count=count, most=MOST_PAGES)
        raise NotReadable(found, ASK_FOR_FILE)
    names = _resolved(root.get("/Names"))
    form.attached = isinstance(names, Mapping) and "/EmbeddedFiles" in names
    acroform = _resolved(root.get("/AcroForm"))
    fields = _resolved(acroform.get("/Fields")) if isinstance(acroform, Mapping) else None
    if isinstance(fields, list):
        _walk(fields, form)
    for number, page in enumerate(_pages(pages)):
        _look_at(page, PdfPage(number), form)
    if not form.sheet_ids and not form.ours:
        form.printed_ids = _printed_ids(reader)
    return form


def _walk(fields: list[object], form: FilledForm) -> None:
    """Put every named field and its value into the form; names of nested fields are joined by dots."""
    waiting = [(each, _name_above(each), 0) for each in reversed(fields)]
    seen = 0
    while waiting:
        each, prefix, depth = waiting.pop()
        node = _resolved(each)
        if not isinstance(node, Mapping):
            continue
        seen += 1
        if seen > MOST_FIELDS or depth > DEEPEST_FIELD:
            raise NotReadable(_TOO_MANY_FIELDS, ASK_FOR_FILE)
        name = ".".join(filter(None, (prefix, _own_name(node))))
        kids = _resolved(node.get("/Kids"))
        if isinstance(kids, list):
            waiting.extend((kid, name, depth + 1) for kid in reversed(kids))
            if len(waiting) > MOST_FIELDS:
                raise NotReadable(_TOO_MANY_FIELDS, ASK_FOR_FILE)
        _take(name, node.get("/V"), form, is_tick=_is_tick(node))


def _take(name: str, value: object, form: FilledForm, *, is_tick: bool) -> None:
    """Put one field into the form: of a box to be ticked 1 where it is."""
    text = _text_of(value)
    if is_tick:
        text = "" if text in ("", "/", "/Off") else "1"
    if (what := _odd(value, text)) and name:
        form.odd[name], text = what, ""
    if _SHEET_FIELD.fullmatch(name.split(".")[-1]):
        if text.strip() and text not in form.sheet_ids:
            form.sheet_ids.append(text)
        return
    before = form.values.get(name)
    if not name or (before is not None and (before == text or not text.strip())):
        return
    if before is not None and before.strip():
        form.doubled.setdefault(name, [before]).append(text)
    form.values[name] = text


def _pages(root: object) -> Iterator[Mapping[str, object]]:
    """The pages, as many as are read of any sheet, in their order."""
    waiting: list[object] = [root]
    for _ in range(4 * MOST_PAGES):
        if not waiting:
            return
        node = _resolved(waiting.pop())
        if not isinstance(node, Mapping):
            continue
        kids = _resolved(node.get("/Kids"))
        if isinstance(kids, list):
            waiting.extend(reversed(kids[:MOST_PAGES]))
        else:
            yield node


def _look_at(page: Mapping[str, object], found: PdfPage, form: FilledForm) -> None:
    """Take the fields on a page, and see whether it has all that were printed on it."""
    form.laid_out.append(found)
    annotations = _resolved(page.get("/Annots"))
    printed = None
    for each in annotations[:MOST_FIELDS] if isinstance(annotations, list) else ():
        widget = _resolved(each)
        if not isinstance(widget, Mapping):
            continue
        kind = _resolved(widget.get("/Subtype"))
        if kind in _WRITING and (place := _place(widget)) and not _is_empty(widget):
            found.writing.append(place)
        if kind != "/Widget":
            continue
        name, value = _named(widget)
        _take(name, value, form, is_tick=_is_tick(widget))
        if _SHEET_FIELD.fullmatch(name):
            told = _BOXES.fullmatch(_text_of(widget.get("/NM")))
            printed = int(told.group(1)) if told else printed
            form.pages += 1
        elif name and (place := _place(widget)):
            found.boxes[name] = place
            if not _text_of(value).strip() and _shows_text(widget):
                found.writing.append(place)
    found.bare = len(found.boxes) < (1 if printed is None else printed)


def _place(annotation: Mapping[str, object]) -> Rectangle | None:
    """Where an annotation lies; None if it does not say, or cannot be seen."""
    corners = _resolved(annotation.get("/Rect"))
    flags = _resolved(annotation.get("/F"))
    if not isinstance(corners, list) or len(corners) != 4 or (isinstance(flags, int) and flags & _HIDDEN):
        return None
    numbers = [_resolved(each) for each in corners]
    if not all(isinstance(each, int | float) and abs(each) < _FARTHEST for each in numbers):
        return None
    x, y, u, v = (float(each) for each in numbers)  # type: ignore[arg-type]
    return min(x, u), min(y, v), max(x, u), max(y, v)


def _is_empty(annotation: Mapping[str, object]) -> bool:
    """Whether it is a text box or a note with nothing in it."""
    if _resolved(annotation.get("/Subtype")) not in ("/FreeText", "/Text"):
        return False
    return not any(_text_of(annotation.get(key)).strip() for key in ("/Contents", "/RC"))


def _shows_text(widget: Mapping[str, object]) -> bool:
    """Whether a field's appearance, which viewers draw whatever its value is, holds any text."""
    looks = _resolved(widget.get("/AP"))
    normal = _resolved(looks.get("/N")) if isinstance(looks, Mapping) else None
    return hasattr(normal, "get_data") and _DRAWS_TEXT.search(normal.get_data()) is not None


def _named(widget: Mapping[str, object]) -> tuple[str, object]:
    """The name of the field that a widget belongs to, and its value."""
    parts: list[str] = []
    value: object = None
    node: object = widget
    for _ in range(DEEPEST_FIELD + 1):
        if not isinstance(node, Mapping):
            break
        part = _own_name(node)
        # A widget without a name of its own shows the field above it, and a value would be the field's.
        if value is None and (part or parts):
            value = _resolved(node.get("/V"))
        parts += filter(None, (part,))
        node = _resolved(node.get("/Parent"))
    name = ".".join(reversed(parts))
    told = _text_of(widget.get("/NM"))
    return (told if _WHOLE_NAME.fullmatch(told) and told.endswith(name) else name), value


def _is_tick(node: object) -> bool:
    """Whether a field is a box to be ticked, whatever its states are called: it says so, or what stands above it."""
    for _ in range(DEEPEST_FIELD):
        if not isinstance(node, Mapping):
            return False
        if (kind := _resolved(node.get("/FT"))) is not None:
            return kind == "/Btn"
        node = _resolved(node.get("/Parent"))
    return False


def _name_above(each: object) -> str:
    """The joined names above what the form lists as its own: of a form that was put together, not always none."""
    node = _resolved(each)
    parts: list[str] = []
    for _ in range(DEEPEST_FIELD):
        node = _resolved(node.get("/Parent")) if isinstance(node, Mapping) else None
        if not isinstance(node, Mapping):
            break
        parts += filter(None, (_own_name(node),))
    return ".".join(reversed(parts))


def _own_name(node: Mapping[str, object]) -> str:
    part = _resolved(node.get("/T"))
    return str(part) if isinstance(part, str) else ""


def _text_of(value: object) -> str:
    """The text that a value is, without what says its language, and without the 0 that ends texts in some programs."""
    text = _decoded(_resolved(value))
    return text if text.isprintable() else _LANGUAGE.sub("", text).rstrip("\0")


def _decoded(found: Any) -> str:
    """A value's characters: PDF knows strings and, for long ones, streams; some programs write plain numbers."""
    if hasattr(found, "get_data"):
        found = found.get_data()
        for mark, encoding in ((b"\xfe\xff", "utf-16-be"), (b"\xff\xfe", "utf-16-le"), (b"\xef\xbb\xbf", "utf-8")):
            if found.startswith(mark):
                return str(found.removeprefix(mark).decode(encoding, "replace"))
    # What is no UTF-16 should be PDFDocEncoding; some programs write UTF-8 without its mark.
    raw = getattr(found, "original_bytes", found) if isinstance(found, str) and not found.isascii() else found
    if isinstance(raw, bytes):
        with contextlib.suppress(UnicodeDecodeError):
            return raw.decode("utf-8")
    if isinstance(found, bytes):
        return found.decode("latin-1")
    return str(found) if isinstance(found, str | int | float) and not isinstance(found, bool) else ""


def _odd(value: object, text: str) -> str:
    """What a value is that is neither blank nor a text that a number could be."""
    found = _resolved(value)
    if len(text) > LONGEST_RESPONSE:
        return Remark.of(N_("a text of {count} characters"), count=len(text))
    is_blank = found is None or type(found).__name__ == "NullObject"
    if text or is_blank or isinstance(found, str | bytes) or hasattr(found, "get_data"):
        return ""
    return Remark.of(N_("a value that is no text"))


def _printed_ids(reader: PdfReader) -> list[str]:
    """What looks like a sheet's id in the text of the first pages, such as the foot of a sheet that was flattened."""
    found: dict[str, None] = {}
    for number in range(_MOST_PAGES_OF_TEXT):
        # A page whose text cannot be had is a page without an id.
        with contextlib.suppress(Exception):
            found |= dict.fromkeys(_PRINTED_ID.findall(reader.pages[number].extract_text()))
    return list(found)


def _resolved(value: object) -> object:
    """What an indirect reference refers to; anything else as it is."""
    return value.get_object() if hasattr(value, "get_object") else value
