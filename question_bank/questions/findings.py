"""What certification finds on numbers that somebody wrote down, each by itself, with the steps where it is.

It is what `certify_batch` rejects by, which only needs to know that there is something. Beside that, what a given that
is 0 hides is a finding here: a recipe draws zeros only where it says so.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

import numpy as np

from question_bank.derivations.derivation import Derivation
from question_bank.derivations.evaluate import kinks_at, range_columns, value_columns
from question_bank.expressions.names import Name
from question_bank.expressions.precision import Array, BoolArray, Precision
from question_bank.misconceptions.mistakes import Mistake
from question_bank.questions.batch import CandidateBatch
from question_bank.questions.finding import TESTS, Finding, Test
from question_bank.questions.mistaken_numbers import right_by_chance, written_like_slips
from question_bank.questions.mistaken_ranges import confusable, next_alike
from question_bank.questions.number_tests import (
    cancels,
    saturated_units,
    trivial_factors,
    unwieldy,
    widest_allowed,
    widths,
)
from question_bank.questions.printed_error import hardly_shows, others_differ
from question_bank.questions.recipe import Difficulty, Fairness
from question_bank.questions.tried_mistakes import AT_ONCE, by_rejection


def findings(
    derivation: Derivation, givens: Sequence[Array], precision: Precision, fairness: Fairness, difficulty: Difficulty
) -> list[tuple[Finding, ...]]:
    """All that is found on each row of givens, which are columns (rows,) in the derivation's order."""
    count = len(givens[0])
    found = _Found(derivation, count)
    # Numbers that somebody wrote down may overflow anywhere: what is no number is found to be too wide.
    with np.errstate(all="ignore"):
        batch = CandidateBatch(np.arange(count), value_columns(derivation, givens), np.ones(count, dtype=bool))
        worked = derivation.solution or derivation
        solved = batch
        if worked is not derivation:
            values = value_columns(worked, batch.values[: len(worked.givens)])
            solved = CandidateBatch(batch.rows, values, batch.alive)
        found.numbers(worked, solved, fairness, difficulty)
        batch.ranges = range_columns(derivation, [(c, c) for c in batch.values[: len(derivation.givens)]], precision)
        if worked is not derivation:
            found.at_once("two_errors", others_differ(derivation, batch, precision))
            found.at_once("error_hidden", hardly_shows(derivation, batch, precision))
        found.ranges(batch, precision, fairness)
        found.mistakes(batch, precision, fairness)
    return found.sorted


class _Found:
    """What was found so far, row by row; of a misconception only what hides it most is kept."""

    def __init__(self, derivation: Derivation, count: int) -> None:
        self.derivation = derivation
        self.rows: list[dict[tuple[Test, str | None], list[Name]]] = [{} for _ in range(count)]
        self.shares: list[dict[Test, float]] = [{} for _ in range(count)]
        self.values: Sequence[Array] = ()

    def at(self, test: Test, steps: Sequence[Name], where: BoolArray, misconception: str | None = None) -> None:
        """Note it for the rows where it is."""
        for row in np.flatnonzero(where).tolist():
            known = self.rows[row].setdefault((test, misconception), [])
            known += [step for step in steps if step not in known]

    def at_once(self, test: Test, where: BoolArray) -> None:
        """Note what is of no step more than of another."""
        self.at(test, (), where)

    def numbers(self, worked: Derivation, batch: CandidateBatch, fairness: Fairness, difficulty: Difficulty) -> None:
        """Rules 3 and 5."""
        for unit, where in saturated_units(worked, batch.values, fairness):
            self.at("saturated", [unit], where)
        for factor, zero, one in trivial_factors(worked, batch.values, fairness):
            self.at("zero", [factor], zero)
            self.at("one", [factor], one)
        failed = cancels(worked, batch, difficulty)
        self.at_once("cancels", failed)
        for row in np.flatnonzero(failed).tolist():
            left = float(batch.measures["cancellation"][row])
            self.shares[row]["cancels"] = left if np.isfinite(left) else 0.0

    def ranges(self, batch: CandidateBatch, precision: Precision, fairness: Fairness) -> None:
        """Rules 4 and 1."""
        derivation = self.derivation
        for position, touched in kinks_at(derivation, batch.ranges):
            self.at("kink", [derivation.steps[position].name], touched)
        if precision.exact:
            self.at_once("long", unwieldy(derivation, batch, fairness))
            return
        for step, (low, high) in zip(derivation.steps, batch.ranges, strict=True):
            self.at("endless", [step.name], ~(np.isfinite(low) & np.isfinite(high)))
        for step, ratio, structural in widths(derivation, batch, fairness):
            failed = ~(ratio <= widest_allowed(step, fairness)) & ~structural
            self.at("wide", [step.name], failed)
            for row in np.flatnonzero(failed).tolist():
                widest = max(self.shares[row].get("wide", 0.0), float(np.nan_to_num(ratio[row], nan=np.inf)))
                self.shares[row]["wide"] = widest

    def mistakes(self, batch: CandidateBatch, precision: Precision, fairness: Fairness) -> None:
        """Rule 2, where a mistake is right by chance first."""
        self.values = batch.values
        batch.measures |= {"gap": np.full(len(batch.rows), np.inf), "nearest": np.zeros(len(batch.rows))}
        near: list[tuple[Mistake, BoolArray]] = []
        waiting = dict(enumerate(by_rejection(self.derivation)))
        while waiting:
            some = next_alike(self.derivation, waiting, max(1, AT_ONCE // len(batch.rows)))
            near += zip(some.values(), confusable(self.derivation, batch, precision, fairness, some), strict=True)
        for together, each in right_by_chance(self.derivation, batch, fairness, zeros_move=True):
            self._each("hidden", zip(together, each, strict=True))
        self._each("near", near)
        tried = by_rejection(self.derivation)
        like = written_like_slips(self.derivation, batch.values, precision, fairness)
        self._each("slip", ((tried[number], where) for number, where in like.items()))

    def _each(self, test: Test, mistakes: Iterable[tuple[Mistake, BoolArray]]) -> None:
        """Note mistakes: those at single steps first, and habits, which are at more, of misconceptions without such."""
        before = TESTS[: TESTS.index(test)]
        some = [(mistake, where) for mistake, where in mistakes if where.any()]
        for single in (True, False):
            known = [{misconception for at, misconception in row if at == test} for row in self.rows]
            for mistake, where in some:
                if (len(mistake.exchanged) == 1) == single:
                    own = mistake.misconception
                    said = [any((other, own) in row for other in before) for row in self.rows]
                    also = [not single and own in names for names in known]
                    steps = [self.derivation.steps[position].name for position in sorted(mistake.exchanged)]
                    self.at(test, steps, where & ~np.array(said) & ~np.array(also), own)

    @property
    def sorted(self) -> list[tuple[Finding, ...]]:
        """The findings of each row, what hides most first."""
        return [
            tuple(
                Finding(
                    test=test,
                    steps=tuple(step.key for step in steps),
                    misconception=misconception,
                    zeros=tuple(self._zeros(steps, row)) if test == "hidden" else (),
                    share=min(self.shares[row][test], 1.0) if test in self.shares[row] else None,
                )
                for (test, misconception), steps in sorted(found.items(), key=_by_weight)
            )
            for row, found in enumerate(self.rows)
        ]

    def _zeros(self, steps: Sequence[Name], row: int) -> Iterator[str]:
        """The givens that are 0 among those that these steps read."""
        derivation = self.derivation
        read = {at for step in steps for at in derivation.program_of(derivation.index[step]).reads}
        for at in sorted(read):
            if derivation.steps[at].role == "given" and self.values[at][row] == 0:
                yield derivation.steps[at].key


def _by_weight(found: tuple[tuple[Test, str | None], Sequence[Name]]) -> tuple[int, str]:
    (test, misconception), _ = found
    return TESTS.index(test), misconception or ""
