"""Files, folders and archives as pages of grey pixels, each read in a process of its own (`worker`)."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any

import numpy as np

from grader.files.messages import receive, send
from grader.files.safe_names import printable
from grader.scans import limits
from grader.scans.geometry import Grey
from grader.submissions.bundle import walk
from grader.submissions.records import FileProblem

_TIMES_SLOWER = 3


@dataclass(frozen=True, slots=True)
class SourcePage:
    """A page of a file that came back: the file's name and digest, and the page, from 1, of so many."""

    source: str
    digest: str
    number: int
    of: int

    @property
    def origin(self) -> str:
        """By which it is known again, whatever the file is called then."""
        return f"{self.digest[:32]}:{self.number}"

    def __str__(self) -> str:
        return self.source if self.of == 1 else f"{self.source}, page {self.number}"


@dataclass(frozen=True, slots=True)
class Unopened:
    """A page, or a file (page 0), that cannot be read: why, and what to do."""

    source: str
    number: int
    found: str
    remedy: str


class Opener:
    """Opens files, whatever they are; to be used in a `with` statement."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Opener:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._stop()

    def pages(self, path: Path) -> Iterator[tuple[SourcePage, LazyPage] | Unopened]:
        """Every page of what a path stands for: a file, or all in a folder or archive."""
        for found in walk(path):
            if isinstance(found, FileProblem):
                yield Unopened(found.source, 0, str(found.found), str(found.remedy))
                continue
            budget = _Budget(limits.MOST_FILES)
            yield from self._pages(str(found.path), (), str(found.path), found.named, budget)

    def _pages(
        self, path: str, inside: tuple[int, ...], source: str, named: bool, budget: _Budget
    ) -> Iterator[tuple[SourcePage, LazyPage] | Unopened]:
        request = {"path": path, "members": inside, "named": named, "page": None}
        told, _pixels = self.ask(request)
        source = printable(source)
        if "found" in told:
            yield Unopened(source, 0, told["found"], told["remedy"])
            return
        for at, member in enumerate(told.get("members", ())):
            budget.left -= 1
            if budget.left < 0:
                yield Unopened(source, 0, f"more than {limits.MOST_FILES:,} files", "hand them in as several folders")
                return
            name = f"{source}/{member['name']}"
            if member["link"]:
                yield Unopened(name, 0, "a link", "put the file itself there")
                continue
            yield from self._pages(path, (*inside, at), name, named, budget)
        for number in range(told.get("pages", 0)):
            yield (
                SourcePage(source, told["digest"], number + 1, told["pages"]),
                LazyPage(self, request | {"page": number}, source, number + 1),
            )

    def ask(self, request: dict[str, Any]) -> tuple[dict[str, Any], bytes]:
        """What the process says of a request, and a page's pixels; or that it has died of it."""
        try:
            process = self._process or self._start()
        except OSError as error:
            return {"found": f"no process could be started ({error.strerror})", "remedy": "close other programs"}, b""
        assert process.stdin is not None  # pipes both
        assert process.stdout is not None
        watch = threading.Timer(_TIMES_SLOWER * limits.SECONDS, _kill, [process])
        watch.daemon = True
        watch.start()
        told: dict[str, Any] | None = None
        pixels: bytes | None = b""
        # Whoever is killed leaves a broken pipe, or an answer that is cut off.
        with contextlib.suppress(OSError, ValueError):
            send(process.stdin, json.dumps(request).encode())
            answer = receive(process.stdout, _LARGEST_ANSWER)
            told = None if answer is None else json.loads(answer)
            if told is not None and "shape" in told:
                pixels = receive(process.stdout, _LARGEST_ANSWER)
        watch.cancel()
        if told is None or pixels is None:
            self._stop()
            return {
                "found": f"reading it died, or took longer than {limits.SECONDS:.0f} seconds",
                "remedy": "scan or photograph it again",
            }, b""
        return told, pixels

    def _start(self) -> subprocess.Popen[bytes]:
        root = str(Path(__file__).resolve().parents[2])
        code = (
            f"import sys; sys.path.insert(0, {root!r}); from grader.scans import worker; worker.answer_page_requests()"
        )
        self._process = subprocess.Popen(
            [sys.executable, "-P", "-c", code],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=os.environ | {"OPENBLAS_NUM_THREADS": "1"},  # each thread addresses memory of its own
        )
        return self._process

    def _stop(self) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        _kill(process)
        for pipe in (process.stdin, process.stdout):
            if pipe is not None:
                with contextlib.suppress(OSError):
                    pipe.close()
        process.wait()


_LARGEST_ANSWER = 64_000_000


@dataclass(slots=True)
class _Budget:
    left: int


@dataclass(frozen=True, slots=True)
class LazyPage:
    """A page that is read when it is asked for: one that was read before need not be opened."""

    opener: Opener
    request: dict[str, Any]
    source: str
    number: int

    def grey(self) -> Grey | Unopened:
        """Its pixels."""
        told, pixels = self.opener.ask(self.request)
        if "found" in told:
            return Unopened(self.source, self.number, told["found"], told["remedy"])
        rows, columns = told["shape"]
        return np.frombuffer(pixels, np.uint8).reshape(rows, columns)


def _kill(process: subprocess.Popen[bytes]) -> None:
    with contextlib.suppress(ProcessLookupError):
        process.kill()
