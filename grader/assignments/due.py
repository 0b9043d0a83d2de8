"""When a due time ends: said once, for lateness, for answering online and for feedback."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta

_FIRST_YEAR = 1971
_LAST_YEAR = 9998
"""Of a due time: in others no clock can tell its end."""


def named_date(value: date) -> date:
    """The same; raises ValueError for one in a year in which no clock could tell when it ends."""
    if not _FIRST_YEAR <= value.year <= _LAST_YEAR:
        raise ValueError(f"expected a year from {_FIRST_YEAR} to {_LAST_YEAR}")
    return value


def due_end(due: object) -> datetime | None:
    """The first moment that is too late; None for a due date that is none or only text.

    A date without a time lasts to the end of its day; a time to the end of its minute, or second if it names one.

    >>> due_end(date(2030, 1, 31)), due_end(datetime(2030, 1, 31, 18)), due_end(datetime(2030, 1, 31, 23, 59, 59))
    (datetime.datetime(2030, 2, 1, 0, 0), datetime.datetime(2030, 1, 31, 18, 1), datetime.datetime(2030, 2, 1, 0, 0))
    """
    if isinstance(due, datetime):
        to_the_minute = not due.second and not due.microsecond
        return due.replace(microsecond=0) + (timedelta(minutes=1) if to_the_minute else timedelta(seconds=1))
    if isinstance(due, date):
        return datetime.combine(due, time()) + timedelta(days=1)
    return None
