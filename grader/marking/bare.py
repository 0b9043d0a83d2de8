"""A 0, 1 or -1 that is one mistake like any other, and no box that was merely filled.

It may come of misread givens, of a wrong rule that shows at other numbers too, or be the only such number of a sheet
on which nearly all else was worked.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from grader.marking.batch import Batch, Rows, is_bare
from grader.marking.misreadings import one_step_misread
from grader.marking.own_rules import by_own_rules
from grader.marking.slot_view import SlotView
from grader.marking.support import fills, steps_with, worked_slots
from grader.marking.tried import MisreadTrial
from grader.marking.verdict import Verdict, among, are
from question_bank.derivations.derivation import Derivation
from question_bank.expressions.names import Name
from question_bank.expressions.precision import BoolArray

_MUCH = 4
"""How many worked steps there are, at the least, for each that is 0, or a copy, because of a bare number alone."""


def misread_bare(batch: Batch, view_of: Callable[[int, Rows], SlotView]) -> BoolArray:
    """True where a bare number of the forward pass is the only one that nothing explains, and a misreading gives it.

    (submissions, slots). `view_of(slot, rows)` looks at a slot of some submissions.
    """
    derivation = batch.derivation
    found = np.zeros(batch.answers.values.shape, dtype=bool)
    forward = np.array([derivation.step(slot.step).role == "forward" for slot in derivation.slots])
    bare = is_bare(batch.answers.values)
    some = np.flatnonzero((bare & forward).any(axis=1))
    several = np.zeros(len(found), np.intp)
    for slots in _slots_by_step(derivation):
        # Who has two of them already is not looked at any more.
        some = some[several[some] < 2]
        if not len(some):
            break
        for at in slots:
            rows = some[bare[some, at]]
            if len(rows):
                found[rows, at] = view_of(at, rows).is_unexplained_bare_here
        several += found[:, slots].any(axis=1)
    found &= forward & (steps_with(derivation, found) == 1)[:, None]
    rows = np.flatnonzero(found.any(axis=1))
    if len(rows):
        given = MisreadTrial(batch.take(rows), one_step_misread).reach(found[rows], 1)
        found[rows[~given]] = False
    return found


def mistakenly_bare(
    batch: Batch, verdicts: NDArray[np.uint8], explained: BoolArray
) -> tuple[Rows, BoolArray, BoolArray]:
    """Bare numbers that may be mistakes like any other: the submissions, in order, and where, (those, slots).

    Of what was judged: `explained` (submissions, slots) is true where a number is right, paid or a known mistake. Last
    comes where such a number is wrong by a rule of the student's own.
    """
    numbers = batch.answers.read & np.array([form == "number" for form in batch.derivation.forms])
    bare = numbers & is_bare(batch.answers.values) & are(verdicts, Verdict.WRONG)
    lost = numbers & are(verdicts, Verdict.FOLLOW_THROUGH) & ~explained
    rows = np.flatnonzero(bare.any(axis=1) & lost.any(axis=1))
    if not len(rows):
        return rows, bare[rows], bare[rows]
    some, bare = batch.take(rows), bare[rows]
    wrong = among(verdicts[rows], (Verdict.WRONG, Verdict.SLIP)) & numbers[rows] & ~fills(some)
    ruled = bare & by_own_rules(some, wrong, bare)
    alone = steps_with(batch.derivation, bare & ~ruled) == 1
    bare &= ruled | alone[:, None]
    here = np.flatnonzero(bare.any(axis=1))
    return rows[here], bare[here], ruled[here]


def is_one_mistake(
    batch: Batch,
    bare: BoolArray,
    ruled: BoolArray,
    verdicts: NDArray[np.uint8],
    before: BoolArray,
    after: BoolArray,
) -> BoolArray:
    """Where `bare` numbers, (submissions, slots), are one mistake on a sheet that was worked otherwise: (submissions,).

    `ruled` are those of them that are wrong by a rule of the student's own; `before` and `after` (submissions, slots)
    are what is explained if they are no mistake like others, and if they are.
    """
    derivation = batch.derivation
    shown = among(verdicts, (Verdict.CORRECT, Verdict.FOLLOW_THROUGH)) & before & ~is_bare(batch.answers.values)
    worked = steps_with(derivation, shown & worked_slots(derivation))
    rests = steps_with(derivation, after & ~before)
    found: BoolArray = (rests > 0) & ((worked >= _MUCH * rests) | (bare == ruled).all(axis=1))
    return found


@lru_cache(maxsize=256)
def _slots_by_step(derivation: Derivation) -> list[list[int]]:
    """The slots of every step of the forward pass and of every factor."""
    slots: dict[Name, list[int]] = {}
    for at, slot in enumerate(derivation.slots):
        if derivation.step(slot.step).role in ("forward", "factor"):
            slots.setdefault(slot.step, []).append(at)
    return [*slots.values()]
