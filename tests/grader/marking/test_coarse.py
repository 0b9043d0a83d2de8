"""Ranges of a coarser record: every place that goes makes them ten times as wide, as far as there are places."""

from __future__ import annotations

import numpy as np
import pytest

from grader.marking.coarse import CoarseRanges, fewer_places
from grader.marking.questions_as_arrays import key_of, reference_of
from question_bank.derivations.deriving import derive
from question_bank.derivations.layout import Layout
from question_bank.expressions.names import named
from question_bank.expressions.precision import Places, Precision
from question_bank.networks.dense import Architecture
from question_bank.questions.question import Question, solve


@pytest.mark.parametrize(
    ("places", "fewer", "left"),
    [
        ("4d", 1, "3d"),
        ("4d", 2, "2d"),
        ("2d", 2, "0d"),
        ("1d", 1, "0d"),
        ("1d", 2, None),
        ("0d", 1, None),
        ("4s", 1, "3s"),
        ("3s", 2, "1s"),
        ("2s", 1, "1s"),
        ("2s", 2, None),
        ("1s", 1, None),
        ("exact", 1, None),
    ],
)
def test_so_many_places_are_left(places: str, fewer: int, left: str | None) -> None:
    found = fewer_places(Places.parse(places), fewer)
    assert found == (None if left is None else Places.parse(left))


PLACES = {"forward": "4d", "factor": "4d", "product": "6d", "gradient": "6d"}
GIVENS = {"x_1": 3.0, "w1_11": 0.5, "w2_11": 2.0, "y_1": 0.25}
"""a = h = 1.5, ŷ = 3, the loss's derivative 2 (ŷ - y) = 5.5, the gradient 5.5 · 2 · 3 = 33."""


def question(places: dict[str, str] | None = None, forward: str = "asked", **changed: float) -> Question:
    derivation = derive(
        Architecture((1, 1, 1), ("linear", "linear"), "squared_error"),
        "w1_11",
        Layout(forward=forward),  # type: ignore[arg-type]
    )
    printed = {"a1_1": 1.5, "h1_1": 1.5, "a2_1": 3.0, "yhat_1": 3.0} if forward == "given" else {}
    return solve(derivation, GIVENS | printed | changed, Precision.parse(PLACES | (places or {})))


def ranges(*questions: Question) -> CoarseRanges:
    reference = reference_of(questions, key_of(questions))
    return CoarseRanges(reference.take(np.arange(len(questions))))


def half_widths(found: CoarseRanges, asked: Question, fewer: int, *keys: str) -> list[float]:
    widths = []
    for key in keys:
        low, high = found.at(fewer, asked.derivation.index[named(key)])
        widths.append(float(high[0] - low[0]) / 2)
    return widths


@pytest.mark.parametrize(("fewer", "half"), [(0, 0.5e-4), (1, 0.5e-3), (2, 0.5e-2)])
def test_with_fewer_places_each_record_is_ten_times_as_coarse(fewer: int, half: float) -> None:
    """Half a unit for the sum, another for the output; twice both, and two more, for the output of the second unit.

    Twice all that, and half a unit more, for the loss's derivative.
    """
    asked = question()
    found = half_widths(ranges(asked), asked, fewer, "a1_1", "h1_1", "yhat_1", "dL/dyhat_1")
    assert found == pytest.approx([half, 2 * half, 6 * half, 13 * half])


def test_a_role_without_a_place_to_give_keeps_its_own() -> None:
    """Factors of one decimal, of which two are not to be left off, beside a forward pass of two."""
    asked = question({"forward": "2d", "factor": "1d"})
    (loss,) = half_widths(ranges(asked), asked, 2, "dL/dyhat_1")
    assert loss == pytest.approx(13 * 0.5 - 0.5 + 0.05)  # ŷ to 3, and half a tenth
    asked = question({"forward": "2d", "factor": "2d"})
    (loss,) = half_widths(ranges(asked), asked, 2, "dL/dyhat_1")
    assert loss == pytest.approx(13 * 0.5)


@pytest.mark.parametrize(("role", "key"), [("product", "path_1.product"), ("gradient", "gradient")])
def test_products_and_their_sum_lose_places_of_their_own(role: str, key: str) -> None:
    """With a record of that role alone 3 units coarser, its half unit of 0.5 is what the width grows by."""
    fine = {"forward": "9d", "factor": "9d", "product": "9d", "gradient": "9d"}
    asked = question({**fine, role: "1d"})
    wide, narrow = (half_widths(ranges(asked), asked, fewer, key)[0] for fewer in (1, 0))
    assert wide - narrow == pytest.approx(0.5 - 0.05, abs=1e-5)


def test_a_printed_forward_value_keeps_all_its_places() -> None:
    asked = question(forward="given")
    for fewer in (1, 2):
        (loss,) = half_widths(ranges(asked), asked, fewer, "dL/dyhat_1")
        # What comes out even was not rounded on the sheet: only the factor's own record is coarse.
        assert loss == pytest.approx(0.5 * 10.0 ** (fewer - 4))


def test_of_some_submissions_the_ranges_are_those_of_the_same_questions() -> None:
    asked = [question(), question(w1_11=0.75), question(w1_11=1.0)]
    at = asked[0].derivation.index[named("a1_1")]
    found = ranges(*asked).take(np.array([2, 0]))
    for fewer in (1, 2):
        low, high = found.at(fewer, at)
        assert ((low + high) / 2).tolist() == pytest.approx([3.0, 1.5])
    low, high = found.cut_off(at)
    # Cut off, a positive number comes out up to a unit below, or rounded half a unit above.
    assert low.tolist() == pytest.approx([3.0 - 1e-4, 1.5 - 1e-4])
    assert high.tolist() == pytest.approx([3.0 + 0.5e-4, 1.5 + 0.5e-4])


def test_each_number_of_places_has_ranges_of_its_own() -> None:
    asked = question()
    found = ranges(asked)
    once, twice, again = (half_widths(found, asked, fewer, "a1_1")[0] for fewer in (1, 2, 1))
    assert (once, twice) == pytest.approx((0.5e-3, 0.5e-2))
    assert again == once
