"""From a CSV file to grades.csv, beside a loop that only takes the file apart and calls float()."""

from __future__ import annotations

import csv
import json
import multiprocessing
import tempfile
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

from benchmarks.class_set import handed
from benchmarks.timing import Row, seconds_of_each
from grader.assignments.question_set import FILE_NAME, QuestionSet, save
from grader.commands.folder import handed_out
from grader.grading import grading, results
from grader.simulation import simulate
from grader.simulation.files import long_csv
from grader.submissions import collect

CLASS = 4_000
_ROUNDS = 9


def rows() -> Iterator[Row]:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        # Elsewhere, since `gradpath grade` finds the set in a file as well, and not what drawing it left in memory.
        with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as elsewhere:
            elsewhere.submit(_write_all, folder).result()
        kept = folder / FILE_NAME
        plain, loading = seconds_of_each([lambda: json.loads(kept.read_bytes()), lambda: handed_out(folder)], 3)
        yield Row("floor: json.loads of questions.json", CLASS / plain, "questions/s", "-", 1.0)
        yield Row("questions.json loaded and checked", CLASS / loading, "questions/s", "-", loading / plain)
        questions = handed_out(folder)
        for form in ("long", "wide", "long, mistaken"):
            yield from _to_grades(questions, folder / f"{form}.csv", form)


def _to_grades(questions: QuestionSet, path: Path, form: str) -> Iterator[Row]:
    expected = grading.expected(questions)
    skip = 1 if form == "wide" else 3

    def grades() -> None:
        graded = grading.grade(questions, collect([path], expected))
        assert len(graded) == CLASS
        path.with_name("grades.csv").write_text(results.grades_csv(questions, graded, {}), encoding="utf-8")

    def floor() -> None:
        with path.open(encoding="utf-8", newline="") as file:
            rows = csv.reader(file)
            next(rows)
            for row in rows:
                for text in row[skip:]:
                    try:  # noqa: SIM105  contextlib.suppress takes as long as ten float() do
                        float(text)
                    except ValueError:
                        pass

    plain, taken = seconds_of_each([floor, grades], _ROUNDS)
    rate = CLASS / taken
    # A class that slips goes through the whole marking as well, which has a target of its own.
    target, met = ("-", None) if form == "long, mistaken" else (">= 20,000", rate >= 2e4)
    yield Row(f"floor: {form} CSV, csv.reader and float()", CLASS / plain, "submissions/s", "-", 1.0)
    yield Row(f"{form} CSV to grades.csv", rate, "submissions/s", target, taken / plain, met)


def _write_all(folder: Path) -> None:
    questions = handed(CLASS)
    save(questions, folder / FILE_NAME)
    _write_long(questions, folder / "long.csv")
    _write_wide(questions, folder / "wide.csv")
    # Half of this class slips in one of the ways that people do.
    (folder / "long, mistaken.csv").write_text(long_csv(simulate(questions, honest=0.5)), encoding="utf-8")


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
