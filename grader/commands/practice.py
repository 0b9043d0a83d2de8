"""`gradpath practice`: the pages in a browser, or the same in the terminal."""

from __future__ import annotations

import sys
from importlib.util import find_spec
from pathlib import Path

import typer

from question_bank.errors import GradpathError

_NEEDED = ("alembic", "argon2", "cryptography", "fastapi", "itsdangerous", "jwt", "sqlalchemy", "uvicorn")


def practice(
    *,
    host: str,
    port: int,
    database: str | None,
    workers: int,
    assignments: list[Path],
    browser: bool,
    https: bool,
    public: str | None,
    proxies: list[str],
    terminal: bool,
    password: bool,
    language: str | None = None,
    notation: str | None = None,
    near_platforms: bool = False,
) -> int:
    """Serve, or practise here; raises GradpathError if the extra is not installed."""
    missing = missing_packages()
    if missing:
        raise GradpathError(
            f"practice needs more than the rest of gradpath ({', '.join(missing)}): pip install 'gradpath[practice]'"
        )
    from question_bank.questions.notation_part import notation_of

    if password:
        from grader.practice.serving import set_teacher_password

        set_teacher_password(database, _ask_password())
        typer.echo("The teacher's password is kept (as a hash). The pages are at /teacher.")
        return 0
    if terminal:
        from grader.practice.terminal import practise

        return practise(database, notation_of(notation))
    from grader.practice.serving import Server, is_loopback, serve

    folders, behind = tuple(assignments), tuple(proxies)
    server = Server(host, port, database, workers, folders, https, public, behind, language, notation, near_platforms)
    if workers > 1 and (database is None or database.startswith("sqlite")):
        typer.echo(
            "Note: several workers on SQLite wait for each other; a class is better served by PostgreSQL.", err=True
        )
    if not server.behind_proxy and not is_loopback(host):
        typer.echo(
            "Note: whoever is in the network can read along, passwords too. For more than a classroom's own network "
            "put a proxy that speaks HTTPS before it, and say --public https://...",
            err=True,
        )
    serve(server, started=_say_where, browser=browser)
    return 0


def missing_packages() -> list[str]:
    """What practice needs and is not installed."""
    return [name for name in _NEEDED if find_spec(name) is None]


def _say_where(address: str) -> None:
    typer.echo(f"Practice is at {address} (Ctrl-C ends it)")


def _ask_password() -> str:
    if not sys.stdin.isatty():
        return sys.stdin.readline().rstrip("\n")
    password: str = typer.prompt("The teacher's password", hide_input=True, confirmation_prompt=True)
    return password
