"""Marking inside of another grader, where only NumPy is installed: a verdict for each box of one question."""

from __future__ import annotations

import json
from base64 import b64decode
from collections.abc import Mapping
from dataclasses import dataclass
from zlib import decompress

from grader.marking import Blame, Verdict
from grader.marking.questions_as_arrays import mark_questions
from grader.reading.number import Unreadable
from grader.reading.other_forms import read_as
from grader.rubrics.slot_marks import by_weights
from question_bank.derivations.kinds import AnswerForm
from question_bank.language.words import _
from question_bank.misconceptions import CATALOGUE
from question_bank.questions.plain_form import question_from_plain
from question_bank.questions.question import Question

_LONGEST = 200


@dataclass(frozen=True, slots=True)
class MarkedBox:
    """A box: the part of its marks that was earned, what the box weighs, the verdict's word, and what is said of it."""

    slot: str
    share: float
    weight: float
    verdict: str
    said: str


def unpacked_question(packed: str) -> Question:
    """A question from one line of text."""
    return question_from_plain(json.loads(decompress(b64decode(packed))))


def typed_as(value: object) -> str:
    """What a program's variable would be, had a person typed it: nothing for None, all digits of a number."""
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    try:
        return repr(float(value))  # type: ignore[arg-type]  # NumPy's numbers too; anything else ends below
    except (TypeError, ValueError, OverflowError):
        return str(value)[:_LONGEST]


def mark_there(question: Question, typed: Mapping[str, str]) -> list[MarkedBox]:
    """A student's boxes, marked with follow-through as everywhere; a box that was left out is blank."""
    slots = question.slots
    worth = by_weights(question.derivation, 1.0, {})
    written = [[typed.get(slot.name, "") for slot in slots]]
    marked = mark_questions([question], written, worth=worth)
    found = []
    for at, (slot, text, form) in enumerate(zip(slots, written[0], question.derivation.forms, strict=True)):
        most, earned = int(marked.worth[0, at]), int(marked.ticks[0, at])
        verdict = Verdict(int(marked.verdicts[0, at]))
        said = said_there(verdict, marked.blames.get((0, at)), form, text)
        share = earned / most if most else 0.0
        found.append(MarkedBox(slot.name, share, most / sum(worth), verdict.word, said))
    return found


def said_there(verdict: Verdict, blame: Blame | None, form: AnswerForm, text: str) -> str:
    """What a student is told of one box."""
    said = [_(verdict.record.practised)]
    if blame is not None:
        said += (_(each.student) for each in CATALOGUE if each.id in blame.misconceptions[:1])
    elif verdict is Verdict.UNREADABLE and isinstance(result := read_as(form, text), Unreadable):
        said.append(result.reason)
    elif verdict.record.practice_advice:
        said.append(_(verdict.record.practice_advice))
    return ". ".join(said)
