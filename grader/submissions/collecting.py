"""From files of any kind to one submission for each student and question."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from grader.safe_names import printable, shown
from grader.submissions import filled_pdf, json_rows, long_csv, wide_csv
from grader.submissions.bundle import is_zip, open_path
from grader.submissions.form_reader import FormReader
from grader.submissions.names import Names
from grader.submissions.records import Collected, Content, Expected, Problem, Report, Submission
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
    attempts = _Attempts()
    problems: list[Problem] = []
    with FormReader() as forms:
        for path in files:
            for content in open_path(path):
                if isinstance(content, Problem):
                    problems.append(content)
                    continue
                report = _read(content, names, forms)
                problems.extend(report.problems)
                trusted = report.signed or content.source == str(path)
                for submission in report.submissions:
                    problems.extend(attempts.add(_Attempt(submission, trusted, report.signed, content.archived)))
                if progress is not None:
                    progress(report.source)
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


@dataclass(frozen=True, slots=True)
class _Attempt:
    """A submission, and of its file: whether it is to be trusted, is a signed sheet, was in an archive."""

    submission: Submission
    trusted: bool
    signed: bool
    archived: bool

    @property
    def is_blank(self) -> bool:
        return not any(map(str.strip, self.submission.responses.values()))


class _Attempts:
    """Every student's attempts at every question: which one counts, which came before it."""

    def __init__(self) -> None:
        self._counting: dict[tuple[str, str], _Attempt] = {}
        self._earlier: dict[tuple[str, str], list[_Attempt]] = {}

    @property
    def counting(self) -> tuple[Submission, ...]:
        return tuple(attempt.submission for attempt in self._counting.values())

    @property
    def superseded(self) -> tuple[Submission, ...]:
        return tuple(
            attempt.submission
            for key, earlier in self._earlier.items()
            for attempt in earlier
            if attempt.trusted or not self._counting[key].trusted
        )

    def add(self, new: _Attempt) -> list[Problem]:
        """Put an attempt in its place; a remark if one from another file that differs was there."""
        submission = new.submission
        key = (submission.student, submission.question)
        before = self._counting.setdefault(key, new)
        if before is new or new.is_blank:
            return []
        if before.is_blank:
            self._counting[key] = new
            return []
        outranked = before.trusted and not new.trusted
        overtaken = not outranked and _is_later(before.submission.submitted, submission.submitted)
        if outranked or overtaken:
            self._earlier.setdefault(key, []).append(new)
        else:
            self._earlier.setdefault(key, []).append(before)
            self._counting[key] = new
        if before.submission.responses == submission.responses or before.submission.source == submission.source:
            return []
        if outranked:
            remedy = "that signed sheet, or file named by you, counts; name this file too, after it, if it should count"
        elif overtaken:
            remedy = f"that one counts, since it came later ({before.submission.submitted})"
        else:
            remedy = "this later one counts; name the files in another order, or leave one out, if it should not"
        where = f"{printable(submission.student)}, {submission.question}"
        found = f"{before.submission.source} has other responses to the same question"
        return [Problem(submission.source, where, found, remedy, False, submission.student)]

    def unsigned(self) -> list[Problem]:
        """A remark for each table inside an archive that speaks for students of whom there is no signed sheet."""
        signed = {key[0] for key, attempt in self._counting.items() if attempt.signed}
        claimed: dict[str, dict[str, None]] = {}
        for (student, _), attempt in self._counting.items():
            if attempt.archived and not attempt.trusted and student not in signed and not attempt.is_blank:
                claimed.setdefault(attempt.submission.source, {})[student] = None
        return [
            Problem(
                source,
                "",
                f"answers of {_some(list(students))}, with no signed sheet of theirs beside it",
                "they were taken, but anybody may have uploaded them: see that they are the students' own",
                False,
                next(iter(students)) if len(students) == 1 else "",
            )
            for source, students in claimed.items()
        ]


def _is_later(one: str, other: str) -> bool:
    """Whether one time is after another; False where either is unknown, or only one of them tells its time zone."""
    if not one or not other:
        return False
    first, second = datetime.fromisoformat(one), datetime.fromisoformat(other)
    return (first.tzinfo is None) == (second.tzinfo is None) and first > second


def _some(students: Sequence[str]) -> str:
    listed = ", ".join(map(printable, students[:3]))
    return listed + (f" and {len(students) - 3:,} others" if len(students) > 3 else "")
