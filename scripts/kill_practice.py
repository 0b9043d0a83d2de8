"""Practice killed (kill -9) at random moments while students answer: whatever it has acknowledged must be there after.

`python scripts/kill_practice.py --times 100 [--database postgresql://...]`. The server is killed with all its processes
and begun anew on the same database; the students' clients only repeat what was not answered. The exit code is 1 if an
acknowledged answer is gone, a page answers with an error of the server's, or SQLite finds its file damaged.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import os
import random
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks import practice
from benchmarks.practice import Tally, lost, student

_PROGRAM = "from grader.commands import main; main()"
_START_SECONDS = 120.0
_ROUND_SECONDS = 20.0


class Server:
    """`gradpath practice`, begun again and again on one port and one database."""

    def __init__(self, port: int, database: str, log: Path) -> None:
        self._port = port
        self._log = log
        options = ["practice", "--no-browser", "--port", str(port), "--database", database]
        self._command = [sys.executable, "-c", _PROGRAM, *options]
        self._process: subprocess.Popen[bytes] | None = None

    async def start(self) -> None:
        """Begin, and wait until a page comes."""
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(self._command, stdout=log, stderr=log, start_new_session=True)
        begun = time.monotonic()
        while not await asyncio.to_thread(self._answers):
            if self._process.poll() is not None or time.monotonic() - begun > _START_SECONDS:
                raise RuntimeError(f"practice does not start (exit code {self._process.poll()})")
            await asyncio.sleep(0.05)

    def _answers(self) -> bool:
        with contextlib.suppress(urllib.error.URLError, OSError):
            urllib.request.urlopen(f"http://127.0.0.1:{self._port}/health", timeout=5).close()
            return True
        return False

    def kill(self) -> None:
        """End it and what it has begun, without a word to them."""
        if self._process is not None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()


async def ordeal(server: Server, port: int, database: str, times: int, students: int, chance: random.Random) -> Tally:
    """Students who answer without a pause longer than a second, and a server that is killed so often."""
    tally = Tally()
    # Of many restarts in a row some fall into the same request.
    practice.PATIENCE_SECONDS = float("inf")
    await server.start()
    classroom = [asyncio.create_task(student(port, n, float("inf"), 0.3, tally)) for n in range(students)]
    try:
        for number in range(1, times + 1):
            # After so many more answers, and then somewhere in the middle of the next.
            goal = len(tally.acknowledged) + chance.randrange(25)
            until = time.monotonic() + _ROUND_SECONDS
            while len(tally.acknowledged) < goal and time.monotonic() < until:
                await asyncio.sleep(0.005)
            await asyncio.sleep(0.3 * chance.random())
            server.kill()
            known = dict(tally.acknowledged)
            held = Tally(acknowledged=known)
            gone = await asyncio.to_thread(lost, database, held)
            said = f"{len(known):,} answers acknowledged, {gone} lost, {tally.retries:,} requests repeated"
            print(f"kill {number}: {said}", flush=True)
            if gone:
                tally.errors.append(f"{gone} lost after kill {number}")
            if database.startswith("sqlite"):
                tally.errors += [f"SQLite: {text}" for text in damage(Path(database.removeprefix("sqlite:///")))]
            for task in classroom:
                if task.done():
                    tally.errors.append(f"a client gave up: {task.exception()}")
            await server.start()
    finally:
        for task in classroom:
            task.cancel()
        await asyncio.gather(*classroom, return_exceptions=True)
        server.kill()
    return tally


def damage(file: Path) -> list[str]:
    """What SQLite complains of in its file."""
    with contextlib.closing(sqlite3.connect(file)) as connection:
        return [row[0] for row in connection.execute("PRAGMA integrity_check") if row[0] != "ok"]


def main() -> int:
    """Run it and print what came out."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--times", type=int, default=100)
    parser.add_argument("--students", type=int, default=8)
    parser.add_argument("--seed", type=int, default=int.from_bytes(os.urandom(4), "big"))
    parser.add_argument("--port", type=int, default=8765)
    parser.add_argument("--database", help="an empty one; SQLite in a folder of its own without")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="gradpath-kill-") as folder:
        database = asked.database or f"sqlite:///{folder}/practice.db"
        server = Server(asked.port, database, Path(folder) / "log")
        chance = random.Random(asked.seed)
        tally = asyncio.run(ordeal(server, asked.port, database, asked.times, asked.students, chance))
        if tally.errors:
            print((Path(folder) / "log").read_text(errors="replace")[-4000:])
    print(f"seed {asked.seed}: {asked.times} kills, {len(tally.acknowledged):,} answers acknowledged")
    for error in sorted(set(tally.errors)):
        print(f"  {error}: {tally.errors.count(error)} times")
    print("0 lost" if not tally.errors else "NOT as it should be")
    if not tally.acknowledged:
        print("but nothing was acknowledged either")
    return 1 if tally.errors or not tally.acknowledged else 0


if __name__ == "__main__":
    sys.exit(main())
