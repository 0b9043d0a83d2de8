"""How long a response may be, one character on either side, by the reader of one and by that of many."""

from __future__ import annotations

from fractions import Fraction

import pytest

from grader.reading.number import READ, UNREADABLE, Unreadable, read, read_many


@pytest.mark.parametrize(
    "text",
    ["0." + "3" * 38, "7" * 40, "-0." + "3" * 37, "0," + "3" * 38, "1." + "3" * 36 + "e5"],
    ids=["decimal", "digits", "sign", "comma", "power of ten"],
)
def test_forty_characters_are_read_and_forty_one_are_not(text: str) -> None:
    assert len(text) == 40
    exact = float(Fraction(text.replace(",", ".")))
    longer = text.replace("3", "33", 1) if "3" in text else text + "7"
    values, statuses = read_many([text, longer, f"  {text} ", "0.5"])
    assert statuses.tolist() == [READ, UNREADABLE, READ, READ]
    assert values[[0, 2, 3]].tolist() == [exact, exact, 0.5]
    refused = read(longer)
    assert isinstance(refused, Unreadable)
    assert refused.position == 40
