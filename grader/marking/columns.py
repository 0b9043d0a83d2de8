"""Which path each column was written for: the student's order, or the assignment that earns most.

Where the sheet prints the routes the student's order is taken, and a swap is recognised. Where the paths are to be
found, columns are assigned to paths so that marks are greatest; ties keep the student's order.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from grader.marking.batch import Answers, Batch, Rows
from grader.marking.coarse import CoarseRanges
from grader.marking.own import OwnNumbers
from grader.marking.slot_view import SlotView
from grader.marking.stages import follow_through
from grader.shares import Shares
from question_bank.derivation import Derivation, derive
from question_bank.evaluate import range_columns
from question_bank.interval import select
from question_bank.precision import BoolArray

_MOST_PATHS = 12
"""Beyond these, columns are taken as written: trying every column as every path grows with the square."""

_CONVINCING = 0.6
"""Part of a path's worth that a column has to hold before it is taken for a path that it does not stand under."""

_SWAP_MARGIN = 1.5
"""Boxes by which a column has to fit another path better than its own, in average worth, to be called swapped."""


class Note(IntEnum):
    """What is said about a column; the codes are those of the note arrays."""

    NONE = 0
    SWAPPED = 1
    MISSING = 2
    DOUBLED = 3
    FOREIGN = 4
    MERGED = 5

    @property
    def word(self) -> str:
        """The note as files and people read it, empty for none."""
        return "" if self is Note.NONE else self.name.lower()


@dataclass(frozen=True, slots=True, eq=False)
class MarkedColumn:
    """A column of the path table (from 1) and the path that it was taken for; None for the one to spare."""

    column: int
    path: int | None
    note: str


@dataclass(frozen=True, slots=True, eq=False)
class Arrangement:
    """`sources[n, p]` is the column (from 0) that stands for path p, a column to spare last; `notes` (n, columns)."""

    sources: NDArray[np.intp]
    notes: NDArray[np.uint8]

    @classmethod
    def as_written(cls, derivation: Derivation, count: int) -> Arrangement:
        """Every column where it stands."""
        columns = len(column_slots(derivation))
        return cls(np.tile(np.arange(columns), (count, 1)), np.zeros((count, columns), np.uint8))

    def put(self, rows: Rows, other: Arrangement) -> None:
        """Take over what was found for some of the submissions."""
        self.sources[rows], self.notes[rows] = other.sources, other.notes

    def columns(self, row: int, path_count: int) -> tuple[MarkedColumn, ...]:
        """What is said about the columns of one submission."""
        return tuple(
            MarkedColumn(column, path + 1 if path < path_count else None, Note(note).word)
            for column, (path, note) in enumerate(
                zip(np.argsort(self.sources[row]).tolist(), self.notes[row].tolist(), strict=True), 1
            )
        )

    @property
    def as_it_stands(self) -> bool:
        """Whether every column is the path that it stands for."""
        return _is_identity(self.sources)

    @property
    def paths(self) -> NDArray[np.intp]:
        """The path (from 0) that every column was taken for: (submissions, columns)."""
        return np.argsort(self.sources, axis=1)


def column_slots(derivation: Derivation) -> list[list[int]]:
    """Numbers of the slots of every column, a column to spare last."""
    columns: dict[int, list[int]] = {}
    for at, slot in enumerate(derivation.slots):
        if slot.path is not None:
            columns.setdefault(slot.path, []).append(at)
    return [columns[number] for number in sorted(columns)]


Element = TypeVar("Element", bound=np.generic)


def in_path_order(answers: Answers, derivation: Derivation, sources: NDArray[np.intp]) -> Answers:
    """Answers with every column's numbers in the slots of the path that it stands for."""
    if _is_identity(sources):
        return answers
    return Answers(_rearranged(answers.values, derivation, sources), _rearranged(answers.statuses, derivation, sources))


def in_written_order(array: NDArray[Element], derivation: Derivation, found: Arrangement) -> NDArray[Element]:
    """What was said of the paths' slots, put back to where it was written: (submissions, slots)."""
    return array if _is_identity(found.sources) else _rearranged(array, derivation, found.paths)


def _is_identity(sources: NDArray[np.intp]) -> bool:
    return bool((sources == np.arange(sources.shape[1])).all())


def _rearranged(array: NDArray[Element], derivation: Derivation, sources: NDArray[np.intp]) -> NDArray[Element]:
    slots = np.array(column_slots(derivation))
    rearranged = array.copy(order="F")
    for path, own in enumerate(slots):
        rearranged[:, own] = np.take_along_axis(array, slots[sources[:, path]], axis=1)
    return rearranged


def arrange(batch: Batch, shares: Shares, *, notes: bool = True) -> Arrangement:
    """Which column stands for which path, and with `notes` what is to be said about the columns."""
    derivation = batch.derivation
    found = Arrangement.as_written(derivation, len(batch.answers.values))
    slots = column_slots(derivation)
    paths = len(derivation.paths)
    if len({len(own) for own in slots}) > 1 or not 1 < len(slots) <= _MOST_PATHS + 1:
        return found
    answered = answered_columns(batch.answers, derivation)
    right = batch.key.holds(batch.answers.values)
    complete = np.stack([right[:, own].all(axis=1) for own in slots], axis=1)
    rows = np.flatnonzero((answered[:, :paths] & ~complete[:, :paths]).any(axis=1) | answered[:, paths:].any(axis=1))
    if not notes and derivation.layout.paths == "given":
        # A swap shows in two columns at the least.
        rows = rows[answered[rows].sum(axis=1) > 1]
    if len(rows):
        some = batch.take(rows)
        scores, whole = _scores(some, shares)
        size = len(slots[0])
        sources = _best(scores, size) if derivation.layout.paths == "find" else _swaps(scores, whole, size)
        found.sources[rows] = sources
        if notes:
            found.notes[rows] = _notes(some, scores, whole, answered[rows], sources)
    return found


def answered_columns(answers: Answers, derivation: Derivation) -> BoolArray:
    """True for columns that hold any number: (submissions, columns)."""
    return np.stack([answers.read[:, own].any(axis=1) for own in column_slots(derivation)], axis=1)


def note_missing(found: Arrangement, answered: BoolArray, path_count: int) -> None:
    """Say which paths' columns are blank where others are not."""
    missing = answered.any(axis=1, keepdims=True) & ~answered & (found.paths < path_count)
    found.notes[missing] = Note.MISSING


def _scores(batch: Batch, shares: Shares) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Ticks of every column as every path, (submissions, columns, paths), and each path's worth (submissions, paths).

    Without any worth to tell by (a rubric that pays for the answer alone), slots count one each.
    """
    derivation = batch.derivation
    slots, paths = column_slots(derivation), len(derivation.paths)
    count, columns = len(batch.answers.values), len(slots)
    worth = batch.key.worth
    if not worth[:, slots[0]].any():
        worth = np.ones_like(worth)
    scores = np.zeros((count, columns, paths), np.int64)
    for shift in range(columns):
        sources = np.tile((np.arange(columns) + shift) % columns, (count, 1))
        shifted = Batch(in_path_order(batch.answers, derivation, sources), batch.key, batch.reference)
        for path, ticks in _earned(shifted, slots[:paths], worth, shares):
            scores[:, (path + shift) % columns, path] = ticks
    return scores, np.stack([worth[:, own].sum(axis=1) for own in slots[:paths]], axis=1)


def _earned(
    batch: Batch, slots: Sequence[Sequence[int]], worth: NDArray[np.int64], shares: Shares
) -> Iterator[tuple[int, NDArray[np.int64]]]:
    correct = batch.key.holds(batch.answers.values)
    own, coarse = OwnNumbers(batch), CoarseRanges(batch.reference)
    for path, own_slots in enumerate(slots):
        ticks = np.zeros(len(worth), np.int64)
        for at in own_slots:
            ticks += np.where(correct[:, at], worth[:, at], 0)
            rows = np.flatnonzero(~correct[:, at] & batch.answers.read[:, at])
            if len(rows):
                ruling = follow_through(SlotView(batch, own, coarse, at, rows, ()))
                ticks[rows] += np.where(ruling.earns, np.rint(worth[rows, at] * shares.follow_through), 0).astype(int)
        yield path, ticks


def _best(scores: NDArray[np.int64], slot_count: int) -> NDArray[np.intp]:
    """The assignment of columns to paths that earns most: sources (submissions, columns)."""
    from scipy.optimize import linear_sum_assignment

    count, columns, paths = scores.shape
    sources = np.tile(np.arange(columns), (count, 1))
    # Standing in its own place decides between equals. A step's marks are shared out over its columns to whole ticks,
    # so that equals may differ by a tick a slot.
    gain = scores.copy()
    gain[:, np.arange(paths), np.arange(paths)] += slot_count
    at_home = gain[:, np.arange(paths), np.arange(paths)]
    for row in np.flatnonzero((gain.max(axis=1) > at_home).any(axis=1)):
        taken, chosen = linear_sum_assignment(gain[row], maximize=True)
        spare = [column for column in range(columns) if column not in set(taken.tolist())]
        order = np.empty(columns, np.intp)
        order[chosen] = taken
        order[paths:] = spare
        sources[row] = order
    return sources


def _swaps(scores: NDArray[np.int64], whole: NDArray[np.int64], slot_count: int) -> NDArray[np.intp]:
    """The order as written, but where columns convincingly hold each other's paths."""
    count, _, paths = scores.shape
    home = np.arange(paths)
    sources = np.tile(home, (count, 1))
    best = _best(scores, slot_count)
    moved = best != home
    there = np.take_along_axis(scores, best[:, None, :], axis=1)[:, 0, :]
    # The same column's score under the heading that it stands under.
    here = np.take_along_axis(scores[:, home, home], best, axis=1)
    # A mistake in one box can make a column look a little more like another path; a swap shows in several.
    margin = _SWAP_MARGIN * whole / slot_count
    convincing = (there >= _CONVINCING * whole) & (there - here >= margin) | ~moved
    rows = moved.any(axis=1) & convincing.all(axis=1)
    sources[rows] = best[rows]
    return sources


def _notes(
    batch: Batch,
    scores: NDArray[np.int64],
    whole: NDArray[np.int64],
    answered: BoolArray,
    sources: NDArray[np.intp],
) -> NDArray[np.uint8]:
    """Swapped where the routes are printed; doubled, merged or foreign where a column does not hold its path."""
    count, columns, paths = scores.shape
    notes = np.zeros((count, columns), np.uint8)
    taken_for = np.argsort(sources, axis=1)
    every = np.arange(count)
    right = batch.key.holds(in_path_order(batch.answers, batch.derivation, sources).values)
    slots = column_slots(batch.derivation)
    # Where every path has a product of its own, one that comes to the sum does so by chance.
    unfinished = ~batch.answers.read[:, [at[-1] for at in slots[:paths]]].all(axis=1)
    for column in range(columns):
        path = np.minimum(taken_for[:, column], paths - 1)
        own = np.where(taken_for[:, column] < paths, scores[every, column, path], 0)
        weak = answered[:, column] & (own < _CONVINCING * whole[every, path])
        other = scores[:, column].argmax(axis=1)
        convincing = scores[every, column, other] >= _CONVINCING * whole[every, other]
        holder = sources[every, other]
        held = scores[every, holder, other] >= _CONVINCING * whole[every, other]
        doubled = weak & convincing & (holder != column) & held
        notes[doubled, column] = Note.DOUBLED
        # What the column holds of the path that it was taken for: in how many boxes, and whether in the product's.
        explained = np.stack([right[:, at].sum(axis=1) for at in slots], axis=1)[every, path]
        product = np.stack([right[:, at[-1]] for at in slots], axis=1)[every, path]
        rows = np.flatnonzero(answered[:, column] & unfinished & ~doubled & ~product)
        merged = rows[_is_sum_of_paths(batch, rows, slots[column][-1])]
        notes[merged, column] = Note.MERGED
        unlike = answered[:, column] & (explained < len(slots[column]) - 1)
        rows = np.flatnonzero(unlike & (notes[:, column] == Note.NONE))
        notes[rows[_is_foreign(batch, rows, slots[column], explained[rows])], column] = Note.FOREIGN
    if batch.derivation.layout.paths == "given":
        notes[(taken_for != np.arange(columns)) & answered] = Note.SWAPPED
    return notes


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
    if not (batch.answers.read[np.ix_(rows, np.array(own))].sum(axis=1) >= len(own) - 1).any():
        return foreign
    derivation = batch.derivation
    values, unit = batch.answers.values[np.ix_(rows, np.array(own))], batch.key.unit[np.ix_(rows, np.array(own))]
    points = [select(given, rows) for given in batch.reference.ranges[: len(derivation.givens)]]
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
