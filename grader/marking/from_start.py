"""What each misconception, made anywhere on the way to a step, gives at that step, all else right: many at once.

A step is worked once for all mistakes that reach it, and once for each mistaken formula. Where no mistake reaches, it
keeps its one range for all of them.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from grader.marking.batch import Rows
from question_bank.derivations.derivation import Derivation
from question_bank.derivations.evaluate import recorded
from question_bank.expressions.interval import Interval, select
from question_bank.expressions.precision import Precision
from question_bank.expressions.program import Columns, Program
from question_bank.misconceptions.mistakes import Mistake

_MOST_AT_ONCE = 65_536


def ranges_from_start(
    derivation: Derivation, precision: Precision, reference: Columns[Interval], mistakes: Sequence[Mistake], at: int
) -> Interval:
    """The range at a step for each mistake, which all reach it: (mistakes, rows).

    `reference` are the honest ranges of all steps, columns of (rows,).
    """
    count = len(reference[at][0])
    part = max(1, _MOST_AT_ONCE // max(1, count))
    low, high = np.empty((2, len(mistakes), count))
    for first in range(0, len(mistakes), part):
        some = slice(first, first + part)
        stations, places = _plan(derivation, tuple(mistakes[some]), at)
        known = _worked(derivation, precision, reference, stations, count)
        low[some], high[some] = select(known[at], places)
    return low, high


@dataclass(frozen=True, slots=True, eq=False)
class _Formula:
    """A formula of a step for some of the mistakes, whose ranges stand there from `first` up to `last`.

    `reads` says where theirs stand at each step that it reads: None where none of them reaches that.
    """

    program: Program
    mistaken: bool
    first: int
    last: int
    reads: tuple[tuple[int, Rows | slice | None], ...]


@dataclass(frozen=True, slots=True, eq=False)
class _Station:
    """A step that so many mistakes reach, each by one of the formulas."""

    position: int
    count: int
    formulas: tuple[_Formula, ...]


@lru_cache(maxsize=256)
def _plan(derivation: Derivation, mistakes: tuple[Mistake, ...], at: int) -> tuple[tuple[_Station, ...], Rows]:
    """The steps that the mistakes reach up to one, in order, and where each mistake's range stands at the last."""
    reached: defaultdict[int, list[int]] = defaultdict(list)
    for number, mistake in enumerate(mistakes):
        for position in (*mistake.exchanged, *mistake.cone):
            reached[position].append(number)
    stations: list[_Station] = []
    places: dict[int, dict[int, int]] = {}
    for position in sorted(position for position in reached if position <= at):
        right = derivation.programs[position]
        assert right is not None  # givens are never recomputed
        # By identity: to compare formulas costs more than to work one twice.
        groups: dict[int, tuple[Program, list[int]]] = {}
        for number in reached[position]:
            program = mistakes[number].exchanged.get(position, right)
            groups.setdefault(id(program), (program, []))[1].append(number)
        order = [number for _, numbers in groups.values() for number in numbers]
        formulas, first = [], 0
        for program, numbers in groups.values():
            # What is worked later (a weight already updated, factors of a later column) is right.
            reads = tuple((read, _places(places.get(read, {}), numbers)) for read in program.reads)
            formulas.append(_Formula(program, program is not right, first, first + len(numbers), reads))
            first += len(numbers)
        places[position] = {number: place for place, number in enumerate(order)}
        stations.append(_Station(position, len(order), tuple(formulas)))
    return tuple(stations), np.array([places[at][number] for number in range(len(mistakes))], np.intp)


def _places(there: dict[int, int], numbers: Sequence[int]) -> Rows | slice | None:
    """Where some mistakes' ranges stand at a step, the right one behind all others; a slice if they stand in order."""
    if there.keys().isdisjoint(numbers):
        return None
    places = [there.get(number, len(there)) for number in numbers]
    if places == list(range(places[0], places[0] + len(places))):
        return slice(places[0], places[0] + len(places))
    return np.array(places, np.intp)


def _worked(
    derivation: Derivation,
    precision: Precision,
    reference: Columns[Interval],
    stations: Sequence[_Station],
    count: int,
) -> dict[int, Interval]:
    """The steps' ranges with each mistake made: (mistakes + 1, rows), of which the last is the right one."""
    known: dict[int, Interval] = {}
    for station in stations:
        step = derivation.steps[station.position]
        low, high = np.empty((2, station.count + 1, count))
        low[-1], high[-1] = reference[station.position]
        for formula in station.formulas:
            columns = {
                read: reference[read] if places is None else _some(known[read], places)
                for read, places in formula.reads
            }
            ends = recorded(formula.program.ranges(columns), step, derivation, precision, mistaken=formula.mistaken)
            low[formula.first : formula.last], high[formula.first : formula.last] = ends
        known[station.position] = low, high
    return known


def _some(interval: Interval, places: Rows | slice) -> Interval:
    low, high = interval
    if isinstance(places, slice):
        return low[places], high[places]
    return low.take(places, axis=0), high.take(places, axis=0)
