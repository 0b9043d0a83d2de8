"""Classes: who joined, how each kind of step goes, which misconceptions there are, who needs help."""

from __future__ import annotations

import secrets
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, select

from grader.marking import Verdict
from grader.practice.learning.checking import RIGHT
from grader.practice.learning.hints import Rung
from grader.practice.storage.database import Database
from grader.practice.storage.models import Answer, Classroom, Event, Learner, PlayRow

_CODE_LETTERS = "23456789abcdefghjkmnpqrstuvwxyz"
_CODE_LENGTH = 10
_STUCK_AFTER = 3


@dataclass(frozen=True, slots=True)
class Success:
    """How one kind of step at one place went: checks, and how many of them were right."""

    place: str
    right: int
    total: int

    @property
    def percent(self) -> int:
        """The share that was right."""
        return round(100 * self.right / self.total) if self.total else 0


@dataclass(frozen=True, slots=True)
class Stuck:
    """A student at a step that does not come right."""

    pseudonym: str
    lesson: str
    step: str
    misses: int
    rung: int
    at: float


class Classes:
    """What a teacher sees; students appear under their pseudonyms only."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def create(self, title: str, now: float) -> str:
        """A new class; returns its id."""
        code = "".join(secrets.choice(_CODE_LETTERS) for _ in range(_CODE_LENGTH))
        name = secrets.token_urlsafe(9)
        with self._database.writing() as connection:
            row = {"id": name, "title": title, "code": code, "created_at": now}
            connection.execute(self._database.insert(Classroom).values(row))
        return name

    def all(self) -> Sequence[Any]:
        """Every class with the number of its students, the latest first."""
        count = select(func.count(Learner.id)).where(Learner.classroom_id == Classroom.id).scalar_subquery()
        query = select(Classroom.id, Classroom.title, Classroom.code, count.label("students"))
        with self._database.reading() as connection:
            return connection.execute(query.order_by(Classroom.created_at.desc())).all()

    def get(self, classroom: str) -> Any:
        """One class by its id, None for none."""
        return self._one(Classroom.id == classroom)

    def by_code(self, code: str) -> Any:
        """One class by the code of its join link, None for none."""
        return self._one(Classroom.code == code)

    def _one(self, condition: Any) -> Any:
        with self._database.reading() as connection:
            return connection.execute(select(Classroom.__table__).where(condition)).one_or_none()

    def recipes(self, classroom: str) -> list[str]:
        """The recipes that the class has worked on, the most used first."""
        query = (
            select(Event.recipe, func.count())
            .where(Event.classroom_id == classroom, Event.kind == "check")
            .group_by(Event.recipe)
            .order_by(func.count().desc(), Event.recipe)
        )
        with self._database.reading() as connection:
            return [row[0] for row in connection.execute(query)]

    def success(self, classroom: str, recipe: str) -> dict[str, Success]:
        """How each step of a recipe goes, by place."""
        query = (
            select(Event.place, Event.verdict, func.count())
            .where(Event.classroom_id == classroom, Event.recipe == recipe, Event.kind == "check")
            .group_by(Event.place, Event.verdict)
        )
        right: defaultdict[str, int] = defaultdict(int)
        total: defaultdict[str, int] = defaultdict(int)
        with self._database.reading() as connection:
            for place, verdict, count in connection.execute(query):
                total[place] += count
                right[place] += count if verdict is not None and Verdict(verdict) in RIGHT else 0
        return {place: Success(place, right[place], total[place]) for place in total}

    def misconceptions(self, classroom: str, since: float) -> list[tuple[tuple[str, ...], int]]:
        """What went wrong since then: the misconceptions (several where nothing tells them apart), by students."""
        query = (
            select(Event.causes, func.count(func.distinct(Event.learner_id)))
            .where(Event.classroom_id == classroom, Event.at >= since, Event.verdict == int(Verdict.MISCONCEPTION))
            .group_by(Event.causes)
            .order_by(func.count(func.distinct(Event.learner_id)).desc(), Event.causes)
            .limit(12)
        )
        with self._database.reading() as connection:
            return [(tuple(causes.split()), count) for causes, count in connection.execute(query)]

    def stuck(self, classroom: str, since: float) -> list[Stuck]:
        """Who was there since then and is at a step that does not come right, or has taken hints to the end."""
        last = (
            select(Event.play_id, Event.slot, func.max(Event.at).label("at"))
            .where(Event.classroom_id == classroom, Event.at >= since)
            .group_by(Event.play_id, Event.slot)
            .subquery()
        )
        wrong = [int(verdict) for verdict in Verdict if verdict not in RIGHT]
        query = (
            select(Learner.pseudonym, PlayRow.lesson, Answer.step, Answer.misses, Answer.rung, last.c.at)
            .join(PlayRow, PlayRow.id == Answer.play_id)
            .join(Learner, Learner.id == PlayRow.learner_id)
            .join(last, (last.c.play_id == Answer.play_id) & (last.c.slot == Answer.slot))
            .where(PlayRow.finished_at.is_(None))
            .where((Answer.verdict.in_(wrong)) | (Answer.verdict.is_(None)))
            .where((Answer.misses >= _STUCK_AFTER) | (Answer.rung >= Rung.VALUE))
            .order_by(Answer.misses.desc(), last.c.at.desc())
            .limit(30)
        )
        with self._database.reading() as connection:
            return [Stuck(*row) for row in connection.execute(query)]

    def rows(self, classroom: str) -> Sequence[Any]:
        """Every check of the class, for a spreadsheet."""
        columns = (Event.at, Learner.pseudonym, Event.recipe, Event.slot, Event.skill, Event.kind, Event.verdict)
        query = (
            select(*columns, Event.causes)
            .join(Learner, Learner.id == Event.learner_id)
            .where(Event.classroom_id == classroom)
            .order_by(Event.at, Event.id)
        )
        with self._database.reading() as connection:
            return connection.execute(query).all()
