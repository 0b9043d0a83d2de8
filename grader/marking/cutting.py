"""Ranges where records may have been cut off instead of rounded: 2.79678 becomes 2.7967."""

from __future__ import annotations

import numpy as np

from grader.marking.batch import Reference
from question_bank.derivations.derivation import Derivation
from question_bank.derivations.evaluate import places_of, widen
from question_bank.expressions.interval import Interval, shaped
from question_bank.expressions.precision import Places, Precision
from question_bank.expressions.program import Columns, OnDemand


def cut(interval: Interval, places: Places | None) -> Interval:
    """The range after a record that was rounded or cut off: towards 0 each end moves by a whole unit, else by half.

    >>> low, high = cut((np.array([0.31996]), np.array([0.32004])), Places.parse("4d"))
    >>> print(low.round(6), high.round(6))
    [0.31986] [0.32009]
    """
    if places is None or places.exact:
        return interval
    low, high = interval
    with np.errstate(invalid="ignore"):
        down = np.where(low > 0, 1.0, 0.5) * places.one_unit(low)
        up = np.where(high < 0, 1.0, 0.5) * places.one_unit(high)
    return low - down, high + up


def before_cutting(interval: Interval, places: Places | None) -> Interval:
    """What a record, given with half a unit around it, may have been cut from: away from 0 it reaches a whole one."""
    if places is None or places.exact:
        return interval
    low, high = interval
    with np.errstate(invalid="ignore"):
        middle = 0.5 * (low + high)
        # A right copy of an exact number was neither rounded nor cut.
        reach = np.where(high > low, 0.5 * places.one_unit(middle), 0.0)
        return np.where(middle <= 0, low - reach, low), np.where(middle >= 0, high + reach, high)


def cut_columns(reference: Reference) -> list[Interval]:
    """Ranges of all steps where every record may be cut off, columns of (submissions,)."""
    derivation, precision = reference.derivation, reference.precision
    columns = [reference.ranges[position] for position in range(len(derivation.givens))]
    shape = np.shape(columns[0][0])
    for position in range(len(columns), len(derivation.steps)):
        copied = derivation.copies.get(position)
        if copied is None:
            worked = derivation.program_of(position).ranges(columns)
            columns.append(shaped(cut(worked, places_of(derivation.steps[position], derivation, precision)), shape))
        else:
            columns.append(widen(reference.points[copied], precision.forward, precision))
    return columns


def perhaps_cut(own: Columns[Interval], derivation: Derivation, precision: Precision) -> Columns[Interval]:
    """A student's own numbers as a formula's columns, each as it may have been before it was cut off."""

    def before(position: int) -> Interval:
        step = derivation.steps[position]
        places = None
        if step.role != "given":
            # A wrong copy of an exact number is a number like any other.
            places = places_of(step, derivation, precision) or precision.of(step.role)
        return before_cutting(own[position], places)

    return OnDemand(before)
