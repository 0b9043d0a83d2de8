"""What each student has altogether: which questions count, and what a person decided about it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from grader.assignments.decisions import Decisions
from grader.assignments.question_set import HandedQuestion, QuestionSet
from grader.grading.grading import Graded
from grader.rubrics.slot_marks import TICKS, to_ticks
from question_bank.language.counts import listed_in_words
from question_bank.language.words import _, decimal, ngettext


@dataclass(frozen=True, slots=True)
class Total:
    """One student's total in ticks, out of what could be earned without a bonus.

    `counting` are the questions that make it up; `changes` are the lines of what was decided about the total itself,
    `decided` those of all decisions that concern the student.
    """

    student: str
    earned: int
    out_of: int
    counting: tuple[str, ...]
    changes: tuple[str, ...] = ()
    decided: tuple[str, ...] = ()

    @property
    def marks(self) -> float:
        """The total in marks."""
        return self.earned / TICKS


def totals(question_set: QuestionSet, graded: Sequence[Graded], decisions: Decisions | None = None) -> dict[str, Total]:
    """The totals of all students who have any marks, in the order of the set.

    Dropped questions count for nobody. Of the others the best so many count, between equal ones the first; what was not
    handed in is worth nothing. A bonus comes on top, for everybody that is for all who handed something in; then the
    cap and the floor hold.
    """
    decisions = decisions or Decisions()
    rule = decisions.total
    marked: defaultdict[str, dict[str, Graded]] = defaultdict(dict)
    for one in graded:
        marked[one.handed.student][one.handed.question] = one
    bonuses = {one.student: one for one in decisions.bonuses if not one.question}
    exchanges = {student: one for one in decisions.exchanges for student in one.students}
    found: dict[str, Total] = {}
    for student, handed in question_set.by_student().items():
        mine, bonus = marked.get(student, {}), bonuses.get(student)
        if not mine and (bonus is None or bonus.of_all):
            continue
        worth = {one.question: to_ticks(one.marks) for one in handed if one.question not in decisions.dropped}
        earned = {question: mine[question].earned if question in mine else 0 for question in worth}
        counting = sorted(worth, key=lambda question: -earned[question])[: rule.best]  # stable between equal ones
        changes = [exchanges[student].said] if student in exchanges else []
        if len(counting) < len(worth):
            left = listed_in_words([question for question in worth if question not in counting])
            said = ngettext(
                "the best {count} of {total} questions counts, {left} not: {why}",
                "the best {count} of {total} questions count, {left} not: {why}",
                len(counting),
            )
            changes.append(said.format(count=len(counting), total=len(worth), left=left, why=rule.why))
        total = sum(earned[question] for question in counting)
        if bonus is not None:
            changes.append(bonus.said)
            total += bonus.ticks
        if rule.cap is not None and total > to_ticks(rule.cap):
            said = _("{marks} marks, of which at most {cap} count: {why}")
            changes.append(said.format(marks=_marks(total / TICKS), cap=decimal(f"{rule.cap:g}"), why=rule.why))
            total = to_ticks(rule.cap)
        if rule.floor is not None and total < to_ticks(rule.floor):
            said = _("{marks} marks, raised to {floor}: {why}")
            changes.append(said.format(marks=_marks(total / TICKS), floor=decimal(f"{rule.floor:g}"), why=rule.why))
            total = to_ticks(rule.floor)
        dropped = [
            _("{question} does not count: {why}").format(question=one.question, why=decisions.dropped[one.question])
            for one in handed
            if one.question in decisions.dropped
        ]
        of_questions = [said for question in mine.values() for said in said_of(question)]
        found[student] = Total(
            student,
            total,
            most_ticks(handed, decisions),
            tuple(question for question in worth if question in counting),
            (*dropped, *changes),
            (*of_questions, *dropped, *changes),
        )
    return found


def _marks(marks: float) -> str:
    return decimal(f"{marks:.2f}")


def most_ticks(handed: Sequence[HandedQuestion], decisions: Decisions | None = None) -> int:
    """Ticks that one student's questions come to where all is right, without a bonus."""
    decisions = decisions or Decisions()
    worth = (to_ticks(one.marks) for one in handed if one.question not in decisions.dropped)
    return sum(sorted(worth, reverse=True)[: decisions.total.best])


def said_of(one: Graded) -> list[str]:
    """The lines of what was decided about one question's marks."""
    lines = [override.said for override in one.decided.values()]
    return lines if one.bonus is None else [*lines, one.bonus.said]
