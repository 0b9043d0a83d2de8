"""make, grade and feedback killed (kill -9) at random moments: files stay whole, nothing is lost, the record survives.

`python scripts/kill_commands.py --times 100`. Each command is begun so often, killed with all its processes somewhere
in the time that it takes, each second time while it writes, and what it has left behind is looked at; now and then it
is let run to its end. At last everything must be as one run leaves it that nobody has disturbed. The exit code is 1 if
anything is not as it should be.
"""

from __future__ import annotations

import argparse
import contextlib
import csv
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any, Protocol

from pypdf import PdfReader

from grader.history.grades import table_of
from grader.history.record import load_record

_ROOT = str(Path(__file__).resolve().parents[1])
_PROGRAM = f"import sys; sys.path.insert(0, {_ROOT!r}); from grader.commands import main; main()"
_EVERY = 10
"""After so many kills the command may run to its end once."""

_LOOKS = 0.005
"""Seconds between two looks at what a command has written."""

_STUDENTS = 3
_ASSIGNMENT = """
title = "A set"
[[questions]]
recipe = "chain"
ask = "gradient"
marks = 4
"""


class Run:
    """A command at work, in a folder that it writes to."""

    def __init__(self, folder: Path, *words: object) -> None:
        self._folder = folder
        self._before = self._files()
        self._begun = time.monotonic()
        self.seconds = 0.0
        """How long it worked."""
        self.first_written: float | None = None
        """After so many seconds the first file was begun."""
        self._process = subprocess.Popen(
            [sys.executable, "-c", _PROGRAM, *map(str, words)],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )

    def end(self, after: float | None = None, *, writing: bool = False) -> bool:
        """Let it come to its end, or kill it and what it has begun after so long; whether it came to its end.

        `writing`: so long after it has begun its first file.
        """
        while self._process.poll() is None:
            self.seconds = time.monotonic() - self._begun
            if self.first_written is None and self._files() != self._before:
                self.first_written = self.seconds
            since = self.first_written if writing else 0.0
            if after is not None and since is not None and self.seconds > since + after:
                break
            time.sleep(_LOOKS)
        ended = self._process.poll() is not None
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()
        return ended

    def _files(self) -> set[tuple[str, int]]:
        found = set()
        for path in self._folder.rglob("*"):
            with contextlib.suppress(OSError):
                if not path.name.endswith("lock") and path.is_file():
                    found.add((str(path), path.stat().st_mtime_ns))
        return found


class Work(Protocol):
    """What a command is given to do, run after run, and what must be so afterwards."""

    @property
    def has_something(self) -> bool:
        """Whether anything was ever there that could be lost."""

    def prepare(self, number: int) -> None:
        """Make something to do for a run."""

    def check(self) -> list[str]:
        """What is wrong with what lies there."""


def ordeal(
    name: str,
    folder: Path,
    words: tuple[object, ...],
    times: int,
    chance: random.Random,
    work: Work,
) -> list[str]:
    """Kill a command so often before its end, each second time while it writes; what was wrong afterwards."""
    work.prepare(0)
    undisturbed = Run(folder, *words)
    undisturbed.end()
    kept = folder.with_name("kept")
    shutil.copytree(folder, kept)
    wrong, killed, number = work.check(), 0, 0
    while killed < times:
        number += 1
        work.prepare(number)
        run = Run(folder, *words)
        first = undisturbed.first_written or 0.0
        if number % 2:
            killed += not run.end(chance.uniform(0.0, undisturbed.seconds))
        else:
            killed += not run.end(chance.uniform(0.0, undisturbed.seconds - first), writing=True)
        wrong += [f"{name}, kill {number}: {each}" for each in work.check()]
        if number % _EVERY == 0 or killed == times:
            undisturbed = Run(folder, *words)
            undisturbed.end()
            wrong += [f"{name}, after kill {number}: {each}" for each in work.check()]
    # The last input, as if nothing had ever been killed.
    after = contents(folder)
    shutil.rmtree(folder)
    kept.rename(folder)
    work.prepare(number)
    Run(folder, *words).end()
    calm = contents(folder)
    wrong += [
        f"{name}: {file} is not what an undisturbed run makes of it"
        for file in sorted({*after, *calm})
        if after.get(file) != calm.get(file) and file != "changes.csv" and not file.startswith("history")
    ]
    said = f"{name}: {number} runs, {killed} killed before their end, {len(wrong)} things wrong"
    print(f"{said}; {len(calm)} files as after an undisturbed run" if not wrong else said, flush=True)
    return wrong


def contents(folder: Path) -> dict[str, object]:
    """What lies in a folder, by name; unfinished files, which the next day removes, count as nothing.

    Of a PDF what it shows and what its fields hold: the order of what is inside depends on what was printed before it.
    """
    found = (path for path in folder.rglob("*") if path.is_file() and not path.name.startswith("."))
    return {
        str(path.relative_to(folder)): _shown(path) if path.suffix == ".pdf" else path.read_bytes() for path in found
    }


def _shown(path: Path) -> tuple[object, ...]:
    reader = PdfReader(path)
    fields = {name: field.get("/V") for name, field in (reader.get_fields() or {}).items()}
    return [page.extract_text() for page in reader.pages], fields, dict(reader.metadata or {})


class Make:
    """A student more for each run: who was drawn keeps the question."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.known: dict[tuple[str, str], str] = {}

    @property
    def has_something(self) -> bool:
        """Whether questions were drawn."""
        return bool(self.known)

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
        return wrong + broken(self._folder / "sheets") + _of_the_record(self._folder)


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
        self._marks: dict[tuple[str, str], float] = {}

    @property
    def has_something(self) -> bool:
        """Whether changes were recorded."""
        return bool(self.record)

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
        documents = {}
        for name in ("marks.json", "class.json"):
            with contextlib.suppress(FileNotFoundError):
                try:
                    documents[name] = json.loads((self._folder / name).read_text("utf-8"))
                except ValueError as error:
                    wrong.append(f"{name} is no JSON: {error}")
        if "marks.json" in documents:
            wrong += self._unrecorded(documents["marks.json"]["questions"])
        elif self._marks:
            wrong.append("marks.json is gone")
        grades = self._folder / "grades.csv"
        if grades.exists() and len(grades.read_text("utf-8").splitlines()) < 2:
            wrong.append("grades.csv is cut off")
        return wrong + _of_the_record(self._folder)

    def _unrecorded(self, questions: list[dict[str, Any]]) -> list[str]:
        """Whose marks are others than when it was looked last, without a row in changes.csv that says so."""
        marks = {(one["student"], one["question"]): one["marks"] for one in questions}
        said = {
            (row["student"], row["question"], round(float(row["marks_before"]), 4), round(float(row["marks"]), 4))
            for row in csv.DictReader(self.record.splitlines())
            if row["slot"] == "*"
        }
        changed = [(*key, self._marks[key], now) for key, now in marks.items() if self._marks.get(key, now) != now]
        self._marks = marks
        return [
            f"changes.csv does not say that {student} has {now} and not {before}"
            for student, question, before, now in changed
            if (student, question, round(before, 4), round(now, 4)) not in said
        ]


class Feedback:
    """Other answers for each run: what was written stays, and is whole."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder / "feedback"
        self._answers = Grade(folder)
        self.known: set[str] = set()

    @property
    def has_something(self) -> bool:
        """Whether feedback was written."""
        return bool(self.known)

    def prepare(self, number: int) -> None:
        """Make something to do for a run."""
        self._answers.prepare(number)

    def check(self) -> list[str]:
        """What is wrong with what lies there."""
        found = {path.name for path in self._folder.glob("*") if not path.name.startswith(".")}
        wrong = [f"{name} is gone" for name in self.known - found]
        self.known |= found
        return wrong + broken(self._folder)


def _of_the_record(folder: Path) -> list[str]:
    """What is wrong with the record, and whether the table of grades that lies there is none that it can write."""
    record = load_record(folder)
    wrong = [f"the record: {each}" for each in record.wrong]
    path = folder / "grades.csv"
    if path.exists():
        gradings = [event for event in record.events if event.command == "grade"]
        if path.read_text("utf-8") not in [table_of(event)[0] for event in gradings]:
            wrong.append("grades.csv is none that the record tells of")
    return wrong


def broken(folder: Path) -> list[str]:
    """Files that are not whole, by how they must end."""
    ends = {".pdf": b"%%EOF", ".html": b"</html>", ".json": b"}"}
    return [
        f"{path.name} is not whole"
        for path in folder.glob("*")
        if path.suffix in ends and not path.read_bytes().rstrip().endswith(ends[path.suffix])
    ]


_COMMANDS = {
    "make": (Make, ("make",)),
    "grade": (Grade, ("grade",)),
    "feedback": (Feedback, ("feedback", "--before-due")),
}


def main() -> int:
    """Run it and print what came out."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--times", type=int, default=100, help="of each command")
    parser.add_argument("--only", choices=_COMMANDS, help="this command alone")
    parser.add_argument("--seed", type=int, default=int.from_bytes(os.urandom(4), "big"))
    asked = parser.parse_args()
    chance = random.Random(asked.seed)
    wrong: list[str] = []
    for name in [asked.only] if asked.only else _COMMANDS:
        kind, words = _COMMANDS[name]
        with tempfile.TemporaryDirectory(prefix="gradpath-kill-") as place:
            folder = Path(place) / "set"
            folder.mkdir()
            (folder / "assignment.toml").write_text(_ASSIGNMENT)
            make = Make(folder)
            if kind is not Make:
                make.prepare(0)
                Run(folder, "make", folder).end()
            work = make if kind is Make else kind(folder)
            wrong += ordeal(name, folder, (*words, folder), asked.times, chance, work)
            if not work.has_something:
                wrong.append(f"{name}: nothing was written")
    print(f"seed {asked.seed}: {len(wrong)} things wrong")
    for each in wrong[:20]:
        print(f"  {each}")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
