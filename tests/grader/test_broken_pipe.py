"""A reader that has seen enough ends a command without a word."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

CODE = "from grader.commands import main; main()"


COMMANDS = (["misconceptions"], ["misconceptions", "--markdown"], ["--help"], ["grade", "--help"])


@pytest.mark.parametrize("arguments", COMMANDS)
def test_output_that_nobody_reads_is_no_failure(arguments: list[str]) -> None:
    root = Path(__file__).parents[2]
    process = subprocess.Popen(
        [sys.executable, "-c", CODE, *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=root
    )
    assert process.stdout is not None
    assert process.stderr is not None
    process.stdout.close()
    complaint = process.stderr.read()
    process.stderr.close()
    assert process.wait() == 141
    assert complaint == b""
