"""One mistake made by itself, step after step: what the work on many at once is held against."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from question_bank.derivations.derivation import Derivation
from question_bank.derivations.evaluate import recorded
from question_bank.expressions.interval import Interval, joined
from question_bank.expressions.precision import Array, Precision
from question_bank.misconceptions import CATALOGUE, Site
from question_bank.misconceptions.mistakes import Mistake
from question_bank.questions.question import Question


def mistaken_values(truth: Sequence[Array], mistake: Mistake, derivation: Derivation) -> list[Array]:
    """All steps' values when the mistake is made: columns of (batch,) in, and out."""
    columns = list(truth)
    for position in sorted({*mistake.exchanged, *mistake.cone}):
        program = mistake.exchanged.get(position) or derivation.programs[position]
        assert program is not None
        columns[position] = np.broadcast_to(program.values(columns), np.shape(truth[position]))
    return columns


def mistaken_ranges(
    honest: Sequence[Interval], mistake: Mistake, derivation: Derivation, precision: Precision
) -> list[Interval]:
    """All steps' ranges when the mistake is made, each from the ranges of what it reads."""
    columns = list(honest)
    for position in sorted({*mistake.exchanged, *mistake.cone}):
        mistaken = position in mistake.exchanged
        program = mistake.exchanged.get(position) or derivation.programs[position]
        assert program is not None
        found = program.ranges(columns)
        if not mistaken and position in derivation.wider:
            found = joined(found, *(other.ranges(columns) for other in derivation.wider[position]))
        low, high = recorded(found, derivation.steps[position], derivation, precision, mistaken=mistaken)
        shape = np.shape(honest[position][0])
        columns[position] = np.broadcast_to(low, shape), np.broadcast_to(high, shape)
    return columns


def mistaken(question: Question, key: str) -> dict[str, list[float]]:
    """What each known mistake makes of one step, by the misconception's id: a number for each of its formulas."""
    derivation = question.derivation
    columns = [np.array([value]) for value in question.values]
    site = Site(derivation, derivation.step(key))
    return {
        entry.id: [float(np.ravel(derivation.program(formula).values(columns))[0]) for formula in formulas]
        for entry in CATALOGUE
        if site.step.kind in entry.kinds and (formulas := entry.mistaken(site))
    }
