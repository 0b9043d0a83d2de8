"""Boxes that may be turned: whether they meet (the separating axis theorem), many pairs at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import cos, sin
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

_Arrays: TypeAlias = tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle around (x, y), turned by `angle` radians, clockwise on a page whose y grows downward."""

    x: float
    y: float
    width: float
    height: float
    angle: float = 0.0

    @property
    def bounds(self) -> Rectangle:
        """The smallest level box around it."""
        c, s = abs(cos(self.angle)), abs(sin(self.angle))
        width, height = c * self.width + s * self.height, s * self.width + c * self.height
        return Rectangle(self.x - width / 2, self.y - height / 2, width, height)

    def meets(self, other: Box) -> bool:
        """True if the two overlap; those that only touch do not.

        >>> Box(0, 0, 2, 2).meets(Box(2, 0, 2, 2)), Box(0, 0, 2, 2).meets(Box(1.9, 0, 2, 2))
        (False, True)
        """
        return bool(meetings([self], [other])[0, 0])


@dataclass(frozen=True, slots=True)
class Rectangle:
    """A level box with its top left corner at (x, y)."""

    x: float
    y: float
    width: float
    height: float

    def meets(self, other: Rectangle, gap: float = 0.0) -> bool:
        """True if the two overlap, or come nearer to each other than the gap."""
        return (
            self.x < other.x + other.width + gap
            and other.x < self.x + self.width + gap
            and self.y < other.y + other.height + gap
            and other.y < self.y + self.height + gap
        )


def meetings(some: Sequence[Box], others: Sequence[Box], gap: float = 0.0) -> NDArray[np.bool_]:
    """Which of some boxes meets which of the others, or comes nearer than the gap: (some, others).

    A box of no height is a line.
    """
    one, two = _arrays(some, gap), _arrays(others, 0.0)
    meet = np.zeros((len(some), len(others)), dtype=bool)
    # Most are far apart: the circles around them tell.
    far = np.hypot(one[1][:, 0], one[1][:, 1])[:, None] + np.hypot(two[1][:, 0], two[1][:, 1])
    apart = (two[0][None, :, axis] - one[0][:, None, axis] for axis in range(2))
    near = np.nonzero(sum(distance * distance for distance in apart) < far * far)
    first, second = _taken(one, near[0]), _taken(two, near[1])
    meet[near] = _overlap(first, second) & _overlap(second, first)
    return meet


_SLACK = 1e-9


def _taken(boxes: _Arrays, which: NDArray[np.intp]) -> _Arrays:
    centres, halves, axes = boxes
    return centres[which], halves[which], axes[which]


def _overlap(one: _Arrays, two: _Arrays) -> NDArray[np.bool_]:
    """Whether the boxes of each pair overlap along both axes of its first: (pairs)."""
    found = np.ones(len(one[0]), dtype=bool)
    across = two[0] - one[0]
    for axis in range(2):
        along = one[2][:, axis]
        # |u·u'|: how far the second's sides reach along this axis.
        reach = np.abs((two[2] * along[:, None, :]).sum(axis=2) * two[1]).sum(axis=1)
        found &= np.abs((across * along).sum(axis=1)) < one[1][:, axis] + reach - _SLACK
    return found


def _arrays(boxes: Sequence[Box], gap: float) -> _Arrays:
    """Centres (boxes, xy), half sides (boxes, 2) and the sides' directions (boxes, 2, xy)."""
    centres = np.array([(box.x, box.y) for box in boxes]).reshape(-1, 2)
    halves = np.array([(box.width / 2 + gap, box.height / 2 + gap) for box in boxes]).reshape(-1, 2)
    turns = [(cos(box.angle), sin(box.angle)) for box in boxes]
    axes = np.array([((c, s), (-s, c)) for c, s in turns]).reshape(-1, 2, 2)
    return centres, halves, axes
