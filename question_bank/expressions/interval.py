"""Interval arithmetic over arrays: each operation's exact range over the box of its arguments.

An interval is a pair of equally shaped arrays `(low, high)`, low ≤ high. A point is a pair of the *same* array
object, which the operations notice and do not compute twice. Bounds are ordinary floats, not rounded outwards:
every comparison downstream gives a millionth of a recorded unit (`precision.COMPARISON_SLACK`), some 1e4 times more.
A product that is infinite or undefined stays so: a program silences NumPy about it once for all of its operations.
"""

from __future__ import annotations

from collections.abc import Callable
from math import isnan, prod

import numpy as np
from numpy.typing import NDArray

from question_bank.expressions.precision import Array

Interval = tuple[Array, Array]


def select(interval: Interval, rows: NDArray[np.intp] | NDArray[np.bool_]) -> Interval:
    """Some rows of an interval's arrays, by number or by mask; a point stays a point."""
    low = interval[0][rows]
    return (low, low) if interval[0] is interval[1] else (low, interval[1][rows])


def shaped(interval: Interval, shape: tuple[int, ...]) -> Interval:
    """The same in arrays of this shape: formulas of constants alone give scalars, others may read one row for many."""
    low, high = interval
    return in_shape(low, shape), in_shape(high, shape)


def in_shape(values: Array, shape: tuple[int, ...]) -> Array:
    """The same in an array of this shape."""
    if values.shape == shape:
        return values
    # To broadcast costs more than most operations on a row.
    return values.reshape(shape) if values.size == prod(shape) else np.broadcast_to(values, shape)


def joined(*intervals: Interval) -> Interval:
    """The smallest interval that holds all of these."""
    return np.minimum.reduce([low for low, _ in intervals]), np.maximum.reduce([high for _, high in intervals])


def add(*terms: Interval) -> Interval:
    """Sum of the terms."""
    low, high = terms[0]
    for term_low, term_high in terms[1:]:
        if low is high and term_low is term_high:
            low = high = low + term_low
        else:
            low, high = low + term_low, high + term_high
    return low, high


def sub(a: Interval, b: Interval) -> Interval:
    """`a - b`."""
    if a[0] is a[1] and b[0] is b[1]:
        point = a[0] - b[0]
        return point, point
    return a[0] - b[1], a[1] - b[0]


def neg(a: Interval) -> Interval:
    """`-a`."""
    if a[0] is a[1]:
        point = -a[0]
        return point, point
    return -a[1], -a[0]


def mul(*factors: Interval) -> Interval:
    """Product of the factors (as independent numbers)."""
    product = factors[0]
    for factor in factors[1:]:
        product = _mul_two(product, factor)
    return product


def _mul_two(a: Interval, b: Interval) -> Interval:
    if a[0] is a[1]:
        a, b = b, a
    if b[0] is b[1]:
        if a[0] is a[1]:
            point = a[0] * b[0]
            return point, point
        one, other = a[0] * b[0], a[1] * b[0]
        return _without_indefinite(np.minimum(one, other), np.maximum(one, other), (one, other))
    corners = (a[0] * b[0], a[0] * b[1], a[1] * b[0], a[1] * b[1])
    low = np.minimum(np.minimum(corners[0], corners[1]), np.minimum(corners[2], corners[3]))
    high = np.maximum(np.maximum(corners[0], corners[1]), np.maximum(corners[2], corners[3]))
    return _without_indefinite(low, high, corners)


def _without_indefinite(low: Array, high: Array, corners: tuple[Array, ...]) -> Interval:
    # 0 · ∞ is the corner of a product that is 0 all along its edge: it counts as 0.
    # A sum is undefined if one of its terms is: the quickest look at all of them.
    if not isnan(np.add.reduce(low, axis=None)):
        return low, high
    defined = [np.where(np.isnan(corner), 0.0, corner) for corner in corners]
    return np.minimum.reduce(defined), np.maximum.reduce(defined)


def div(a: Interval, b: Interval) -> Interval:
    """`a / b`; everything from -inf to inf where b touches 0."""
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        if b[0] is b[1]:
            inverse = 1.0 / b[0]
            low, high = _mul_two(a, (inverse, inverse)) if a[0] is not a[1] else (a[0] / b[0],) * 2
        else:
            low, high = _mul_two(a, (1.0 / b[1], 1.0 / b[0]))
    touches = (b[0] <= 0) & (b[1] >= 0)
    if np.any(touches):
        return np.where(touches, -np.inf, low), np.where(touches, np.inf, high)
    return low, high


def increasing(function: Callable[[Array], Array]) -> Callable[[Interval], Interval]:
    """The range of a function that never falls."""

    def reading(a: Interval) -> Interval:
        low = function(a[0])
        return (low, low) if a[0] is a[1] else (low, function(a[1]))

    return reading


def peaked(function: Callable[[Array], Array], at: float, peak: float) -> Callable[[Interval], Interval]:
    """The range of a function that rises up to `at`, where it has the value `peak`, and falls after it."""

    def reading(a: Interval) -> Interval:
        one = function(a[0])
        if a[0] is a[1]:
            return one, one
        other = function(a[1])
        inside = (a[0] <= at) & (a[1] >= at)
        return np.minimum(one, other), np.where(inside, peak, np.maximum(one, other))

    return reading


def square(a: Interval) -> Interval:
    """`a²`, one operand and not two."""
    low, high = magnitude(a)
    return (low * low, low * low) if low is high else (low * low, high * high)


def magnitude(a: Interval) -> Interval:
    """`|a|`."""
    if a[0] is a[1]:
        point = np.abs(a[0])
        return point, point
    one, other = np.abs(a[0]), np.abs(a[1])
    straddles = (a[0] <= 0) & (a[1] >= 0)
    return np.where(straddles, 0.0, np.minimum(one, other)), np.maximum(one, other)


def largest(first: Interval, *others: Interval) -> Interval:
    """`max(a, b, …)`."""
    low, high = first
    for one, other in others:
        points = low is high and one is other
        low = np.maximum(low, one)
        high = low if points else np.maximum(high, other)
    return low, high


def smallest(a: Interval, b: Interval) -> Interval:
    """`min(a, b)`."""
    return neg(largest(neg(a), neg(b)))
