"""What following through rests on: numbers of this sheet, or numbers from nowhere.

To carry a mistake on is paid. A neighbour's sheet is carried on in itself as well, and so are made-up factors that are
multiplied with care: neither shows that anything of this question was worked.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from grader.marking.batch import Batch
from grader.marking.own import column_of
from grader.marking.verdict import Verdict
from question_bank.derivation import Derivation
from question_bank.mistakes import worked_inside
from question_bank.precision import BoolArray

_FEWEST = 4
"""Numbers worked from the sheet's, before anything is said; fewer may all be wrong by one mistake."""

_PART = 1 / 3
"""The part of them that has to be right, to follow from own numbers or to be a known mistake. Of simulated students
with one or two mistakes nobody has less than half; four of five neighbours' sheets have less than a third."""

_FACTORS = 3
"""Factors of a product, at the least, of which one has to be such before multiplying them shows anything."""


def is_groundless(batch: Batch, verdicts: NDArray[np.uint8], earned: BoolArray) -> BoolArray:
    """True where hardly any number is worked from those that the sheet prints: (submissions,).

    `earned` (submissions, slots) is true where a verdict other than `correct` would be paid for.
    """
    derivation = batch.derivation
    at = np.array(_anchored(derivation), dtype=np.intp)
    explained = _explained(verdicts, earned)
    # A wrong copy of a short number is another short number of the sheet now and then, by mere chance.
    copies = np.array([derivation.step(derivation.slots[slot].step).exact for slot in at.tolist()], dtype=bool)
    explained = explained[:, at] & ~(copies & (verdicts[:, at] == Verdict.MISCONCEPTION))
    # So many numbers are one slip away from a right one that a foreign number is it now and then, too.
    explained &= verdicts[:, at] != Verdict.SLIP
    counts = batch.answers.read[:, at] & ~_trivial(batch)[:, at]
    written = np.count_nonzero(counts, axis=1)
    groundless: BoolArray = (written >= _FEWEST) & (np.count_nonzero(explained & counts, axis=1) < _PART * written)
    return groundless


def is_baseless(batch: Batch, verdicts: NDArray[np.uint8], earned: BoolArray) -> BoolArray:
    """True where a product follows from factors none of which is explained, or a sum from such products alone."""
    derivation, read = batch.derivation, batch.answers.read
    explained, trivial = _explained(verdicts, earned), _trivial(batch)
    baseless = np.zeros(verdicts.shape, dtype=bool)
    for at, slot in enumerate(derivation.slots):
        role = derivation.step(slot.step).role
        if role not in ("product", "gradient", "update"):
            continue
        inputs = {derivation.steps[position].key for position in _reads(derivation, derivation.index[slot.step])}
        column = column_of(slot, derivation) if role == "product" else None
        from_ = [
            number
            for number, other in enumerate(derivation.slots)
            if other.step in inputs and (column is None or other.path == column)
        ]
        written = read[:, from_]
        if role == "product":
            written = written & ~trivial[:, from_]
            made_up = (np.count_nonzero(written, axis=1) >= _FACTORS) & ~(explained[:, from_] & written).any(axis=1)
        else:
            made_up = written.any(axis=1) & ~(written & ~baseless[:, from_]).any(axis=1)
        baseless[:, at] = made_up & (verdicts[:, at] == Verdict.FOLLOW_THROUGH)
    return baseless


def _explained(verdicts: NDArray[np.uint8], earned: BoolArray) -> BoolArray:
    explained: BoolArray = (verdicts == Verdict.CORRECT) | earned
    return explained


def _trivial(batch: Batch) -> BoolArray:
    """True where the right number is 0, 1 or -1, which anybody may write: (submissions, slots)."""
    derivation = batch.derivation
    right = np.stack([batch.reference.values[derivation.index[slot.step]] for slot in derivation.slots], axis=1)
    trivial: BoolArray = np.isin(np.abs(right), (0.0, 1.0))
    return trivial


@lru_cache(maxsize=256)
def _anchored(derivation: Derivation) -> tuple[int, ...]:
    """Slots that are worked from a printed number, if not from a target or the learning rate alone."""
    printed = {derivation.index[key] for key in derivation.givens if not key.startswith("y_") and key != "eta"}
    return tuple(
        at
        for at, slot in enumerate(derivation.slots)
        if (slot.path is None or column_of(slot, derivation))
        and not printed.isdisjoint(_reads(derivation, derivation.index[slot.step]))
    )


def _reads(derivation: Derivation, position: int) -> set[int]:
    """What a step is worked from, also through steps without a slot of their own."""
    programs = (derivation.programs[place] for place in (position, *worked_inside(derivation, position)))
    return {read for program in programs if program is not None for read in program.reads}
