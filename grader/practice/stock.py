"""Certified questions drawn ahead, so that a new one costs a student no waiting."""

from __future__ import annotations

import multiprocessing
import os
import secrets
import signal
import threading
from collections import defaultdict, deque
from collections.abc import Callable, Iterator
from concurrent.futures import BrokenExecutor, Executor, Future, ProcessPoolExecutor, ThreadPoolExecutor
from hashlib import blake2b

from grader.practice.kept import kept
from grader.practice.lessons import Lesson
from grader.practice.tokens import QuestionRef, new_ref, questions_of
from question_bank.recipe import load_recipe

Drawn = tuple[QuestionRef, str]
_BATCH = 24
_LOW = 24
_FIRST_BATCH = 4
_PARAMETERS = 6
_POLITENESS = 10


def in_a_thread() -> Executor:
    """Draws in this process, for one person."""
    return ThreadPoolExecutor(1, thread_name_prefix="stock")


def in_a_process() -> Executor:
    """Draws in a process of its own, which gives way to those that answer students and ends with this one."""
    return ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn"), initializer=_settle)


def _settle() -> None:
    # Ctrl-C reaches every process of a terminal; this one ends when the one it works for says so.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if hasattr(os, "nice"):
        os.nice(_POLITENESS)
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    # A worker that is killed cannot tell its drawing process, which would wait for work for ever.
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


class Stock:
    """A few questions of each lesson; what is taken is drawn again in batches, elsewhere.

    A batch asks for one parameter, since questions of one derivation are drawn together at a tenth of the price, and a
    stock keeps to a few parameters of each lesson, since the first question of a derivation costs as much as a hundred
    later ones. Which these are follows from the salt: workers with the same salt know each other's derivations. What is
    taken is any of a few batches; seeds are random, so that the stocks of several workers never agree.
    """

    def __init__(self, batch: int = _BATCH, salt: str = "", drawer: Callable[[], Executor] = in_a_thread) -> None:
        self._batch = batch
        self._salt = salt
        self._drawer = drawer
        self._drawing: Executor | None = None
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
        self.fill(lesson)
        return found if found is not None else draw_some(lesson, self._parameter(lesson), 1)[0]

    def fill(self, lesson: Lesson) -> None:
        """Have questions drawn if there are few; returns at once."""
        with self._lock:
            if len(self._drawn[lesson.id]) >= _LOW or lesson.id in self._filling:
                return
            self._filling.add(lesson.id)
        drawing = self._elsewhere()
        try:
            waiting = drawing.submit(draw_some, lesson, self._parameter(lesson), self._batch)
        except (BrokenExecutor, RuntimeError):
            self._give_up(lesson, drawing)
        else:
            waiting.add_done_callback(lambda done: self._put(lesson, drawing, done))

    def _put(self, lesson: Lesson, drawing: Executor, done: Future[list[Drawn]]) -> None:
        if done.cancelled() or done.exception() is not None:
            self._give_up(lesson, drawing)
            return
        with self._lock:
            self._drawn[lesson.id].extend(done.result())
            self._filling.discard(lesson.id)

    def _give_up(self, lesson: Lesson, drawing: Executor) -> None:
        # Whoever takes the next question draws it, and another process is tried for the ones after it.
        with self._lock:
            self._filling.discard(lesson.id)
            if self._drawing is drawing:
                self._drawing = None
        drawing.shutdown(wait=False)

    def close(self) -> None:
        """Draw no more."""
        with self._lock:
            drawing, self._drawing = self._drawing, None
        if drawing is not None:
            drawing.shutdown(wait=False, cancel_futures=True)

    def one_of_each(self, lesson: Lesson) -> Iterator[Drawn]:
        """Draw a few questions for each parameter that this stock asks of a lesson; gives one of each, as it comes."""
        for parameter in self._names(lesson):
            drawn = self._elsewhere().submit(draw_some, lesson, parameter, _FIRST_BATCH).result()
            with self._lock:
                self._drawn[lesson.id].extend(drawn)
            yield drawn[0]

    def _elsewhere(self) -> Executor:
        with self._lock:
            if self._drawing is None:
                self._drawing = self._drawer()
            return self._drawing

    def _names(self, lesson: Lesson) -> list[str]:
        with self._lock:
            if lesson.id not in self._parameters:
                every = load_recipe(lesson.recipe).parameters()
                order = sorted(every, key=lambda one: blake2b(f"{self._salt}:{one}".encode()).digest())
                self._parameters[lesson.id] = order[:_PARAMETERS]
            return list(self._parameters[lesson.id])

    def _parameter(self, lesson: Lesson) -> str:
        return secrets.choice(self._names(lesson))


def draw_some(lesson: Lesson, parameter: str, count: int) -> list[Drawn]:
    """So many questions of a lesson, all about one parameter, as they are kept."""
    refs = [_ref(lesson, parameter, secrets.token_hex(8)) for _ in range(count)]
    return list(zip(refs, map(kept, questions_of(refs)), strict=True))


def _ref(lesson: Lesson, parameter: str, seed: str) -> QuestionRef:
    return new_ref(lesson.recipe, seed, parameter=parameter, quantity=lesson.quantity, asked=lesson.asked)
