"""What every page of one server works with."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType

from grader.practice.assignments import OnlineAssignment, open_assignment
from grader.practice.kept import solved
from grader.practice.lessons import lessons
from grader.practice.stock import Stock
from grader.practice.storage.database import Database
from grader.practice.storage.plays import Plays
from grader.practice.web.rendering import Renderer
from grader.practice.web.sessions import Sessions


@dataclass(frozen=True)
class Options:
    """How the server was started; `hosts` are the names that it may be called by (none: any)."""

    hosts: tuple[str, ...] = ()
    secure: bool = False


@dataclass(frozen=True)
class Site:
    """Database, questions drawn ahead, templates, sessions, and the clock (seconds since 1970)."""

    database: Database
    options: Options = field(default_factory=Options)
    clock: Callable[[], float] = time.time
    stock: Stock = field(default_factory=Stock)
    renderer: Renderer = field(default_factory=Renderer)
    assignments: Mapping[str, OnlineAssignment] = field(default_factory=lambda: MappingProxyType({}))

    @property
    def plays(self) -> Plays:
        """Learners and their plays."""
        return Plays(self.database)

    @property
    def sessions(self) -> Sessions:
        """Who is there."""
        return Sessions(self.database.secret, secure=self.options.secure)

    def warm(self) -> None:
        """Draw questions of each lesson, and do once what a derivation's first page and first checks cost most for."""
        from grader.practice.checking import check
        from grader.practice.web.question_page import picture

        for lesson in lessons():
            for _, text in self.stock.one_of_each(lesson):
                question = solved(text)
                picture(question)
                for slot in question.slots:
                    # Alone it is held against every mistake that leads up to it.
                    check(question, {slot.name: "0.7777"}, [slot.name])
        for lesson in lessons():
            self.stock.fill(lesson)


def open_assignments(folders: Iterable[Path]) -> dict[str, OnlineAssignment]:
    """The assignments of these folders by their ids; raises InputError for a folder that was not made."""
    return {found.id: found for found in map(open_assignment, folders)}
