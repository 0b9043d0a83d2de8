"""Templates of an instructor's filled in by a process of its own, which can be ended whatever it is in.

One process serves all that is made; it is started with the first template of that kind, so that whoever has none pays
nothing. One that took too long is ended, and replaced where another is asked for. No signal is needed for it.
"""

from __future__ import annotations

import atexit
import json
import os
import pickle
import re
import subprocess
import sys
import threading
from bisect import bisect_right
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from grader.files.messages import receive, send
from grader.sheets.typography.own_templates import MOST_CHARACTERS, OwnTemplates
from grader.sheets.typography.templates_worker import Filling
from question_bank.errors import GradpathError, InputError
from question_bank.language.words import language
from question_bank.networks.lettering import notation_in_force

MOST_SECONDS = 10.0
"""For one page filled in."""
TO_BEGIN, TO_SAY_WHERE = 60.0, 2.0
"""Seconds until the process has imported what it needs; beyond the limit, until it must have ended itself."""
_LARGEST_ANSWER = 12 * MOST_CHARACTERS + 1_000_000
"""Bytes: a character beyond the first 65,536 of Unicode is twice six of them in JSON."""

_FRAME = re.compile(r'^  File "(.*)", line (\d+) in ', flags=re.MULTILINE)


def render_own(own: OwnTemplates, template: str, **context: object) -> str:
    """A template filled in, those of the instructor's in the place of ours; raises InputError with file and line."""
    asked = Filling(own, template, context, language().code, notation_in_force(), MOST_SECONDS)
    with _LOCK:
        told = _ask(asked)
    if "text" in told:
        return str(told["text"])
    raise InputError(told["found"], file=told["file"], place=told["place"])


_LOCK = threading.Lock()
_processes: list[subprocess.Popen[bytes]] = []
"""The one that is at work, if there is one."""


def _ask(asked: Filling) -> Mapping[str, Any]:
    request = pickle.dumps(asked, pickle.HIGHEST_PROTOCOL)
    if _processes and _processes[0].poll() is not None:
        _end()
    process = _processes[0] if _processes else _start()
    assert process.stdin is not None  # pipes both
    assert process.stdout is not None
    lines: Mapping[str, Sequence[Sequence[int]]] = {}
    begun = False
    told: Mapping[str, Any] | None = None
    late = _Alarm(process, TO_BEGIN)
    try:
        # Whoever is ended leaves a broken pipe, or an answer that is cut off.
        with suppress(OSError, ValueError):
            send(process.stdin, request)
            while (answer := receive(process.stdout, _LARGEST_ANSWER)) is not None:
                said = json.loads(answer)
                if "begun" in said:
                    begun = True
                    late.cancel()
                    late = _Alarm(process, asked.seconds + TO_SAY_WHERE)
                elif "lines" in said:
                    lines = said["lines"]
                else:
                    told = said
                    break
    finally:
        late.cancel()
        if told is None:
            trace = _end()
    if told is not None:
        return told
    if not begun:
        raise GradpathError("the process that fills in your own templates could not be started; close other programs")
    file, line = _last_place(trace, lines)
    if late.rang or trace.lstrip().startswith("Timeout"):
        found = f"it does not come to an end within {asked.seconds:g} seconds"
    else:
        found = "the process that fills it in has died of it"
    return {"found": found, "file": file or asked.own.folder, "place": f"line {line}" if line else None}


class _Alarm:
    """Kills a process in so many seconds, unless it is cancelled before."""

    def __init__(self, process: subprocess.Popen[bytes], seconds: float) -> None:
        self.rang = False
        self._process = process
        self._timer = threading.Timer(seconds, self._ring)
        self._timer.daemon = True
        self._timer.start()
        self.cancel = self._timer.cancel

    def _ring(self) -> None:
        self.rang = True
        self._process.kill()


def _last_place(trace: str, lines: Mapping[str, Sequence[Sequence[int]]]) -> tuple[str | None, int | None]:
    """Of a trace as `faulthandler` writes it, the innermost place in one of the templates: its file and its line."""
    written = {path.encode("ascii", "backslashreplace").decode(): path for path in lines}
    for name, at in _FRAME.findall(trace):
        if name in written:
            begins = lines[written[name]]
            which = bisect_right([made for made, _line in begins], int(at)) - 1
            return written[name], begins[which][1] if which >= 0 else 1
    return None, None


def _start() -> subprocess.Popen[bytes]:
    root = str(Path(__file__).resolve().parents[3])
    code = (
        f"import sys; sys.path.insert(0, {root!r}); "
        "from grader.sheets.typography import templates_worker; templates_worker.fill_in_what_comes()"
    )
    # -P: what lies in the folder where the user stands is nobody's module.
    process = subprocess.Popen(
        [sys.executable, "-P", "-c", code],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        # A thread each would take of the memory that it may address.
        env={**os.environ, "OPENBLAS_NUM_THREADS": "1"},
    )
    _processes.append(process)
    return process


def _end() -> str:
    """End the process, if there is one; what it has written on its end."""
    if not _processes:
        return ""
    process = _processes.pop()
    process.kill()
    said = process.stderr.read() if process.stderr else b""
    for pipe in (process.stdin, process.stdout, process.stderr):
        # What was not yet sent to it cannot be sent any more.
        with suppress(OSError):
            if pipe is not None:
                pipe.close()
    process.wait()
    return said.decode("ascii", "replace")


atexit.register(_end)
