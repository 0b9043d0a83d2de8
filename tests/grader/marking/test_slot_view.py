"""One box with what it is held against, worked by hand on linear units: ranges are ends, and every slope is 1."""

from __future__ import annotations

import math

import numpy as np
import pytest

from grader.marking.coarse import CoarseRanges
from grader.marking.own import OwnNumbers
from grader.marking.slot_view import SlotView
from question_bank.derivations.deriving import derive
from question_bank.derivations.layout import Layout
from question_bank.expressions.interval import Interval
from question_bank.expressions.names import named
from question_bank.expressions.precision import Precision
from question_bank.misconceptions import CATALOGUE
from question_bank.networks.dense import Architecture
from question_bank.questions.question import Question, solve
from tests.grader.marking.test_engine_parts import GIVENS, number, paper, two_outputs
from tests.grader.marking.test_tried import batch_of

FORWARD, FACTOR, PRODUCT, SUM = 0.5e-4, 0.5e-3, 0.5e-5, 0.5e-2
"""Half a unit of what `two_outputs` records."""


def seen(box: str, *papers: dict[str, str], question: Question | None = None) -> SlotView:
    """The box of submissions, each right but for what is said."""
    question = question or two_outputs()
    batch = batch_of(question, *(paper(question, **changed) for changed in papers or ({},)))
    rows = np.arange(len(batch.answers.values))
    at = number(question.derivation, box)
    return SlotView(batch, OwnNumbers(batch), CoarseRanges(batch.reference), at, rows, CATALOGUE)


def ends(interval: Interval) -> list[tuple[float, float]]:
    low, high = np.broadcast_arrays(*interval)
    return list(zip(low.tolist(), high.tolist(), strict=True))


@pytest.mark.parametrize(
    ("interval", "held"),
    [
        ((1.0, 2.0), True),
        ((1.5, 1.5), True),
        ((1.5 + 0.9e-10, 2.0), True),  # a millionth of a unit is given
        ((1.5 + 1.1e-10, 2.0), False),
        ((1.0, 1.5 - 0.9e-10), True),
        ((1.0, 1.5 - 1.1e-10), False),
        ((1.0, math.inf), False),
        ((-math.inf, 2.0), False),
        ((math.nan, 2.0), False),
    ],
)
def test_a_range_holds_the_response_within_a_millionth_of_a_unit(interval: tuple[float, float], held: bool) -> None:
    assert seen("h1_1").holds((np.array([interval[0]]), np.array([interval[1]]))).tolist() == [held]


@pytest.mark.parametrize(
    ("box", "limit"), [("h1_1", 0.05), ("path_1.product", 0.05), ("path_1.dL/dyhat_1", 0.05), ("gradient", 0.01)]
)
def test_the_answer_is_known_to_a_hundredth_and_what_is_on_the_way_to_a_twentieth(box: str, limit: float) -> None:
    assert seen(box).limit == limit


@pytest.mark.parametrize(
    ("interval", "tells"),
    [
        ((0.951, 1.049), True),
        ((0.949, 1.051), False),
        ((-1.049, -0.951), True),
        ((-1.051, -0.949), False),
        ((0.0, 0.0), False),
        ((0.0, 1e-9), False),
        ((math.nan, 1.0), False),
        ((1.0, math.inf), False),
    ],
)
def test_a_range_tells_where_it_is_as_narrow_as_that(interval: tuple[float, float], tells: bool) -> None:
    found = ends(seen("h1_1")._telling((np.array([interval[0]]), np.array([interval[1]]))))
    assert found == [interval] if tells else np.isnan(found).all()


@pytest.mark.parametrize(
    ("box", "written", "low", "high"),
    [
        # a = 1.75 is rounded where it stands, and where it is copied.
        ("h1_1", {"a1_1": "1.75"}, 1.75 - 2 * FORWARD, 1.75 + 2 * FORWARD),
        # 2 h and -4 h of an own h = 1.75.
        ("a2_1", {"h1_1": "1.75"}, 3.5 - 3 * FORWARD, 3.5 + 3 * FORWARD),
        ("a2_2", {"h1_1": "1.75"}, -7 - 5 * FORWARD, -7 + 5 * FORWARD),
        # 2 (ŷ - 0.25) of ŷ = 4.
        ("path_1.dL/dyhat_1", {"yhat_1": "4"}, 7.5 - 2 * FORWARD - FACTOR, 7.5 + 2 * FORWARD + FACTOR),
        # 5 · 1 · 2 · 1 · 3 of an own 5, all else exact.
        ("path_1.product", {"path_1.dL/dyhat_1": "5"}, 30 - 6 * FACTOR - PRODUCT, 30 + 6 * FACTOR + PRODUCT),
        # A column is worked from its own numbers, and not from those of the other one.
        (
            "path_2.product",
            {"path_1.da1_1/dw1_11": "2"},
            -14 * -12 - 12 * FACTOR - PRODUCT,
            168 + 12 * FACTOR + PRODUCT,
        ),
        ("gradient", {"path_1.product": "30"}, 198 - 2 * PRODUCT - SUM, 198 + 2 * PRODUCT + SUM),
    ],
)
def test_what_follows_is_the_formula_over_own_numbers_each_within_half_a_unit(
    box: str, written: dict[str, str], low: float, high: float
) -> None:
    """The second path: 2 (-6 - 1) = -14, times -4 and 3."""
    view = seen(box, written)
    assert ends(view.followed)[0] == pytest.approx((low, high), abs=1e-9)
    # Of another submission nothing of it is known.
    both = seen(box, {}, written)
    assert ends(both.followed)[1] == pytest.approx((low, high), abs=1e-9)
    assert ends(both.only(np.array([False, True])).followed) == [pytest.approx((low, high), abs=1e-9)]


def test_what_was_cut_off_was_up_to_a_unit_more_and_is_cut_off_again() -> None:
    """An h of 1.75 may have been 1.7501, of which twice as much is 3.5002; the result is cut towards 0, or rounded."""
    (found,) = seen("a2_1", {"h1_1": "1.75"}).cut_off_over_own
    assert ends(found)[0] == pytest.approx((3.5 - 2 * FORWARD - 2 * FORWARD, 3.5 + 4 * FORWARD + FORWARD), abs=1e-9)
    (found,) = seen("a2_2", {"h1_1": "1.75"}).cut_off_over_own
    assert ends(found)[0] == pytest.approx((-7 - 8 * FORWARD - FORWARD, -7 + 4 * FORWARD + 2 * FORWARD), abs=1e-9)
    # A copy of an exact number is not cut.
    assert seen("path_1.da1_1/dw1_11").cut_off_over_own == []


def test_with_fewer_places_a_number_is_that_of_coarse_records_or_of_own_numbers_coarsely_recorded() -> None:
    view = seen("a2_1", {"h1_1": "1.75"})
    found = view.with_fewer_places(1)
    assert found is not None
    unit, (coarse, own) = found
    assert unit.tolist() == pytest.approx([1e-3])
    assert ends(coarse)[0] == pytest.approx((3 - 50 * FORWARD, 3 + 50 * FORWARD), abs=1e-9)  # 2 · (½ + ½) + ½, times 10
    assert ends(own)[0] == pytest.approx((3.5 - 12 * FORWARD, 3.5 + 12 * FORWARD), abs=1e-9)
    assert [len(each.with_fewer_places(count)[1]) for each in (view,) for count in (1, 2, 4)] == [2, 3, 3]  # type: ignore[index]
    assert view.with_fewer_places(5) is None
    # A copy is exact: with fewer places it is rounded to them.
    copied = seen("path_1.da1_1/dw1_11").with_fewer_places(1)
    assert copied is not None
    assert [ends(each)[0] for each in copied[1]] == [pytest.approx((3 - 10 * FACTOR, 3 + 10 * FACTOR))] * 2


@pytest.mark.parametrize(("text", "short"), [("3.2", True), ("3.23", True), ("3.231", True), ("3.2314", False)])
def test_two_places_fewer_are_not_left_off_where_all_digits_stand(text: str, short: bool) -> None:
    """Of a₂ = 2 · 1.5, rounded to two places: of what was asked with four, three digits may stand."""
    found = seen("a2_1", {"a2_1": text}).with_fewer_places(2)
    assert found is not None
    coarse, own, before = (ends(each)[0] for each in found[1])
    if short:
        assert coarse == pytest.approx((3 - 500 * FORWARD, 3 + 500 * FORWARD), abs=1e-9)
        assert own == pytest.approx((3 - 102 * FORWARD, 3 + 102 * FORWARD), abs=1e-9)
    else:
        assert np.isnan([*coarse, *own]).all()
    # What it is worked from may have been rounded to them, whatever stands here.
    assert before == pytest.approx((3 - 401 * FORWARD, 3 + 401 * FORWARD), abs=1e-9)


@pytest.mark.parametrize(
    ("box", "blank", "unsupported"),
    [
        ("gradient", ["path_1.product", "path_2.product"], True),
        ("gradient", ["path_1.product"], False),
        ("gradient", [], False),
        ("h1_1", ["a1_1"], True),
        ("a1_1", ["h1_1"], False),  # worked from what is printed
    ],
)
def test_a_number_is_unsupported_where_nothing_stands_that_it_is_worked_from(
    box: str, blank: list[str], unsupported: bool
) -> None:
    assert seen(box, dict.fromkeys(blank, "")).unsupported.tolist() == [unsupported]


@pytest.mark.parametrize(
    ("written", "repeats"),
    [
        ("3", True),
        ("-3", True),
        ("5.5", True),
        ("1", True),
        ("0", True),
        ("33", False),
        ("2.00001", False),
        ("2", True),
    ],
)
def test_a_product_repeats_an_input_where_it_is_as_large(written: str, repeats: bool) -> None:
    """Of 5.5, 1, 2, 1 and 3."""
    assert seen("path_1.product", {"path_1.product": written})._repeats_an_input.tolist() == [repeats]


@pytest.mark.parametrize(
    ("written", "bare"),
    [
        ({}, False),
        ({"path_1.dL/dyhat_1": "1"}, False),  # the loss was forgotten
        ({"path_1.dL/dyhat_1": "0"}, True),
        ({"path_1.dL/dyhat_1": "-1"}, True),
        ({"path_1.dL/dyhat_1": "1.1"}, False),
        ({"path_1.dL/dyhat_1": ""}, False),
        # 2 (0.75 - 0.25) is 1, which follows.
        ({"path_1.dL/dyhat_1": "1", "yhat_1": "0.75"}, False),
        # (3 - 0.25) without the 2, squared or not, is no 1; but of ŷ = 1.25 half of it is.
        ({"path_1.dL/dyhat_1": "1", "yhat_1": "1.25"}, False),
    ],
)
def test_a_bare_number_is_unexplained_where_it_is_wrong_follows_from_nothing_and_is_no_known_mistake(
    written: dict[str, str], bare: bool
) -> None:
    assert seen("path_1.dL/dyhat_1", written).is_unexplained_bare.tolist() == [bare]


@pytest.mark.parametrize(
    ("written", "alone"),
    [
        ({}, True),
        ({"path_2.dL/dyhat_2": "0"}, False),
        ({"path_1.da1_1/dw1_11": "0"}, False),
        ({"yhat_1": "1"}, True),  # no factor
        ({"path_1.dL/dyhat_1": "1"}, True),  # itself
    ],
)
def test_a_bare_factor_is_alone_where_no_other_factor_is_one(written: dict[str, str], alone: bool) -> None:
    assert seen("path_1.dL/dyhat_1", written).alone_bare.tolist() == [alone]


def test_a_number_is_explained_so_far_as_it_is_known() -> None:
    question = two_outputs()
    derivation = question.derivation
    batch = batch_of(question, paper(question), paper(question))
    explained = np.zeros(batch.answers.values.shape, dtype=bool)
    explained[1, number(derivation, "h1_1")] = True
    at, hidden = number(derivation, "a2_1"), derivation.index[named("h1_1")]
    known = SlotView(
        batch, OwnNumbers(batch), CoarseRanges(batch.reference), at, np.array([1, 0]), CATALOGUE, explained
    )
    assert known.is_explained(hidden).tolist() == [True, False]
    assert seen("a2_1", {}, {}).is_explained(hidden).tolist() == [False, False]
    assert known.is_given(derivation.index[named("w2_11")])
    assert not known.is_given(hidden)


def test_what_mistakes_give_is_worked_over_own_numbers_and_over_the_right_ones() -> None:
    """2 (ŷ - 0.25) of an own ŷ = 4 or the right 3: without the 2, or with the other sign."""
    view = seen("path_1.dL/dyhat_1", {"yhat_1": "4"})
    middle = 0.5 * (view.mistaken.low + view.mistaken.high)[:, 0]
    for wrong in (3.75, 2.75, -7.5, -5.5):
        assert np.isclose(middle, wrong).any()
    assert view.told_apart is view.mistaken
    meant = view.meant
    assert meant.right == 2
    assert len(meant.low) == 2 + len(view.mistaken.of)
    # Half a unit each of a and h, twice that and half a unit each of the sum and ŷ; twice that, and of the factor.
    honest, own = 5.5 - 12 * FORWARD - FACTOR, 7.5 - 2 * FORWARD - FACTOR
    assert meant.low[:2, 0].tolist() == pytest.approx([honest, own], abs=1e-9)


@pytest.mark.parametrize(
    ("places", "written", "comes"),
    [
        ("exact", {}, True),
        ("exact", {"a1_1": "7", "h1_1": "7"}, True),
        ("exact", {"h1_1": "7"}, False),
        ("exact", {"h1_1": "1.25"}, False),
        ("exact", {"h1_1": "1.75"}, False),
        # Rounded numbers have something in common as far as both may be rounded.
        ("4d", {"h1_1": "1.5001"}, True),
        ("4d", {"h1_1": "1.5002"}, False),
        ("4d", {"h1_1": "1.4999"}, True),
        ("4d", {"h1_1": "1.4998"}, False),
    ],
)
def test_a_number_comes_of_own_ones_where_its_formula_gives_it(
    places: str, written: dict[str, str], comes: bool
) -> None:
    """The output of the first unit, 1.5 as its sum is."""
    asked = two_outputs()
    roles = ("forward", "factor", "product", "gradient", "update")
    question = solve(asked.derivation, GIVENS, Precision.parse(dict.fromkeys(roles, places)))
    view = seen("a2_1", written, question=question)
    assert view._comes_of_own(view.program).tolist() == [comes]


def test_from_what_is_right_a_mistake_is_told_but_where_product_and_gradient_are_one_box() -> None:
    """There a factor of 1 that is left out gives the gradient, and no mistake that does counts."""
    for box in ("gradient", "path_1.product", "a2_1"):
        view = seen(box)
        assert view.told_apart is view.mistaken
    chain = Architecture((1, 1, 1), ("linear", "linear"), "squared_error")
    given = {"x_1": 1.0, "w1_11": 0.5, "w2_11": 2.0, "y_1": 0.25}
    asked = derive(chain, "w1_11", Layout(one_box=True))
    question = solve(asked, given, Precision.parse(dict.fromkeys(("forward", "factor", "product", "gradient"), "4d")))
    for slot in question.slots:
        view = seen(slot.name, question=question)
        if slot.name != "gradient":
            assert view.told_apart is view.mistaken
            continue
        low, high = view.honest
        meets = (view.mistaken.low <= high) & (view.mistaken.high >= low)
        assert meets.any()
        assert np.isnan(view.told_apart.low[meets]).all()
        assert (view.told_apart.low[~meets] == view.mistaken.low[~meets]).all()
