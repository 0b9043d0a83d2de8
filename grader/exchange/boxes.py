"""Questions for a platform that marks by ranges of numbers: each box with what is right in it, and what is not.

A platform compares one number with fixed ranges. It follows nothing through, and knows no columns: what a box accepts
is the certified range of a right answer, and what it can name are mistakes over right numbers.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from grader.rubrics.slot_marks import by_weights
from question_bank.derivations.derivation import Derivation, Slot
from question_bank.derivations.kinds import AnswerForm
from question_bank.expressions.precision import COMPARISON_SLACK, Array
from question_bank.language.words import _, pgettext
from question_bank.misconceptions import CATALOGUE
from question_bank.misconceptions.mistakes import EquivalenceClass, mistakes_reaching, slips_at, struck_values
from question_bank.questions.question import Question

_MOST_NAMED = 8
"""Mistakes that a box names: the likeliest are those at its own step, and those that an answer shows."""


_OF_A_KEY = 1e-11
"""What twelve significant digits may be off by, as part of a number: platforms keep fourteen of a range's ends."""


@dataclass(frozen=True, slots=True)
class NamedMistake:
    """What a mistake over right numbers comes to, give or take `half`, and what is said to whoever made it."""

    value: float
    half: float
    said: str


@dataclass(frozen=True, slots=True)
class RangeBox:
    """A box that is marked by a range: `low` to `high` are right, `shown` is the answer as a person writes it.

    `unit` is one of the last recorded place there, `weight` a whole number of parts of the question's marks, and an
    `exact` answer is equal to the number and not rounded. `lead` is a word before a symbol that nothing explains.
    """

    slot: str
    symbol: str
    form: AnswerForm
    shown: str
    low: float
    high: float
    unit: float
    weight: int
    exact: bool = False
    lead: str = ""
    mistakes: tuple[NamedMistake, ...] = ()

    @property
    def slack(self) -> float:
        """What every comparison gives, so that neither a binary float nor a key of few digits costs a student."""
        return COMPARISON_SLACK * self.unit + _OF_A_KEY * max(abs(self.low), abs(self.high))


def range_boxes(questions: Sequence[Question]) -> list[dict[Slot, RangeBox]]:
    """For each question its boxes by slot, without spare ones; questions of one derivation are worked together."""
    found: list[dict[Slot, RangeBox]] = [{} for _question in questions]
    groups: defaultdict[Derivation, list[int]] = defaultdict(list)
    for number, question in enumerate(questions):
        groups[question.derivation].append(number)
    for derivation, numbers in groups.items():
        some = [questions[number] for number in numbers]
        weights = _weights(derivation)
        values = list(np.array([question.values for question in some]).T)
        for slot, form, weight in zip(derivation.slots, derivation.forms, weights, strict=True):
            if slot.spare:
                continue
            named = _mistakes(derivation, slot, values)
            for row, (number, question) in enumerate(zip(numbers, some, strict=True)):
                found[number][slot] = _box(
                    question, slot, form, weight, [(mistakes[row], said) for mistakes, said in named]
                )
    return found


def _box(question: Question, slot: Slot, form: AnswerForm, weight: int, named: Sequence[tuple[float, str]]) -> RangeBox:
    low, high = question.range(slot.step)
    value = question.value(slot.step)
    unit = float(question.places(slot.step).unit(np.array(value)))
    half = max((high - low) / 2, unit / 2)
    mistakes: list[NamedMistake] = []
    for wrong, said in named:
        apart = wrong + half < low or wrong - half > high
        if apart and np.isfinite(wrong) and all(abs(wrong - each.value) > unit for each in mistakes):
            mistakes.append(NamedMistake(float(wrong), half, said))
    return RangeBox(
        slot.name,
        question.symbol(slot.step),
        form,
        question.places(slot.step).format(value),
        low,
        high,
        unit,
        weight,
        question.precision.exact,
        pgettext("before its symbol", "product") if _is_own_product(question.derivation, slot) else "",
        tuple(mistakes[:_MOST_NAMED]),
    )


def _is_own_product(derivation: Derivation, slot: Slot) -> bool:
    """Whether it is a path's product by itself, whose symbol stands nowhere else."""
    return slot.path is not None and derivation.step(slot.step).role == "product"


def _mistakes(derivation: Derivation, slot: Slot, values: Sequence[Array]) -> list[tuple[Array, str]]:
    """The values of what can go wrong in a box, and of what shows in an answer, with what is said of each."""
    position = derivation.index[slot.step]
    classes: list[EquivalenceClass] = [*slips_at(derivation, position, CATALOGUE)]
    if slot.step in derivation.answers:
        classes += mistakes_reaching(derivation, position, CATALOGUE)
    student = {entry.id: entry.student for entry in CATALOGUE}
    found = []
    for each in classes:
        first = each.mistakes[0]
        reached = [at for at in sorted(first.effect) if at <= position]
        with np.errstate(all="ignore"):
            struck = struck_values(derivation, values, [first.exchanged], (*first.exchanged, *reached))
        found.append((struck[position][0], _(student[first.misconception])))
    return found


def _weights(derivation: Derivation) -> tuple[int, ...]:
    """Whole numbers in proportion to what the usual rubric pays for each box."""
    ticks = by_weights(derivation, 1.0, {})
    least = min(filter(None, ticks))
    # Shares such as a third are a tick apart: what is meant are parts of the smallest one.
    for parts in range(1, 13):
        scaled = [parts * each / least for each in ticks]
        if all(abs(each - round(each)) < 1e-3 for each in scaled):
            return tuple(round(each) for each in scaled)
    return ticks
