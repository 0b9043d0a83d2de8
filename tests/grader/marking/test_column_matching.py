"""Assignments against SciPy's, and every order tried."""

from __future__ import annotations

from itertools import permutations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment

from grader.marking import column_matching
from grader.marking.column_matching import best_columns, least_cost

_FEW = st.sampled_from([0.0, 0.5, 1.0, 2.0])
_NUMBERS = st.floats(-1e6, 1e6) | _FEW


@st.composite
def _tables(draw: st.DrawFn, most: int = 7) -> NDArray[np.float64]:
    rows, columns = draw(st.integers(1, most)), draw(st.integers(1, most))
    flat = draw(st.lists(_NUMBERS, min_size=rows * columns, max_size=rows * columns))
    return np.array(flat).reshape(rows, columns)


@given(_tables())
def test_columns_get_as_much_as_by_scipy(table: NDArray[np.float64]) -> None:
    gain = table if table.shape[0] >= table.shape[1] else table.T
    chosen = best_columns(gain[None])[0]
    assert len(set(chosen.tolist())) == gain.shape[1]
    rows, columns = linear_sum_assignment(gain, maximize=True)
    assert gain[chosen, np.arange(gain.shape[1])].sum() == pytest.approx(gain[rows, columns].sum(), abs=1e-6)


@given(_tables())
def test_costs_are_as_low_as_by_scipy(costs: NDArray[np.float64]) -> None:
    chosen = least_cost(costs)
    assert len(chosen) == len(set(chosen.values())) == min(costs.shape)
    rows, columns = linear_sum_assignment(costs)
    assert sum(costs[pair] for pair in chosen.items()) == pytest.approx(costs[rows, columns].sum(), abs=1e-6)


def test_many_submissions_are_assigned_as_each_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    gain = np.random.default_rng(1).normal(size=(50, 5, 4))
    alone = [max(permutations(range(5), 4), key=lambda order: sum(one[order[p], p] for p in range(4))) for one in gain]
    assert best_columns(gain).tolist() == [list(order) for order in alone]
    monkeypatch.setattr(column_matching, "_MOST_NUMBERS", 7 * 32)
    assert best_columns(gain).tolist() == [list(order) for order in alone]


def test_the_most_paths_that_are_looked_at_take_little_memory() -> None:
    gain = np.random.default_rng(2).normal(size=(3, 13, 12))
    for one, chosen in zip(gain, best_columns(gain), strict=True):
        rows, columns = linear_sum_assignment(one, maximize=True)
        assert chosen.tolist() == rows[np.argsort(columns)].tolist()
