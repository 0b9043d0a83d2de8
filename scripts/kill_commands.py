"""make, grade and feedback killed (kill -9) at random moments: files stay whole, nothing is lost, changes.csv survives.

`python scripts/kill_commands.py --times 100`. Each command is begun so often, killed with all its processes somewhere
in the time that it takes, and what it has left behind is looked at; then it is let run to its end, and looked at again.
The exit code is 1 if anything is not as it should be.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

_ROOT = str(Path(__file__).resolve().parents[1])
_PROGRAM = f"import sys; sys.path.insert(0, {_ROOT!r}); from grader.commands import main; main()"
_EVERY = 5
"""After so many kills the command may run to its end once."""

_STUDENTS = 6


def run(*words: object, seconds: float | None = None) -> bool:
    """Run a command, to its end or for so long; whether it came to its end."""
    command = [sys.executable, "-c", _PROGRAM, *map(str, words)]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True)
    try:
        process.wait(seconds)
        return True
    except subprocess.TimeoutExpired:
        return False
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def ordeal(
    name: str,
    words: tuple[object, ...],
    times: int,
    chance: random.Random,
    prepare: Callable[[int], None],
    check: Callable[[], list[str]],
) -> list[str]:
    """Kill a command so often; what was wrong afterwards."""
    begun = time.monotonic()
    prepare(0)
    run(*words)
    taken = time.monotonic() - begun
    wrong, killed = check(), 0
    for number in range(1, times + 1):
        prepare(number)
        killed += not run(*words, seconds=chance.uniform(0.1, 1.05) * taken)
        wrong += [f"{name}, kill {number}: {each}" for each in check()]
        if number % _EVERY == 0 or number == times:
            begun = time.monotonic()
            run(*words)
            taken = min(taken, time.monotonic() - begun)
            wrong += [f"{name}, after kill {number}: {each}" for each in check()]
    print(f"{name}: {times} runs, {killed} killed before their end, {len(wrong)} things wrong", flush=True)
    return wrong


class Make:
    """A student more for each run: who was drawn keeps the question."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.known: dict[tuple[str, str], str] = {}

    def prepare(self, number: int) -> None:
        """Make something to do for a run."""
        rows = "".join(f"s{student:04},Student {student}\n" for student in range(_STUDENTS + number))
        (self._folder / "roster.csv").write_text(f"id,name\n{rows}")

    def check(self) -> list[str]:
        """What is wrong with what lies there."""
        path = self._folder / "questions.json"
        if not path.exists():
            return ["questions.json is gone"] if self.known else []
        try:
            document = json.loads(path.read_text("utf-8"))
        except ValueError as error:
            return [f"questions.json is no JSON: {error}"]
        found = {(one["student"], one["question"]): json.dumps(one, sort_keys=True) for one in document["questions"]}
        wrong = [f"{key} was lost or drawn again" for key, text in self.known.items() if found.get(key) != text]
        self.known = found
        return wrong + broken(self._folder / "sheets")


class Grade:
    """Other answers for each run: what was recorded of changes stays, and the last of them are the marks."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._slots = [
            (one["student"], one["question"], slot["slot"], slot["value"])
            for one in json.loads((folder / "questions.json").read_text("utf-8"))["questions"]
            for slot in one["slots"]
        ]
        self.record = ""

    def prepare(self, number: int) -> None:
        """Make something to do for a run."""
        rows = "".join(
            f"{student},{question},{slot},{value if (number + at) % 3 else ''}\n"
            for at, (student, question, slot, value) in enumerate(self._slots)
        )
        (self._folder / "submissions").mkdir(exist_ok=True)
        (self._folder / "submissions" / "a.csv").write_text(f"student,question,slot,response\n{rows}")

    def check(self) -> list[str]:
        """What is wrong with what lies there."""
        record = self._folder / "changes.csv"
        text = record.read_text("utf-8") if record.exists() else ""
        wrong = [] if text.startswith(self.record) else ["changes.csv lost what it had recorded"]
        if text and not text.endswith("\n"):
            wrong.append("changes.csv is cut off")
        self.record = text
        for name in ("marks.json", "class.json"):
            with contextlib.suppress(FileNotFoundError):
                try:
                    json.loads((self._folder / name).read_text("utf-8"))
                except ValueError as error:
                    wrong.append(f"{name} is no JSON: {error}")
        grades = self._folder / "grades.csv"
        if grades.exists() and len(grades.read_text("utf-8").splitlines()) < 2:
            wrong.append("grades.csv is cut off")
        return wrong


class Feedback:
    """The same for each run: what was written stays, and is whole."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder / "feedback"
        self.known: set[str] = set()

    def prepare(self, number: int) -> None:
        """Make something to do for a run."""

    def check(self) -> list[str]:
        """What is wrong with what lies there."""
        found = {path.name for path in self._folder.glob("*") if not path.name.startswith(".")}
        wrong = [f"{name} is gone" for name in self.known - found]
        self.known |= found
        return wrong + broken(self._folder)


def broken(folder: Path) -> list[str]:
    """Files that are not whole, by how they must end."""
    ends = {".pdf": b"%%EOF", ".html": b"</html>", ".json": b"}"}
    return [
        f"{path.name} is not whole"
        for path in folder.glob("*")
        if path.suffix in ends and not path.read_bytes().rstrip().endswith(ends[path.suffix])
    ]


def main() -> int:
    """Run it and print what came out."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--times", type=int, default=100, help="of each command")
    parser.add_argument("--seed", type=int, default=int.from_bytes(os.urandom(4), "big"))
    asked = parser.parse_args()
    chance = random.Random(asked.seed)
    with tempfile.TemporaryDirectory(prefix="gradpath-kill-") as name:
        folder = Path(name) / "set"
        run("new", folder)
        make = Make(folder)
        wrong = ordeal("make", ("make", folder), asked.times, chance, make.prepare, make.check)
        grade = Grade(folder)
        wrong += ordeal("grade", ("grade", folder), asked.times, chance, grade.prepare, grade.check)
        if not grade.record:
            wrong.append("grade: nothing was recorded in changes.csv")
        feedback = Feedback(folder)
        words = ("feedback", folder, "--before-due")
        wrong += ordeal("feedback", words, asked.times, chance, feedback.prepare, feedback.check)
        if not feedback.known:
            wrong.append("feedback: nothing was written")
        left = [path.name for path in folder.rglob("*.part")]
    print(f"seed {asked.seed}: {len(wrong)} things wrong; {len(left)} unfinished files left aside")
    for each in wrong[:20]:
        print(f"  {each}")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
