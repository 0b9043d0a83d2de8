"""A wrong rule of one's own: several steps of one sort, wrong in one and the same way that no catalogue knows.

Whoever invents numbers does not hit the same way twice. Tried are a number that enters the formula and is left out,
taken with the other sign, squared, taken from 1 or from beside; the same multiple of what is right by own numbers; and
the same multiple and something added.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import combinations

import numpy as np

from grader.marking.batch import Batch, Rows, is_bare
from grader.marking.own import OwnNumbers, column_of, seen_from
from question_bank.derivations.derivation import Derivation
from question_bank.derivations.evaluate import recorded
from question_bank.expressions import interval
from question_bank.expressions.expression import Call, Const, Expression, Ref, references, substituted
from question_bank.expressions.interval import Interval
from question_bank.expressions.names import Name
from question_bank.expressions.precision import COMPARISON_SLACK, Array, BoolArray
from question_bank.expressions.program import Columns, Program
from question_bank.misconceptions.mistakes import Over, steps_inside

_ALIKE = 2
"""Steps, at the least, that are wrong in one way, where that is how all wrong ones of their sort are wrong.

One more is needed where some are wrong in another way, and one more where any number may say what the way is.
"""

_MOST_INPUTS = 20
"""Numbers in a formula, at the most, of which it is tried that one was taken for something else."""

_MOST_PAIRED = 10
"""Steps of a sort, at the most, of which each two are tried to say what is multiplied and added."""

_PLAIN = tuple(sign * size for size in (1.0, 2.0, 0.5, 4.0, 0.25, 10.0, 0.1) for sign in (1.0, -1.0))[1:]
"""Multiples that two steps are enough to show; that others agree by chance in a few figures is not so rare."""

_WIDEST = 0.02
"""Half-width over value up to which it tells anything that a number lies in a range, or is a multiple of it."""


@dataclass(frozen=True, slots=True, eq=False)
class _Step:
    """A step of some sort, with its slots, and its formulas: with what has no box put in first, then as it is."""

    position: int
    slots: tuple[int, ...]
    formulas: tuple[Program, ...]


@dataclass(frozen=True, slots=True, eq=False)
class _Written:
    """What stands at a step and what would be right by own numbers, each ± so much: (rows,); NaN tells nothing."""

    value: Array
    reach: Array
    right: Array
    half: Array


def by_own_rules(batch: Batch, wrong: BoolArray, asked: BoolArray | None = None) -> BoolArray:
    """Where what is `wrong` is so by one rule at several steps of a sort: both (submissions, slots).

    One of them at least is neither 0 nor 1, to which many rules come. What a rule may have given, but with few figures,
    speaks neither for it nor against it. Nothing is looked for in submissions and sorts of which nothing is `asked`
    (submissions, slots); by default all is.
    """
    asked = wrong if asked is None else asked
    found = np.zeros_like(wrong)
    own = OwnNumbers(batch)
    for sort in _sorts(batch.derivation):
        here = np.stack([wrong[:, list(step.slots)].any(axis=1) for step in sort], axis=1)
        any_asked = asked[:, [at for step in sort for at in step.slots]].any(axis=1)
        rows = np.flatnonzero((np.count_nonzero(here, axis=1) >= _ALIKE) & any_asked)
        if not len(rows):
            continue
        here = here[rows]
        plain = np.stack([~is_bare(batch.answers.values[rows, step.slots[0]]) for step in sort], axis=1)
        each = [_in_wrong_ways(batch, own, step, wrong, rows) for step in sort]
        written = [_written(batch, own, step, wrong, rows) for step in sort]
        ways, perhaps = (np.stack(some, axis=2) for some in zip(*each, strict=True))
        plain_multiples = np.stack([*_plain_multiples(written)])
        any_multiple = np.stack([*_same_multiple(written), *_on_a_line(written)])
        agreed = np.zeros_like(here)
        for least, way, unclear in (
            (_ALIKE, ways, perhaps & ~ways),
            (_ALIKE, plain_multiples, np.zeros_like(here)),
            (_ALIKE + 1, any_multiple, np.zeros_like(here)),
        ):
            alike = way & here  # (ways, rows, steps)
            most, of = np.count_nonzero(alike, axis=2), np.count_nonzero(here & ~unclear, axis=-1)
            enough = (most >= least) & (most == of) | (most > least) & (2 * most > of)
            enough &= (alike & plain).any(axis=2)
            agreed |= (alike & enough[:, :, None]).any(axis=0)
        for number, step in enumerate(sort):
            for at in step.slots:
                found[rows, at] |= agreed[:, number] & wrong[rows, at]
    return found


def _in_wrong_ways(
    batch: Batch, own: OwnNumbers, step: _Step, wrong: BoolArray, rows: Rows
) -> tuple[BoolArray, BoolArray]:
    """In which wrong ways own numbers give what is wrong at a step, and in which they may: both (ways, rows)."""
    derivation = batch.derivation
    found: list[BoolArray] = []
    perhaps: list[BoolArray] = []
    for at in step.slots:
        columns = seen_from(own, column_of(derivation.slots[at]), rows)
        values, slack = batch.answers.values[rows, at], COMPARISON_SLACK * batch.key.unit[rows, at]
        held, telling = [], []
        for program in step.formulas:
            for changed in _wrong_inputs(program, columns):
                low, high = recorded(
                    program.ranges(changed),
                    derivation.steps[step.position],
                    derivation,
                    batch.reference.precision,
                    mistaken=True,
                )
                held.append((values >= low - slack) & (values <= high + slack))
                telling.append(held[-1] & _tells(low, high))
        for some, ways in ((found, telling), (perhaps, held)):
            some.append(np.concatenate(ways) | ~wrong[rows, at] if ways else np.zeros((0, len(rows)), dtype=bool))
    return np.logical_and.reduce(found), np.logical_and.reduce(perhaps)


def _wrong_inputs(program: Program, columns: Columns[Interval]) -> Iterator[Columns[Interval]]:
    """What a formula reads with one number of it taken in every wrong way, (ways, rows), for each of these in turn."""
    if len(program.reads) > _MOST_INPUTS:
        return
    for position in program.reads:
        low, high = columns[position]
        squares = interval.mul((low, high), (low, high))
        others = [columns[other] for other in program.reads if other != position]
        ways = [(0.0, 0.0), (1.0, 1.0), (-high, -low), squares, (1 - high, 1 - low), *others]
        wrong = np.empty((2, len(ways), *low.shape))
        for number, ends in enumerate(ways):
            wrong[0, number], wrong[1, number] = ends
        yield Over({position: (wrong[0], wrong[1])}, columns)


def _written(batch: Batch, own: OwnNumbers, step: _Step, wrong: BoolArray, rows: Rows) -> _Written:
    found = _Written(*np.full((4, len(rows)), np.nan))
    for at in step.slots:
        columns = seen_from(own, column_of(batch.derivation.slots[at]), rows)
        low, high = step.formulas[0].ranges(columns)
        right, half = 0.5 * (low + high), 0.5 * (high - low)
        unit = batch.key.unit[rows, at]
        reach = COMPARISON_SLACK * unit + (0.0 if batch.reference.precision.exact else 0.5 * unit)
        tells = wrong[rows, at] & _tells(low, high)
        for kept, new in (
            (found.value, batch.answers.values[rows, at]),
            (found.reach, reach),
            (found.right, right),
            (found.half, half),
        ):
            kept[tells] = np.broadcast_to(new, kept.shape)[tells]
    return found


def _tells(low: Array, high: Array) -> BoolArray:
    """True where a range is narrow, for its size; one without an end is not."""
    with np.errstate(all="ignore"):
        found: BoolArray = (high - low <= _WIDEST * np.abs(low + high)) & (low + high != 0)
        return found & np.isfinite(low) & np.isfinite(high)


def _plain_multiples(written: Sequence[_Written]) -> Iterator[BoolArray]:
    """Which steps may be each plain multiple of what is right: (rows, steps)."""
    for plain in _PLAIN:
        yield np.stack(
            [np.abs(each.value - plain * each.right) <= each.reach + np.abs(plain) * each.half for each in written],
            axis=1,
        )


def _same_multiple(written: Sequence[_Written]) -> Iterator[BoolArray]:
    """Which steps may be the same multiple of what is right as each of them in turn, each (rows, steps)."""
    ratio = [each.value / each.right for each in written]
    reach = [
        (each.reach + np.abs(of) * each.half) / np.abs(each.right) for each, of in zip(written, ratio, strict=True)
    ]
    for one in range(len(written)):
        yield np.stack(
            [np.abs(of - ratio[one]) <= more + reach[one] for of, more in zip(ratio, reach, strict=True)], axis=1
        )


def _on_a_line(written: Sequence[_Written]) -> Iterator[BoolArray]:
    """Which steps may be the same multiple, and the same added, as each two of them; each (rows, steps)."""
    for one, other in combinations(written[:_MOST_PAIRED], 2):
        with np.errstate(all="ignore"):
            slope = (one.value - other.value) / (one.right - other.right)
            off = [each.reach + np.abs(slope) * each.half for each in (one, other)]
            # Two that are written alike lie on a level line with any third such.
            tells = (np.abs(one.value - other.value) > one.reach + other.reach) & np.isfinite(slope)
            found = []
            for each in written:
                part = (each.right - other.right) / (one.right - other.right)
                expected = other.value + slope * (each.right - other.right)
                reach = np.abs(part) * off[0] + np.abs(1 - part) * off[1] + each.reach + np.abs(slope) * each.half
                near = np.abs(each.value - expected) <= reach
                found.append(tells & near & (reach <= _WIDEST * np.abs(each.value)))
        yield np.stack(found, axis=1)


@lru_cache(maxsize=256)
def _sorts(derivation: Derivation) -> tuple[tuple[_Step, ...], ...]:
    """Steps with slots by what is alike about them: of a kind, and worked by the same formula from other numbers."""
    slots: defaultdict[int, list[int]] = defaultdict(list)
    for at, slot in enumerate(derivation.slots):
        if not slot.spare:
            slots[derivation.index[slot.step]].append(at)
    sorts: defaultdict[tuple[str, tuple[Expression, ...]], list[_Step]] = defaultdict(list)
    for position, own in slots.items():
        formulas = _formulas(derivation, position)
        if formulas and any(references(formulas[0])):
            kind = derivation.steps[_repeated(derivation, position)].kind
            step = _Step(position, tuple(own), tuple(map(derivation.program, formulas)))
            sorts[kind, tuple(map(_shape, formulas))].append(step)
    return tuple(tuple(sort) for sort in sorts.values() if len(sort) >= _ALIKE)


def _repeated(derivation: Derivation, position: int) -> int:
    """The step that is worked in a step's box: what a linear unit repeats, where that has no box of its own."""
    inside = steps_inside(derivation, position)
    formula = derivation.steps[position].formula
    while isinstance(formula, Ref) and derivation.index[formula.name] in inside:
        position = derivation.index[formula.name]
        formula = derivation.steps[position].formula
    return position


def _whole(derivation: Derivation, position: int) -> Expression | None:
    """A step's formula with all that is worked inside its box put in; with less of that, where it is long."""
    shown = derivation.shown(derivation.steps[position].name)
    inside = {derivation.steps[place].name: place for place in steps_inside(derivation, position)}
    length: dict[Name, int] = {}
    for name, place in inside.items():
        formula = derivation.steps[place].formula
        length[name] = sum(length.get(read, 1) for read in references(formula)) if formula is not None else 1
    if shown is None or sum(length.get(read, 1) for read in references(shown)) > _MOST_INPUTS:
        return shown
    put_in: dict[Name, Expression] = {}
    for name, place in inside.items():
        formula = derivation.steps[place].formula
        if formula is not None:
            put_in[name] = substituted(formula, put_in)
    return substituted(shown, put_in)


def _shape(formula: Expression) -> Expression:
    """A formula with its inputs numbered, and marked apart from its own constants."""
    inputs: Mapping[Name, Expression] = {
        name: Call("input", (Const(float(number)),)) for number, name in enumerate(dict.fromkeys(references(formula)))
    }
    return substituted(formula, inputs)


def _formulas(derivation: Derivation, position: int) -> list[Expression]:
    """The formulas in which a number may be mistaken: those that merely repeat another step are in it already."""
    step = derivation.steps[position]
    whole = _whole(derivation, position)
    others = (derivation.shown(step.name), step.formula)
    return [
        *([] if whole is None else [whole]),
        *dict.fromkeys(
            formula for formula in others if formula is not None and formula != whole and not isinstance(formula, Ref)
        ),
    ]
