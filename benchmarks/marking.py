"""Marking, in arrays and from a CSV file."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from benchmarks.timing import Row, seconds_of_each
from grader.marking import Batch, mark
from grader.reading import read_many

SUBMISSIONS, SLOTS = 20_000, 25


def rows() -> Iterator[Row]:
    generator = np.random.default_rng(0)
    values = generator.normal(size=(SUBMISSIONS, SLOTS))
    batch = Batch(values, np.zeros(values.shape, np.uint8), values - 1e-4, values + 1e-4, np.full(values.shape, 1e-4))
    worth = np.ones(SLOTS, np.int64)
    floor, marking = seconds_of_each(
        [lambda: ((values >= batch.low) & (values <= batch.high)).sum(1), lambda: mark(batch, worth)]
    )
    yield Row("floor: two comparisons and a sum", SUBMISSIONS / floor, "submissions/s", "-", 1.0)
    rate = SUBMISSIONS / marking
    yield Row("marking 25 slots in arrays", rate, "submissions/s", ">= 100,000", marking / floor, rate >= 1e5)
    texts = [f"{value:.4f}" for value in values.ravel()]
    plain, reading = seconds_of_each([lambda: [float(text) for text in texts], lambda: read_many(texts)], 3)
    yield Row("floor: float() of each response", len(texts) / plain, "responses/s", "-", 1.0)
    yield Row("reading responses", len(texts) / reading, "responses/s", "-", reading / plain)
