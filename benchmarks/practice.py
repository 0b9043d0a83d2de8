"""Practice under a class: simulated students over loopback, PostgreSQL, two workers, and a worker killed in the middle.

`python -m benchmarks.practice` (it is no part of `make bench`, since it needs PostgreSQL and takes four minutes). A
student works ten seconds on a step, which is quick for a derivative by hand, and nearly every answer is wrong, which
is what costs most to mark. The client runs on the same cores as the server and the database.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import os
import random
import re
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from html import unescape
from urllib.parse import quote, urlencode

from sqlalchemy import create_engine, text

from tests.postgres_cluster import cluster

LESSONS = ("local", "first", "two-paths-given", "two-paths")
_TOKEN = re.compile(r'name="form_token" value="([0-9a-f]+)"')
PATIENCE_SECONDS = 120.0
_SLOT = re.compile(r'name="s:([^"]+)"')


@dataclass
class Tally:
    """What happened: seconds of each kind of request, errors, and every answer that the server acknowledged."""

    seconds: dict[str, list[float]] = field(default_factory=dict)
    errors: list[str] = field(default_factory=list)
    retries: int = 0
    acknowledged: dict[tuple[str, str], str] = field(default_factory=dict)

    def note(self, kind: str, begun: float) -> None:
        self.seconds.setdefault(kind, []).append(time.perf_counter() - begun)


class Connection:
    """A small HTTP client with one kept connection: what the standard ones cost would be measured along."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._reader: asyncio.StreamReader | None = None
        self._writer: asyncio.StreamWriter | None = None
        self.cookie = ""

    async def request(self, method: str, path: str, fields: dict[str, str] | None = None) -> tuple[int, str, str]:
        """Status, place to go to, body; raises OSError or EOFError when the connection breaks."""
        if self._writer is None or self._writer.is_closing():
            self._reader, self._writer = await asyncio.open_connection("127.0.0.1", self._port)
        assert self._reader is not None
        body = urlencode(fields, quote_via=quote).encode() if fields is not None else b""
        head = f"{method} {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: {len(body)}\r\n"
        if self.cookie:
            head += f"Cookie: {self.cookie}\r\n"
        if fields is not None:
            head += "Content-Type: application/x-www-form-urlencoded\r\nX-Part: work\r\n"
        try:
            self._writer.write(head.encode() + b"\r\n" + body)
            await self._writer.drain()
            raw = (await self._reader.readuntil(b"\r\n\r\n")).decode("latin-1")
            headers = dict(line.split(": ", 1) for line in raw.split("\r\n")[1:] if ": " in line)
            lower = {name.lower(): value for name, value in headers.items()}
            data = await self._reader.readexactly(int(lower.get("content-length", "0")))
        except (OSError, EOFError):
            self.close()
            raise
        if "set-cookie" in lower:
            self.cookie = lower["set-cookie"].partition(";")[0]
        return int(raw.split(" ", 2)[1]), lower.get("location", ""), data.decode()

    def close(self) -> None:
        if self._writer is not None:
            self._writer.close()
        self._writer = None


async def student(port: int, number: int, until: float, think: float, tally: Tally) -> None:
    """One student: new questions, and in each some checks of numbers that are mostly wrong."""
    chance = random.Random(number)
    connection = Connection(port)
    await asyncio.sleep(chance.uniform(0, think))
    _, _, home = await _again(connection, "GET", "/", None, tally)
    token = _token(home)
    while time.perf_counter() < until:
        begun = time.perf_counter()
        lesson = chance.choice(LESSONS)
        status, place, _ = await _again(connection, "POST", "/new", {"form_token": token, "lesson": lesson}, tally)
        if status != 303:
            tally.errors.append(f"new: {status}")
            return
        _, _, page = await _again(connection, "GET", place, None, tally)
        tally.note("new question", begun)
        slots = [unescape(name) for name in _SLOT.findall(page)]
        was: dict[str, str] = {}
        for slot in chance.sample(slots, min(len(slots), 8)):
            await asyncio.sleep(chance.expovariate(1 / think))
            if time.perf_counter() > until:
                break
            fields = {f"s:{name}": response for name, response in was.items()}
            response = f"{chance.uniform(-1, 1):.4f}"
            fields |= {f"s:{slot}": response, "form_token": token, "was": json.dumps(was), "do": f"check:slot:{slot}"}
            begun = time.perf_counter()
            status, _, _ = await _again(connection, "POST", place, fields, tally)
            tally.note("check", begun)
            if status == 200:
                was[slot] = response
                tally.acknowledged[place.rpartition("/")[2], slot] = response
            else:
                tally.errors.append(f"check: {status}")
    connection.close()


def _token(page: str) -> str:
    found = _TOKEN.search(page)
    assert found is not None, page[:300]
    return found[1]


async def _again(
    connection: Connection, method: str, path: str, fields: dict[str, str] | None, tally: Tally
) -> tuple[int, str, str]:
    """A browser's own retry: a broken connection is opened anew."""
    until = time.perf_counter() + PATIENCE_SECONDS
    pause = 0.0
    while time.perf_counter() < until:
        try:
            return await connection.request(method, path, fields)
        except (OSError, EOFError):
            tally.retries += 1
            await asyncio.sleep(pause)
            pause = 0.1
    raise RuntimeError("the server is gone")


async def crowd(port: int, students: int, seconds: float, think: float, kill: int | None) -> Tally:
    """All students at once for so long; a process killed in the middle, if one is named."""
    tally = Tally()
    until = time.perf_counter() + seconds
    tasks = [asyncio.create_task(student(port, n, until, think, tally)) for n in range(students)]
    if kill is not None:
        await asyncio.sleep(seconds / 2)
        os.kill(kill, signal.SIGKILL)
    await asyncio.gather(*tasks)
    return tally


def lost(url: str, tally: Tally) -> int:
    """How many acknowledged answers the database does not hold."""
    engine = create_engine(url.replace("postgresql://", "postgresql+psycopg://"))
    with engine.connect() as connection:
        rows = connection.execute(text("SELECT play_id, slot, response FROM answers"))
        held = {(play, slot): response for play, slot, response in rows}
    engine.dispose()
    return sum(held.get(key) != response for key, response in tally.acknowledged.items())


def report(title: str, tally: Tally, seconds: float) -> None:
    """A line for each kind of request."""
    count = sum(map(len, tally.seconds.values()))
    said = f"{count / seconds:.0f} measured requests/s, {len(tally.errors)} errors, {tally.retries} retries"
    print(f"{title}: {said}; load {os.getloadavg()[0]:.1f}, this run included")
    for kind, times in tally.seconds.items():
        times = sorted(times)
        p50, p99 = times[len(times) // 2], times[min(len(times) - 1, len(times) * 99 // 100)]
        print(f"  {kind:<14} {len(times):>6}  p50 {1000 * p50:6.1f} ms  p99 {1000 * p99:6.1f} ms")
    for error in sorted(set(tally.errors))[:5]:
        print(f"  {error}")


def workers_of(parent: int) -> list[int]:
    """The serving processes below the command's own."""
    children = subprocess.run(
        ["ps", "-o", "pid=,args=", "--ppid", str(parent)], capture_output=True, text=True, check=True
    )
    return [int(line.split()[0]) for line in children.stdout.splitlines() if "spawn_main" in line]


@contextlib.contextmanager
def _sqlite() -> Iterator[str]:
    with tempfile.TemporaryDirectory(prefix="gradpath-sqlite-") as folder:
        yield f"sqlite:///{folder}/practice.db"


def main() -> None:
    """Run it and print what came out."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--students", type=int, default=200)
    parser.add_argument("--seconds", type=float, default=40.0)
    parser.add_argument("--think", type=float, default=10.0, help="mean seconds between a student's requests")
    parser.add_argument(
        "--warm", type=float, default=60.0, help="seconds for the workers to draw their first questions"
    )
    parser.add_argument("--sqlite", action="store_true", help="one process on SQLite, nothing killed")
    asked = parser.parse_args()
    with _sqlite() if asked.sqlite else cluster() as url:
        program = "from grader.commands import main; main()"
        workers = "1" if asked.sqlite else "2"
        command = [sys.executable, "-u", "-c", program, "practice", "--no-browser", "--workers", workers]
        command += ["--database", url]
        process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        try:
            assert process.stdout is not None
            said = process.stdout.readline()
            port = int(said.split(":")[2].partition("/")[0])
            time.sleep(asked.warm)
            calm = asyncio.run(crowd(port, asked.students, asked.seconds, asked.think, None))
            report(f"{asked.students} students", calm, asked.seconds)
            print(f"  acknowledged answers {len(calm.acknowledged):,}, lost {lost(url, calm)}")
            if asked.sqlite:
                return
            victim = workers_of(process.pid)[0]
            rough = asyncio.run(crowd(port, asked.students, asked.seconds, asked.think, victim))
            report("the same, one worker killed (kill -9) in the middle", rough, asked.seconds)
            print(f"  acknowledged answers {len(rough.acknowledged):,}, lost {lost(url, rough)}")
        finally:
            process.terminate()
            process.wait(timeout=30)


if __name__ == "__main__":
    main()
