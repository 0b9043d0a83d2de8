"""An event of the record, without files and clock: what it says, its digest, and how a person is taken out of it.

What an event says of one student, or in anybody's words, stands in parts. An event's digest is made of the digests of
its parts, so that a part can be taken away and leave its digest in its place: the chain of events still holds. A part's
digest has a salt in it, which goes with the part; without it, an id and a mark could be guessed and tried.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, TypeAlias


@dataclass(frozen=True, slots=True)
class Part:
    """What an event says of one student, or in free words (then `student` is empty)."""

    student: str
    said: Mapping[str, Any]
    salt: str = ""

    @property
    def digest(self) -> str:
        """What is left of it once it is forgotten."""
        return digest_of({"student": self.student, "said": self.said, "salt": self.salt})


@dataclass(frozen=True, slots=True)
class Tombstone:
    """Where a part was: its digest, and when it was forgotten."""

    digest: str
    forgotten: str


Parts: TypeAlias = tuple[Part | Tombstone, ...]


@dataclass(frozen=True, slots=True)
class RecordedEvent:
    """One run of a command; `number` counts from 1, `when` is an ISO time, `before` the digest of the event before.

    `read` and `wrote` are SHA-256 by the names of files that are no single student's; `said` are counts and headings.
    """

    number: int
    when: str
    version: str
    command: str
    before: str | None
    read: Mapping[str, str] = field(default_factory=dict)
    wrote: Mapping[str, str] = field(default_factory=dict)
    said: Mapping[str, Any] = field(default_factory=dict)
    parts: Parts = ()

    @property
    def digest(self) -> str:
        """SHA-256 of all that the event says.

        >>> event = RecordedEvent(
        ...     1, "2030-01-31T12:00:00+00:00", "1.0", "make", None, parts=(Part("s1", {"name": "Ann"}, "7f"),)
        ... )
        >>> event.without(lambda part: part.student == "s1", "2031").digest == event.digest
        True
        >>> replace(event, when="2030-02-01T12:00:00+00:00").digest == event.digest
        False
        """
        return digest_of({**self._head, "parts": [part.digest for part in self.parts]})

    @property
    def kept(self) -> tuple[Part, ...]:
        """The parts that are there still."""
        return tuple(part for part in self.parts if isinstance(part, Part))

    def of(self, student: str) -> Mapping[str, Any]:
        """What is said of a student; nothing where that is nothing."""
        return next((part.said for part in self.kept if part.student == student), {})

    def without(self, forgets: Callable[[Part], bool], when: str) -> RecordedEvent:
        """The same event with a tombstone for each part that is to be forgotten."""
        parts = tuple(
            Tombstone(part.digest, when) if isinstance(part, Part) and forgets(part) else part for part in self.parts
        )
        return replace(self, parts=parts)

    @property
    def _head(self) -> dict[str, Any]:
        return {
            "format": 1,
            "number": self.number,
            "when": self.when,
            "version": self.version,
            "command": self.command,
            "before": self.before,
            "read": dict(self.read),
            "wrote": dict(self.wrote),
            "said": dict(self.said),
        }

    @property
    def text(self) -> str:
        """The event as JSON, a part a line."""
        rows = ",\n".join(json.dumps(_plain(part), ensure_ascii=False) for part in self.parts)
        head = json.dumps(self._head, ensure_ascii=False)
        return f'{head.removesuffix("}")}, "parts": [\n{rows}\n]}}\n'


def _plain(part: Part | Tombstone) -> dict[str, Any]:
    if isinstance(part, Part):
        return {"student": part.student, "said": part.said, "salt": part.salt}
    return {"sha256": part.digest, "forgotten": part.forgotten}


def digest_of(document: Any) -> str:
    """SHA-256 of a JSON document, however it is laid out."""
    text = json.dumps(document, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False)
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def chained(events: tuple[RecordedEvent, ...], unread: Collection[int] = ()) -> list[str]:
    """Where a record is not as it was written: events that are missing, and those that were changed since.

    `unread` are numbers of events that are there and cannot be read. Of the last event nothing tells here, but that it
    is not dated before the one that it follows (`append` dates none so); `Head` holds it.

    >>> first = RecordedEvent(1, "2030-01-31", "1.0", "make", None)
    >>> second = RecordedEvent(2, "2030-02-01", "1.0", "grade", first.digest)
    >>> chained((first, second)), chained((replace(first, when="2030-01-30"), second)), chained((second,))
    ([], ['event 1 is not as it was when event 2 was written'], ['event 1 is missing'])
    """
    wrong = []
    number = 0
    for at, event in enumerate(events):
        if event.number != number + 1:
            gone = [each for each in range(number + 1, event.number) if each not in unread]
            if gone:
                what = f"event {gone[0]} is" if len(gone) == 1 else f"events {gone[0]} to {gone[-1]} are"
                wrong.append(f"{what} missing")
        elif at and event.before != events[at - 1].digest:
            wrong.append(f"event {events[at - 1].number} is not as it was when event {event.number} was written")
        elif not at and event.before is not None:
            wrong.append("event 1 names one before it")
        if at and moment(event.when) < moment(events[at - 1].when):
            wrong.append(f"event {event.number} is dated before event {events[at - 1].number}")
        number = event.number
    return wrong


def moment(when: str) -> datetime:
    """The time of an event; raises ValueError where that is none. Without a zone it is one of this machine's."""
    try:
        return datetime.fromisoformat(when).astimezone()
    except OverflowError as error:
        raise ValueError(f"{when} is no time") from error


@dataclass(frozen=True, slots=True)
class Head:
    """The digest of the last event, kept beside the events: no later one holds it."""

    number: int
    digest: str

    def denies(self, events: tuple[RecordedEvent, ...], unread: Collection[int] = ()) -> list[str]:
        """In which sentences the events are not those that it was written after.

        One that came after it is none of them: the command was killed, or another one is writing.

        >>> first = RecordedEvent(1, "2030-01-31", "1.0", "make", None)
        >>> Head(1, first.digest).denies((first,)), Head(1, first.digest).denies((replace(first, command="grade"),))
        ([], ['event 1 is not as it was written'])
        >>> Head(2, "7f").denies((first,))
        ['event 2 is missing at the end']
        """
        last = max((*unread, *(event.number for event in events)), default=0)
        if last < self.number:
            gone = f"event {self.number} is" if last + 1 == self.number else f"events {last + 1} to {self.number} are"
            return [f"{gone} missing at the end"]
        mine = next((event for event in events if event.number == self.number), None)
        changed = mine is not None and mine.digest != self.digest
        return [f"event {self.number} is not as it was written"] if changed else []
