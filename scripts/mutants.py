"""Small changes to the code, each tried alone on a copy: the tests have to notice it.

`python scripts/mutants.py --sample 300 --seed 1`. First what mutants.toml lists, then a seeded sample of all that can
be changed (changes.py) in the modules of its areas, as many in each. The tests of the area are run until one fails,
without those of the whole bank: first those of thresholds and those that name the module, then all others, the quick
ones before the slow. What nothing notices is shown as a diff. The exit code is 1 if that is one of the list.
"""

from __future__ import annotations

import argparse
import contextlib
import difflib
import os
import queue
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import tomllib
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

from changes import Equal, changes

_ROOT = Path(__file__).resolve().parents[1]
_TABLE: dict[str, Any] = tomllib.loads((_ROOT / "scripts/mutants.toml").read_text(encoding="utf-8"))
_LIST = "the list"
_STARTS, _TIMES = 60.0, 4.0
"""Seconds to start in, and how many times as long as unchanged tests may take, before they are said to have no end."""


@dataclass(frozen=True)
class Mutant:
    """A change of one file, the file's text before and after, and what is run to see whether it is noticed.

    `tests` are in lots: a later one is run if an earlier one notices nothing.
    """

    area: str
    file: str
    idea: str
    before: str
    after: str
    tests: Sequence[Sequence[str]]

    def diff(self) -> str:
        """The change as a patch."""
        sides = self.before.splitlines(), self.after.splitlines()
        return "\n".join(difflib.unified_diff(*sides, self.file, self.file, n=0, lineterm=""))


def listed() -> list[Mutant]:
    """The list's; raises ValueError where the code has what is to be changed not once."""
    found = []
    for row in _TABLE["mutants"]:
        before = _text(row["file"])
        if before.count(row["old"]) != 1:
            raise ValueError(
                f"mutants.toml, {row['idea']}: {row['file']} has {before.count(row['old'])} of {row['old']}"
            )
        after = before.replace(row["old"], row["new"])
        found.append(Mutant(_LIST, row["file"], row["idea"], before, after, [row["tests"]]))
    return found


def sampled(count: int, seed: int, areas: Sequence[str]) -> list[Mutant]:
    """So many in all, as many from each area."""
    chance = random.Random(seed)
    found: list[Mutant] = []
    for number, area in enumerate(areas):
        part = _TABLE["areas"][area]
        every = [
            Mutant(area, file, f"line {line}: {put}", _text(file), after, _tests_of(file, part["tests"]))
            for file in _files(part["modules"])
            for line, put, after in mutable(file)
        ]
        found += chance.sample(every, min(len(every), (count + number) // len(areas)))
    chance.shuffle(found)
    return found


def mutable(file: str) -> Iterator[tuple[int, str, str]]:
    """What can be changed in a file so that something ought to notice: line, change, text after it."""
    equal = [Equal(row["old"], row.get("new", ())) for row in _TABLE["equal"] if row["file"] == file]
    return changes(_text(file), _TABLE["only_speed"], equal)


def _text(file: str) -> str:
    return (_ROOT / file).read_text(encoding="utf-8")


def _files(globs: Sequence[str]) -> list[str]:
    return list(dict.fromkeys(str(p.relative_to(_ROOT)) for glob in globs for p in sorted(_ROOT.glob(glob))))


def _tests_of(file: str, globs: Sequence[str]) -> list[list[str]]:
    """Tests that are likely to notice a change of a file, then the others."""
    module = file.removesuffix(".py").replace("/", ".")
    tests = sorted(_files(globs), key=lambda test: "thresholds" not in test)
    likely = [test for test in tests if "thresholds" in test or module in _text(test)]
    # The module's own examples behind the first: collected before anything has imported it, it would be there twice.
    return [[likely[0], file, *likely[1:]], [test for test in tests if test not in likely]]


class Copies:
    """Copies of the checkout, one for each process; a change is made in one that is free, and taken back."""

    def __init__(self, folder: Path, count: int) -> None:
        self._free: queue.Queue[Path] = queue.Queue()
        names = subprocess.run(
            ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
            cwd=_ROOT,
            check=True,
            capture_output=True,
            text=True,
        ).stdout
        for number in range(count):
            for name in filter(None, names.split("\0")):
                target = folder / str(number) / name
                target.parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(_ROOT / name, target)
            self._free.put(folder / str(number))
        self._usual: dict[tuple[str, ...], dict[str, float]] = {}

    def outcome(self, mutant: Mutant) -> str:
        """`failed`, `endless`, or `passed` if nothing was noticed."""
        copy = self._free.get()
        try:
            every = [test for lot in mutant.tests for test in lot if test != mutant.file]
            usual = self._seconds(copy, tuple(sorted(every)))
            (copy / mutant.file).write_text(mutant.after, encoding="utf-8")
            for lot in filter(None, mutant.tests):
                first, *others = lot
                quick = [first, *sorted(others, key=lambda test: usual.get(test, 0.0))]
                ended = _run(copy, quick, limit=_STARTS + _TIMES * sum(usual.values()))
                if ended != "passed":
                    break
            return ended
        finally:
            (copy / mutant.file).write_text(mutant.before, encoding="utf-8")
            self._free.put(copy)

    def _seconds(self, copy: Path, tests: tuple[str, ...]) -> dict[str, float]:
        """How long the tests of each file take without any change."""
        if tests not in self._usual:
            report = copy / "usual.xml"
            if _run(copy, tests, f"--junitxml={report}", "--override-ini=junit_family=xunit1") != "passed":
                raise SystemExit(f"the tests fail without any change: {' '.join(tests)}")
            seconds: Counter[str] = Counter()
            for case in ElementTree.parse(report).iter("testcase"):  # noqa: S314 - pytest has just written it
                seconds[case.attrib["file"]] += float(case.attrib["time"])  # type: ignore[assignment]
            self._usual[tests] = dict(seconds)
        return self._usual[tests]


def _run(copy: Path, tests: Sequence[str], *options: str, limit: float | None = None) -> str:
    # Bytecode goes by whole seconds: that of a change could pass for that of the next.
    environment = {**os.environ, "PYTHONPATH": str(copy), "PYTHONDONTWRITEBYTECODE": "1"}
    command = [sys.executable, "-m", "pytest", "-x", "-q", "-p", "no:cacheprovider", "-m", "not bank", *options, *tests]
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    with subprocess.Popen(command, cwd=copy, env=environment, start_new_session=True, **quiet) as process:  # type: ignore[call-overload]
        try:
            ended = "failed" if process.wait(limit) else "passed"
        except subprocess.TimeoutExpired:
            ended = "endless"
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
    return ended


def main() -> int:
    """Try them all, and say how many of each area were noticed."""
    words = argparse.ArgumentParser(description=__doc__)
    words.add_argument("--list", action=argparse.BooleanOptionalAction, default=True, help="what mutants.toml lists")
    words.add_argument("--sample", type=int, default=300)
    words.add_argument("--seed", type=int, default=1)
    words.add_argument("--areas", nargs="+", default=list(_TABLE["areas"]), choices=list(_TABLE["areas"]))
    words.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    words.add_argument("--minutes", type=float, default=60, help="after so many no other one is begun")
    given = words.parse_args()
    until = time.monotonic() + 60 * given.minutes
    noticed: defaultdict[str, Counter[bool]] = defaultdict(Counter)
    with tempfile.TemporaryDirectory() as folder, ThreadPoolExecutor(given.jobs) as pool:
        copies = Copies(Path(folder), given.jobs)

        def tried(mutant: Mutant) -> tuple[Mutant, str]:
            return mutant, copies.outcome(mutant) if time.monotonic() < until else "untried"

        for mutant, outcome in pool.map(
            tried, [*(listed() if given.list else ()), *sampled(given.sample, given.seed, given.areas)]
        ):
            if outcome != "untried":
                noticed[mutant.area][outcome != "passed"] += 1
                print(f"{outcome:8} {mutant.file}: {mutant.idea}", flush=True)
                if outcome == "passed":
                    print(mutant.diff(), flush=True)
    for area, counts in noticed.items():
        print(f"{area}: {counts[True]} of {counts.total()} noticed ({counts[True] / counts.total():.0%})")
    return int(noticed[_LIST][False] > 0)


if __name__ == "__main__":
    sys.exit(main())
