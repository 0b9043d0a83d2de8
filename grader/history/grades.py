"""What a `grade` event holds of the tables of marks: they can be written from it as they were."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from grader.files.tables import csv_text
from grader.history.event import RecordedEvent, Tombstone, moment
from question_bank.errors import InputError

TABLE = "grades.csv"
WHOLE = "*"
_BEFORE_THE_MARKS = 2
"""Columns: student and name."""


def cells_of(table: str) -> tuple[list[str], list[list[str]]]:
    """The headings and the rows of a table of marks as it is written."""
    headings, *rows = csv.reader(io.StringIO(table, newline=""))
    return headings, rows


def table_of(event: RecordedEvent) -> tuple[str, int]:
    """A table of marks as the event wrote it, byte for byte, and how many students are missing who were forgotten."""
    headings = event.said.get("headings", {}).get(TABLE, [])
    rows = [part.said["cells"] for part in event.kept if part.said.get("table") == TABLE]
    return csv_text([headings, *rows]), sum(isinstance(part, Tombstone) for part in event.parts)


def marks_of(said: Mapping[str, Any], event: RecordedEvent) -> dict[str, str]:
    """A student's cells by question, and the total; empty where there are none."""
    headings = event.said.get("headings", {}).get(said.get("table", TABLE), [])
    cells = zip(headings, said.get("cells", ()), strict=False)
    marks = dict(list(cells)[_BEFORE_THE_MARKS:])
    marks.pop("decided", None)
    return marks


def grading_at(events: Sequence[RecordedEvent], at: str) -> RecordedEvent:
    """The grading that an event's number or a time means: of a time, the last one until then.

    Raises InputError where that is none. A time without a zone is one of this machine's.

    >>> events = [RecordedEvent(2, "2030-01-31T12:00:00+00:00", "", "grade", None)]
    >>> grading_at(events, "2").number, grading_at(events, "2030-01-31T13:00+00:00").number
    (2, 2)
    """
    gradings = [event for event in events if event.command == "grade"]
    if at.isascii() and at.isdecimal():
        found = [event for event in gradings if event.number == int(at)]
    else:
        try:
            until = datetime.fromisoformat(at).astimezone(UTC)
        except (ValueError, OverflowError) as error:
            raise InputError(
                f"{at[:60]!r} is no time", expected="an event's number, or a time such as 2030-01-31T18:00"
            ) from error
        found = [event for event in gradings if moment(event.when) <= until]
    if not found:
        first = f"; the first is event {gradings[0].number} of {gradings[0].when[:16]}" if gradings else ""
        raise InputError(f"no `gradpath grade` is recorded for {at[:60]!r}{first}")
    return found[-1]
