"""Rule 2 for ranges: what rounding may make of a mistaken value stays clear of the honest range."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Iterator, Mapping, Sequence
from functools import lru_cache, reduce
from itertools import islice, repeat
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from question_bank.derivations.derivation import Derivation
from question_bank.derivations.evaluate import recorded
from question_bank.expressions.interval import Interval, shaped
from question_bank.expressions.names import GRADIENT
from question_bank.expressions.precision import Array, BoolArray, Precision
from question_bank.misconceptions.mistakes import Mistake, Over, struck_values
from question_bank.questions.batch import CandidateBatch, Landing, Unseen
from question_bank.questions.recipe import Fairness
from question_bank.questions.tried_mistakes import (
    AT_ONCE,
    by_rejection,
    decisive_steps,
    first_of_each,
    seen_and_worked,
    shown_at,
    stays_in_a_box,
)

Known = TypeVar("Known")

_MANY = AT_ONCE // 2
"""Of more rows, what a mistake makes of a step is kept for others that make the same of it."""
_MOST_KEPT = 1 << 21
"""How many such numbers are kept at the most."""


def confused(
    derivation: Derivation,
    batch: CandidateBatch,
    precision: Precision,
    fairness: Fairness,
    waiting: dict[int, Mistake],
    rejections: Counter[str],
) -> Iterator[int]:
    """Try the mistakes that wait, some at a time, and drop what one gets too near to: how many, each time."""
    while waiting and batch.alive.any():
        some = next_alike(derivation, waiting, max(1, AT_ONCE // len(batch.rows)))
        each = confusable(derivation, batch, precision, fairness, some)
        failed = np.logical_or.reduce(each)
        rejected = 0
        if failed.any():
            for mistake, first in zip(some.values(), first_of_each(each & batch.alive), strict=True):
                if first:
                    rejections[f"rule 2: {mistake.misconception}"] += first
            rejected = batch.drop(failed)
        yield rejected


def next_alike(derivation: Derivation, waiting: dict[int, Mistake], most: int) -> dict[int, Mistake]:
    """Take out the first that waits, and up to so many of the next that are made at the same steps."""
    kinds = _kinds(derivation)
    kind = kinds[next(iter(waiting))]
    some = list(islice((number for number in waiting if kinds[number] == kind), most))
    return {number: waiting.pop(number) for number in some}


@lru_cache(maxsize=256)
def _kinds(derivation: Derivation) -> list[int]:
    """For each mistake in its order a number that is the same for those made at the same steps and seen as far."""
    known: dict[object, int] = {}
    kinds = ((*mistake.exchanged, shown_at(derivation, mistake)) for mistake in by_rejection(derivation))
    return [known.setdefault(kind, len(known)) for kind in kinds]


def confusable(
    derivation: Derivation,
    batch: CandidateBatch,
    precision: Precision,
    fairness: Fairness,
    some: Mapping[int, Mistake],
) -> BoolArray:
    """True where a mistake's range comes within one recorded unit of the honest one, at its slot or at an answer.

    Of several answers perhaps at all of them: a mistake far from one changes it by less than rounding does, and it is
    right there all the same.

    `some` are mistakes made at the same steps, by number: (mistakes, rows). Where they may land is noted in the batch.
    What changes nothing on the numbers drawn is passed over here.
    """
    together = tuple(some.values())
    mistake = together[0]
    seen_in, worked = seen_and_worked(derivation, mistake)
    shown, decisive = shown_at(derivation, mistake), decisive_steps(derivation, mistake, fairness)
    struck = [found.exchanged for found in together]
    again = _made_again(derivation)[next(iter(some))] if len(together) == 1 and len(batch.rows) > _MANY else {}
    kept = again.items() if len(batch.again.ranges) * len(batch.rows) < _MOST_KEPT else ()
    if fairness.zero_paths:
        everywhere = (*worked, *mistake.cone)
        wrong = struck_values(derivation, batch.values, struck, everywhere, _known(batch.again.values, again))
        batch.again.values.update((at, wrong[at[0]]) for at in kept)
    else:
        wrong = struck_values(derivation, batch.values, struck, worked)
    differs = {position: batch.differs(position, wrong[position]) for position in {*seen_in, *decisive}}
    seen = reduce(np.logical_and, differs.values())
    for number in np.flatnonzero(~seen.all(axis=1)).tolist():
        same = {position: ~found[number] for position, found in differs.items()}
        batch.unseen[together[number]] = Unseen(batch.rows, same)
    visible = reduce(np.logical_or, (differs[position] for position in decisive))
    ranges = _struck_ranges(derivation, batch.ranges, precision, together, _known(batch.again.ranges, again))
    batch.again.ranges.update((at, ranges[at[0]]) for at in kept)
    shape = len(together), len(batch.rows)
    failed = np.zeros(shape, dtype=bool)
    told: BoolArray | None = None
    farthest: Array | None = None
    for position in {*seen_in, *shown}:
        low, high = shaped(ranges[position], shape)
        gap = _gap(derivation, batch, precision, position, (low, high))
        applies = visible if position in shown and not fairness.zero_paths else differs[position]
        # An infinite or undefined range is nothing that a student could write down. Most mistakes change every number,
        # and are told apart on each.
        elsewhere = np.flatnonzero(~(applies & np.isfinite(gap)))
        gap = _but_at(elsewhere, gap, np.inf)
        near = gap < 1.0
        if position in seen_in or fairness.every_answer:
            failed |= near
        if position in shown:
            told = ~near if told is None else told | ~near
            here = gap if len(shown) == 1 else _but_at(elsewhere, gap, -np.inf)
            farthest = here if farthest is None else np.maximum(farthest, here)
        # In a table whatever is mistaken stands in a box of its own, and is told apart there.
        if (position in shown and derivation.paths) or (position in seen_in and stays_in_a_box(mistake, seen_in)):
            lows, highs = _but_at(elsewhere, low, np.inf), _but_at(elsewhere, high, -np.inf)
            batch.landings += map(Landing, together, repeat(position), repeat(batch.rows), lows, highs)
    if told is not None and farthest is not None:
        failed |= ~told
        # It is told apart where it lies farthest: at another of several answers it may change next to nothing.
        if len(shown) > 1:
            farthest = np.where(np.isfinite(farthest), farthest, np.inf)
        _note_nearest(batch, list(some), farthest)
    for product in boxes_of_factor(derivation, mistake) if shown else ():
        (answer,) = shown
        in_one_box = list(batch.ranges)
        in_one_box[product] = ranges[product]
        for position in range(derivation.index[GRADIENT], answer + 1):
            in_one_box[position] = _record(derivation, in_one_box, precision, position)
        gap = _gap(derivation, batch, precision, answer, in_one_box[answer])
        applies = batch.differs(product, wrong[product]) if fairness.zero_paths else visible
        failed |= applies & (gap < 1.0)
    return failed


def _but_at(places: NDArray[np.intp], values: Array, other: float) -> Array:
    """The same, but at these places of all in a row another number."""
    if not len(places):
        return values
    # To choose one or the other at every place takes longer, where either is as likely.
    changed = np.array(values, order="C")
    changed.reshape(-1)[places] = other
    return changed


def _note_nearest(batch: CandidateBatch, numbers: Sequence[int], gaps: Array) -> None:
    """Note in the batch which mistake comes nearest to the answer, the first of equals: gaps (mistakes, rows)."""
    known, nearest = batch.measures["gap"], batch.measures["nearest"]
    gap = gaps[0] if len(numbers) == 1 else np.minimum.reduce(gaps)
    rows = np.flatnonzero(gap <= known)
    first = np.zeros(len(rows), dtype=np.intp) if len(numbers) == 1 else gaps[:, rows].argmin(axis=0)
    number, gap = np.array(numbers, dtype=float)[first], gap[rows]
    nearer = np.flatnonzero((gap < known[rows]) | (number < nearest[rows]))
    known[rows[nearer]], nearest[rows[nearer]] = gap[nearer], number[nearer]


def _gap(
    derivation: Derivation, batch: CandidateBatch, precision: Precision, position: int, mistaken: Interval
) -> Array:
    """How many recorded units lie between the honest range of a step and a mistaken one; below 0 where they meet."""
    low, high = mistaken
    right_low, right_high = batch.ranges[position]
    places = precision.of(derivation.steps[position].role)
    if position not in batch.units:
        batch.units[position] = places.unit(batch.values[position])
    unit = batch.units[position]
    if places.kind == "s" and not unit.all():
        # A zero path's value has no significant figure: what would be written instead has.
        unit = np.where(unit > 0, unit, places.unit(high))
        unit = np.where(unit > 0, unit, 1.0)
    # So far off that it is no number of units that a float could hold is far enough.
    with np.errstate(invalid="ignore", over="ignore"):
        gap: Array = low - right_high
        np.maximum(gap, right_low - high, out=gap)
        gap /= unit
    return gap


@lru_cache(maxsize=64)
def _made_again(derivation: Derivation) -> list[dict[int, Hashable]]:
    """For each mistake in its order, by step, what makes that wrong, of steps that another mistake makes wrong alike.

    A habit makes of a step what a slip does, wherever that alone of all that is mistaken comes into it.
    """
    reached = [_made_by(derivation, mistake) for mistake in by_rejection(derivation)]
    often = Counter(made for each in reached for made in each.items())
    return [{position: made for position, made in each.items() if often[position, made] > 1} for each in reached]


def _made_by(derivation: Derivation, mistake: Mistake) -> dict[int, frozenset[tuple[int, int]]]:
    """By step, the mistaken formulas that come into it, each with where it is put in."""
    made: dict[int, frozenset[tuple[int, int]]] = {}
    for position in sorted((*mistake.exchanged, *mistake.cone)):
        program = mistake.exchanged.get(position) or derivation.program_of(position)
        own = [(position, id(program))] if position in mistake.exchanged else []
        made[position] = frozenset(own).union(*(made[read] for read in program.reads if read in made))
    return made


def _known(kept: Mapping[Hashable, Known], again: Mapping[int, Hashable]) -> dict[int, Known]:
    """Of the steps that are made wrong again what was worked before."""
    return {position: kept[position, made] for position, made in again.items() if (position, made) in kept}


@lru_cache(maxsize=65536)
def boxes_of_factor(derivation: Derivation, mistake: Mistake) -> tuple[int, ...]:
    """The products of the paths that share the one factor at which a slip is made, each in a box of its own."""
    if len(mistake.exchanged) > 1:
        return ()
    struck = derivation.steps[next(iter(mistake.exchanged))].name
    products = [derivation.index[path.product] for path in derivation.paths if struck in path.factors]
    return tuple(products) if len(products) > 1 else ()


def _struck_ranges(
    derivation: Derivation,
    truth: Sequence[Interval],
    precision: Precision,
    together: Sequence[Mistake],
    known: Mapping[int, Interval],
) -> list[Interval]:
    """All steps' ranges where these mistakes are made, at the same steps: (mistakes, rows) in their cone.

    What is `known` is not worked again.
    """
    ranges = list(truth)
    struck: dict[int, Interval] = {}
    shape = len(together), len(truth[0][0])
    for position in sorted((*together[0].exchanged, *together[0].cone)):
        if position in known:
            ranges[position] = known[position]
        elif position in together[0].exchanged:
            if len(together) == 1:
                low, high = shaped(together[0].exchanged[position].ranges(Over(struck, truth)), shape)
                if low is high:
                    high = low[:]  # a mistaken range is never worked on as a point, whose last bit may differ
            else:
                low, high = np.empty(shape), np.empty(shape)
                for number, mistake in enumerate(together):
                    one = Over({at: (ends[0][number], ends[1][number]) for at, ends in struck.items()}, truth)
                    low[number], high[number] = mistake.exchanged[position].ranges(one)
            step = derivation.steps[position]
            ranges[position] = recorded((low, high), step, derivation, precision, mistaken=True)
        else:
            ranges[position] = _record(derivation, ranges, precision, position)
        struck[position] = ranges[position]
    return ranges


def _record(derivation: Derivation, ranges: Sequence[Interval], precision: Precision, position: int) -> Interval:
    """A step's range as it is written down, from the ranges of those before it."""
    return recorded(derivation.program_of(position).ranges(ranges), derivation.steps[position], derivation, precision)
