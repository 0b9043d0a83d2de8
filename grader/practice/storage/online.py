"""Assignments answered online: every slot as it is saved, every hand-in as it was."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import TypeAlias

from sqlalchemy import Connection, delete, func, select

from grader.practice.storage.course_links import forget_ties
from grader.practice.storage.database import Database
from grader.practice.storage.models import Grant, HandIn, OnlineAnswer
from grader.practice.storage.plays import forget_learner


@dataclass(frozen=True, slots=True)
class OnlineAttempt:
    """One attempt at one question."""

    student: str
    question: str
    number: int
    responses: Mapping[str, str]
    at: float


@dataclass(frozen=True, slots=True)
class SavedBoxes:
    """What was brought is kept, but for what is `late`: those boxes hold something newer.

    `number` is the attempt's, 0 if none was handed in; `empty` says that nothing is written that could be.
    """

    late: Mapping[str, str]
    number: int = 0
    empty: bool = False


@dataclass(frozen=True, slots=True)
class UsedUp:
    """Every attempt that is allowed was used; nothing was kept."""


Sort: TypeAlias = Callable[[Mapping[str, str]], tuple[Mapping[str, str], Mapping[str, str]]]
"""Tells from what stands in the slots what of a page is to be written, and what is not, since it is older."""


class Online:
    """What the students of one assignment have written; times come from the caller."""

    def __init__(self, database: Database, assignment: str) -> None:
        self._database = database
        self._assignment = assignment

    def saved(self, student: str, question: str) -> dict[str, str]:
        """What stands in the slots."""
        with self._database.reading() as connection:
            return self._held(connection, student, question)

    def take(
        self, student: str, question: str, sort: Sort, now: float, *, limit: int | None = None, hand_in: bool = False
    ) -> SavedBoxes | UsedUp:
        """Keep what a page brings, and hand all of it in if asked to and nothing in it is older than what stands here.

        All in one transaction, which nobody else's comes between: `sort` tells from what stands in the slots what is to
        be written. Each attempt gets its own number, and no more than `limit` are kept; where they are used up, nothing
        is written. What was handed in last is no new attempt when it comes again, as from a button pressed twice.
        """
        with self._database.writing() as connection:
            self._have_alone(connection, student, question)
            held = self._held(connection, student, question)
            last = self._last(connection, student, question)
            written, late = sort(held)
            used = 0 if last is None else last.number
            full = limit is not None and used >= limit
            if full and (written or late):
                return UsedUp()
            self._write(connection, student, question, written, now)
            if not hand_in or late:
                return SavedBoxes(dict(late))
            responses = {slot: text for slot, text in {**held, **written}.items() if text}
            if not responses:
                return SavedBoxes({}, empty=True)
            if last is not None and dict(last.responses) == responses:
                return SavedBoxes({}, used)
            if full:
                return UsedUp()
            row = {
                "assignment": self._assignment,
                "student": student,
                "question": question,
                "number": used + 1,
                "responses": json.dumps(responses, ensure_ascii=False),
                "at": now,
            }
            connection.execute(self._database.insert(HandIn).values(row))
        return SavedBoxes({}, used + 1)

    def _have_alone(self, connection: Connection, student: str, question: str) -> None:
        # SQLite has one writer at a time anyway.
        if self._database.dialect == "postgresql":
            lock = func.pg_advisory_xact_lock(func.hashtext(f"{self._assignment}:{student}:{question}"))
            connection.execute(select(lock))

    def _held(self, connection: Connection, student: str, question: str) -> dict[str, str]:
        table = OnlineAnswer
        query = select(table.slot, table.response).where(
            table.assignment == self._assignment, table.student == student, table.question == question
        )
        return {slot: response for slot, response in connection.execute(query) if response}

    def _last(self, connection: Connection, student: str, question: str) -> OnlineAttempt | None:
        table = HandIn
        mine = (table.assignment == self._assignment, table.student == student, table.question == question)
        last = select(table.number, table.responses, table.at).where(*mine).order_by(table.number.desc()).limit(1)
        row = connection.execute(last).one_or_none()
        return None if row is None else OnlineAttempt(student, question, row.number, json.loads(row.responses), row.at)

    def _write(
        self, connection: Connection, student: str, question: str, responses: Mapping[str, str], now: float
    ) -> None:
        if not responses:
            return
        key = {"assignment": self._assignment, "student": student, "question": question}
        rows = [key | {"slot": slot, "response": response, "at": now} for slot, response in responses.items()]
        made = self._database.insert(OnlineAnswer).values(rows)
        changed = {"response": made.excluded["response"], "at": now}
        index = ["assignment", "student", "question", "slot"]
        connection.execute(made.on_conflict_do_update(index_elements=index, set_=changed))

    def attempts(self, student: str | None = None) -> list[OnlineAttempt]:
        """Every attempt of one student or of all, in order."""
        table = HandIn
        query = select(table.student, table.question, table.number, table.responses, table.at)
        query = query.where(table.assignment == self._assignment)
        if student is not None:
            query = query.where(table.student == student)
        with self._database.reading() as connection:
            rows = connection.execute(query.order_by(table.student, table.question, table.number)).all()
        return [OnlineAttempt(row[0], row[1], row[2], json.loads(row[3]), row[4]) for row in rows]

    def forget(self, student: str | None = None, sheets: Collection[str] = ()) -> int:
        """Delete what a student has written, or all have, and who may open these sheets; returns how many rows."""
        count = 0
        with self._database.writing() as connection:
            for table in (OnlineAnswer, HandIn):
                mine = delete(table).where(table.assignment == self._assignment)
                count += connection.execute(mine if student is None else mine.where(table.student == student)).rowcount
            count += connection.execute(delete(Grant).where(Grant.door.in_(sheets))).rowcount
            for person in forget_ties(connection, self._assignment, student):
                # Who came from a platform practises under a pseudonym that the tie has told.
                forget_learner(connection, person)
                count += 1
        return count

    def drafts(self) -> dict[tuple[str, str], tuple[dict[str, str], float]]:
        """What was saved, handed in or not: (student, question) → responses and when the last was written."""
        table = OnlineAnswer
        query = select(table.student, table.question, table.slot, table.response, table.at)
        found: dict[tuple[str, str], tuple[dict[str, str], float]] = {}
        with self._database.reading() as connection:
            for student, question, slot, response, at in connection.execute(
                query.where(table.assignment == self._assignment)
            ):
                held, last = found.get((student, question), ({}, 0.0))
                found[student, question] = ({**held, slot: response}, max(last, at))
        return found
