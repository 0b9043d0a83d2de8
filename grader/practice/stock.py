"""Certified questions drawn ahead, so that a new one costs a student no waiting."""

from __future__ import annotations

import secrets
import threading
from collections import defaultdict, deque

from grader.practice.lessons import Lesson
from grader.practice.tokens import QuestionRef, new_ref, questions_of
from question_bank.question import Question

Drawn = tuple[QuestionRef, Question]
_BATCH = 16
_LOW = 6


class Stock:
    """A few questions of each lesson; one thread draws what is taken, in batches.

    Which question comes out is left to fresh random seeds, so that stocks of several workers never agree.
    """

    def __init__(self, batch: int = _BATCH) -> None:
        self._batch = batch
        self._drawn: defaultdict[str, deque[Drawn]] = defaultdict(deque)
        self._lock = threading.Lock()
        self._filling: set[str] = set()

    def take(self, lesson: Lesson) -> Drawn:
        """A question of the lesson that nobody has had."""
        with self._lock:
            shelf = self._drawn[lesson.id]
            found = shelf.popleft() if shelf else None
            wanted = len(shelf) < _LOW and lesson.id not in self._filling
            if wanted:
                self._filling.add(lesson.id)
        if wanted:
            threading.Thread(target=self._fill, args=(lesson,), daemon=True, name="stock").start()
        return found if found is not None else _draw(lesson, 1)[0]

    def fill(self, lesson: Lesson) -> list[Question]:
        """Draw a batch now; returns what was drawn."""
        drawn = _draw(lesson, self._batch)
        with self._lock:
            self._drawn[lesson.id].extend(drawn)
        return [question for _, question in drawn]

    def _fill(self, lesson: Lesson) -> None:
        try:
            self.fill(lesson)
        finally:
            with self._lock:
                self._filling.discard(lesson.id)


def _draw(lesson: Lesson, count: int) -> list[Drawn]:
    refs = [
        new_ref(lesson.recipe, secrets.token_hex(8), quantity=lesson.quantity, asked=lesson.asked) for _ in range(count)
    ]
    return list(zip(refs, questions_of(refs), strict=True))
