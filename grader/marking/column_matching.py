"""Who goes with whom, at the best sum: columns with paths for many submissions at once, and single tables of costs."""

from __future__ import annotations

import math
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from question_bank.expressions.precision import Array

_MOST_NUMBERS = 1 << 22
"""Sums that are held at once, over all sets of columns."""


def best_columns(gain: Array) -> NDArray[np.intp]:
    """For every path the column that it gets, each column once, at the greatest sum: (submissions, paths).

    `gain` is (submissions, columns, paths) with no more paths than columns. Exact: the best sum of every set of columns
    for the first so many paths, a set being the bits of its number (Held and Karp 1962); 12 paths cost some thousand
    sets. Of equal sums the one counts that gives the last path its first column, and so on back.

    >>> best_columns(np.array([[[1.0, 5.0], [2.0, 4.0], [9.0, 0.0]]]))
    array([[2, 0]])
    """
    count, columns, paths = gain.shape
    most = max(1, _MOST_NUMBERS >> columns)
    if count > most:
        return np.concatenate([best_columns(gain[start : start + most]) for start in range(0, count, most)])
    # Submissions along the last axis, so that a set's numbers lie side by side.
    by_column = np.ascontiguousarray(gain.transpose(2, 1, 0))
    best = np.full((1 << columns, count), -np.inf)
    best[0] = 0.0
    chosen = np.zeros((1 << columns, count), np.int8)
    for path in range(paths):
        for sets, column, without in _sets(columns, path + 1):
            sums = best[without] + by_column[path, column]
            better = sums > best[sets]
            best[sets] = np.maximum(best[sets], sums)
            chosen[sets] = np.where(better, column, chosen[sets])
    rows = np.arange(count)
    full = _of_size(columns, paths)
    taken = full[best[full].argmax(axis=0)]
    found = np.empty((count, paths), np.intp)
    for path in reversed(range(paths)):
        found[:, path] = chosen[taken, rows]
        taken = taken & ~(1 << found[:, path])
    return found


@lru_cache(maxsize=64)
def _of_size(columns: int, size: int) -> NDArray[np.intp]:
    """The sets of so many columns."""
    every = np.arange(1 << columns)
    return every[[int(one).bit_count() == size for one in every]]


@lru_cache(maxsize=256)
def _sets(columns: int, size: int) -> tuple[tuple[NDArray[np.intp], int, NDArray[np.intp]], ...]:
    """By column: the sets of so many columns that it is in, and these without it."""
    sets = _of_size(columns, size)
    return tuple((with_it := sets[sets >> column & 1 == 1], column, with_it ^ 1 << column) for column in range(columns))


def least_cost(costs: Array) -> dict[int, int]:
    """Rows to columns at the least cost in all; of whichever there are fewer, each gets one.

    By shortest augmenting paths (Jonker and Volgenant 1987, as Crouse 2016 writes them down): exact, and the cube of
    the size.

    >>> least_cost(np.array([[1.0, 2.0], [1.0, 5.0], [0.0, 9.0]]))
    {0: 1, 2: 0}
    """
    if costs.shape[0] > costs.shape[1]:
        return dict(sorted((row, column) for column, row in least_cost(costs.T).items()))
    rows, columns = costs.shape
    # Plain numbers: these tables are small, and NumPy would take ten times as long.
    table: list[list[float]] = costs.tolist()
    of_row, of_column = [0.0] * rows, [0.0] * columns
    column_of, row_of = [-1] * rows, [-1] * columns
    for start in range(rows):
        shortest, before = [math.inf] * columns, [-1] * columns
        open_columns, seen_rows = list(range(columns)), [start]
        row, length, end = start, 0.0, -1
        while end < 0:
            own, least = table[row], math.inf
            for column in open_columns:
                through = length + own[column] - of_row[row] - of_column[column]
                if through < shortest[column]:
                    shortest[column], before[column] = through, row
                least = min(least, shortest[column])
            length = least
            nearest = [column for column in open_columns if shortest[column] == length]
            column = next((one for one in nearest if row_of[one] < 0), nearest[0])
            open_columns.remove(column)
            row = row_of[column]
            if row < 0:
                end = column
            else:
                seen_rows.append(row)
        of_row[start] += length
        for row in seen_rows[1:]:
            of_row[row] += length - shortest[column_of[row]]
        for column in set(range(columns)).difference(open_columns):
            of_column[column] -= length - shortest[column]
        while end >= 0:
            row = before[end]
            row_of[end] = row
            column_of[row], end = end, column_of[row]
            if row == start:
                break
    return dict(enumerate(column_of))
