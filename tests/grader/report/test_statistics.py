"""The figures against computations that share no line with them."""

from __future__ import annotations

import importlib
import math
import random
import statistics
from types import ModuleType
from typing import Any

import numpy as np
import pytest

from grader.report.statistics import correlation, discrimination, rank_correlation, ranks, share_earned, spread

Array = np.ndarray[Any, Any]


def plain_correlation(one: list[float], other: list[float]) -> float:
    a, b = statistics.fmean(one), statistics.fmean(other)
    top = math.fsum((x - a) * (y - b) for x, y in zip(one, other, strict=True))
    return top / math.sqrt(math.fsum((x - a) ** 2 for x in one) * math.fsum((y - b) ** 2 for y in other))


@pytest.fixture(scope="module")
def stats() -> ModuleType:
    """Of all that the tests import it takes longest: a process that tries other modules does without."""
    return importlib.import_module("scipy.stats")


@pytest.fixture(scope="module")
def ticks() -> Array:
    rng = random.Random(4)
    return np.array([[rng.choice((0, 250_000, 500_000, 1_000_000)) for _ in range(7)] for _ in range(60)])


def test_a_spread_is_what_the_standard_library_says() -> None:
    marks = [3.5, 9.0, 0.0, 10.0, 7.25, 7.25, 1.125]
    found = spread(np.array(marks))
    assert found is not None
    quartiles = statistics.quantiles(marks, n=4, method="inclusive")
    assert [found.lower, found.median, found.upper] == pytest.approx(quartiles)
    assert (found.mean, found.deviation) == pytest.approx((statistics.fmean(marks), statistics.stdev(marks)))
    assert (found.count, found.lowest, found.highest) == (7, 0.0, 10.0)


def test_no_marks_have_no_spread_and_one_has_no_deviation() -> None:
    assert spread(np.array([])) is None
    one = spread(np.array([4.0]))
    assert one is not None
    assert one.deviation is None


def test_the_share_of_an_item_is_the_mean_part_of_its_marks(ticks: Array) -> None:
    worth = np.full(ticks.shape, 1_000_000)
    worth[:, 2] = 0
    found = share_earned(ticks, worth)
    for at, column in enumerate(ticks.T.tolist()):
        expected = math.nan if at == 2 else statistics.fmean(part / 1_000_000 for part in column)
        assert found[at] == pytest.approx(expected, nan_ok=True)


def test_discrimination_leaves_the_item_out_of_the_total(ticks: Array) -> None:
    totals = ticks.sum(axis=1) + np.arange(len(ticks)) * 10_000
    found = discrimination(ticks, totals)
    for at in range(ticks.shape[1]):
        item = [float(row[at]) for row in ticks.tolist()]
        rest = [float(total - own) for total, own in zip(totals.tolist(), item, strict=True)]
        assert found[at] == pytest.approx(plain_correlation(item, rest))


def test_an_item_on_which_all_earned_the_same_tells_nothing(ticks: Array) -> None:
    same = ticks.copy()
    same[:, 0] = 1_000_000
    assert discrimination(same, ticks.sum(axis=1).astype(float))[0] is None
    assert correlation(np.array([0.1] * 9), np.arange(9.0)) is None
    assert correlation(np.array([1.0]), np.array([1.0])) is None


def test_ranks_and_their_correlation_are_scipys(stats: ModuleType) -> None:
    rng = np.random.default_rng(5)
    one, other = rng.integers(0, 12, 50).astype(float), rng.normal(size=50).round(1)
    assert ranks(one).tolist() == stats.rankdata(one).tolist()
    found = rank_correlation(one, other)
    assert found is not None
    assert found.value == pytest.approx(stats.spearmanr(one, other).statistic)


@pytest.mark.parametrize("strength", [0.0, 0.7])
def test_the_interval_of_a_rank_correlation_holds_the_truth_as_often_as_it_says(
    stats: ModuleType, strength: float
) -> None:
    """Of 400 samples of 30, about 95 % of the intervals hold the rank correlation that a large sample has."""
    rng = np.random.default_rng(6)

    def sample(size: int) -> tuple[Array, Array]:
        one = rng.normal(size=size)
        return one, strength * one + math.sqrt(1 - strength**2) * rng.normal(size=size)

    truth = stats.spearmanr(*sample(200_000)).statistic
    found = [rank_correlation(*sample(30)) for _ in range(400)]
    held = sum(one is not None and one.low <= truth <= one.high for one in found)
    assert 0.92 <= held / 400 <= 0.98


def test_too_few_or_all_alike_have_no_rank_correlation() -> None:
    assert rank_correlation(np.array([1.0, 2.0, 3.0]), np.array([1.0, 2.0, 3.0])) is None
    assert rank_correlation(np.ones(20), np.arange(20.0)) is None
