"""The command line on real files: what it prints, what it writes, how it ends."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from grader.commands import app

TEXTBOOK = Path(__file__).parents[2] / "examples" / "textbook.toml"
HEAVY = ("numpy", "rich", "pydantic", "weasyprint", "jinja2", "pikepdf")


def run(*arguments: str | Path) -> Result:
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


@pytest.fixture
def network(tmp_path: Path) -> Path:
    file = tmp_path / "network.toml"
    file.write_text(
        """
        [network]
        sizes = [1, 1, 1]
        activations = ["linear", "linear"]
        loss = "squared_error"
        W1 = [[2.0]]
        W2 = [[3.0]]
        x = [1.0]
        y = [5.0]
        [ask]
        parameter = "w1_11"
        """
    )
    return file


def test_help_imports_nothing_heavy() -> None:
    """`gradpath --help` stays fast because what is slow to import is left alone."""
    program = f"""
import sys
from grader.commands import app
try:
    app(["--help"])
except SystemExit:
    pass
print(sorted(set(sys.modules) & set({HEAVY!r})))
"""
    shown = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert shown.stdout.splitlines()[-1] == "[]"


def test_solve_works_a_network_out_step_by_step(network: Path) -> None:
    """Symbols, numbers put in, value: here L = (5 - 2·3)², whose derivative by w1_11 is 2·(6 - 5)·3."""
    result = run("solve", network)
    assert result.exit_code == 0
    assert "-2 · (y₁ - ŷ₁)" in result.stdout
    assert "-2 · (5 - 6" in result.stdout
    assert "∂L/∂w₁₁₁" in result.stdout
    assert "6.00000" in result.stdout


def test_solve_fits_80_columns_and_is_plain_when_piped() -> None:
    result = run("solve", TEXTBOOK)
    assert max(map(len, result.stdout.splitlines())) <= 80
    assert "\x1b" not in result.stdout


def test_solve_writes_one_line_of_json_for_each_file(network: Path, tmp_path: Path) -> None:
    """A bad file gets its own line and spoils only the exit code."""
    bad = tmp_path / "bad.toml"
    bad.write_text("[network\n")
    result = run("solve", "--json", network, bad, TEXTBOOK)
    first, second, third = map(json.loads, result.stdout.splitlines())
    assert first["gradient"] == 6.0
    assert first["updated"] is None
    assert second["file"] == str(bad)
    assert "line 1" in second["error"]
    assert third["updated"] == pytest.approx(-0.30157968)
    assert result.exit_code == 2


def test_solve_takes_another_parameter_from_the_command_line(network: Path) -> None:
    result = run("solve", "--json", "--ask", "w2_11", network)
    assert json.loads(result.stdout)["gradient"] == 4.0


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        ('loss = "squared_error"', 'loss = "MSE"'),
        ("W2 = [[3.0]]", "W2 = [[3.0, 1.0]]"),
        ("x = [1.0]", "x = [nan]"),
        ('parameter = "w1_11"', 'parameter = "w9_99"'),
    ],
)
def test_a_network_that_does_not_fit_is_refused_with_the_file_and_the_place(
    network: Path, change: str, complaint: str
) -> None:
    network.write_text(network.read_text().replace(change, complaint))
    result = run("solve", network)
    assert result.exit_code == 2
    assert str(network) in result.stderr
    assert "Traceback" not in result.stderr


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    result = run("solve", tmp_path / "none.toml")
    assert result.exit_code == 2
    assert "none.toml" in result.stderr


def test_an_interrupt_ends_with_130_and_one_line(network: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("grader.commands.solve.solve_files", interrupted)
    result = run("solve", network)
    assert result.exit_code == 130
    assert result.stderr.count("\n") == 1
