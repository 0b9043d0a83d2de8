"""The filled sheet: its form's fields are the responses, its signed id says whose they are.

The id stands in the read-only field `sheet_id` and in the document's information as `/GradpathSheet`; either will do,
but they must not name two students. A file's name is never asked. Nothing in the file is run, drawn or fetched, and
what a file can make this code do is bounded.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass, field
from io import BytesIO
from typing import TYPE_CHECKING

from grader.safe_names import shown
from grader.submissions.columns import split_heading
from grader.submissions.names import Names
from grader.submissions.records import Content, Report, Submission

if TYPE_CHECKING:
    from pypdf import PdfReader

SHEET_ID_FIELD = "sheet_id"
SHEET_ID_KEY = "/GradpathSheet"

LARGEST = 20_000_000
"""Bytes; a filled sheet has less than one million."""

MOST_PAGES = 500
MOST_FIELDS = 5_000
DEEPEST_FIELD = 10

_TAIL = 2048
"""Bytes in which the end mark must stand. Readers of PDF would otherwise fall back on an earlier, emptier state."""


@dataclass(slots=True)
class _Form:
    """What a PDF says of itself."""

    sheet_ids: list[str] = field(default_factory=list)
    values: dict[str, str] = field(default_factory=dict)


class _NotReadable(Exception):
    """A PDF that cannot be used: what was found, and what to do."""

    def __init__(self, found: str, remedy: str) -> None:
        super().__init__(found)
        self.found = found
        self.remedy = remedy


def recognises(content: Content) -> bool:
    """Whether a file is a PDF, or says so by its name."""
    # Only at the start: "%PDF-" among a class's responses must not turn their table into a PDF.
    return content.data[:100].lstrip().startswith(b"%PDF-") or content.suffix == ".pdf"


def read(content: Content, names: Names) -> Report:
    """The submissions of a filled sheet, one for each question on it."""
    report = Report(content.source)
    try:
        form = _read_form(content.data)
        student = _owner(form, names, report)
        report.signed = True
    except _NotReadable as problem:
        report.lost("", problem.found, problem.remedy)
        return report
    found: dict[str, dict[str, str]] = {}
    for name, value in form.values.items():
        named, written = split_heading(name)
        if named is None:
            continue  # a field for a name or a date
        allowed = names.slots(student, named)
        slot = names.slot(written, allowed)
        if slot is not None:
            found.setdefault(named, {})[slot] = value
        elif value.strip() and not allowed:
            found_here = f"{student} has no question {named}, but a response there"
            report.lost(f"field {shown(name)}", found_here, names.which_instead(student))
        elif value.strip():
            report.lost(f"field {shown(name)}", f"{student} has no such slot", names.what_instead(written, allowed))
    if not found:
        report.lost("", f"the sheet of {student}, without fields for answers", _ASK_FOR_FILE)
    report.submissions.extend(
        Submission(student, question, responses, report.source) for question, responses in found.items()
    )
    return report


_ASK_FOR_OPEN_FILE = "ask for it without a password"
_ASK_FOR_FILE = "ask for the PDF as it was filled in, or type its answers into a CSV file"


def _owner(form: _Form, names: Names, report: Report) -> str:
    """The student whose sheet it is, by its ids alone."""
    owners = {sheet_id: names.student_of_sheet(sheet_id) for sheet_id in form.sheet_ids}
    students = sorted({student for student in owners.values() if student is not None})
    if len(students) > 1:
        raise _NotReadable(
            f"sheet ids of {' and of '.join(students[:3])}{' and others' * (len(students) > 3)} in one file",
            "hand in each student's sheet as a file of its own; if it is one, its id was changed: ask who filled it in",
        )
    if students:
        for sheet_id, student in owners.items():
            if student is None:
                report.note("", f"a second sheet id, {shown(sheet_id)}, is not of this assignment", "it was ignored")
        if not form.values:
            raise _NotReadable(
                f"the sheet of {students[0]}, but printed to PDF, scanned or flattened: there are no fields",
                _ASK_FOR_FILE,
            )
        return students[0]
    if owners:
        raise _NotReadable(
            f"the sheet id {shown(next(iter(owners)))} is not of this assignment",
            "see whether it is another assignment's, or the set was drawn again after it was handed out",
        )
    if not form.values:
        raise _NotReadable("no form: not one of our sheets, or printed to PDF, scanned or flattened", _ASK_FOR_FILE)
    raise _NotReadable("a form without a sheet id: not one of our sheets", _ASK_FOR_FILE)


def _read_form(data: bytes) -> _Form:
    """Sheet ids and fields of a PDF.

    Raises:
        _NotReadable: if it is too large, incomplete, encrypted, or no PDF.
    """
    if len(data) > LARGEST:
        raise _NotReadable(
            f"{len(data) / 1e6:.0f} MB, where {LARGEST / 1e6:.0f} MB is the limit: no filled sheet", _ASK_FOR_FILE
        )
    if b"%PDF-" not in data[:1024]:
        raise _NotReadable("no PDF, in spite of its name", _ASK_FOR_FILE)
    if b"%%EOF" not in data.rstrip(b"\0\t\r\n ")[-_TAIL:]:
        raise _NotReadable("a PDF that is cut off: its end is missing", "ask for the file again")
    # Loaded only where a PDF came in: it takes longer to load than most commands take to run.
    from pypdf import PdfReader
    from pypdf.errors import DependencyError

    # Remarks on damaged files would go to the terminal; what matters is reported.
    logging.getLogger("pypdf").setLevel(logging.CRITICAL)
    try:
        reader = PdfReader(BytesIO(data), strict=False)
        if reader.is_encrypted:
            raise _NotReadable("an encrypted PDF", _ASK_FOR_OPEN_FILE)
        return _form_of(reader)
    except _NotReadable:
        raise
    except DependencyError as error:  # only decryption needs more than pypdf itself
        raise _NotReadable("an encrypted PDF", _ASK_FOR_OPEN_FILE) from error
    except Exception as error:  # a parser fed with anything at all raises anything at all
        raise _NotReadable(f"a damaged PDF ({type(error).__name__})", "ask for the file again") from error


def _form_of(reader: PdfReader) -> _Form:
    form = _Form()
    root = _resolved(reader.trailer.get("/Root"))
    if not isinstance(root, Mapping):
        raise _NotReadable("a damaged PDF (no catalogue)", "ask for the file again")
    pages = _resolved(root.get("/Pages"))
    count = _resolved(pages.get("/Count")) if isinstance(pages, Mapping) else None
    if isinstance(count, int) and count > MOST_PAGES:
        raise _NotReadable(f"{count:,} pages, where {MOST_PAGES} is the limit: no filled sheet", _ASK_FOR_FILE)
    information = _resolved(reader.trailer.get("/Info"))
    if isinstance(information, Mapping):
        told = _resolved(information.get(SHEET_ID_KEY))
        if isinstance(told, str):
            form.sheet_ids.append(told)
    acroform = _resolved(root.get("/AcroForm"))
    fields = _resolved(acroform.get("/Fields")) if isinstance(acroform, Mapping) else None
    if isinstance(fields, list):
        _walk(fields, form)
    return form


def _walk(fields: list[object], form: _Form) -> None:
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
            raise _NotReadable("more fields than any sheet has", _ASK_FOR_FILE)
        part = _resolved(node.get("/T"))
        name = ".".join(filter(None, (prefix, part if isinstance(part, str) else "")))
        kids = _resolved(node.get("/Kids"))
        if isinstance(kids, list):
            waiting.extend((kid, name, depth + 1) for kid in reversed(kids))
            if len(waiting) > MOST_FIELDS:
                raise _NotReadable("more fields than any sheet has", _ASK_FOR_FILE)
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
