"""Timing two things in turn, so that a machine whose speed drifts is unfair to neither."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from statistics import median


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table: items a second, the ratio to the floor if there is one, and the target."""

    name: str
    rate: float
    unit: str
    target: str
    ratio: float | None = None
    met: bool | None = None


def seconds(run: Callable[[], object], rounds: int = 7) -> float:
    """Median seconds of a run, after one that does not count."""
    return seconds_of_each([run], rounds)[0]


def seconds_of_each(runs: list[Callable[[], object]], rounds: int = 7) -> list[float]:
    """Median seconds of each run, one after the other in every round."""
    for run in runs:
        run()
    taken: list[list[float]] = [[] for _ in runs]
    for _ in range(rounds):
        for run, times in zip(runs, taken, strict=True):
            start = time.perf_counter()
            run()
            times.append(time.perf_counter() - start)
    return [median(times) for times in taken]
