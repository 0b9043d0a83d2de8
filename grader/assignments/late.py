"""Lateness: when a submission came, and what part of its marks that leaves.

Times come with the submissions (a column or key `submitted`), or from `received.csv` in the assignment's folder, with
the columns student and submitted (and question, for times that hold for one question only).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

from grader.assignments.due import due_end
from grader.assignments.kept_tables import read_kept_table
from grader.assignments.student_ids import StudentIds, keeps_zeros
from grader.assignments.submission_headings import QUESTION, STUDENT, SUBMITTED
from grader.assignments.times import NotATime, Order, order_of, read_time
from grader.files.safe_names import shown
from grader.rubrics.rubric import Rubric
from question_bank.errors import InputError
from question_bank.language.remark import Remark
from question_bank.language.words import N_

FILE_NAME = "received.csv"
_DAY = timedelta(days=1)
_NEEDED = {"student": STUDENT, "submitted": SUBMITTED}


def late_factor(rubric: Rubric, due: object, submitted: datetime | None) -> float:
    """The part of its marks that a submission keeps: 1 in time, then less for every day begun since it was due.

    When a due time ends, `due_end` says; the time to which a grace extends it ends in the same way. After the grace,
    days count from the end. A submission whose time is not known is in time. A time without a zone is in the due
    date's.

    Raises InputError if `submitted` tells its time zone and `due` does not: the two cannot be compared.

    >>> from datetime import date
    >>> from question_bank.questions.rubric_part import RubricPart
    >>> rubric = Rubric.of(RubricPart.model_validate({"late": {"per_day": 0.1, "at_most": 0.25, "grace_minutes": 10}}))
    >>> due = datetime(2030, 1, 31, 18)
    >>> [late_factor(rubric, due, due + timedelta(minutes=minutes)) for minutes in (10, 11, 1440, 1441, 9999)]
    [1.0, 0.9, 0.9, 0.8, 0.75]
    >>> late_factor(rubric, date(2030, 1, 31), datetime(2030, 1, 31, 23, 59, 59))
    1.0
    >>> strict = Rubric.of(RubricPart.model_validate({"late": {"per_day": 0.1}}))
    >>> (
    ...     late_factor(strict, due, datetime(2030, 1, 31, 18, 0, 59)),
    ...     late_factor(strict, due, datetime(2030, 1, 31, 18, 1)),
    ... )
    (1.0, 0.9)
    """
    end = due_end(due)
    if rubric.late is None or submitted is None or end is None:
        return 1.0
    if submitted.tzinfo is not None and end.tzinfo is None:
        raise InputError(
            Remark.of(N_("submitted {time} tells its time zone, and due does not"), time=submitted.isoformat()),
            place="due",
            expected=Remark.of(N_("a due date with a time zone, such as 2030-01-31T23:59:00+01:00")),
        )
    if submitted.tzinfo is None:
        submitted = submitted.replace(tzinfo=end.tzinfo)
    if submitted < end or submitted < _with_grace(due, end, rubric.late.grace_minutes):
        return 1.0
    days = 1 + (submitted - end) // _DAY
    # Rounded, so that three days at 0.1 leave 0.7 and not a binary neighbour of it.
    return round(1 - min(rubric.late.per_day * days, rubric.late.at_most), 12)


def _with_grace(due: object, end: datetime, minutes: int) -> datetime:
    """The end of the later time that the grace makes of a due time; of a day, as so many minutes after midnight."""
    if not minutes:
        return end
    named = due if isinstance(due, datetime) else end
    later = due_end(named + timedelta(minutes=minutes))
    assert later is not None  # of a time there is always an end
    return later


@dataclass(frozen=True, slots=True)
class Received:
    """When submissions came in, and remarks on how that was read."""

    times: Mapping[tuple[str, str], datetime] = field(default_factory=dict)
    """(student, question) → time; the question is "" where the time holds for all of them."""

    remarks: tuple[str, ...] = ()

    def when(self, student: str, question: str, written: str = "") -> datetime | None:
        """When a submission came: the question's line, else the student's, else what it says itself (ISO, or empty).

        What a student may have written never beats the instructor's record.

        >>> received = Received({("ann", ""): datetime(2030, 1, 31)})
        >>> received.when("ann", "q1", "2000-01-01"), received.when("bo", "q1", "2000-01-01")
        (datetime.datetime(2030, 1, 31, 0, 0), datetime.datetime(2000, 1, 1, 0, 0))
        """
        told = self.times.get((student, question)) or self.times.get((student, ""))
        if told is not None:
            return told
        return datetime.fromisoformat(written) if written else None


def read_received(
    path: Path, questions: Mapping[str, Mapping[str, object]], aliases: Mapping[str, str] | None = None
) -> Received:
    """When submissions came in, from a file of its own; `questions` is student → question → anything.

    `aliases` are students' further ids. Headings may be those of a platform's export. The later of two times for the
    same counts. Lines about others than these students are passed over with a remark. Raises InputError, with the line,
    for what is no table, no time or no question, and for an id or a time that may be either of two.
    """
    table = read_kept_table(path, _NEEDED, {"question": QUESTION}, "s1001,2030-01-31T23:59")
    lines = table.lines
    ids = StudentIds(questions, aliases)
    zeros_kept = ids.zeros_matter and keeps_zeros(row["student"] for _, row in lines)
    order = order_of(row["submitted"] for _, row in lines)
    times: dict[tuple[str, str], datetime] = {}
    strangers = []
    without_zeros = 0
    for line, row in lines:
        if not row["submitted"]:
            continue
        place = f"line {line}"
        written = row["student"]
        whose = ids.find(written, keeps_zeros=zeros_kept)
        if whose.rivals:
            raise InputError(
                f"the id {shown(written)} may be {' or '.join(whose.rivals)}, with its leading zeros lost",
                file=str(path),
                place=place,
                remedy=f"format the column as text, or write '{whose.rivals[-1]} with its apostrophe",
            )
        if whose.student is None:
            strangers.append(written)
            continue
        without_zeros += whose.as_number
        question = _question(row["question"], questions[whose.student], path, place)
        when = _time(row["submitted"], order, path, place)
        before = times.get((whose.student, question))
        if before is not None and (before.tzinfo is None) != (when.tzinfo is None):
            raise InputError("one time with a time zone and one without it", file=str(path), place=place)
        times[whose.student, question] = when if before is None else max(before, when)
    remarks = list(table.remarks)
    if without_zeros:
        remarks.append(f"{path}: ids without their leading zeros were taken for the roster's: {without_zeros}")
    if strangers:
        remarks.append(
            f"{path}: lines about others than were handed questions: {len(strangers)}, the first {shown(strangers[0])}"
        )
    return Received(times, tuple(remarks))


def _question(written: str, known: Mapping[str, object], path: Path, place: str) -> str:
    question = f"q{written}" if written.isdecimal() else written.lower()
    if question and question not in known:
        raise InputError(f"no question {shown(written)}", file=str(path), place=place, expected=", ".join(known))
    return question


def _time(written: str, order: Order | None, path: Path, place: str) -> datetime:
    when = read_time(written, order)
    if isinstance(when, datetime):
        return when
    why = f"may be {when.reason}" if isinstance(when, NotATime) and when.meanings else "is no time"
    raise InputError(
        f"{shown(written)} {why}",
        file=str(path),
        place=place,
        expected="an ISO date and time, such as 2030-01-31T23:59 or 2030-01-31 23:59:00+01:00",
    )
