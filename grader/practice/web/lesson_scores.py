"""The score of a lesson's question, for whoever came to it by a link in a course."""

from __future__ import annotations

from fastapi import BackgroundTasks

from grader.practice.storage.course_links import LESSON
from grader.practice.storage.plays import StoredPlay
from grader.practice.web.sessions import Visitor
from grader.practice.web.site import PracticeSite

LESSON_MARKS = 100.0
"""A lesson's column is out of so many."""


def score_of(stored: StoredPlay) -> float:
    """What a finished question has earned: the mean of its boxes, of which each counts as it does for progress.

    A box that was right at once and alone counts 1, less after hints or other tries, as on the progress page.
    """
    earned = [stored.play.entry(name).credit or 0.0 for name in stored.play.asked]
    return round(LESSON_MARKS * sum(earned) / len(earned), 1) if earned else 0.0


def score_after(site: PracticeSite, visitor: Visitor, stored: StoredPlay, tasks: BackgroundTasks) -> None:
    """Have a finished question's score sent to the links that the visitor came by, if it is their best there."""
    links, given = site.course_links, score_of(stored)
    waits = [
        links.want(link, visitor.learner, given, LESSON_MARKS, "", rising=True)
        for link in links.links_of(visitor.learner, f"{LESSON}{stored.lesson}")
    ]
    if any(waits):
        # After the response: a platform that is slow keeps nobody waiting.
        tasks.add_task(site.sender.send, person=visitor.learner)
