"""Ranges that known mistakes give, held against numbers and against other ranges."""

from __future__ import annotations

import math

import numpy as np
import pytest

from grader.marking.mistaken import Mistaken, distance_to
from question_bank.misconceptions.mistakes import EquivalenceClass, mistakes_reaching
from question_bank.questions.recipe import load_recipe

NAN = float("nan")


def classes(count: int) -> tuple[EquivalenceClass, ...]:
    derivation = load_recipe("first").derivation("w1_21", "gradient")
    return tuple(mistakes_reaching(derivation, len(derivation.steps) - 1))[:count]


def two_ranges(*ends: tuple[float, float]) -> Mistaken:
    """For one row."""
    low, high = (np.array([[end[at]] for end in ends]) for at in (0, 1))
    return Mistaken(classes(len(ends)), np.arange(len(ends)), low, high)


@pytest.mark.parametrize(
    ("interval", "met"),
    [
        ((2.5, 4.5), False),
        ((0.0, 0.5), False),
        ((7.0, 8.0), False),
        ((1.5, 1.6), True),
        ((0.0, 1.5), True),
        ((1.5, 3.0), True),
        ((0.0, 9.0), True),
        ((4.0, 5.5), True),
        ((NAN, NAN), False),
    ],
)
def test_ranges_meet_where_any_has_a_number_in_common(interval: tuple[float, float], met: bool) -> None:
    low, high = (np.array([end]) for end in interval)
    assert two_ranges((1.0, 2.0), (5.0, 6.0)).meet((low, high)).tolist() == [met]


@pytest.mark.parametrize(
    ("value", "held"), [(1.0, [True, False]), (5.5, [False, True]), (2.05, [True, False]), (2.15, [False, False])]
)
def test_a_range_holds_what_lies_in_it_or_a_little_beside(value: float, held: list[bool]) -> None:
    found = two_ranges((1.0, 2.0), (5.0, 6.0)).held(np.array([value]), np.array([0.1]))
    assert found[:, 0].tolist() == held


def test_an_endless_range_holds_nothing() -> None:
    for beside in ((-math.inf, 2.0), (5.0, 6.0)):
        assert not two_ranges((1.0, math.inf), beside).held(np.array([1.5]), np.array([0.0])).any()
    assert not two_ranges((NAN, NAN), (NAN, 1.0)).as_near(np.array([1.5]), np.array([9.0])).any()


@pytest.mark.parametrize(("value", "distance"), [(0.5, 0.5), (1.0, 0.0), (1.5, 0.0), (2.0, 0.0), (2.25, 0.25)])
def test_how_far_a_number_lies_from_a_range(value: float, distance: float) -> None:
    assert distance_to((np.array([1.0]), np.array([2.0])), np.array([value])).tolist() == [distance]
    beside = two_ranges((1.0, 2.0), (9.0, 9.0))
    assert beside.as_near(np.array([value]), np.array([distance])).tolist() == [True]
    assert beside.as_near(np.array([value]), np.array([distance - 0.125])).tolist() == [False]


def test_ranges_of_one_row_of_several_and_for_all_rows_are_stacked_by_class() -> None:
    several = np.array([[1.0, 2.0], [3.0, 4.0]])
    row = np.array([5.0, 6.0])
    found = Mistaken.stacked(classes(3), [[(row, row + 1)], [(several, several + 1), (7.0, 8.0)], []], 2)  # type: ignore[list-item]
    assert found.of.tolist() == [0, 1, 1, 1]
    assert found.low.tolist() == [[5.0, 6.0], [1.0, 2.0], [3.0, 4.0], [7.0, 7.0]]
    assert (found.high - found.low).tolist() == [[1.0, 1.0]] * 4
    assert found.take(np.array([1])).low.ravel().tolist() == [6.0, 2.0, 4.0, 7.0]
