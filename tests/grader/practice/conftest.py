"""An empty database, a site on it and a visitor; a server, windows on it; cheap passwords, a question drawn once.

A test gets SQLite; one of what is kept, counted or told apart in the database is marked `on_every_database` and runs on
PostgreSQL too, wherever that is installed.
"""

from __future__ import annotations

import shutil
import time
import uuid
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import argon2
import psycopg
import pytest
from playwright.sync_api import Browser as Chromium
from playwright.sync_api import BrowserContext, Page
from typer.testing import CliRunner

from grader.commands import app
from grader.practice.learning import tokens
from grader.practice.learning.stock import Stock
from grader.practice.storage.database import Database, open_database
from grader.practice.web.site import PracticeSite
from tests.grader.practice.course_visits import ASSIGNMENT, ROSTER, Account, Tool, registration, tool_at
from tests.grader.practice.platform_standin import Link, Person, Standin, standing_in
from tests.grader.practice.visitors import Browser, Clock, question_of, renderer
from tests.grader.practice.visits import Running, running
from tests.grader.small_set import unprinted
from tests.postgres_cluster import cluster, programs


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    if programs() is None:
        pytest.skip("PostgreSQL is not installed (Debian: apt-get install postgresql)")
    with cluster("fsync=off") as url:
        yield url


@pytest.fixture
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The address of an empty database; see `on_every_database`."""
    if getattr(request, "param", "sqlite") == "sqlite":
        return f"sqlite:///{tmp_path / 'practice.db'}"
    return fresh_postgres(request.getfixturevalue("postgres"))


def fresh_postgres(server: str) -> str:
    """A schema of its own: names are looked up in it alone. A database of its own would be nine megabytes to write."""
    name = f"t{uuid.uuid4().hex}"
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f"CREATE SCHEMA {name}".encode())
    return f"{server}?options=-csearch_path%3D{name}"


@pytest.fixture(autouse=True, scope="session")
def cheap() -> Iterator[None]:
    """Hashing is meant to be slow; what is asked here is whether the password was the right one.

    And a link leads to the same question whoever opens it, so that most tests would draw the same one again.
    """
    with pytest.MonkeyPatch.context() as patch:
        quick = partial(argon2.PasswordHasher, time_cost=1, memory_cost=8, parallelism=1)
        patch.setattr(argon2, "PasswordHasher", quick)
        patch.setattr(tokens, "question_of", question_of)
        yield


@pytest.fixture(scope="session")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty database with all its tables: a copy is made in a fifth of the time. What makes tables: test_storage."""
    made = tmp_path_factory.mktemp("migrated") / "practice.db"
    open_database(f"sqlite:///{made}").close()
    return made


@pytest.fixture
def database(url: str, migrated: Path) -> Iterator[Database]:
    if url.startswith("sqlite"):
        shutil.copyfile(migrated, url.removeprefix("sqlite:///"))
    opened = open_database(url)
    yield opened
    opened.close()


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def site(database: Database, clock: Clock) -> PracticeSite:
    # Drawing ahead would go on behind the next tests.
    return PracticeSite(database, clock=clock, stock=Stock(batch=1), renderer=renderer())


@pytest.fixture
def browser(site: PracticeSite) -> Iterator[Browser]:
    made = Browser(site)
    with made.client:
        yield made


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """One for all tests with a real browser: each begins a question of its own."""
    with running(tmp_path_factory.mktemp("server")) as made:
        yield made


@pytest.fixture
def context(chromium: Chromium) -> Iterator[BrowserContext]:
    """A visitor with a screen."""
    made = chromium.new_context(viewport={"width": 1280, "height": 900})
    yield made
    made.close()


@pytest.fixture
def page(context: BrowserContext) -> Iterator[Page]:
    """A window of that visitor, in which no script fails and nothing is asked for that the page forbids."""
    opened = context.new_page()
    complaints: list[str] = []
    opened.on("pageerror", lambda error: complaints.append(str(error)))
    # What the content security policy forbids is reported here.
    opened.on("console", lambda message: complaints.append(message.text) if "Security Policy" in message.text else None)
    yield opened
    assert complaints == []


@pytest.fixture
def phone(chromium: Chromium) -> Iterator[Page]:
    """The window of a visitor with a telephone."""
    context = chromium.new_context(viewport={"width": 390, "height": 844})
    yield context.new_page()
    context.close()


@pytest.fixture(scope="session")
def course_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An assignment for links in courses."""
    made = tmp_path_factory.mktemp("course")
    (made / "roster.csv").write_text(ROSTER)
    (made / "assignment.toml").write_text(ASSIGNMENT)
    with unprinted():
        assert CliRunner().invoke(app, ["make", str(made)]).exit_code == 0
    return made


@pytest.fixture
def standin() -> Iterator[Standin]:
    """A learning platform with some accounts."""
    with standing_in() as platform:
        platform.people = {
            "ada": Person("7", "Ada L", "Ada@Example.org"),
            "ben": Person("8", "Ben", "ben@example.org"),
            "fay": Person("9", sourcedid="0042"),
            "eve": Person("0042", "Eve", "eve@example.org"),
            "lee": Person("1", "Lee", "lee@example.org", teaches=True),
        }
        yield platform


@pytest.fixture
def tool(tmp_path: Path, course_folder: Path, standin: Standin, migrated: Path) -> Iterator[Tool]:
    """A server that knows the platform, in whose course there are some links to it."""
    shutil.copyfile(migrated, tmp_path / "practice.db")
    with tool_at(tmp_path, course_folder) as running_tool:
        standin.tool = running_tool.address
        running_tool.site.platforms.save(registration(standin), time.time())
        name = next(iter(running_tool.site.assignments))
        standin.links = {
            "homework": Link("r1", {"gradpath": f"assignment:{name}"}),
            "lesson": Link("r2", {"gradpath": "lesson:local"}),
            "unset": Link("r3"),
            "choose": Link("", deep=True),
        }
        yield running_tool


@pytest.fixture
def ada(standin: Standin, tool: Tool) -> Iterator[Account]:
    """A student's browser."""
    with Account(standin, "ada") as account:
        yield account


@pytest.fixture
def lee(standin: Standin, tool: Tool) -> Iterator[Account]:
    """The browser of whoever leads the course."""
    with Account(standin, "lee") as account:
        yield account
