"""Hostile and unlucky files: whatever one is and costs, it costs that file only, by name."""

from __future__ import annotations

import contextlib
import io
import os
import resource
import shutil
import signal
import struct
import threading
import zipfile
import zlib
from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest

from grader.submissions import Collected, collect, kinds, limits, long_csv
from grader.submissions.boundary import Boundary
from grader.submissions.bundle import FoundFile
from grader.submissions.names import Names
from grader.submissions.records import FileReport
from tests.grader.submission_files import SHEET_1, SHEET_2, TWO, form_pdf, pdf, written

HONEST = {
    "1.pdf": form_pdf({"q1.h1_3": "1"}, sheet_id=SHEET_1),
    "zz.csv": b"student,question,slot,response\n007,q1,h1_3,7\n",
    "zzz.pdf": form_pdf({"q1.h1_3": "2"}, sheet_id=SHEET_2),
}
RIGHT = {("s1", "q1"): {"h1_3": "1"}, ("s2", "q1"): {"h1_3": "2"}, ("007", "q1"): {"h1_3": "7"}}


def zipped(*members: tuple[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members:
            archive.writestr(zipfile.ZipInfo(name), data, zipfile.ZIP_DEFLATED)
    return out.getvalue()


def overlapping(count: int) -> bytes:
    """An archive in which many names stand for the same bytes."""
    one = zipped(("a.csv", b"0" * 30_000_000))
    start = one.index(b"PK\x01\x02")
    end = one.index(b"PK\x05\x06")
    directory = one[start:end] * count
    tail = struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, count, count, len(directory), start, 0)
    return one[:start] + directory + tail


def stream(data: bytes) -> str:
    return f"<</Length {len(data)}/Filter/FlateDecode>>stream\n{data.decode('latin-1')}\nendstream"


LONG = b"student,question,slot,response,submitted\n"
HOSTILE: dict[str, Callable[[], bytes]] = {
    "lines.zip": lambda: zipped(("a.csv", b"\xe9\n" * 32_000_000)),
    "lists.zip": lambda: zipped(("a.json", b"[" + b"[]," * 10_000_000 + b"[]]")),
    "nested.zip": lambda: zipped(("b.zip", zipped(("c.zip", zipped(("d.csv", b"\n" * 50_000_000)))))),
    "overlap.zip": lambda: overlapping(60),
    "nul.zip": lambda: zipped(("x.csv", LONG)).replace(b"x.csv", b"\0.csv"),
    "lines.csv": lambda: LONG + b"\n" * 600_000,
    "strangers.csv": lambda: LONG + b"".join(b"x%d,q1,h1_3,1,\n" % number for number in range(150_000)),
    "deep.json": lambda: b"[" * 400_000 + b"]" * 400_000,
    "commas.json": lambda: b"[" + b"0," * 600_000 + b"0]",
    "ring.pdf": lambda: pdf(
        ["<</Type/Catalog/Pages 2 0 R>>", "<</Type/Pages/Kids[2 0 R 2 0 R 2 0 R]/Count 2>>"], "/Root 1 0 R"
    ),
    "empty.csv": lambda: b"",
    "one cell.csv": lambda: b'"',
    "huge.json": lambda: b'[{"student": "s1", "question": "q1", "responses": {"h1_3": ' + b"9" * 200_000 + b"}}]",
}
"""By name how it is made: only where it is wanted, for some unpack to tens of megabytes."""


@cache
def hostile(name: str) -> bytes:
    return HOSTILE[name]()


def marked_beside(tmp_path: Path, name: str, data: bytes) -> Collected:
    for each, content in HONEST.items():
        (tmp_path / each).write_bytes(content)
    (tmp_path / name).write_bytes(data)
    return collect([tmp_path], TWO)


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_file_is_named_and_the_honest_ones_beside_it_are_read(tmp_path: Path, name: str) -> None:
    data = hostile(name)
    before = sum(os.times()[:4])
    result = marked_beside(tmp_path, name, data)
    assert written(result) == RIGHT
    assert any(name in problem.source and problem.fatal and problem.remedy for problem in result.problems)
    # Of computing: a busy machine is no failure.
    assert sum(os.times()[:4]) - before < 10


@pytest.mark.slow
def test_all_of_them_together_stay_within_seconds_and_memory(tmp_path: Path) -> None:
    for name in HOSTILE:
        for copy in range(3):
            (tmp_path / f"{copy} {name}").write_bytes(hostile(name))
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    assert written(marked_beside(tmp_path, "x.zip", hostile("lists.zip"))) == RIGHT
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    assert after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime < 20
    # Of all children so far the largest, in kilobytes (on macOS bytes): another test's browser may have been larger.
    # A process of its own begins as a copy of this one, which may have grown large over the tests before.
    most = max(450_000, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss + 150_000)
    assert after.ru_maxrss < most or after.ru_maxrss == before.ru_maxrss or os.uname().sysname == "Darwin"


def test_a_short_row_costs_no_more_than_itself(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(LONG + b"s1,q1,h1_3,1\ns2,q1,h1_3,2,2030-01-01\ns2,q1\n")
    result = collect([path], TWO)
    assert written(result) == {("s1", "q1"): {"h1_3": "1"}, ("s2", "q1"): {"h1_3": "2"}}
    # Of the first row it is said that it tells no time; of the last one nothing can be used.
    assert [(problem.place, problem.fatal) for problem in result.problems] == [("line 2", False), ("line 4", True)]


@pytest.mark.parametrize("error", [IndexError, ZeroDivisionError, MemoryError, RecursionError, RuntimeError])
def test_a_reader_that_fails_in_a_way_nobody_foresaw_costs_its_file(
    tmp_path: Path, error: type[Exception], monkeypatch: pytest.MonkeyPatch
) -> None:
    def failing(*arguments: object) -> FileReport:
        raise error

    monkeypatch.setattr(kinds, "_KINDS_OF_TEXT", ((long_csv.recognises, failing),))
    bad, good = tmp_path / "bad.csv", tmp_path / "good.pdf"
    bad.write_bytes(LONG)
    good.write_bytes(HONEST["1.pdf"])
    result = collect([bad, good], TWO)
    assert len(written(result)) == 1
    assert [(problem.source, problem.fatal) for problem in result.problems] == [(str(bad), True)]


def test_a_reader_that_never_ends_costs_its_file() -> None:
    def endless() -> FileReport:
        while True:
            with contextlib.suppress(Exception):
                sum(range(1000))

    (problem,) = kinds.guarded("a.csv", endless, 0.05).problems
    assert problem.found == "cannot be read within 0.05 seconds"
    assert signal.getsignal(signal.SIGPROF) == signal.SIG_DFL


def test_what_is_no_file_is_named(tmp_path: Path) -> None:
    folder = tmp_path / "in"
    folder.mkdir()
    for name, data in HONEST.items():
        (folder / name).write_bytes(data)
    os.mkfifo(folder / "pipe.pdf")
    (folder / "folder.pdf").mkdir()
    (folder / "folder.pdf" / "x.csv").write_bytes(b"student,question,slot,response\na/b,q1,h1_3,3\n")
    (folder / "loop").symlink_to(folder)
    (folder / "null").symlink_to("/dev/zero")
    result = collect([folder], TWO)
    assert written(result) == RIGHT | {("a/b", "q1"): {"h1_3": "3"}}
    assert sorted(Path(problem.source).name for problem in result.problems if problem.fatal) == [
        "loop",
        "null",
        "pipe.pdf",
    ]


def test_a_file_that_vanishes_meanwhile_is_named(tmp_path: Path) -> None:
    gone = tmp_path / "gone.csv"
    with Boundary(TWO, Names(TWO)) as boundary:
        for named in (True, False):
            (report,) = boundary.read(FoundFile(gone, named=named), str(tmp_path))
            assert [problem.found for problem in report.problems] == ["No such file or directory"]


def test_a_process_that_died_is_replaced(tmp_path: Path) -> None:
    path = tmp_path / "a.pdf"
    path.write_bytes(HONEST["1.pdf"])
    with Boundary(TWO, Names(TWO)) as boundary:

        def read() -> FileReport:
            (report,) = boundary.read(FoundFile(path, named=False), str(tmp_path))
            return report

        assert read().submissions
        assert boundary._process is not None
        os.killpg(boundary._process.pid, signal.SIGKILL)
        boundary._process.wait()
        # It had ended before it was asked.
        assert read().submissions


def test_a_copy_of_the_process_that_died_is_replaced_and_its_seconds_are_counted(tmp_path: Path) -> None:
    path = tmp_path / "a.pdf"
    path.write_bytes(HONEST["1.pdf"])
    with Boundary(TWO, Names(TWO)) as boundary:
        (report,) = boundary.read(FoundFile(path, named=False), str(tmp_path))
        assert report.submissions
        process = boundary._process
        assert process is not None
        copies = Path(f"/proc/{process.pid}/task/{process.pid}/children")
        if not copies.exists():
            pytest.skip("the system does not tell the children of a process")
        before = boundary._seconds.shared.left
        os.kill(int(copies.read_text()), signal.SIGKILL)
        (report,) = boundary.read(FoundFile(path, named=False), str(tmp_path))
        assert [problem.found for problem in report.problems] == ["a damaged file, of which reading it died"]
        assert boundary._seconds.shared.left < before
        (report,) = boundary.read(FoundFile(path, named=False), str(tmp_path))
        assert report.submissions


@pytest.mark.skipif(not hasattr(signal, "SIGSTOP"), reason="there are no such signals")
def test_a_busy_machine_costs_nobody_a_sheet(tmp_path: Path) -> None:
    """What is limited is computing: a process that gets no turn for a while still reads what it is given."""
    path = tmp_path / "a.pdf"
    path.write_bytes(HONEST["1.pdf"])
    with Boundary(TWO, Names(TWO)) as boundary:
        process = boundary._start()
        process.send_signal(signal.SIGSTOP)
        waking = threading.Timer(1.5, process.send_signal, [signal.SIGCONT])
        waking.start()
        (report,) = boundary.read(FoundFile(path, named=False), str(tmp_path))
        waking.join()
    assert report.submissions


def test_an_honest_class_draws_nothing_from_the_reserve() -> None:
    """Whatever hostile files have cost before, a sheet of 100 KB may cost what it does."""
    seconds = limits.Seconds(students=30)
    for number in range(1_000):
        student = f"s{number % 3}"
        seconds.spend(60_000, seconds.limit(60_000, "", student), "", student)
    assert seconds.shared.left < 1e-6
    assert seconds.limit(100_000, "", "honest") == pytest.approx(0.168, abs=0.001)
    assert seconds.limit(100_000, "a folder of nobody's", None) == pytest.approx(0.068, abs=0.001)


def test_what_files_cost_too_much_the_next_ones_of_the_same_folder_pay() -> None:
    seconds = limits.Seconds(students=1_000)
    seconds.spend(4_000, 60.0, "bad", None)
    assert seconds.limit(40_000, "bad", None) < 0
    # What may be a sheet keeps half of its own.
    assert seconds.limit(limits.SHEET, "bad", None) == seconds.shared.own(limits.SHEET) / 2
    assert seconds.limit(500, "good", "ann") > limits.LEAST_SECONDS
    assert seconds.limit(500, "good", None) < limits.LEAST_SECONDS
    own = seconds.shared.own(50_000_000)
    for _ in range(2):
        seconds.spend(50_000_000, 0.0, "bad", None)
    assert own < 54 < 2 * own
    assert seconds.limit(40_000, "bad", None) > limits.LEAST_SECONDS


def test_a_file_for_which_no_seconds_are_left_is_named_and_the_others_are_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    left = limits.Seconds.limit
    monkeypatch.setattr(
        limits.Seconds, "limit", lambda self, size, folder, whose: left(self, size, folder, whose) if size > 9 else 0.0
    )
    (tmp_path / "0.zip").write_bytes(b"PK\x03\x04")
    for name, data in HONEST.items():
        (tmp_path / name).write_bytes(data)
    result = collect([tmp_path, tmp_path / "0.zip"], TWO)
    assert written(result) == RIGHT
    unread = [problem for problem in result.problems if problem.fatal]
    assert [problem.source for problem in unread] == 2 * [str(tmp_path / "0.zip")]
    assert all(problem.found.startswith("not opened: ") and problem.remedy for problem in unread)


def test_a_large_table_that_is_named_is_read_behind_the_boundary(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "LARGEST_HERE", 100)
    monkeypatch.setattr(limits, "LARGEST_TEXT", 50)
    table = tmp_path / "class.csv"
    table.write_bytes(LONG + b"".join(b"s%d,q1,h1_3,%d,\n" % (n, n) for n in (1, 2)) + b"\n" * 100)
    with Boundary(TWO, Names(TWO)) as boundary:
        (report,) = boundary.read(FoundFile(table, named=True), str(table))
        assert boundary._process is not None
    assert {(one.student, one.responses["h1_3"]) for one in report.submissions} == {("s1", "1"), ("s2", "2")}


def test_an_archive_of_a_thousand_to_one_is_refused_and_one_of_ten_is_not(tmp_path: Path) -> None:
    row = b"s%d,q1,h1_3,0.%d\n"
    table = b"student,question,slot,response\n" + b"".join(
        row % (n % 2 + 1, zlib.crc32(b"%d" % n)) for n in range(9_000)
    )
    (tmp_path / "a.zip").write_bytes(zipped(("table.csv", table), ("bomb.csv", b"0" * 60_000_000)))
    result = collect([tmp_path], TWO)
    assert {submission.student for submission in result.submissions} == {"s1", "s2"}
    fatal = [problem.source for problem in result.problems if problem.fatal]
    assert fatal == [str(tmp_path / "a.zip" / "bomb.csv")]


@pytest.mark.skipif(os.getuid() == 0 or shutil.which("true") is None, reason="root reads everything")
def test_a_file_without_permission_is_named(tmp_path: Path) -> None:
    (tmp_path / "1.pdf").write_bytes(HONEST["1.pdf"])
    (tmp_path / "2.pdf").write_bytes(HONEST["zzz.pdf"])
    (tmp_path / "2.pdf").chmod(0)
    result = collect([tmp_path], TWO)
    assert [problem.found for problem in result.problems] == ["Permission denied"]
    assert len(written(result)) == 1
