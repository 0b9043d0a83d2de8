"""Ctrl-C while sheets are printed, in a process of its own as at a terminal."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pikepdf
import pytest
from typer.testing import CliRunner

import grader
from grader.commands import app

pytestmark = pytest.mark.usefixtures("one_printer")

STUDENTS, WHOLE = 8, 3
ASSIGNMENT = """
title = "A set"
[[questions]]
recipe = "first"
parameter = "w1_11"
marks = 4
"""

# In the midst of the fourth sheet: its bytes are written, its name is not given yet. A job that a script put into the
# background has Ctrl-C switched off, and hands that down.
_PROGRAM = f"""
import os, signal
from pathlib import Path
signal.signal(signal.SIGINT, signal.default_int_handler)
synced = os.fsync
def fsync(handle):
    if len(list(Path("sheets").glob("*.pdf"))) == {WHOLE}:
        signal.raise_signal(signal.SIGINT)
    synced(handle)
os.fsync = fsync
from grader.commands import main
main()
"""


def interrupted(folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", _PROGRAM, "make", "."],
        cwd=folder,
        env=os.environ | {"PYTHONPATH": str(Path(grader.__file__).parents[1])},
        capture_output=True,
        text=True,
        check=False,
    )


def test_ctrl_c_while_sheets_are_printed_leaves_whole_files(tmp_path: Path) -> None:
    (tmp_path / "assignment.toml").write_text(ASSIGNMENT)
    names = [f"s{number}" for number in range(STUDENTS)]
    (tmp_path / "roster.csv").write_text("\n".join(["id,name", *(f"{name},Ann" for name in names)]))
    sheets = tmp_path / "sheets"
    ended = interrupted(tmp_path)
    assert ended.returncode == 130
    assert ended.stderr.rstrip().endswith("Run it again.")
    done = sorted(sheets.iterdir())
    assert len(done) == WHOLE
    for path in done:
        assert path.suffix == ".pdf"
        with pikepdf.open(path) as sheet:
            assert sheet.Root.AcroForm.Fields
    assert not list(tmp_path.glob("*.pdf"))
    assert not list(tmp_path.rglob(".*"))
    questions = (tmp_path / "questions.json").read_bytes()
    before = {path: path.stat().st_mtime_ns for path in done}
    again = CliRunner().invoke(app, ["make", str(tmp_path)])
    assert again.exit_code == 0, again.output
    assert len(list(sheets.iterdir())) == STUDENTS
    assert {path: path.stat().st_mtime_ns for path in done} == before
    assert (tmp_path / "questions.json").read_bytes() == questions
