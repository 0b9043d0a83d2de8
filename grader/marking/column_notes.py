"""What is said about the columns: swapped, doubled, merged or foreign."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from grader.marking.batch import Batch, Rows
from grader.marking.columns import Note, column_slots, in_path_order
from grader.marking.fit import Fit
from question_bank.derivation import Derivation, derive
from question_bank.evaluate import range_columns
from question_bank.interval import select
from question_bank.precision import BoolArray

CONVINCING = 0.6
"""Part of a path's worth that a column has to hold before it is taken for a path that it does not stand under."""


def notes(batch: Batch, fitted: Fit, answered: BoolArray, sources: NDArray[np.intp]) -> NDArray[np.uint8]:
    """Swapped where the routes are printed; doubled, merged or foreign where a column does not hold its path."""
    scores, whole = fitted.earned, fitted.whole
    count, columns, paths = scores.shape
    said = np.zeros((count, columns), np.uint8)
    taken_for = np.argsort(sources, axis=1)
    every = np.arange(count)
    right = batch.key.holds(in_path_order(batch.answers, batch.derivation, sources).values)
    slots = column_slots(batch.derivation)
    # Where every path has a product of its own, one that comes to the sum does so by chance.
    unfinished = ~batch.answers.read[:, [at[-1] for at in slots[:paths]]].all(axis=1)
    for column in range(columns):
        path = np.minimum(taken_for[:, column], paths - 1)
        own = np.where(taken_for[:, column] < paths, scores[every, column, path], 0)
        weak = answered[:, column] & (own < CONVINCING * whole[every, path])
        other = scores[:, column].argmax(axis=1)
        convincing = scores[every, column, other] >= CONVINCING * whole[every, other]
        holder = sources[every, other]
        held = scores[every, holder, other] >= CONVINCING * whole[every, other]
        doubled = weak & convincing & (holder != column) & held
        said[doubled, column] = Note.DOUBLED
        # What the column holds of the path that it was taken for: in how many boxes, and whether in the product's.
        explained = np.stack([right[:, at].sum(axis=1) for at in slots], axis=1)[every, path]
        product = np.stack([right[:, at[-1]] for at in slots], axis=1)[every, path]
        rows = np.flatnonzero(answered[:, column] & unfinished & ~doubled & ~product)
        merged = rows[_is_sum_of_paths(batch, rows, slots[column][-1])]
        said[merged, column] = Note.MERGED
        unlike = answered[:, column] & (explained < len(slots[column]) - 1)
        rows = np.flatnonzero(unlike & (said[:, column] == Note.NONE))
        said[rows[_is_foreign(batch, rows, slots[column], explained[rows])], column] = Note.FOREIGN
    if batch.derivation.layout.paths == "given":
        said[(taken_for != np.arange(columns)) & answered] = Note.SWAPPED
    return said


def _is_sum_of_paths(batch: Batch, rows: Rows, product: int) -> BoolArray:
    """True where a product's box holds what all paths come to together."""
    derivation = batch.derivation
    low, high = (
        np.sum([batch.reference.ranges[derivation.index[path.product]][end][rows] for path in derivation.paths], axis=0)
        for end in (0, 1)
    )
    values, unit = batch.answers.values[rows, product], batch.key.unit[rows, product]
    inside: BoolArray = (values >= low - 0.5 * unit) & (values <= high + 0.5 * unit)
    return inside


def _is_foreign(batch: Batch, rows: Rows, own: Sequence[int], explained: NDArray[np.intp]) -> BoolArray:
    """True where a column holds a path of another parameter of the same kind, but for one box at the most."""
    foreign = np.zeros(len(rows), dtype=bool)
    # A column with too few numbers to be anybody's path need not be tried as each.
    enough = batch.answers.read[np.ix_(rows, np.array(own))].sum(axis=1) >= len(own) - 1
    if not enough.any():
        return foreign
    if not enough.all():
        foreign[enough] = _is_foreign(batch, rows[enough], own, explained[enough])
        return foreign
    derivation = batch.derivation
    values, unit = batch.answers.values[np.ix_(rows, np.array(own))], batch.key.unit[np.ix_(rows, np.array(own))]
    points = [select(given, rows) for given in batch.reference.points]
    for parameter in _siblings(derivation):
        other = derive(derivation.architecture, parameter, derivation.layout)
        ranges = range_columns(other, points, batch.reference.precision)
        for path in other.paths:
            held = np.zeros(len(rows), dtype=int)
            for at, key in enumerate((*path.factors, path.product)):
                low, high = ranges[other.index[key]]
                held += (values[:, at] >= low - 1e-6 * unit[:, at]) & (values[:, at] <= high + 1e-6 * unit[:, at])
            foreign |= (held >= len(own) - 1) & (held > explained)
    return foreign


def _siblings(derivation: Derivation) -> list[str]:
    """Parameters of the same layer and kind with as many paths, the asked one left out."""
    asked = derivation.parameter
    group = asked.split("_")[0]
    return [
        key
        for key in derivation.architecture.parameters()
        if key.split("_")[0] == group and key != asked and derivation.graph.count_paths(key) == len(derivation.paths)
    ]
