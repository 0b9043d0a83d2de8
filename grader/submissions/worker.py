"""The process that reads what students handed in: archives, tables, JSON, PDFs, one request after another.

It is started with the first file, gets the names of the class, and answers requests for a file (by its path, and its
numbers in the archives on the way) with JSON: what it holds, or the list of an archive's files. It remembers nothing
that matters: the work is done in a copy of it (`fork`, where there is such a thing), and one that died is replaced by
another, which costs next to nothing. What it may compute and address is bounded by the system.
"""

from __future__ import annotations

import base64
import contextlib
import json
import os
import signal
import sys
import time
import zipfile
from dataclasses import asdict, dataclass
from importlib import import_module
from io import BytesIO
from pathlib import Path
from typing import IO, Any, BinaryIO

from grader.files.messages import receive, send
from grader.files.safe_names import printable, shown
from grader.submissions import filled_pdf, kinds, limits, platforms
from grader.submissions.bundle import FileRefused, OfficeDocument, is_link, is_zip, members, open_file
from grader.submissions.names import Names
from grader.submissions.records import Content, Expected, FileReport
from grader.submissions.workbook import csv_of, is_workbook
from question_bank.language.remark import Remark, as_plain
from question_bank.language.words import N_

_NAME_IT = Remark.of(N_("if it is yours, name it on the command line by itself"))
_SPARE_SECONDS, _SPARE_SHARE = 0.02, 0.25
"""Of computing, until a file is ended together with the process, deep in some library that hears nothing."""


@dataclass(frozen=True, slots=True)
class Request:
    """A file to be read: its place, whether a person has named it, and what it may cost."""

    path: str
    members: tuple[int, ...]
    source: str
    top: str
    named: bool
    seconds: float
    unpacked: float
    cells: float
    problems: float
    pictures: int
    number: int = 0
    """The answer has the same, so that none is taken for another's."""


class Files:
    """Reads files of one class; keeps the archives open in which the last one lay."""

    def __init__(self, expected: Expected) -> None:
        self._names = Names(expected)
        self._opened: list[tuple[object, BinaryIO, zipfile.ZipFile, list[zipfile.ZipInfo]]] = []

    def answer(self, request: Request) -> dict[str, Any]:
        """What is to be said about a file, as plain data."""
        said: dict[str, Any] = {}

        def reading() -> FileReport:
            data, archived = self._bytes(request)
            said["unpacked"] = len(data) if archived else 0
            if is_zip(data[:4]):
                try:
                    said["members"] = self._list(request)
                    return FileReport(request.source)
                except OfficeDocument:
                    data, archived = self._bytes(request, whole=True)
            return self._read(Content(request.source, data, archived), request)

        report = kinds.guarded(request.source, reading, request.seconds)
        report.most_listed = min(report.most_listed, max(1, int(request.problems)))
        return said | _plain(report) | {"computed": time.process_time(), "number": request.number}

    def _read(self, content: Content, request: Request) -> FileReport:
        named = request.named and not request.members
        if named and is_workbook(content.data):
            content = Content(content.source, csv_of(content.data), content.archived)
        report = None if named else platforms.read(content, request.top)
        if report is None:
            is_text = not filled_pdf.recognises(content) and not is_zip(content.data)
            if not named and is_text and len(content.data) > limits.LARGEST_TEXT:
                size, most = (bytes_ / 1e6 for bytes_ in (len(content.data), limits.LARGEST_TEXT))
                found = Remark.of(
                    N_("{size} MB, where {most} MB is the limit in a folder"), size=round(size), most=round(most)
                )
                raise FileRefused(found, _NAME_IT)
            lines = limits.MOST_LINES_NAMED if named else limits.MOST_LINES
            report = kinds.read(content, self._names, lines, pictures=request.pictures)
        kinds.without_endless(report)
        kinds.bound_cells(report, request.cells)
        return report

    def _bytes(self, request: Request, *, whole: bool = False) -> tuple[bytes, bool]:
        """A file's bytes, and whether they were packed; of an archive on disk its beginning, unless `whole`."""
        if request.members:
            _, _, archive, listed = self._archive(request, len(request.members))
            most = min(limits.LARGEST_FILE, int(request.unpacked))
            return _unpacked(archive, listed[request.members[-1]], most), True
        with open_file(Path(request.path), named=request.named) as opened:
            head = opened.read(4)
            if is_zip(head) and not whole:
                return head, False
            data = head + opened.read(limits.LARGEST_FILE + 1 - len(head))
        if len(data) > limits.LARGEST_FILE:
            raise _too_large(limits.LARGEST_FILE)
        return data, False

    def _list(self, request: Request) -> list[dict[str, Any]]:
        """The files of an archive; raises Document where it is one to be read as a whole."""
        if len(request.members) >= limits.DEEPEST:
            found = Remark.of(N_("archives inside archives, more than {count} deep"), count=limits.DEEPEST)
            raise FileRefused(found, Remark.of(N_("unpack it and name the folder")))
        try:
            *_, listed = self._archive(request, len(request.members) + 1)
        except (FileRefused, OSError, MemoryError):
            raise
        except Exception as error:  # zipfile raises many things of damaged archives
            found = Remark.of(N_("a damaged zip archive ({reason})"), reason=shown(str(error)))
            remedy = Remark.of(N_("download it again, or unpack it and name the folder"))
            raise FileRefused(found, remedy) from error
        return [
            {"name": _name(member.orig_filename), "packed": member.compress_size, "link": is_link(member)}
            for member in listed
        ]

    def _archive(self, request: Request, depth: int) -> tuple[object, BinaryIO, zipfile.ZipFile, list[zipfile.ZipInfo]]:
        """The archive at this depth on the way to a file, opened unless it still is."""
        for level in range(depth):
            key = (request.path, request.members[:level])
            if level < len(self._opened) and self._opened[level][0] == key:
                continue
            self.close(level)
            opened: BinaryIO
            if level == 0:
                opened = open_file(Path(request.path), named=request.named)
            else:
                _, _, archive, listed = self._opened[level - 1]
                opened = BytesIO(_unpacked(archive, listed[request.members[level - 1]], limits.LARGEST_FILE))
            try:
                source = request.source if level == depth - 1 and level == len(request.members) else ""
                self._opened.append((key, opened, *members(opened, source)))
            except BaseException:
                opened.close()
                raise
        return self._opened[depth - 1]

    def close(self, level: int = 0) -> None:
        """Close the archives from this depth on."""
        for _, opened, archive, _ in self._opened[level:]:
            archive.close()
            opened.close()
        del self._opened[level:]


def _unpacked(archive: zipfile.ZipFile, member: zipfile.ZipInfo, most: int) -> bytes:
    try:
        if "\0" in member.orig_filename or not member.filename:
            nameless = Remark.of(N_("a file without a name, or with a NUL in it"))
            raise FileRefused(nameless, Remark.of(N_("no program makes such; ask for the file")))
        with archive.open(member) as opened:
            data = opened.read(most + 1)
    except (FileRefused, MemoryError):
        raise
    except Exception as error:  # a damaged file of any of zip's methods
        if member.flag_bits & 1:
            encrypted = Remark.of(N_("an encrypted file"))
            raise FileRefused(encrypted, Remark.of(N_("ask for it again, without a password"))) from error
        damaged = Remark.of(N_("a damaged file ({reason})"), reason=shown(str(error)))
        raise FileRefused(damaged, Remark.of(N_("ask for it again"))) from error
    if len(data) > most:
        if most == limits.LARGEST_FILE:
            raise _too_large(most)
        raise FileRefused(
            Remark.of(N_("{size} bytes that unpack to more than {most} bytes"), size=member.compress_size, most=most),
            Remark.of(N_("no submission does; if it should be read, unpack the archive and name the folder")),
        )
    return data


def _too_large(largest: int) -> FileRefused:
    found = Remark.of(N_("larger than {size} MB"), size=round(largest / 1e6))
    return FileRefused(found, Remark.of(N_("no submission is; it was not read")))


def _name(written: str) -> str:
    name = printable(written)
    return name if len(name) <= limits.LONGEST_NAME else name[: limits.LONGEST_NAME] + "…"


def _plain(report: FileReport) -> dict[str, Any]:
    """A report as data that JSON can hold."""
    return {
        "submissions": [[each.student, each.question, each.responses, each.submitted] for each in report.submissions],
        "problems": [[*map(as_plain, (p.place, p.found, p.remedy)), p.fatal, p.student] for p in report.problems],
        "signed": report.signed,
        "part": None if report.part is None else asdict(report.part) | {"source": ""},
        "pictures": [[page, base64.b64encode(png).decode()] for page, png in report.pictures],
    }


def answer_requests() -> None:
    """Answer one request after another from stdin on stdout, until stdin ends."""
    # Ctrl-C reaches the whole group; it is the parent that deals with it.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    # Without a buffer: what a copy of this process reads, no other one has read ahead.
    with open(0, "rb", buffering=0, closefd=False) as asking:
        first = receive(asking)
        if first is None:
            return
        files = Files(expected_of(json.loads(first)))
        if not hasattr(os, "fork"):
            _answer_all(files, asking)
            return
        while not _answered_by_a_copy(files, asking):
            pass


def _answered_by_a_copy(files: Files, asking: IO[bytes]) -> bool:
    """Let a copy of this process answer; False if it died, after that was told with what it had computed."""
    child = os.fork()
    if child == 0:
        with contextlib.suppress(BrokenPipeError):
            _answer_all(files, asking)
        os._exit(0)
    _, status, used = os.wait4(child, 0)
    ended = os.waitstatus_to_exitcode(status)
    if ended == 0:
        return True
    _load_what_is_slow_to_load()
    told = {"died": -ended, "computed": used.ru_utime + used.ru_stime + _SECONDS_OF_LOADING}
    with contextlib.suppress(OSError):
        send(sys.stdout.buffer, json.dumps(told).encode())
    return False


_SECONDS_OF_LOADING = 0.01
"""What another copy costs by itself."""


def _load_what_is_slow_to_load() -> None:
    """So that the next copy has it; the first one loads what it needs."""
    for name in ("pikepdf", "pypdf"):
        import_module(name)


def _answer_all(files: Files, asking: IO[bytes]) -> None:
    _limit_memory()
    while (asked := receive(asking)) is not None:
        told = json.loads(asked)
        request = Request(**told | {"members": tuple(told["members"])})
        _end_after(request.seconds)
        answer = files.answer(request)
        _end_after(None)
        send(sys.stdout.buffer, json.dumps(answer).encode())


def plain_of(expected: Expected) -> dict[str, Any]:
    """What was handed out, as data that JSON can hold: most students have the same slots."""
    distinct = list(dict.fromkeys(slots for asked in expected.slots.values() for slots in asked.values()))
    number = {slots: at for at, slots in enumerate(distinct)}
    return {
        "distinct": distinct,
        "slots": {who: {q: number[slots] for q, slots in asked.items()} for who, asked in expected.slots.items()},
        "sheets": dict(expected.sheets),
        "aliases": dict(expected.aliases),
    }


def expected_of(plain: dict[str, Any]) -> Expected:
    """The reverse of `plain_of`."""
    distinct = [tuple(slots) for slots in plain["distinct"]]
    slots = {who: {q: distinct[at] for q, at in asked.items()} for who, asked in plain["slots"].items()}
    return Expected(slots, plain["sheets"], plain["aliases"])


def _end_after(seconds: float | None) -> None:
    """Let the system end this process when it has computed so much longer, whatever it is in; Windows cannot."""
    if hasattr(signal, "setitimer"):
        signal.setitimer(signal.ITIMER_VIRTUAL, 0 if seconds is None else seconds * (1 + _SPARE_SHARE) + _SPARE_SECONDS)
    with contextlib.suppress(ImportError, OSError, ValueError):
        import resource

        _, most = resource.getrlimit(resource.RLIMIT_CPU)
        # Should most of it be the system's own computing, which that timer does not count.
        limit = most if seconds is None else int(time.process_time() + seconds) + 2
        resource.setrlimit(resource.RLIMIT_CPU, (limit, most))


def _limit_memory() -> None:
    with contextlib.suppress(ImportError, OSError, ValueError):
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (limits.MEMORY, limits.MEMORY))
