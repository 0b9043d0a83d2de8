"""Questions of one derivation and what was written to them, put together as the arrays that marking takes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import chain

import numpy as np

from grader.marking.batch import Answers, Key, Limits, Reference
from grader.marking.classmates import Classmates
from grader.marking.engine import MarkedBatch, mark_batch
from grader.reading.number import read_many
from grader.reading.other_forms import reread
from grader.rubrics.sets import worth_of_ticks
from question_bank.derivations.kinds import AnswerForm
from question_bank.questions.question import Question

TICKS_OF_A_SLOT = 1_000_000
"""What a slot is worth where no marks are given out; a spare one is worth nothing."""


def mark_questions(
    questions: Sequence[Question], written: Sequence[Sequence[str]], *, worth: Sequence[int] | None = None
) -> MarkedBatch:
    """Mark a submission to each of these questions, which share derivation, precision and limits.

    `written` are every submission's characters in the order of the slots, `worth` the slots' ticks. The questions are
    those of one class, each of another student.
    """
    key = key_of(questions, worth)
    reference = reference_of(questions, key)
    answers = read_answers(written, questions[0].derivation.forms)
    classmates = Classmates(key.low, key.high, key.unit, np.arange(len(questions)), np.arange(len(questions)))
    return mark_batch(questions[0].derivation, answers, key, reference.take, classmates=classmates.take)


def read_answers(written: Sequence[Sequence[str]], forms: Sequence[AnswerForm] = ()) -> Answers:
    """Characters, (submissions, slots), as numbers; `forms` are those of the slots, where not all are numbers."""
    values, statuses = read_many(list(chain.from_iterable(written)))
    shape = (len(written), -1)
    values, statuses = np.asfortranarray(values.reshape(shape)), np.asfortranarray(statuses.reshape(shape))
    for at, form in enumerate(forms):
        if form != "number":
            values[:, at], statuses[:, at] = reread([row[at] for row in written], form)
    return Answers(values, statuses)


def key_of(questions: Sequence[Question], worth: Sequence[int] | None = None) -> Key:
    """The questions' keys; `worth` are the slots' ticks, a million each by default."""
    first = questions[0]
    positions = [first.derivation.index[slot.step] for slot in first.slots]
    values, low, high = (
        np.array([getattr(question, name)[positions] for question in questions], order="F")
        for name in ("values", "low", "high")
    )
    unit = [first.places(slot.step).unit(values[:, at]) for at, slot in enumerate(first.slots)]
    even = [0 if slot.spare else TICKS_OF_A_SLOT for slot in first.slots]
    ticks = np.array(even if worth is None else worth, np.int64)
    shared = worth_of_ticks(first.derivation.forms, values, np.tile(ticks, (len(questions), 1)))
    return Key(low, high, np.stack(unit).T, shared)


def reference_of(questions: Sequence[Question], key: Key) -> Reference:
    """The questions' right working."""
    first = questions[0]
    count = len(first.derivation.givens)
    givens = np.array([question.values[:count] for question in questions])
    return Reference.work(first.derivation, first.precision, givens, key, limits_of(first.certificate))


def limits_of(certificate: Mapping[str, object] | None) -> Limits:
    """The widths that a question was certified with; the usual ones where none are kept."""
    kept = (certificate or {}).get("limits")
    if not isinstance(kept, Mapping):
        return Limits()
    return Limits(float(kept["answer"]), float(kept["elsewhere"]))
