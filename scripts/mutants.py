"""Small changes to the code, each tried alone on a copy: the tests have to notice it.

`python scripts/mutants.py --sample 300 --seed 1`. First what mutants.toml lists, then a seeded sample of all that can
be changed (changes.py) in the modules of its areas, as many in each. The tests of the area are run until one fails,
without those of the whole bank: first some quick ones that call the function in which the change is, then all files of
tests that call it (called.py; what was measured is kept in .mutants/ until something else than a test changes). Where
the change is in no function, first those that name the module, then all others. What nothing notices is shown as a
diff. The exit code is 1 if that is one of the list.
"""

from __future__ import annotations

import argparse
import ast
import compileall
import contextlib
import difflib
import hashlib
import json
import os
import py_compile
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
from dataclasses import dataclass, replace
from functools import cache
from itertools import chain
from pathlib import Path
from typing import Any

from changes import Equal, changes

_ROOT = Path(__file__).resolve().parents[1]
_TABLE: dict[str, Any] = tomllib.loads((_ROOT / "scripts/mutants.toml").read_text(encoding="utf-8"))
_LIST = "the list"
_KEPT = _ROOT / ".mutants"
_STARTS, _TIMES = 60.0, 4.0
"""Seconds to start in, and how many times as long as unchanged tests may take, before they are said to have no end."""
_QUICK_TESTS, _QUICK_SECONDS = 60, 4.0
"""Tests that are tried before all others, and how long they take, at the most."""
_UNMEASURED = 15.0
"""Seconds that the tests of the list take, of a file at the most."""
_NO_TESTS = (4, 5)
"""What pytest returns where a test is not there, or none is."""


@dataclass(frozen=True)
class Mutant:
    """A change of one file, the file's text before and after, and what is run to see whether it is noticed.

    `tests` are in lots: a later one is run if an earlier one notices nothing. `function` is the one in which the change
    is, as called.py names it, empty where it is in none.
    """

    area: str
    file: str
    idea: str
    before: str
    after: str
    tests: Sequence[Sequence[str]]
    function: str = ""

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
            Mutant(
                *(area, file, f"line {line}: {put}", _text(file), after, _tests_of(file, part["tests"])),
                _function(file, line),
            )
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


@cache
def _function(file: str, line: int) -> str:
    """The innermost function in whose body a line is; empty where it is in none."""
    functions = (node for node in ast.walk(ast.parse(_text(file))) if isinstance(node, ast.FunctionDef))
    around = [node for node in functions if node.body[0].lineno <= line <= (node.end_lineno or 0)]
    if not around:
        return ""
    found = max(around, key=lambda node: node.lineno)
    return f"{file}:{min([found.lineno, *(node.lineno for node in found.decorator_list)])}"


def _files(globs: Sequence[str]) -> list[str]:
    return list(dict.fromkeys(str(p.relative_to(_ROOT)) for glob in globs for p in sorted(_ROOT.glob(glob))))


def _tests_of(file: str, globs: Sequence[str]) -> list[list[str]]:
    """Tests that are likely to notice a change of a file, then the others."""
    module = file.removesuffix(".py").replace("/", ".")
    tests = sorted(_files(globs), key=lambda test: "thresholds" not in test)
    likely = [test for test in tests if "thresholds" in test or module in _text(test)]
    # The module's own examples behind the first: collected before anything has imported it, it would be there twice.
    return [[likely[0], file, *likely[1:]], [test for test in tests if test not in likely]]


@dataclass(frozen=True)
class Measured:
    """Of the tests of one file: how long each takes without any change, and which functions it calls."""

    seconds: dict[str, float]
    called: dict[str, frozenset[str]]

    def calling(self, function: str) -> dict[str, float]:
        """The tests that call a function, and how long they take."""
        return {test: seconds for test, seconds in self.seconds.items() if function in self.called[test]}


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
        self._names = [name for name in names.split("\0") if name and (_ROOT / name).is_file()]
        first = folder / "0"
        for name in self._names:
            target = first / name
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(_ROOT / name, target)
        # Known by what a file holds, and not by its time, so that a change is seen: see `_run`.
        compileall.compile_dir(first, quiet=2, invalidation_mode=py_compile.PycInvalidationMode.CHECKED_HASH)
        self._free.put(first)
        for number in range(1, count):
            self._free.put(shutil.copytree(first, folder / str(number)))
        self._measured: dict[str, Measured] = {}

    @contextlib.contextmanager
    def _one(self) -> Iterator[Path]:
        copy = self._free.get()
        try:
            yield copy
        finally:
            self._free.put(copy)

    def measure(self, tests: str) -> None:
        """See what the tests of a file call; in a process of their own, so that nothing is known from others' calls."""
        kept = _KEPT / f"{self._state(tests)}.json"
        if not kept.is_file():
            kept.parent.mkdir(exist_ok=True)
            with self._one() as copy:
                called = copy / "called.json"
                if _run(copy, [tests], "-p", "called", called=called) != "passed":
                    raise SystemExit(f"the tests fail without any change: {tests}")
                shutil.move(called, kept)
        found = json.loads(kept.read_text(encoding="utf-8"))
        self._measured[tests] = Measured(
            {test: each["seconds"] for test, each in found.items()},
            {test: frozenset(each["called"]) for test, each in found.items()},
        )

    def _state(self, tests: str) -> str:
        """Changes with a file of tests, and with all else that is no such file."""
        others = hashlib.blake2b(digest_size=8)
        for name in self._names:
            if name == tests or (name.startswith(("question_bank/", "grader/", "tests/")) and "/test_" not in name):
                others.update(f"{name}\n".encode() + (_ROOT / name).read_bytes())
        return f"{Path(tests).stem}-{others.hexdigest()}"

    def in_lots(self, mutant: Mutant) -> Mutant:
        """A change with the tests that can notice it, those that are likely to do so soon before the others."""
        files = [test for lot in mutant.tests for test in lot if test in self._measured]
        if not mutant.function:
            quick = [sorted(lot, key=self._usual) for lot in mutant.tests]
            return replace(mutant, tests=[_examples_second(lot) for lot in quick])
        calling = {test: self._measured[test].calling(mutant.function) for test in files}
        those = sorted(filter(calling.get, files), key=self._usual)
        each = sorted((seconds, test) for file in those for test, seconds in calling[file].items())
        first: defaultdict[str, list[str]] = defaultdict(list)
        spent = 0.0
        for seconds, test in each[:_QUICK_TESTS]:
            spent += seconds
            if spent > _QUICK_SECONDS and first:
                break
            first[test.partition("::")[0]].append(test)
        return replace(mutant, tests=[[*chain.from_iterable(first.values())], _examples_second([*those, mutant.file])])

    def outcome(self, mutant: Mutant) -> str:
        """`failed`, `endless`, or `passed` if nothing was noticed."""
        ended = "passed"
        with self._one() as copy:
            try:
                (copy / mutant.file).write_text(mutant.after, encoding="utf-8")
                for lot in filter(None, self.in_lots(mutant).tests if mutant.area != _LIST else mutant.tests):
                    ended = _run(copy, lot, limit=_STARTS + _TIMES * sum(map(self._usual, lot)))
                    if ended != "passed":
                        break
            finally:
                (copy / mutant.file).write_text(mutant.before, encoding="utf-8")
        return ended

    def _usual(self, test: str) -> float:
        """How many seconds a test, or a file of them, takes without any change."""
        file = test.partition("::")[0]
        if file not in self._measured:
            return 0.0 if "/test_" not in file else _UNMEASURED
        seconds = self._measured[file].seconds
        return sum(seconds.values()) if file == test else seconds[test]


def _examples_second(lot: Sequence[str]) -> list[str]:
    # A module's examples behind the first: collected before anything has imported it, it would be there twice.
    tests, examples = ([test for test in lot if ("/test_" in test) is is_test] for is_test in (True, False))
    return [*tests[:1], *examples, *tests[1:]]


def _run(
    copy: Path, tests: Sequence[str], *options: str, limit: float | None = None, called: Path | None = None
) -> str:
    # Bytecode goes by whole seconds: that of a change could pass for that of the next.
    environment = {**os.environ, "PYTHONPATH": f"{copy}{os.pathsep}{copy / 'scripts'}", "PYTHONDONTWRITEBYTECODE": "1"}
    environment |= {"CALLED_TO": str(called)} if called else {}
    # What an assertion compared is not shown, so that it need not be kept.
    quick = "-x", "-q", "--assert=plain", "-p", "no:cacheprovider", "-m", "not bank"
    command = [sys.executable, "-m", "pytest", *quick, *options, *tests]
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    with subprocess.Popen(command, cwd=copy, env=environment, start_new_session=True, **quiet) as process:  # type: ignore[call-overload]
        try:
            ended = "passed" if process.wait(limit) in (0, *_NO_TESTS) else "failed"
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

        drawn = sampled(given.sample, given.seed, given.areas)
        files = {test for mutant in drawn for lot in mutant.tests for test in lot if test != mutant.file}
        list(pool.map(copies.measure, sorted(files)))

        def tried(mutant: Mutant) -> tuple[Mutant, str]:
            return mutant, copies.outcome(mutant) if time.monotonic() < until else "untried"

        for mutant, outcome in pool.map(tried, [*(listed() if given.list else ()), *drawn]):
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
