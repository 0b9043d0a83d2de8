"""Ink that is no number: struck-out digits, scribbles, words, doodles."""

import cv2
import numpy as np

from scripts.handwriting.strokes import smooth


def strike(box: np.ndarray, first: int, last: int, pen: float, rng: np.random.Generator) -> None:
    """Strike out what stands between two columns, by a line, two, a cross, or back and forth."""
    rows = np.nonzero(box[:, first : last + 1].max(axis=1) > 0.3)[0]
    if not len(rows):
        return
    top, bottom = rows.min(), rows.max()
    middle = (top + bottom) / 2
    reach = rng.uniform(-1, 4)
    left, right = first - reach, last + reach
    way = rng.integers(5)
    if way == 0:
        lines = [[(left, middle + rng.normal(0, 2)), (right, middle + rng.normal(0, 2))]]
    elif way == 1:
        lines = [
            [(left, middle + offset + rng.normal(0, 1)), (right, middle + offset + rng.normal(0, 1))]
            for offset in (-2.5, 2.5)
        ]
    elif way == 2:
        lines = [[(left, bottom + 1), (right, top - 1)]]
    elif way == 3:
        lines = [[(left, bottom), (right, top)], [(left, top), (right, bottom)]]
    else:
        turns = max(4, int((right - left) / rng.uniform(2.5, 6)))
        columns = np.linspace(left, right, turns) + rng.normal(0, 1, turns)
        lines = [[(column, (top if turn % 2 else bottom) + rng.normal(0, 1.5)) for turn, column in enumerate(columns)]]
    for line in lines:
        _stroke(box, np.array(line), pen)


def scribble(box: np.ndarray, pen: float, rng: np.random.Generator) -> None:
    """Some random strokes: a word, a doodle, a question mark, an arrow."""
    height, width = box.shape
    across = rng.uniform(3, 40)
    centre = rng.uniform([4, 8], [width - 4, height - 8])
    for _ in range(rng.integers(1, 6)):
        count = rng.integers(3, 8)
        points = centre + np.cumsum(rng.normal(0, [across / 4, height / 7], (count, 2)), axis=0)
        _stroke(box, smooth(np.clip(points, 1, [width - 2, height - 2])), pen)
        centre = np.clip(centre + rng.normal(0, [across / 2, 2]), [4, 6], [width - 4, height - 6])


def _stroke(box: np.ndarray, points: np.ndarray, pen: float) -> None:
    path = np.round(points * 8).astype(np.int32)[:, None]
    cv2.polylines(box, [path], isClosed=False, color=1.0, thickness=max(1, round(pen)), lineType=cv2.LINE_AA, shift=3)
