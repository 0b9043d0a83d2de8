"""What the columns of a submission's table are: shared by the long and the wide form."""

from __future__ import annotations

import re
from datetime import datetime

from grader.safe_names import shown
from grader.submissions.names import Names
from grader.submissions.records import Content, Report
from grader.tables import Rows, Table, plain_heading

_WITH_QUESTION = re.compile(r"\s*(?:q|question\s*)?0*([1-9][0-9]{0,5})\s*\.\s*(.+?)\s*", re.IGNORECASE)

NEEDS_QUOTES = 'a response with a comma needs straight quotation marks around it, "0,5", or a table with semicolons'


def column(table: Table, headings: tuple[str, ...]) -> int | None:
    """Index of the column with one of the headings; the first of the headings is preferred."""
    plain = [plain_heading(heading) for heading in table.header]
    return next((plain.index(heading) for heading in headings if heading in plain), None)


def split_heading(heading: str) -> tuple[str | None, str]:
    """Question and slot of a heading such as `q1.h1_3`; no question if it names none.

    >>> split_heading("Q1.path_1.product"), split_heading("path_1.product")
    (('q1', 'path_1.product'), (None, 'path_1.product'))
    """
    parts = _WITH_QUESTION.fullmatch(heading)
    return (f"q{parts.group(1)}", parts.group(2)) if parts else (None, heading.strip())


def report_encoding(content: Content, report: Report) -> None:
    """Say how a file was decoded if that had to be guessed."""
    remark = content.decoded[1]
    if remark:
        report.note("", remark, "save the file as UTF-8 (“CSV UTF-8”) to be sure of letters and minus signs")


def report_defects(rows: Rows, report: Report) -> None:
    """Say which lines were no proper CSV."""
    for line, found, lost in rows.defects:
        if lost:
            report.lost(f"line {line}", found, "shorten it; it was left out")
        else:
            report.note(f"line {line}", found, "close it; the line was read by itself, as it stands")


def find_student(written: str, place: str, names: Names, report: Report) -> str | None:
    """The student meant in a table's cell; None, and reported, if there is none."""
    student = names.student(written)
    if student is not None:
        return student
    student = names.student_without_zeros(written)
    if student is not None:
        report.note_once(
            place,
            "ids without their leading zeros, as spreadsheets write them",
            "taken for the roster's ids; format the column as text",
        )
    return student


def date_time(written: str, place: str, report: Report) -> str:
    """A date and time in ISO 8601 as it is kept; empty, and remarked once, if it is none."""
    try:
        return datetime.fromisoformat(written.strip()).isoformat() if written.strip() else ""
    except ValueError:
        report.note_once(
            place,
            "times of submission that are no ISO date and time",
            f"{shown(written)} was ignored, as others may be; write 2030-01-31T23:59 or 2030-01-31 23:59:00+01:00",
        )
        return ""
