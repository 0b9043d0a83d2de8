"""Certification: what is verified about a question before anyone sees it, over a batch of candidates at a time.

The tests run from cheap to dear, and what fails one is dropped before the next; each candidate counts at the first
test that it fails.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from question_bank.derivation import Derivation
from question_bank.evaluate import kinks, range_columns, rerun, value_columns
from question_bank.expression import Const
from question_bank.interval import Interval
from question_bank.mistakes import Mistake, mistaken_values, mistakes
from question_bank.precision import Array, BoolArray, Precision
from question_bank.recipe import Difficulty, Fairness

_SAME = 1e-9
_TRIVIAL = 0.005
"""How near ±1 a computed factor may come before it hides whether it was multiplied in."""


@dataclass(frozen=True, eq=False)
class Certified:
    """The candidates of a batch that passed: their rows, and what their certificates say (arrays over those rows)."""

    rows: NDArray[np.intp]
    rejections: Counter[str]
    narrowest: Array
    widest: Array
    nearest_gap: Array
    nearest: NDArray[np.intp]
    cancellation: Array
    negatives: Array


@dataclass
class _Batch:
    """What is still in the running: columns of values and ranges, and the rows that they came from."""

    rows: NDArray[np.intp]
    values: list[Array]
    ranges: list[Interval] = field(default_factory=list)
    measures: dict[str, Array] = field(default_factory=dict)
    nearest: NDArray[np.intp] = field(default_factory=lambda: np.zeros(0, dtype=np.intp))

    def keep(self, passed: BoolArray) -> None:
        if passed.all():
            return
        self.rows = self.rows[passed]
        self.values = [column[passed] for column in self.values]
        self.ranges = [_compress(interval, passed) for interval in self.ranges]
        self.measures = {name: column[passed] for name, column in self.measures.items()}
        if self.nearest.size:
            self.nearest = self.nearest[passed]


def _compress(interval: Interval, passed: BoolArray) -> Interval:
    low = interval[0][passed]
    return (low, low) if interval[0] is interval[1] else (low, interval[1][passed])


def certify(
    derivation: Derivation,
    givens: Sequence[Array],
    precision: Precision,
    fairness: Fairness,
    difficulty: Difficulty,
) -> Certified:
    """Try every candidate: givens are columns of (candidates,) in the derivation's order."""
    rejections: Counter[str] = Counter()
    batch = _Batch(np.arange(len(givens[0])), value_columns(derivation, givens))

    def reject(test: str, failed: BoolArray) -> None:
        count = int(np.count_nonzero(failed))
        if count:
            rejections[test] += count
            batch.keep(~failed)

    reject("rule 3: trivial or saturated on a path", _trivial(derivation, batch.values, fairness))
    reject("rule 5: paths cancel", _cancels(derivation, batch, difficulty))
    reject("rule 5: negative factors outside the band", _negatives(derivation, batch, difficulty))
    points = [(column, column) for column in batch.values[: len(derivation.givens)]]
    batch.ranges = range_columns(derivation, points, precision)
    reject("rule 4: a kink or a zero divisor within rounding", kinks(derivation, batch.ranges))
    reject("rule 1: an honest range is too wide or holds 0", _wide(derivation, batch, fairness))
    batch.measures["gap"] = np.full(len(batch.rows), np.inf)
    batch.nearest = np.zeros(len(batch.rows), dtype=np.intp)
    for number, mistake in enumerate(_by_rejection(derivation)):
        if not len(batch.rows):
            break
        reject(f"rule 2: {mistake.misconception}", _confusable(derivation, batch, precision, fairness, mistake, number))
    none = np.zeros(0)
    return Certified(
        batch.rows,
        rejections,
        batch.measures.get("narrowest", none),
        batch.measures.get("widest", none),
        batch.measures["gap"],
        batch.nearest,
        batch.measures["cancellation"],
        batch.measures["negatives"],
    )


def mistake_names(derivation: Derivation) -> list[str]:
    """Names of the mistakes in the order that `Certified.nearest` counts them."""
    return [mistake.name for mistake in _by_rejection(derivation)]


def _by_rejection(derivation: Derivation) -> list[Mistake]:
    # What a slip at an off-path unit changes is small: those reject most, so they go first; the order is immaterial
    # to which candidates pass, since all mistakes are tried on each of those.
    return sorted(mistakes(derivation), key=lambda mistake: -_REJECTS_MOST.get(mistake.misconception, 0))


_REJECTS_MOST = {"forward_no_bias": 3, "forward_linear": 2, "loss_is_value": 2, "factor_left_out": 1}


def _trivial(derivation: Derivation, values: Sequence[Array], fairness: Fairness) -> BoolArray:
    failed = np.zeros(len(values[0]), dtype=bool)
    on_path = {key for path in derivation.paths for key in path.route}
    for step, column in zip(derivation.steps, values, strict=True):
        if step.key in on_path and step.key[0] in "hy" and fairness.saturation:
            node = derivation.graph.nodes[step.key]
            if node.rule in ("sigmoid", "softmax_full", "softmax_diagonal"):
                failed |= (column < fairness.saturation) | (column > 1 - fairness.saturation)
            elif node.rule == "tanh":
                failed |= np.abs(column) > 1 - fairness.saturation
        if step.role != "factor" or isinstance(step.formula, Const):
            continue  # a structural 1: a bias's factor, a linear slope
        if step.kind == "slope" and step.exact:
            failed |= (column == 0) & (not fairness.zero_paths)
            continue
        zero = np.abs(column) <= _SAME
        failed |= zero & (not (fairness.zero_paths and step.kind == "loss"))
        failed |= np.abs(np.abs(column) - 1.0) < _TRIVIAL
    return failed


def _cancels(derivation: Derivation, batch: _Batch, difficulty: Difficulty) -> BoolArray:
    products = [batch.values[derivation.index[path.product]] for path in derivation.paths]
    magnitude = np.sum(np.abs(products), axis=0)
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = np.abs(np.sum(products, axis=0)) / magnitude
    batch.measures["cancellation"] = ratio
    # A sum of nothing (all paths inactive) is a NaN here, and no question.
    failed: BoolArray = ~(ratio >= difficulty.cancellation)
    return failed


def _negatives(derivation: Derivation, batch: _Batch, difficulty: Difficulty) -> BoolArray:
    keys = {key for path in derivation.paths for key in path.factors}
    count = np.sum([batch.values[derivation.index[key]] < 0 for key in keys], axis=0).astype(float)
    batch.measures["negatives"] = count
    low, high = difficulty.negatives
    failed: BoolArray = (count < low) | (count > high)
    return failed


def _wide(derivation: Derivation, batch: _Batch, fairness: Fairness) -> BoolArray:
    failed = np.zeros(len(batch.rows), dtype=bool)
    narrowest = np.full(len(batch.rows), np.inf)
    widest = np.zeros(len(batch.rows))
    for position, step in enumerate(derivation.steps):
        if step.role == "given" or step.exact:
            continue
        low, high = batch.ranges[position]
        value = batch.values[position]
        limit = fairness.answer if step.role in ("gradient", "update") else fairness.elsewhere
        with np.errstate(divide="ignore", invalid="ignore"):
            ratio = 0.5 * (high - low) / np.abs(value)
        # A zero path's factor and product are 0 whatever is rounded: the recipe allows them.
        structural = (value == 0) if fairness.zero_paths and step.role in ("factor", "product") else np.False_
        holds_zero = (low <= 0) & (high >= 0)
        # Said so that a NaN fails.
        failed |= (holds_zero | ~(ratio <= limit)) & ~structural
        widest = np.maximum(widest, np.where(structural, 0.0, ratio))
        narrowest = np.minimum(narrowest, np.where(structural, np.inf, ratio))
    batch.measures["narrowest"], batch.measures["widest"] = narrowest, widest
    return failed


def _confusable(
    derivation: Derivation,
    batch: _Batch,
    precision: Precision,
    fairness: Fairness,
    mistake: Mistake,
    number: int,
) -> BoolArray:
    """True where the mistake's range comes within one recorded unit of the honest one, at its slot or at the answer."""
    answer = derivation.index[derivation.answer]
    slots = {derivation.index[slot.step] for slot in derivation.slots}
    wrong = mistaken_values(batch.values, mistake, derivation)
    changes = np.zeros(len(batch.rows), dtype=bool)
    for position in mistake.exchanged:
        changes |= _differs(wrong[position], batch.values[position])
    # On an inactive path a mistake is seen where it strikes; the answer cannot show it.
    visible = _differs(wrong[answer], batch.values[answer]) if fairness.zero_paths else changes
    ranges = list(batch.ranges)
    rerun(derivation, ranges, precision, sorted((*mistake.exchanged, *mistake.cone)), mistake.exchanged)
    failed = np.zeros(len(batch.rows), dtype=bool)
    for position in {*mistake.exchanged, answer} & (slots | {answer}):
        low, high = ranges[position]
        right_low, right_high = batch.ranges[position]
        places = precision.of(derivation.steps[position].role)
        unit = places.unit(batch.values[position])
        # A zero path's value has no significant figure: what would be written instead has.
        unit = np.where(unit > 0, unit, places.unit(wrong[position]))
        with np.errstate(invalid="ignore"):
            gap = np.maximum(low - right_high, right_low - high) / np.where(unit > 0, unit, 1.0)
        applies = visible if position == answer else _differs(wrong[position], batch.values[position])
        # An infinite or undefined range is nothing that a student could write down.
        gap = np.where(applies & np.isfinite(gap), gap, np.inf)
        failed |= gap < 1.0
        if position == answer:
            nearer = gap < batch.measures["gap"]
            batch.measures["gap"] = np.where(nearer, gap, batch.measures["gap"])
            batch.nearest = np.where(nearer, number, batch.nearest)
    return failed


def _differs(one: Array, other: Array) -> BoolArray:
    differs: BoolArray = ~(np.abs(one - other) <= _SAME * np.maximum(1.0, np.abs(other)))
    return differs
