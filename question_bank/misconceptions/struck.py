"""What many mistakes give, made at different steps, step by step for all of them at once.

With few questions, a mistake costs as much as the calls that work it out, and not as its numbers: so each step is
worked once for all mistakes that come to it, over (mistakes, …, questions).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from question_bank.derivations.derivation import Derivation
from question_bank.expressions.precision import Array
from question_bank.expressions.program import Columns, Program
from question_bank.misconceptions.mistakes import Mistake

_Places = NDArray[np.intp] | slice


@dataclass(frozen=True, slots=True, eq=False)
class _Part:
    """One formula at one step, for the mistakes that work it: places among those at the step, and in what it reads."""

    program: Program
    places: _Places
    reads: Mapping[int, _Places]


@dataclass(frozen=True, slots=True, eq=False)
class MistakePlan:
    """In which order mistakes are worked: `at` says for a position which mistakes are, by number, in their order."""

    at: Mapping[int, tuple[int, ...]]
    parts: Mapping[int, Sequence[_Part]]

    def values(self, truth: Sequence[Array]) -> dict[int, Array]:
        """Mistaken values from right ones (…, rows): (mistakes, …, rows) at each position of `at`."""
        found: dict[int, Array] = {}
        for position, parts in self.parts.items():
            right = truth[position]
            # The last is the right value, for who reads it beside a mistake that was made elsewhere.
            column = np.empty((len(self.at[position]) + 1, *np.shape(right)))
            column[-1] = right
            for part in parts:
                column[part.places] = part.program.values(_Read(found, truth, part.reads))
            found[position] = column
        return {position: column[:-1] for position, column in found.items()}


class _Read:
    """The columns that a formula reads: mistaken ones where there are some."""

    def __init__(self, found: Mapping[int, Array], truth: Columns[Array], places: Mapping[int, _Places]) -> None:
        self._found, self._truth, self._places = found, truth, places

    def __getitem__(self, position: int, /) -> Array:
        places = self._places.get(position)
        return self._truth[position] if places is None else self._found[position][places]


def plan(derivation: Derivation, mistakes: Sequence[Mistake], positions: Sequence[Iterable[int]]) -> MistakePlan:
    """How to work mistakes up to these positions, of each its own."""
    at: dict[int, list[int]] = {}
    for number, wanted in enumerate(positions):
        for position in {*wanted}:
            at.setdefault(position, []).append(number)
    places = {position: {number: place for place, number in enumerate(numbers)} for position, numbers in at.items()}
    parts: dict[int, list[_Part]] = {}
    for position in sorted(at):
        by_program: dict[int, tuple[Program, list[int]]] = {}
        for number in at[position]:
            program = mistakes[number].exchanged.get(position) or derivation.programs[position]
            assert program is not None  # only computed steps are struck or follow from one
            by_program.setdefault(id(program), (program, []))[1].append(number)
        parts[position] = [
            _Part(
                program,
                _together(places[position][number] for number in numbers),
                _reads(program, position, numbers, places),
            )
            for program, numbers in by_program.values()
        ]
    return MistakePlan({position: tuple(at[position]) for position in parts}, parts)


def _reads(
    program: Program, at: int, numbers: Sequence[int], places: Mapping[int, Mapping[int, int]]
) -> dict[int, _Places]:
    found = {}
    for position in program.reads:
        # A mistaken formula may read what comes later: there it takes what is right.
        known = places.get(position, {}) if position < at else {}
        if not known.keys().isdisjoint(numbers):
            found[position] = _together(known.get(number, len(known)) for number in numbers)
    return found


def _together(places: Iterable[int]) -> _Places:
    """Places as a slice, which copies nothing, if they stand in a row."""
    some = np.fromiter(places, dtype=np.intp)
    return slice(int(some[0]), int(some[-1]) + 1) if (np.diff(some) == 1).all() else some
