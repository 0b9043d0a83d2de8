"""Files that are whole or not there."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

import grader
from grader.files import files
from grader.files.files import replacing, write_text


@pytest.fixture(autouse=True)
def another_run() -> None:
    """Folders are looked through once in a run."""
    files._clear_away.cache_clear()


def test_an_interruption_leaves_the_previous_file(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    write_text(path, "before")

    def interrupted() -> None:
        with replacing(path) as file:
            file.write(b"after")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert [each.name for each in tmp_path.iterdir()] == ["a.txt"]
    assert path.read_text() == "before"


def half_written(folder: Path) -> Path:
    """What a run leaves that is killed while it writes."""
    code = (
        "import os, signal; from pathlib import Path; from grader.files.files import replacing\n"
        f"with replacing(Path({str(folder)!r}) / 'a.txt') as file:\n"
        "    file.write(b'half'); file.flush(); os.kill(os.getpid(), signal.SIGKILL)"
    )
    subprocess.run([sys.executable, "-c", code], cwd=Path(grader.__file__).parents[1], check=False)
    (part,) = folder.glob(".*.part")
    return part


def test_what_a_killed_run_left_is_cleared_away_by_a_later_one(tmp_path: Path) -> None:
    part = half_written(tmp_path)
    write_text(tmp_path / "b.txt", "b")
    assert part.exists()  # it may still be written: it is some seconds old
    long_ago = time.time() - 2 * 3600
    os.utime(part, (long_ago, long_ago))
    another = tmp_path / ".download.part"
    another.touch()
    os.utime(another, (long_ago, long_ago))
    files._clear_away.cache_clear()
    write_text(tmp_path / "b.txt", "b")
    assert not part.exists()
    assert another.exists()  # not ours
