"""What was handed out: questions.json, which holds every student's questions with their keys and accepted ranges.

The file is private. Nothing in it is ever derived anew, so that a later version of the program marks a set as it was
when the students got it.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import secrets
from collections.abc import Collection, Hashable
from dataclasses import replace
from functools import cache, cached_property
from pathlib import Path
from typing import Any, Literal

import numpy as np
from pydantic import Field, ValidationError, field_validator
from pydantic_core import from_json

from grader.assignments.key_slots import KeySlot, KeySlots, require_values_in_range
from grader.files.files import write_text
from grader.files.safe_names import shown
from grader.rubrics.rubric import Rubric, merged
from grader.rubrics.slot_marks import TICKS
from question_bank.errors import InputError
from question_bank.questions.document import Document, validation_error
from question_bank.questions.finding import Finding
from question_bank.questions.question import Question
from question_bank.questions.rubric_part import RubricPart
from question_bank.questions.written_question import WrittenPrecision, WrittenQuestion, written_parts
from question_bank.toml_text import read_text

FILE_NAME = "questions.json"
FROM_A_BACKUP = "this file is the only key to what was handed out: take it from a backup"
_HARDEST = 1_000_000
_QUESTIONS, _BETWEEN, _END = '"questions":[\n', ",\n", "\n]}\n"
"""What stands around the questions in the file, each of which is a line."""

_CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_SHEET_ID_BITS = 80
_PIN_BITS = 40
_BITS_A_LETTER = 5


class _Whose(Document):
    student: str
    question: str
    sheet_id: str
    recipe: str
    marks: float


class HandedQuestion(WrittenQuestion, _Whose):
    """One question of one student, with its key.

    `recipe_rubric` is what the recipe said about marking, `rubric` what applied when the slots' marks were fixed.
    """

    precision: WrittenPrecision
    slots: KeySlots
    recipe_rubric: RubricPart | None = None
    rubric: RubricPart | None = None
    certificate: dict[str, Any] | None = None

    @field_validator("certificate")
    @classmethod
    def _limits_are_widths(cls, certificate: dict[str, Any] | None) -> dict[str, Any] | None:
        """The one part of a certificate that marking goes by."""
        limits = (certificate or {}).get("limits")
        widths = limits.values() if isinstance(limits, dict) and set(limits) == {"answer", "elsewhere"} else ()
        good = [one for one in widths if type(one) in (int, float) and 0 < one <= 1]
        if limits is not None and len(good) != 2:
            raise ValueError("expected limits of two widths above 0, `answer` and `elsewhere`")
        difficulty = (certificate or {}).get("difficulty", 0)
        if type(difficulty) not in (int, float) or not 0 <= difficulty <= _HARDEST:
            raise ValueError("expected a difficulty that is a number from 0 to 1,000,000")
        try:
            _warnings_in(certificate)
        except ValidationError:
            raise ValueError("expected warnings as `gradpath make` writes them") from None
        return certificate

    @property
    def warnings(self) -> list[str]:
        """What certification found and the assignment allows, in words, with what it means for marking."""
        # Most sets have none, and need not read the catalogue of misconceptions for them.
        if not (found := _warnings_in(self.certificate)):
            return []
        from question_bank.questions.finding_words import said_of_all

        return said_of_all(found)

    @cached_property
    def kind(self) -> QuestionKind:
        """What it has in common with those that can be marked together with it."""
        limits = (self.certificate or {}).get("limits") or {}
        return _kind(self.slots.names, self.slots.precisions, self.identity, tuple(limits.items()))

    def solved(self) -> Question:
        """The question as it was handed out: solved on its numbers, with the ranges that were kept.

        Raises InputError, with file, question and key, if they are no longer a question's.
        """
        try:
            question = self.problem().solve()
        except InputError as error:
            place = ", ".join(filter(None, (f"{self.question} of {self.student}"[:80], error.place)))
            raise error.at(file=FILE_NAME, place=place, remedy=FROM_A_BACKUP) from error
        values, low, high = (np.array(kept) for kept in (question.values, question.low, question.high))
        kept_slots = {slot.slot: slot for slot in self.slots}
        for slot in question.slots:
            if (kept := kept_slots.get(slot.name)) is not None:
                position = question.derivation.index[slot.step]
                values[position], low[position], high[position] = kept.value, kept.low, kept.high
        return replace(question, values=values, low=low, high=high, certificate=self.certificate)


class QuestionKind:
    """What is the same for questions that can be marked together: boxes, precision, derivation, limits.

    The same object for the same, since all that would take longer to compare than to mark.
    """


@cache
def _kind(*_what: Hashable) -> QuestionKind:
    return QuestionKind()


def _warnings_in(certificate: dict[str, Any] | None) -> list[Finding]:
    kept = (certificate or {}).get("warnings", ())
    return [Finding.model_validate(each) for each in kept]


class SetHeading(Document):
    """What the whole set has in common."""

    id: str
    title: str


class QuestionSet(Document):
    """All that was handed out for one assignment, and the secret that ids and draws are keyed with."""

    format: Literal[1] = 1
    assignment: SetHeading
    secret: str = Field(pattern="^[0-9a-f]{64}$", repr=False)
    renamed: dict[str, tuple[str, ...]] = Field(default_factory=dict)
    """Of students whose id changed: the one that they have → those that they had, the first one first."""
    questions: tuple[HandedQuestion, ...] = ()

    @field_validator("questions")
    @classmethod
    def _keys_agree(cls, questions: tuple[HandedQuestion, ...]) -> tuple[HandedQuestion, ...]:
        require_values_in_range([question.slots for question in questions])
        return questions

    @classmethod
    def begin(cls, title: str) -> QuestionSet:
        """An empty set with an id and a secret of its own."""
        return cls(assignment=SetHeading(id=secrets.token_hex(8), title=title), secret=secrets.token_hex(32))

    def draw_key(self, student: str, question: str, again: int = 0) -> bytes:
        """The key of one draw: nobody without the secret can predict it. `again` draws set the first ones aside."""
        return self._keyed("draw", self.first_id(student), question, *([str(again)] if again else []))

    def sheet_id(self, student: str) -> str:
        """A student's sheet id, such as `7F3K-2QXM-9ABC-DE2G`: it cannot be made up without the secret."""
        return _letters(self._keyed("sheet", self.first_id(student)), _SHEET_ID_BITS)

    def pin(self, student: str) -> str:
        """What a student alone is told, such as `K7FM-3XQ2`: it says nothing of the sheet's id, nor the id of it."""
        return _letters(self._keyed("pin", self.first_id(student)), _PIN_BITS)

    def first_id(self, student: str) -> str:
        """The id that a student had when the sheet was made: what is drawn, stored or told by an id goes on by it."""
        return self.renamed.get(student, (student,))[0]

    @property
    def former_ids(self) -> dict[str, str]:
        """Ids that students had before → those that they have."""
        return {old: now for now, before in self.renamed.items() for old in before if old != now}

    def rename(self, old: str, new: str) -> QuestionSet:
        """The same set where a student has another id: the sheet, its id and the PIN stay what they are."""
        renamed = {now: before for now, before in self.renamed.items() if now != old}
        renamed[new] = tuple(dict.fromkeys((*self.renamed.get(old, ()), old)))
        questions = tuple(
            handed.model_copy(update={"student": new}) if handed.student == old else handed for handed in self.questions
        )
        return self.model_copy(update={"renamed": renamed, "questions": questions})

    def without(self, student: str) -> QuestionSet:
        """The same set as if a student had never been handed anything."""
        renamed = {now: before for now, before in self.renamed.items() if now != student}
        others = self.of({handed.student for handed in self.questions} - {student})
        return others.model_copy(update={"renamed": renamed})

    def of(self, students: Collection[str]) -> QuestionSet:
        """What these students were handed."""
        kept = tuple(handed for handed in self.questions if handed.student in students)
        return self.model_copy(update={"questions": kept})

    def _keyed(self, *parts: str) -> bytes:
        # JSON keeps ("a", "bc") apart from ("ab", "c").
        message = json.dumps([self.assignment.id, *parts]).encode()
        return hmac.digest(bytes.fromhex(self.secret), message, hashlib.sha256)

    def by_student(self) -> dict[str, list[HandedQuestion]]:
        """Each student's questions, in the order of the file."""
        found: dict[str, list[HandedQuestion]] = {}
        for question in self.questions:
            found.setdefault(question.student, []).append(question)
        return found


def _letters(key: bytes, bits: int) -> str:
    """The first bits of a key in groups of four letters."""
    number = int.from_bytes(key, "big") >> (8 * len(key) - bits)
    letters = [_CROCKFORD[number >> shift & 31] for shift in range(bits - _BITS_A_LETTER, -1, -_BITS_A_LETTER)]
    return "-".join("".join(letters[at : at + 4]) for at in range(0, len(letters), 4))


def hand_out(
    question: Question,
    *,
    student: str,
    number: str,
    sheet_id: str,
    recipe: str,
    marks: float,
    rubric: RubricPart | None = None,
    recipe_rubric: RubricPart | None = None,
) -> HandedQuestion:
    """A drawn question as it is kept: numbers, key, marks of every slot, certificate.

    `rubric` is the assignment's and wins over the recipe's. Raises RecipeError if its marks do not add up.
    """
    applied = merged(rubric, recipe_rubric)
    parts = Rubric.of(applied).slot_worth(question.derivation, marks)
    slots = []
    for slot, worth in zip(question.slots, parts, strict=True):
        low, high = question.range(slot.step)
        slots.append(
            KeySlot(
                slot=slot.name,
                precision=str(question.places(slot.step)),
                value=question.value(slot.step),
                low=low,
                high=high,
                marks=worth / TICKS,
            )
        )
    certificate = None if question.certificate is None else dict(question.certificate)
    return HandedQuestion(
        student=student,
        question=number,
        sheet_id=sheet_id,
        recipe=recipe,
        marks=marks,
        slots=KeySlots.of(slots),
        recipe_rubric=recipe_rubric if recipe_rubric and recipe_rubric.said() else None,
        rubric=applied if applied.said() else None,
        certificate=certificate,
        **written_parts(question),
    )


def load(path: Path) -> QuestionSet:
    """Read questions.json; raises InputError with the place where it is not as it was written."""
    text = read_text(path)
    try:
        found = _read(text)
    except ValidationError as error:
        complaint = validation_error(error, str(path), InputError)
        complaint.remedy = FROM_A_BACKUP
        raise complaint from error
    pairs = {(question.student, question.question) for question in found.questions}
    if len(pairs) != len(found.questions):
        raise InputError("a student has the same question twice", file=str(path), remedy="take it from a backup")
    both = sorted(found.former_ids.keys() & {student for student, _ in pairs})
    if both:
        raise InputError(
            f"{shown(both[0])} is a student, and what {shown(found.former_ids[both[0]])} was called before",
            file=str(path),
            place="renamed",
            remedy=FROM_A_BACKUP,
        )
    owners = {(question.sheet_id, question.student) for question in found.questions}
    if len({sheet for sheet, _ in owners}) != len(owners):
        raise InputError("two students have the same sheet id", file=str(path), remedy=FROM_A_BACKUP)
    return found


def _read(text: str) -> QuestionSet:
    # Question by question as they are written takes less time and room; whatever else, and what is amiss, as a whole.
    head, _, rest = text.partition(_QUESTIONS)
    rows, _, end = rest.rpartition(_END)
    if not end:
        try:
            said = from_json(f"{head}{_QUESTIONS}{_END}", allow_inf_nan=False)
            each = [HandedQuestion.model_validate(from_json(row, allow_inf_nan=False)) for row in rows.split(_BETWEEN)]
            return QuestionSet.model_validate({**said, "questions": each})
        except ValueError:
            pass
    return QuestionSet.model_validate_json(text)


def save(question_set: QuestionSet, path: Path) -> None:
    """Write questions.json, one line a question, all of it or nothing, for its owner's eyes only."""
    unsaid = {"questions"} if question_set.renamed else {"questions", "renamed"}
    head = question_set.model_dump_json(exclude=unsaid).removesuffix("}")
    rows = _BETWEEN.join(question.model_dump_json(exclude_none=True) for question in question_set.questions)
    write_text(path, f"{head},{_QUESTIONS}{rows}{_END}", private=True)
