"""What a stage says of one number, looked at by itself: beside it stand ranges and numbers made up for the test."""

from __future__ import annotations

from collections.abc import Sequence
from types import SimpleNamespace
from typing import Any, cast

import numpy as np
import pytest

from grader.marking.mistaken import Mistaken
from grader.marking.slot_view import SlotView
from grader.marking.stages import (
    _adds_up,
    _all_explained,
    _any_bare,
    _blame,
    _narrowly,
    _rounded_at_all,
    _same,
    _same_size,
    rounded_early,
)
from question_bank.derivations.deriving import derive
from question_bank.derivations.layout import Layout
from question_bank.expressions.interval import Interval
from question_bank.expressions.names import named
from question_bank.misconceptions.mistakes import EquivalenceClass, Mistake
from question_bank.networks.dense import Architecture
from question_bank.questions.recipe import load_recipe

Ends = tuple[float, float]


def ends(*some: Ends) -> Interval:
    """Ranges of as many rows."""
    return np.array([low for low, _ in some]), np.array([high for _, high in some])


def view(**known: Any) -> SlotView:
    return cast(SlotView, SimpleNamespace(**known))


def classes(count: int) -> list[EquivalenceClass]:
    """Of one misconception each, which is called by its number."""
    return [EquivalenceClass((cast(Mistake, SimpleNamespace(misconception=str(at))),)) for at in range(count)]


class Nothing:
    """No mistake comes near anything, or every one does."""

    def __init__(self, near: bool) -> None:
        self._near = near

    def meet(self, interval: Interval) -> np.ndarray:
        return np.full(len(interval[0]), self._near)

    def as_near(self, values: np.ndarray, distance: np.ndarray) -> np.ndarray:
        return np.full(len(values), self._near)


@pytest.mark.parametrize(("other", "same"), [(1.0, True), (1.05, True), (0.95, True), (1.06, False), (0.94, False)])
def test_numbers_are_the_same_within_half_a_unit(other: float, same: bool) -> None:
    one, unit = np.array([1.0]), np.array([0.1])
    assert _same(one, np.array([other]), unit).tolist() == [same]
    assert _same(one, np.array([-other]), unit).tolist() == [False]
    assert _same_size(one, np.array([-other]), unit).tolist() == [same]


def blamed(value: float, ranges: Sequence[Ends], of: Sequence[int]) -> tuple[set[int], bool] | None:
    """The classes that a number is put down to, and whether they tie; None for nothing."""
    known = classes(max(of) + 1)
    low, high = (np.array([[each[at]] for each in ranges]) for at in (0, 1))
    mistaken = Mistaken(known, np.array(of), low, high)
    found = _blame(view(values=np.array([value]), slack=np.array([0.0]), unit=np.array([0.01])), mistaken)
    (blame,) = found.blames if found.blames is not None else (None,)
    assert found.holds.tolist() == found.earns.tolist() == [blame is not None]
    if blame is None:
        return None
    return {int(name) for name in blame.misconceptions}, blame.tied


@pytest.mark.parametrize(
    ("ranges", "of", "blame"),
    [
        ([(1.0, 2.0)], [0], ({0}, False)),
        ([(5.0, 6.0)], [0], None),
        # The narrowest range wins, wherever it stands.
        ([(1.0, 2.0), (1.2, 1.9)], [0, 1], ({1}, False)),
        ([(1.2, 1.9), (1.0, 2.0)], [0, 1], ({0}, False)),
        # As wide in another place is a tie, a little wider is none.
        ([(1.0, 2.0), (1.25, 2.25)], [0, 1], ({0, 1}, True)),
        ([(1.0, 2.0), (1.25, 2.2500001)], [0, 1], ({0}, False)),
        # What binary floats make of equal widths is none, however narrow those are.
        ([(1.5 - 2e-8, 1.5 + 8e-8), (1.5 - 8e-8, 1.5 + 2e-8)], [0, 1], ({0, 1}, True)),
        ([(1.5 - 2e-8, 1.5 + 8e-8), (1.5 - 8e-8, 1.5 + 3e-8)], [0, 1], ({0}, False)),
        # Around the same number ranges tie, however wide.
        ([(1.0, 2.0), (1.4, 1.6)], [0, 1], ({0, 1}, True)),
        ([(1.0, 2.0), (1.4, 1.601)], [0, 1], ({1}, False)),
        # Several ranges of one class are no tie, and what does not hold the number counts for nothing.
        ([(1.0, 2.0), (1.0, 2.0)], [0, 0], ({0}, False)),
        ([(1.3, 1.7), (1.0, 2.25), (1.25, 2.0)], [0, 0, 1], ({0}, False)),
        ([(1.6, 1.7), (1.0, 2.0), (1.25, 2.25)], [0, 0, 1], ({0, 1}, True)),
        ([(1.0, 2.0), (1.25, 2.25), (1.125, 2.125)], [0, 1, 2], ({0, 1, 2}, True)),
        ([(1.0, 2.0), (5.0, 6.0), (1.125, 2.125)], [0, 1, 2], ({0, 2}, True)),
    ],
)
def test_a_number_is_put_down_to_the_narrowest_range_or_to_all_that_tie(
    ranges: list[Ends], of: list[int], blame: tuple[set[int], bool] | None
) -> None:
    assert blamed(1.5, ranges, of) == blame


def test_each_of_several_numbers_is_put_down_to_its_own_mistake() -> None:
    known = classes(2)
    mistaken = Mistaken(
        known, np.arange(2), np.array([[1.0, 1.0, 5.0], [1.2, 3.0, 7.0]]), np.array([[2.0, 2.0, 6.0], [1.7, 4.0, 8.0]])
    )
    some = view(values=np.array([1.5, 1.5, 9.0]), slack=np.zeros(3), unit=np.full(3, 0.01))
    found = _blame(some, mistaken)
    assert found.holds.tolist() == [True, True, False]
    assert found.blames is not None
    assert [one and one.misconceptions for one in found.blames] == [
        known[1].misconceptions,
        known[0].misconceptions,
        None,
    ]


@pytest.mark.parametrize(
    ("written", "rounded"),
    [
        # Of 7/16 = 0.4375.
        (0.44, True),
        (0.43, True),  # cut off
        (0.45, False),
        (0.42, False),
        (0.438, True),
        (0.437, True),
        (0.439, False),
        (0.4376, False),  # four places would have been right
        (0.4, True),
        (0.5, False),  # more than a tenth off
        (0.0, False),
        (1.0, False),
        (0.43751, False),
        (-0.44, False),
    ],
)
def test_an_exact_number_is_rounded_or_cut_to_a_decimal_near_it(written: float, rounded: bool) -> None:
    far = np.array([9.0]), np.array([9.0])
    for sign in (1, -1):
        right = np.array([sign * 0.4375])
        values = np.array([sign * written])
        for honest, followed in (((right, right), far), (far, (right, right))):
            some = {"values": values, "slack": np.array([1e-9]), "honest": honest, "followed": followed}
            assert _rounded_at_all(view(**some, told_apart=Nothing(near=False))).holds.tolist() == [rounded]
            assert _rounded_at_all(view(**some, told_apart=Nothing(near=True))).holds.tolist() == [False]


def test_to_a_whole_number_nothing_is_rounded() -> None:
    right = np.array([20.5])
    some = {"values": np.array([20.0]), "slack": np.array([1e-9]), "honest": (right, right), "followed": (right, right)}
    assert _rounded_at_all(view(**some, told_apart=Nothing(near=False))).holds.tolist() == [False]


def early(
    value: float,
    fewer: dict[int, tuple[float, Ends]],
    right: float = 1.0,
    stepwise: Ends = (9.0, 9.0),
    near: bool = False,
) -> bool:
    """Whether a number is rounded early, where records of so many places fewer give these units and ranges."""

    def with_fewer_places(count: int) -> tuple[np.ndarray, list[Interval]] | None:
        return (np.array([fewer[count][0]]), [ends(fewer[count][1])]) if count in fewer else None

    def holds(interval: Interval) -> np.ndarray:
        return (interval[0] <= value) & (value <= interval[1])

    some = view(
        precision=SimpleNamespace(exact=False),
        values=np.array([value]),
        unit=np.array([1e-4]),
        stepwise=ends(stepwise),
        with_fewer_places=with_fewer_places,
        right=np.array([right]),
        holds=holds,
        honest=ends((right, right)),
        followed=ends((right, right)),
        told_apart=Nothing(near),
    )
    (found,) = rounded_early(some).holds.tolist()
    return bool(found)


@pytest.mark.parametrize(
    ("fewer", "right", "found"),
    [
        ({1: (0.001, (1.0, 1.01))}, 1.0, True),
        ({2: (0.01, (1.0, 1.01))}, 1.0, True),
        ({3: (0.1, (1.0, 1.01))}, 1.0, False),
        ({}, 1.0, False),
        # Half of the range is a tenth of the value, or more.
        ({1: (0.001, (0.9001, 1.1))}, 1.0, True),
        ({1: (0.001, (0.8999, 1.1))}, 1.0, False),
        ({1: (0.001, (0.9001, 1.1))}, -1.0, True),
        # One significant figure is left, or none.
        ({1: (1.0, (1.0, 1.01))}, 1.0, True),
        ({1: (1.01, (1.0, 1.01))}, 1.0, False),
        ({1: (0.001, (1.006, 1.01))}, 1.0, False),
    ],
)
def test_a_number_is_rounded_early_where_a_narrow_range_of_fewer_places_holds_it(
    fewer: dict[int, tuple[float, Ends]], right: float, found: bool
) -> None:
    assert early(1.005, fewer, right) is found
    assert not early(1.005, fewer, right, near=True)


@pytest.mark.parametrize(("stepwise", "found"), [((1.0, 1.01), True), ((0.79, 1.01), False), ((1.006, 1.01), False)])
def test_so_it_is_where_each_multiplication_was_rounded(stepwise: Ends, found: bool) -> None:
    assert early(1.005, {}, stepwise=stepwise) is found


@pytest.mark.parametrize(
    ("interval", "found"),
    [
        ((9.8, 10.2), True),
        ((9.79, 10.21), False),
        ((10.1, 10.2), False),  # the number lies outside
    ],
)
def test_a_number_cut_off_lies_in_a_range_of_twice_the_limit(interval: Ends, found: bool) -> None:
    some = view(limit=0.01, right=np.array([10.0]), holds=lambda each: (each[0] <= 10.0) & (each[1] >= 10.0))
    assert _narrowly(some, ends(interval)).tolist() == [found]


@pytest.mark.parametrize(
    ("interval", "found"), [((0.1, 0.3), True), ((0.0, 0.3), False), ((-0.3, -0.1), True), ((-0.3, 0.0), False)]
)
def test_a_range_that_holds_0_says_nothing(interval: Ends, found: bool) -> None:
    some = view(limit=1.0, right=np.array([1.0]), holds=lambda each: np.array([True]))
    assert _narrowly(some, ends(interval)).tolist() == [found]


@pytest.mark.parametrize(
    ("factors", "unexplained", "product", "explained"),
    [
        (2, 0, True, True),
        (2, 1, True, False),
        (3, 1, True, True),
        (3, 2, True, False),
        (3, 1, False, False),
        (3, 0, False, True),
        (4, 1, True, True),
    ],
)
def test_of_three_factors_one_need_not_be_explained(
    factors: int, unexplained: int, product: bool, explained: bool
) -> None:
    """Beside a given, which explains itself."""
    some = view(
        values=np.zeros(1),
        program=SimpleNamespace(reads=range(factors + 1)),
        is_given=lambda position: position == factors,
        is_explained=lambda position: np.array([position >= unexplained]),
        step=SimpleNamespace(is_product=product),
    )
    assert _all_explained(some).tolist() == [explained]


DERIVATION = derive(Architecture((1, 1, 2), ("sigmoid", "sigmoid"), "squared_error"), "w1_11", Layout())


def bare(
    own: Sequence[float],
    right: Sequence[float],
    step: str,
    known: Sequence[int] = (),
    misread: Sequence[int] = (),
    *,
    written: bool = True,
    through: Sequence[float] = (),
) -> bool:
    """Whether a number rests on a bare 0 or 1 from nowhere: own inputs beside the right ones, in units of 0.01.

    What is not `written` has no box, and is worked from those `through` which it comes.
    """
    boxes = range(len(own) + 1, len(own) + 1 + len(through))
    some = view(
        values=np.zeros(1),
        unit=np.array([0.01]),
        own={
            at: ends((value - 0.005, value + 0.005))
            for at, value in (*enumerate(own), *zip(boxes, through, strict=True))
        },
        reference_value=lambda position: np.array([right[position]]),
        is_given=lambda position: position == len(own),
        is_written=lambda position: written or position in boxes,
        derivation=SimpleNamespace(programs=[SimpleNamespace(reads=boxes)] * len(own)),
        is_explained=lambda position: np.array([position in known]),
        is_misread_bare=lambda position: np.array([position in misread]),
        step=DERIVATION.step(named(step)),
    )
    return bool(_any_bare(some, range(len(own) + 1))[0])


@pytest.mark.parametrize(
    ("own", "right", "found"),
    [
        ([0.0, 3.0], [0.5, 3.0], True),
        ([1.0, 3.0], [0.5, 3.0], True),
        ([-1.0, 3.0], [0.5, 3.0], True),
        ([2.0, 3.0], [0.5, 3.0], False),
        ([0.5, 3.0], [0.5, 3.0], False),
        # A 0 or 1 that is right is nobody's invention, of whatever sign; what is within a unit of it is as good.
        ([1.0, 3.0], [1.0, 3.0], False),
        ([1.0, 3.0], [-1.0, 3.0], False),
        ([0.0, 3.0], [0.009, 3.0], False),
        ([0.0, 3.0], [0.011, 3.0], True),
        # What is written as another number was worked out.
        ([0.009, 3.0], [0.5, 3.0], False),
        ([1e-9, 3.0], [0.5, 3.0], False),
        ([1 + 1e-15, 3.0], [0.5, 3.0], True),
    ],
)
def test_a_product_rests_on_a_bare_0_or_1_that_should_not_be(own: list[float], right: list[float], found: bool) -> None:
    product = "path_1.product"
    assert bare(own, right, product) is found
    # What is known, or comes of misread givens, may be built upon.
    assert not bare(own, right, product, known=[0])
    assert not bare(own, right, product, misread=[0])
    assert bare(own, right, product, known=[1], misread=[1]) is found


@pytest.mark.parametrize(("own", "found"), [(0.009, True), (0.011, False), (0.991, True), (0.989, False)])
def test_what_has_no_box_is_0_or_1_within_a_unit(own: float, found: bool) -> None:
    assert bare([own, 3.0], [0.5, 3.0], "path_1.product", written=False) is found
    # If what it is worked from is a written 0 or 1 itself.
    for number, comes in ((0.0, True), (1.0, True), (-1.0, True), (0.3, False), (1e-9, False)):
        here = bare([own, 3.0], [0.5, 3.0], "path_1.product", written=False, through=[0.7, number])
        assert here is (found and comes)


@pytest.mark.parametrize(
    ("own", "found"), [([0.0, 3.0], False), ([0.0, 1.0], True), ([0.0, 0.0], True), ([2.0, 3.0], False)]
)
def test_a_sum_does_only_where_nothing_else_stands_in_it(own: list[float], found: bool) -> None:
    assert bare(own, [0.5, 0.7], "gradient") is found
    assert bare(own, [0.5, 0.7], "a2_1") is found


def test_sums_and_differences_add_up() -> None:
    assert [_adds_up(DERIVATION.step(named(key))) for key in ("a1_1", "gradient", "h1_1", "path_1.product")] == [
        True,
        True,
        False,
        False,
    ]
    circuit = load_recipe("circuit-branch")
    derivation = circuit.derivation(circuit.choices()[0], "gradient")
    added = {step.key for step in derivation.steps if step.kind == "operation" and _adds_up(step)}
    operations = (step for step in derivation.steps if step.kind == "operation")
    assert added == {step.key for step in operations if getattr(step.formula, "operation", "") in ("add", "sub")}
    assert added
