"""The tables. Times are seconds since 1970 in UTC; identifiers are random texts, so that none can be guessed."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar

from sqlalchemy import Double, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

Id = Annotated[str, mapped_column(String(64))]
ShortText = Annotated[str, mapped_column(String(120))]
GivenId = Annotated[str, mapped_column(String(255))]
"""An identifier of somebody else's making: LTI lets it have so many characters."""


class Base(DeclarativeBase):
    """All tables of practice."""

    # A plain FLOAT has 24 bits in PostgreSQL: too few for a time of day.
    type_annotation_map: ClassVar[dict[Any, Any]] = {float: Double()}


class Setting(Base):
    """What the installation as a whole knows: the secret that links are signed with, the teacher's password's hash."""

    __tablename__ = "settings"
    name: Mapped[ShortText] = mapped_column(primary_key=True)
    value: Mapped[str] = mapped_column(Text)


class Classroom(Base):
    """A class that students join by its code."""

    __tablename__ = "classrooms"
    id: Mapped[Id] = mapped_column(primary_key=True)
    title: Mapped[ShortText]
    code: Mapped[Id] = mapped_column(unique=True)
    created_at: Mapped[float]


class Learner(Base):
    """Somebody who practises: no more than a pseudonym."""

    __tablename__ = "learners"
    id: Mapped[Id] = mapped_column(primary_key=True)
    pseudonym: Mapped[ShortText]
    classroom_id: Mapped[Id | None] = mapped_column(ForeignKey("classrooms.id"), index=True)
    created_at: Mapped[float]
    seen_at: Mapped[float]


class PlayRow(Base):
    """A question in somebody's hands; `question` holds it in the shape that `solve` reads, so that it never changes."""

    __tablename__ = "plays"
    __table_args__ = (UniqueConstraint("learner_id", "question_id"),)
    id: Mapped[Id] = mapped_column(primary_key=True)
    learner_id: Mapped[Id] = mapped_column(ForeignKey("learners.id"), index=True)
    question_id: Mapped[Id]
    lesson: Mapped[ShortText]
    recipe: Mapped[ShortText]
    parameter: Mapped[ShortText]
    quantity: Mapped[ShortText]
    seed: Mapped[ShortText]
    asked: Mapped[ShortText]
    edition: Mapped[ShortText]
    question: Mapped[str] = mapped_column(Text)
    created_at: Mapped[float]
    finished_at: Mapped[float | None]
    revealed_at: Mapped[float | None]


class Answer(Base):
    """A slot of a play: see `tutor.Entry`, whose fields these are; `tried_at` is when it was first checked."""

    __tablename__ = "answers"
    play_id: Mapped[Id] = mapped_column(ForeignKey("plays.id"), primary_key=True)
    slot: Mapped[ShortText] = mapped_column(primary_key=True)
    step: Mapped[ShortText]
    skill: Mapped[ShortText]
    response: Mapped[str] = mapped_column(Text)
    checked: Mapped[str | None] = mapped_column(Text)
    verdict: Mapped[int | None]
    reason: Mapped[str] = mapped_column(Text)
    causes: Mapped[str] = mapped_column(Text)
    misses: Mapped[int]
    rung: Mapped[int]
    credit: Mapped[float | None]
    tried_at: Mapped[float | None]


class Event(Base):
    """What happened in a class or alone: a check with its verdict, a hint, a solution shown."""

    __tablename__ = "events"
    __table_args__ = (Index("ix_events_classroom_at", "classroom_id", "at"),)
    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    at: Mapped[float]
    learner_id: Mapped[Id] = mapped_column(ForeignKey("learners.id"), index=True)
    classroom_id: Mapped[Id | None]
    play_id: Mapped[Id] = mapped_column(ForeignKey("plays.id"), index=True)
    recipe: Mapped[ShortText]
    slot: Mapped[ShortText]
    place: Mapped[ShortText]
    skill: Mapped[ShortText]
    kind: Mapped[ShortText]
    verdict: Mapped[int | None]
    causes: Mapped[str] = mapped_column(Text)


class Grant(Base):
    """Access granted to a browser: to the teacher's pages by the password, to a sheet by its PIN.

    `key` is made of the password or PIN, so that a new one ends the grant; empty, once access was revoked.
    """

    __tablename__ = "grants"
    visitor: Mapped[Id] = mapped_column(primary_key=True)
    door: Mapped[ShortText] = mapped_column(primary_key=True)
    key: Mapped[ShortText]
    at: Mapped[float]


class OnlineAnswer(Base):
    """A slot of an assignment that is answered online, saved as it is typed."""

    __tablename__ = "online_answers"
    assignment: Mapped[Id] = mapped_column(primary_key=True)
    student: Mapped[ShortText] = mapped_column(primary_key=True)
    question: Mapped[ShortText] = mapped_column(primary_key=True)
    slot: Mapped[ShortText] = mapped_column(primary_key=True)
    response: Mapped[str] = mapped_column(Text)
    at: Mapped[float]


class HandIn(Base):
    """A question of an assignment as it was handed in, `number` counting from 1; `responses` is JSON."""

    __tablename__ = "hand_ins"
    assignment: Mapped[Id] = mapped_column(primary_key=True)
    student: Mapped[ShortText] = mapped_column(primary_key=True)
    question: Mapped[ShortText] = mapped_column(primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)
    responses: Mapped[str] = mapped_column(Text)
    at: Mapped[float]


class LtiKey(Base):
    """A key of our own, with which messages to platforms are signed; `pem` is the private half, the id names both."""

    __tablename__ = "lti_keys"
    id: Mapped[Id] = mapped_column(primary_key=True)
    pem: Mapped[str] = mapped_column(Text)
    made_at: Mapped[float]


class LtiPlatform(Base):
    """A registration with a learning platform, see `platforms.Platform`; lists are written with spaces between."""

    __tablename__ = "lti_platforms"
    __table_args__ = (UniqueConstraint("issuer", "client_id"),)
    id: Mapped[Id] = mapped_column(primary_key=True)
    title: Mapped[ShortText]
    issuer: Mapped[GivenId]
    client_id: Mapped[GivenId]
    sign_in: Mapped[str] = mapped_column(Text)
    token: Mapped[str] = mapped_column(Text)
    key_set: Mapped[str] = mapped_column(Text)
    audience: Mapped[str] = mapped_column(Text)
    sites: Mapped[str] = mapped_column(Text)
    deployments: Mapped[str] = mapped_column(Text)
    made_at: Mapped[float]


class LtiTicket(Base):
    """What may be used once and not for long: a sign-in that has begun, an invitation to register.

    The id and `browser` are hashes of what was given away.
    """

    __tablename__ = "lti_tickets"
    id: Mapped[Id] = mapped_column(primary_key=True)
    kind: Mapped[ShortText]
    platform: Mapped[Id]
    nonce: Mapped[Id]
    browser: Mapped[Id]
    at: Mapped[float]


class LtiLink(Base):
    """A link in a course, and what it shows: `assignment:ID` or `lesson:ID`, empty until somebody chose."""

    __tablename__ = "lti_links"
    __table_args__ = (UniqueConstraint("platform", "deployment", "resource"),)
    id: Mapped[Id] = mapped_column(primary_key=True)
    platform: Mapped[Id]
    deployment: Mapped[GivenId]
    resource: Mapped[GivenId]
    shows: Mapped[ShortText]
    course: Mapped[ShortText]
    line_item: Mapped[str] = mapped_column(Text)
    members: Mapped[str] = mapped_column(Text)
    at: Mapped[float]


class LtiPerson(Base):
    """Somebody whom a platform has sent: the number that it calls them by, and no name; the id is the learner's."""

    __tablename__ = "lti_people"
    __table_args__ = (UniqueConstraint("platform", "subject"),)
    id: Mapped[Id] = mapped_column(primary_key=True)
    platform: Mapped[Id]
    subject: Mapped[GivenId]
    at: Mapped[float]


class LtiTie(Base):
    """Whose sheet of an assignment a person of a platform has: one each way."""

    __tablename__ = "lti_ties"
    __table_args__ = (UniqueConstraint("assignment", "person"),)
    assignment: Mapped[Id] = mapped_column(primary_key=True)
    student: Mapped[ShortText] = mapped_column(primary_key=True)
    person: Mapped[Id]
    at: Mapped[float]


class LtiScore(Base):
    """A person's score at a link, `given` of `most`, as it is to stand on the platform; nothing before there is one.

    `waits` until it was sent; whoever sends it has it since `taken_at`. `sent_at` is the last one's time stamp.
    """

    __tablename__ = "lti_scores"
    link: Mapped[Id] = mapped_column(primary_key=True)
    person: Mapped[Id] = mapped_column(primary_key=True)
    given: Mapped[float | None]
    most: Mapped[float | None]
    comment: Mapped[str] = mapped_column(Text)
    waits: Mapped[bool] = mapped_column(index=True)
    taken_at: Mapped[float]
    sent_at: Mapped[float]
    trouble: Mapped[str] = mapped_column(Text)
