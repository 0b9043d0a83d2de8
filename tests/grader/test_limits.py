"""What reading may cost, of all files together, by the rules alone: no file is read here."""

from __future__ import annotations

import pytest

from grader.submissions.limits import LEAST_SECONDS, SHEET, Seconds

UPLOAD = 10_000_000
ENDED_LATE, ENDED_LATER_STILL = 1.25, 0.03
"""A process is ended a quarter of its seconds too late and a moment more; another one is a moment's work."""


def spent(size: int, seconds: Seconds, folders: int = 1) -> float:
    """Seconds that ten megabytes of files of this size take, each of which computes until it is ended."""
    total = 0.0
    for number in range(UPLOAD // size):
        folder = f"folder {number % folders}"
        limit = seconds.limit(size, folder, None)
        cost = 0.0 if limit < LEAST_SECONDS else ENDED_LATE * limit + ENDED_LATER_STILL
        seconds.spend(size, cost, folder, None)
        total += cost
    return total


@pytest.mark.parametrize("size", [150, 1_000, 4_000, 16_000, SHEET - 1, SHEET, 100_000, 600_000, 5_000_000, UPLOAD])
@pytest.mark.parametrize("folders", [1, 30])
def test_ten_megabytes_of_whatever_take_less_than_half_a_minute(size: int, folders: int) -> None:
    assert spent(size, Seconds(students=30), folders) < 28


@pytest.mark.parametrize("size", [1_000, 16_000, 100_000, 600_000, 5_000_000])
def test_a_sheet_is_read_however_much_lies_beside_it(size: int) -> None:
    seconds = Seconds(students=5)
    for _ in range(20):
        spent(size, seconds)
        # An honest sheet takes some milliseconds.
        assert seconds.limit(100_000, "folder 0", None) > 0.03
