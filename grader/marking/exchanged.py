"""What a box comes to where formulas are exchanged for mistaken ones, at its step or at steps worked inside it."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache

import numpy as np

from question_bank.derivations.derivation import Derivation
from question_bank.derivations.evaluate import recorded
from question_bank.expressions.interval import Interval
from question_bank.expressions.precision import Precision
from question_bank.expressions.program import Columns, OnDemand, Program
from question_bank.misconceptions.mistakes import Catalogue, EquivalenceClass, slips_at, steps_inside


@lru_cache(maxsize=4096)
def ways_to_exchange(
    derivation: Derivation, position: int, catalogue: Catalogue
) -> tuple[tuple[EquivalenceClass, ...], tuple[list[dict[int, Program]], ...]]:
    """The classes of what can be mistaken at a step, and of each the different ways to exchange formulas."""
    classes = slips_at(derivation, position, catalogue)
    return classes, tuple(
        [dict(strike) for strike in dict.fromkeys(tuple(one.exchanged.items()) for one in equivalent.mistakes)]
        for equivalent in classes
    )


def own_and_right(derivation: Derivation, own: Columns[Interval], reference: Columns[Interval]) -> Columns[Interval]:
    """Own inputs and the reference's as a formula's columns, one above the other; what the sheet prints stands once."""

    def stacked(position: int) -> Interval:
        right = reference[position]
        if derivation.steps[position].role == "given":
            return right
        (low, high), (right_low, right_high) = own[position], right
        return np.array([low, right_low]), np.array([high, right_high])

    return OnDemand(stacked)


def struck_range(
    derivation: Derivation,
    precision: Precision,
    position: int,
    exchanged: Mapping[int, Program],
    inputs: Columns[Interval],
) -> Interval:
    """What comes out at a step, recorded, with formulas exchanged, at this step or at ones worked inside its box."""

    def written(at: int, interval: Interval) -> Interval:
        return recorded(interval, derivation.steps[at], derivation, precision, mistaken=True)

    here = exchanged.get(position) or derivation.program_of(position)
    if position in exchanged and len(exchanged) == 1:
        return written(position, here.ranges(inputs))
    inside = steps_inside(derivation, position)
    read = {p for at in inside for p in derivation.program_of(at).reads}
    columns = {p: inputs[p] for p in (*read, *here.reads)}
    changed = {*exchanged}
    for at in inside:
        if at in exchanged or not changed.isdisjoint(derivation.program_of(at).reads):
            changed.add(at)
            program = exchanged.get(at) or derivation.program_of(at)
            columns |= {p: inputs[p] for p in program.reads if p not in columns}
            columns[at] = written(at, program.ranges(columns))
    return written(position, here.ranges(columns))
