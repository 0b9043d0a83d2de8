"""Certification: what is verified about a question before anyone sees it, over a batch of candidates at a time.

0. No divisor is 0: every factor is a finite number.
1. Each honest range is narrow beside its value, and does not hold 0.
2. No mistake of the catalogue gives, after rounding, what an honest student may write, nor a slip of the pen of it.
3. No factor is trivial (0, or nearly ±1), and no unit on a path is saturated.
4. No value comes within rounding of a kink or of a division by 0.
5. Difficulty lies in the recipe's band, as do the share of negative factors and how far the paths cancel.

The tests run from cheap to dear, and what fails one is dropped before the next; each candidate counts at the first
test that it fails.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from question_bank.derivations.derivation import Derivation
from question_bank.derivations.evaluate import kinks, range_columns, value_columns
from question_bank.expressions.precision import Array, BoolArray, Precision
from question_bank.expressions.program import silent
from question_bank.questions.batch import CandidateBatch
from question_bank.questions.certificate import Certified
from question_bank.questions.mistaken_numbers import apart_from_slips, reject_by_chance
from question_bank.questions.mistaken_ranges import confusable, confused, next_alike
from question_bank.questions.number_tests import (
    cancels,
    hard_or_easy,
    negatives,
    paths_outside_band,
    too_wide,
    trivial,
    undefined,
    units_outside_band,
    unwieldy,
)
from question_bank.questions.printed_error import hardly_shows, others_differ, stops_short
from question_bank.questions.question import Question
from question_bank.questions.recipe import Difficulty, Fairness
from question_bank.questions.still_wanted import LIKELY, FirstFew
from question_bank.questions.tried_mistakes import AT_ONCE, by_rejection

_LATELY, _MANY = 3, 0.02
"""How many of the last mistakes tried tell whether they reject many: so much, as a part of what is left."""
_FEW_AT_ONCE = 256
"""Up to so many candidates, to try all costs about the same as to try one."""


@dataclass(frozen=True, slots=True)
class Rejected:
    """A question that did not pass, and the test that it failed first."""

    test: str


def certify(
    question: Question, fairness: Fairness | None = None, difficulty: Difficulty | None = None
) -> Question | Rejected:
    """One question with its certificate, or the test that it fails; by default within the limits that recipes have.

    >>> from question_bank.questions.draws import draw
    >>> from question_bank.questions.recipe import load_recipe
    >>> drawn = draw(load_recipe("first"), [b"a"])[0]
    >>> certify(drawn).certificate["nearest_mistake"] == drawn.certificate["nearest_mistake"]
    True
    """
    derivation = question.derivation
    givens = [np.array([question.value(given)]) for given in derivation.givens]
    chosen = difficulty or Difficulty(paths=(1, derivation.most_paths))
    result = certify_batch(derivation, givens, question.precision, fairness or Fairness(), chosen)
    if len(result.rows) == 0:
        return Rejected(next(iter(result.rejections)))
    return replace(question, certificate=result.certificate(0, *result.ranks([0])))


@silent()
def certify_batch(
    derivation: Derivation,
    givens: Sequence[Array],
    precision: Precision,
    fairness: Fairness,
    difficulty: Difficulty,
    few: FirstFew | None = None,
) -> Certified:
    """Try every candidate: givens are columns of (candidates,) in the derivation's order.

    Where only a few are wanted, what comes after those may be left untried.
    """
    rejections: Counter[str] = Counter()
    count = len(givens[0])
    batch = CandidateBatch(np.arange(count), value_columns(derivation, givens), np.ones(count, dtype=bool))

    def reject(test: str, failed: BoolArray) -> None:
        if count := batch.drop(failed):
            rejections[test] += count

    def solved() -> CandidateBatch:
        return _worked(derivation, batch)

    # Numbers in which an error is to be found are those of a good question where they are right.
    worked = derivation.solution or derivation
    reject("rule 0: a divisor is 0, or a number is too large", undefined(worked, solved().values))
    reject("rule 3: trivial or saturated on a path", trivial(worked, solved().values, fairness))
    reject("rule 5: paths cancel", cancels(worked, solved(), difficulty))
    reject("rule 5: negative factors outside the band", negatives(worked, solved(), difficulty))
    reject("rule 5: number of paths outside the band", paths_outside_band(worked, solved(), difficulty))
    reject("rule 5: inactive units outside the band", units_outside_band(worked, solved(), difficulty))
    reject("rule 5: difficulty outside the band", hard_or_easy(worked, solved(), precision, difficulty))
    if derivation.solution is not None:
        reject("rule 2: another line is no more than near to its formula", others_differ(derivation, batch, precision))
        right = [(column, column) for column in batch.values[: len(worked.givens)]]
        reject(
            "rule 4: a kink or a zero divisor within rounding", kinks(worked, range_columns(worked, right, precision))
        )
    batch.compact()  # all that follows costs more than to copy what is left
    points = [(column, column) for column in batch.values[: len(derivation.givens)]]
    batch.ranges = range_columns(derivation, points, precision)
    reject("rule 4: a kink or a zero divisor within rounding", kinks(derivation, batch.ranges))
    if derivation.solution is not None:
        reject("rule 2: the error hardly shows", hardly_shows(derivation, batch, precision))
        reject("rule 2: the error does not reach the gradient", stops_short(derivation, batch))
    if precision.exact:
        reject("rule 1: a number is too long, 0 or 1", unwieldy(derivation, batch, fairness))
    else:
        reject("rule 1: an honest range is too wide or holds 0", too_wide(derivation, batch, fairness))
    batch.measures |= {"gap": np.full(len(batch.rows), np.inf), "nearest": np.zeros(len(batch.rows))}
    waiting = dict(enumerate(by_rejection(derivation)))
    lately: deque[int] = deque(maxlen=_LATELY)
    for rejected in confused(derivation, batch, precision, fairness, waiting, rejections):
        lately.append(rejected)
        # As long as many fail, it is cheaper to ask of all than to come back for those that come after the wanted.
        if few and len(lately) == _LATELY and sum(lately) < _MANY * np.count_nonzero(batch.alive):
            break
    if not waiting:
        batch.forget_ranges()
    batch.compact()
    parts: list[CandidateBatch] = []
    for part in _wanted(batch, few, parts):
        for _ in confused(derivation, part, precision, fairness, dict(waiting), rejections):
            pass
        part.forget_ranges()
        part.compact()
        reject_by_chance(derivation, part, fairness, rejections)
        if len(part.rows):
            part.drop(~apart_from_slips(derivation, part, precision, fairness, _left(few, parts), rejections))
            part.values = []
            part.compact()
        parts.append(part)
    return _certified(derivation, fairness, rejections, parts)


def _worked(derivation: Derivation, batch: CandidateBatch) -> CandidateBatch:
    """The batch, or where an error is to be found in a worked solution the same with that as it should be."""
    solution = derivation.solution
    if solution is None:
        return batch
    values = value_columns(solution, batch.values[: len(solution.givens)])
    return CandidateBatch(batch.rows, values, batch.alive, measures=batch.measures)


def _wanted(batch: CandidateBatch, few: FirstFew | None, parts: Sequence[CandidateBatch]) -> Iterator[CandidateBatch]:
    """What is to be tried next, until all that is wanted has passed: `parts` is what became of those before."""
    untried = np.arange(len(batch.rows))
    share = LIKELY
    while True:
        some = untried
        if (left := _left(few, parts)) is not None:
            untried = untried[left.next(batch.rows[untried], 0.0)]
            some = untried[left.next(batch.rows[untried], share)]
            if len(untried) <= _FEW_AT_ONCE or len(some) > 0.5 * len(untried):
                some = untried
        if len(some) == 0 and parts:
            return
        yield batch if len(some) == len(batch.rows) else batch.part(some)
        # A little more than may be needed, so that it is not asked for again.
        share = 0.7 * max(1, len(parts[-1].rows)) / max(1, len(some))
        untried = np.setdiff1d(untried, some, assume_unique=True)


def _left(few: FirstFew | None, parts: Sequence[CandidateBatch]) -> FirstFew | None:
    """What is still wanted."""
    return few and few.without(np.concatenate([np.empty(0, dtype=np.intp), *(part.rows for part in parts)]))


def _certified(
    derivation: Derivation, fairness: Fairness, rejections: Counter[str], parts: Sequence[CandidateBatch]
) -> Certified:
    rows = np.concatenate([part.rows for part in parts])
    order = np.argsort(rows)
    measures = {name: np.concatenate([part.measures[name] for part in parts])[order] for name in parts[0].measures}
    landings = [(part.rows, part.landings) for part in parts]
    return Certified(derivation, fairness, rows[order], rejections, measures, landings)


def keeps_mistakes_apart(derivation: Derivation, givens: Sequence[Array], precision: Precision) -> BoolArray:
    """True where every mistake stays clear of the honest ranges as they are worked out today: (questions,).

    For questions that were handed out already; the other tests, and mistakes that are right by chance, are not asked.
    Nor is it known what their recipe allowed: what a mistake leaves as it is behind a 0, or all but, at one of several
    answers, is no less right there than what follows from own numbers.
    """
    count = len(givens[0])
    batch = CandidateBatch(np.arange(count), value_columns(derivation, givens), np.ones(count, dtype=bool))
    batch.ranges = range_columns(derivation, [(column, column) for column in givens], precision)
    batch.measures |= {"gap": np.full(count, np.inf), "nearest": np.zeros(count)}
    worked = [column for column, step in zip(batch.values, derivation.steps, strict=True) if step.role != "given"]
    several = len(derivation.answers_at) > 1
    fairness = Fairness(zero_paths=several or any(np.any(column == 0) for column in worked), every_answer=not several)
    failed = np.zeros(count, dtype=bool)
    waiting = dict(enumerate(by_rejection(derivation)))
    while waiting:
        some = next_alike(derivation, waiting, max(1, AT_ONCE // max(1, count)))
        failed |= confusable(derivation, batch, precision, fairness, some).any(axis=0)
    return ~failed
