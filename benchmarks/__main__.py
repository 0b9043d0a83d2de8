"""`make bench`: print the table of all benchmarks, on one core."""

from __future__ import annotations

import os
import platform

for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(variable, "1")  # before NumPy is imported

from benchmarks import feedback, marking, questions, sheets, startup  # noqa: E402


def main() -> None:
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    print(f"Python {platform.python_version()}, {platform.machine()}, one core\n")
    print("| what | rate | ratio to floor | target | met |\n|---|---|---|---|---|")
    for part in (questions, marking, sheets, feedback, startup):
        for row in part.rows():
            ratio = "" if row.ratio is None else f"{row.ratio:.2f}"
            met = "" if row.met is None else ("yes" if row.met else "**no**")
            print(f"| {row.name} | {row.rate:,.0f} {row.unit} | {ratio} | {row.target} | {met} |", flush=True)


if __name__ == "__main__":
    main()
