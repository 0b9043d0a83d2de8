"""From files of any kind to one submission for each student and question."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from grader.safe_names import printable, shown
from grader.submissions import filled_pdf, json_rows, long_csv, wide_csv
from grader.submissions.bundle import is_zip, open_path
from grader.submissions.names import Names
from grader.submissions.records import Collected, Content, Expected, Problem, Report, Submission
from question_bank.errors import InputError


@dataclass(frozen=True, slots=True)
class Reader:
    """One kind of file: whether a file is of that kind, by what it holds, and how it is read."""

    recognises: Callable[[Content], bool]
    read: Callable[[Content, Names], Report]


READERS = (
    Reader(filled_pdf.recognises, filled_pdf.read),
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

    Of two submissions by the same student to the same question, the later in the order of `files` (in a folder or
    archive: of the names) counts as a whole, with a remark if they differ; one that is wholly blank replaces nothing.
    A table or JSON file inside a folder or archive may be anybody's upload, and say anything of anybody: it never
    replaces a signed sheet. One that is itself among `files` does.

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
    kept: dict[tuple[str, str], _Kept] = {}
    problems: list[Problem] = []
    for path in files:
        for content in open_path(path):
            if isinstance(content, Problem):
                problems.append(content)
                continue
            report = _read(content, names)
            problems.extend(report.problems)
            trusted = report.signed or content.source == str(path)
            for submission in report.submissions:
                problems.extend(_keep(_Kept(submission, trusted), kept))
            if progress is not None:
                progress(report.source)
    return Collected(tuple(one.submission for one in kept.values()), tuple(problems))


def _read(content: Content, names: Names) -> Report:
    """What the reader for this kind of file makes of it."""
    report = Report(content.source)
    if not content.data.strip():
        report.lost("", "an empty file", "ask for it again")
        return report
    foreign = _foreign(content)
    if foreign is None:
        for reader in READERS:
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


@dataclass(frozen=True, slots=True)
class _Kept:
    submission: Submission
    trusted: bool

    @property
    def is_blank(self) -> bool:
        return not any(map(str.strip, self.submission.responses.values()))


def _keep(new: _Kept, kept: dict[tuple[str, str], _Kept]) -> list[Problem]:
    """Put a submission in its place; a remark if another one that differs was there."""
    submission = new.submission
    key = (submission.student, submission.question)
    before = kept.setdefault(key, new)
    if before is new or new.is_blank:
        return []
    outranked = before.trusted and not new.trusted and not before.is_blank
    if not outranked:
        kept[key] = new
    if before.is_blank or before.submission.responses == submission.responses:
        return []
    if outranked:
        remedy = "that signed sheet, or file named by you, counts; name this file too, after it, if it should count"
    else:
        remedy = "this later one counts; name the files in another order, or leave one out, if it should not"
    return [
        Problem(
            submission.source,
            f"{printable(submission.student)}, {submission.question}",
            f"{before.submission.source} has other responses to the same question",
            remedy,
            False,
        )
    ]
