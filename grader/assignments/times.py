"""Dates with times as people and platforms write them, read where they have one meaning.

ISO 8601; `2030-02-02 20:11:12 UTC` (Canvas), `2030/02/02 8:11:12 PM GMT+1` and `2/2/2030 20:11:12` (Google Forms),
`Saturday, 2 February 2030, 8:11 PM` (Moodle, in its languages), `Feb 2, 2030 at 8:11pm`, `02.02.2030 20:11`. With dots
the day comes first. With slashes or hyphens the month or the day may: one date of a column that can be read in one
order only settles it for all of them (`Order`), else `03/04/2030` is ambiguous and is not read. Two digits are a year
of this century where they come last, behind slashes or dots (`11/29/26 10:15`, Microsoft Forms).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from typing import Literal, TypeAlias

Order: TypeAlias = Literal["day first", "month first"]

LONGEST = 60
"""Characters of a time."""

_MONTHS = {
    prefix: number
    for number, prefixes in enumerate(
        (
            "jan gen ene",
            "feb fev",
            "mar maa mrt",
            "apr avr abr",
            "may mai mei mag",
            "jun juin giu",
            "jul juil lug",
            "aug aou ago",
            "sep set",
            "oct okt out ott",
            "nov",
            "dec dez dic",
        ),
        start=1,
    )
    for prefix in prefixes.split()
}
_CLOCK = re.compile(r"\b(\d{1,2}):(\d{2})(?::(\d{2})(?:[.,]\d+)?)?(?: ?([ap])\.? ?m\b\.?)?")
_YEAR_FIRST = re.compile(r"\b(\d{4})([-/.])(\d{1,2})\2(\d{1,2})\b")
_YEAR_LAST = re.compile(r"\b(\d{1,2})([-/.])(\d{1,2})\2(\d{4})\b")
_SHORT_YEAR_LAST = re.compile(r"(?<![\d/.:])(\d{1,2})([/.])(\d{1,2})\2(\d{2})(?![\d/.:])")
_CENTURY = 2000
_DAY_MONTH = re.compile(
    r"\b(\d{1,2})(?:st|nd|rd|th|er|º|o)?\.?(?: de| di)? ([a-z]{3,10})\.?(?: de| del| di)?,? (\d{4})\b"
)
_MONTH_DAY = re.compile(r"\b([a-z]{3,10})\.? (\d{1,2})(?:st|nd|rd|th)?,? (\d{4})\b")


@dataclass(frozen=True, slots=True)
class NotATime:
    """Characters that are no time, or not one only."""

    reason: str
    meanings: bool = False
    """Whether it is a time, of which the reason gives the two meanings."""


def read_time(written: str, order: Order | None = None) -> datetime | NotATime | None:
    """The date and time that was written, None if nothing was.

    >>> read_time("Saturday, 2 February 2030, 8:11 PM")
    datetime.datetime(2030, 2, 2, 20, 11)
    >>> read_time("3/4/2030 20:11"), read_time("3/4/2030 20:11", "month first")
    (NotATime(reason='the 3rd of month 4, or the 4th of month 3', meanings=True), datetime.datetime(2030, 3, 4, 20, 11))
    """
    text = " ".join(written.split())
    if not text or text in ("-", "–"):
        return None
    if len(text) > LONGEST:
        return NotATime(f"longer than {LONGEST} characters")
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        pass
    plain = _plain(text)
    clock = _CLOCK.search(plain)
    if clock is None:
        return NotATime("no date with a time")
    around = f"{plain[: clock.start()]} {plain[clock.end() :]}"
    date = _date(around, order)
    if isinstance(date, NotATime):
        return date
    year, month, day = date
    hour, minute, second = int(clock[1]), int(clock[2]), int(clock[3] or 0)
    if clock[4]:
        if not 1 <= hour <= 12:
            return NotATime(f"hour {hour} of a clock of twelve")
        hour = hour % 12 + (12 if clock[4] == "p" else 0)
    zone = _zone(plain[clock.end() :])
    if isinstance(zone, NotATime):
        return zone
    try:
        return datetime(year, month, day, hour, minute, second, tzinfo=zone)
    except ValueError:
        return NotATime("no day of the calendar, or no hour of a day")


def order_of(texts: Iterable[str]) -> Order | None:
    """Which of day and month comes first in a column of dates; None if nothing tells, or dates contradict each other.

    >>> order_of(["3/4/2030 9:00", "3/13/2030 9:00"]), order_of(["3/4/2030 9:00"])
    ('month first', None)
    """
    found: set[Order] = set()
    for text in texts:
        date = _year_last(text[:LONGEST])
        if date is not None and date[2] != ".":
            if int(date[1]) > _MOST_MONTHS >= int(date[3]):
                found.add("day first")
            elif int(date[3]) > _MOST_MONTHS >= int(date[1]):
                found.add("month first")
    return found.pop() if len(found) == 1 else None


_MOST_MONTHS = 12


def _plain(text: str) -> str:
    """Lower case without accents, and with ordinary blanks, hyphens and signs."""
    bare = "".join(char for char in unicodedata.normalize("NFKD", text) if not unicodedata.combining(char))
    return bare.casefold().replace("−", "-").replace("–", "-").replace("‐", "-")


def _date(text: str, order: Order | None) -> tuple[int, int, int] | NotATime:
    """Year, month and day."""
    if found := _YEAR_FIRST.search(text):
        return int(found[1]), int(found[3]), int(found[4])
    if found := _year_last(text):
        first, second, year = int(found[1]), int(found[3]), int(found[4])
        year += _CENTURY * (len(found[4]) == 2)
        if found[2] == "." or order == "day first" or first > _MOST_MONTHS:
            return year, second, first
        if order == "month first" or second > _MOST_MONTHS or first == second:
            return year, first, second
        return NotATime(f"the {_nth(first)} of month {second}, or the {_nth(second)} of month {first}", meanings=True)
    for found in _DAY_MONTH.finditer(text):
        if month := _month(found[2]):
            return int(found[3]), month, int(found[1])
    for found in _MONTH_DAY.finditer(text):
        if month := _month(found[1]):
            return int(found[3]), month, int(found[2])
    return NotATime("no date with a year of four digits")


def _year_last(text: str) -> re.Match[str] | None:
    return _YEAR_LAST.search(text) or _SHORT_YEAR_LAST.search(text)


def _month(name: str) -> int | None:
    return _MONTHS.get(name[:4]) or _MONTHS.get(name[:3])


def _nth(number: int) -> str:
    ending = {1: "st", 2: "nd", 3: "rd"}.get(number if number < 20 else number % 10, "th")
    return f"{number}{ending}"


def _zone(after: str) -> timezone | NotATime | None:
    """The zone that stands after a time: UTC, or an offset from it; other names of zones have several meanings."""
    text = after.strip(" ,")
    found = re.fullmatch(r"\(?(utc|gmt|z)? ?(?:([+-])(\d{1,2})(?::?(\d{2}))?)?\)?", text)
    if found is None:
        said_otherwise = text in _NO_ZONES or not isinstance(_date(text, "day first"), NotATime)
        return None if said_otherwise else NotATime("a time zone that is no offset from UTC, or more than one time")
    if found[2]:
        offset = timedelta(hours=int(found[3]), minutes=int(found[4] or 0))
        if offset >= timedelta(hours=24):
            return NotATime("no time zone")
        return timezone(-offset if found[2] == "-" else offset)
    return UTC if found[1] else None


_NO_ZONES = frozenset(("uhr", "h", "hrs", "heures", "uur"))
