"""Certified questions drawn ahead, so that a new one costs a student no waiting."""

from __future__ import annotations

import secrets
import threading
from collections import defaultdict, deque
from hashlib import blake2b

from grader.practice.lessons import Lesson
from grader.practice.tokens import QuestionRef, new_ref, questions_of
from question_bank.question import Question
from question_bank.recipe import load_recipe

Drawn = tuple[QuestionRef, Question]
_BATCH = 24
_LOW = 24
_PARAMETERS = 6


class Stock:
    """A few questions of each lesson; one thread draws what is taken, in batches.

    A batch asks for one parameter, since questions of one derivation are drawn together at a tenth of the price, and a
    stock keeps to a few parameters of each lesson, since the first question of a derivation costs as much as a hundred
    later ones. Which these are follows from the salt: workers with the same salt know each other's derivations. What is
    taken is any of a few batches; seeds are random, so that the stocks of several workers never agree.
    """

    def __init__(self, batch: int = _BATCH, salt: str = "") -> None:
        self._batch = batch
        self._salt = salt
        self._drawn: defaultdict[str, deque[Drawn]] = defaultdict(deque)
        self._lock = threading.Lock()
        self._filling: set[str] = set()
        self._parameters: dict[str, list[str]] = {}

    def take(self, lesson: Lesson) -> Drawn:
        """A question of the lesson that nobody has had."""
        with self._lock:
            shelf = self._drawn[lesson.id]
            found = None
            if shelf:
                shelf.rotate(secrets.randbelow(len(shelf)))
                found = shelf.popleft()
            wanted = len(shelf) < _LOW and lesson.id not in self._filling
            if wanted:
                self._filling.add(lesson.id)
        if wanted:
            threading.Thread(target=self._fill, args=(lesson,), daemon=True, name="stock").start()
        return found if found is not None else _draw(lesson, self._parameter(lesson), 1)[0]

    def fill(self, lesson: Lesson) -> list[Question]:
        """Draw a batch now; returns what was drawn."""
        drawn = _draw(lesson, self._parameter(lesson), self._batch)
        with self._lock:
            self._drawn[lesson.id].extend(drawn)
        return [question for _, question in drawn]

    def refs(self, lesson: Lesson) -> list[QuestionRef]:
        """A question for each of the parameters that this stock asks of a lesson."""
        first = self._parameter(lesson)
        names = [first]
        while (name := self._parameter(lesson)) != first:
            names.append(name)
        self._parameter(lesson)
        return [
            new_ref(lesson.recipe, "warm", parameter=name, quantity=lesson.quantity, asked=lesson.asked)
            for name in names
        ]

    def _parameter(self, lesson: Lesson) -> str:
        """The next of the few parameters that this stock asks of a lesson."""
        with self._lock:
            if lesson.id not in self._parameters:
                every = load_recipe(lesson.recipe).parameters()
                order = sorted(every, key=lambda one: blake2b(f"{self._salt}:{one}".encode()).digest())
                self._parameters[lesson.id] = order[:_PARAMETERS]
            turn = self._parameters[lesson.id]
            turn.append(turn.pop(0))
            return turn[-1]

    def _fill(self, lesson: Lesson) -> None:
        try:
            self.fill(lesson)
        finally:
            with self._lock:
                self._filling.discard(lesson.id)


def _draw(lesson: Lesson, parameter: str, count: int) -> list[Drawn]:
    refs = [
        new_ref(lesson.recipe, secrets.token_hex(8), quantity=lesson.quantity, asked=lesson.asked) for _ in range(count)
    ]
    return list(zip(refs, questions_of(refs), strict=True))
