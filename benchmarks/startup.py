"""How long the command takes to say what it can do, beside Python's own start."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator

from benchmarks.timing import Row, seconds_of_each


def rows() -> Iterator[Row]:
    def start(code: str) -> object:
        return subprocess.run([sys.executable, "-c", code], capture_output=True, check=True)

    helping = "import sys; sys.argv = ['gradpath', '--help']\nfrom grader.commands import main\nmain()"
    bare, full = seconds_of_each([lambda: start("pass"), lambda: start(helping)])
    yield Row("python -c pass", 1 / bare, "starts/s", "-", 1.0)
    yield Row(f"gradpath --help ({full:.3f} s)", 1 / full, "starts/s", "< 0.15 s", full / bare, full < 0.15)
