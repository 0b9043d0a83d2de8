"""Where on a picture a printed page lies, and each of its boxes: found by the page's own print.

Three steps, each finer. Features of the whole page (SIFT) say where it lies, however it is turned; of these MAGSAC
finds the homography that most agree on. Corners of the print are then followed on the picture that was put straight
(Lucas and Kanade's optical flow), which gives a better homography, and how far paper is from plane. Last, each box is
moved onto its own frame, edge by edge. What a student has written is no obstacle: it is found on no blank page.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from grader.scans.blank import PIXELS, BlankPage
from grader.scans.frames import LEAST_FOUND, PlacedBox, on_frames
from grader.scans.geometry import Affine, Grey, Homography, Points, mapped, straight

LEAST_FOLLOWED = 60
"""Points of the print that must be found on a picture."""
LARGEST_RESIDUAL = 0.5
"""Millimetres that half of these may lie off at most, against those around them."""
MOST_LOST = 0.1
"""The part of a page's frames that may be hidden by what is written over them."""

_COARSE = 2.5
"""Pixels a millimetre in which features are looked for."""
_FEATURES = 1200
_LEAST_COARSE = 14
"""Features that must agree before corners are followed at all."""
_CORNERS = 700
_WINDOW = 25
"""Pixels around a corner that are followed: 4 mm."""
_FARTHEST = 3.0
"""Millimetres that a corner may lie off where paper is bent."""


@dataclass(frozen=True, slots=True)
class PlacedPage:
    """Where a page lies on a picture."""

    blank: BlankPage
    to_image: Homography
    followed: int
    """Points of the print that were found."""
    residual: float
    """Millimetres that half of these lie off at most."""
    boxes: tuple[PlacedBox, ...]


@dataclass(frozen=True, slots=True)
class NotPlaced:
    """A page that does not lie on the picture, or not well enough to cut its boxes out: why."""

    reason: str
    of_key: bool = False
    """Whether it is one of the key."""


def place(picture: Grey, blank: BlankPage, code: Points | None) -> PlacedPage | NotPlaced:
    """Where a blank page lies on a picture in even light.

    `code` are the corners of its printed code there: from them it is known how large the page is, how it is turned, and
    about where.
    """
    about = None if code is None or blank.code is None else _similarity(blank.code, code)
    coarse = _by_features(picture, blank, about)
    if isinstance(coarse, NotPlaced):
        return coarse
    fine = _by_following(picture, blank, coarse)
    if isinstance(fine, NotPlaced):
        return fine
    homography, pairs, residual = fine
    if residual > LARGEST_RESIDUAL:
        return NotPlaced(f"its print lies {residual:.1f} mm off: the paper is bent, or another page is on it")
    boxes = on_frames(picture, blank, homography, pairs)
    lost = sum(box.found < LEAST_FOUND for box in boxes)
    if lost > max(1, MOST_LOST * len(boxes)):
        return NotPlaced(f"the frames of {lost} of its {len(boxes)} boxes were not found")
    return PlacedPage(blank, homography, len(pairs[0]), residual, boxes)


def _similarity(source: Points, target: Points) -> Affine | None:
    """Turned, scaled and moved (2, 3): the map of this kind that fits best; None where there is none."""
    found, _agreeing = cv2.estimateAffinePartial2D(source, target, method=cv2.LMEDS)
    return None if found is None or abs(np.linalg.det(found[:, :2])) < 1e-6 else np.asarray(found, float)


def _by_features(picture: Grey, blank: BlankPage, about: Affine | None) -> Homography | NotPlaced:
    """The homography that most features agree on; `about` is the map (2, 3) that the code tells."""
    if about is None:
        pixels = max(picture.shape) / max(blank.width, blank.height)
    else:
        pixels = float(np.sqrt(abs(np.linalg.det(about[:, :2]))))
    shrunk = min(1.0, _COARSE / pixels)
    small = cv2.resize(picture, None, fx=shrunk, fy=shrunk, interpolation=cv2.INTER_AREA)
    drawn = cv2.resize(blank.grey, None, fx=_COARSE / PIXELS, fy=_COARSE / PIXELS, interpolation=cv2.INTER_AREA)
    detector = cv2.SIFT_create(_FEATURES)
    on_blank, described = detector.detectAndCompute(drawn, None)
    on_picture, seen = detector.detectAndCompute(small, None)
    if described is None or seen is None or len(on_blank) < _LEAST_COARSE or len(on_picture) < _LEAST_COARSE:
        return NotPlaced("there is too little print on it")
    source, target = _matched(on_blank, described, on_picture, seen, shrunk, about)
    if len(source) < _LEAST_COARSE:
        return NotPlaced(OTHER_PRINT)
    # Paper is not plane.
    found, agreeing = cv2.findHomography(source, target, cv2.USAC_MAGSAC, _PLANE * pixels, None, 5000, 0.9999)
    if found is None or int(agreeing.sum()) < _LEAST_COARSE or not _is_sensible(found, blank):
        return NotPlaced(OTHER_PRINT)
    return np.asarray(found, dtype=float)


OTHER_PRINT = "its print is not that of this page"
_PLANE = 1.2
"""Millimetres that print may lie off where the page were plane."""


def _matched(
    on_blank: Sequence[cv2.KeyPoint],
    described: NDArray[np.float32],
    on_picture: Sequence[cv2.KeyPoint],
    seen: NDArray[np.float32],
    shrunk: float,
    about: Affine | None,
) -> tuple[Points, Points]:
    """Features that are alike: where they lie on the page (millimetres) and on the picture (pixels).

    Where the code tells about where each must be, only what lies near there is compared: on a page of many boxes most
    corners are alike.
    """
    source = (np.array([one.pt for one in on_blank]) + 0.5) / _COARSE
    target = (np.array([one.pt for one in on_picture]) + 0.5) / shrunk
    # Squared distances of descriptors, all at once.
    apart = (described**2).sum(1)[:, None] + (seen**2).sum(1)[None] - 2 * described @ seen.T
    if about is not None:
        pixels = float(np.sqrt(abs(np.linalg.det(about[:, :2]))))
        expected = source @ about[:, :2].T + about[:, 2]
        far = np.linalg.norm(expected[:, None] - target[None], axis=2) / pixels
        turned = np.degrees(np.arctan2(about[1, 0], about[0, 0]))
        angles = np.array([one.angle for one in on_picture])[None] - np.array([one.angle for one in on_blank])[:, None]
        askew = np.abs((angles - turned + 180) % 360 - 180)
        apart[(far > _AWAY) | (askew > _ASKEW)] = np.inf
    two = np.partition(apart, 1, axis=1)[:, :2]
    best = apart.argmin(axis=1)
    good = np.isfinite(two[:, 0]) & (two[:, 0] < 0.8**2 * two[:, 1])
    return source[good], target[best[good]]


_AWAY, _ASKEW = 70.0, 25.0
"""Millimetres and degrees by which a feature may lie elsewhere than its code tells: a photo's perspective."""


def _is_sensible(homography: Homography, blank: BlankPage) -> bool:
    """Whether the page lies on the picture as paper does: not turned over, not folded into itself."""
    corners = np.array([[0, 0], [blank.width, 0], [blank.width, blank.height], [0, blank.height]], float)
    x, y = mapped(homography, corners).T
    area = 0.5 * float(np.sum(x * np.roll(y, -1) - y * np.roll(x, -1)))
    turns = [
        np.cross(
            np.append(mapped(homography, corners[[at]]) - mapped(homography, corners[[at - 1]]), 0),
            np.append(mapped(homography, corners[[(at + 1) % 4]]) - mapped(homography, corners[[at]]), 0),
        )[2]
        for at in range(4)
    ]
    return area > blank.width * blank.height and min(turns) > 0


def put_straight(picture: Grey, homography: Homography, blank: BlankPage) -> Grey:
    """The page put straight, as large as the blank one is drawn."""
    rows, columns = blank.grey.shape
    return straight(picture, homography, rows, columns, PIXELS)


def _by_following(
    picture: Grey, blank: BlankPage, homography: Homography
) -> tuple[Homography, tuple[Points, Points], float] | NotPlaced:
    """A better homography, the points that were followed (millimetres, pixels), and how far half of them lie off."""
    corners = cv2.goodFeaturesToTrack(blank.grey, _CORNERS, 0.03, 7)
    if corners is None:
        return NotPlaced("there is too little print on its page")
    drawn = cv2.GaussianBlur(blank.grey, (0, 0), 1.0)
    pairs: tuple[Points, Points] = (np.empty((0, 2)), np.empty((0, 2)))
    residual = np.inf
    for _time in range(2):
        put = cv2.GaussianBlur(put_straight(picture, homography, blank), (0, 0), 0.7)
        there, good = _followed(drawn, put, corners)
        count = int(good.sum())
        if count < LEAST_FOLLOWED:
            return NotPlaced(f"only {count} points of its print were found, where {LEAST_FOLLOWED} are needed")
        source = (corners[good].reshape(-1, 2).astype(float) + 0.5) / PIXELS
        target = (there[good].reshape(-1, 2).astype(float) + 0.5) / PIXELS
        found, _agreeing = cv2.findHomography(source, target, cv2.USAC_MAGSAC, 0.5, None, 3000, 0.999)
        if found is None:
            return NotPlaced(OTHER_PRINT)
        residual = _uneven(source, target - mapped(np.asarray(found, float), source))
        pairs = source, mapped(homography, target)
        homography = homography @ np.asarray(found, float)
    return homography, pairs, residual


def _uneven(source: Points, off: Points) -> float:
    """Millimetres that half of the points lie off at most, against those around them: bent paper is bent smoothly."""
    some = slice(None, None, max(1, len(source) // _ASKED))
    near = np.linalg.norm(source[some, None] - source[None], axis=2) < _AROUND_A_POINT
    usual = np.array([np.median(off[which], axis=0) for which in near])
    return float(np.median(np.linalg.norm(off[some] - usual, axis=1)))


_AROUND_A_POINT, _ASKED = 25.0, 150
"""Millimetres around a point; and of how many it is asked."""


def _followed(drawn: Grey, put: Grey, corners: NDArray[np.float32]) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
    """Where corners of the blank page are on the scanned one, and which were found there and back again."""
    how = {"winSize": (_WINDOW, _WINDOW), "maxLevel": 2}
    there, seen, _error = cv2.calcOpticalFlowPyrLK(drawn, put, corners, None, **how)
    back, again, _error = cv2.calcOpticalFlowPyrLK(put, drawn, there, None, **how)
    returned = np.linalg.norm((back - corners).reshape(-1, 2), axis=1) < 1.0
    near = np.linalg.norm((there - corners).reshape(-1, 2), axis=1) < _FARTHEST * PIXELS
    return there, seen.ravel().astype(bool) & again.ravel().astype(bool) & returned & near
