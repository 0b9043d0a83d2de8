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
    kept: dict[tuple[str, str], Submission] = {}
    problems: list[Problem] = []
    for path in files:
        for content in open_path(path):
            if isinstance(content, Problem):
                problems.append(content)
                continue
            report = _read(content, names)
            problems.extend(report.problems)
            for submission in report.submissions:
                problems.extend(_keep(submission, kept))
            if progress is not None:
                progress(report.source)
    return Collected(tuple(kept.values()), tuple(problems))


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


def _keep(submission: Submission, kept: dict[tuple[str, str], Submission]) -> list[Problem]:
    """Put a submission in its place; a remark if another one that differs was there."""
    key = (submission.student, submission.question)
    before = kept.setdefault(key, submission)
    if before is submission or before.responses == submission.responses:
        return []
    if not any(map(str.strip, submission.responses.values())):
        return []
    kept[key] = submission
    if not any(map(str.strip, before.responses.values())):
        return []
    return [
        Problem(
            submission.source,
            f"{printable(submission.student)}, {submission.question}",
            f"{before.source} has other responses to the same question",
            "this later one counts; name the files in another order, or leave one out, if it should not",
            False,
        )
    ]
