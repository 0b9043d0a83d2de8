"""Rule 2 for values: no mistake gives the right number by chance, nor one like a slip of the pen of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from question_bank.derivations.derivation import Derivation
from question_bank.derivations.evaluate import value_columns
from question_bank.expressions.precision import Array, BoolArray, Precision
from question_bank.expressions.program import OnDemand
from question_bank.misconceptions.mistakes import Mistake
from question_bank.misconceptions.struck import MistakePlan, plan
from question_bank.networks.losses import LOSSES
from question_bank.networks.model import givens_of
from question_bank.questions.batch import CandidateBatch
from question_bank.questions.like_slips import MistakenValues, like_slips
from question_bank.questions.recipe import Fairness
from question_bank.questions.still_wanted import LIKELY, FirstFew
from question_bank.questions.tried_mistakes import (
    by_rejection,
    decisive_steps,
    differs_from,
    first_of_each,
    in_turn,
    seen_and_worked,
    shown_at,
    stays_in_a_box,
)

_NEARBY_DRAWS = 2
_LITTLE = 1e-3
"""How far, as a part of them, numbers are moved to see whether a mistake changes nothing by chance."""


def reject_by_chance(
    derivation: Derivation, batch: CandidateBatch, fairness: Fairness, rejections: Counter[str]
) -> None:
    """Drop what a mistake leaves as it is by chance."""
    if not len(batch.rows):
        return
    failed = np.zeros(len(batch.rows), dtype=bool)
    for together, by_chance in right_by_chance(derivation, batch, fairness):
        each = by_chance & ~failed
        for mistake, first in zip(together, first_of_each(each), strict=True):
            if first:
                rejections[f"rule 2: {mistake.misconception}, by chance"] += first
        failed |= each.any(axis=0)
    batch.drop(failed)
    batch.compact()


def right_by_chance(
    derivation: Derivation, batch: CandidateBatch, fairness: Fairness, *, zeros_move: bool = False
) -> Iterator[tuple[tuple[Mistake, ...], BoolArray]]:
    """Some mistakes after others, and where they leave what they strike as it is by chance: (mistakes, rows).

    That a given is 0 is a chance only where `zeros_move`.
    """
    tried = by_rejection(derivation)
    unseen = _unseen(derivation, batch)
    perhaps = np.zeros(len(batch.rows), dtype=bool)
    for same in unseen.values():
        perhaps |= np.logical_or.reduce([*same.values()])
    # Of most rows nothing is asked, and of each mistake something only on some of the rest.
    asked = np.flatnonzero(perhaps)
    if not len(asked):
        return
    nearby = _nearby(derivation, [column[asked] for column in batch.values], zeros_move)
    for numbers in in_turn(derivation, len(asked)):
        here = {number: unseen[number] for number in numbers if number in unseen}
        if here:
            yield tried[numbers.start : numbers.stop], _by_chance(derivation, nearby, asked, fairness, numbers, here)


def _unseen(derivation: Derivation, batch: CandidateBatch) -> dict[int, dict[int, BoolArray]]:
    """By the number of a mistake and by step, where that changes nothing on the numbers drawn: (rows,)."""
    found: dict[int, dict[int, BoolArray]] = {}
    places: dict[int, NDArray[np.intp]] = {}
    for number, mistake in enumerate(by_rejection(derivation)):
        unseen = batch.unseen.get(mistake)
        if unseen is None:
            continue
        if id(unseen.rows) not in places:
            # Both are sorted, and every row that passed was there when the mistake was tried.
            places[id(unseen.rows)] = np.searchsorted(unseen.rows, batch.rows)
        kept = places[id(unseen.rows)]
        same = {position: where[kept] for position, where in unseen.same.items()}
        if any(where.any() for where in same.values()):
            found[number] = same
    return found


def _by_chance(
    derivation: Derivation,
    nearby: Sequence[Array],
    asked: NDArray[np.intp],
    fairness: Fairness,
    numbers: range,
    unseen: Mapping[int, Mapping[int, BoolArray]],
) -> BoolArray:
    """True where a mistake changes nothing on the numbers drawn, but does on numbers moved a little.

    It lands on the right value by chance. (|p| of a positive p is no such chance, nor is 1 - y at y = 1.) The mistakes
    are made at any steps: (mistakes, rows). `nearby` are numbers of the rows that are `asked`.
    """
    looking, looked_at = _looking(derivation, numbers, fairness.zero_paths)
    same = {number: np.logical_or.reduce([*steps.values()]) for number, steps in unseen.items()}
    there = np.flatnonzero(np.logical_or.reduce([*same.values()])[asked])
    rows = asked[there]
    failed = np.zeros((len(numbers), len(next(iter(same.values())))), dtype=bool)
    # Of most steps nothing is asked.
    columns = OnDemand(lambda position: nearby[position].take(there, axis=1))
    moved = looking.values(columns, changed_only=True)
    for position, places in looked_at.items():
        if position not in moved:
            continue
        mine = np.array(looking.at[position])[places]
        for number, place in zip(mine.tolist(), places.tolist(), strict=True):
            steps = unseen.get(numbers.start + number, {})
            if position in steps:
                changed = np.logical_or.reduce(differs_from(moved[position][place], columns[position]), axis=0)
                failed[number, rows] |= steps[position][rows] & changed
    return failed


def _nearby(derivation: Derivation, values: Sequence[Array], zeros_move: bool) -> list[Array]:
    """Values where inputs, parameters and the learning rate are moved a little.

    A target and a mask's entry stay what they are, and a 0 does unless `zeros_move`.

    What is given in the place of a target, the loss's derivative by an output, is a number like others.
    """
    # A fixed seed: whether a question passes is a fact about its numbers.
    generator = np.random.Generator(np.random.Philox(key=2025))
    columns: list[Array] = []
    loss = derivation.model.conventions().loss
    has_targets = loss is not None and not LOSSES[loss].given
    # Nothing is a little there: what a mistake leaves as it is for want of a connection, it leaves for a reason.
    there_or_not = *givens_of(derivation.model, "masks"), *givens_of(derivation.model, "links")
    kept = frozenset([*there_or_not, *(givens_of(derivation.model, "targets") if has_targets else ())])
    for position, given in enumerate(derivation.givens):
        little = (0.0 if given in kept else _LITTLE) * generator.uniform(-1.0, 1.0, (_NEARBY_DRAWS, 1))
        moved = values[position] * (1.0 + little) + little * (zeros_move and values[position] == 0)
        programs = derivation.others.get(position)
        # A printed value moves with what it is worked from.
        shape = _NEARBY_DRAWS, len(values[position])
        columns.append(moved if programs is None else np.broadcast_to(programs[0].values(columns), shape))
    return value_columns(derivation, columns)


def apart_from_slips(
    derivation: Derivation,
    batch: CandidateBatch,
    precision: Precision,
    fairness: Fairness,
    few: FirstFew | None,
    rejections: Counter[str],
) -> BoolArray:
    """True where no mistake can be taken for a slip of the pen, as far as that was asked: (rows,)."""
    apart = np.zeros(len(batch.rows), dtype=bool)
    untried = np.arange(len(batch.rows))
    while len(untried):
        some = untried if few is None else untried[few.without(batch.rows[apart]).next(batch.rows[untried], LIKELY)]
        if not len(some):
            break
        values = batch.values if len(some) == len(batch.rows) else [column[some] for column in batch.values]
        failed = np.zeros(len(some), dtype=bool)
        like = written_like_slips(derivation, values, precision, fairness)
        for number, mistake in enumerate(by_rejection(derivation)):
            here = like[number] & ~failed
            if here.any():
                rejections[f"rule 2: {mistake.misconception}, as a slip of the pen"] += int(np.count_nonzero(here))
                failed |= here
        apart[some] = ~failed
        untried = np.setdiff1d(untried, some, assume_unique=True)
    return apart


def written_like_slips(
    derivation: Derivation, values: Sequence[Array], precision: Precision, fairness: Fairness
) -> Mapping[int, BoolArray]:
    """By the number of a mistake where what it gives may be taken for a slip of the pen: (rows,)."""
    return like_slips(derivation, values, precision, _seen(derivation, values, fairness.every_answer))


def _seen(derivation: Derivation, values: Sequence[Array], every_answer: bool) -> Iterator[MistakenValues]:
    """What all mistakes give, some at a time."""
    for numbers in in_turn(derivation, len(values[0])):
        writing, looked_at = _written(derivation, numbers, every_answer)
        wrong = writing.values(values)
        for position, places in looked_at.items():
            at = np.array(writing.at[position])[places]
            yield MistakenValues(position, numbers.start + at, wrong[position][places])


@lru_cache(maxsize=4096)
def _looking(
    derivation: Derivation, numbers: range, zero_paths: bool
) -> tuple[MistakePlan, dict[int, NDArray[np.intp]]]:
    """The plan for mistakes up to the steps that tell whether they change anything; by step, which are looked at."""
    together = by_rejection(derivation)[numbers.start : numbers.stop]
    fairness = Fairness(zero_paths=zero_paths)
    positions, looked_at = [], []
    for mistake in together:
        seen_in, worked = seen_and_worked(derivation, mistake)
        decisive = decisive_steps(derivation, mistake, fairness) if shown_at(derivation, mistake) else ()
        positions.append((*worked, *mistake.cone) if zero_paths else worked)
        looked_at.append({*seen_in, *decisive})
    return _prepared(derivation, together, positions, looked_at)


@lru_cache(maxsize=4096)
def _written(
    derivation: Derivation, numbers: range, every_answer: bool
) -> tuple[MistakePlan, dict[int, NDArray[np.intp]]]:
    """The same for what is written at the answers and where a single slip is made; there a habit gives the same."""
    together = by_rejection(derivation)[numbers.start : numbers.stop]
    positions, looked_at = [], []
    for mistake in together:
        seen_in, worked = seen_and_worked(derivation, mistake)
        shown = shown_at(derivation, mistake) if every_answer else ()
        positions.append((*worked, *mistake.cone) if shown else worked)
        looked_at.append({*(seen_in if stays_in_a_box(mistake, seen_in) else ()), *shown})
    return _prepared(derivation, together, positions, looked_at)


def _prepared(
    derivation: Derivation,
    together: Sequence[Mistake],
    positions: Sequence[Iterable[int]],
    looked_at: Sequence[Iterable[int]],
) -> tuple[MistakePlan, dict[int, NDArray[np.intp]]]:
    prepared = plan(derivation, together, positions)
    places: dict[int, list[int]] = {}
    for number, found in enumerate(looked_at):
        for position in found:
            places.setdefault(position, []).append(prepared.at[position].index(number))
    return prepared, {position: np.array(some) for position, some in sorted(places.items())}
