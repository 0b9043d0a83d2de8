"""`make bench`: print the table of all benchmarks, on one core."""

from __future__ import annotations

import multiprocessing
import os
import platform
from concurrent.futures import ProcessPoolExecutor

from benchmarks.parts import PARTS, rows_of
from benchmarks.timing import Row


def main() -> None:
    for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
        os.environ.setdefault(variable, "1")  # before any part imports NumPy
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    print(f"Python {platform.python_version()}, {platform.machine()}, one core\n")
    print("| what | rate | ratio to floor | target | met |\n|---|---|---|---|---|")
    # Each part begins in a process of its own, as a command does: what others leave in memory makes everything slower.
    with ProcessPoolExecutor(1, multiprocessing.get_context("spawn"), max_tasks_per_child=1) as fresh:
        for rows in fresh.map(rows_of, PARTS):
            for row in rows:
                _show(row)


def _show(row: Row) -> None:
    ratio = "" if row.ratio is None else f"{row.ratio:.2f}"
    met = "" if row.met is None else ("yes" if row.met else "**no**")
    print(f"| {row.name} | {row.rate:,.0f} {row.unit} | {ratio} | {row.target} | {met} |", flush=True)


if __name__ == "__main__":
    main()
