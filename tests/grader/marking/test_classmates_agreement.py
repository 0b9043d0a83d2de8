"""In how many steps a sheet agrees with another student's question."""

from __future__ import annotations

import numpy as np
import pytest

from grader.marking.classmates import Classmates


@pytest.mark.parametrize(("least", "pairs"), [(1, [(0, 1, 2), (1, 0, 1)]), (2, [(0, 1, 2)]), (3, [])])
def test_each_sheets_own_numbers_are_held_against_the_others_question(
    least: int, pairs: list[tuple[int, int, int]]
) -> None:
    """Two students, four slots, the last two of one step; of the second sheet only the first number is counted."""
    right = np.array([[1.0, 2.0, 3.0, 3.0], [10.0, 20.0, 30.0, 30.0]])
    mates = Classmates(right - 0.1, right + 0.1, np.full((2, 4), 0.1), np.arange(2), np.arange(2))
    values = np.array([[1.0, 20.0, 30.0, 30.0], [1.0, 2.0, 3.0, 3.0]])
    counted = np.array([[False, True, True, True], [True, False, False, False]])
    found = mates.agreement(values, counted, np.array([0, 1, 2, 2]), least)
    assert [*zip(found.submission.tolist(), found.question.tolist(), found.steps.tolist(), strict=True)] == pairs


@pytest.mark.parametrize("apart", [0.001, 5.0])
def test_a_class_agrees_as_one_by_one_whether_much_agrees_or_little(apart: float) -> None:
    """Against all ranges asked one after the other, where few numbers fall together and where nearly all do."""
    chance = np.random.default_rng(1)
    right = chance.normal(size=(60, 5))
    who, mine = np.arange(60) // 2, np.arange(40)
    mates = Classmates(right - apart, right + apart, np.full(right.shape, 0.1), who, mine)
    values = np.where(chance.random((40, 5)) < 0.5, right[chance.permutation(60)[:40]], chance.normal(size=(40, 5)))
    steps = np.array([0, 1, 2, 3, 3])
    holds = np.abs(values[:, None, :] - right) <= apart
    agreed = np.concatenate([holds[:, :, :3], holds[:, :, 3:].any(axis=2, keepdims=True)], axis=2).sum(axis=2)
    expected = {(row, at): agreed[row, at] for row in range(40) for at in range(60) if who[at] != row}
    found = mates.agreement(values, np.ones(values.shape, dtype=bool), steps, 2)
    pairs = zip(found.submission.tolist(), found.question.tolist(), found.steps.tolist(), strict=True)
    assert {(row, at): count for row, at, count in pairs} == {pair: n for pair, n in expected.items() if n >= 2}
