"""Interval readings: sound for every operation, exact where they claim it, and the array reading at a point."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from question_bank.expressions.operations import OPERATIONS, touches_zero
from tests.question_bank.containment import ARITY, escapes, random_boxes, random_escapes

# Reciprocals of what is next to the smallest float overflow: no number of a worksheet comes near.
numbers = st.floats(-50, 50).filter(lambda value: value == 0 or abs(value) > 1e-100)
shares = st.floats(0, 1)


@pytest.mark.parametrize("name", OPERATIONS)
def test_random_points_stay_inside(name: str) -> None:
    assert random_escapes(name, OPERATIONS[name].interval) == 0


@pytest.mark.parametrize("name", OPERATIONS)
@settings(derandomize=True, deadline=None, max_examples=50)
@given(data=st.data())
def test_any_point_of_any_box_stays_inside(name: str, data: st.DataObject) -> None:
    boxes, points = [], []
    for _ in range(ARITY.get(name, 1)):
        one, other = sorted((data.draw(numbers), data.draw(numbers)))
        if name in ("ln", "sqrt"):
            assume(one > 0)
        boxes.append((np.array([one]), np.array([other])))
        points.append([data.draw(shares)])
    assert escapes(name, OPERATIONS[name].interval, boxes, np.array(points)) == 0


@pytest.mark.parametrize("name", OPERATIONS)
def test_a_point_reads_as_its_array_value(name: str) -> None:
    rng = np.random.default_rng(1)
    points = [low for low, _ in random_boxes(rng, name, 5000)]
    want = OPERATIONS[name].array(*points)
    low, high = OPERATIONS[name].interval(*((point, point) for point in points))
    np.testing.assert_array_equal(low, want)
    np.testing.assert_array_equal(high, want)
    # The same through boxes that merely have no width: two arrays instead of one.
    low, high = OPERATIONS[name].interval(*((point, point.copy()) for point in points))
    np.testing.assert_allclose(low, want, rtol=1e-14)
    np.testing.assert_allclose(high, want, rtol=1e-14)


@pytest.mark.parametrize("name", OPERATIONS)
def test_bounds_are_in_order(name: str) -> None:
    low, high = OPERATIONS[name].interval(*random_boxes(np.random.default_rng(2), name, 5000))
    assert (low <= high).all()


@pytest.mark.parametrize("name", sorted(set(OPERATIONS) - {"step"}))
@settings(derandomize=True, deadline=None, max_examples=40)
@given(data=st.data())
def test_bounds_are_reached(name: str, data: st.DataObject) -> None:
    """Tight as well: on a fine grid over the box the array reading comes close to both bounds."""
    grids, boxes = [], []
    for _ in range(ARITY.get(name, 1)):
        low = data.draw(st.floats(-3, 3))
        high = low + data.draw(st.floats(0.01, 2))
        if name in ("ln", "sqrt", "div"):
            low, high = abs(low) + 0.5, abs(low) + 0.5 + high - low
        boxes.append((np.array([low]), np.array([high])))
        grids.append(np.linspace(low, high, 41))
    values = OPERATIONS[name].array(*(grid.ravel() for grid in np.meshgrid(*grids)))
    low, high = (float(bound[0]) for bound in OPERATIONS[name].interval(*boxes))
    room = 0.05 * (high - low) + 1e-12
    assert values.min() == pytest.approx(low, abs=room)
    assert values.max() == pytest.approx(high, abs=room)


@pytest.mark.parametrize(
    ("name", "box", "range_"),
    [
        ("logistic_slope", (0.4, 0.7), (0.21, 0.25)),
        ("logistic_slope", (0.5, 0.5), (0.25, 0.25)),
        ("logistic_slope", (0.6, 0.7), (0.21, 0.24)),
        ("logistic_slope", (0.1, 0.2), (0.09, 0.16)),
        ("tanh_slope", (-0.5, 0.2), (0.75, 1.0)),
        ("tanh_slope", (0.2, 0.5), (0.75, 0.96)),
        ("square", (-3.0, 2.0), (0.0, 9.0)),
        ("square", (-3.0, -2.0), (4.0, 9.0)),
        ("abs", (-3.0, 2.0), (0.0, 3.0)),
        ("relu", (-1.0, 2.0), (0.0, 2.0)),
        ("step", (-1.0, 2.0), (0.0, 1.0)),
        ("step", (-1.0, 0.0), (0.0, 0.0)),
        ("neg", (-1.0, 2.0), (-2.0, 1.0)),
    ],
)
def test_exact_ranges(name: str, box: tuple[float, float], range_: tuple[float, float]) -> None:
    low, high = OPERATIONS[name].interval((np.array([box[0]]), np.array([box[1]])))
    assert (float(low[0]), float(high[0])) == pytest.approx(range_, abs=1e-15)


def box(low: float, high: float) -> tuple[np.ndarray, np.ndarray]:
    return np.array([low]), np.array([high])


@pytest.mark.parametrize("divisor", [(-1.0, 1.0), (0.0, 1.0), (-1.0, 0.0), (0.0, 0.0)])
@pytest.mark.parametrize("dividend", [(1.0, 2.0), (-1.0, 1.0), (0.0, 0.0)])
def test_division_by_what_touches_zero_is_everything(
    dividend: tuple[float, float], divisor: tuple[float, float]
) -> None:
    low, high = OPERATIONS["div"].interval(box(*dividend), box(*divisor))
    assert (float(low[0]), float(high[0])) == (-np.inf, np.inf)


@settings(derandomize=True, deadline=None)
@given(a=numbers, b=numbers, c=numbers, d=numbers)
@example(a=-1.0, b=1.0, c=-2.0, d=3.0)
def test_product_is_the_range_of_the_corners(a: float, b: float, c: float, d: float) -> None:
    (a, b), (c, d) = sorted((a, b)), sorted((c, d))
    low, high = OPERATIONS["mul"].interval(box(a, b), box(c, d))
    corners = [a * c, a * d, b * c, b * d]
    assert (float(low[0]), float(high[0])) == (min(corners), max(corners))


@pytest.mark.parametrize(
    ("low", "high", "touches"),
    [(-1.0, 1.0, True), (0.0, 0.0, True), (-1.0, -1e-17, True), (1e-17, 1.0, True), (1e-6, 1.0, False)],
)
def test_what_touches_zero(low: float, high: float, touches: bool) -> None:
    assert bool(touches_zero(box(low, high))[0]) is touches


def test_sigmoid_and_exponential_never_warn() -> None:
    far = np.array([-1e4, -745.0, 0.0, 745.0, 1e4])
    assert OPERATIONS["sigmoid"].array(far) == pytest.approx([0, 0, 0.5, 1, 1], abs=1e-300)
    assert OPERATIONS["exp"].array(far)[-1] == np.inf
