"""`python -m benchmarks.paired OTHER [PART …]`: each row here beside the same one of another checkout.

Both run in turn, each time in a process of its own, and are timed by the processor's time, of which the least counts:
other work on the machine is unfair to neither. What only one of them has is left out.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import subprocess
import sys
from collections import defaultdict
from pathlib import Path

from benchmarks.parts import PARTS

_HERE = Path(__file__).resolve().parents[1]
_ROWS = """
import json, sys, time
from benchmarks import parts, timing
timing.time.perf_counter, timing.median = time.process_time, min
print("\\n" + json.dumps([[row.name, row.rate, row.unit] for row in parts.rows_of(sys.argv[1])]))
"""


def main() -> int:
    """Print a table of the rates; the exit code is 1 if one is more than a tenth lower here."""
    words = argparse.ArgumentParser(description=__doc__)
    words.add_argument("other", type=Path, help="another checkout")
    words.add_argument("parts", nargs="*", default=list(PARTS), metavar="PART")
    words.add_argument("--rounds", type=int, default=3)
    given = words.parse_args()
    print("| what | there | here | ratio |\n|---|---|---|---|")
    slower = 0
    for part in given.parts:
        best: defaultdict[Path, dict[str, tuple[float, str]]] = defaultdict(dict)
        for checkout in (given.other, _HERE) * given.rounds:
            for said, rate, unit in _rows(checkout, part):
                name = re.sub(r"[\d.,]*\d", "#", said)  # seconds, shares of draws and the like
                best[checkout][name] = max(best[checkout].get(name, (0.0, unit)), (rate, unit))
        for name, (rate, unit) in best[_HERE].items():
            if name in best[given.other]:
                there = best[given.other][name][0]
                slower += rate < 0.9 * there
                print(f"| {name} | {there:,.0f} {unit} | {rate:,.0f} {unit} | {rate / there:.2f} |", flush=True)
    return int(slower > 0)


def _rows(checkout: Path, part: str) -> list[tuple[str, float, str]]:
    one_core = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")
    environment = {**os.environ, **one_core, "PYTHONPATH": str(checkout)}
    command = [sys.executable, "-c", _ROWS, part]
    done = subprocess.run(command, cwd=checkout, env=environment, check=True, stdout=subprocess.PIPE, text=True)
    rows: list[tuple[str, float, str]] = json.loads(done.stdout.splitlines()[-1])
    return rows


if __name__ == "__main__":
    sys.exit(main())
