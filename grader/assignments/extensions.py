"""Extensions: students for whom an assignment is due later, from `[[extension]]` in assignment.toml or extensions.csv.

[[extension]]
student = "s1001"
due = 2030-02-07T18:00:00    # a date alone ends with its day
why = "was ill"

extensions.csv has the columns student, due and why. What is due later for one student changes nobody else's lateness.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated

from pydantic import Field, field_validator

from grader.assignments.due import due_end, named_date
from grader.assignments.kept_tables import read_kept_table
from grader.assignments.student_ids import StudentIds, keeps_zeros
from grader.assignments.submission_headings import STUDENT
from grader.assignments.times import NotATime, Order, order_of, read_time
from grader.files.safe_names import shown
from question_bank.errors import InputError, refuse
from question_bank.questions.document import StrictDocument

FILE_NAME = "extensions.csv"
_NEEDED = {"student": STUDENT, "due": ("due", "until", "new due", "extended to"), "why": ("why", "reason")}
_LONGEST_WHY = 500
_A_DATE = "a date such as 2030-02-07, or 2030-02-07T18:00:00"


class ExtensionPart(StrictDocument):
    """One `[[extension]]` table."""

    student: Annotated[str, Field(min_length=1)]
    due: date | datetime
    why: Annotated[str, Field(min_length=1, max_length=_LONGEST_WHY)]

    @field_validator("due", mode="before")
    @classmethod
    def _is_a_date(cls, value: object) -> object:
        if not isinstance(value, date):
            raise ValueError(f"expected {_A_DATE}")
        return named_date(value)


@dataclass(frozen=True, slots=True)
class Extension:
    """Until when one student may hand in, and why; `due` is a date, which ends with its day, or a time."""

    student: str
    due: date
    why: str

    @property
    def text(self) -> str:
        """The new due time as people write it.

        >>> Extension("s1", datetime(2030, 2, 7, 18), "ill").text, Extension("s1", date(2030, 2, 7), "ill").text
        ('2030-02-07 18:00', '2030-02-07')
        """
        if isinstance(self.due, datetime):
            return f"{self.due:%Y-%m-%d %H:%M %Z}".rstrip()
        return str(self.due)


@dataclass(frozen=True, slots=True)
class _Stated:
    """An extension as it is written, and where."""

    student: str
    due: date
    why: str
    file: str
    place: str


def load_extensions(
    folder: Path, due: object, tables: Sequence[ExtensionPart], ids: StudentIds, toml: str
) -> dict[str, Extension]:
    """The extensions of a folder by student; `due` is the assignment's, `tables` are those of the file `toml`.

    Raises InputError for all that is wrong at once, each with its file and line or table: an id that is nobody's or
    may be either of two, a time that cannot be read, ends before the assignment's or has no time zone in common with
    it, two extensions for one student, and any extension where no date is named that it could put off.
    """
    stated = [
        _Stated(part.student, part.due, part.why, str(folder / toml), f"extension[{number}]")
        for number, part in enumerate(tables, 1)
    ]
    problems: list[InputError] = []
    path = folder / FILE_NAME
    zeros_kept = False
    if path.exists():
        lines = read_kept_table(path, _NEEDED, {}, "s1001,2030-02-07T18:00,was ill").lines
        zeros_kept = ids.zeros_matter and keeps_zeros(row["student"] for _, row in lines)
        order = order_of(row["due"] for _, row in lines)
        for number, row in lines:
            if not any(row.values()):
                continue
            try:
                stated.append(_line(row, order, str(path), f"line {number}"))
            except InputError as problem:
                problems += problem.all
    found: dict[str, tuple[Extension, _Stated]] = {}
    for one in stated:
        try:
            student = _student(one, ids, zeros_kept=zeros_kept and one.file == str(path))
            if student in found:
                first = found[student][1]
                raise InputError(
                    f"a second extension for {student}",
                    file=one.file,
                    place=one.place,
                    remedy=f"keep this one, or {first.place} of {Path(first.file).name}",
                )
            found[student] = Extension(student, one.due, one.why), one
            refuse(_does_not_extend(one, due))
        except InputError as problem:
            problems += problem.all
    refuse(problems)
    return {student: extension for student, (extension, _) in found.items()}


def _line(row: Mapping[str, str], order: Order | None, file: str, place: str) -> _Stated:
    for name, cell in row.items():
        if not cell:
            raise InputError(f"no {name!r}", file=file, place=place, expected="student, due and why in every line")
    if len(row["why"]) > _LONGEST_WHY:
        raise InputError("a reason too long to read", file=file, place=place, expected=f"{_LONGEST_WHY} characters")
    return _Stated(row["student"], _time(row["due"], order, file, place), row["why"], file, place)


def _time(written: str, order: Order | None, file: str, place: str) -> date:
    try:
        # A date alone is a day, which lasts to its end.
        if re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", written):
            when: date | NotATime | None = date.fromisoformat(written)
        else:
            when = read_time(written, order)
        if isinstance(when, date):
            named_date(when)
            return when
        why = f"may be {when.reason}" if isinstance(when, NotATime) and when.meanings else "is no time"
    except ValueError as error:
        why = f"is no time: {error}"
    raise InputError(f"{shown(written)} {why}", file=file, place=place, expected=f"{_A_DATE}, or 2030-02-07 18:00")


def _student(one: _Stated, ids: StudentIds, *, zeros_kept: bool) -> str:
    whose = ids.find(one.student, keeps_zeros=zeros_kept)
    if whose.student is not None:
        return whose.student
    if whose.rivals:
        raise InputError(
            f"the id {shown(one.student)} may be {' or '.join(whose.rivals)}, with its leading zeros lost",
            file=one.file,
            place=one.place,
            remedy=f"format the column as text, or write '{whose.rivals[-1]} with its apostrophe",
        )
    near = get_close_matches(one.student[:100], ids.known, n=1, cutoff=0.6)
    raise InputError(
        f"an extension for {shown(one.student)}, who is nobody that got questions",
        file=one.file,
        place=one.place,
        expected="an id of the roster, for whom `gradpath make` has made a sheet",
        remedy=f"did you mean {near[0]!r}?" if near else None,
    )


def _does_not_extend(one: _Stated, due: object) -> Iterator[InputError]:
    """What keeps an extension from putting off the due time."""
    end, until = due_end(due), due_end(one.due)
    assert until is not None  # it was read as a date
    if end is None:
        yield InputError(
            "an extension, where assignment.toml names no date that could be put off",
            file=one.file,
            place=one.place,
            remedy="write due = 2030-01-31 at the top of assignment.toml",
        )
        return
    if isinstance(one.due, datetime) and until.tzinfo is not None and end.tzinfo is None:
        yield InputError(
            "a time with a time zone, where due has none",
            file=one.file,
            place=one.place,
            remedy="write both with their time zone, or both without",
        )
        return
    if until.replace(tzinfo=until.tzinfo or end.tzinfo) < end:
        yield InputError(
            f"an extension to {Extension(one.student, one.due, one.why).text}, before the assignment is due",
            file=one.file,
            place=one.place,
            expected="a later time than due says",
        )
