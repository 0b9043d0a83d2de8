"""Ctrl-C while sheets are printed, in a process of its own as at a terminal."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from pathlib import Path

import pikepdf
import pytest

import grader

STUDENTS = 150
ASSIGNMENT = """
title = "A set"
[[questions]]
recipe = "first"
parameter = "w1_11"
marks = 4
"""

# A job that a script put into the background has Ctrl-C switched off, and hands that down.
_PROGRAM = """
import signal
signal.signal(signal.SIGINT, signal.default_int_handler)
from grader.commands import main
main()
"""


def make(folder: Path) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", _PROGRAM, "make", str(folder)],
        cwd=Path(grader.__file__).parents[1],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


@pytest.mark.slow
def test_ctrl_c_while_sheets_are_printed_leaves_whole_files(tmp_path: Path) -> None:
    (tmp_path / "assignment.toml").write_text(ASSIGNMENT)
    names = [f"s{number}" for number in range(STUDENTS)]
    (tmp_path / "roster.csv").write_text("\n".join(["id,name", *(f"{name},Ann" for name in names)]))
    sheets = tmp_path / "sheets"
    with make(tmp_path) as running:
        while running.poll() is None and len(list(sheets.glob("*.pdf"))) < 3:
            time.sleep(0.001)
        running.send_signal(signal.SIGINT)
        _, said = running.communicate(timeout=60)
    assert running.returncode == 130
    assert said.rstrip().endswith("Run it again.")
    done = sorted(sheets.iterdir())
    assert 3 <= len(done) < STUDENTS
    for path in done:
        assert path.suffix == ".pdf"
        with pikepdf.open(path) as sheet:
            assert sheet.Root.AcroForm.Fields
    assert not list(tmp_path.glob("*.pdf"))
    assert not list(tmp_path.rglob(".*"))
    questions = (tmp_path / "questions.json").read_bytes()
    before = {path: path.stat().st_mtime_ns for path in done}
    with make(tmp_path) as running:
        _, said = running.communicate(timeout=120)
    assert running.returncode == 0, said
    assert len(list(sheets.iterdir())) == STUDENTS
    assert {path: path.stat().st_mtime_ns for path in done} == before
    assert (tmp_path / "questions.json").read_bytes() == questions
