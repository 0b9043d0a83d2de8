"""Links in courses: what they show, who came by them, whose sheet that is, and the scores that go back."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from sqlalchemy import Connection, delete, select, update

from grader.practice.storage.database import Database
from grader.practice.storage.models import LtiLink, LtiPerson, LtiScore, LtiTie

ASSIGNMENT, LESSON = "assignment:", "lesson:"
"""How what a link shows begins; the id follows."""
_TAKEN_SECONDS = 120.0
"""After which another process may send a score that one took and has not sent."""


@dataclass(frozen=True, slots=True)
class CourseLink:
    """A link in a course; `shows` is `assignment:ID` or `lesson:ID`, empty until somebody chose.

    `line_item` is the address of its column in the gradebook, `members` that of the course's list of people.
    """

    id: str
    platform: str
    deployment: str
    resource: str
    shows: str
    course: str
    line_item: str
    members: str


@dataclass(frozen=True, slots=True)
class ScoreToSend:
    """A score that waits: whose, where it goes, and the time stamp that it must rise above."""

    link: CourseLink
    person: str
    subject: str
    given: float
    most: float
    comment: str
    after: float


@dataclass(frozen=True, slots=True)
class SentScore:
    """How a person's score stands: `given` is None before there is one; `trouble` says why it was not taken."""

    person: str
    given: float | None
    most: float | None
    waits: bool
    trouble: str


Tied = Literal["tied", "taken", "another"]
"""What came of a tie: it holds; the sheet is somebody else's already; the person has another sheet."""


class CourseLinks:
    """Links, people, ties and scores; times come from the caller."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def meet(self, platform: str, subject: str, learner: str, now: float) -> None:
        """Make a person known whom a platform has sent.

        Who is known under another id, from before the installation's secret was changed, keeps sheets and scores.
        """
        row = {"id": learner, "platform": platform, "subject": subject, "at": now}
        same = (LtiPerson.platform == platform, LtiPerson.subject == subject)
        with self._database.writing() as connection:
            before = connection.scalar(select(LtiPerson.id).where(*same))
            if before is not None and before != learner:
                connection.execute(update(LtiPerson).where(*same).values(id=learner))
                connection.execute(update(LtiTie).where(LtiTie.person == before).values(person=learner))
                connection.execute(update(LtiScore).where(LtiScore.person == before).values(person=learner))
            connection.execute(self._database.insert(LtiPerson).values(row).on_conflict_do_nothing())

    def seen(
        self,
        platform: str,
        deployment: str,
        resource: str,
        now: float,
        *,
        shows: str,
        course: str,
        line_item: str,
        members: str,
    ) -> CourseLink:
        """The link as a launch describes it; what it shows stays what was chosen, where the launch does not say."""
        name = hashlib.blake2b("\n".join((platform, deployment, resource)).encode(), digest_size=15).hexdigest()
        said = {"course": course, "line_item": line_item, "members": members} | ({"shows": shows} if shows else {})
        row = {"id": name, "platform": platform, "deployment": deployment, "resource": resource, "at": now}
        made = self._database.insert(LtiLink).values(row | {"shows": ""} | said)
        with self._database.writing() as connection:
            connection.execute(made.on_conflict_do_update(index_elements=["id"], set_=said))
        found = self.get(name)
        assert found is not None  # just written
        return found

    def get(self, link: str) -> CourseLink | None:
        """One link by its id."""
        with self._database.reading() as connection:
            row = connection.execute(select(LtiLink.__table__).where(LtiLink.id == link)).one_or_none()
        return None if row is None else _link(row)

    def showing(self, shows: str) -> list[CourseLink]:
        """Every link that shows it."""
        query = select(LtiLink.__table__).where(LtiLink.shows == shows).order_by(LtiLink.at, LtiLink.id)
        with self._database.reading() as connection:
            return [_link(row) for row in connection.execute(query)]

    def choose(self, link: str, shows: str) -> None:
        """Let a link show something, or something else."""
        with self._database.writing() as connection:
            connection.execute(update(LtiLink).where(LtiLink.id == link).values(shows=shows))

    def tie(self, assignment: str, student: str, person: str, now: float) -> Tied:
        """Give a student's sheet to a person, if neither has another; the same again changes nothing."""
        row = {"assignment": assignment, "student": student, "person": person, "at": now}
        with self._database.writing() as connection:
            connection.execute(self._database.insert(LtiTie).values(row).on_conflict_do_nothing())
            of = LtiTie.assignment == assignment
            whose = connection.scalar(select(LtiTie.person).where(of, LtiTie.student == student))
        if whose == person:
            return "tied"
        return "another" if whose is None else "taken"

    def tied_student(self, assignment: str, person: str) -> str | None:
        """Whose sheet a person has."""
        query = select(LtiTie.student).where(LtiTie.assignment == assignment, LtiTie.person == person)
        with self._database.reading() as connection:
            return connection.scalar(query)

    def ties(self, assignment: str) -> dict[str, str]:
        """Student → person."""
        query = select(LtiTie.student, LtiTie.person).where(LtiTie.assignment == assignment)
        with self._database.reading() as connection:
            return {row.student: row.person for row in connection.execute(query)}

    def release(self, assignment: str, student: str) -> None:
        """Untie a sheet, so that the next who is found to be its student gets it; its scores go no further."""
        with self._database.writing() as connection:
            _untie(connection, assignment, student)

    def expect(self, link: str, person: str) -> None:
        """Note that a person came by a link, whose score goes there once there is one."""
        row = _score_row(link, person)
        with self._database.writing() as connection:
            connection.execute(self._database.insert(LtiScore).values(row).on_conflict_do_nothing())

    def want(self, link: str, person: str, given: float, most: float, comment: str, *, rising: bool = False) -> bool:
        """Have a score sent, unless the same was sent before; `rising`: or a better one. Says whether it waits now."""
        with self._database.writing() as connection:
            row = connection.execute(
                select(LtiScore.given, LtiScore.most, LtiScore.comment, LtiScore.waits)
                .where(LtiScore.link == link, LtiScore.person == person)
                .with_for_update()
            ).one_or_none()
            if row is not None and row.given is not None:
                if (row.given, row.most, row.comment) == (given, most, comment):
                    return bool(row.waits)
                if rising and row.given >= given:
                    return bool(row.waits)
            said = {"given": given, "most": most, "comment": comment, "waits": True, "taken_at": 0.0, "trouble": ""}
            made = self._database.insert(LtiScore).values(_score_row(link, person) | said)
            connection.execute(made.on_conflict_do_update(index_elements=["link", "person"], set_=said))
        return True

    def take_scores(
        self, now: float, most: int, person: str | None = None, link: str | None = None
    ) -> list[ScoreToSend]:
        """Scores that wait, of one person or at one link if named: nobody else gets them for a while."""
        waiting = select(LtiScore.__table__).where(LtiScore.waits, LtiScore.taken_at < now - _TAKEN_SECONDS)
        waiting = waiting if person is None else waiting.where(LtiScore.person == person)
        waiting = waiting if link is None else waiting.where(LtiScore.link == link)
        found: list[ScoreToSend] = []
        with self._database.writing() as connection:
            if self._database.dialect == "postgresql":
                waiting = waiting.with_for_update(skip_locked=True)
            for row in connection.execute(waiting.order_by(LtiScore.link, LtiScore.person).limit(most)).all():
                mine = (LtiScore.link == row.link, LtiScore.person == row.person)
                connection.execute(update(LtiScore).where(*mine).values(taken_at=now))
                at = connection.execute(select(LtiLink.__table__).where(LtiLink.id == row.link)).one_or_none()
                subject = connection.scalar(select(LtiPerson.subject).where(LtiPerson.id == row.person))
                if at is not None and subject is not None:
                    after = row.sent_at
                    found.append(ScoreToSend(_link(at), row.person, subject, row.given, row.most, row.comment, after))
        return found

    def sent(self, score: ScoreToSend, stamp: float) -> None:
        """Note that a score was taken by the platform; one that was wanted meanwhile still waits."""
        same = (LtiScore.given == score.given, LtiScore.most == score.most, LtiScore.comment == score.comment)
        self._note(score, {"sent_at": stamp})
        self._note(score, {"waits": False, "trouble": ""}, *same)

    def not_sent(self, score: ScoreToSend, trouble: str, *, again: bool) -> None:
        """Note why a score was not taken, and whether it is to be sent again later."""
        self._note(score, {"trouble": trouble[:400], "waits": again})

    def _note(self, score: ScoreToSend, values: dict[str, Any], *same: Any) -> None:
        mine = (LtiScore.link == score.link.id, LtiScore.person == score.person, *same)
        with self._database.writing() as connection:
            connection.execute(update(LtiScore).where(*mine).values(values))

    def scores(self, link: str) -> list[SentScore]:
        """How everybody's score at a link stands."""
        query = select(LtiScore.__table__).where(LtiScore.link == link).order_by(LtiScore.person)
        with self._database.reading() as connection:
            rows = connection.execute(query).all()
        return [SentScore(row.person, row.given, row.most, row.waits, row.trouble) for row in rows]

    def links_of(self, person: str, shows: str) -> list[str]:
        """The links that a person came by and that show it."""
        query = select(LtiLink.id).join(LtiScore, LtiScore.link == LtiLink.id)
        query = query.where(LtiScore.person == person, LtiLink.shows == shows)
        with self._database.reading() as connection:
            return list(connection.scalars(query))


def _score_row(link: str, person: str) -> dict[str, Any]:
    nothing = {"given": None, "most": None, "comment": "", "waits": False}
    return {"link": link, "person": person, **nothing, "taken_at": 0.0, "sent_at": 0.0, "trouble": ""}


def _link(row: Any) -> CourseLink:
    where = (row.id, row.platform, row.deployment, row.resource)
    return CourseLink(*where, row.shows, row.course, row.line_item, row.members)


def _untie(connection: Connection, assignment: str, student: str | None) -> None:
    """Take away ties of a student, or all, with the scores that go with them."""
    mine: Sequence[Any] = (LtiTie.assignment == assignment, *(() if student is None else (LtiTie.student == student,)))
    people = select(LtiTie.person).where(*mine)
    links = select(LtiLink.id).where(LtiLink.shows == f"{ASSIGNMENT}{assignment}")
    connection.execute(delete(LtiScore).where(LtiScore.link.in_(links), LtiScore.person.in_(people)))
    connection.execute(delete(LtiTie).where(*mine))


def forget_ties(connection: Connection, assignment: str, student: str | None) -> list[str]:
    """Delete whose account on a platform a student's sheet is tied to, or all students', and their scores there.

    Nothing is left of an account that has no other sheet; returns these accounts.
    """
    mine: Sequence[Any] = (LtiTie.assignment == assignment, *(() if student is None else (LtiTie.student == student,)))
    people = list(connection.scalars(select(LtiTie.person).where(*mine)))
    _untie(connection, assignment, student)
    gone = [one for one in people if connection.scalar(select(LtiTie.person).where(LtiTie.person == one)) is None]
    for person in gone:
        forget_person(connection, person)
    return gone


def forget_person(connection: Connection, person: str) -> None:
    """Delete all that is kept of an account on a platform."""
    connection.execute(delete(LtiScore).where(LtiScore.person == person))
    connection.execute(delete(LtiTie).where(LtiTie.person == person))
    connection.execute(delete(LtiPerson).where(LtiPerson.id == person))
