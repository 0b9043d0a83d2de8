"""Submissions that are no working: boxes filled with 0, 1, ½, the givens, or one number everywhere."""

from __future__ import annotations

import numpy as np

from grader.marking.batch import Batch
from question_bank.precision import BoolArray

_PART = 0.9
_FEWEST = 4
_BARE = (0.0, 0.5, 1.0)


def is_filler(batch: Batch, correct: BoolArray) -> BoolArray:
    """True where at least nine tenths of a submission's numbers that are not right are such: (submissions,).

    With fewer than four such numbers nothing is said: a mistake may well write a given, a 0 or a 1, here and there.
    """
    values = np.where(batch.answers.read & ~correct, batch.answers.values, np.nan)
    count = np.count_nonzero(~np.isnan(values), axis=1)
    suspect: BoolArray = count >= _FEWEST
    if not suspect.any():
        return suspect
    rows = np.flatnonzero(suspect)
    values, count = np.ascontiguousarray(values[rows]), count[rows]
    dust = 1e-9 * np.maximum(1.0, np.abs(values))
    # If nine tenths are one number, that number is the median.
    same = np.abs(values - np.nanmedian(values, axis=1, keepdims=True)) <= dust
    bare = np.zeros(values.shape, dtype=bool)
    for constant in _BARE:
        bare |= np.abs(np.abs(values) - constant) <= dust
    for given in batch.reference.values[: len(batch.derivation.givens)]:
        bare |= np.abs(np.abs(values) - np.abs(given[rows, None])) <= dust
    filled = np.maximum(np.count_nonzero(same, axis=1), np.count_nonzero(bare, axis=1))
    suspect[rows] = filled >= _PART * count
    return suspect
