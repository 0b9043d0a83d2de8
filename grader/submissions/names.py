"""Who and what a submission speaks of: ids, question numbers and slots as people write them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from difflib import get_close_matches
from functools import cached_property

from grader.assignments.student_ids import StudentIds, unique
from grader.files.safe_names import shown
from grader.submissions.records import Expected, Submission
from question_bank.expressions.names import WORKING, slot_name, slot_parts
from question_bank.language.remark import Remark
from question_bank.language.words import N_

_QUESTION = re.compile(r"(?:q|question)?[\s_.-]*0*([1-9][0-9]{0,5})", re.IGNORECASE)
_SHEET_ID_LOOKALIKES = str.maketrans("OIL", "011", "- ")

_MOST_SEARCHES = 50
"""Searches for a similar name among many; each costs milliseconds, and a file of strangers has thousands."""


class Names:
    """Looks up students, questions, slots and sheets of one assignment."""

    def __init__(self, expected: Expected) -> None:
        self._expected = expected
        self.questions = tuple({question: None for asked in expected.slots.values() for question in asked})
        self._slot_sets: dict[tuple[str, ...], frozenset[str]] = {}
        self._known_sets: dict[int, frozenset[str]] = {}
        self._slots_alike: dict[frozenset[str], dict[str, str]] = {}
        self._similar: dict[tuple[str, int], str | None] = {}

    @cached_property
    def ids(self) -> StudentIds:
        """Whose an id is."""
        return StudentIds(self._expected.slots, self._expected.aliases)

    @cached_property
    def _sheets(self) -> dict[str, str]:
        return {_plain_sheet_id(sheet): student for sheet, student in self._expected.sheets.items()}

    @property
    def only_question(self) -> str | None:
        """The question's id if the assignment has one only."""
        return self.questions[0] if len(self.questions) == 1 else None

    def student_of_sheet(self, sheet_id: str) -> str | None:
        """The student who was given a sheet."""
        return self._sheets.get(_plain_sheet_id(sheet_id))

    def question(self, written: str) -> str | None:
        """The question meant by `q1`, `Q1`, `1` or `question 1`, whether or not this assignment has it."""
        if written in self.questions:
            return written
        number = _QUESTION.fullmatch(written.strip())
        return f"q{number.group(1)}" if number else None

    def slots(self, student: str, question: str) -> frozenset[str]:
        """The slots of a student's question, empty if there is no such question; equal sets are the same object.

        A line of working may be typed for every question and for each of its columns: `working`, `path_1.working`.
        """
        slots = self._expected.slots[student].get(question, ())
        # By identity first: a tuple's hash is computed anew each time, and what was handed out stays where it is.
        known = self._known_sets.get(id(slots)) if slots else self._slot_sets.get(slots)
        if known is None:
            known = self._slot_sets.get(slots)
            if known is None:
                known = self._slot_sets[slots] = frozenset(slots) | _working_slots(slots)
            if slots:
                self._known_sets[id(slots)] = known
        return known

    def boxes(self, student: str) -> Mapping[str, tuple[str, ...]]:
        """The slots of each of a student's questions, as they are printed."""
        return self._expected.slots[student]

    def absent(self, submission: Submission) -> frozenset[str]:
        """The boxes of a question that a submission says nothing about, not even that they are blank."""
        return frozenset(self.boxes(submission.student).get(submission.question, ())) - submission.responses.keys()

    def all_slots(self, question: str | None = None) -> frozenset[str]:
        """The slots that any student has (of a question, or at all)."""
        distinct = {
            slots
            for asked in self._expected.slots.values()
            for each, slots in asked.items()
            if question in (None, each)
        }
        return frozenset().union(*distinct, *map(_working_slots, distinct))

    def slot(self, written: str, allowed: frozenset[str]) -> str | None:
        """The slot meant among those allowed, up to case and blanks."""
        if written in allowed:
            return written
        alike = self._slots_alike.get(allowed)
        if alike is None:
            alike = self._slots_alike[allowed] = unique((_plain_slot(slot), slot) for slot in sorted(allowed))
        return alike.get(_plain_slot(written))

    def who_instead(self, written: str) -> Remark:
        """What to do about an id that nobody has."""
        return self._instead(
            written.strip().casefold(),
            self.ids.alike,
            Remark.of(N_("write the id as it is in the roster, or add the student and make their sheet")),
        )

    def what_instead(self, written: str, allowed: frozenset[str]) -> Remark:
        """What to do about a slot that a question does not have."""
        otherwise = Remark.of(N_("write the slot's name as it is in questions.json"))
        return self._instead(written, {slot: slot for slot in sorted(allowed)}, otherwise)

    def which_instead(self, student: str) -> Remark:
        """What to do about a question that a student does not have."""
        questions = ", ".join(self._expected.slots[student])
        if not questions:
            return Remark.of(N_("{student} has no questions"), student=shown(student))
        return Remark.of(N_("{student} has {questions}"), student=shown(student), questions=questions)

    def _instead(self, written: str, names: dict[str, str], otherwise: Remark) -> Remark:
        key = (written, id(names) if names is self.ids.alike else hash(tuple(names)))
        if key not in self._similar and len(self._similar) < _MOST_SEARCHES:
            near = get_close_matches(written[:100], names, n=1, cutoff=0.75)
            self._similar[key] = names[near[0]] if near else None
        similar = self._similar.get(key)
        if not similar:
            return otherwise
        return Remark.of(N_("did you mean {name}? Otherwise {otherwise}"), name=shown(similar), otherwise=otherwise)


def _working_slots(slots: tuple[str, ...]) -> frozenset[str]:
    columns = {column for column, _ in map(slot_parts, slots)} | {None}
    return frozenset(slot_name(column, WORKING) for column in columns if slots)


def _plain_slot(written: str) -> str:
    return "".join(written.split()).casefold().replace("∂", "d")


def _plain_sheet_id(sheet_id: str) -> str:
    """A sheet id as Crockford's base32 means it: no hyphens, no case, and O, I, L for 0 and 1."""
    return sheet_id.strip().upper().translate(_SHEET_ID_LOOKALIKES)
