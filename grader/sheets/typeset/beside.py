"""Pages laid out by a copy of this process beside it, which gets WeasyPrint ready while a question is drawn.

For one page the two take as long as the layout. Without a copy, and where it fails, pages are laid out here.
"""

from __future__ import annotations

import gc
import os
import pickle
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from grader.sheets.typeset import leaves

if TYPE_CHECKING:
    from grader.sheets.content.formats import Paper
    from grader.sheets.typeset.leaves import Leaf, Printed

_Wanted: TypeAlias = tuple[Literal["leaves", "printed"], str, "Paper"]


def leaves_beside(html: str, paper: Paper) -> tuple[Leaf, ...]:
    """`leaves.leaves_of`, worked beside where there is such a process."""
    found: tuple[Leaf, ...] = _worked(("leaves", html, paper))
    return found


def printed_beside(html: str, paper: Paper) -> Printed:
    """`leaves.printed`, worked beside where there is such a process."""
    found: Printed = _worked(("printed", html, paper))
    return found


def expect(html: str, paper: Paper) -> None:
    """Begin to lay this out beside, if nothing else is: its leaves will be asked for."""
    if _copies and _copies[-1].idle:
        _copies[-1].ask(("leaves", html, paper))


@contextmanager
def laid_out_beside() -> Iterator[None]:
    """Meanwhile pages are laid out beside, where this process can be copied safely and a copy has a core of its own."""
    if not _can_be_copied():
        yield
        return
    copy = _Copy()
    _copies.append(copy)
    try:
        yield
    finally:
        _copies.remove(copy)
        copy.close()


def _can_be_copied() -> bool:
    # Threads are not copied, and what they hold stays locked; NumPy brings its own. macOS' libraries bear no copy.
    alone = threading.active_count() == 1 and "numpy" not in sys.modules
    return sys.platform == "linux" and alone and len(os.sched_getaffinity(0)) > 1


def _worked(wanted: _Wanted) -> Any:
    if _copies:
        with suppress(OSError, EOFError):
            return _copies[-1].answer(wanted)
    # Also for its error, where the copy met one.
    return _work(wanted)


def _work(wanted: _Wanted) -> Any:
    kind, html, paper = wanted
    return leaves.leaves_of(html, paper) if kind == "leaves" else leaves.printed(html, paper)


class _Copy:
    """A copy of this process; it ends where the pipe to it does."""

    def __init__(self) -> None:
        theirs, ours = os.pipe(), os.pipe()
        self._process = os.fork()
        if not self._process:
            os.close(theirs[1])
            os.close(ours[0])
            _serve(theirs[0], ours[1])
        os.close(theirs[0])
        os.close(ours[1])
        self._wanted, self._answers = os.fdopen(theirs[1], "wb"), os.fdopen(ours[0], "rb")
        self._asked: list[_Wanted] = []
        self._answered: dict[_Wanted, Any] = {}

    @property
    def idle(self) -> bool:
        """Whether it has answered all: what is asked and what is answered then has room in the pipes."""
        return not self._asked

    def ask(self, wanted: _Wanted) -> None:
        """Ask for it once."""
        if wanted not in self._asked and wanted not in self._answered:
            with suppress(OSError):
                pickle.dump(wanted, self._wanted)
                self._wanted.flush()
            self._asked.append(wanted)

    def answer(self, wanted: _Wanted) -> Any:
        """What was asked for, in its turn; raises EOFError if the copy is no more."""
        self.ask(wanted)
        while wanted not in self._answered:
            self._answered[self._asked.pop(0)] = pickle.load(self._answers)  # noqa: S301 (by our own copy)
        return self._answered[wanted]

    def close(self) -> None:
        """End it, whatever it is at: nothing of it is wanted any more."""
        for pipe in (self._wanted, self._answers):
            with suppress(OSError):
                pipe.close()
        if self._asked or not self._answered:
            os.kill(self._process, signal.SIGTERM)
        os.waitpid(self._process, 0)


_copies: list[_Copy] = []


def _serve(wanted: int, answers: int) -> None:
    """The copy's life, from which nothing returns; what it cannot do, the first process tries itself, and says."""
    try:
        # Ctrl-C is the first process's, which ends this one.
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        signal.signal(signal.SIGTERM, lambda *_: sys.exit())
        with os.fdopen(wanted, "rb") as asked, os.fdopen(answers, "wb") as out:
            gc.disable()  # it lives for a few pages only
            leaves.make_ready()
            while True:
                pickle.dump(_work(pickle.load(asked)), out)  # noqa: S301 (by the process that we are a copy of)
                out.flush()
    finally:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        leaves.forget_all()
        os._exit(0)
