"""From files of any kind to one submission for each student and question."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from grader.safe_names import shown
from grader.submissions import filled_pdf, json_rows, long_csv, platforms, wide_csv
from grader.submissions.attempts import Attempt, Attempts
from grader.submissions.bundle import is_zip, open_path
from grader.submissions.form_reader import FormReader
from grader.submissions.names import Names
from grader.submissions.parts import Parts
from grader.submissions.records import Collected, Content, Expected, Problem, Report
from question_bank.errors import InputError


@dataclass(frozen=True, slots=True)
class Reader:
    """One kind of file: whether a file is of that kind, by what it holds, and how it is read."""

    recognises: Callable[[Content], bool]
    read: Callable[[Content, Names], Report]


_TEXT_READERS = (
    Reader(json_rows.recognises, json_rows.read),
    Reader(long_csv.recognises, long_csv.read),
    Reader(wide_csv.recognises, wide_csv.read),
)
"""Asked in this order."""

_FOREIGN_KINDS = (
    (b"\xff\xd8\xff", "a photograph (JPEG)"),
    (b"\x89PNG", "a picture (PNG)"),
    (b"GIF8", "a picture (GIF)"),
    (b"II*\0", "a scan (TIFF)"),
    (b"MM\0*", "a scan (TIFF)"),
    (b"\xd0\xcf\x11\xe0", "a document of an old office program"),
    (b"{\\rtf", "a document (RTF)"),
    (b"Rar!\x1a", "an archive (RAR)"),
    (b"7z\xbc\xaf", "an archive (7z)"),
    (b"\x1f\x8b", "an archive (gzip)"),
    (b"\x7fELF", "a program"),
)
_ASK = "ask for the filled PDF; a table must be CSV, with the columns student,question,slot,response"


def collect(files: Sequence[Path], expected: Expected, *, progress: Callable[[str], None] | None = None) -> Collected:
    """Read every file, folder and archive; one that cannot be read costs nobody else's work.

    Of two submissions by the same student to the same question the later counts as a whole: by their times where both
    tell one, else in the order of `files` (in a folder or archive: of the names). There is a remark if they differ; one
    that is wholly blank replaces nothing. A table or JSON file inside a folder or archive may be anybody's upload, and
    say anything of anybody: it never replaces a signed sheet. One that is itself among `files` does.

    Several files of the same signed sheet are put together as long as no box is filled in twice: pages by themselves,
    or copies with other boxes filled in each. A page that was filled in anew replaces that page only. A box for which
    none of them has a field is reported, once for each student.

    `progress` is called with each file's name when it has been read.

    Raises:
        InputError: if a path does not exist, before anything is read.
    """
    for path in files:
        if not path.exists():
            raise InputError(
                "no such file", file=str(path), remedy="see how it is spelled, and in which folder you are"
            )
    names = Names(expected)
    attempts = Attempts()
    parts = Parts(names)
    problems: list[Problem] = []
    with FormReader() as forms:
        for path in files:
            for content in open_path(path):
                if isinstance(content, Problem):
                    problems.append(content)
                    continue
                is_named = content.source == str(path)
                report = (None if is_named else platforms.read(content, str(path))) or _read(content, names, forms)
                problems.extend(report.problems)
                trusted = report.signed or is_named
                if report.part is not None:
                    parts.add(report.part)
                for submission in report.submissions:
                    absent = names.absent(submission) if report.signed else frozenset[str]()
                    attempt = Attempt(submission, trusted, report.signed, content.archived, absent)
                    problems.extend(attempts.add(attempt))
                if progress is not None:
                    progress(report.source)
    problems.extend(parts.problems(attempts.typed))
    problems.extend(attempts.unsigned())
    return Collected(attempts.counting, tuple(problems), attempts.superseded)


def _read(content: Content, names: Names, forms: FormReader) -> Report:
    """What the reader for this kind of file makes of it."""
    report = Report(content.source)
    if not content.data.strip():
        report.lost("", "an empty file", "ask for it again")
        return report
    foreign = _foreign(content)
    if foreign is None:
        if filled_pdf.recognises(content):
            return filled_pdf.read(content, names, forms)
        for reader in _TEXT_READERS:
            if reader.recognises(content):
                return reader.read(content, names)
        foreign = f"text that begins {shown(content.text.strip(), longest=40)}"
    report.lost("", f"{foreign}: no submission that can be read", _ASK)
    return report


def _foreign(content: Content) -> str | None:
    """What a file is, where it surely is nothing that a reader takes, whatever its name."""
    head = content.data[:500]
    if is_zip(head):
        return "a document of an office program"
    if head[4:12] in (b"ftypheic", b"ftypheix", b"ftypmif1"):
        return "a photograph (HEIC)"
    if head.lstrip().lower().startswith((b"<!doctype", b"<html", b"<?xml", b"<p", b"<div")):
        return "a web page, or text typed on the platform"
    return next((kind for magic, kind in _FOREIGN_KINDS if head.startswith(magic)), None)
