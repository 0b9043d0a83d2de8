"""Lateness: when a submission came, and what part of its marks that leaves.

Times come with the submissions (a column or key `submitted`), or from `received.csv` in the assignment's folder, with
the columns student and submitted (and question, for times that hold for one question only).
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from pathlib import Path

from grader.rubric import Rubric
from grader.safe_names import shown
from grader.tables import Rows, decode, find_table, plain_heading
from question_bank.errors import InputError

FILE_NAME = "received.csv"
LARGEST = 50_000_000
"""Bytes."""

_DAY = timedelta(days=1)
_HEADINGS = ("student", "question", "submitted")


def late_factor(rubric: Rubric, due: object, submitted: datetime | None) -> float:
    """The part of its marks that a submission keeps: 1 in time, then less for every day begun since it was due.

    A due date without a time ends with its day. Within the grace nothing is lost; after it, days count from when it was
    due. A submission whose time is not known is in time. A time without a zone is in the zone of the due date's.

    Raises InputError if `submitted` tells its time zone and `due` does not: the two cannot be compared.

    >>> from question_bank.rubric_part import RubricPart
    >>> rubric = Rubric.of(RubricPart.model_validate({"late": {"per_day": 0.1, "at_most": 0.25, "grace_minutes": 10}}))
    >>> due = datetime(2030, 1, 31, 18)
    >>> [late_factor(rubric, due, due + timedelta(minutes=minutes)) for minutes in (10, 11, 1440, 1441, 9999)]
    [1.0, 0.9, 0.9, 0.8, 0.75]
    >>> late_factor(rubric, date(2030, 1, 31), datetime(2030, 1, 31, 23, 59, 59))
    1.0
    """
    if rubric.late is None or submitted is None or not isinstance(due, date):
        return 1.0
    end = due if isinstance(due, datetime) else datetime.combine(due, time()) + _DAY
    if submitted.tzinfo is not None and end.tzinfo is None:
        raise InputError(
            f"submitted {submitted.isoformat()} tells its time zone, and due does not",
            place="due",
            expected="a due date with a time zone, such as 2030-01-31T23:59:00+01:00",
        )
    if submitted.tzinfo is None:
        submitted = submitted.replace(tzinfo=end.tzinfo)
    over = submitted - end
    if over <= timedelta(minutes=rubric.late.grace_minutes):
        return 1.0
    days = max(1, math.ceil(over / _DAY))
    # Rounded, so that three days at 0.1 leave 0.7 and not a binary neighbour of it.
    return round(1 - min(rubric.late.per_day * days, rubric.late.at_most), 12)


@dataclass(frozen=True, slots=True)
class Received:
    """When submissions came in, and remarks on how that was read."""

    times: Mapping[tuple[str, str], datetime] = field(default_factory=dict)
    """(student, question) → time; the question is "" where the time holds for all of them."""

    remarks: tuple[str, ...] = ()

    def when(self, student: str, question: str, written: str = "") -> datetime | None:
        """When a submission came: what it says itself (ISO, or empty), else the question's line, else the student's.

        >>> Received({("ann", ""): datetime(2030, 1, 31)}).when("ann", "q1")
        datetime.datetime(2030, 1, 31, 0, 0)
        """
        if written:
            return datetime.fromisoformat(written)
        return self.times.get((student, question)) or self.times.get((student, ""))


def read_received(path: Path, questions: Mapping[str, Mapping[str, object]]) -> Received:
    """When submissions came in, from a file of its own; `questions` is student → question → anything.

    The later of two times for the same counts. Lines about others than these students are passed over with a remark.
    Raises InputError, with the line, for what is no table, no time or no question.
    """
    try:
        data = path.read_bytes() if path.stat().st_size <= LARGEST else None
    except OSError as error:
        raise InputError(f"cannot be read ({error.strerror})", file=str(path)) from error
    if data is None:
        raise InputError(f"larger than {LARGEST / 1e6:.0f} MB", file=str(path))
    text, remark = decode(data)
    table = find_table(text, lambda heading: plain_heading(heading) in _HEADINGS)
    headings = [plain_heading(heading) for heading in table.header] if table else []
    for wanted in ("student", "submitted"):
        if headings.count(wanted) != 1:
            raise InputError(
                f"no column {wanted!r}" if wanted not in headings else f"two columns {wanted!r}",
                file=str(path),
                expected="student,submitted",
                remedy="a line such as s1001,2030-01-31T23:59",
            )
    assert table is not None  # else there would be no headings
    ids = {student.casefold(): student for student in questions}
    times: dict[tuple[str, str], datetime] = {}
    strangers = []
    rows = Rows(table, lambda row: len(row) == len(table.header))
    for row in rows:
        cells = {heading: cell.strip() for heading, cell in zip(headings, row, strict=False)}
        if not any(cells.values()) or not cells.get("submitted"):
            continue
        student = ids.get(cells["student"].casefold())
        if student is None:
            strangers.append(cells["student"])
            continue
        place = f"line {rows.line}"
        question = _question(cells.get("question", ""), questions[student], path, place)
        when = _time(cells["submitted"], path, place)
        before = times.get((student, question))
        if before is not None and (before.tzinfo is None) != (when.tzinfo is None):
            raise InputError("one time with a time zone and one without it", file=str(path), place=place)
        times[student, question] = when if before is None else max(before, when)
    remarks = [f"{path}: {remark}"] if remark else []
    if strangers:
        remarks.append(
            f"{path}: {len(strangers)} lines about others than were handed questions, {shown(strangers[0])} …"
        )
    return Received(times, tuple(remarks))


def _question(written: str, known: Mapping[str, object], path: Path, place: str) -> str:
    question = f"q{written}" if written.isdecimal() else written.lower()
    if question and question not in known:
        raise InputError(f"no question {shown(written)}", file=str(path), place=place, expected=", ".join(known))
    return question


def _time(written: str, path: Path, place: str) -> datetime:
    try:
        return datetime.fromisoformat(written)
    except ValueError:
        raise InputError(
            f"{shown(written)} is no time",
            file=str(path),
            place=place,
            expected="an ISO date and time, such as 2030-01-31T23:59 or 2030-01-31 23:59:00+01:00",
        ) from None
