"""Drawing questions, here or in a process of its own that gives way to whatever answers students."""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import secrets
import signal
import threading
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess

from grader.practice.learning.kept import kept_text
from grader.practice.learning.lessons import Lesson
from grader.practice.learning.tokens import QuestionRef, new_ref, questions_of

Drawn = tuple[QuestionRef, str]
_POLITENESS = 10


def draw_some(lesson: Lesson, parameter: str, count: int) -> list[Drawn]:
    """So many questions of a lesson, all about one parameter, as they are kept."""
    refs = [
        new_ref(lesson.recipe, secrets.token_hex(8), parameter=parameter, quantity=lesson.quantity, asked=lesson.asked)
        for _ in range(count)
    ]
    return list(zip(refs, map(kept_text, questions_of(refs)), strict=True))


class DrawingProcess:
    """`draw_some` elsewhere: begun when it is first called, and again after it died."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._process: BaseProcess | None = None
        self._pipe: Connection | None = None

    def __call__(self, lesson: Lesson, parameter: str, count: int) -> list[Drawn]:
        """Draw there and wait for it; raises EOFError or OSError if the process is killed meanwhile."""
        with self._lock:
            pipe = self._pipe or self._begin()
            try:
                pipe.send((lesson, parameter, count))
                drawn: list[Drawn] = pipe.recv()
            except (EOFError, OSError):
                self._pipe = None
                raise
            return drawn

    def _begin(self) -> Connection:
        context = multiprocessing.get_context("spawn")
        ours, theirs = context.Pipe()
        self._process = context.Process(target=_draw_on_demand, args=(theirs,), daemon=True, name="drawing")
        self._process.start()
        theirs.close()
        self._pipe = ours
        return ours

    def close(self) -> None:
        """End the process, even in the middle of a batch."""
        if self._process is not None:
            self._process.kill()
            self._process.join()


def _draw_on_demand(pipe: Connection) -> None:
    # Ctrl-C reaches every process of a terminal; this one ends with the one that it works for, however that ends.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if hasattr(os, "nice"):
        os.nice(_POLITENESS)
    with contextlib.suppress(EOFError, OSError):
        while True:
            pipe.send(draw_some(*pipe.recv()))
