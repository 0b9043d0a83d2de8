"""Connected marks of ink: what is writing, and what is a rest of the printed frame, a tick or a speck."""

import cv2
import numpy as np
from numpy.typing import NDArray

from grader.scans.reading.ink import INK

Array = NDArray[np.float32]

EDGE = 3
"""Pixels from the box's edge within which the printed frame may still be seen."""

FRAME = 0.6
"""The part of a row or column at the edge that must be ink for it to be the frame's."""

TICK_ROWS = 7
"""Rows at the bottom within which a printed tick stays."""

SPECK = 0.9
"""Ink of a mark, in whole pixels, below which it is dust."""


def without_print(ink: Array) -> Array:
    """The ink (rows, columns) without rests of the frame, ticks and dust: what is left was written."""
    ink = _without_frame(ink)
    count, labels, stats, _ = cv2.connectedComponentsWithStats((ink > INK).astype(np.uint8), connectivity=8)
    height, width = ink.shape
    weight = np.bincount(labels.ravel(), np.clip(ink, 0, 1).ravel(), count)
    kept = ink.copy()
    for mark in range(1, count):
        left, top, wide, high = (int(value) for value in stats[mark, :4])
        right, bottom = left + wide, top + high
        beside = right <= EDGE or left >= width - EDGE or bottom <= EDGE or top >= height - EDGE
        tick = bottom >= height - 1 and high <= TICK_ROWS and wide <= 3
        if beside or tick or weight[mark] < SPECK:
            # Its soft rim goes with it.
            around = cv2.dilate((labels == mark).astype(np.uint8), np.ones((3, 3), np.uint8)) > 0
            kept[around & ((labels == mark) | (labels == 0))] = 0
    return kept


def _without_frame(ink: Array) -> Array:
    """The ink without rows and columns at the edge that are ink for most of their length."""
    kept = ink.copy()
    dark = ink > INK
    for row in (*range(EDGE), *range(-EDGE, 0)):
        if dark[row].mean() > FRAME:
            kept[row] = 0
    for column in (*range(EDGE), *range(-EDGE, 0)):
        if dark[:, column].mean() > FRAME:
            kept[:, column] = 0
    return kept
