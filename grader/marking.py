"""Marking: verdicts and marks for a batch of submissions, as array code over (submissions × slots).

A batch holds submissions whose questions have the same slots. Blank and unreadable slots are settled by their
reading; the stages then go through what is still open, in order, and what none of them takes is wrong. A stage is one
row of `STAGES`: the verdict that it gives, the share of the slot's worth that this earns, and a function from the
batch and the mask of open slots to the mask of those that it takes.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

from grader.reading import BLANK, UNREADABLE
from question_bank.precision import COMPARISON_SLACK, Array, BoolArray


class Verdict(IntEnum):
    """What is said about a slot; the codes are those of the verdict arrays."""

    CORRECT = 0
    FOLLOW_THROUGH = 1
    MISCONCEPTION = 2
    ROUNDED_EARLY = 3
    WRONG = 4
    BLANK = 5
    UNREADABLE = 6

    @property
    def word(self) -> str:
        """The verdict as files and people read it."""
        return self.name.lower()


@dataclass(frozen=True, slots=True, eq=False)
class Batch:
    """What was written and what is accepted; every array is (submissions, slots).

    `values` and `statuses` are those of `reading.read_many`; `low` and `high` bound the honest range; `unit` is one
    unit of the last recorded place.
    """

    values: Array
    statuses: NDArray[np.uint8]
    low: Array
    high: Array
    unit: Array


@dataclass(frozen=True, slots=True)
class Stage:
    """One question that marking asks of every open slot."""

    verdict: Verdict
    share: float
    takes: Callable[[Batch, BoolArray], BoolArray]


@dataclass(frozen=True, slots=True, eq=False)
class Marked:
    """Verdict codes and earned ticks, both (submissions, slots)."""

    verdicts: NDArray[np.uint8]
    ticks: NDArray[np.int64]


def _in_honest_range(batch: Batch, open_slots: BoolArray) -> BoolArray:
    slack = COMPARISON_SLACK * batch.unit
    # A slot without a reading holds NaN, which lies in no range.
    inside: BoolArray = (batch.values >= batch.low - slack) & (batch.values <= batch.high + slack)
    return inside & open_slots


STAGES: tuple[Stage, ...] = (Stage(Verdict.CORRECT, 1.0, _in_honest_range),)
"""The stages in the order of marking."""


def mark(batch: Batch, worth: NDArray[np.int64], stages: tuple[Stage, ...] = STAGES) -> Marked:
    """Mark a batch; `worth` are the slots' ticks, (slots,) or (submissions, slots).

    >>> values, statuses = np.array([[0.12, 0.5, np.nan]]), np.array([[0, 0, 1]], np.uint8)
    >>> low, high, unit = (np.full((1, 3), number) for number in (0.1, 0.2, 0.01))
    >>> marked = mark(Batch(values, statuses, low, high, unit), np.array([7, 7, 7]))
    >>> marked.verdicts.tolist(), marked.ticks.tolist()
    ([[0, 4, 5]], [[7, 0, 0]])
    """
    shape = batch.values.shape
    verdicts = np.full(shape, Verdict.WRONG, np.uint8)
    verdicts[batch.statuses == BLANK] = Verdict.BLANK
    verdicts[batch.statuses == UNREADABLE] = Verdict.UNREADABLE
    open_slots: BoolArray = verdicts == Verdict.WRONG
    ticks = np.zeros(shape, np.int64)
    for stage in stages:
        taken = stage.takes(batch, open_slots) & open_slots
        verdicts[taken] = stage.verdict
        earned = np.rint(worth * stage.share).astype(np.int64)
        ticks[taken] = np.broadcast_to(earned, shape)[taken]
        open_slots &= ~taken
    return Marked(verdicts, ticks)
