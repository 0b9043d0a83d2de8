"""Pictures and places on them: what is put straight, moved and cut out.

All coordinates of pixels are counted from their corners: the first one's middle is at a half. OpenCV counts from
middles, which is seen to here and wherever its points are taken.
"""

from __future__ import annotations

from typing import TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray

Grey: TypeAlias = NDArray[np.uint8]
"""A picture, (rows, columns), 0 black and 255 white."""
Points: TypeAlias = NDArray[np.float64]
"""(points, 2): x and y."""
Affine: TypeAlias = NDArray[np.float64]
"""(2, 3), from millimetres on the page to pixels of the picture, near some place."""
Homography: TypeAlias = NDArray[np.float64]
"""(3, 3), the same for a whole page."""


def even_light(grey: Grey) -> Grey:
    """The same without shadows: paper becomes white."""
    height, width = grey.shape
    scale = max(1.0, max(height, width) / 400)
    small = cv2.resize(grey, (round(width / scale), round(height / scale)), interpolation=cv2.INTER_AREA)
    paper = cv2.GaussianBlur(cv2.dilate(small, np.ones((9, 9), np.uint8)), (0, 0), 6)
    whole = cv2.resize(paper, (width, height), interpolation=cv2.INTER_LINEAR)
    evened: Grey = cv2.divide(grey, np.maximum(whole, 1), scale=255)
    return evened


def mapped(homography: Homography, points: Points) -> Points:
    """Points of the page on the picture."""
    return np.asarray(cv2.perspectiveTransform(points.reshape(-1, 1, 2).astype(float), homography)).reshape(-1, 2)


def affine(source: Points, target: Points) -> Affine:
    """The affine map (2, 3) that fits best."""
    found, *_rest = np.linalg.lstsq(np.column_stack([source, np.ones(len(source))]), target, rcond=None)
    return np.asarray(found.T)


def apply(map_: Affine, points: Points) -> Points:
    """Points under an affine map."""
    return points @ map_[:, :2].T + map_[:, 2]


def cut_out(picture: Grey, map_: Affine, left: float, top: float, right: float, bottom: float, pixels: float) -> Grey:
    """What lies in a rectangle of the page, in millimetres, with so many pixels to each."""
    columns, rows = round((right - left) * pixels), round((bottom - top) * pixels)
    # A finer picture is made smaller by averaging, or lines would come and go.
    finer = max(1, round(float(np.sqrt(abs(np.linalg.det(map_[:, :2])))) / pixels))
    step = 1 / (pixels * finer)
    # Pixels' middles, not their corners, lie on each other.
    inward = np.array([[step, 0, left + 0.5 * step], [0, step, top + 0.5 * step], [0, 0, 1]])
    whole = np.vstack([map_, [0, 0, 1]]) @ inward
    whole[:2, 2] -= 0.5
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    found: Grey = cv2.warpAffine(picture, whole[:2], (columns * finer, rows * finer), flags=flags, borderValue=255)
    return found if finer == 1 else np.asarray(cv2.resize(found, (columns, rows), interpolation=cv2.INTER_AREA))


def straight(picture: Grey, homography: Homography, rows: int, columns: int, pixels: float) -> Grey:
    """A page put straight, of this size and with so many pixels to a millimetre."""
    middles = _moved(-0.5) @ homography @ np.diag([1 / pixels, 1 / pixels, 1.0]) @ _moved(0.5)
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    put: Grey = cv2.warpPerspective(picture, middles, (columns, rows), flags=flags, borderValue=255)
    return put


def _moved(by: float) -> Homography:
    return np.array([[1.0, 0, by], [0, 1, by], [0, 0, 1]])
