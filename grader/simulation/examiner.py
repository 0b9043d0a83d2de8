"""The project's own marking, as the check of it wants it: many questions at once, slot by slot."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence

import numpy as np

from grader.marking import Batch, Verdict, mark
from grader.reading import read_many
from grader.rubric import TICKS, slot_marks
from grader.simulation.check import SlotMark
from question_bank.derivation import Derivation
from question_bank.precision import Precision
from question_bank.question import Question

_MARKS = 10.0


def examine(questions: Sequence[Question], responses: Sequence[Mapping[str, str]]) -> list[list[SlotMark]]:
    """Mark submissions, one for each question; those that share a derivation together."""
    groups: defaultdict[tuple[Derivation, Precision], list[int]] = defaultdict(list)
    for number, question in enumerate(questions):
        groups[question.derivation, question.precision].append(number)
    marked: dict[int, list[SlotMark]] = {}
    for (derivation, precision), numbers in groups.items():
        some = [questions[number] for number in numbers]
        marked |= dict(
            zip(numbers, _together(derivation, precision, some, [responses[n] for n in numbers]), strict=True)
        )
    return [marked[number] for number in range(len(questions))]


def _together(
    derivation: Derivation,
    precision: Precision,
    questions: Sequence[Question],
    responses: Sequence[Mapping[str, str]],
) -> list[list[SlotMark]]:
    shape = (len(questions), len(derivation.slots))
    positions = [derivation.index[slot.step] for slot in derivation.slots]
    texts = [one.get(slot.name, "") for one in responses for slot in derivation.slots]
    values, statuses = read_many(texts)
    right, low, high = (
        np.array([getattr(question, name)[positions] for question in questions]) for name in ("values", "low", "high")
    )
    places = [precision.of(derivation.step(slot.step).role) for slot in derivation.slots]
    unit = np.stack([each.unit(right[:, at]) for at, each in enumerate(places)], axis=1)
    worth = np.rint(np.array(slot_marks(derivation, _MARKS)) * TICKS).astype(np.int64)
    marked = mark(Batch(values.reshape(shape), statuses.reshape(shape), low, high, unit), worth)
    return [
        [SlotMark(Verdict(verdict), paid, most, ()) for verdict, paid, most in zip(*row, worth.tolist(), strict=True)]
        for row in zip(marked.verdicts.tolist(), marked.ticks.tolist(), strict=True)
    ]
