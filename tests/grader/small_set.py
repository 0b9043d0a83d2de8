"""An assignment of two short questions, drawn in a moment, and how a set is made without being printed."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

import pytest

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
