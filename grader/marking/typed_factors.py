"""The factors of a typed product on the steps of a path: as many as possible where they fit, in whatever order."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from grader.marking.column_matching import least_cost
from grader.reading.number import Reading, read
from grader.reading.typed_line import TypedFactor
from question_bank.expressions.precision import COMPARISON_SLACK, Array

MOST_JOINED = 12
"""Factors of a product in which two may be one; more would take long, and no path here has as many."""
MOST_OF_THREE = 9
"""The same where three may be one."""
MOST_HELD = 40_000
"""Pairs of a factor and a step that are held against each other for one working.

Honest ones take a tenth of that, and with three mistakes in each of four columns of seven factors two thirds.
"""

_DECIMALS = re.compile(r"^ *[-+−]? *[0-9]*[.,]([0-9]+) *$")
"""A number that was rounded, as opposed to a whole one or a fraction."""
_DUST = 1e-9
"""What the order of adding up makes of equal costs, and less than any two costs differ by that matter."""


@dataclass(frozen=True, slots=True)
class Matched:
    """Which number stands for which slot; `slots` are indices of numbers (None: none is left), `spare` those over."""

    slots: tuple[int | None, ...]
    spare: tuple[int, ...]
    cost: float


@dataclass(frozen=True, slots=True, eq=False)
class FactorRanges:
    """Where numbers may go: honest range, right value and unit of the last place of every slot, each (slots,)."""

    low: Array
    high: Array
    value: Array
    unit: Array

    @property
    def outside(self) -> float:
        """More than all distances together, so that no sum of distances outweighs one number in its range."""
        return len(self.value) + 1.0

    def costs(self, numbers: Array) -> Array:
        """(…, slots) for numbers (…): up to 1 for the distance, and much more for lying outside the honest range."""
        number = numbers[..., None]
        slack = COMPARISON_SLACK * self.unit
        inside = (number >= self.low - slack) & (number <= self.high + slack)
        size = np.maximum(np.abs(number), np.maximum(np.abs(self.value), self.unit))
        distance = np.abs(number - self.value) / np.where(size > 0, 2 * size, 1)
        costs: Array = distance + np.where(inside, 0.0, self.outside)
        return costs

    def match(self, numbers: Sequence[float]) -> Matched:
        """Numbers to slots: as many as possible into their honest ranges, then as near as possible to the values.

        With fewer numbers than slots some slots stay empty, with more some numbers are spare. It is the best of all
        assignments, and the same whenever it is asked.

        >>> low, high = np.array([0.1, 0.5]), np.array([0.2, 0.6])
        >>> FactorRanges(low, high, (low + high) / 2, np.full(2, 0.01)).match([0.55, 9.0, 0.15]).slots
        (2, 0)
        """
        costs = self.costs(np.array(numbers, float))
        chosen = least_cost(costs)
        taken = {slot: number for number, slot in chosen.items()}
        spare = tuple(sorted(set(range(len(numbers))) - set(taken.values())))
        missing = len(self.value) - len(taken)
        cost = sum(float(costs[pair]) for pair in chosen.items()) + self.outside * (missing + len(spare))
        return Matched(tuple(taken.get(slot) for slot in range(len(self.value))), spare, cost)


@dataclass(slots=True)
class Effort:
    """How many more pairs of a factor and a step are held against each other; some workings would take for ever."""

    left: int = MOST_HELD


@dataclass(frozen=True, slots=True)
class Placed:
    """Factors in the order in which they were tried, as they sit best, and those written in several."""

    factors: tuple[TypedFactor, ...]
    unsigned: tuple[TypedFactor, ...]
    matched: Matched
    joined: tuple[str, ...] = ()


def best_placed(
    factors: Sequence[TypedFactor], negative: bool, ranges: FactorRanges, effort: Effort, *, long_way: bool
) -> Placed:
    """Factors on the steps of a path, those in one that were written in two, as in 2·(ŷ − y) or h·(1 − h).

    With `negative` a minus before them all goes to the factor that it suits best. With `long_way` the first step may
    also be written in two or three, each of them rounded, as in (−y/ŷ)·ŷ·(1 − ŷ): on the sheet the loss and the
    output's function are one step.
    """
    search = _BestPlaces(negative, ranges, effort)
    as_written = search.placed(factors)
    best = search.with_two_as_one(as_written)
    return search.the_long_way(as_written, best) if long_way else best


@dataclass(frozen=True, slots=True)
class _BestPlaces:
    """The best of many assignments: one is tried only where the least that it can cost is less than the best's."""

    negative: bool
    ranges: FactorRanges
    effort: Effort

    def placed(self, factors: Sequence[TypedFactor], joined: tuple[str, ...] = ()) -> Placed:
        """Factors as they sit best; a minus before them all goes to the one that it suits best."""
        best: Placed | None = None
        for at, least in self._carriers(np.array([factor.value for factor in factors])):
            if best is not None and (least > best.matched.cost + _DUST or self.effort.left <= 0):
                break
            tried = tuple(factor.negated if place == at else factor for place, factor in enumerate(factors))
            self.effort.left -= len(tried) * len(self.ranges.value)
            matched = self.ranges.match([factor.value for factor in tried])
            if best is None or matched.cost < best.matched.cost:
                best = Placed(tried, tuple(factors), matched, joined)
        assert best is not None  # a product has factors
        return best

    def _carriers(self, values: Array) -> Iterator[tuple[int, float]]:
        """Which factor may carry the minus before them all (-1: there is none), and the least that comes to."""
        if not self.negative:
            yield -1, 0.0
            return
        least = self._least_with_sign(values[None])[0]
        for at in least.argsort(kind="stable").tolist():
            yield at, float(least[at])

    def _least_with_sign(self, values: Array) -> Array:
        """The least that some products' factors can cost if the minus goes to one of them: (products, factors)."""
        as_written, turned = self.ranges.costs(values), self.ranges.costs(-values)
        count, slots = as_written.shape[-2:]
        if count < slots:
            nearest = as_written.min(axis=2)
            less: Array = nearest.sum(axis=1)[:, None] - nearest + turned.min(axis=2)
            less += self.ranges.outside * (slots - count)
            return less
        # Every slot takes the best number for it: of the others as they are, or the turned one.
        first = as_written.argmin(axis=1)[:, None]
        best = np.take_along_axis(as_written, first, axis=1)
        others = as_written.copy()
        np.put_along_axis(others, first, np.inf, axis=1)
        second = others.min(axis=1)[:, None]
        without = np.where(np.arange(count)[:, None] == first, second, best)
        bound: Array = np.minimum(without, turned).sum(axis=2) + self.ranges.outside * (count - slots)
        return bound

    def _least(self, values: Array) -> Array:
        """The least that some products' factors, (products, factors), can cost: (products,)."""
        if self.negative:
            least: Array = self._least_with_sign(values).min(axis=1)
            return least
        costs = self.ranges.costs(values)
        count, slots = costs.shape[-2:]
        bound: Array = costs.min(axis=1 if count >= slots else 2).sum(axis=1)
        bound += self.ranges.outside * abs(count - slots)
        return bound

    def with_two_as_one(self, placed: Placed) -> Placed:
        """The same with two factors as one, as often as that suits at least one step more."""
        while (better := self._joined(placed, 2)) is not None:
            placed = better
        return placed

    def the_long_way(self, placed: Placed, best: Placed) -> Placed:
        """The best, or better: an error at the output worked out in two factors or three."""
        for count in (2, 3) if best.matched.cost > self.ranges.outside / 2 else ():
            tried = self._joined(placed, count, rounded=True)
            if tried is not None:
                tried = self.with_two_as_one(tried)
                best = tried if tried.matched.cost < best.matched.cost else best
        return best

    def _joined(self, before: Placed, count: int, *, rounded: bool = False) -> Placed | None:
        """The same with so many factors as one, where that suits at least one step more.

        A factor of 1 is none that anything is split into. With `rounded` their product may be what they were before
        they were rounded.
        """
        factors = before.unsigned
        most = before.matched.cost - self.ranges.outside / 2
        if (
            most <= 0
            or self.effort.left <= 0
            or not count <= len(factors) <= (MOST_OF_THREE if rounded else MOST_JOINED)
        ):
            return None
        values = np.array([factor.value for factor in factors])
        some, others = _chosen(len(factors), count)
        possible = np.flatnonzero((np.abs(values[some]) != 1).all(axis=1))
        some, others = some[possible], others[possible]
        # What is too large is no number to `read`.
        with np.errstate(all="ignore"):
            products = _product(values[some])
            if rounded:
                products = _within_rounding(products, values[some], _half_units(factors)[some], self.ranges)
            least = self._least(np.column_stack([values[others], products]))
        best: Placed | None = None
        for at in least.argsort(kind="stable").tolist():
            if self.effort.left <= 0 or least[at] > (most if best is None else best.matched.cost) + _DUST:
                break
            parts = [factors[place] for place in some[at].tolist()]
            text = f"{products[at]:.12g}"
            if not isinstance(read(text), Reading):
                continue
            product = TypedFactor(text, float(products[at]), min(factor.position for factor in parts))
            rest = [factors[place] for place in others[at].tolist()]
            joined = (*before.joined, " · ".join(factor.text.strip() for factor in parts))
            ordered = sorted([*rest, product], key=lambda factor: (factor.value, factor.text))
            tried = self.placed(ordered, joined)
            if best is None or tried.matched.cost < best.matched.cost:
                best = tried
        return best if best is not None and best.matched.cost < most else None


@lru_cache(maxsize=64)
def _chosen(of: int, count: int) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Every choice of so many of some things, and what is left of them: (choices, count) and (choices, of - count)."""
    some = list(combinations(range(of), count))
    others = [sorted(set(range(of)) - set(places)) for places in some]
    shape = len(some), of - count
    return np.array(some, np.intp), np.array(others, np.intp).reshape(shape)


def _product(values: Array) -> Array:
    """Along the last axis, one by one."""
    product = values[..., 0]
    for at in range(1, values.shape[-1]):
        product = product * values[..., at]
    return product


def _half_units(factors: Sequence[TypedFactor]) -> Array:
    """Half a unit of the last place of each factor; 0 where it was not rounded."""
    decimals = [_DECIMALS.search(factor.text) for factor in factors]
    return np.array([0.5 * 10.0 ** -len(found[1]) if found else 0.0 for found in decimals])


def _within_rounding(products: Array, factors: Array, half_units: Array, ranges: FactorRanges) -> Array:
    """Products in the range of the first step, if only the rounding of their factors keeps them out of there.

    `products` are (products,), the others (products, factors). Each factor must have at least the places that are asked
    of that step. A minus may stand elsewhere in the line.
    """
    low, high, value, unit = (float(each[0]) for each in (ranges.low, ranges.high, ranges.value, ranges.unit))
    size = np.abs(factors)
    reach = np.abs(products) * np.where(size > 0, half_units / np.where(size > 0, size, 1), 0.0).sum(axis=1)
    mirrored = np.where(products * value < 0, -products, products)
    nearest = mirrored.clip(low, high)
    precise = (half_units <= 0.5 * unit * (1 + COMPARISON_SLACK)).all(axis=1)
    moved: Array = np.where(mirrored == products, nearest, -nearest)
    return np.where(precise & (np.abs(nearest - mirrored) <= reach), moved, products)
