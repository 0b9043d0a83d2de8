"""The figures of a report, over arrays: spreads, items, ranks. Plain formulas, each in one place."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from question_bank.expressions.precision import Array

Ticks = NDArray[np.int64]

SMALL = 10
"""Below so many students, numbers say little."""

_NORMAL_95 = 1.959963984540054


@dataclass(frozen=True, slots=True)
class Spread:
    """Where marks lie: quartiles by linear interpolation, standard deviation of the sample (None for one mark)."""

    count: int
    mean: float
    deviation: float | None
    lowest: float
    lower: float
    median: float
    upper: float
    highest: float


def spread(values: Array) -> Spread | None:
    """The spread of some marks; None where there are none.

    >>> spread(np.array([1.0, 2.0, 6.0])).median
    2.0
    """
    if not len(values):
        return None
    lowest, lower, median, upper, highest = np.percentile(values, [0, 25, 50, 75, 100]).tolist()
    deviation = float(values.std(ddof=1)) if len(values) > 1 else None
    return Spread(len(values), float(values.mean()), deviation, lowest, lower, median, upper, highest)


def correlation(one: Array, other: Array) -> float | None:
    """Pearson's correlation; None where one of the two does not vary.

    >>> round(correlation(np.array([1.0, 2.0, 3.0]), np.array([2.0, 4.0, 5.0])), 4)
    0.982
    """
    if len(one) < 2:
        return None
    a, b = one - one.mean(), other - other.mean()
    scale = math.sqrt(float(a @ a) * float(b @ b))
    # What is left of a constant after its mean is taken away is dust, not variance.
    dust = 1e-9 * (1.0 + float(np.abs(one).max())) * (1.0 + float(np.abs(other).max())) * len(one)
    return float(np.clip(a @ b / scale, -1.0, 1.0)) if scale > dust else None


def share_earned(ticks: Ticks, worth: Ticks) -> Array:
    """Mean share of an item's marks, (items,) of (students, items): difficulty as test theory has it; NaN if worthless.

    Source: Crocker and Algina, Introduction to Classical and Modern Test Theory, chapter 14.
    """
    with np.errstate(invalid="ignore", divide="ignore"):
        shares: Array = np.where(worth > 0, ticks / worth, np.nan)
    return np.array([column[~np.isnan(column)].mean() if (~np.isnan(column)).any() else np.nan for column in shares.T])


def discrimination(ticks: Ticks, totals: Array) -> list[float | None]:
    """Corrected item-total correlations: each item (students, items) with the rest of the total (students,).

    Without its own part taken off, an item would correlate with itself. Source: as for `share_earned`.
    """
    return [correlation(column, totals - column) for column in np.asarray(ticks, float).T]


def ranks(values: Array) -> Array:
    """Ranks from 1; equal values share the mean of theirs.

    >>> ranks(np.array([10.0, 20.0, 10.0])).tolist()
    [1.5, 3.0, 1.5]
    """
    _, place, count = np.unique(values, return_inverse=True, return_counts=True)
    last = np.cumsum(count)
    mean: Array = (last - (count - 1) / 2)[place]
    return mean


@dataclass(frozen=True, slots=True)
class RankCorrelation:
    """Spearman's rank correlation of so many pairs, with its 95 % confidence interval."""

    count: int
    value: float
    low: float
    high: float


def rank_correlation(one: Array, other: Array) -> RankCorrelation | None:
    """Spearman's; None below 4 pairs and where one of the two does not vary.

    The interval is Fisher's, with the variance (1 + r²/2) / (n - 3): Bonett and Wright, Psychometrika 65 (2000).
    """
    value = correlation(ranks(one), ranks(other))
    if value is None or len(one) < 4:
        return None
    reach = _NORMAL_95 * math.sqrt((1 + value * value / 2) / (len(one) - 3))
    middle = math.atanh(min(max(value, -0.999999), 0.999999))
    return RankCorrelation(len(one), value, math.tanh(middle - reach), math.tanh(middle + reach))
