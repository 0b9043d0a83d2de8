"""A plugin of pytest for mutants.py: which of the project's functions every test calls, and how long it takes.

Written as JSON to the file that `CALLED_TO` names: of every test its seconds and its functions, these as `file:line`,
the line being that of `def` or of the first decorator. What is called before the tests, or by what they share, stands
with the first.
"""

from __future__ import annotations

import json
import os
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from types import CodeType, FrameType

import pytest

_ROOT = f"{Path.cwd()}{os.sep}"
_codes: dict[int, CodeType] = {}
_tests: dict[str, dict[str, object]] = {}


def _trace(frame: FrameType, event: str, of: object) -> None:
    # By identity: to compare what was compiled takes longer than to call it.
    _codes[id(frame.f_code)] = frame.f_code


def _watch() -> None:
    threading.settrace(_trace)
    sys.settrace(_trace)


_watch()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Iterator[None]:
    """Watch one test."""
    _watch()
    begun = time.perf_counter()
    result = yield
    seconds = time.perf_counter() - begun
    sys.settrace(None)
    called = {
        f"{code.co_filename.removeprefix(_ROOT)}:{code.co_firstlineno}"
        for code in [*_codes.values()]
        if code.co_filename.startswith(_ROOT)
    }
    _codes.clear()
    _tests[item.nodeid] = {"seconds": seconds, "called": sorted(called)}
    return result


def pytest_unconfigure() -> None:
    """Write what was seen."""
    sys.settrace(None)
    Path(os.environ["CALLED_TO"]).write_text(json.dumps(_tests), encoding="utf-8")
