"""What every page of one server works with."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from types import MappingProxyType

from grader.practice.learning.kept import solved
from grader.practice.learning.lessons import lessons
from grader.practice.learning.stock import PARAMETERS, Stock
from grader.practice.lti.fetching import Fetcher
from grader.practice.lti.key_sets import KeySets
from grader.practice.lti.sending import ScoreSender
from grader.practice.storage.assignments import OnlineAssignment, open_assignment
from grader.practice.storage.course_links import CourseLinks
from grader.practice.storage.database import Database
from grader.practice.storage.grants import Grants
from grader.practice.storage.platforms import Platforms
from grader.practice.storage.plays import Plays
from grader.practice.web.rendering import Renderer
from grader.practice.web.sessions import Sessions
from question_bank.networks.lettering import in_notation
from question_bank.networks.notations import OWN, Notation


@dataclass(frozen=True)
class Options:
    """How the server was started; `hosts` are the names that it may be called by (none: any).

    `language` is the code of all pages' language, None where each browser says its own.
    Lessons are in this `notation`; assignments have their own. Learning platforms may be `near`: on this machine, or in
    a private network, without HTTPS.
    """

    hosts: tuple[str, ...] = ()
    secure: bool = False
    language: str | None = None
    notation: Notation = OWN
    near: bool = False


@dataclass(frozen=True)
class PracticeSite:
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

    def of_sheet(self, sheet: str) -> OnlineAssignment | None:
        """The assignment that a sheet is of, by its id."""
        return next((one for one in self.assignments.values() if sheet in one.by_sheet), None)

    def language_of(self, assignment: OnlineAssignment) -> str:
        """What an assignment's pages speak: what its sheets do, unless all pages were to speak one language."""
        return self.options.language or assignment.assignment.language

    @property
    def platforms(self) -> Platforms:
        """Learning platforms that are registered."""
        return Platforms(self.database)

    @property
    def course_links(self) -> CourseLinks:
        """Links in these platforms' courses."""
        return CourseLinks(self.database)

    @cached_property
    def key_sets(self) -> KeySets:
        """The platforms' keys, as they were fetched."""
        return KeySets(self.fetcher)

    @property
    def fetcher(self) -> Fetcher:
        """Asks platforms."""
        return Fetcher(near=self.options.near)

    @cached_property
    def sender(self) -> ScoreSender:
        """Sends scores to platforms."""
        return ScoreSender(self.database, self.fetcher, self.clock)

    @property
    def grants(self) -> Grants:
        """Who has access to what."""
        return Grants(self.database)

    @property
    def sessions(self) -> Sessions:
        """Who is there."""
        return Sessions(self.database.secret, secure=self.options.secure)

    def warm_up(self) -> None:
        """Do once what the first question of any lesson and its checks cost most for."""
        self._open_parameter(0)

    def warm(self) -> None:
        """The same for each parameter that the stock asks for, and fill it."""
        for number in range(1, PARAMETERS):
            self._open_parameter(number)
        for lesson in lessons():
            self.stock.fill(lesson)

    def _open_parameter(self, number: int) -> None:
        """Draw questions of each lesson for one parameter, lay one out and mark something in it.

        Lesson after lesson: all are at hand early, if only with one derivation each.
        """
        from grader.practice.learning.checking import check_responses
        from grader.practice.web.question_page import picture

        for lesson in lessons():
            drawn = self.stock.draw_first(lesson, number)
            if drawn is not None:
                question = solved(drawn[1])
                with in_notation(self.options.notation):
                    picture(question)
                # The answer alone is held against every mistake that leads up to it: nearly all that there are.
                answer = question.slots[-1].name
                check_responses(question, {answer: "0.7777"}, [answer])


def open_assignments(folders: Iterable[Path]) -> dict[str, OnlineAssignment]:
    """The assignments of these folders by their ids; raises InputError for a folder that was not made."""
    return {found.id: found for found in map(open_assignment, folders)}
