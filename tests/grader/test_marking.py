"""Verdicts and marks of arrays of readings, and how marks are shared out over slots."""

from __future__ import annotations

from collections import defaultdict

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from grader.marking import STAGES, Batch, Marked, Stage, Verdict, mark
from grader.reading import read_many
from grader.rubric import TICKS, slot_marks
from question_bank.derivation import Derivation, Layout, derive
from question_bank.errors import RecipeError
from question_bank.network import Architecture


def marked(
    responses: list[str], low: float, high: float, unit: float = 1e-4, stages: tuple[Stage, ...] = STAGES
) -> Marked:
    values, statuses = read_many(responses)
    shape = (1, len(responses))
    bounds = (np.full(shape, bound) for bound in (low, high, unit))
    return mark(Batch(values[None], statuses[None], *bounds), np.full(len(responses), TICKS), stages)


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
    result = marked([response], 0.1234, 0.1235)
    assert result.verdicts.tolist() == [[verdict]]
    assert result.ticks.tolist() == [[TICKS if verdict is Verdict.CORRECT else 0]]


@given(
    st.integers(-(10**6), 10**6),
    st.integers(0, 50),
    st.sampled_from([-1, 1]),
)
def test_binary_floats_at_the_end_of_a_range_cost_nobody(middle: int, reach: int, side: int) -> None:
    """A decimal at an end of the range is in it, however floats round; one unit further it is not."""
    low, high = (middle - reach) * 1e-4, (middle + reach) * 1e-4
    end = middle + side * reach
    result = marked([f"{end / 1e4:.4f}", f"{(end + side) / 1e4:.4f}"], low, high)
    assert result.verdicts.tolist() == [[Verdict.CORRECT, Verdict.WRONG]]


def test_one_response_never_touches_another() -> None:
    """Marked alone or among others, in any row and column, a response has the same verdict."""
    responses = ["0.1", "x", "", "0.5", "0.15"]
    alone = [int(marked([response], 0.1, 0.2).verdicts[0, 0]) for response in responses]
    assert marked(responses, 0.1, 0.2).verdicts[0].tolist() == alone


def test_stages_take_what_the_ones_before_left_open() -> None:
    """A later stage sees only open slots, cannot change a verdict, and earns its share."""
    seen = []

    def takes_everything(batch: Batch, open_slots: np.ndarray) -> np.ndarray:
        seen.append(open_slots.copy())
        return np.ones_like(open_slots)

    stages = (*STAGES, Stage(Verdict.ROUNDED_EARLY, 0.5, takes_everything))
    result = marked(["0.1", "0.9", "", "?"], 0.1, 0.2, stages=stages)
    assert seen[0].tolist() == [[False, True, False, False]]
    assert result.verdicts.tolist() == [[Verdict.CORRECT, Verdict.ROUNDED_EARLY, Verdict.BLANK, Verdict.UNREADABLE]]
    assert result.ticks.tolist() == [[TICKS, TICKS // 2, 0, 0]]


@pytest.fixture(scope="module")
def two_paths() -> Derivation:
    network = Architecture((4, 4, 2), ("sigmoid", "sigmoid"), "squared_error")
    return derive(network, "w1_31", Layout(quantity="updated", rate=True))


@given(marks=st.integers(1, 10_000).map(lambda n: n / 100))
def test_the_slots_sum_exactly_to_the_marks(two_paths: Derivation, marks: float) -> None:
    parts = slot_marks(two_paths, marks)
    assert sum(round(part * TICKS) for part in parts) == round(marks * TICKS)
    assert min(parts) > 0


def test_a_step_in_several_columns_is_worth_once(two_paths: Derivation) -> None:
    """dh1_3/da1_3 stands in both paths: its two slots together earn what another factor's one slot does."""
    worth: dict[str, float] = defaultdict(float)
    for slot, marks in zip(two_paths.slots, slot_marks(two_paths, 10), strict=True):
        worth[slot.step] += marks
    assert worth["dh1_3/da1_3"] == pytest.approx(worth["dL/dyhat_1"], abs=3 / TICKS)
    assert worth["gradient"] == pytest.approx(2 * worth["dL/dyhat_1"], abs=3 / TICKS)


def test_weights_replace_the_usual_ones(two_paths: Derivation) -> None:
    everything = {"forward": 0, "factor": 0, "product": 0, "gradient": 1, "update": 0}
    parts = dict(zip((slot.name for slot in two_paths.slots), slot_marks(two_paths, 4, everything), strict=True))
    assert parts.pop("gradient") == 4
    assert set(parts.values()) == {0}


@pytest.mark.parametrize(
    "weights",
    [{"answer": 1}, {"forward": -1}, dict.fromkeys(("forward", "factor", "product", "gradient", "update"), 0)],
)
def test_weights_that_cannot_be_used_are_refused(two_paths: Derivation, weights: dict[str, float]) -> None:
    with pytest.raises(RecipeError, match="marks"):
        slot_marks(two_paths, 4, weights)
