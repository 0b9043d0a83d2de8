"""`gradpath feedback`."""

from __future__ import annotations

import json
from pathlib import Path

from typer.testing import CliRunner

from grader.commands import app
from tests.grader.feedback.classroom import STUDENT, write_folder
from tests.grader.marking.pupil import work


def run(*arguments: str) -> tuple[int, str]:
    result = CliRunner().invoke(app, ["feedback", *arguments])
    return result.exit_code, result.output


def test_every_student_gets_three_files(tmp_path: Path) -> None:
    write_folder(tmp_path, "2020-01-31", work())
    code, said = run(str(tmp_path))
    assert (code, "1 student" in said) == (0, True)
    names = sorted(path.name for path in (tmp_path / "feedback").iterdir())
    assert names == [f"{STUDENT}.html", f"{STUDENT}.json", f"{STUDENT}.pdf"]
    made = json.loads((tmp_path / "feedback" / f"{STUDENT}.json").read_text("utf-8"))
    assert (made["marks"], made["name"]) == (20, "Ada <b>Example</b>")


def test_no_answer_is_shown_before_it_is_due(tmp_path: Path) -> None:
    write_folder(tmp_path, "2999-01-31", work())
    code, said = run(str(tmp_path))
    assert code == 2
    assert "2999-01-31" in said
    assert "--before-due" in said
    assert not (tmp_path / "feedback").exists()
    assert run(str(tmp_path), "--before-due", "--student", STUDENT)[0] == 0
    assert (tmp_path / "feedback" / f"{STUDENT}.pdf").exists()


def test_an_unknown_student_is_said(tmp_path: Path) -> None:
    write_folder(tmp_path, "2020-01-31", work())
    code, said = run(str(tmp_path), "--student", "s1002")
    assert code == 2
    assert "s1001" in said


def test_an_empty_folder_of_submissions_is_said(tmp_path: Path) -> None:
    write_folder(tmp_path, "2020-01-31", work())
    (tmp_path / "submissions" / "all.csv").unlink()
    code, said = run(str(tmp_path))
    assert (code, "nothing was handed in here" in said) == (2, True)
    assert not (tmp_path / "feedback").exists()
