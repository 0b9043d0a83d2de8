"""A 0, 1 or -1 that comes of misread givens: one mistake like any other, and no box that was merely filled."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from grader.marking.batch import Batch, Rows
from grader.marking.misreadings import one_step_misread
from grader.marking.slot_view import SlotView
from grader.marking.support import steps_with
from grader.marking.tried import MisreadTrial
from question_bank.expressions.precision import BoolArray


def misread_bare(batch: Batch, view_of: Callable[[int, Rows], SlotView]) -> BoolArray:
    """True where a bare number of the forward pass is the only one that nothing explains, and a misreading gives it.

    (submissions, slots). `view_of(slot, rows)` looks at a slot of some submissions.
    """
    derivation = batch.derivation
    found = np.zeros(batch.answers.values.shape, dtype=bool)
    every = np.arange(len(found))
    for at, slot in enumerate(derivation.slots):
        if derivation.step(slot.step).role not in ("forward", "factor"):
            continue
        found[:, at] = view_of(at, every).is_unexplained_bare
    forward = np.array([derivation.step(slot.step).role == "forward" for slot in derivation.slots])
    found &= forward & (steps_with(derivation, found) == 1)[:, None]
    rows = np.flatnonzero(found.any(axis=1))
    if len(rows):
        given = MisreadTrial(batch.take(rows), one_step_misread).reach(found[rows], 1)
        found[rows[~given]] = False
    return found
