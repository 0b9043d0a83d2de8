"""A key's ranges with their ends, and a classmate's: what is given at an end is a millionth of a unit."""

from __future__ import annotations

import numpy as np
import pytest

from grader.marking.batch import Answers, Key, Limits
from grader.marking.classmates import Agreement, Classmates
from grader.marking.questions_as_arrays import limits_of
from grader.reading.number import BLANK, READ
from question_bank.expressions.precision import COMPARISON_SLACK

UNIT = 0.25 / COMPARISON_SLACK
"""So large that a quarter is given, which is a number that floats hold."""


@pytest.mark.parametrize(
    ("value", "held"),
    [(1.0, True), (2.0, True), (0.75, True), (2.25, True), (0.749, False), (2.251, False), (np.nan, False)],
)
def test_a_range_from_1_to_2_holds_what_is_given_at_its_ends(value: float, held: bool) -> None:
    low, high, unit = np.array([[1.0, 7.0]]), np.array([[2.0, 7.0]]), np.full((1, 2), UNIT)
    assert COMPARISON_SLACK * UNIT == 0.25
    key = Key(low, high, unit, np.ones((1, 2), np.int64))
    values = np.array([[value, 7.0]])
    assert key.holds(values).tolist() == [[held, True]]
    assert key.holds_at(0, values[:, 0]).tolist() == [held]
    assert key.holds_at(1, values[:, 1]).tolist() == [True]
    mates = Classmates(low, high, unit, np.array([3]), np.array([4]))
    pair = Agreement(np.array([0]), np.array([0]), np.array([1]))
    assert mates.hold(values, pair).tolist() == [[held, True]]
    read = Answers(values, np.array([[READ, READ]], np.uint8))
    assert mates.is_whole(read, np.array([0])).tolist() == [held]
    # What is not written is no number that is not theirs.
    blank = Answers(values, np.array([[BLANK, READ]], np.uint8))
    assert mates.is_whole(blank, np.array([0])).tolist() == [True]


@pytest.mark.parametrize(
    ("theirs", "differ"),
    [
        ((3.0, 4.0), True),
        ((2.0, 4.0), False),  # they have the 2 in common
        ((0.0, 1.0), False),
        ((0.0, 0.5), True),
        ((1.25, 1.5), False),
        ((0.0, 9.0), False),
    ],
)
def test_questions_differ_where_no_number_is_right_for_both(theirs: tuple[float, float], differ: bool) -> None:
    own = Key(np.array([[1.0]]), np.array([[2.0]]), np.ones((1, 1)), np.ones((1, 1), np.int64))
    low, high = (np.array([[end]]) for end in theirs)
    mates = Classmates(low, high, np.ones((1, 1)), np.array([1]), np.array([0]))
    assert mates.differ(own, Agreement(*np.array([[0], [0], [1]]))).tolist() == [[differ]]


def test_of_pairs_and_of_classmates_some_may_be_taken() -> None:
    pairs = Agreement(np.array([0, 0, 2]), np.array([5, 6, 7]), np.array([1, 3, 2]))
    some = pairs.only(pairs.steps >= 2)
    assert (some.submission.tolist(), some.question.tolist(), some.steps.tolist()) == ([0, 2], [6, 7], [3, 2])
    mates = Classmates(np.zeros((2, 1)), np.ones((2, 1)), np.ones((2, 1)), np.array([8, 9]), np.array([8, 9, 8]))
    assert mates.take(np.array([2, 1])).mine.tolist() == [8, 9]
    assert mates.take(np.array([2, 1])).who.tolist() == [8, 9]


def test_no_sheet_is_held_against_its_own_question() -> None:
    mates = Classmates(np.zeros((2, 1)), np.ones((2, 1)), np.ones((2, 1)), np.array([8, 9]), np.array([9, 8, 7]))
    found = mates.agreement(np.full((3, 1), 0.5), np.ones((3, 1), dtype=bool), np.array([0]), 1)
    assert [*zip(found.submission.tolist(), found.question.tolist(), strict=True)] == [(0, 0), (1, 1), (2, 0), (2, 1)]


def test_a_certificate_says_how_wide_ranges_may_be() -> None:
    found = limits_of({"limits": {"answer": 0.02, "elsewhere": 0.5}})
    assert (found.answer, found.elsewhere) == (0.02, 0.5)
    for none in (None, {}, {"limits": None}):
        usual = limits_of(none)
        assert (usual.answer, usual.elsewhere) == (Limits().answer, Limits().elsewhere) == (0.01, 0.05)
