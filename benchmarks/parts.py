"""The parts of the table; apart from `__main__`, which a process of a part's own cannot import."""

from __future__ import annotations

from importlib import import_module

from benchmarks.timing import Row

PARTS = ("questions", "depth", "marking", "from_csv", "sheets", "feedback", "startup", "scan_pages")


def rows_of(part: str) -> list[Row]:
    """Run a part."""
    return list(import_module(f"benchmarks.{part}").rows())
