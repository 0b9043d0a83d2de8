"""Certified questions drawn ahead, so that a new one costs a student no waiting."""

from __future__ import annotations

import secrets
import threading
from collections import defaultdict, deque
from collections.abc import Callable
from concurrent.futures import CancelledError, Future, ThreadPoolExecutor
from hashlib import blake2b

from grader.practice.learning.drawing import DrawingProcess, Drawn, draw_some
from grader.practice.learning.lessons import Lesson
from question_bank.questions.asked import ANY
from question_bank.questions.recipe import load_recipe

_BATCH = 24
_LOW = 24
_FIRST_BATCH = 4
PARAMETERS = 6
"""So many of each lesson's parameters a stock asks for."""

Drawer = Callable[[Lesson, str, int], list[Drawn]]


class Stock:
    """A few questions of each lesson; one thread sees to it that what is taken is drawn again, in batches.

    A batch asks for one parameter, since questions of one derivation are drawn together at a tenth of the price, and a
    stock keeps to a few parameters of each lesson, since the first question of a derivation costs as much as a hundred
    later ones. Which these are follows from the salt: workers with the same salt know each other's derivations. What is
    taken is any of a few batches; seeds are random, so that the stocks of several workers never agree.
    """

    def __init__(self, batch: int = _BATCH, salt: str = "", drawer: Drawer = draw_some) -> None:
        self._batch = batch
        self._salt = salt
        self._draw = drawer
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="stock")
        self._drawn: defaultdict[str, deque[Drawn]] = defaultdict(deque)
        self._lock = threading.Lock()
        self._filling: set[str] = set()
        self._parameters: dict[str, list[str]] = {}
        self._opened: dict[str, int] = {}

    def take(self, lesson: Lesson) -> Drawn:
        """A question of the lesson that nobody has had."""
        with self._lock:
            shelf = self._drawn[lesson.id]
            found = None
            if shelf:
                shelf.rotate(secrets.randbelow(len(shelf)))
                found = shelf.popleft()
        self.fill(lesson)
        return found if found is not None else draw_some(lesson, self._any_name(lesson), 1)[0]

    def fill(self, lesson: Lesson) -> Future[None] | None:
        """Have questions drawn if there are few and none are on their way; returns at once."""
        with self._lock:
            if len(self._drawn[lesson.id]) >= _LOW or lesson.id in self._filling:
                return None
            try:
                coming = self._thread.submit(self._fill, lesson, self._any_name(lesson))
            except RuntimeError:  # closed
                return None
            self._filling.add(lesson.id)
            return coming

    def _fill(self, lesson: Lesson, parameter: str) -> None:
        drawn: list[Drawn] = []
        try:
            drawn = self._draw(lesson, parameter, self._batch)
        except (EOFError, OSError):
            # The drawing process was killed: whoever takes the next question draws it, and then another is tried.
            pass
        finally:
            with self._lock:
                self._drawn[lesson.id].extend(drawn)
                self._filling.discard(lesson.id)

    def draw_first(self, lesson: Lesson, number: int) -> Drawn | None:
        """Draw a few questions for one parameter, by its number in this stock; gives one of them.

        Nobody is asked for those with higher numbers from then on, until they are drawn too. None where the lesson has
        no more, or where there is nobody to draw them any more.
        """
        names = self._names(lesson)
        if number >= len(names):
            return None
        try:
            drawn = self._thread.submit(self._draw, lesson, names[number], _FIRST_BATCH).result()
        except (EOFError, OSError, RuntimeError, CancelledError):
            return None
        with self._lock:
            self._drawn[lesson.id].extend(drawn)
            self._opened[lesson.id] = number + 1
        return drawn[0]

    def _any_name(self, lesson: Lesson) -> str:
        names = self._names(lesson)
        return secrets.choice(names[: self._opened.get(lesson.id, len(names))])

    def _names(self, lesson: Lesson) -> list[str]:
        # Two threads may work it out at once: both come to the same.
        if lesson.id not in self._parameters:
            recipe = load_recipe(lesson.recipe)
            # What the recipe fixes, nobody chooses.
            every = [each.key for each in recipe.parameters()] if recipe.asks_for_any else [ANY]
            order = sorted(every, key=lambda one: blake2b(f"{self._salt}:{one}".encode()).digest())
            self._parameters[lesson.id] = order[:PARAMETERS]
        return self._parameters[lesson.id]

    def close(self) -> None:
        """Draw no more."""
        self._thread.shutdown(wait=False, cancel_futures=True)
        if isinstance(self._draw, DrawingProcess):
            self._draw.close()
