"""Sheets: pages a second after the layout, whole classes, and memory over the number of students."""

from __future__ import annotations

import tempfile
import time
import tracemalloc
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

from benchmarks.class_set import any_parameter, questions
from benchmarks.timing import Row, seconds
from grader.sheets import Printer, Sheet, SheetQuestion
from question_bank.questions.question import Question

CLASS = 200
PAGES = 2
KEY = 2_000


def sheets(pools: list[list[Question]]) -> list[Sheet]:
    """Each student's question of each pool, hence so many pages."""
    return [
        Sheet(
            course="Neural networks",
            title="Problem set",
            student_id=f"s{n}",
            student_name=f"Student {n}",
            sheet_id="7F3K-2QXM-9ABC-DE2G",
            questions=tuple(SheetQuestion(k, len(own), question, marks=8.0) for k, question in enumerate(own, 1)),
        )
        for n, own in enumerate(zip(*pools, strict=True))
    ]


def rows() -> Iterator[Row]:
    pool = questions(PAGES * CLASS)
    everyone = sheets([pool[k::PAGES] for k in range(PAGES)])
    varied = sheets([any_parameter(recipe, CLASS) for recipe in ("chain", "two-paths-given")])
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "sheets.pdf"
        printer = Printer()
        yield _class("one parameter", printer, everyone, path)
        yield _class("any parameter, as `gradpath new` proposes", Printer(varied), varied, path)
        each = seconds(lambda: [printer.write_student(sheet, BytesIO()) for sheet in everyone], 3)
        together = seconds(lambda: printer.write_all(everyone, path), 3)
        pages = PAGES * CLASS
        yield Row("a file a student, after the layout", pages / each, "pages/s", ">= 300", None, pages / each >= 300)
        yield Row("all in one file", pages / together, "pages/s", ">= 300", together / each, pages / together >= 300)
        few, many = (_peak(printer, everyone[:count], path) for count in (20, CLASS))
        yield Row(
            f"peak memory, {CLASS} students over 20 ({many / 1e6:.1f} MB)",
            many / few,
            "times",
            "flat",
            None,
            many < 1.5 * few,
        )
        yield _key(printer, path)


def _class(what: str, printer: Printer, everyone: list[Sheet], path: Path) -> Row:
    """Every sheet as a file and all in one, the layouts included."""
    start = time.perf_counter()
    for sheet in everyone:
        path.with_name(f"{sheet.student_id}.pdf").write_bytes(printer.student(sheet))
    pages = printer.write_all(everyone, path)
    whole = time.perf_counter() - start
    assert pages == PAGES * CLASS
    name = f"a class of {CLASS}, {what}: {printer.layouts_made} layouts and all ({whole:.1f} s)"
    return Row(name, 2 * pages / whole, "pages/s", "< 5 s", None, whole < 5)


def _key(printer: Printer, path: Path) -> Row:
    """The key of many students, summary included, over that of a tenth of them."""
    many = sheets([questions(KEY)])
    few = many[: KEY // 10]
    printer.write_key(few[:1], path)
    some = seconds(lambda: printer.write_key(few, path), 3)
    all_of_them = seconds(lambda: printer.write_key(many, path), 3)
    ratio = all_of_them / some / 10
    return Row(
        f"key of {KEY:,} students ({all_of_them:.1f} s)",
        KEY / all_of_them,
        "students/s",
        "in proportion",
        ratio,
        ratio < 1.5,
    )


def _peak(printer: Printer, some: list[Sheet], path: Path) -> float:
    tracemalloc.start()
    printer.write_all(some, path)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return float(peak)
