"""A derivation on numbers: values, and the ranges that honest rounding may give.

Arrays are (batch, steps); a batch of one is one question. Columns are contiguous (Fortran order), since every
operation works along the batch.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from question_bank.derivations.derivation import Derivation
from question_bank.derivations.steps import Step
from question_bank.expressions.interval import Interval, joined
from question_bank.expressions.precision import COMPARISON_SLACK, Array, BoolArray, Places, Precision


def evaluate(derivation: Derivation, givens: Array) -> Array:
    """Values of all steps: givens (batch, givens) → (batch, steps)."""
    columns = value_columns(derivation, [np.ascontiguousarray(column) for column in np.asarray(givens, float).T])
    return stack(columns)


def value_columns(derivation: Derivation, givens: Sequence[Array]) -> list[Array]:
    """The same on lists of columns, each (batch,)."""
    expected = len(derivation.givens)
    if len(givens) != expected:
        keys = ", ".join(given.key for given in derivation.givens)
        raise ValueError(f"{len(givens)} columns of givens; expected {expected}: {keys}")
    shape = np.shape(givens[0])
    columns = list(givens)
    for position in range(expected, len(derivation.steps)):
        program = derivation.steady.get(position) or derivation.program_of(position)
        value = program.values(columns)
        columns.append(value if np.shape(value) == shape else np.full(shape, value))
    return columns


def printed_lines(derivation: Derivation, givens: Sequence[Array], precision: Precision) -> list[Array]:
    """All givens of a worked solution: the network's, and each line over those printed before it, rounded.

    One of the lines is worked by a mistaken formula, and those that only copy a given are printed as that is.
    """
    columns = [np.asarray(column, dtype=float) for column in givens]
    for step in derivation.steps[len(givens) : len(derivation.givens)]:
        with np.errstate(all="ignore"):
            value = np.broadcast_to(derivation.others[len(columns)][0].values(columns), np.shape(columns[0]))
            columns.append(value if step.printed_as is None else precision.of(step.printed_as).round(value))
    return columns


def stack(columns: Sequence[Array]) -> Array:
    """Columns as one (batch, steps) array whose columns are contiguous."""
    return np.stack(columns).T


def places_of(step: Step, derivation: Derivation, precision: Precision) -> Places | None:
    """The recorded places of a step, or None where it is exact, or not recorded: worked inside a box."""
    if step.exact:
        return None
    inside = step.name in derivation.carried
    if inside and not derivation.layout.scratch:
        return None
    if inside or (derivation.layout.scratch and step.kind in ("preactivation", "exponential", "sum")):
        if precision.scratch is None:
            raise ValueError("a layout with scratch steps needs a precision with scratch decimals")
        return Places(precision.scratch, "d")
    return precision.of(step.role)


def widen(interval: Interval, places: Places | None, precision: Precision) -> Interval:
    """The range after an honest record: each end moves out by its own half unit (a whole one with truncation)."""
    if places is None or places.exact:
        return interval
    low, high = interval
    if places.kind == "d":
        reach = precision.widening * 10.0**-places.count
        return low - reach, high + reach
    with np.errstate(invalid="ignore"):
        return low - precision.widening * places.unit(low), high + precision.widening * places.unit(high)


def recorded(
    interval: Interval, step: Step, derivation: Derivation, precision: Precision, *, mistaken: bool = False
) -> Interval:
    """A step's range after it was written down, or as it is where the step is exact.

    What is mistaken is computed and rounded like any other number, also where the right one would only be copied.
    """
    places = places_of(step, derivation, precision)
    if places is None and mistaken and step.name not in derivation.carried:
        places = precision.of(step.role)
    return widen(interval, places, precision)


def range_columns(
    derivation: Derivation,
    givens: Sequence[Interval],
    precision: Precision,
) -> list[Interval]:
    """Honest ranges of all steps from ranges of the givens (points, normally).

    Of equal formulas the printed one is enough where the range of what it reads holds what the others give (a slope
    from h, since h was worked from a and rounded again); where it is not, the others are in `Derivation.wider`. A copy
    of a printed forward value is that number, up to its rounding, and no more.
    """
    columns = list(givens)
    for position in derivation.others:
        # A line that only copies a given prints all of it.
        if position < len(givens) and derivation.steps[position].printed_as is not None:
            columns[position] = _as_printed(derivation, position, columns, precision)
    shape = np.shape(columns[0][0])
    for position in range(len(givens), len(derivation.steps)):
        if (copied := derivation.copies.get(position)) is not None:
            columns.append(widen(givens[copied], precision.forward, precision))
            continue
        found = derivation.program_of(position).ranges(columns)
        if position in derivation.wider:
            found = joined(found, *(other.ranges(columns) for other in derivation.wider[position]))
        low, high = recorded(found, derivation.steps[position], derivation, precision)
        if np.shape(low) != shape:
            exact = low is high
            low = np.full(shape, low)
            high = low if exact else np.full(shape, high)
        columns.append((low, high))
    return columns


def _as_printed(derivation: Derivation, position: int, columns: Sequence[Interval], precision: Precision) -> Interval:
    """What a printed value may be taken for: what it was rounded from, or what works it anew.

    That is half a unit around it, joined with the record of what its formula gives over the values before it; unless
    it was not rounded at all, or (in a network that a person wrote down) is no rounding of its formula.
    """
    printed, role = columns[position], derivation.steps[position].printed_as
    assert role is not None  # asked before
    places = precision.of(role)
    around = widen(printed, places, precision)
    slack = COMPARISON_SLACK * places.unit(printed[0])
    low, high = joined(*(program.ranges(columns) for program in derivation.others[position]))
    unrounded = (np.abs(low - printed[0]) <= slack) & (np.abs(high - printed[1]) <= slack)
    again = widen((low, high), places, precision)
    meets = (low <= around[1] + slack) & (high >= around[0] - slack)
    return (
        np.where(unrounded, printed[0], np.where(meets, np.minimum(around[0], again[0]), around[0])),
        np.where(unrounded, printed[1], np.where(meets, np.maximum(around[1], again[1]), around[1])),
    )


def honest_ranges(derivation: Derivation, givens: Array, precision: Precision) -> tuple[Array, Array]:
    """H(s) of every step: givens (batch, givens) → low, high, each (batch, steps)."""
    points = [(column, column) for column in map(np.ascontiguousarray, np.asarray(givens, float).T)]
    columns = range_columns(derivation, points, precision)
    return stack([low for low, _ in columns]), stack([high for _, high in columns])


def kinks(derivation: Derivation, columns: Sequence[Interval]) -> BoolArray:
    """True where any step's honest inputs touch a kink, a tie or a zero divisor: (batch,)."""
    touched = np.zeros(np.shape(columns[0][0]), dtype=bool)
    for _, found in kinks_at(derivation, columns):
        touched = touched | found
    return touched


def kinks_at(derivation: Derivation, columns: Sequence[Interval]) -> Iterator[tuple[int, BoolArray]]:
    """The positions of the steps that have a kink, a tie or a divisor, and where their inputs touch it: (batch,)."""
    for position, program in enumerate(derivation.programs):
        if program is not None and (found := program.hazards(columns)) is not None:
            yield position, found
