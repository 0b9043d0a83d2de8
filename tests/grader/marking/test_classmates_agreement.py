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
