"""Marking and reading, in arrays."""

from __future__ import annotations

import random
import tracemalloc
from collections.abc import Iterator, Sequence
from typing import Literal

import numpy as np

from benchmarks.timing import Row, seconds_of_each
from grader.marking import Answers, Key, mark_batch
from grader.marking.engine import settled
from grader.marking.questions_as_arrays import key_of, read_answers, reference_of
from grader.reading.number import read_many
from grader.simulation import KINDS, StudentKind, Wanted
from grader.simulation.students import Seat, work
from question_bank.questions.draws import draw
from question_bank.questions.recipe import load_recipe

SUBMISSIONS, SLOTS = 20_000, 25
WHOLE, _QUESTIONS = 10_000, 200
_LATER = ("misreadings", "borrowed")
"""Families that the rates measured before know nothing of."""


def rows() -> Iterator[Row]:
    values = np.random.default_rng(0).normal(size=(SUBMISSIONS, SLOTS))
    key = Key(values - 1e-4, values + 1e-4, np.full(values.shape, 1e-4), np.ones(values.shape, np.int64))
    answers = Answers(values, np.zeros(values.shape, np.uint8))
    floor, marking = seconds_of_each(
        [lambda: ((values >= key.low) & (values <= key.high)).sum(1), lambda: settled(answers, key)]
    )
    yield Row("floor: two comparisons and a sum", SUBMISSIONS / floor, "submissions/s", "-", 1.0)
    rate = SUBMISSIONS / marking
    yield Row("settling 25 slots in arrays", rate, "submissions/s", ">= 100,000", marking / floor, rate >= 1e5)
    yield from _whole_marking()
    texts = [f"{value:.4f}" for value in values.ravel()]
    plain, reading = seconds_of_each([lambda: [float(text) for text in texts], lambda: read_many(texts)], 3)
    yield Row("floor: float() of each response", len(texts) / plain, "responses/s", "-", 1.0)
    yield Row("reading responses", len(texts) / reading, "responses/s", "-", reading / plain)


def _whole_marking() -> Iterator[Row]:
    """Follow-through, all misconceptions and the assignment of columns, in batches of 10,000 submissions."""
    usual = [kind for kind in KINDS if kind.family == "honest"] * 4 + [
        kind for kind in KINDS if kind.family not in ("filled", *_LATER)
    ]
    yield from _marked("a class: half of it honest", "given", usual)
    yield from _marked("nobody honest", "given", [kind for kind in KINDS if kind.family not in ("honest", *_LATER)])
    found = [kind for kind in KINDS if kind.name in ("misconception", "permuted columns")]
    yield from _marked("paths found, every column moved or mistaken", "find", found)


def _marked(name: str, paths: Literal["given", "find"], kinds: Sequence[StudentKind]) -> Iterator[Row]:
    keys = [b"%d" % number for number in range(_QUESTIONS)]
    questions = draw(load_recipe("two-paths"), keys, parameter="w1_31", quantity="updated", paths=paths)
    seats = [
        Seat(str(number), "", questions[number % _QUESTIONS], random.Random(number), (kinds[number % len(kinds)],))
        for number in range(WHOLE)
    ]
    done = [(seat.question, one) for seat, one in zip(seats, work(seats, Wanted()), strict=True) if one is not None]
    chosen = [question for question, _ in done]
    derivation = chosen[0].derivation
    answers = read_answers([[one.responses.get(slot.name, "") for slot in derivation.slots] for _, one in done])
    key = key_of(chosen)
    reference = reference_of(chosen, key)

    def marking() -> None:
        mark_batch(derivation, answers, key, reference.take)

    floor, taken = seconds_of_each([lambda: settled(answers, key), marking], 3)
    rate = len(done) / taken
    what = f"{name}: {len(derivation.slots)} slots"
    yield Row(what, rate, "submissions/s", ">= 20,000", taken / floor, rate >= 2e4)
    tracemalloc.start()
    marking()
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    yield Row("the most memory that took", peak / len(done) / 1024, "KiB each", "-")
