"""How well every column of the path table fits every path: what it would earn there, and what would be explained.

Earning and explaining are two things. A product of 0 that follows from an own 0 is explained wherever its column
stands, and paid for nowhere but on a path whose product is 0: that says nothing of which path was meant. A number that
was rounded early, or that a known mistake gives, says which path was meant, and may earn nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from grader.marking.batch import Batch
from grader.marking.coarse import CoarseRanges
from grader.marking.columns import column_slots, in_path_order, of_one_length, own_slots
from grader.marking.own import OwnNumbers
from grader.marking.slot_view import SlotView
from grader.marking.stages import cut_off, follow_through, is_mistake, rounded_early
from grader.rubrics.shares import Shares
from question_bank.derivations.derivation import Derivation
from question_bank.expressions.precision import Array, BoolArray
from question_bank.misconceptions.mistakes import Catalogue

_ROUNDED = 0.75
"""What a box that was rounded early explains, where one that is right explains 1."""

_MISTAKEN = 0.5
"""The same for a known mistake. Far less than 1: the slope, the weight or the output of another path are known mistakes
as well, so that two columns in each other's place would look like a sheet full of them."""


@dataclass(frozen=True, slots=True, eq=False)
class ColumnFit:
    """Of every column as every path: arrays are (submissions, columns, paths), `whole` is (submissions, paths).

    `earned` ticks out of `whole`; `explained` counts boxes, `unexplained` those with a number that is neither right nor
    follows.
    """

    earned: NDArray[np.int64]
    whole: NDArray[np.int64]
    explained: Array
    unexplained: NDArray[np.intp]


def _in_row(slots: Sequence[Sequence[int]], paths: Sequence[int], box: int) -> list[tuple[int, int]]:
    """The slots that are so many boxes down in paths' columns, each with its path."""
    return [(path, slots[path][box]) for path in paths if box < len(slots[path])]


def fit(batch: Batch, coarse: CoarseRanges, shares: Shares, mistakes: Catalogue | None = None) -> ColumnFit:
    """Try every column as every path; with a catalogue, mistakes and early rounding explain something as well.

    Without any worth to tell by (a rubric that pays for the answer alone), slots earn one tick each. Where the routes
    are printed, columns that earn nearly all where they stand are not tried elsewhere: they earn nothing there.
    """
    derivation = batch.derivation
    slots, paths = column_slots(derivation), len(derivation.paths)
    count, columns = len(batch.answers.values), len(slots)
    worth = batch.key.worth
    if not worth[:, slots[0]].any():
        worth = np.broadcast_to([int(not slot.spare) for slot in derivation.slots], worth.shape)
    # What is found of one column as one path lies together.
    shape = (columns, paths, count)
    found = ColumnFit(
        np.zeros(shape, np.int64).transpose(2, 0, 1),
        np.stack([worth[:, own].sum(axis=1) for own in slots[:paths]], axis=1),
        np.zeros(shape).transpose(2, 0, 1),
        np.zeros(shape, np.intp).transpose(2, 0, 1),
    )
    alike = of_one_length(derivation)
    rows = np.arange(count)
    if derivation.layout.paths == "given":
        right = batch.key.holds(batch.answers.values)
        for path, own in enumerate(slots[:paths]):
            found.earned[:, path, path] = (worth[:, own] * right[:, own]).sum(axis=1)
            found.unexplained[:, path, path] = (batch.answers.read[:, own] & ~right[:, own]).sum(axis=1)
    for shift in range(max(map(len, alike))):
        if shift <= 1 and derivation.layout.paths == "given":
            # First by what is right alone, then by what follows as well.
            may_be = np.flatnonzero(_may_be_elsewhere(found, derivation)[rows])
            rows, batch, coarse, worth = rows[may_be], batch.take(may_be), coarse.take(may_be), worth[may_be]
            if shift == 0:
                found.earned[rows] = found.unexplained[rows] = 0
        # The columns of one length rotate: after as many turns as there are of them, each has stood for each path once.
        held_by = {path: some[(at + shift) % len(some)] for some in alike for at, path in enumerate(some)}
        sources = np.tile([held_by[path] for path in range(columns)], (len(rows), 1))
        answers = in_path_order(batch.answers, derivation, sources)
        trial = _ColumnTrial(Batch(answers, batch.key, batch.reference), coarse, mistakes)
        tried = [path for some in alike if shift < len(some) for path in some if path < paths]
        left = None
        if 0 < shift == max(map(len, alike)) - 1 and derivation.layout.paths == "given":
            left = _MayConvince(trial, worth, {path: slots[path] for path in tried}, found, rows)
        # The first box of every column, then the second: most columns soon show that they hold no other path.
        for path, at in (pair for box in range(max(map(len, slots))) for pair in _in_row(slots, tried, box)):
            earned, explained, unexplained = (
                each[:, held_by[path], path] for each in (found.earned, found.explained, found.unexplained)
            )
            if derivation.slots[at].spare:
                unexplained[rows] += trial.batch.answers.read[:, at]
                continue
            right, follows, paid, other = trial.slot(at, None if left is None else left.rows)
            if left is not None:
                left.lose(path, worth[:, at] * (trial.batch.answers.read[:, at] & ~right & ~paid))
            follow_through_worth = np.rint(worth[:, at] * shares.follow_through).astype(np.int64)
            earned[rows] += worth[:, at] * right + follow_through_worth * paid
            explained[rows] += right + follows + other
            unexplained[rows] += trial.batch.answers.read[:, at] & ~right & ~follows
    return found


SWAP_MARGIN = 1.5
"""Boxes by which a column has to fit another path better than its own, in average worth, to be called swapped."""

CONVINCING = 0.6
"""Part of a path's worth that a column has to hold before it is taken for a path that it does not stand under."""


def _may_be_elsewhere(at_home: ColumnFit, derivation: Derivation) -> BoolArray:
    """Where two columns may be swapped, or one hold another's path, by what they earn as they stand: (submissions,).

    To be swapped, two columns have to earn so much more elsewhere; to hold another path, one has to earn little here.
    """
    home = np.arange(len(derivation.paths))
    here, most = at_home.earned[:, home, home], at_home.whole.max(axis=1, keepdims=True)
    boxes = max(len(path.factors) + 1 for path in derivation.paths)
    least = SWAP_MARGIN * at_home.whole.min(axis=1, keepdims=True) / boxes
    little = np.any(here < CONVINCING * at_home.whole, axis=1)
    elsewhere: BoolArray = little | (np.sum(here + least <= most, axis=1) > 1)
    return elsewhere


class _MayConvince:
    """Of which submissions some column may yet hold enough of a path that it does not stand under.

    Of the others it is all one how much of another path a column holds: it is neither taken for it, nor called doubled.
    """

    def __init__(
        self,
        trial: _ColumnTrial,
        worth: NDArray[np.int64],
        slots: Mapping[int, Sequence[int]],
        found: ColumnFit,
        rows: NDArray[np.intp],
    ) -> None:
        whole = found.whole[rows]
        written = trial.right | trial.batch.answers.read
        self._most = {path: (worth[:, own] * written[:, own]).sum(axis=1) for path, own in slots.items()}
        self._least = {path: CONVINCING * whole[:, path] for path in slots}
        held = found.earned[rows] >= CONVINCING * whole[:, None, :]
        held[:, range(held.shape[2]), range(held.shape[2])] = False
        self._held: BoolArray = np.any(held, axis=(1, 2))

    @property
    def rows(self) -> BoolArray:
        """True where one may: (submissions,)."""
        may = self._held.copy()
        for path, most in self._most.items():
            may |= most >= self._least[path]
        return may

    def lose(self, path: int, worth: NDArray[np.int64]) -> None:
        """Take off what a box is worth where the column on trial for a path does not hold what belongs there."""
        self._most[path] = self._most[path] - worth


class _ColumnTrial:
    """A batch with its columns in a certain order."""

    def __init__(self, batch: Batch, coarse: CoarseRanges, mistakes: Catalogue | None) -> None:
        self.batch = batch
        self._mistakes = mistakes
        self._own, self._coarse = OwnNumbers(batch), coarse
        self.right = batch.key.holds(batch.answers.values)

    def slot(self, at: int, looked_at: BoolArray | None) -> tuple[BoolArray, BoolArray, BoolArray, Array]:
        """Of one slot, (submissions,) each: right; follows; follows and is paid; explained by a mistake or rounding.

        Of submissions that are not `looked_at` only whether it is right.
        """
        right = self.right[:, at]
        follows, paid, other = np.zeros_like(right), np.zeros_like(right), np.zeros(len(right))
        asked = ~right & self.batch.answers.read[:, at]
        rows = np.flatnonzero(asked if looked_at is None else asked & looked_at)
        if len(rows):
            view = SlotView(self.batch, self._own, self._coarse, at, rows, self._mistakes or ())
            ruling = follow_through(view)
            follows[rows], paid[rows] = ruling.holds, ruling.earns
            view = view.only(~ruling.holds)
            cut = cut_off(view).holds
            follows[view.rows], paid[view.rows] = cut, cut
            if self._mistakes is not None:
                view = view.only(~cut)
                mistaken = is_mistake(view)
                rounded = ~mistaken & rounded_early(view).holds
                other[view.rows] = _MISTAKEN * mistaken + _ROUNDED * rounded
        return right, follows, paid, other


def one_mistake_explains(batch: Batch, coarse: CoarseRanges, mistakes: Catalogue) -> BoolArray:
    """True where one and the same mistake is all that is wrong with the columns as they stand: (submissions,).

    A number in a spare box has no place there.
    """
    derivation = batch.derivation
    spare = [at for at, slot in enumerate(derivation.slots) if slot.spare]
    number = {name: at for at, name in enumerate(dict.fromkeys(entry.id for entry in mistakes))}
    possible = np.ones((len(batch.answers.values), len(number)), dtype=bool)
    possible[batch.answers.read[:, spare].any(axis=1)] = False
    right = batch.key.holds(batch.answers.values)
    own = OwnNumbers(batch)
    for at in (at for slots in own_slots(derivation) for at in slots):
        rows = np.flatnonzero(~right[:, at] & batch.answers.read[:, at] & possible.any(axis=1))
        if not len(rows):
            continue
        view = SlotView(batch, own, coarse, at, rows, mistakes)
        follows = follow_through(view).holds
        follows[~follows] = cut_off(view.only(~follows)).holds
        here = np.repeat(follows[:, None], len(number), axis=1)
        mistaken = view.mistaken
        held = mistaken.held(view.values, view.slack)
        for of, equivalent in enumerate(mistaken.classes):
            named = [number[name] for name in equivalent.misconceptions]
            here[:, named] |= held[mistaken.of == of].any(axis=0)[:, None]
        possible[rows] &= here
    explained: BoolArray = np.any(possible, axis=1)
    return explained
