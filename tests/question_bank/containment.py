"""Interval readings held to array readings at points inside boxes: used by the tests and by the mutation tests."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from question_bank.expressions.operations import OPERATIONS

SLACK = 1e-12
"""Relative: bounds are ordinary floats, not rounded outwards."""

ARITY = {"add": 3, "clean_sum": 3, "mul": 3, "sub": 2, "div": 2, "max": 2, "min": 2, "any": 3}
"""How many arguments an operation takes, where it is not one."""

Boxes = list[tuple[np.ndarray, np.ndarray]]


def random_boxes(rng: np.random.Generator, name: str, count: int) -> Boxes:
    """Boxes for an operation's arguments: wide and narrow, on both sides of 0 and across it, some of them points."""
    boxes = []
    for _ in range(ARITY.get(name, 1)):
        middle = rng.normal(0.0, 2.0, count) * rng.choice([0.01, 0.3, 1.0, 5.0], count)
        width = np.abs(rng.normal(0.0, 1.0, count)) * rng.choice([0.0, 1e-4, 0.1, 3.0], count)
        if name in ("ln", "sqrt"):
            middle = np.abs(middle) + width + 1e-3
        boxes.append((middle - width, middle + width))
    return boxes


def escapes(name: str, interval: Callable[..., tuple[np.ndarray, np.ndarray]], boxes: Boxes, points: np.ndarray) -> int:
    """How many array readings leave the interval reading; `points` (arguments, batch) from 0 to 1 lie across a box."""
    low, high = interval(*boxes)
    inside = [
        np.clip(box_low + t * (box_high - box_low), box_low, box_high)
        for (box_low, box_high), t in zip(boxes, points, strict=True)
    ]
    value = OPERATIONS[name].array(*inside)
    defined = np.isfinite(value)
    with np.errstate(invalid="ignore"):
        slack = SLACK * np.maximum(1.0, np.where(defined, np.abs(value), 0.0))
        return int(np.sum(defined & ~((low - slack <= value) & (value <= high + slack))))


def random_escapes(name: str, interval: Callable[..., tuple[np.ndarray, np.ndarray]]) -> int:
    """Escapes over 20,000 random boxes, at a random point and at the corners of each."""
    rng = np.random.default_rng(list(name.encode()))
    boxes = random_boxes(rng, name, 20_000)
    found = 0
    for points in (
        rng.random((len(boxes), 20_000)),
        rng.integers(0, 2, (len(boxes), 20_000)).astype(float),
        rng.integers(0, 2, (len(boxes), 20_000)).astype(float),
    ):
        found += escapes(name, interval, boxes, points)
    return found
