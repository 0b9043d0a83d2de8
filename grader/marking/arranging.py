"""Which path each column was written for: the student's order, or the assignment that explains most.

Where the sheet prints the routes the student's order is taken, and a swap is recognised. Where the paths are to be
found, columns are assigned to paths so that as much as possible of what they hold is explained; marks decide between
equals, and then the student's order.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from grader.marking.batch import Batch
from grader.marking.coarse import CoarseRanges
from grader.marking.column_matching import best_columns
from grader.marking.column_notes import notes
from grader.marking.columns import Arrangement, answered_columns, column_slots, own_slots
from grader.marking.fit import CONVINCING, SWAP_MARGIN, ColumnFit, fit, one_mistake_explains
from grader.rubrics.shares import Shares
from question_bank.expressions.precision import Array
from question_bank.misconceptions.mistakes import Catalogue

_MOST_PATHS = 12
"""Beyond these, columns are taken as written: trying every column as every path grows with the square."""

_PAID, _AT_HOME = 1e-3, 1e-6
"""What marks for a whole path, and standing in its own place, add to the boxes that a column explains: between equals
only. A step's marks are shared out over its columns to whole ticks, so that equals may differ by a tick a slot."""


def arrange(
    batch: Batch, coarse: CoarseRanges, shares: Shares, catalogue: Catalogue, *, with_notes: bool
) -> Arrangement:
    """Which column stands for which path, and `with_notes` what is to be said about the columns."""
    derivation = batch.derivation
    found = Arrangement.as_written(derivation, len(batch.answers.values))
    slots = column_slots(derivation)
    paths = len(derivation.paths)
    if not 1 < len(slots) <= _MOST_PATHS + 1:
        return found
    answered = answered_columns(batch.answers, derivation)
    right = batch.key.holds(batch.answers.values)
    own = own_slots(derivation)
    complete = np.stack([right[:, boxes].all(axis=1) for boxes in own], axis=1)
    rows = np.flatnonzero((answered[:, :paths] & ~complete[:, :paths]).any(axis=1) | answered[:, paths:].any(axis=1))
    if not with_notes and derivation.layout.paths == "given":
        # A swap shows in two columns at the least.
        rows = rows[answered[rows].sum(axis=1) > 1]
    if len(rows):
        some = batch.take(rows)
        reduced = coarse.take(rows)
        fitted = fit(some, reduced, shares)
        if derivation.layout.paths == "find":
            sources = _found(some, reduced, shares, catalogue, fitted)
        else:
            sources = _swapped(fitted, np.array([len(boxes) for boxes in own]))
        found.sources[rows] = sources
        if with_notes:
            found.notes[rows] = notes(some, fitted, answered[rows], sources)
    return found


def _found(
    batch: Batch, coarse: CoarseRanges, shares: Shares, catalogue: Catalogue, fitted: ColumnFit
) -> NDArray[np.intp]:
    """The assignment that explains most; what it leaves open is held against mistakes and early rounding, too.

    If one mistake is all that is wrong with the columns as they stand, no other order is a better explanation.
    """
    sources = _most(fitted)
    paths = fitted.whole.shape[1]
    left = np.take_along_axis(fitted.unexplained, sources[:, None, :paths], axis=1).sum(axis=(1, 2))
    at_home = (sources == np.arange(sources.shape[1])).all(axis=1)
    # Columns that fit best as they stand, with one number unexplained, stay so: any other order leaves one as well.
    rows = np.flatnonzero(left > at_home)
    if not len(rows):
        return sources
    as_it_stands = one_mistake_explains(batch.take(rows), coarse.take(rows), catalogue)
    sources[rows[as_it_stands]] = np.arange(sources.shape[1])
    rows = rows[~as_it_stands]
    if len(rows):
        sources[rows] = _most(fit(batch.take(rows), coarse.take(rows), shares, catalogue))
    return sources


def _most(fitted: ColumnFit) -> NDArray[np.intp]:
    return _best(fitted.explained + _PAID * fitted.earned / fitted.whole.max(axis=1)[:, None, None], _AT_HOME)


def _best(scores: Array, at_home: float) -> NDArray[np.intp]:
    """The assignment of columns to paths that scores most: sources (submissions, columns).

    A column under its own heading scores `at_home` more, so that it stays there between equals.
    """
    count, columns, paths = scores.shape
    sources = np.tile(np.arange(columns), (count, 1))
    gain = scores.copy()
    gain[:, np.arange(paths), np.arange(paths)] += at_home
    home = gain[:, np.arange(paths), np.arange(paths)]
    rows = np.flatnonzero((gain.max(axis=1) > home).any(axis=1))
    sources[rows, :paths] = best_columns(gain[rows])
    if columns > paths:
        left = np.ones((len(rows), columns), dtype=bool)
        np.put_along_axis(left, sources[rows, :paths], False, axis=1)
        sources[rows, paths:] = np.nonzero(left)[1].reshape(len(rows), columns - paths)
    return sources


def _swapped(fitted: ColumnFit, boxes: NDArray[np.intp]) -> NDArray[np.intp]:
    """The order as written, but where columns convincingly hold each other's paths; `boxes` counts each path's."""
    scores, whole = fitted.earned, fitted.whole
    count, _, paths = scores.shape
    home = np.arange(paths)
    sources = np.tile(home, (count, 1))
    # Its own heading is worth a tick for each slot more.
    best = _best(scores.astype(float), boxes.max())
    moved = best != home
    there = np.take_along_axis(scores, best[:, None, :], axis=1)[:, 0, :]
    # What that column scores under its own heading.
    here = np.take_along_axis(scores[:, home, home], best, axis=1)
    # A mistake in one box can make a column look a little more like another path; a swap shows in several.
    margin = SWAP_MARGIN * whole / boxes
    convincing = (there >= CONVINCING * whole) & (there - here >= margin) | ~moved
    rows = moved.any(axis=1) & convincing.all(axis=1)
    sources[rows] = best[rows]
    return sources
