"""What can go wrong between a request and the disk: it is said, with when to come again, and nothing is lost."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import event

from grader.practice.storage.database import Database, open_database
from grader.practice.storage.errors import Busy
from grader.practice.storage.plays import Plays
from grader.practice.web import learning, rendering
from grader.practice.web.rendering import Renderer
from grader.sheets.typography.templates_folder import templates_folder
from tests.grader.practice.visitors import Browser

AT_TABLE = """
import os, signal, sys
from alembic.operations import Operations
from grader.practice.storage.database import open_database
made, count = Operations.create_table, iter(range(99))
def create_table(*arguments, **options):
    if next(count) == int(sys.argv[2]):
        os.kill(os.getpid(), signal.SIGKILL)
    return made(*arguments, **options)
Operations.create_table = create_table
open_database(sys.argv[1])
"""
LOOK = """
import sqlite3, sys
connection = sqlite3.connect(sys.argv[1])
print(connection.execute("SELECT name FROM settings").fetchall())
connection.close()
"""


def seen(file: Path) -> str:
    """The names of the settings, as another program finds them."""
    return subprocess.run([sys.executable, "-c", LOOK, str(file)], check=True, capture_output=True, text=True).stdout


class Faults:
    """Calls into SQLite of which one fails: the one after `left` others."""

    def __init__(self, error: type[Exception], said: str) -> None:
        self.error, self.said = error, said
        self.left: int | None = None

    def happen(self) -> None:
        if self.left is None:
            return
        self.left -= 1
        if self.left < 0:
            self.left = None
            raise self.error(self.said)

    def connection(self) -> type[sqlite3.Connection]:
        """Connections whose calls, and those of their cursors, may fail."""
        faults = self

        class Cursor(sqlite3.Cursor):
            def execute(self, *statement: Any) -> sqlite3.Cursor:  # type: ignore[override]
                faults.happen()
                return super().execute(*statement)

            def executemany(self, *statement: Any) -> sqlite3.Cursor:  # type: ignore[override]
                faults.happen()
                return super().executemany(*statement)

            def fetchone(self) -> Any:
                faults.happen()
                return super().fetchone()

            def fetchall(self) -> Any:
                faults.happen()
                return super().fetchall()

        class Connection(sqlite3.Connection):
            def __init__(self, *arguments: Any, **options: Any) -> None:
                faults.happen()
                super().__init__(*arguments, **options)

            def cursor(self, factory: type[sqlite3.Cursor] = Cursor) -> sqlite3.Cursor:  # type: ignore[override]
                return super().cursor(factory)

            def execute(self, *statement: Any) -> sqlite3.Cursor:
                faults.happen()
                return super().execute(*statement)

            def commit(self) -> None:
                faults.happen()
                super().commit()

            def rollback(self) -> None:
                faults.happen()
                super().rollback()

        return Connection


@pytest.fixture
def client(browser: Browser) -> TestClient:
    """The same visitor, who sees what the server answers when it fails."""
    made = TestClient(browser.client.app, raise_server_exceptions=False, follow_redirects=False)
    made.cookies = browser.client.cookies
    return made


@pytest.mark.slow
@pytest.mark.parametrize(
    ("error", "said"),
    [
        (sqlite3.OperationalError, "database is locked"),
        (sqlite3.OperationalError, "disk I/O error"),
        (sqlite3.OperationalError, "unable to open database file"),
        (sqlite3.DatabaseError, "database disk image is malformed"),
        (sqlite3.InterfaceError, "bad parameter or other API misuse"),
        (OSError, "Too many open files"),
        (MemoryError, ""),
    ],
)
def test_whichever_call_into_the_database_fails_is_said_and_loses_nothing(
    browser: Browser, client: TestClient, database: Database, error: type[Exception], said: str
) -> None:
    path, _ = browser.open()
    faults = Faults(error, said)
    factory = faults.connection()

    @event.listens_for(database._engine, "do_connect")
    def connect(_: object, __: object, ___: object, options: dict[str, Any]) -> None:
        options["factory"] = factory

    kept, failed = "", 0
    for number in range(99):
        # On new connections and on used ones.
        if number % 2 == 0:
            database._engine.dispose()
        faults.left, text = number, f"0.{number + 1}"
        fields = {"form_token": browser.token, "do": "check:all", "was": f'{{"gradient":"{kept}"}}', "s:gradient": text}
        answer = client.post(path, data=fields, headers={"X-Part": "work"})
        happened, faults.left = faults.left is None, None
        if answer.status_code == 200:
            kept = text
        else:
            failed += 1
            assert answer.status_code == 503
            assert answer.headers["retry-after"] == "5"
            assert 'id="trouble"' in answer.text
        shown = client.get(path).text
        assert f'value="{kept}"' in unescape(shown) or not kept
        if not happened:
            break
    assert failed > 10
    assert kept == text


def test_templates_that_change_under_a_running_server_are_the_next_ones(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An update of the program beneath it changes what the next server shows, and never what this one does."""
    shutil.copytree(templates_folder(), tmp_path / "templates")
    monkeypatch.setattr(rendering, "templates_folder", lambda: tmp_path / "templates")
    renderer = Renderer()
    renderer.compile()
    before = renderer.page("trouble_plain.html", title="t", reason="r", status=503)
    file = tmp_path / "templates" / "practice" / "trouble_plain.html"
    file.write_text("{% if half", "utf-8")
    os.utime(file, (1, 1))
    assert renderer.page("trouble_plain.html", title="t", reason="r", status=503) == before


def test_what_a_form_brought_is_on_the_page_that_says_why_not_but_no_secret(
    browser: Browser, client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, _ = browser.open()
    token = browser.token

    def refused(_: Database) -> contextlib.AbstractContextManager[None]:
        raise Busy("held")

    monkeypatch.setattr(Database, "writing", refused)
    monkeypatch.setattr(Database, "reading", refused)
    typed = {"form_token": token, "do": "check:all", "was": "{}", "s:gradient": '0.5"><b>'}
    page = client.post(path, data=typed)
    assert page.status_code == 503
    assert 'name="s:gradient" value="0.5&#34;&gt;&lt;b&gt;"' in page.text
    assert f'action="{path}"' in page.text
    # Nothing of what another site sends in the visitor's name.
    assert "0.625" not in client.post(path, data={**typed, "form_token": "0", "s:gradient": "0.625"}).text
    login = client.post("/teacher/login", data={"form_token": token, "password": "a secret word"})
    assert login.status_code == 503
    assert "a secret word" not in login.text


@pytest.mark.parametrize("error", [OSError(24, "Too many open files"), MemoryError()])
def test_a_machine_that_has_no_room_says_so(
    browser: Browser, client: TestClient, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    path, _ = browser.open()

    def fail(*_: object, **__: object) -> None:
        raise error

    monkeypatch.setattr(learning, "question_context", fail)
    page = client.get(path)
    assert (page.status_code, page.headers["retry-after"]) == (503, "5")
    assert "no room for this just now" in page.text


def test_a_file_that_was_replaced_under_a_running_server_is_noticed(tmp_path: Path) -> None:
    """What a kept connection would still write there, nobody would find again."""
    file = tmp_path / "a.db"
    database = open_database(f"sqlite:///{file}")
    database.set("before", "1")
    aside = tmp_path / "aside"
    aside.mkdir()
    for part in tmp_path.glob("a.db*"):
        part.rename(aside / part.name)
    with pytest.raises(Busy):
        database.set("nowhere", "1")
    for part in tmp_path.glob("a.db*"):
        part.unlink()
    for part in aside.iterdir():
        part.rename(tmp_path / part.name)
    database.set("after", "1")
    assert "before" in seen(file)
    assert "after" in seen(file)
    database.close()


def test_a_database_that_could_not_be_written_to_for_a_while_is_written_to_again(tmp_path: Path) -> None:
    """Not only after another start: a connection that was opened for reading stays so."""
    database = open_database(f"sqlite:///{tmp_path / 'a.db'}")
    with database.reading() as connection:
        connection.exec_driver_sql("PRAGMA query_only = ON")
    with pytest.raises(Busy, match="readonly"):
        database.set("one", "1")
    database.set("one", "2")
    assert database.setting("one") == "2"
    database.close()


def test_opening_a_database_again_lets_go_of_no_lock(tmp_path: Path) -> None:
    """A process that closes a file has no locks on it any more: another would take the log away that it writes to."""
    file = tmp_path / "a.db"
    first = open_database(f"sqlite:///{file}")
    first.set("one", "1")
    second = open_database(f"sqlite:///{file}")
    assert "one" in seen(file)
    first.set("two", "2")
    assert "two" in seen(file)
    for opened in (first, second):
        opened.close()


@pytest.mark.parametrize("table", [0, 4])
def test_a_database_whose_tables_were_only_begun_is_made_anew(tmp_path: Path, table: int) -> None:
    url = f"sqlite:///{tmp_path / 'a.db'}"
    killed = subprocess.run([sys.executable, "-c", AT_TABLE, url, str(table)], check=False)
    assert killed.returncode == -signal.SIGKILL
    database = open_database(url)
    Plays(database).meet("ada", 0.0, pseudonym="x")
    assert Plays(database).learner("ada") is not None
    database.close()
