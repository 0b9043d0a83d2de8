"""Times as platforms write them; what has two meanings is not read."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grader.assignments.times import NotATime, Order, order_of, read_time

EVENING = datetime(2030, 2, 1, 20, 11)


@pytest.mark.parametrize(
    "text",
    [
        "2030-02-01T20:11",
        "2030-02-01 20:11:00",
        "2030/02/01 20:11",
        "2030/02/01 8:11:00 PM",
        "01.02.2030 20:11",
        "1.2.2030, 20:11 Uhr",
        "1 February 2030, 8:11 PM",
        "Friday, 1 February 2030, 8:11 PM",
        "Fri, 1 Feb 2030 20:11:00",
        "Feb 1, 2030 at 8:11pm",
        "February 1st, 2030 8:11 p.m.",
        "Freitag, 1. Februar 2030, 20:11",
        "vendredi 1 février 2030, 20:11",
        "viernes, 1 de febrero de 2030, 20:11",
        "vrijdag, 1 februari 2030, 20:11",
        "venerdì, 1 febbraio 2030, 20:11",
        "sexta, 1 fev 2030, 20:11",
        "20:11 1 Feb 2030",
        "  2030-02-01\u00a020:11 ",
        "1 Feb 2030, 8:11\u202fPM",
    ],
)
def test_a_time_that_has_one_meaning_is_read(text: str) -> None:
    assert read_time(text) == EVENING


@pytest.mark.parametrize(
    ("text", "hour"), [("12:30 AM", 0), ("12:30 PM", 12), ("1:30 am", 1), ("11:30 PM", 23), ("00:30", 0), ("23:30", 23)]
)
def test_a_clock_of_twelve_begins_at_twelve(text: str, hour: int) -> None:
    assert read_time(f"2030/02/01 {text}") == datetime(2030, 2, 1, hour, 30)


@pytest.mark.parametrize(
    ("zone", "offset"),
    [("UTC", 0), ("GMT+1", 1), ("GMT-08:00", -8), ("+0530", 5.5), ("-0800", -8), ("Z", 0), ("UTC+02:00", 2)],
)
def test_a_zone_is_kept(zone: str, offset: float) -> None:
    assert read_time(f"2030/02/01 8:11:00 PM {zone}") == EVENING.replace(tzinfo=timezone(timedelta(hours=offset)))
    assert read_time("2030-02-01 20:11:00 UTC") == EVENING.replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "order", "day", "month"),
    [
        ("2/2/2030 20:11", None, 2, 2),
        ("13/2/2030 20:11", None, 13, 2),
        ("2/13/2030 20:11", None, 13, 2),
        ("3/4/2030 20:11", "day first", 3, 4),
        ("3/4/2030 20:11", "month first", 4, 3),
        ("03-04-2030 20:11", "day first", 3, 4),
        ("03.04.2030 20:11", "month first", 3, 4),
    ],
)
def test_the_order_of_day_and_month(text: str, order: Order | None, day: int, month: int) -> None:
    assert read_time(text, order) == datetime(2030, month, day, 20, 11)


@pytest.mark.parametrize(
    "text",
    [
        "3/4/2030 20:11",
        "03-04-2030 20:11",
        "31.1.2030",
        "30-2-2 20:11",
        "soon",
        "20:11",
        "31/2/2030 20:11",
        "13/13/2030 20:11",
        "2030/02/01 25:00",
        "2030/02/01 13:11 PM",
        "2030/02/01 0:11 AM",
        "2030/02/01 20:11 PST",
        "2030/02/01 20:11 - 21:11",
        "2030/02/01 20:11 GMT+99",
        "1 Foo 2030 20:11",
        "47516.84",
        "x" * 1000,
    ],
)
def test_anything_else_is_no_time(text: str) -> None:
    assert isinstance(read_time(text), NotATime)


def test_nothing_is_no_time_and_no_complaint() -> None:
    assert read_time(" ") is read_time("-") is None


@pytest.mark.parametrize(
    ("column", "order"),
    [
        (["3/4/2030 9:00", "13/4/2030 9:00"], "day first"),
        (["3/4/2030 9:00", "4/13/2030 9:00"], "month first"),
        (["3/4/2030 9:00"], None),
        (["13/4/2030 9:00", "4/13/2030 9:00"], None),
        (["13.4.2030 9:00"], None),
        ([], None),
    ],
)
def test_a_column_tells_its_order(column: list[str], order: Order | None) -> None:
    assert order_of(column) == order


@given(st.text(max_size=70) | st.text(st.sampled_from("0123456789/:-. apmutcgTZ+FebMar"), max_size=40))
def test_no_text_raises(text: str) -> None:
    read_time(text)
    order_of([text])


@pytest.mark.parametrize(
    ("written", "order", "year", "month", "day"),
    [
        ("11/29/26 10:15:42", None, 2026, 11, 29),
        ("11/29/26 10:15", None, 2026, 11, 29),
        ("29/11/26 10:15", None, 2026, 11, 29),
        ("29.11.26 10:15", None, 2026, 11, 29),
        ("3/4/26 9:05", "month first", 2026, 3, 4),
        ("3/4/26 9:05", "day first", 2026, 4, 3),
    ],
)
def test_a_year_of_two_digits_that_comes_last(
    written: str, order: Order | None, year: int, month: int, day: int
) -> None:
    found = read_time(written, order)
    assert isinstance(found, datetime)
    assert (found.year, found.month, found.day) == (year, month, day)


@pytest.mark.parametrize("written", ["3/4/26 9:05", "26-11-29 10:15", "11/29/6 10:15", "11/29/026 10:15"])
def test_other_years_of_few_digits_are_not_guessed(written: str) -> None:
    assert isinstance(read_time(written), NotATime)


def test_one_date_with_a_short_year_settles_a_column() -> None:
    assert order_of(["3/4/26 9:05", "11/29/26 10:15"]) == "month first"
    assert order_of(["3/4/26 9:05"]) is None
