"""Assignments answered online: every slot as it is saved, every hand-in as it was."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import func, select

from grader.practice.storage.database import Database
from grader.practice.storage.models import HandIn, OnlineAnswer


@dataclass(frozen=True, slots=True)
class HandedIn:
    """One attempt at one question."""

    student: str
    question: str
    number: int
    responses: Mapping[str, str]
    at: float


class Online:
    """What the students of one assignment have written; times come from the caller."""

    def __init__(self, database: Database, assignment: str) -> None:
        self._database = database
        self._assignment = assignment

    def saved(self, student: str, question: str) -> dict[str, str]:
        """What stands in the slots."""
        table = OnlineAnswer
        query = select(table.slot, table.response).where(
            table.assignment == self._assignment, table.student == student, table.question == question
        )
        with self._database.reading() as connection:
            return {slot: response for slot, response in connection.execute(query) if response}

    def save(self, student: str, question: str, responses: Mapping[str, str], now: float) -> None:
        """Keep these slots; committed when this returns."""
        if not responses:
            return
        key = {"assignment": self._assignment, "student": student, "question": question}
        rows = [key | {"slot": slot, "response": response, "at": now} for slot, response in responses.items()]
        with self._database.writing() as connection:
            made = self._database.insert(OnlineAnswer).values(rows)
            changed = {"response": made.excluded["response"], "at": now}
            index = ["assignment", "student", "question", "slot"]
            connection.execute(made.on_conflict_do_update(index_elements=index, set_=changed))

    def hand_in(
        self, student: str, question: str, responses: Mapping[str, str], now: float, limit: int | None
    ) -> int | None:
        """Hand in an attempt; returns its number, None if all attempts that are allowed were used.

        Of two that come at once, each gets its own number, and no more than the limit are kept; but what was handed in
        last is no new attempt when it comes again, as from a button that was pressed twice.
        """
        table = HandIn
        mine = (table.assignment == self._assignment, table.student == student, table.question == question)
        with self._database.writing() as connection:
            if self._database.dialect == "postgresql":
                lock = func.pg_advisory_xact_lock(func.hashtext(f"{self._assignment}:{student}:{question}"))
                connection.execute(select(lock))
            last = select(table.number, table.responses).where(*mine).order_by(table.number.desc()).limit(1)
            before = connection.execute(last).one_or_none()
            if before is not None and json.loads(before[1]) == dict(responses):
                return int(before[0])
            number = 1 + (before[0] if before is not None else 0)
            if limit is not None and number > limit:
                return None
            row = {
                "assignment": self._assignment,
                "student": student,
                "question": question,
                "number": number,
                "responses": json.dumps(dict(responses), ensure_ascii=False),
                "at": now,
            }
            connection.execute(self._database.insert(table).values(row))
        return number

    def attempts(self, student: str | None = None) -> list[HandedIn]:
        """Every attempt of one student or of all, in order."""
        table = HandIn
        query = select(table.student, table.question, table.number, table.responses, table.at)
        query = query.where(table.assignment == self._assignment)
        if student is not None:
            query = query.where(table.student == student)
        with self._database.reading() as connection:
            rows = connection.execute(query.order_by(table.student, table.question, table.number)).all()
        return [HandedIn(row[0], row[1], row[2], json.loads(row[3]), row[4]) for row in rows]

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
