"""PDFs read in a process of its own, so that one that never ends or swallows memory costs a time limit and no more.

The process is started with the first PDF, reads one after another, and is started anew after one that it died of.
Nothing is inherited but this package's code: what it gets are a PDF's bytes, what it gives is JSON.
"""

from __future__ import annotations

import contextlib
import json
import signal
import struct
import subprocess
import sys
import threading
from dataclasses import asdict
from pathlib import Path
from types import TracebackType
from typing import IO

from grader.submissions.pdf_form import ASK_FOR_FILE, LARGEST, Form, NotReadable, read_form

SECONDS = 10.0
"""Of computing, for one file; a filled sheet takes some milliseconds. A busy machine costs nobody a sheet."""

_TIMES_SLOWER = 20
"""So much longer it may take by the clock before it counts as stuck."""

_OUT_OF_TIME = getattr(signal, "SIGPROF", -1)

MEMORY = 1_500_000_000
"""Bytes that the process may address, where the system can limit that."""

_LENGTH = struct.Struct("!Q")


class FormReader:
    """Reads the forms of PDFs, bounded in time; to be used in a `with` statement."""

    def __init__(self, seconds: float = SECONDS) -> None:
        self._seconds = seconds
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> FormReader:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._stop()

    def read(self, data: bytes) -> Form:
        """What a PDF says of itself; raises NotReadable, also if reading it takes too long or kills the process."""
        if len(data) > LARGEST:
            return read_form(data)  # refused by its length alone
        process = self._process or self._start()
        assert process.stdin is not None  # pipes both
        assert process.stdout is not None
        too_long = threading.Event()

        def give_up() -> None:
            too_long.set()
            process.kill()

        timer = threading.Timer(_TIMES_SLOWER * self._seconds, give_up)
        timer.daemon = True
        timer.start()
        answer: bytes | None = None
        # Whoever is killed leaves a broken pipe, or an answer that is cut off.
        with contextlib.suppress(OSError):
            _send(process.stdin, data)
            answer = _receive(process.stdout)
        timer.cancel()
        timer.join()
        ended_by = self._stop() if answer is None or too_long.is_set() else 0
        if answer is None:
            if too_long.is_set() or ended_by == _OUT_OF_TIME:
                raise NotReadable(f"a PDF that cannot be read within {self._seconds:g} seconds", ASK_FOR_FILE)
            raise NotReadable("a damaged PDF, of which reading it died", ASK_FOR_FILE)
        told = json.loads(answer)
        if "found" in told:
            raise NotReadable(**told)
        return Form(**told)

    def _start(self) -> subprocess.Popen[bytes]:
        root = str(Path(__file__).resolve().parents[2])
        code = f"import sys; sys.path.insert(0, {root!r}); from {__name__} import serve; serve({self._seconds!r})"
        # -P: what lies in the folder where the user stands is nobody's module.
        self._process = subprocess.Popen(
            [sys.executable, "-P", "-c", code],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
        return self._process

    def _stop(self) -> int:
        """End the process; the signal that had ended it before, if one had."""
        process, self._process = self._process, None
        if process is None:
            return 0
        process.kill()
        for pipe in (process.stdin, process.stdout):
            if pipe is not None:
                with contextlib.suppress(OSError):
                    pipe.close()
        return -process.wait()


def serve(seconds: float) -> None:
    """Answer one PDF after another from stdin on stdout, until stdin ends or one takes too long."""
    # Ctrl-C reaches the whole group; it is the parent that deals with it.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    _limit_memory()
    while (data := _receive(sys.stdin.buffer)) is not None:
        told: dict[str, object]
        _limit_time(seconds)
        try:
            told = asdict(read_form(data))
        except NotReadable as problem:
            told = {"found": problem.found, "remedy": problem.remedy}
        _limit_time(0)
        _send(sys.stdout.buffer, json.dumps(told).encode())


def _limit_time(seconds: float) -> None:
    """Let a signal end this process when it has computed so long; 0 lifts the limit. Windows has no such thing."""
    if hasattr(signal, "setitimer"):
        signal.setitimer(signal.ITIMER_PROF, seconds)


def _limit_memory() -> None:
    with contextlib.suppress(ImportError, OSError, ValueError):
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))


def _send(pipe: IO[bytes], message: bytes) -> None:
    pipe.write(_LENGTH.pack(len(message)))
    pipe.write(message)
    pipe.flush()


def _receive(pipe: IO[bytes]) -> bytes | None:
    """The next message; None where the pipe ends, even in the middle of one."""
    head = pipe.read(_LENGTH.size)
    if len(head) < _LENGTH.size:
        return None
    (length,) = _LENGTH.unpack(head)
    message = pipe.read(length)
    return message if len(message) == length else None
