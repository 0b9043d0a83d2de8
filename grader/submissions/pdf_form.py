"""What a PDF says of itself: the ids of the sheet and the fields of its form.

Nothing in the file is run, drawn or fetched, and what a file can make this code do is bounded in memory; in time it is
not, which is why `form_reader` runs it in a process of its own.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass, field
from io import BytesIO
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pypdf import PdfReader

SHEET_ID_FIELD = "sheet_id"
SHEET_ID_KEY = "/GradpathSheet"
PRODUCER = "gradpath"
"""What the document information of our own PDFs names as producer."""

LARGEST = 20_000_000
"""Bytes; a filled sheet has less than one million."""

MOST_PAGES = 500
MOST_FIELDS = 5_000
DEEPEST_FIELD = 10

_TAIL = 2048
"""Bytes in which the end mark must stand. Readers of PDF would otherwise fall back on an earlier, emptier state."""

ASK_FOR_FILE = "ask for the PDF as it was filled in, or type its answers into a CSV file"
_ASK_FOR_OPEN_FILE = "ask for it without a password"


@dataclass(slots=True)
class Form:
    """What a PDF says of itself; `ours` if it says that this program made it."""

    sheet_ids: list[str] = field(default_factory=list)
    values: dict[str, str] = field(default_factory=dict)
    ours: bool = False


class NotReadable(Exception):
    """A PDF that cannot be used: what was found, and what to do."""

    def __init__(self, found: str, remedy: str) -> None:
        super().__init__(found, remedy)
        self.found = found
        self.remedy = remedy


def read_form(data: bytes) -> Form:
    """Sheet ids and fields of a PDF.

    Raises:
        NotReadable: if it is too large, incomplete, encrypted, or no PDF.
    """
    if len(data) > LARGEST:
        raise NotReadable(
            f"{len(data) / 1e6:.0f} MB, where {LARGEST / 1e6:.0f} MB is the limit: no filled sheet", ASK_FOR_FILE
        )
    if b"%PDF-" not in data[:1024]:
        raise NotReadable("no PDF, in spite of its name", ASK_FOR_FILE)
    if b"%%EOF" not in data.rstrip(b"\0\t\r\n ")[-_TAIL:]:
        raise NotReadable("a PDF that is cut off: its end is missing", "ask for the file again")
    # Loaded only where a PDF came in: it takes longer to load than most commands take to run.
    from pypdf import PdfReader
    from pypdf.errors import DependencyError

    # Remarks on damaged files would go to the terminal; what matters is reported.
    logging.getLogger("pypdf").setLevel(logging.CRITICAL)
    try:
        reader = PdfReader(BytesIO(data), strict=False)
        if reader.is_encrypted:
            raise NotReadable("an encrypted PDF", _ASK_FOR_OPEN_FILE)
        return _form_of(reader)
    except NotReadable:
        raise
    except DependencyError as error:  # only decryption needs more than pypdf itself
        raise NotReadable("an encrypted PDF", _ASK_FOR_OPEN_FILE) from error
    except Exception as error:  # a parser fed with anything at all raises anything at all
        raise NotReadable(f"a damaged PDF ({type(error).__name__})", "ask for the file again") from error


def _form_of(reader: PdfReader) -> Form:
    form = Form()
    root = _resolved(reader.trailer.get("/Root"))
    if not isinstance(root, Mapping):
        raise NotReadable("a damaged PDF (no catalogue)", "ask for the file again")
    information = _resolved(reader.trailer.get("/Info"))
    if isinstance(information, Mapping):
        told = _resolved(information.get(SHEET_ID_KEY))
        if isinstance(told, str):
            form.sheet_ids.append(told)
        form.ours = _resolved(information.get("/Producer")) == PRODUCER
    pages = _resolved(root.get("/Pages"))
    count = _resolved(pages.get("/Count")) if isinstance(pages, Mapping) else None
    if isinstance(count, int) and count > MOST_PAGES and not form.ours:
        raise NotReadable(f"{count:,} pages, where {MOST_PAGES} is the limit: no filled sheet", ASK_FOR_FILE)
    acroform = _resolved(root.get("/AcroForm"))
    fields = _resolved(acroform.get("/Fields")) if isinstance(acroform, Mapping) else None
    if isinstance(fields, list):
        _walk(fields, form)
    return form


def _walk(fields: list[object], form: Form) -> None:
    """Put every named field and its value into the form; names of nested fields are joined by dots."""
    waiting = [(each, "", 0) for each in reversed(fields)]
    seen = 0
    while waiting:
        each, prefix, depth = waiting.pop()
        node = _resolved(each)
        if not isinstance(node, Mapping):
            continue
        seen += 1
        if seen > MOST_FIELDS or depth > DEEPEST_FIELD:
            raise NotReadable("more fields than any sheet has", ASK_FOR_FILE)
        part = _resolved(node.get("/T"))
        name = ".".join(filter(None, (prefix, part if isinstance(part, str) else "")))
        kids = _resolved(node.get("/Kids"))
        if isinstance(kids, list):
            waiting.extend((kid, name, depth + 1) for kid in reversed(kids))
            if len(waiting) > MOST_FIELDS:
                raise NotReadable("more fields than any sheet has", ASK_FOR_FILE)
        value = _resolved(node.get("/V"))
        if isinstance(value, bytes):
            value = value.decode("latin-1")
        text = value if isinstance(value, str) else ""
        if name.split(".")[-1] == SHEET_ID_FIELD:
            if text.strip():
                form.sheet_ids.append(text)
        elif name and (text or name not in form.values):
            form.values[name] = str(text)


def _resolved(value: object) -> object:
    """What an indirect reference refers to; anything else as it is."""
    return value.get_object() if hasattr(value, "get_object") else value
