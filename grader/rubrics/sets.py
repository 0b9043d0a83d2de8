"""What a set of ticks earns: right ticks less wrong ones, over the right ones there are, and never below 0.

So whoever ticks everything earns nothing, or hardly anything, and neither does whoever ticks nothing. A box without a
tick is worth nothing by itself: what a set is worth is shared by the boxes that are to be ticked.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from question_bank.derivations.kinds import AnswerForm

Ticks = NDArray[np.int64]
Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]


def set_part(right: int, wrong: int, to_tick: int) -> Fraction:
    """The part of a set's marks for so many right and wrong ticks, of so many boxes that are to be ticked.

    >>> set_part(5, 1, 6), set_part(2, 3, 6), set_part(6, 0, 6)
    (Fraction(2, 3), Fraction(0, 1), Fraction(1, 1))
    """
    return Fraction(max(0, right - wrong), to_tick) if to_tick else Fraction(0)


def tick_columns(forms: Sequence[AnswerForm]) -> NDArray[np.intp]:
    """Which of the slots are ticks."""
    return np.flatnonzero([form == "tick" for form in forms])


def worth_of_ticks(forms: Sequence[AnswerForm], right: Floats, worth: Ticks) -> Ticks:
    """The worth of slots, (submissions, slots), with that of a set on the boxes that are to be ticked.

    `right` are the right values, `worth` what the rubric gives: it sums to the same for every submission.
    """
    columns = tick_columns(forms)
    if not len(columns):
        return worth
    shared = worth.copy()
    shared[:, columns] = _shared_out(worth[:, columns].sum(axis=1), right[:, columns] == 1)
    return shared


def earned_by_ticks(forms: Sequence[AnswerForm], ticked: Floats, right: Floats, worth: Ticks) -> Ticks:
    """What each box of a set earns, (submissions, ticks): the right ticks share what the set earns evenly."""
    columns = tick_columns(forms)
    own, to_tick = ticked[:, columns] == 1, right[:, columns] == 1
    good, bad = (own & to_tick).sum(axis=1), (own & ~to_tick).sum(axis=1)
    whole = worth[:, columns].sum(axis=1).tolist()
    counts = zip(whole, good.tolist(), bad.tolist(), to_tick.sum(axis=1).tolist(), strict=True)
    earned = np.array([round(set_part(g, b, of) * ticks) for ticks, g, b, of in counts], dtype=np.int64)
    return _shared_out(earned, own & to_tick)


def _shared_out(ticks: Ticks, boxes: Flags) -> Ticks:
    """Whole numbers, (submissions,), shared evenly by some boxes, (submissions, boxes); the first get what is left."""
    each, left = np.divmod(ticks, np.maximum(boxes.sum(axis=1), 1))
    nth = np.cumsum(boxes, axis=1) <= left[:, None]
    return np.where(boxes, each[:, None] + nth, 0)
