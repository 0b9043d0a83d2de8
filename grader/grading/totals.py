"""What each student has altogether: which questions count, and what a person decided about it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from grader.assignments.decisions import Bonus, Decisions, TotalRule
from grader.assignments.exchanges import Exchange
from grader.assignments.question_set import HandedQuestion, QuestionSet
from grader.grading.grading import Graded
from grader.rubrics.slot_marks import TICKS, to_ticks
from question_bank.language.counts import listed_in_words
from question_bank.language.words import _, decimal, ngettext


class Total(NamedTuple):
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


def earned_by_student(graded: Iterable[Graded]) -> dict[str, dict[str, int]]:
    """The ticks that each student has earned, by question."""
    earned: defaultdict[str, dict[str, int]] = defaultdict(dict)
    for one in graded:
        earned[one.handed.student][one.handed.question] = one.earned
    return dict(earned)


def totals(
    question_set: QuestionSet,
    graded: Sequence[Graded],
    decisions: Decisions | None = None,
    earned_by: Mapping[str, Mapping[str, int]] | None = None,
) -> dict[str, Total]:
    """The totals of all students who have any marks, in the order of the set.

    Dropped questions count for nobody. Of the others the best so many count, between equal ones the first; what was not
    handed in is worth nothing. A bonus comes on top, for everybody that is for all who handed something in; then the
    cap and the floor hold. `earned_by` is `earned_by_student(graded)`, where it is at hand.
    """
    decisions = decisions or Decisions()
    if earned_by is None:
        earned_by = earned_by_student(graded)
    decided: defaultdict[str, dict[str, list[str]]] = defaultdict(dict)
    for one in graded:
        if one.decided or one.bonus is not None:
            decided[one.handed.student][one.handed.question] = said_of(one)
    nothing: Mapping[str, int] = {}
    bonuses = {one.student: one for one in decisions.bonuses if not one.question}
    exchanges = {student: one for one in decisions.exchanges for student in one.students}
    nothing_decided = not (decisions.dropped or bonuses or exchanges) and decisions.total == TotalRule()
    found: dict[str, Total] = {}
    for student, handed in question_set.by_student().items():
        mine, bonus = earned_by.get(student, nothing), bonuses.get(student)
        if not mine and (bonus is None or bonus.of_all):
            continue
        if nothing_decided:
            worth = {one.question: to_ticks(one.marks) for one in handed}
            total = Total(student, sum(mine.values()), sum(worth.values()), tuple(worth))
        else:
            total = _as_decided(student, handed, mine, decisions, bonus, exchanges.get(student))
        if student in decided:
            of_questions = [said for lines in decided[student].values() for said in lines]
            total = total._replace(decided=(*of_questions, *total.decided))
        found[student] = total
    return found


def _as_decided(
    student: str,
    handed: Sequence[HandedQuestion],
    mine: Mapping[str, int],
    decisions: Decisions,
    bonus: Bonus | None,
    exchange: Exchange | None,
) -> Total:
    """One student's total, with what was decided about it."""
    rule = decisions.total
    worth = {one.question: to_ticks(one.marks) for one in handed if one.question not in decisions.dropped}
    counting = list(worth)
    changes = [] if exchange is None else [exchange.said]
    if rule.best is not None and rule.best < len(worth):
        counting.sort(key=lambda question: -mine.get(question, 0))  # stable between equal ones
        del counting[rule.best :]
        left = listed_in_words([question for question in worth if question not in counting])
        said = ngettext(
            "the best {count} of {total} questions counts, {left} not: {why}",
            "the best {count} of {total} questions count, {left} not: {why}",
            len(counting),
        )
        changes.append(said.format(count=len(counting), total=len(worth), left=left, why=rule.why))
    total = sum([mine.get(question, 0) for question in counting])
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
    changes = [*dropped, *changes]
    if len(counting) < len(worth):
        counting = [question for question in worth if question in counting]
    return Total(student, total, _most(worth.values(), decisions), tuple(counting), tuple(changes), tuple(changes))


def _marks(marks: float) -> str:
    return decimal(f"{marks:.2f}")


def most_ticks(handed: Sequence[HandedQuestion], decisions: Decisions | None = None) -> int:
    """Ticks that one student's questions come to where all is right, without a bonus."""
    decisions = decisions or Decisions()
    return _most([to_ticks(one.marks) for one in handed if one.question not in decisions.dropped], decisions)


def _most(worth: Iterable[int], decisions: Decisions) -> int:
    """The most that as many questions as count can be worth together."""
    return sum(sorted(worth, reverse=True)[: decisions.total.best])


def said_of(one: Graded) -> list[str]:
    """The lines of what was decided about one question's marks."""
    lines = [override.said for override in one.decided.values()]
    return lines if one.bonus is None else [*lines, one.bonus.said]
