"""Characters as a pen's strokes: signs, letters of a power of ten, and digits in the shapes that data sets rarely hold.

A stroke is an array (points, 2) of x and y in a unit square, y growing downwards, the baseline at y = 1. The shapes are
drawn here by hand, as the schools of several countries teach them; nothing was traced.
"""

import cv2
import numpy as np

Strokes = list[np.ndarray]

SHAPES: dict[str, list[list[list[tuple[float, float]]]]] = {
    "0": [
        [[(0.5, 0), (0.12, 0.2), (0.05, 0.6), (0.3, 0.98), (0.7, 0.9), (0.9, 0.5), (0.75, 0.1), (0.48, 0.02)]],
        [[(0.6, 0.02), (0.2, 0.15), (0.1, 0.7), (0.45, 1), (0.85, 0.7), (0.8, 0.2), (0.5, 0), (0.3, 0.08)]],
    ],
    "1": [
        [[(0.5, 0), (0.5, 1)]],
        [[(0.15, 0.35), (0.6, 0.0), (0.6, 1)]],
        [[(0.05, 0.55), (0.62, 0.0), (0.6, 0.5), (0.58, 1)]],
        [[(0.2, 0.25), (0.55, 0), (0.55, 1)], [(0.2, 1), (0.9, 1)]],
    ],
    "2": [
        [[(0.08, 0.25), (0.3, 0.02), (0.75, 0.05), (0.8, 0.35), (0.4, 0.75), (0.05, 1), (0.5, 0.97), (0.95, 1)]],
        [[(0.1, 0.2), (0.5, 0), (0.85, 0.25), (0.5, 0.7), (0.15, 0.95), (0.2, 0.8), (0.5, 0.9), (0.9, 0.98)]],
    ],
    "3": [
        [[(0.1, 0.1), (0.5, 0), (0.8, 0.2), (0.4, 0.46), (0.85, 0.65), (0.75, 0.95), (0.35, 1), (0.05, 0.85)]],
        [[(0.1, 0.02), (0.5, 0.02), (0.85, 0.03)], [(0.85, 0.03), (0.4, 0.42), (0.85, 0.6), (0.7, 0.97), (0.1, 0.92)]],
    ],
    "4": [
        [[(0.25, 0), (0.1, 0.55), (0.5, 0.55), (0.95, 0.5)], [(0.65, 0.2), (0.65, 0.6), (0.6, 1)]],
        [[(0.65, 1), (0.65, 0), (0.05, 0.68), (0.5, 0.68), (0.98, 0.66)]],
        [[(0.5, 0), (0.3, 0.3), (0.05, 0.65), (0.95, 0.6)], [(0.7, 0.35), (0.68, 1)]],
    ],
    "5": [
        [[(0.2, 0.03), (0.15, 0.42), (0.5, 0.36), (0.85, 0.6), (0.7, 0.95), (0.05, 0.95)], [(0.2, 0.03), (0.85, 0)]],
        [[(0.85, 0), (0.25, 0.05), (0.18, 0.45), (0.6, 0.4), (0.85, 0.7), (0.5, 1), (0.08, 0.88)]],
    ],
    "6": [
        [[(0.75, 0), (0.3, 0.3), (0.1, 0.7), (0.35, 1), (0.8, 0.85), (0.75, 0.55), (0.4, 0.52), (0.15, 0.75)]],
        [[(0.55, 0), (0.15, 0.5), (0.2, 0.9), (0.6, 1), (0.85, 0.75), (0.55, 0.55), (0.2, 0.7)]],
    ],
    "7": [
        [[(0.08, 0.03), (0.5, 0.02), (0.9, 0.0)], [(0.9, 0), (0.55, 0.5), (0.4, 1)]],
        [[(0.08, 0.03), (0.9, 0.0), (0.6, 0.5), (0.4, 1)], [(0.25, 0.5), (0.85, 0.46)]],
        [
            [(0.05, 0.2), (0.1, 0.02), (0.5, 0.05), (0.92, 0.0)],
            [(0.92, 0), (0.6, 0.45), (0.45, 1)],
            [(0.3, 0.52), (0.9, 0.5)],
        ],
    ],
    "8": [
        [
            [
                (0.8, 0.12),
                (0.45, 0),
                (0.15, 0.22),
                (0.5, 0.48),
                (0.85, 0.75),
                (0.5, 1),
                (0.12, 0.78),
                (0.5, 0.48),
                (0.85, 0.22),
                (0.75, 0.08),
            ]
        ],
        [
            [(0.5, 0), (0.2, 0.2), (0.5, 0.45), (0.78, 0.2), (0.5, 0)],
            [(0.5, 0.45), (0.1, 0.75), (0.5, 1), (0.88, 0.75), (0.5, 0.45)],
        ],
    ],
    "9": [
        [[(0.8, 0.15), (0.4, 0), (0.12, 0.28), (0.4, 0.5), (0.78, 0.3), (0.82, 0.1), (0.75, 0.6), (0.7, 1)]],
        [[(0.75, 0.1), (0.35, 0.02), (0.15, 0.3), (0.5, 0.48), (0.8, 0.2), (0.78, 0.7), (0.5, 0.98), (0.15, 0.92)]],
    ],
    "-": [[[(0, 0.55), (0.5, 0.54), (1, 0.55)]], [[(0, 0.6), (0.5, 0.52), (1, 0.55)]]],
    "+": [[[(0, 0.6), (0.9, 0.58)], [(0.45, 0.25), (0.45, 0.95)]]],
    ".": [
        [[(0.5, 0.97), (0.52, 1.0)]],
        [[(0.5, 0.94), (0.55, 1.02)]],
        [[(0.5, 0.98), (0.6, 0.98), (0.55, 1.03), (0.5, 0.98)]],
    ],
    ",": [
        [[(0.6, 0.92), (0.35, 1.2)]],
        [[(0.5, 0.93), (0.58, 1.0), (0.4, 1.22)]],
        [[(0.55, 0.9), (0.5, 1.12), (0.3, 1.25)]],
    ],
    "/": [[[(0.85, -0.1), (0.1, 1.12)]], [[(0.7, 0), (0.45, 0.5), (0.15, 1.05)]]],
    "e": [
        [[(0.1, 0.72), (0.8, 0.66), (0.7, 0.42), (0.3, 0.45), (0.12, 0.75), (0.35, 1), (0.85, 0.88)]],
        [[(0.85, 0.05), (0.2, 0.02), (0.15, 0.5), (0.15, 0.98), (0.9, 1)], [(0.15, 0.5), (0.75, 0.48)]],
    ],
    "x": [
        [[(0.05, 0.4), (0.85, 0.95)], [(0.85, 0.4), (0.05, 0.95)]],
        [[(0.45, 0.62), (0.48, 0.66)]],
    ],
}
"""For each character the shapes that people give it. The second times sign is the raised dot."""

NARROW = {"1": 0.55, "-": 0.75, "+": 0.75, ".": 0.3, ",": 0.35, "/": 0.7, "e": 0.7, "x": 0.6}


def shape(character: str, rng: np.random.Generator, wobble: float) -> Strokes:
    """The strokes of a character in one of its shapes, every point off by ``wobble`` of the height."""
    chosen = SHAPES[character][rng.integers(len(SHAPES[character]))]
    width = NARROW.get(character, 0.62) * rng.uniform(0.75, 1.3)
    length = rng.uniform(0.45, 1.25) if character == "-" else 1.0
    shift = rng.normal(0, wobble, 2)
    return [
        (np.array(points) + shift + rng.normal(0, wobble, (len(points), 2))) * [width * length, 1.0]
        for points in chosen
    ]


def smooth(points: np.ndarray, steps: int = 6) -> np.ndarray:
    """A Catmull-Rom curve through the points."""
    if len(points) < 3:
        return points
    ends = np.vstack([2 * points[0] - points[1], points, 2 * points[-1] - points[-2]])
    t = np.linspace(0, 1, steps, endpoint=False)[:, None]
    pieces = []
    for p0, p1, p2, p3 in zip(ends, ends[1:], ends[2:], ends[3:], strict=False):
        pieces.append(
            0.5 * (2 * p1 + (p2 - p0) * t + (2 * p0 - 5 * p1 + 4 * p2 - p3) * t**2 + (3 * p1 - p0 - 3 * p2 + p3) * t**3)
        )
    return np.vstack([*pieces, points[-1:]])


def draw(strokes: Strokes, height: float, pen: float) -> tuple[np.ndarray, float]:
    """Ink (0 to 1) of strokes ``height`` pixels high by a pen of ``pen`` pixels, and the row of the top line in it."""
    margin = int(np.ceil(pen)) + 2
    points = [smooth(stroke) * height for stroke in strokes]
    everything = np.vstack(points)
    least = np.floor(everything.min(axis=0)) - margin
    size = np.ceil(everything.max(axis=0) - least).astype(int) + margin
    fine = 4
    image = np.zeros((size[1] * fine, size[0] * fine), np.uint8)
    for stroke in points:
        path = np.round((stroke - least) * fine).astype(np.int32)
        cv2.polylines(
            image, [path[:, None]], isClosed=False, color=255, thickness=max(1, round(pen * fine)), lineType=cv2.LINE_AA
        )
    ink = cv2.resize(image, (int(size[0]), int(size[1])), interpolation=cv2.INTER_AREA).astype(np.float32) / 255
    return ink, float(-least[1])
