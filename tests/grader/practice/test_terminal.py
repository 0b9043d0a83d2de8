"""Practice in the terminal: the same verdicts and hints."""

from __future__ import annotations

import io
import re
from pathlib import Path

import pytest

from grader.practice.terminal import practise


def played(
    lines: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> str:
    monkeypatch.setattr("sys.stdin", io.StringIO("\n".join(lines) + "\n"))
    assert practise(f"sqlite:///{tmp_path / 't.db'}") == 0
    return capsys.readouterr().out


def test_hints_go_up_the_ladder_and_the_value_is_right(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    shown = played(["?", "?", "?", "?", "nonsense", "q"], tmp_path, monkeypatch, capsys)
    for part in ("How fast the loss", "Its formula: -", "(y₁ - ŷ₁)", "With your numbers", "Its value", "Not a number"):
        assert part in shown
    assert "Saved." in shown


def test_the_solution_and_the_end_of_input(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    shown = played(["solution"], tmp_path, monkeypatch, capsys)
    assert len(re.findall(r"^  ∂\S+ = ", shown, flags=re.MULTILINE)) >= 2
