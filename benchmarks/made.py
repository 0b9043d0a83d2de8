"""`python -m benchmarks.made [OTHER …]`: what `make` costs in English and in German, beside that of other checkouts.

An assignment of three questions for 180 students is made from nothing to its sheets, each time in a process of its own,
all in turn. Timed is the processor's time with that of all processes begun, of which the least counts: other work on
the machine is unfair to none. So is the command's start, where no catalogue of a language is to be loaded.
"""

from __future__ import annotations

import argparse
import os
import resource
import subprocess
import sys
import tempfile
from collections import defaultdict
from pathlib import Path

STUDENTS = 180
RECIPES = ("textbook", "two-paths-given", "chain")
_HERE = Path(__file__).resolve().parents[1]
_MOST = 1.1
"""How much more than elsewhere it may take here."""
_COMMAND = "import sys\nfrom grader.commands import main\nsys.exit(main())"


def main() -> int:
    """Print a table of seconds; the exit code is 1 if something takes a tenth more here."""
    words = argparse.ArgumentParser(description=__doc__)
    words.add_argument("others", type=Path, nargs="*", metavar="OTHER", help="another checkout")
    words.add_argument("--rounds", type=int, default=5)
    given = words.parse_args()
    runs = [
        (checkout.resolve(), name) for checkout in (*given.others, _HERE) for name in ("make", "--version", "--help")
    ]
    runs.append((_HERE, "make, de"))
    taken: defaultdict[tuple[Path, str], list[float]] = defaultdict(list)
    for _ in range(given.rounds):
        for checkout, name in runs:
            repeated = 1 if name.startswith("make") else 10
            taken[checkout, name].append(sum(_seconds(checkout, name) for _ in range(repeated)) / repeated)
    least = {run: min(seconds) for run, seconds in taken.items()}
    print("| what | where | s | here / there |\n|---|---|---|---|")
    slower = 0
    for (checkout, name), there in least.items():
        compared = [one for one in runs if one[0] == _HERE and one[1].split(",")[0] == name]
        ratios = [least[one] / there for one in compared]
        if checkout != _HERE:
            slower += any(ratio > _MOST for ratio in ratios)
        said = "; ".join(f"{one[1]} {ratio:.2f}" for one, ratio in zip(compared, ratios, strict=True))
        print(f"| {name} | {checkout.name} | {there:.3f} | {said if checkout != _HERE else ''} |")
    return int(slower > 0)


def _seconds(checkout: Path, name: str) -> float:
    """Processor seconds of a command of a checkout, with all processes that it began."""
    with tempfile.TemporaryDirectory() as place:
        words = [name]
        if name.startswith("make"):
            _assignment(Path(place), language="de" if name.endswith("de") else None)
            words = ["make", place]
        one_core = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")
        environment = {**os.environ, **one_core, "PYTHONPATH": str(checkout)}
        before = _used()
        subprocess.run(
            [sys.executable, "-c", _COMMAND, *words], cwd=place, env=environment, check=True, capture_output=True
        )
        return _used() - before


def _used() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _assignment(folder: Path, *, language: str | None) -> None:
    questions = "".join(f'[[questions]]\nrecipe = "{name}"\nparameter = "any"\nmarks = 4\n' for name in RECIPES)
    spoken = f'language = "{language}"\n' if language else ""
    (folder / "assignment.toml").write_text(f'title = "A class"\n{spoken}{questions}')
    (folder / "roster.csv").write_text(
        "id,name\n" + "".join(f"s{n},Student Number {n}\n" for n in range(1, STUDENTS + 1))
    )


if __name__ == "__main__":
    sys.exit(main())
