"""A small set that was handed out, and what of it comes back on paper."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
from typer.testing import CliRunner

from grader.assignments.question_set import load
from grader.commands import app


@dataclass(frozen=True)
class HandedOut:
    """An assignment's folder, and the sheet id of each student."""

    folder: Path
    sheets: dict[str, str]

    def pdf(self, student: str) -> bytes:
        return (self.folder / "sheets" / f"{student}.pdf").read_bytes()


@pytest.fixture(scope="session")
def handed_out(tmp_path_factory: pytest.TempPathFactory) -> HandedOut:
    """Two questions, the second on two pages with room for working behind it: pages 1, 2, 4 and 5 have boxes."""
    folder = tmp_path_factory.mktemp("scanned")
    (folder / "roster.csv").write_text("id,name\ns1,Ada Byron\ns2,Bo Lee\ns3,Zoë Ng\n")
    (folder / "assignment.toml").write_text(
        'title = "A set"\n[pages]\nworking = "squared"\nworking_after = "last"\n'
        '[[questions]]\nrecipe = "first"\nmarks = 4\n[[questions]]\nrecipe = "deep"\nmarks = 8\n'
    )
    assert CliRunner().invoke(app, ["make", str(folder)]).exit_code == 0
    return HandedOut(folder, {one.student: one.sheet_id for one in load(folder / "questions.json").questions})


@pytest.fixture
def copied(handed_out: HandedOut, tmp_path: Path) -> HandedOut:
    """The same in a folder of the test's own, without scans."""
    import shutil

    folder = tmp_path / "set"
    shutil.copytree(handed_out.folder, folder, ignore=shutil.ignore_patterns("scans"))
    return HandedOut(folder, handed_out.sheets)


@pytest.fixture
def scan() -> Callable[..., object]:
    def run(folder: Path, *words: object) -> object:
        return CliRunner().invoke(app, ["scan", str(folder), *map(str, words)])

    return run
