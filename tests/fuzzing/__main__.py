"""Run every target for its share of the time; the exit code is 1 if anything crashed.

`python -m tests.fuzzing --minutes 5 --seed 3 --only numbers`, or `--least 5000 --least numbers=700000`. Inputs that
crash are written to tests/fuzzing/found, those that came to something new to tests/fuzzing/grown, from where the next
run begins.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import sys
import time
from pathlib import Path

from tests.fuzzing.running import Tally, run
from tests.fuzzing.targets import TARGETS, put_away

HERE = Path(__file__).parent


def main() -> int:
    """Run, and print a line for each target."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=5.0)
    parser.add_argument("--seed", type=int, default=int.from_bytes(os.urandom(4), "big"))
    parser.add_argument("--only", action="append", choices=[target.name for target in TARGETS])
    parser.add_argument("--inputs", type=int, default=10**9, help="so many of each target at most")
    parser.add_argument(
        "--least", action="append", default=[], help="go on until so many of each, or of one: numbers=700000"
    )
    asked = parser.parse_args()
    least = {name or "each": int(count) for name, _, count in (text.rpartition("=") for text in asked.least)}
    chosen = [target for target in TARGETS if not asked.only or target.name in asked.only]
    whole = 60 * asked.minutes / sum(target.share for target in chosen)
    total = crashes = 0
    print(f"seed {asked.seed}, {asked.minutes:g} minutes for {len(chosen)} targets")
    for number, target in enumerate(chosen):
        grown = HERE / "grown" / target.name
        kept = [path.read_bytes() for path in sorted(grown.iterdir())] if grown.is_dir() else []
        tally = run(
            target,
            asked.seed + number,
            seconds=whole * target.share,
            least=least.get(target.name, least.get("each", 0)),
            most=asked.inputs,
            kept=kept,
        )
        _keep(grown, tally.new)
        for crash in tally.crashes.values():
            path = _write(HERE / "found" / target.name, crash.data)
            print(f"  {target.name}: {crash.said}\n    at {crash.where}; input in {path.relative_to(HERE.parents[1])}")
        print(_line(target.name, tally), flush=True)
        total += tally.inputs
        crashes += len(tally.crashes)
    print(f"{total:,} inputs, {crashes} different crashes")
    put_away()
    return 1 if crashes else 0


def _line(name: str, tally: Tally) -> str:
    slowest = f"slowest {1000 * tally.slowest:,.0f} ms"
    return (
        f"{name:<15} {tally.inputs:>9,} inputs {tally.inputs / max(tally.seconds, 1e-9):>8,.0f}/s "
        f"{tally.refused / max(tally.inputs, 1):>4.0%} refused {len(tally.seen):>5,} outcomes {slowest:>18}"
        f" {len(tally.crashes)} crashes"
    )


def _keep(folder: Path, inputs: list[bytes]) -> None:
    for data in inputs:
        _write(folder, data)


def _write(folder: Path, data: bytes) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / hashlib.sha1(data, usedforsecurity=False).hexdigest()[:16]
    path.write_bytes(data)
    return path


if __name__ == "__main__":
    begun = time.monotonic()
    code = main()
    print(f"{time.monotonic() - begun:.0f} s")
    sys.exit(code)
