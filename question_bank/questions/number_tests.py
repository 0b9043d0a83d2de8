"""Rules 1, 3 and 5: what is asked of a question's numbers, whatever mistakes are made."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cache

import numpy as np

from question_bank.derivations.derivation import Derivation
from question_bank.derivations.difficulty import difficulty_score
from question_bank.derivations.kinds import KINDS
from question_bank.derivations.steps import Step
from question_bank.expressions.expression import Const
from question_bank.expressions.names import Derived, Local, Name, Symbol
from question_bank.expressions.precision import Array, BoolArray, Precision
from question_bank.questions.batch import CandidateBatch
from question_bank.questions.recipe import Difficulty, Fairness
from question_bank.questions.tried_mistakes import SAME

_TRIVIAL = 0.005
"""How near ±1 a computed factor may come before it hides whether it was multiplied in."""


def undefined(derivation: Derivation, values: Sequence[Array]) -> BoolArray:
    """True where a factor is no finite number: (candidates,). Rule 0."""
    no_number = np.zeros(len(values[0]), dtype=bool)
    for factor in derivation.factors:
        no_number |= ~np.isfinite(values[derivation.index[factor]])
    return no_number


def trivial(derivation: Derivation, values: Sequence[Array], fairness: Fairness) -> BoolArray:
    """True where a factor is 0 or nearly ±1, or a unit on a path is saturated: (candidates,). Rule 3."""
    failed = np.zeros(len(values[0]), dtype=bool)
    for _, saturated in saturated_units(derivation, values, fairness):
        failed |= saturated
    for _, zero, one in trivial_factors(derivation, values, fairness):
        failed |= zero | one
    return failed


def saturated_units(
    derivation: Derivation, values: Sequence[Array], fairness: Fairness
) -> Iterator[tuple[Symbol, BoolArray]]:
    """The units on a path that may be saturated, and where they are: (candidates,)."""
    for part in derivation.parts if fairness.saturation else ():
        nodes, on_path = part.graph.nodes, part.on_the_way
        on_outputs = {value for value in on_path if nodes[value].kind == "activation"}
        # Paths that come to what enters an output's function are worked from that output.
        on_outputs |= {output for output in part.graph.outputs if nodes[output].own_input in on_path}
        for output in on_outputs & derivation.index.keys():
            column = values[derivation.index[output]]
            yield output, part.graph.rule(output).saturated(column, fairness.saturation)


def trivial_factors(
    derivation: Derivation, values: Sequence[Array], fairness: Fairness
) -> Iterator[tuple[Name, BoolArray, BoolArray]]:
    """The factors that are worked out, where they are 0, and where they are nearly ±1: (candidates,)."""
    for step, column in zip(derivation.steps, values, strict=True):
        if step.name not in derivation.factors or isinstance(step.formula, Const):
            continue  # a structural 1: a bias's factor, a linear slope
        levels = _levels(derivation, step)
        off = step.kind == "loss" or step.name in derivation.dropped or 0.0 in levels
        zero = (np.abs(column) <= SAME) & (not (fairness.zero_paths and off))
        yield step.name, zero, (np.abs(np.abs(column) - 1.0) < _TRIVIAL) & ~np.isin(column, levels)


def _levels(derivation: Derivation, step: Step) -> tuple[float, ...]:
    """What a factor may be over a whole stretch, by its function."""
    if not isinstance(step.name, Local):
        return ()  # what a table multiplies by without a box of its own
    above = step.name.above
    return next(part.graph.rule(above).levels for part in derivation.parts if above in part.graph.nodes)


def cancels(derivation: Derivation, batch: CandidateBatch, difficulty: Difficulty) -> BoolArray:
    """True where paths nearly cancel; how much is left of them is noted as `cancellation`. Rule 5."""
    ratio = np.ones(len(batch.rows))
    for terms in derivation.sums:
        products = [program.values(batch.values) for program in terms]
        magnitude = np.sum(np.abs(products), axis=0)
        with np.errstate(divide="ignore", invalid="ignore"):
            ratio = np.minimum(ratio, np.abs(np.sum(products, axis=0)) / magnitude)
    batch.measures["cancellation"] = ratio
    # A sum of nothing (all paths inactive) is a NaN here, and no question.
    failed: BoolArray = ~(ratio >= difficulty.cancellation)
    return failed


def negatives(derivation: Derivation, batch: CandidateBatch, difficulty: Difficulty) -> BoolArray:
    """True where too few or too many factors are below 0; noted as `negatives`. Rule 5."""
    count = np.zeros(len(batch.rows))
    for factor in derivation.factors:
        count += batch.values[derivation.index[factor]] < 0
    batch.measures["negatives"] = count
    low, high = difficulty.negatives
    failed: BoolArray = (count < low) | (count > high)
    return failed


def hard_or_easy(
    derivation: Derivation, batch: CandidateBatch, precision: Precision, difficulty: Difficulty
) -> BoolArray:
    """True where the score of difficulty is outside its band; noted as `difficulty`. Rule 5."""
    score = difficulty_score(derivation, batch.values, precision, batch.measures["cancellation"])
    batch.measures["difficulty"] = score
    low, high = difficulty.score
    failed: BoolArray = (score < low) | (score > high)
    return failed


def units_outside_band(derivation: Derivation, batch: CandidateBatch, difficulty: Difficulty) -> BoolArray:
    """True where too few or too many units pass nothing on, as a ReLU below 0. Rule 5."""
    dead = np.zeros(len(batch.rows))
    for graph in (part.graph for part in derivation.parts):
        inside = {node.own_input for node in graph.nodes.values() if node.kind == "dropped"}
        for node in graph.nodes.values():
            last = node.name not in inside  # what dropout leaves of a unit is counted, and not its output
            may_be_off = node.kind in ("activation", "dropped") and 0.0 in graph.rule(node.name).levels
            if last and may_be_off and node.name in derivation.index:
                dead += batch.values[derivation.index[node.name]] == 0
    low, high = difficulty.dead_units
    failed: BoolArray = (dead < low) | (dead > high)
    return failed


def paths_outside_band(derivation: Derivation, batch: CandidateBatch, difficulty: Difficulty) -> BoolArray:
    """True where the paths that are to be counted are too few or too many. Rule 5."""
    failed = np.zeros(len(batch.rows), dtype=bool)
    low, high = difficulty.paths
    for step, value in zip(derivation.steps, batch.values, strict=True):
        if step.kind == "path_count":
            failed |= (value < low) | (value > high)
    return failed


def _can_be_off(derivation: Derivation, step: Step) -> bool:
    """Whether it is the output of a unit that may pass nothing on, as a ReLU below 0."""
    name = step.name
    graphs = (part.graph for part in derivation.parts)
    return isinstance(name, Symbol) and any(name in graph.nodes and 0.0 in graph.rule(name).levels for graph in graphs)


def unwieldy(derivation: Derivation, batch: CandidateBatch, fairness: Fairness) -> BoolArray:
    """True where an exact number is too long to work with by hand, or shows no work. Rule 1 without a calculator.

    No work shows what anybody may write into a box: 0, where no unit is off, and 1 or -1, where they are worked out.
    """
    failed = np.zeros(len(batch.rows), dtype=bool)
    nodes = {node for part in derivation.parts for node in part.graph.nodes}
    denominators = _denominators(fairness.denominator)
    for step, value in zip(derivation.steps, batch.values, strict=True):
        if step.role == "given" and step.name not in nodes:
            continue
        failed |= ~_is_short(value, denominators, fairness.numerator)
        if step.kind in KINDS and KINDS[step.kind].counted:
            continue
        if not (
            _can_be_off(derivation, step) or step.exact or (fairness.zero_paths and _may_be_nothing(derivation, step))
        ):
            failed |= np.abs(value) <= SAME
        if step.role in ("forward", "product", "gradient", "update"):
            failed |= np.abs(np.abs(value) - 1.0) <= SAME
    batch.measures["narrowest"] = batch.measures["widest"] = np.zeros(len(batch.rows))
    return failed


def _may_be_nothing(derivation: Derivation, step: Step) -> bool:
    """Whether a 0 says something: where paths may pass nothing on, and of what nothing may come back to."""
    return step.role in ("factor", "product") or _of(derivation, step) in derivation.silent


def _of(derivation: Derivation, step: Step) -> Symbol | None:
    """What the derivative is taken by that a step is."""
    if not isinstance(step.name, Derived) or step.name.what == "updated":
        return None
    return step.name.of


def _is_short(value: Array, denominators: Sequence[int], numerator: int) -> BoolArray:
    """True where a number is a fraction of such a denominator and a numerator of so much at the most."""
    short = np.zeros(np.shape(value), dtype=bool)
    for denominator in denominators:
        above = value * denominator
        # Over a multiple of that in lowest terms, the numerator is no smaller.
        short |= (np.abs(above - np.rint(above)) <= SAME * denominator) & (np.abs(above) <= numerator + SAME)
        if short.all():
            break
    return short


@cache
def _denominators(most: int) -> tuple[int, ...]:
    """Up to so much, the denominators of decimals that end."""
    return tuple(number for number in range(1, most + 1) if 10**12 % number == 0)


def too_wide(derivation: Derivation, batch: CandidateBatch, fairness: Fairness) -> BoolArray:
    """True where a range is too wide or holds 0; half-widths are noted as `narrowest` and `widest`. Rule 1."""
    failed = np.zeros(len(batch.rows), dtype=bool)
    narrowest = np.full(len(batch.rows), np.inf)
    widest = np.zeros(len(batch.rows))
    for step, ratio, structural in widths(derivation, batch, fairness):
        # A range that holds 0 is as wide as its value, or wider. Said so that a NaN fails.
        failed |= ~(ratio <= widest_allowed(step, fairness)) & ~structural
        widest = np.maximum(widest, np.where(structural, 0.0, ratio))
        narrowest = np.minimum(narrowest, np.where(structural, np.inf, ratio))
    batch.measures["narrowest"], batch.measures["widest"] = narrowest, widest
    return failed


def widest_allowed(step: Step, fairness: Fairness) -> float:
    """How wide the honest range of a step may be: half of it, as a part of the value."""
    return fairness.answer if step.role in ("gradient", "update") else fairness.elsewhere


def widths(
    derivation: Derivation, batch: CandidateBatch, fairness: Fairness
) -> Iterator[tuple[Step, Array, BoolArray | np.bool_]]:
    """The recorded steps, half the width of their ranges over their values, and where that is asked of none of them.

    Both are (candidates,).
    """
    for position, step in enumerate(derivation.steps):
        if step.role == "given" or step.exact:
            continue
        low, high = batch.ranges[position]
        value = batch.values[position]
        with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
            ratio = 0.5 * (high - low) / np.abs(value)
        # A zero path's factor and product are 0 whatever is rounded, as a unit's output is that is off: the recipe
        # allows them.
        may_be_zero = step.role in ("factor", "product") or _can_be_off(derivation, step)
        may_be_zero |= _of(derivation, step) in derivation.silent
        yield step, ratio, (value == 0) if fairness.zero_paths and may_be_zero else np.False_
