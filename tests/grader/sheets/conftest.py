"""One printer, so that a question of one sort is laid out once; what a fresh one does is asked of one made there."""

from __future__ import annotations

import pytest

from grader.sheets import Printer


@pytest.fixture(scope="session")
def printer() -> Printer:
    return Printer()
