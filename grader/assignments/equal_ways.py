"""Sets that were handed out when printed forward values were taken as exact: what today's wider ranges accept as well.

The stored ranges stay accepted. Where today's ranges keep every known mistake out, what lies in those is right, too;
where they do not, the question is one for a person to look at.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

import numpy as np

from grader.assignments.key_slots import KeySlots
from grader.assignments.question_set import HandedQuestion, QuestionKind, QuestionSet
from question_bank.derivations.evaluate import honest_ranges
from question_bank.expressions.precision import COMPARISON_SLACK
from question_bank.questions.certification import keeps_mistakes_apart


def with_equal_ways(questions: QuestionSet) -> tuple[QuestionSet, tuple[HandedQuestion, ...]]:
    """The set with today's ranges joined to the stored ones, and the questions where that cannot be."""
    old: defaultdict[QuestionKind, list[int]] = defaultdict(list)
    for number, handed in enumerate(questions.questions):
        if handed.forward is not None and (handed.certificate or {}).get("ways") != "equal":
            old[handed.kind].append(number)
    if not old:
        return questions, ()
    found, left = list(questions.questions), []
    for numbers in old.values():
        for number, slots in zip(numbers, _joined([found[n] for n in numbers]), strict=True):
            if slots is None:
                left.append(found[number])
            else:
                found[number] = found[number].model_copy(update={"slots": slots})
    return questions.model_copy(update={"questions": tuple(found)}), tuple(left)


def _joined(handed: Sequence[HandedQuestion]) -> list[KeySlots | None]:
    """Each question's slots with the wider ranges; None where a mistake would come too near."""
    question = handed[0].solved()
    derivation, precision = question.derivation, question.precision
    givens = np.array([one.numbers for one in handed])
    low, high = honest_ranges(derivation, givens, precision)
    apart = keeps_mistakes_apart(derivation, [np.ascontiguousarray(column) for column in givens.T], precision)
    positions = [derivation.index[slot.step] for slot in derivation.slots]
    slots: list[KeySlots | None] = []
    for row, one in enumerate(handed):
        wide = KeySlots.of(
            [
                kept._replace(low=min(kept.low, float(low[row, at])), high=max(kept.high, float(high[row, at])))
                for kept, at in zip(one.slots, positions, strict=True)
            ]
        )
        units = [
            question.places(slot.step).unit(np.array([kept.value]))[0]
            for slot, kept in zip(derivation.slots, one.slots, strict=True)
        ]
        wider = any(
            new.low < kept.low - COMPARISON_SLACK * unit or new.high > kept.high + COMPARISON_SLACK * unit
            for new, kept, unit in zip(wide, one.slots, units, strict=True)
        )
        slots.append(wide if apart[row] or not wider else None)
    return slots
