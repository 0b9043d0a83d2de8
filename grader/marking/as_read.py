"""Which misreading of the givens explains a sheet, and what is right on the givens as they were read.

First it is asked which sheets could be explained at all: of most, no misreading gives two of the wrong numbers.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from grader.marking.batch import Batch, Reference, Rows
from grader.marking.misreadings import Misreading, misread_digits, misreadings, terms_left_out
from grader.marking.own import OwnNumbers
from grader.marking.support import fills, steps_with
from grader.marking.tried import MisreadTrial, as_read, holds, in_parts, stations, worth_trying
from question_bank.derivations.derivation import Derivation
from question_bank.derivations.evaluate import range_columns, recorded, value_columns
from question_bank.expressions.interval import Interval, select, shaped
from question_bank.expressions.precision import Array, BoolArray
from question_bank.misconceptions.mistakes import steps_inside
from question_bank.networks.model import givens_of

MORE = 2
"""Steps that a misreading has to explain more than anything else does, before it is named."""

_MOST_WEIGHTS = 6
"""Weights of a unit beyond which it is not tried of which of them the signs were seen."""

_SOME_SIGNS = Misreading("signs_not_seen", "some of the weights")


@dataclass(frozen=True, slots=True, eq=False)
class Explained:
    """What explains most, for every submission: the misreading, and by how many steps more than none.

    `givens` are all givens as they were read, columns of (submissions,).
    """

    misreadings: list[Misreading]
    gain: NDArray[np.intp]
    givens: list[Array]

    def reference(self, right: Reference) -> Reference:
        """The right working of the givens as they were read."""
        ranges = range_columns(right.derivation, [(column, column) for column in self.givens], right.precision)
        return replace(right, values=value_columns(right.derivation, self.givens), ranges=ranges)

    def take(self, rows: Rows) -> Explained:
        """The same for some of the submissions."""
        some = [self.misreadings[row] for row in rows.tolist()]
        return Explained(some, self.gain[rows], [column[rows] for column in self.givens])

    def take_over(self, rows: Rows, other: Explained) -> None:
        """Put in, for these submissions, what explains more than what was found before."""
        more = np.flatnonzero(other.gain > self.gain[rows])
        for row in more.tolist():
            self.misreadings[int(rows[row])] = other.misreadings[row]
        self.gain[rows[more]] = other.gain[more]
        for mine, others in zip(self.givens, other.givens, strict=True):
            mine[rows[more]] = others[more]


def explain(batch: Batch, struck: BoolArray, sound: BoolArray, unnamed: BoolArray, least: int = MORE) -> Explained:
    """Try all misreadings on submissions.

    `struck` and `sound` (submissions, slots) are true where a number is wrong, and where it is right or follows, on the
    givens as they are printed; `unnamed` where no known mistake gives it. A step counts for a misreading if it is
    struck and follows from the givens as misread, against it if it is sound and does not. The number that fills most of
    the boxes speaks for none. Between equals the one that changes fewest numbers is taken. Less than the `least` steps
    are nothing explained.
    """
    derivation = batch.derivation
    found = _nothing(batch)
    struck = struck & ~fills(batch)
    for some, trial in worth_trying(batch, struck, misreadings, least):
        found.take_over(some, _best(trial, struck[some], sound[some], least))
    left = steps_with(derivation, struck) > found.gain
    rows = np.flatnonzero(left & (steps_with(derivation, struck & unnamed) >= least))
    for some, trial in worth_trying(batch.take(rows), struck[rows], misread_digits, least):
        found.take_over(rows[some], _best(trial, struck[rows[some]], sound[rows[some]], least))
    if terms_left_out(derivation):
        # A term is not seen in the sum; its weight is for the update.
        rows = np.flatnonzero(found.gain < least)
        nothing = np.zeros_like(sound)
        trial = MisreadTrial(batch.take(rows), terms_left_out)
        found.take_over(rows, _best(trial, struck[rows], nothing[rows], least))
        rows = np.flatnonzero(left & (found.gain < least))
    signs = np.zeros(len(rows), np.intp)
    for _, slots, _ in _with_weights(derivation):
        signs += struck[rows[:, None], slots].any(axis=1)
    for some in in_parts(batch, rows[(signs >= least) & (signs > found.gain[rows])]):
        found.take_over(some, _some_signs(batch.take(some), struck[some]))
    return found


def _nothing(batch: Batch) -> Explained:
    givens = [column.copy() for column, _ in batch.reference.points]
    count = len(batch.answers.values)
    return Explained([_SOME_SIGNS] * count, np.zeros(count, np.intp), givens)


def _best(trial: MisreadTrial, struck: BoolArray, sound: BoolArray, least: int) -> Explained:
    """What explains most of those that are on trial."""
    batch = trial.batch
    found, tried = _nothing(batch), trial.table(batch.derivation)
    counts = trial.count(struck, sound)
    best = np.where(counts == counts.max(axis=0), trial.changed(), np.inf).argmin(axis=0)
    gain = counts[best, np.arange(len(struck))].astype(np.intp)
    for number in np.unique(best[gain >= least]).tolist():
        rows = np.flatnonzero(best == number)
        for at, taken in tried[number].taken.items():
            found.givens[at][rows] = as_read(batch, taken, batch.reference.points)[0][rows]
    return Explained([tried[number] for number in best.tolist()], gain, found.givens)


def _some_signs(batch: Batch, struck: BoolArray) -> Explained:
    """Signs of weights not seen here and there: of each unit's weights whichever explain what is written of it."""
    derivation, count = batch.derivation, len(struck)
    own = OwnNumbers(batch)
    gain = np.zeros(count, np.intp)
    unsigned: dict[int, BoolArray] = {}
    for position, slots, mine in _with_weights(derivation):
        rows = np.flatnonzero(struck[:, list(slots)].any(axis=1))
        if not len(rows):
            continue
        inside = (*steps_inside(derivation, position), position)
        patterns = [some for size in range(1, len(mine) + 1) for some in combinations(mine, size)]
        columns: dict[int, Interval] = {
            p: select(own.at(p, None), rows) for place in inside for p in derivation.program_of(place).reads
        }
        for p in mine:
            value = batch.reference.values[p][rows]
            read = np.stack([np.abs(value) if p in some else value for some in patterns])
            columns[p] = (read, read)
        for place in inside:
            step = derivation.steps[place]
            columns[place] = recorded(
                derivation.program_of(place).ranges(columns), step, derivation, batch.reference.precision
            )
        ends = shaped(columns[position], (len(patterns), len(rows)))
        hit = np.all([holds(batch, at, ends, rows) | ~batch.answers.read[:, at][rows] for at in slots], axis=0)
        first = hit.argmax(axis=0)
        explained = hit.any(axis=0)
        gain[rows] += explained
        for p in mine:
            here = explained & np.array([p in some for some in patterns])[first]
            unsigned.setdefault(p, np.zeros(count, dtype=bool))[rows] |= here
    found = _nothing(batch)
    for p, where in unsigned.items():
        found.givens[p] = np.where(where, np.abs(found.givens[p]), found.givens[p])
    return replace(found, gain=gain)


@lru_cache(maxsize=256)
def _with_weights(derivation: Derivation) -> tuple[tuple[int, tuple[int, ...], tuple[int, ...]], ...]:
    """Steps with slots that are worked from few weights, if only inside their boxes: position, slots, and weights."""
    weights = {derivation.index[weight] for weight in givens_of(derivation.model, "weights")}
    found = []
    for position, slots in stations(derivation):
        inside = (*steps_inside(derivation, position), position)
        mine = sorted(weights.intersection(p for place in inside for p in derivation.program_of(place).reads))
        if slots and mine and len(mine) <= _MOST_WEIGHTS:
            found.append((position, slots, tuple(mine)))
    return tuple(found)
