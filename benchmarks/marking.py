"""Marking, in arrays and from a CSV file to grades.csv."""

from __future__ import annotations

import csv
import tempfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from benchmarks.class_set import handed
from benchmarks.timing import Row, seconds_of_each
from grader import results
from grader.marking import Batch, mark
from grader.question_set import QuestionSet
from grader.reading import read_many
from grader.submissions import collect

SUBMISSIONS, SLOTS = 20_000, 25
CLASS = 4_000


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
    yield from _from_csv()


def _from_csv() -> Iterator[Row]:
    """From the file to grades.csv, beside a loop that only takes the file apart and calls float()."""
    questions = handed(CLASS)
    expected = results.expected(questions)
    with tempfile.TemporaryDirectory() as folder:
        for form, write in (("long", _write_long), ("wide", _write_wide)):
            path = Path(folder) / f"{form}.csv"
            write(questions, path)

            def grades(path: Path = path) -> None:
                collected = collect([path], expected)
                graded = results.grade(questions, collected.submissions)
                assert len(graded) == CLASS
                Path(folder, "grades.csv").write_text(results.grades_csv(questions, graded, {}), encoding="utf-8")

            def floor(path: Path = path, skip: int = 3 if form == "long" else 1) -> None:
                with path.open(encoding="utf-8", newline="") as file:
                    rows = csv.reader(file)
                    next(rows)
                    for row in rows:
                        for text in row[skip:]:
                            float(text)

            plain, taken = seconds_of_each([floor, grades], 3)
            rate = CLASS / taken
            yield Row(f"floor: {form} CSV, csv.reader and float()", CLASS / plain, "submissions/s", "-", 1.0)
            yield Row(f"{form} CSV to grades.csv", rate, "submissions/s", ">= 20,000", taken / plain, rate >= 2e4)


def _write_long(questions: QuestionSet, path: Path) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["student", "question", "slot", "response"])
        for one in questions.questions:
            writer.writerows([one.student, "q1", slot.slot, f"{slot.value:.6f}"] for slot in one.slots)


def _write_wide(questions: QuestionSet, path: Path) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["student", *(f"q1.{slot.slot}" for slot in questions.questions[0].slots)])
        for one in questions.questions:
            writer.writerow([one.student, *(f"{slot.value:.6f}" for slot in one.slots)])
