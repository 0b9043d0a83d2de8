"""Each box moved onto its own frame: the last tenths of a millimetre, where paper is not plane."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from grader.scans.blank import PIXELS, BlankPage, PrintedBox
from grader.scans.geometry import Affine, Grey, Homography, Points, affine, apply, cut_out, mapped

LEAST_FOUND = 1 / 3
"""The part of a box's frame that must be found: the rest may be written over."""

_NEAR = 30.0
"""Millimetres around a box whose print says how the paper lies there."""
_LEAST_NEAR = 8
_AROUND = 1.0
"""Millimetres to each side of an edge in which it is looked for."""
_PARTS = 3
"""Of an edge, each found by itself: a stroke across it hides one."""
_LIKE = 0.55
"""How like the printed edge a found one must be (a correlation)."""
_BESIDE = 0.6
"""Millimetres at an edge's ends that are left out: there the others begin."""


@dataclass(frozen=True, slots=True)
class PlacedBox:
    """A box on a picture: `to_image` is the affine map (2, 3) from millimetres on the page near this box to pixels."""

    box: PrintedBox
    to_image: Affine
    found: float
    """The part of its frame that was found."""
    moved: float
    """Millimetres that it was moved onto its frame."""


def on_frames(
    picture: Grey, blank: BlankPage, homography: Homography, pairs: tuple[Points, Points]
) -> tuple[PlacedBox, ...]:
    """The boxes of a page, each where its frame is; `pairs` are points on the page, and where they were found."""
    return tuple(_on_frame(picture, blank, box, _local(box, homography, pairs)) for box in blank.boxes)


def _local(box: PrintedBox, homography: Homography, pairs: tuple[Points, Points]) -> Affine:
    """The affine map near a box: that of the homography, moved and turned as the print around it is."""
    corners = np.array([[box.left, box.top], [box.right, box.top], [box.left, box.bottom], [box.right, box.bottom]])
    middle = corners.mean(axis=0)
    map_ = affine(corners, mapped(homography, corners))
    source, target = pairs
    near = np.linalg.norm(source - middle, axis=1) < _NEAR
    if int(near.sum()) < _LEAST_NEAR:
        return map_
    off = target[near] - apply(map_, source[near])
    centre = np.median(off, axis=0)
    map_ = map_.copy()
    map_[:, 2] += centre
    return map_


def _on_frame(picture: Grey, blank: BlankPage, box: PrintedBox, map_: Affine) -> PlacedBox:
    around = _AROUND + 0.9
    place = box.left - around, box.top - around, box.right + around, box.bottom + around
    level = np.array([[PIXELS, 0, 0], [0, PIXELS, 0]], float)
    printed = cut_out(blank.grey, level, *place, PIXELS)
    before = map_
    for _time in range(2):
        seen = cut_out(picture, map_, *place, PIXELS)
        found = _edges(printed, seen, box, place)
        likes = np.array([like for *_other, like in found])
        moved = np.array([offset for *_other, offset, _like in found])
        good = likes >= _LIKE
        if good.mean() < _LEAST_EDGES:
            break
        map_ = map_ @ np.vstack([_step(found, good, moved), [0, 0, 1]])
    middle = np.array([[(box.left + box.right) / 2, (box.top + box.bottom) / 2]])
    scale = float(np.sqrt(abs(np.linalg.det(map_[:, :2]))))
    far = float(np.linalg.norm(apply(map_, middle) - apply(before, middle))) / scale
    return PlacedBox(box, map_, float(good.mean()), far)


Edge = tuple[float, float, bool, float, float]
"""A part of an edge: its middle (x, y) on the page, whether it lies across, how far off it is, and how like."""


def _edges(printed: Grey, seen: Grey, box: PrintedBox, place: tuple[float, ...]) -> list[Edge]:
    found: list[Edge] = []
    left, top = place[0], place[1]
    for across in (True, False):
        begin, end = (box.left, box.right) if across else (box.top, box.bottom)
        length = (end - begin - 2 * _BESIDE) / _PARTS
        for edge in (box.top, box.bottom) if across else (box.left, box.right):
            for part in range(_PARTS):
                first = begin + _BESIDE + part * length
                along = slice(round((first - (left if across else top)) * PIXELS), None)
                along = slice(along.start, along.start + max(2, round(length * PIXELS)))
                middle = (edge - (top if across else left)) * PIXELS
                span = slice(round(middle - _AROUND * PIXELS), round(middle + _AROUND * PIXELS) + 1)
                pick = (span, along) if across else (along, span)
                wide = slice(span.start - _REACH, span.stop + _REACH)
                picked = (wide, along) if across else (along, wide)
                offset, like = _shift(_profile(printed[pick], across), _profile(seen[picked], across))
                x, y = (first + length / 2, edge) if across else (edge, first + length / 2)
                found.append((x, y, across, offset / PIXELS, like))
    return found


_REACH = 3
"""Pixels: half a millimetre, by which an edge is looked for in one step."""
_LEAST_EDGES = 0.5
"""The part of its frame that a box must be seen to have before it is moved at all."""


def _profile(pixels: Grey, across: bool) -> NDArray[np.float64]:
    """How dark it is across an edge: the median along it, which a stroke over it leaves as it is."""
    return np.asarray(255.0 - np.median(pixels, axis=1 if across else 0), np.float64)


def _shift(printed: NDArray[np.float64], seen: NDArray[np.float64]) -> tuple[float, float]:
    """By how many pixels a profile lies further on than the printed one, and how like it is there."""
    if len(seen) < len(printed) + 2 * _REACH or printed.std() < 1:
        return 0.0, 0.0
    template = printed - printed.mean()
    windows = np.lib.stride_tricks.sliding_window_view(seen, len(printed))
    lowered = windows - windows.mean(axis=1, keepdims=True)
    norms = np.linalg.norm(lowered, axis=1) * np.linalg.norm(template)
    likes = lowered @ template / np.maximum(norms, 1e-9)
    # A faint smear that happens to have the right shape is no line.
    likes[np.ptp(windows, axis=1) < _DARK] = 0.0
    best = int(likes.argmax())
    offset = 0.0
    if 0 < best < len(likes) - 1:
        before, here, behind = likes[best - 1 : best + 2]
        bend = before - 2 * here + behind
        offset = 0.5 * (before - behind) / bend if bend < 0 else 0.0
    return best + float(offset) - _REACH, float(likes[best])


_DARK = 14.0
"""How much darker than its paper a printed line is at least."""


def _step(found: list[Edge], good: NDArray[np.bool_], moved: NDArray[np.float64]) -> Affine:
    """The map (2, 3), in millimetres, that moves a box onto the parts of its frame that were found.

    Where all four edges were, each direction is also stretched and sheared a little.
    """
    step = np.array([[1.0, 0, 0], [0, 1, 0]])
    places = np.array([edge[:2] for edge in found])
    for row, across in enumerate((False, True)):
        which = np.array([edge[2] == across for edge in found]) & good
        if not which.any():
            continue
        middle = float(np.median(moved[which]))
        which &= np.abs(moved - middle) < _STRAY
        edges = np.unique(places[which, row])
        if int(which.sum()) < 2 * _PARTS - 1 or len(edges) < 2:
            step[row, 2] = middle
            continue
        ground = np.column_stack([places[which], np.ones(int(which.sum()))])
        fitted, *_rest = np.linalg.lstsq(ground, moved[which], rcond=None)
        bent = np.abs(fitted[:2]).max() > _SHEAR or np.abs(ground @ fitted - moved[which]).max() > _UNEVEN
        step[row] += [0.0, 0.0, middle] if bent else fitted
    return step


_STRAY, _UNEVEN, _SHEAR = 0.5, 0.15, 0.02
"""Millimetres that a part of an edge may lie off the others of its direction, and off what is fitted to them; and how
much a box may be sheared or stretched against the print around it."""
