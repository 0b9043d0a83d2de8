"""An assignment of two short questions, drawn in a moment; how one is made without sheets, marked without diagrams."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from functools import cache

import pytest

from grader.sheets import Printer

SMALL = """
title = "A set"
[[questions]]
recipe = "first"
marks = 4
[[questions]]
recipe = "first"
ask = "updated"
parameter = "w1_21"
marks = 2.5
"""


@contextlib.contextmanager
def unprinted() -> Iterator[None]:
    """Meanwhile `gradpath make` draws and keeps its set, but prints no sheets: that takes seconds."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("grader.commands.folder.print_sheets", lambda *_: None)
        yield


@contextlib.contextmanager
def unplotted() -> Iterator[None]:
    """Meanwhile the class's page has empty diagrams: drawn, they are nine tenths of what marking a small set takes."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("grader.report.plots._svg", lambda *_: "<svg></svg>")
        yield


@cache
def _printer() -> Printer:
    return Printer()


@contextlib.contextmanager
def printed_by_one() -> Iterator[None]:
    """Meanwhile all printers share their layouts: a question of one sort is laid out once, not by each command."""
    shared = vars(_printer())
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Printer, "__init__", lambda self, of_a_class=(): self.__dict__.update(shared))
        yield
