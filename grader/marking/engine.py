"""Marking: verdicts and marks for a batch of submissions, as array code over (submissions × slots).

Blank and unreadable slots are settled by their reading, and what lies in its honest range is correct; only the
submissions that still have open slots go on to the arrangement of their columns and to the stages.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from grader.marking.arranging import arrange
from grader.marking.batch import Answers, Batch, Key, Reference, Rows
from grader.marking.coarse import CoarseRanges
from grader.marking.columns import Arrangement, answered_columns, in_path_order, in_written_order, note_missing
from grader.marking.filler import is_filler
from grader.marking.grounds import is_baseless, is_groundless
from grader.marking.own import OwnNumbers
from grader.marking.slot_view import SlotView
from grader.marking.stages import STAGES, Blame
from grader.marking.verdict import Verdict
from grader.reading import BLANK, UNREADABLE
from grader.shares import Shares
from question_bank.derivation import Derivation
from question_bank.misconceptions import CATALOGUE
from question_bank.mistakes import Catalogue
from question_bank.precision import BoolArray


@dataclass(frozen=True, slots=True, eq=False)
class Marked:
    """What was said about a batch; arrays are (submissions, slots) in the order in which the slots were written.

    `ticks` were earned out of `worth`. `blames` says what a misconception or a slip of the pen is put down to;
    `filler` (submissions,) where a submission is no working at all. `arrangement` says which path every column was
    taken for, of `path_count` and perhaps one to spare.
    """

    verdicts: NDArray[np.uint8]
    ticks: NDArray[np.int64]
    worth: NDArray[np.int64]
    blames: dict[tuple[int, int], Blame]
    arrangement: Arrangement
    filler: BoolArray
    path_count: int


def mark_batch(
    derivation: Derivation,
    answers: Answers,
    key: Key,
    reference: Callable[[Rows], Reference],
    shares: Shares | None = None,
    catalogue: Catalogue = CATALOGUE,
    only: Sequence[int] | None = None,
) -> Marked:
    """Mark submissions to questions of one derivation.

    `reference(rows)` gives the right working of some of the submissions; it is asked only for those that have
    something other than right numbers and blanks in them. With `only`, nothing need be looked for beyond the honest
    range at other slots than these (by number, as written): what is said about those may be no more than `WRONG`, and
    columns get no notes.
    """
    shares = shares or Shares()
    verdicts = settled(answers, key)
    ticks = np.where(verdicts == Verdict.CORRECT, key.worth, 0)
    worth = key.worth.copy()
    count = len(answers.values)
    arrangement = Arrangement.as_written(derivation, count)
    filler = np.zeros(count, dtype=bool)
    blames: dict[tuple[int, int], Blame] = {}
    rows = np.flatnonzero((verdicts == Verdict.WRONG).any(axis=1) | _out_of_place(derivation, verdicts))
    if len(rows):
        batch = Batch(answers.take(rows), key.take(rows), reference(rows))
        found = arrange(batch, shares, catalogue, with_notes=only is None)
        ordered = Batch(in_path_order(batch.answers, derivation, found.sources), batch.key, batch.reference)
        here = range(len(derivation.slots)) if only is None or not found.as_it_stands else only
        part = _mark_open(ordered, shares, catalogue, here)
        part_ticks = np.where(_moved(derivation, found), _part_of(part.ticks, shares.swapped), part.ticks)
        verdicts[rows] = in_written_order(part.verdicts, derivation, found)
        ticks[rows] = in_written_order(part_ticks, derivation, found)
        worth[rows] = in_written_order(batch.key.worth, derivation, found)
        filler[rows] = part.filler
        arrangement.put(rows, found)
        slot_of = in_written_order(_slot_numbers(derivation, len(rows)), derivation, found)
        for row, at in np.argwhere(np.isin(verdicts[rows], (Verdict.MISCONCEPTION, Verdict.SLIP))).tolist():
            blames[int(rows[row]), at] = part.blames[row, int(slot_of[row, at])]
    note_missing(arrangement, answered_columns(answers, derivation), len(derivation.paths))
    if shares.working == "optional":
        answer = [slot.step for slot in derivation.slots].index(derivation.answer)
        right = verdicts[:, answer] == Verdict.CORRECT
        ticks[right] = worth[right]
    return Marked(verdicts, ticks, worth, blames, arrangement, filler, len(derivation.paths))


def settled(answers: Answers, key: Key) -> NDArray[np.uint8]:
    """Verdicts by reading and honest range alone; what is left open is `WRONG`: (submissions, slots)."""
    verdicts = np.full(answers.values.shape, Verdict.WRONG, np.uint8)
    verdicts[answers.statuses == BLANK] = Verdict.BLANK
    verdicts[answers.statuses == UNREADABLE] = Verdict.UNREADABLE
    verdicts[key.holds(answers.values)] = Verdict.CORRECT
    return verdicts


@dataclass(frozen=True, slots=True, eq=False)
class _Part:
    verdicts: NDArray[np.uint8]
    ticks: NDArray[np.int64]
    blames: dict[tuple[int, int], Blame]
    filler: BoolArray


def _mark_open(batch: Batch, shares: Shares, catalogue: Catalogue, slots: Sequence[int]) -> _Part:
    verdicts = settled(batch.answers, batch.key)
    correct: BoolArray = verdicts == Verdict.CORRECT
    ticks = np.where(correct, batch.key.worth, 0)
    filler = is_filler(batch, correct)
    blames: dict[tuple[int, int], Blame] = {}
    earned = np.zeros(verdicts.shape, dtype=bool)
    own, coarse = OwnNumbers(batch), CoarseRanges(batch.reference)
    for at in slots:
        for stage in STAGES:
            rows = np.flatnonzero(verdicts[:, at] == Verdict.WRONG)
            if not len(rows):
                break
            view = SlotView(batch, own, coarse, at, rows, catalogue)
            ruling = stage.judge(view)
            verdicts[rows[ruling.holds], at] = stage.verdict
            paid = rows[ruling.holds & ruling.earns & ~filler[rows]]
            earned[paid, at] = True
            ticks[paid, at] = _part_of(batch.key.worth[paid, at], shares.of(stage.verdict.word))
            if ruling.blames is not None:
                for row, blame in zip(rows.tolist(), ruling.blames, strict=True):
                    if blame is not None:
                        blames[row, at] = blame
    groundless = is_groundless(batch, verdicts, earned)
    ticks[earned & groundless[:, None] | is_baseless(batch, verdicts, earned)] = 0
    return _Part(verdicts, ticks, blames, filler | groundless)


def _part_of(ticks: NDArray[np.int64], share: float) -> NDArray[np.int64]:
    earned: NDArray[np.int64] = np.rint(ticks * share).astype(np.int64)
    return earned


def _out_of_place(derivation: Derivation, verdicts: NDArray[np.uint8]) -> BoolArray:
    # A column to spare may hold what another was left blank for.
    spare = [at for at, slot in enumerate(derivation.slots) if (slot.path or 0) > len(derivation.paths)]
    out: BoolArray = (verdicts[:, spare] == Verdict.CORRECT).any(axis=1)
    return out


def _moved(derivation: Derivation, found: Arrangement) -> BoolArray:
    """True at the slots of paths that stand in a column with another heading: (submissions, slots) by path."""
    moved = np.zeros((len(found.sources), len(derivation.slots)), dtype=bool)
    if derivation.layout.paths == "given":
        for at, slot in enumerate(derivation.slots):
            if slot.path is not None:
                moved[:, at] = found.sources[:, slot.path - 1] != slot.path - 1
    return moved


def _slot_numbers(derivation: Derivation, count: int) -> NDArray[np.intp]:
    return np.tile(np.arange(len(derivation.slots)), (count, 1))
