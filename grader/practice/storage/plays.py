"""Learners and their plays: every action is one transaction around one pure function of `tutor`."""

from __future__ import annotations

import json
import secrets
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import Connection, Row, delete, func, select, update

from grader.marking import Verdict
from grader.practice.learning.checking import STANDING
from grader.practice.learning.hints import Rung
from grader.practice.learning.kept import solved
from grader.practice.learning.mastery import Evidence, skill_of
from grader.practice.learning.tokens import QuestionRef
from grader.practice.learning.tutor import Entry, Play, begin
from grader.practice.storage.course_links import forget_person
from grader.practice.storage.database import Database
from grader.practice.storage.models import Answer, Classroom, Event, Grant, Learner, LtiPerson, LtiScore, PlayRow
from question_bank.expressions.names import Derived, Local, Name, Symbol

_RECENT = 8
_EVIDENCE_KEPT = 4000
"""Outcomes that a standing is computed from: what is older weighs nothing any more."""
_SEEN_AGAIN_AFTER = 60.0
_TRIES_APART = 3

Action = Callable[[Play], Play]


@dataclass(frozen=True, slots=True)
class StoredPlay:
    """A play as it is kept: whose and which it is, and the play itself."""

    id: str
    learner: str
    lesson: str
    ref: QuestionRef
    play: Play
    created_at: float
    finished_at: float | None


class Plays:
    """Learners, their plays and what these say about them; times come from the caller."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def meet(self, learner: str, now: float, *, pseudonym: str, classroom: str | None = None) -> None:
        """Make a learner known; one who is known already only joins the class, if one is named."""
        row = {
            "id": learner,
            "pseudonym": pseudonym,
            "classroom_id": classroom,
            "created_at": now,
            "seen_at": now,
        }
        with self._database.writing() as connection:
            made = self._database.insert(Learner).values(row)
            if classroom is None:
                connection.execute(made.on_conflict_do_nothing())
            else:
                changed = {"classroom_id": classroom, "pseudonym": pseudonym}
                connection.execute(made.on_conflict_do_update(index_elements=["id"], set_=changed))

    def learner(self, learner: str) -> Row[Any] | None:
        """A learner's row, None for nobody."""
        with self._database.reading() as connection:
            return connection.execute(select(Learner.__table__).where(Learner.id == learner)).one_or_none()

    def class_of(self, learner: str) -> str | None:
        """The title of the class that a learner is in."""
        query = select(Classroom.title).join(Learner, Learner.classroom_id == Classroom.id).where(Learner.id == learner)
        with self._database.reading() as connection:
            return connection.scalar(query)

    def start(
        self, learner: str, lesson: str, ref: QuestionRef, question: str, now: float, *, pseudonym: str | None = None
    ) -> str:
        """Put a question, as `kept` writes it, into a learner's hands; the same again is one play. Gives its id.

        A learner who is not known yet becomes it by the pseudonym, in the same transaction.
        """
        row = {
            "id": secrets.token_urlsafe(12),
            "learner_id": learner,
            "question_id": ref.id,
            "lesson": lesson,
            "recipe": ref.recipe,
            "parameter": ref.parameter,
            "quantity": ref.quantity,
            "seed": ref.seed,
            "asked": ref.asked,
            "edition": ref.edition,
            "question": question,
            "created_at": now,
        }
        with self._database.writing() as connection:
            if pseudonym is not None:
                person = {"id": learner, "pseudonym": pseudonym, "created_at": now, "seen_at": now}
                connection.execute(self._database.insert(Learner).on_conflict_do_nothing(), person)
            begun = self._database.insert(PlayRow).on_conflict_do_nothing().returning(PlayRow.id)
            play: str | None = connection.execute(begun, row).scalar_one_or_none()
            if play is None:
                known = select(PlayRow.id).where(PlayRow.learner_id == learner, PlayRow.question_id == ref.id)
                play = connection.execute(known).scalar_one()
        return play

    def load(self, play: str, learner: str) -> StoredPlay | None:
        """A learner's play; None if there is none, or it is somebody else's."""
        with self._database.reading() as connection:
            return _load(connection, play, learner, lock=False)

    def act(self, play: str, learner: str, action: Action, now: float) -> StoredPlay | None:
        """Do something to a play and keep what came of it: when this returns, it is committed.

        The action is computed while nobody has to wait for it. Where somebody else has changed the play meanwhile, it
        is computed again, at last while others wait.
        """
        for _ in range(_TRIES_APART):
            stored = self.load(play, learner)
            if stored is None:
                return None
            after = action(stored.play)
            with self._database.writing() as connection:
                if _unchanged(stored, self._load_to_write(connection, play, learner)):
                    self._keep(connection, stored, after, now)
                    return _finished(stored, after, now)
        with self._database.writing() as connection:
            stored = self._load_to_write(connection, play, learner)
            if stored is None:
                return None
            after = action(stored.play)
            self._keep(connection, stored, after, now)
        return _finished(stored, after, now)

    def _load_to_write(self, connection: Connection, play: str, learner: str) -> StoredPlay | None:
        return _load(connection, play, learner, lock=self._database.dialect == "postgresql")

    def _keep(self, connection: Connection, stored: StoredPlay, after: Play, now: float) -> None:
        before = stored.play
        changed = {name: entry for name, entry in after.entries.items() if entry != before.entry(name)}
        if changed:
            rows = [_answer_row(stored.id, after, name, entry, now) for name, entry in changed.items()]
            # The rows come apart from the statement: with them in it, it would be compiled anew each time.
            made = self._database.insert(Answer)
            kept = ("response", "checked", "verdict", "reason", "causes", "misses", "rung", "credit")
            columns = {name: made.excluded[name] for name in kept}
            # The first check is the one that counts in time.
            columns["tried_at"] = func.coalesce(Answer.tried_at, made.excluded["tried_at"])
            connection.execute(made.on_conflict_do_update(index_elements=["play_id", "slot"], set_=columns), rows)
        finished = after.done and stored.finished_at is None
        shown = after.revealed and not before.revealed
        if finished or shown:
            times = {"finished_at": now} if finished else {}
            times |= {"revealed_at": now} if shown else {}
            connection.execute(update(PlayRow).where(PlayRow.id == stored.id).values(times))
        events = list(_events(before, after))
        if not events:
            return
        learner = connection.execute(
            select(Learner.classroom_id, Learner.seen_at).where(Learner.id == stored.learner)
        ).one()
        common = {
            "at": now,
            "learner_id": stored.learner,
            "classroom_id": learner.classroom_id,
            "play_id": stored.id,
            "recipe": stored.ref.recipe,
        }
        connection.execute(Event.__table__.insert(), [common | one for one in events])  # type: ignore[attr-defined]
        if now - learner.seen_at > _SEEN_AGAIN_AFTER:
            connection.execute(update(Learner).where(Learner.id == stored.learner).values(seen_at=now))

    def evidence(self, learner: str) -> list[Evidence]:
        """Every step's outcome, the latest as far back as they matter; a step in several columns counts once."""
        outcome = (Answer.play_id, Answer.step, Answer.skill, PlayRow.lesson, Answer.credit, Answer.tried_at)
        state = (Answer.verdict, Answer.checked, Answer.response, PlayRow.finished_at)
        query = (
            select(*outcome, *state)
            .join(PlayRow, PlayRow.id == Answer.play_id)
            .where(PlayRow.learner_id == learner, Answer.credit.is_not(None))
            .order_by(Answer.tried_at.desc())
            .limit(_EVIDENCE_KEPT)
        )
        with self._database.reading() as connection:
            rows = connection.execute(query).all()
        best: dict[tuple[str, str], Evidence] = {}
        for row in rows:
            wrong = row.verdict is not None and row.checked == row.response and Verdict(row.verdict) in STANDING
            finished = row.finished_at is not None
            one = Evidence(row.skill, row.lesson, row.credit, row.tried_at, row.play_id, wrong, finished)
            known = best.get((row.play_id, row.step))
            if known is not None:
                one = replace(
                    one,
                    credit=max(one.credit, known.credit),
                    at=min(one.at, known.at),
                    wrong=one.wrong or known.wrong,
                )
            best[row.play_id, row.step] = one
        return list(best.values())

    def recent(self, learner: str) -> Sequence[Any]:
        """The latest plays: id, lesson, parameter, times."""
        columns = (PlayRow.id, PlayRow.lesson, PlayRow.parameter, PlayRow.created_at)
        query = (
            select(*columns, PlayRow.finished_at, PlayRow.revealed_at)
            .where(PlayRow.learner_id == learner)
            .order_by(PlayRow.created_at.desc())
            .limit(_RECENT)
        )
        with self._database.reading() as connection:
            return connection.execute(query).all()

    def play_of(self, learner: str, ref: QuestionRef) -> str | None:
        """The id of a learner's play of this question."""
        query = select(PlayRow.id).where(PlayRow.learner_id == learner, PlayRow.question_id == ref.id)
        with self._database.reading() as connection:
            return connection.scalar(query)

    def everything(self, learner: str) -> dict[str, Any]:
        """All that is kept about a learner, for the learner to take along."""
        with self._database.reading() as connection:
            person = connection.execute(select(Learner.__table__).where(Learner.id == learner)).mappings().one_or_none()
            plays = connection.execute(
                select(PlayRow.__table__).where(PlayRow.learner_id == learner).order_by(PlayRow.created_at)
            ).mappings()
            answers = connection.execute(
                select(Answer.__table__).join(PlayRow).where(PlayRow.learner_id == learner).order_by(Answer.tried_at)
            ).mappings()
            events = connection.execute(
                select(Event.__table__).where(Event.learner_id == learner).order_by(Event.at)
            ).mappings()
            accounts = connection.execute(select(LtiPerson.__table__).where(LtiPerson.id == learner)).mappings()
            scores = connection.execute(select(LtiScore.__table__).where(LtiScore.person == learner)).mappings()
            return {
                "learner": None if person is None else dict(person),
                "questions": [{**row, "question": json.loads(row["question"])} for row in plays],
                "answers": [{**row, "verdict": _word(row["verdict"])} for row in answers],
                "events": [{**row, "verdict": _word(row["verdict"])} for row in events],
                "accounts": [dict(row) for row in accounts],
                "scores": [dict(row) for row in scores],
            }

    def forget(self, learner: str) -> None:
        """Delete everything that is kept about a learner."""
        with self._database.writing() as connection:
            forget_learner(connection, learner)


def forget_learner(connection: Connection, learner: str) -> None:
    """Delete everything that is kept about a learner, and about their account on a platform."""
    own = select(PlayRow.id).where(PlayRow.learner_id == learner)
    connection.execute(delete(Grant).where(Grant.visitor == learner))
    connection.execute(delete(Event).where(Event.learner_id == learner))
    connection.execute(delete(Answer).where(Answer.play_id.in_(own)))
    connection.execute(delete(PlayRow).where(PlayRow.learner_id == learner))
    connection.execute(delete(Learner).where(Learner.id == learner))
    forget_person(connection, learner)


def _unchanged(before: StoredPlay, now: StoredPlay | None) -> bool:
    if now is None:
        return False
    return (before.play.entries, before.play.revealed) == (now.play.entries, now.play.revealed)


def _finished(stored: StoredPlay, after: Play, now: float) -> StoredPlay:
    return replace(stored, play=after, finished_at=stored.finished_at or (now if after.done else None))


def _word(verdict: int | None) -> str | None:
    return None if verdict is None else Verdict(verdict).word


def _load(connection: Connection, play: str, learner: str, *, lock: bool) -> StoredPlay | None:
    query = select(PlayRow.__table__).where(PlayRow.id == play, PlayRow.learner_id == learner)
    row = connection.execute(query.with_for_update() if lock else query).one_or_none()
    if row is None:
        return None
    answers = connection.execute(select(Answer.__table__).where(Answer.play_id == play)).all()
    entries = {answer.slot: _entry(answer) for answer in answers}
    ref = QuestionRef(row.recipe, row.parameter, row.quantity, row.seed, row.asked, row.edition)
    fresh = begin(solved(row.question), row.asked)
    held = replace(fresh, entries=entries, revealed=row.revealed_at is not None)
    return StoredPlay(row.id, learner, row.lesson, ref, held, row.created_at, row.finished_at)


def _entry(row: Row[Any]) -> Entry:
    return Entry(
        response=row.response,
        checked=row.checked,
        verdict=None if row.verdict is None else Verdict(row.verdict),
        reason=row.reason,
        causes=tuple(row.causes.split()),
        misses=row.misses,
        rung=Rung(row.rung),
        credit=row.credit,
    )


def _answer_row(play: str, after: Play, name: str, entry: Entry, now: float) -> Mapping[str, Any]:
    derivation = after.question.derivation
    step = next(slot.step for slot in after.slots if slot.name == name)
    return {
        "play_id": play,
        "slot": name,
        "step": step.key,
        "skill": skill_of(derivation, step),
        "response": entry.response,
        "checked": entry.checked,
        "verdict": None if entry.verdict is None else int(entry.verdict),
        "reason": entry.reason,
        "causes": " ".join(entry.causes),
        "misses": entry.misses,
        "rung": int(entry.rung),
        "credit": entry.credit,
        "tried_at": None if entry.credit is None else now,
    }


def _events(before: Play, after: Play) -> Iterable[dict[str, Any]]:
    """What a teacher may want to know: checks that said something new, hints, the solution shown."""
    derivation = after.question.derivation
    for slot in after.slots:
        old, new = before.entry(slot.name), after.entry(slot.name)
        about = {
            "slot": slot.name,
            "place": place_of(derivation.step(slot.step).kind, slot.step),
            "skill": skill_of(derivation, slot.step),
            "verdict": None,
            "causes": "",
        }
        if new.current is not None and (new.checked, new.verdict) != (old.checked, old.verdict):
            yield about | {"kind": "check", "verdict": int(new.current), "causes": " ".join(new.causes)}
        if new.rung > old.rung:
            yield about | {"kind": "hint"}
        if after.revealed and not before.revealed and not new.right:
            yield about | {"kind": "reveal"}


def place_of(kind: str, name: Name) -> str:
    """Where in any network of a recipe a step sits: its kind, and its layer where it has one (`slope@1`).

    >>> place_of("slope", Symbol("h", 1, (3,))), place_of("loss", Local(Symbol("L"), Symbol("yhat", None, (2,))))
    ('slope@1', 'loss')
    """
    layer = None
    match name:
        case Local(above=value) | Derived(of=Symbol() as value) | (Symbol() as value):
            layer = value.layer
    return kind if layer is None else f"{kind}@{layer}"
