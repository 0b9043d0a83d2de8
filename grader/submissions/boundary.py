"""Files read in a sandbox, a process of its own: a file that crashes or stalls it costs nobody else's, and is named."""

from __future__ import annotations

import base64
import contextlib
import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, fields, replace
from pathlib import Path
from types import TracebackType
from typing import IO, Any

from grader.files.messages import receive, send
from grader.files.safe_names import printable
from grader.submissions import filled_pdf, kinds, limits
from grader.submissions.bundle import (
    A_LINK,
    NOT_FOLLOWED,
    FileRefused,
    FoundFile,
    as_problem,
    is_zip,
    open_file,
    too_many,
    too_much,
)
from grader.submissions.names import Names
from grader.submissions.records import Content, Expected, FileProblem, FileReport, SheetPart, Submission
from grader.submissions.trust import Owners
from grader.submissions.worker import Request, plain_of
from question_bank.language.remark import Remark, as_plain, remark_of
from question_bank.language.words import N_

_OUT_OF_TIME = (getattr(signal, "SIGXCPU", -1), getattr(signal, "SIGVTALRM", -1))
_HEAD = 1024
_SECONDS_BETWEEN_LOOKS = 0.25
_ASKED = tuple(field.name for field in fields(Request))


@dataclass(slots=True)
class _Left:
    """How many files and bytes may still come out of one file, if it is an archive, and of the archives inside it."""

    files: int
    bytes: int


class Boundary:
    """Reads files, whatever they are; to be used in a `with` statement.

    Tables and JSON that a person named on the command line are read here where they are small, bounded in time; all
    else by `worker`, which is replaced where it dies.
    """

    def __init__(self, expected: Expected, names: Names, *, pictures: bool = False) -> None:
        self._expected = expected
        self._names = names
        self._owners = Owners(expected)
        self._asked = 0
        self._computed = 0.0  # by the process that is at work, as far as it was counted
        self._process: subprocess.Popen[bytes] | None = None
        self._watch: _Watch | None = None
        self._pictures_left = limits.MOST_PICTURES_IN_ALL if pictures else 0
        self._seconds, self._unpacked = limits.Seconds(len(expected.slots)), limits.unpacked()
        self._cells, self._problems = limits.cells(), limits.problems()

    def __enter__(self) -> Boundary:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._stop()

    def read(self, found: FoundFile, top: str) -> Iterator[FileReport]:
        """What a file holds, or each of the files in an archive; `top` is what a person has named."""
        source = str(found.path)
        try:
            size = found.path.stat().st_size
        except OSError:
            size = 0
        if found.named and size <= limits.LARGEST_HERE:
            report = self._read_here(found, source, size)
            if report is not None:
                yield report
                return
        left = _Left(limits.MOST_FILES_PACKED, limits.LARGEST_TOTAL)
        request = Request(source, (), source, top, found.named, 0, 0, 0, 0, 0)
        yield from self._read_there(request, size, left)

    def _read_here(self, found: FoundFile, source: str, size: int) -> FileReport | None:
        """A table or JSON file; None if it is another kind of file."""
        begun = time.process_time()
        try:
            with open_file(found.path, named=True) as opened:
                head = opened.read(_HEAD)
                if is_zip(head) or filled_pdf.recognises(Content(source, head)):
                    return None
                data = head + opened.read(limits.LARGEST_HERE + 1 - len(head))
        except (OSError, FileRefused):
            return None  # and reported there
        seconds = self._seconds.limit(size, source, None)
        if seconds < limits.LEAST_SECONDS:
            return _refused(source, _nothing_left())

        def reading() -> FileReport:
            report = kinds.read(Content(source, data), self._names, limits.MOST_LINES_NAMED)
            kinds.bound_cells(report, self._most_cells(size))
            return report

        report = kinds.guarded(source, reading, seconds)
        self._cells.spend(size, kinds.cells_in(report))
        self._seconds.spend(size, time.process_time() - begun, source, None)
        return report

    def _most_cells(self, size: int) -> float:
        return min(limits.MOST_CELLS, self._cells.limit(size))

    def _read_there(self, request: Request, size: int, left: _Left) -> Iterator[FileReport]:
        """One file that is anybody's, and what is in it."""
        begun = time.process_time()
        origin = self._owners.origin(request.source, request.top, named=False)
        seconds = self._seconds.limit(size, origin.folder, origin.owner)
        if seconds < limits.LEAST_SECONDS:
            self._seconds.spend(size, 0.0, origin.folder, origin.owner)
            yield _refused(request.source, _nothing_left())
            return
        asked = replace(
            request,
            seconds=seconds,
            unpacked=self._unpacked.limit(size),
            cells=self._most_cells(size),
            problems=self._problems.limit(size),
            pictures=min(limits.MOST_PICTURES, self._pictures_left),
        )
        told, computed = self._ask(asked)
        left.bytes -= told.get("unpacked", 0)
        if request.members:
            self._unpacked.spend(size, told.get("unpacked", asked.unpacked))
        report = _report(request.source, told, archived=bool(request.members))
        self._cells.spend(size, kinds.cells_in(report))
        self._problems.spend(size, len(report.problems))
        self._pictures_left -= len(report.pictures)
        computed += time.process_time() - begun
        self._seconds.spend(size, computed, origin.folder, origin.owner)
        if left.bytes < 0:
            yield _refused(request.source, too_much())
            return
        yield report
        listed = told.get("members", ())
        # Of a nested archive only the packed bytes were handed in: its files count as parts of those.
        scale = min(1.0, size / max(1, told.get("unpacked", 0))) if request.members else 1.0
        left.files -= len(listed)
        for at, member in enumerate(listed):
            inside = f"{request.source}/{member['name']}"
            if left.files < 0 or left.bytes < 0:
                yield _refused(request.source, too_many() if left.files < 0 else too_much())
                return
            if member["link"]:
                yield _refused(inside, FileRefused(A_LINK, NOT_FOLLOWED))
                continue
            deeper = replace(request, members=(*request.members, at), source=inside)
            yield from self._read_there(deeper, int(scale * member["packed"]), left)

    def _ask(self, request: Request) -> tuple[dict[str, Any], float]:
        """What the process says about a file, or that it has died of it, and the seconds that it has computed."""
        told, computed = self._ask_once(request)
        if told is None:
            # It has ended before it could tell of what: whatever that was, it need not have been this file.
            told, more = self._ask_once(request)
            computed += more
        return told or _died(_DAMAGED, kinds.ASK_AGAIN), computed

    def _ask_once(self, request: Request) -> tuple[dict[str, Any] | None, float]:
        """The same, None where the process has ended without a word."""
        try:
            process = self._process or self._start()
        except OSError as error:
            found = Remark.of(N_("cannot be read: no process could be started ({reason})"), reason=error.strerror or "")
            return _died(found, Remark.of(N_("close other programs"))), 0.0
        assert process.stdin is not None  # pipes both
        assert process.stdout is not None
        watch = _Watch(process) if self._watch is None else self._watch
        self._watch = watch
        watch.deadline = time.monotonic() + limits.TIMES_SLOWER * (request.seconds + 1)
        self._asked += 1
        request = replace(request, number=self._asked)
        told: dict[str, Any] | None = None
        # Whoever is killed leaves a broken pipe, or an answer that is cut off.
        with contextlib.suppress(OSError, ValueError):
            send(process.stdin, json.dumps({name: getattr(request, name) for name in _ASKED}).encode())
            told = _answer(process.stdout, self._asked)
        watch.deadline = float("inf")
        killed = watch.has_killed
        if told is None or killed:
            before = _computed_by_children()
            ended_by = self._stop()
            computed = max(request.seconds, _computed_by_children() - before - self._computed)
            self._computed = 0.0
        else:
            ended_by = told.pop("died", 0)
            computed = told.pop("computed") - self._computed
            self._computed = 0.0 if ended_by else self._computed + computed
        if killed or ended_by in _OUT_OF_TIME:
            return _died(kinds.too_slow(request.seconds), kinds.ASK_AGAIN), computed
        if told is not None and ended_by:
            return _died(_DAMAGED, kinds.ASK_AGAIN), computed
        return told, computed

    def _start(self) -> subprocess.Popen[bytes]:
        root = str(Path(__file__).resolve().parents[2])
        code = (
            f"import sys; sys.path.insert(0, {root!r}); from grader.submissions import worker; worker.answer_requests()"
        )
        # -P: what lies in the folder where the user stands is nobody's module.
        self._process = subprocess.Popen(
            [sys.executable, "-P", "-c", code],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            # A group of its own, so that it ends with its copies.
            process_group=0 if os.name == "posix" else None,
        )
        assert self._process.stdin is not None
        with contextlib.suppress(OSError):  # seen when it is asked something
            send(self._process.stdin, json.dumps(plain_of(self._expected)).encode())
        return self._process

    def _stop(self) -> int:
        """End the process; the signal that had ended it before, if one had."""
        process, self._process = self._process, None
        watch, self._watch = self._watch, None
        if watch is not None:
            watch.end()
        if process is None:
            return 0
        _kill(process)
        for pipe in (process.stdin, process.stdout):
            if pipe is not None:
                with contextlib.suppress(OSError):
                    pipe.close()
        return -process.wait()


class _Watch:
    """Kills a process that is at work beyond its deadline; one thread for all files, since each would cost a start."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        self.deadline = float("inf")
        self.has_killed = False
        self._process = process
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def end(self) -> None:
        """Watch no longer."""
        self._over.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._over.wait(_SECONDS_BETWEEN_LOOKS):
            if time.monotonic() > self.deadline:
                self.has_killed = True
                _kill(self._process)
                return


def _answer(pipe: IO[bytes], number: int) -> dict[str, Any] | None:
    """The answer to this request, or that the process died; None where there is none."""
    while (answer := receive(pipe, limits.LARGEST_ANSWER)) is not None:
        told: dict[str, Any] = json.loads(answer)
        # One that died before it was asked leaves the request to its successor, whose answer comes too late.
        if "died" in told or told["number"] == number:
            return told
    return None


def _kill(process: subprocess.Popen[bytes]) -> None:
    """End a process and its copies."""
    with contextlib.suppress(ProcessLookupError):
        if os.name == "posix":
            os.killpg(process.pid, signal.SIGKILL)
        else:
            process.kill()


def _computed_by_children() -> float:
    used = os.times()
    return used.children_user + used.children_system


def _nothing_left() -> FileRefused:
    """What the files before it have taken."""
    return FileRefused(
        Remark.of(N_("not opened: the files before it took all the seconds that there are for small and odd ones")),
        Remark.of(N_("see what lies beside it, take that away, and name this file by itself")),
    )


_DAMAGED = Remark.of(N_("a damaged file, of which reading it died"))


def _died(found: Remark, remedy: Remark) -> dict[str, Any]:
    return {"problems": [["", as_plain(found), as_plain(remedy), True, ""]]}


def _refused(source: str, refused: FileRefused) -> FileReport:
    report = FileReport(source)
    problem = as_problem(source, refused)
    report.lost("", problem.found, problem.remedy)
    return report


def _report(source: str, told: dict[str, Any], *, archived: bool) -> FileReport:
    """What the process said of a file, as a report."""
    report = FileReport(source)
    report.archived = archived
    report.is_archive = "members" in told
    report.signed = told.get("signed", False)
    report.take(
        [
            FileProblem(printable(source), remark_of(place), remark_of(found), remark_of(remedy), fatal, student)
            for place, found, remedy, fatal, student in told["problems"]
        ],
        [
            Submission(student, question, responses, report.source, submitted)
            for student, question, responses, submitted in told.get("submissions", ())
        ],
    )
    part = told.get("part")
    report.part = None if part is None else SheetPart(**part | {"source": report.source})
    report.pictures = [(page, base64.b64decode(png)) for page, png in told.get("pictures", ())]
    return report
