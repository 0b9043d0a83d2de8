"""Where the labels of a drawing go: along their edges, so that no two meet and each is plainly its own edge's."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from grader.sheets.network_picture.boxes import Box, meetings

Line = tuple[float, float, float, float]
"""x1, y1, x2, y2."""

STATIONS = tuple(0.14 + 0.66 * n / 24 for n in range(25))
"""The parts of an edge's length at which a label may stand."""

_FAVOURITES = (0.27, 0.2, 0.35, 0.5, 0.7)
"""Near its source, edges that come from one unit are apart and those of different units have not met yet; where labels
meet all the same, they are tried elsewhere."""
_ROUNDS = 12
_GAP = 0.5
_CLEAR = 1.6
"""Millimetres from a circle that look like room; what is nearer looks as if it touched."""


def place_labels(
    candidates: Sequence[Sequence[Box]],
    own: Sequence[int],
    edges: Sequence[Line],
    widths: Sequence[float],
    fixed: Sequence[Box],
    favourites: Sequence[float] = _FAVOURITES,
) -> list[Box]:
    """One of each label's candidates (at `STATIONS`): improved label by label until none wants to move.

    They are tried near the first of `favourites`, then near the next. `own` is each label's edge, `fixed` what no label
    may meet. `widths` are those of heavy edges, 0 of the others.
    Deterministic, and quick enough.
    """
    if not candidates:
        return []
    boxes = [box for row in candidates for box in row]
    count, stations = len(candidates), len(STATIONS)
    lines = [_line(edge, width) for edge, width in zip(edges, widths, strict=True)]
    crossed = meetings(boxes, lines).reshape(count, stations, len(edges))
    crossed[np.arange(count), :, list(own)] = False
    # A label that covers another edge could be read as that edge's.
    alone = crossed.astype(float) @ np.where(np.array(widths) > 0, 10.0, 6.0)
    for gap, cost in ((_GAP, 500.0), (_CLEAR, 3.0)):
        alone += cost * meetings(boxes, fixed, gap).reshape(count, stations, -1).sum(axis=2)
    meet = meetings(boxes, boxes, _GAP / 2).reshape(count, stations, count, stations)
    chosen = np.zeros(count, dtype=int)
    for favourite in favourites:
        chosen, settled = _settle(alone + 2.0 * np.abs(np.array(STATIONS) - favourite), meet)
        if settled:
            break
    return [row[station] for row, station in zip(candidates, chosen, strict=True)]


def _settle(alone: NDArray[np.float64], meet: NDArray[np.bool_]) -> tuple[NDArray[np.int_], bool]:
    """Each label's station, and whether no two meet."""
    count = len(alone)
    everyone = np.arange(count)
    chosen = alone.argmin(axis=1)
    for _ in range(_ROUNDS):
        moved = False
        for n in range(count):
            met = meet[n][:, everyone, chosen]
            met[:, n] = False
            cost = alone[n] + 100.0 * met.sum(axis=1)
            best = int(cost.argmin())
            if cost[best] < cost[chosen[n]]:
                chosen[n], moved = best, True
        if not moved:
            break
    meeting = meet[everyone[:, None], chosen[:, None], everyone[None, :], chosen[None, :]]
    return chosen, int(meeting.sum()) == count


def _line(edge: Line, width: float) -> Box:
    x1, y1, x2, y2 = edge
    length = math.hypot(x2 - x1, y2 - y1)
    return Box((x1 + x2) / 2, (y1 + y2) / 2, length, width, math.atan2(y2 - y1, x2 - x1))
