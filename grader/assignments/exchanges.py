"""Sheets that two students worked in each other's place: each is marked for the one who worked it.

[[exchange]]
sheets = ["7F3K-2QXM-9ABC-DE2G", "Q0Z4-M7VJ-1TRN-8K5W"]    # their printed ids, which stay what they are
why = "the two took each other's sheet from the pile"
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from grader.assignments.question_set import QuestionSet
from question_bank.language.words import _


@dataclass(frozen=True, slots=True)
class Exchange:
    """Two sheets, and the students whom they were made for, in the same order."""

    sheets: tuple[str, str]
    students: tuple[str, str]
    why: str

    @property
    def said(self) -> str:
        """The decision and its reason in a line, which does not say whose the other sheet was.

        >>> Exchange(("7F3K", "Q0Z4"), ("s1", "s2"), "taken from one pile").said
        'worked on a sheet made for somebody else, and marked by that one: taken from one pile'
        """
        return _("worked on a sheet made for somebody else, and marked by that one: {why}").format(why=self.why)


def is_done(question_set: QuestionSet, one: Exchange) -> bool:
    """Whether each of the two has the other's sheet already, as when one is being forgotten: twice would undo it."""
    made = tuple(map(question_set.sheet_id, one.students))
    return made == one.sheets[::-1]


def exchanged(question_set: QuestionSet, exchanges: Iterable[Exchange]) -> QuestionSet:
    """The same set where each of two students got the sheet that the other worked; the students' order stays."""
    now: dict[str, str] = {}
    for one in exchanges:
        (first, second), (student, other) = one.sheets, one.students
        now |= {first: other, second: student}
    if not now:
        return question_set
    order = {student: place for place, student in enumerate(question_set.by_student())}
    questions = [
        handed.model_copy(update={"student": now[handed.sheet_id]}) if handed.sheet_id in now else handed
        for handed in question_set.questions
    ]
    return question_set.model_copy(
        update={"questions": tuple(sorted(questions, key=lambda handed: order[handed.student]))}
    )
