"""Pages laid out by a copy of the process: the same as here, wherever one may be made, and nothing left behind."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from grader.sheets.typeset import beside

PROGRAM = """
import os, signal, sys, tempfile
from pathlib import Path
from grader.sheets.typeset import beside, leaves

os.sched_getaffinity = lambda _: {0, 1}
tempfile.tempdir = sys.argv[1]
page = "<p>A page</p><div id='end'></div>"
with beside.laid_out_beside():
    beside.expect(page, "A4")
    there = beside.leaves_beside(page, "A4"), beside.printed_beside(page, "A4")
    assert "weasyprint" not in sys.modules
    first = beside._copies[-1]._process
assert not list(Path(sys.argv[1]).iterdir())
with beside.laid_out_beside():
    # One that is killed is missed by nobody.
    os.kill(beside._copies[-1]._process, signal.SIGKILL)
    assert there == (beside.leaves_beside(page, "A4"), beside.printed_beside(page, "A4"))
    assert "weasyprint" in sys.modules
assert there[1].pdf[:5] == b"%PDF-" and there[0][0]["end"]
try:
    os.waitpid(-1, os.WNOHANG)
except ChildProcessError:
    print("none left")
"""


def test_a_copy_gives_what_is_laid_out_here_and_leaves_nothing_behind(tmp_path: Path) -> None:
    ended = subprocess.run([sys.executable, "-c", PROGRAM, str(tmp_path)], capture_output=True, text=True, check=False)
    assert (ended.returncode, ended.stdout, ended.stderr) == (0, "none left\n", "")


def test_a_copy_that_is_not_waited_for_is_ended_before_it_is_ready(tmp_path: Path) -> None:
    program = PROGRAM.split("page =")[0] + "with beside.laid_out_beside():\n    beside.expect('<p>', 'A4')\n"
    ended = subprocess.run([sys.executable, "-c", program, str(tmp_path)], capture_output=True, text=True, check=False)
    assert (ended.returncode, ended.stderr) == (0, "")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("reason", ["numpy", "one core", "a thread"])
def test_a_process_is_copied_only_where_that_is_safe_and_of_use(monkeypatch: pytest.MonkeyPatch, reason: str) -> None:
    monkeypatch.setattr(beside, "_Copy", None)  # calling it fails
    monkeypatch.setattr(sys, "platform", "linux")
    if reason != "numpy":
        monkeypatch.delitem(sys.modules, "numpy")
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {0} if reason == "one core" else {0, 1}, raising=False)
    monkeypatch.setattr("threading.active_count", lambda: 2 if reason == "a thread" else 1)
    with beside.laid_out_beside():
        beside.expect("<p>", "A4")
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {0, 1}, raising=False)
    monkeypatch.setattr("threading.active_count", lambda: 1)
    monkeypatch.delitem(sys.modules, "numpy", raising=False)
    with pytest.raises(TypeError), beside.laid_out_beside():
        pass
