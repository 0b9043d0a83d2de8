"""The files of the record: DIR/history/000001.json, …, one an event, written once; head.json has the last one's digest.

What is rewritten is only head.json, and what `forget` takes out of events, then to the same digests.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from grader.files.files import create_whole, write_text
from grader.history.event import Head, Part, RecordedEvent, Tombstone, chained, moment

FOLDER = "history"
HEAD = "head.json"
DELETED = ""
"""In the place of a file's SHA-256: that it was taken away."""

_SALT_BYTES = 16


class _Model(BaseModel):
    model_config = ConfigDict(strict=True, extra="forbid", allow_inf_nan=False)


class _Part(_Model):
    student: str
    said: dict[str, Any]
    salt: str


class _Tombstone(_Model):
    sha256: str
    forgotten: str


class _Event(_Model):
    format: Literal[1]
    number: int = Field(ge=1)
    when: str
    version: str
    command: str
    before: str | None
    read: dict[str, str]
    wrote: dict[str, str]
    said: dict[str, Any]
    parts: list[_Part | _Tombstone]

    @field_validator("when")
    @classmethod
    def _is_a_time(cls, when: str) -> str:
        moment(when)
        return when

    def event(self) -> RecordedEvent:
        parts = tuple(
            Part(part.student, part.said, part.salt)
            if isinstance(part, _Part)
            else Tombstone(part.sha256, part.forgotten)
            for part in self.parts
        )
        return RecordedEvent(
            self.number,
            self.when,
            self.version,
            self.command,
            self.before,
            self.read,
            self.wrote,
            self.said,
            parts,
        )


class _Head(_Model):
    format: Literal[1]
    number: int = Field(ge=1)
    sha256: str


@dataclass(frozen=True, slots=True)
class Record:
    """The events that can be read, in their order, and what is wrong with the record, in sentences."""

    events: tuple[RecordedEvent, ...] = ()
    wrong: tuple[str, ...] = ()

    def last(self, command: str) -> RecordedEvent | None:
        """The last run of a command."""
        return next((event for event in reversed(self.events) if event.command == command), None)

    @property
    def lies(self) -> dict[str, str]:
        """SHA-256 of each common file as the record says that it lies there; one that was deleted is left out."""
        last = {name: digest for event in self.events for name, digest in event.wrote.items()}
        return {name: digest for name, digest in last.items() if digest != DELETED}


def load_record(folder: Path) -> Record:
    """The record of an assignment's folder; what cannot be read of it is said, and costs nothing else."""
    events, unread, wrong = [], [], []
    for path in _paths(folder):
        try:
            events.append(_load(path))
        except ValueError as error:
            unread.append(int(path.stem))
            wrong.append(f"{path} cannot be read as an event ({_first(error)}): take it from a backup")
    kept = tuple(events)
    try:
        head = _head(folder)
    except ValueError as error:
        wrong.append(f"{folder / FOLDER / HEAD} cannot be read ({_first(error)}): take it from a backup")
    else:
        wrong += head.denies(kept, unread) if head else _without_head(folder, kept)
    return Record(kept, (*wrong, *chained(kept, unread)))


def _without_head(folder: Path, events: tuple[RecordedEvent, ...]) -> list[str]:
    if not events:
        return []
    what = f"nothing tells whether event {events[-1].number} is the last one, and as it was written"
    return [f"{folder / FOLDER / HEAD} is missing: {what}"]


def _head(folder: Path) -> Head | None:
    """The digest beside the events; raises ValueError where it cannot be read."""
    path = folder / FOLDER / HEAD
    try:
        head = _Head.model_validate_json(path.read_bytes())
    except FileNotFoundError:
        return None
    except OSError as error:
        raise ValueError(error.strerror) from error
    return Head(head.number, head.sha256)


def append(
    folder: Path,
    command: str,
    *,
    read: Mapping[str, str] | None = None,
    wrote: Mapping[str, str] | None = None,
    said: Mapping[str, Any] | None = None,
    parts: Sequence[Part] = (),
) -> RecordedEvent:
    """Write the next event of a folder's record, whole or not at all; its parts get a salt each.

    It follows the last event as that was written: one that was changed or taken away since is found out by it.
    """
    salted = tuple(replace(part, salt=secrets.token_hex(_SALT_BYTES)) for part in parts)
    now = datetime.now().astimezone().isoformat(timespec="seconds")
    while True:
        last = _last(folder)
        number = last.number + 1 if last else 1
        event = RecordedEvent(
            number, _not_before(_path(folder, number - 1), now), _version(), command, last.digest if last else None,
            read or {}, wrote or {}, said or {}, salted,
        )  # fmt: skip
        try:
            create_whole(_path(folder, number), event.text)
        except FileExistsError:  # another command has written one meanwhile
            continue
        head = _Head(format=1, number=number, sha256=event.digest)
        write_text(folder / FOLDER / HEAD, f"{head.model_dump_json()}\n", private=True)
        return event


def _last(folder: Path) -> Head | None:
    """The last event as it was written; one that a killed command wrote is not yet the head."""
    try:
        head = _head(folder)
    except ValueError:
        head = None
    paths = _paths(folder)
    number = int(paths[-1].stem) if paths else 0
    return Head(number, _digest(paths[-1])) if paths and (head is None or head.number < number) else head


def _not_before(last: Path, now: str) -> str:
    """Now, or when the last event was: a clock that was set back makes no record that seems forged."""
    try:
        return max(_load(last).when, now, key=moment)
    except ValueError:
        return now


def forget(folder: Path, forgets: Callable[[Part], bool]) -> int:
    """Put a tombstone in the place of each part that is to be forgotten; returns how many those were."""
    when = datetime.now().astimezone().isoformat(timespec="seconds")
    count = 0
    for path in _paths(folder):
        try:
            event = _load(path)
        except ValueError:
            continue
        if any(map(forgets, event.kept)):
            count += sum(map(forgets, event.kept))
            write_text(path, event.without(forgets, when).text, private=True)
    return count


def sha256_of(path: Path) -> str:
    """SHA-256 of a file as it lies there."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def sha256_of_files(folder: Path, names: Sequence[str]) -> dict[str, str]:
    """SHA-256 of those files of a folder that are there, by name."""
    return {name: sha256_of(folder / name) for name in names if (folder / name).is_file()}


def sha256_of_text(text: str) -> str:
    """SHA-256 of a text as a file."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def _paths(folder: Path) -> list[Path]:
    found = (path for path in (folder / FOLDER).glob("*.json") if path.stem.isdecimal())
    return sorted(found, key=lambda path: int(path.stem))


def _path(folder: Path, number: int) -> Path:
    return folder / FOLDER / f"{number:06}.json"


def _load(path: Path) -> RecordedEvent:
    """An event; raises ValueError for what is none."""
    try:
        return _Event.model_validate_json(path.read_bytes()).event()
    except OSError as error:
        raise ValueError(error.strerror) from error


def _digest(path: Path) -> str:
    """The digest of the event that is there; of what is none its file's, so that a next event can be written."""
    try:
        return _load(path).digest
    except ValueError:
        return sha256_of(path) if path.is_file() else ""


def _first(error: ValueError) -> str:
    if isinstance(error, ValidationError):
        first = error.errors(include_url=False)[0]
        place = ".".join(map(str, first["loc"]))
        return f"{place}: {first['msg']}" if place else first["msg"]
    return str(error)


def _version() -> str:
    from importlib.metadata import PackageNotFoundError, version

    try:
        return version("gradpath")
    except PackageNotFoundError:  # run from a folder
        return ""
