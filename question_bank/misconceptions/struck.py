"""What many mistakes give, made at different steps, step by step for all of them at once.

With few questions, a mistake costs as much as the calls that work it out, and not as its numbers: so each step is
worked once for all mistakes that come to it, over (mistakes, …, questions).
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from question_bank.derivations.derivation import Derivation
from question_bank.expressions.interval import Interval
from question_bank.expressions.precision import Array
from question_bank.expressions.program import Columns, Program
from question_bank.misconceptions.mistakes import Mistake, Over

_Places = NDArray[np.intp] | slice


@dataclass(frozen=True, slots=True, eq=False)
class _Part:
    """One formula at one step, for the mistakes that work it: places among those at the step, and in what it reads."""

    program: Program
    mistaken: bool
    places: slice
    reads: Mapping[int, _Places]

    def changes(self, found: Collection[int]) -> bool:
        """Whether anything is to be changed here, where values were at the positions found."""
        return self.mistaken or any(read in found for read in self.reads)


@dataclass(frozen=True, slots=True, eq=False)
class MistakePlan:
    """In which order mistakes are worked: `at` says by number which mistakes are at a position, and in which order."""

    at: Mapping[int, tuple[int, ...]]
    parts: Mapping[int, Sequence[_Part]]
    steady: Collection[int]
    """Where right values are worked by another formula, which loses fewer digits."""

    def values(self, truth: Columns[Array], *, changed_only: bool = False) -> dict[int, Array]:
        """Mistaken values from right ones (…, rows): (mistakes, …, rows) at each position of `at`.

        Where only what is `changed` is wanted, positions are left out at which every value is the right one.
        """
        found: dict[int, Array] = {}
        for position, parts in self.parts.items():
            if changed_only and position not in self.steady and not any(part.changes(found) for part in parts):
                continue
            right = truth[position]
            # The last is the right value, for who reads it beside a mistake that was made elsewhere.
            column = np.empty((len(self.at[position]) + 1, *np.shape(right)))
            column[-1] = right
            for part in parts:
                read = {at: found[at][places] for at, places in part.reads.items() if at in found}
                column[part.places] = part.program.values(Over(read, truth))
            if not (changed_only and (column == right).all()):
                found[position] = column
        return {position: column[:-1] for position, column in found.items()}

    def ranges(
        self, truth: Columns[Interval], record: Callable[[int, Interval, bool], Interval]
    ) -> dict[int, Interval]:
        """The same of ranges, each as written down: `record(position, range, whether the formula is mistaken)`."""
        found: dict[int, Interval] = {}
        for position, parts in self.parts.items():
            right = truth[position]
            low, high = np.empty((2, len(self.at[position]) + 1, *np.shape(right[0])))
            low[-1], high[-1] = right
            for part in parts:
                read = {at: _some(found[at], places) for at, places in part.reads.items()}
                ends = record(position, part.program.ranges(Over(read, truth)), part.mistaken)
                low[part.places], high[part.places] = ends
            found[position] = low, high
        return {position: (low[:-1], high[:-1]) for position, (low, high) in found.items()}


def _some(interval: Interval, places: _Places) -> Interval:
    low, high = interval
    if isinstance(places, slice):
        return low[places], high[places]
    return low.take(places, axis=0), high.take(places, axis=0)


def plan(derivation: Derivation, mistakes: Sequence[Mistake], positions: Sequence[Iterable[int]]) -> MistakePlan:
    """How to work mistakes up to these positions, of each its own."""
    wanted: dict[int, list[int]] = {}
    for number, some in enumerate(positions):
        for position in {*some}:
            wanted.setdefault(position, []).append(number)
    at: dict[int, tuple[int, ...]] = {}
    parts: dict[int, list[_Part]] = {}
    places: dict[int, dict[int, int]] = {}
    for position in sorted(wanted):
        right = derivation.program_of(position)  # only computed steps are struck or follow from one
        # By identity: to compare formulas costs more than to work one twice.
        by_program: dict[int, tuple[Program, list[int]]] = {}
        for number in wanted[position]:
            program = mistakes[number].exchanged.get(position, right)
            by_program.setdefault(id(program), (program, []))[1].append(number)
        # Those of one formula stand in a row, so that what it gives is written in one piece.
        at[position] = tuple(number for _, numbers in by_program.values() for number in numbers)
        here = places[position] = {number: place for place, number in enumerate(at[position])}
        parts[position] = [
            _Part(
                program,
                program is not right,
                slice(here[numbers[0]], here[numbers[-1]] + 1),
                # A mistaken formula may read what comes later: there it takes what is right.
                {
                    read: _together(known.get(number, len(known)) for number in numbers)
                    for read in program.reads
                    if read != position and not (known := places.get(read, {})).keys().isdisjoint(numbers)
                },
            )
            for program, numbers in by_program.values()
        ]
    return MistakePlan(at, parts, derivation.steady.keys())


def _together(places: Iterable[int]) -> _Places:
    """Places as a slice, which copies nothing, if they stand in a row."""
    some = np.fromiter(places, dtype=np.intp)
    return slice(int(some[0]), int(some[-1]) + 1) if (np.diff(some) == 1).all() else some
