"""Scores that wait are sent to their platforms; what does not go through waits on, or says why it never will."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

from grader.practice.lti.fetching import Fetcher, PlatformTrouble
from grader.practice.lti.services import PlatformServices
from grader.practice.storage.course_links import CourseLinks, ScoreToSend
from grader.practice.storage.database import Database
from grader.practice.storage.errors import StorageError
from grader.practice.storage.platforms import Platforms

_AT_ONCE = 50
_NEVER = (400, 403, 404, 410, 422)
"""Answers that sending the same again will not change."""
_EVERY_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class SentScores:
    """How many scores were sent, and what became of the others: whose (the platform's number) and why."""

    sent: int
    troubles: tuple[tuple[str, str], ...]


class ScoreSender:
    """Sends from one database; several may do so side by side."""

    def __init__(self, database: Database, fetcher: Fetcher, clock: Callable[[], float] = time.time) -> None:
        self._links, self._platforms = CourseLinks(database), Platforms(database)
        self._fetcher, self._clock = fetcher, clock
        self._services: dict[str, PlatformServices] = {}

    def send(self, person: str | None = None, link: str | None = None) -> SentScores:
        """Send what waits, of one person or at one link if named."""
        sent, troubles = 0, []
        while waiting := self._links.take_scores(self._clock(), _AT_ONCE, person, link):
            for score in waiting:
                try:
                    self._links.sent(score, self._service(score).send_score(score))
                    sent += 1
                except PlatformTrouble as trouble:
                    again = trouble.status not in _NEVER
                    self._links.not_sent(score, str(trouble), again=again)
                    troubles.append((score.subject, str(trouble)))
        return SentScores(sent, tuple(troubles))

    def _service(self, score: ScoreToSend) -> PlatformServices:
        if not score.link.line_item:
            raise PlatformTrouble("the link has no column in the gradebook", 404)
        platform = self._platforms.get(score.link.platform)
        if platform is None:
            raise PlatformTrouble("the platform is no longer registered", 404)
        held = self._services.get(platform.id)
        # Access that was got for another registration is not used for this one.
        if held is None or held.platform != platform:
            held = self._services[platform.id] = PlatformServices(platform, self._platforms, self._fetcher, self._clock)
        return held


def keep_sending(sender: ScoreSender) -> threading.Thread:
    """Send what waits again and again, in a thread that ends with the process."""

    def work() -> None:
        while True:
            time.sleep(_EVERY_SECONDS)
            try:
                sender.send()
            except (StorageError, OSError) as error:
                logging.getLogger("gradpath").warning("scores wait: %s", error)

    thread = threading.Thread(target=work, daemon=True, name="scores")
    thread.start()
    return thread
