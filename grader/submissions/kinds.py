"""One file's content, given to the reader for its kind, whatever its name; nothing that happens there gets out."""

from __future__ import annotations

import contextlib
import signal
import threading
from collections.abc import Callable, Iterator
from operator import attrgetter
from types import FrameType

from grader.files.safe_names import shown
from grader.submissions import filled_pdf, json_rows, limits, long_csv, wide_csv
from grader.submissions.bundle import CAN_BE_OPENED, FileRefused, OfficeDocument, is_zip
from grader.submissions.names import Names
from grader.submissions.records import (
    LONGEST_RESPONSE,
    SHORTEN_IT,
    Content,
    FileReport,
    Submission,
    TooMuch,
    too_long,
)
from question_bank.language.remark import Remark
from question_bank.language.words import N_

_KINDS_OF_TEXT = (
    (json_rows.recognises, json_rows.read),
    (long_csv.recognises, long_csv.read),
    (wide_csv.recognises, wide_csv.read),
)
"""Whether a text is of a kind, by what it holds, and how it is read; asked in this order."""

_FOREIGN_KINDS = (
    (b"\xff\xd8\xff", N_("a photograph (JPEG)")),
    (b"\x89PNG", N_("a picture (PNG)")),
    (b"GIF8", N_("a picture (GIF)")),
    (b"II*\0", N_("a scan (TIFF)")),
    (b"MM\0*", N_("a scan (TIFF)")),
    (b"\xd0\xcf\x11\xe0", N_("a document of an old office program")),
    (b"{\\rtf", N_("a document (RTF)")),
    (b"Rar!\x1a", N_("an archive (RAR)")),
    (b"7z\xbc\xaf", N_("an archive (7z)")),
    (b"\x1f\x8b", N_("an archive (gzip)")),
    (b"\x7fELF", N_("a program")),
)
_ASK = Remark.of(N_("ask for the filled PDF; a table must be CSV, with the columns student,question,slot,response"))
ASK_AGAIN = Remark.of(N_("ask for the file again, or type its answers into a CSV file"))
_AS_SEVERAL = Remark.of(N_("hand it in as several files"))
_LOOKED_AT = 64


class OutOfTime(BaseException):
    """The seconds that a file may take are over; no `except Exception` of a reader keeps it."""


def read(content: Content, names: Names, most_lines: int = limits.MOST_LINES, *, pictures: int = 0) -> FileReport:
    """What the reader for this kind of file makes of it; of a PDF up to so many pages are drawn if they must be seen.

    Raises Refused, and whatever a reader raises.
    """
    if not content.data.strip():
        raise FileRefused(Remark.of(N_("an empty file")), Remark.of(N_("ask for it again")))
    if is_zip(content.data):
        raise OfficeDocument
    foreign = _foreign(content)
    if foreign is None:
        if filled_pdf.recognises(content):
            return filled_pdf.read(content, names, pictures=pictures)
        _bound(content.data, most_lines)
        for recognises, read_text in _KINDS_OF_TEXT:
            if recognises(content):
                return read_text(content, names)
        foreign = Remark.of(N_("text that begins {beginning}"), beginning=shown(content.text.strip(), longest=40))
    raise FileRefused(Remark.of(N_("{kind}: no submission that can be read"), kind=foreign), _ASK)


def guarded(source: str, reading: Callable[[], FileReport], seconds: float) -> FileReport:
    """What reading gives within so many seconds of computing; whatever else happens is a problem of that file."""
    try:
        with computing_at_most(seconds):
            return reading()
    except FileRefused as refused:
        found, remedy = refused.found, refused.remedy
    except OutOfTime:
        found, remedy = too_slow(seconds), ASK_AGAIN
    except MemoryError:
        found = Remark.of(N_("takes more memory than there is for one file"))
        remedy = Remark.of(N_("hand it in as several files, or ask for it again"))
    except TooMuch:
        found, remedy = Remark.of(N_("more than {count} problems in one file"), count=limits.MOST_REMARKS), ASK_AGAIN
    except RecursionError:
        found, remedy = Remark.of(N_("nested too deeply")), ASK_AGAIN
    except OSError as error:
        found, remedy = error.strerror or type(error).__name__, CAN_BE_OPENED
    except Exception as error:  # a reader fed with anything at all may raise anything at all
        found, remedy = Remark.of(N_("cannot be read ({reason})"), reason=type(error).__name__), ASK_AGAIN
    report = FileReport(source)
    report.lost("", found, remedy)
    return report


def too_slow(seconds: float) -> Remark:
    """What is said of a file that took longer than there was for it."""
    return Remark.of(N_("cannot be read within {seconds} seconds"), seconds=float(f"{seconds:.2g}"))


def without_endless(report: FileReport) -> None:
    """Take out, and report, what is too long for a number or a line of working."""
    for at, one in enumerate(report.submissions):
        if max(map(len, one.responses.values()), default=0) <= LONGEST_RESPONSE:
            continue
        kept = {slot: text for slot, text in one.responses.items() if len(text) <= LONGEST_RESPONSE}
        gone = next(slot for slot in one.responses if slot not in kept)
        report.lost("", too_long(one.student, gone, len(one.responses[gone])), SHORTEN_IT, student=one.student)
        report.submissions[at] = Submission(one.student, one.question, kept, one.source, one.submitted)


def bound_cells(report: FileReport, most: float) -> None:
    """Raise Refused where there is more in a file than so many responses; each submission counts as five more."""
    count = cells_in(report)
    if count > most:
        found = Remark.of(N_("{count} responses, where {most} is the limit"), count=count, most=round(most))
        raise FileRefused(found, _AS_SEVERAL)


def cells_in(report: FileReport) -> int:
    """How many responses there are; each submission counts as five more."""
    return 5 * len(report.submissions) + sum(map(len, map(attrgetter("responses"), report.submissions)))


@contextlib.contextmanager
def computing_at_most(seconds: float) -> Iterator[None]:
    """Raise OutOfTime in the block when it has computed so long; again and again, should something swallow it.

    Only a main thread can be reached so; elsewhere nothing is limited.
    """
    if threading.current_thread() is not threading.main_thread() or not hasattr(signal, "setitimer"):
        yield
        return

    def over(number: int, frame: FrameType | None) -> None:
        raise OutOfTime

    before = signal.signal(signal.SIGPROF, over)
    signal.setitimer(signal.ITIMER_PROF, seconds, 0.1)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, before)


def _bound(data: bytes, most_lines: int) -> None:
    """Refuse a text that would come apart into more pieces than any class writes."""
    if len(data) <= most_lines:
        return
    begins = data[:_LOOKED_AT].translate(None, b"\0\xff\xfe\xef\xbb\xbf").lstrip()[:1]
    is_json = begins in (b"[", b"{")
    marks = b"[{," if is_json else b"\n\r"
    pieces = sum(data.count(mark) for mark in (marks[at : at + 1] for at in range(len(marks))))
    # Windows ends a line with two characters.
    pieces -= data.count(b"\r\n") if not is_json and pieces > most_lines else 0
    if pieces > most_lines:
        found = (
            N_("{count} brackets and commas, where {most} is the limit")
            if is_json
            else N_("{count} lines, where {most} is the limit")
        )
        raise FileRefused(Remark.of(found, count=pieces, most=most_lines), _AS_SEVERAL)


def _foreign(content: Content) -> Remark | None:
    """What a file is, where it surely is nothing that a reader takes, whatever its name."""
    head = content.data[:500]
    if head[4:12] in (b"ftypheic", b"ftypheix", b"ftypmif1"):
        return Remark.of(N_("a photograph (HEIC)"))
    if head.lstrip().lower().startswith((b"<!doctype", b"<html", b"<?xml", b"<p", b"<div")):
        return Remark.of(N_("a web page, or text typed on the platform"))
    return next((Remark.of(kind) for magic, kind in _FOREIGN_KINDS if head.startswith(magic)), None)
