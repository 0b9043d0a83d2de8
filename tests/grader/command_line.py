"""The command line in this process, as a person calls it."""

from __future__ import annotations

from typer.testing import CliRunner, Result

from grader.commands import app


def run(*words: object, typed: str = "") -> Result:
    """What a command says and its exit code; another exception than an exit is raised."""
    result = CliRunner().invoke(app, [*map(str, words)], input=typed)
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result


def done(*words: object) -> str:
    """What a command that succeeds says."""
    result = run(*words)
    assert result.exit_code == 0, result.output
    return result.stdout
