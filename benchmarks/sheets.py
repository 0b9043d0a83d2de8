"""Sheets: pages a second after the layout, a whole class, and memory over the number of students."""

from __future__ import annotations

import tempfile
import time
import tracemalloc
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

from benchmarks.class_set import questions
from benchmarks.timing import Row, seconds
from grader.sheets import Printer, Sheet, SheetQuestion

CLASS = 200
PAGES = 2


def sheets(count: int) -> list[Sheet]:
    """Two questions, hence two pages, for each student."""
    pool = questions(2 * count)
    return [
        Sheet(
            course="Neural networks",
            title="Problem set",
            student_id=f"s{n}",
            student_name=f"Student {n}",
            sheet_id="7F3K-2QXM-9ABC-DE2G",
            questions=tuple(SheetQuestion(k + 1, PAGES, pool[2 * n + k], marks=8.0) for k in range(PAGES)),
        )
        for n in range(count)
    ]


def rows() -> Iterator[Row]:
    everyone = sheets(CLASS)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "sheets.pdf"
        start = time.perf_counter()
        printer = Printer()
        for sheet in everyone:
            Path(folder, f"{sheet.student_id}.pdf").write_bytes(printer.student(sheet))
        pages = printer.write_all(everyone, path)
        whole = time.perf_counter() - start
        assert pages == PAGES * CLASS
        yield Row(
            f"a class of {CLASS}, layout and all ({whole:.1f} s)",
            2 * pages / whole,
            "pages/s",
            "< 5 s",
            None,
            whole < 5,
        )
        each = seconds(lambda: [printer.write_student(sheet, BytesIO()) for sheet in everyone], 3)
        together = seconds(lambda: printer.write_all(everyone, path), 3)
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


def _peak(printer: Printer, some: list[Sheet], path: Path) -> float:
    tracemalloc.start()
    printer.write_all(some, path)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return float(peak)
