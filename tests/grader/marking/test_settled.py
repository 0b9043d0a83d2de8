"""Verdicts that the reading and the honest range settle alone."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from grader.marking import Key, Verdict
from grader.marking.engine import settled
from grader.marking.questions_as_arrays import read_answers


def verdicts(responses: list[str], low: float, high: float, unit: float = 1e-4) -> list[Verdict]:
    shape = (1, len(responses))
    key = Key(np.full(shape, low), np.full(shape, high), np.full(shape, unit), np.ones(shape, np.int64))
    return [Verdict(code) for code in settled(read_answers([responses]), key)[0]]


@pytest.mark.parametrize(
    ("response", "verdict"),
    [
        ("0.1234", Verdict.CORRECT),
        ("0,1235", Verdict.CORRECT),
        (".12345", Verdict.CORRECT),
        ("0.1233", Verdict.WRONG),
        ("-0.1234", Verdict.WRONG),
        ("", Verdict.BLANK),
        ("  ", Verdict.BLANK),
        ("nan", Verdict.UNREADABLE),
        ("inf", Verdict.UNREADABLE),
        ("9" * 10_000, Verdict.UNREADABLE),
        ("about 0.12", Verdict.UNREADABLE),
    ],
)
def test_a_response_gets_its_verdict(response: str, verdict: Verdict) -> None:
    assert verdicts([response], 0.1234, 0.1235) == [verdict]


@given(
    st.integers(-(10**6), 10**6),
    st.integers(0, 50),
    st.sampled_from([-1, 1]),
)
def test_binary_floats_at_the_end_of_a_range_cost_nobody(middle: int, reach: int, side: int) -> None:
    """A decimal at an end of the range is in it, however floats round; one unit further it is not."""
    low, high = (middle - reach) * 1e-4, (middle + reach) * 1e-4
    end = middle + side * reach
    found = verdicts([f"{end / 1e4:.4f}", f"{(end + side) / 1e4:.4f}"], low, high)
    assert found == [Verdict.CORRECT, Verdict.WRONG]


def test_one_response_never_touches_another() -> None:
    """Settled alone or among others, a response has the same verdict."""
    responses = ["0.1", "x", "", "0.5", "0.15"]
    alone = [verdicts([response], 0.1, 0.2)[0] for response in responses]
    assert verdicts(responses, 0.1, 0.2) == alone
