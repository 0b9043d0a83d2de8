"""State in SQL, on both databases: what was acknowledged is there, nothing is anybody else's, a clear word when not."""

from __future__ import annotations

import json
import os
import sqlite3
import threading
from dataclasses import replace
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import create_engine, inspect, select, text

from grader.marking.questions_as_arrays import limits_of
from grader.practice.learning.kept import kept_text, solved
from grader.practice.learning.lessons import lessons
from grader.practice.learning.mastery import standings
from grader.practice.learning.tokens import new_ref, question_of
from grader.practice.learning.tutor import Play, checks, hint, reveal, scope, write
from grader.practice.storage.database import Database, configuration, open_database
from grader.practice.storage.errors import Busy, Full, NewerDatabase
from grader.practice.storage.models import Answer, Base
from grader.practice.storage.plays import Plays
from question_bank.errors import InputError
from tests.grader.practice.visitors import on_every_database

NOW = 1_800_000_000.0
REF = new_ref("two-paths-given", "storage")
QUESTION = question_of(REF)
RIGHT = {slot.name: QUESTION.printed(slot.step) for slot in QUESTION.slots}


def answered(responses: dict[str, str]):
    return lambda play: checks(write(play, responses), scope(play, "all"))


@pytest.fixture
def plays(database: Database) -> Plays:
    kept = Plays(database)
    kept.meet("ada", NOW, pseudonym="Quiet Heron")
    return kept


def begun(plays: Plays) -> str:
    return plays.start("ada", lessons()[0].id, REF, kept_text(QUESTION), NOW)


@on_every_database
def test_a_play_comes_back_as_it_was_left(plays: Plays) -> None:
    name = begun(plays)
    done = plays.act(name, "ada", answered({**RIGHT, "gradient": "0.5"}), NOW)
    assert done is not None
    plays.act(name, "ada", lambda play: hint(play, "gradient"), NOW + 1)
    loaded = plays.load(name, "ada")
    assert loaded is not None
    assert loaded.play.entry("path_1.product").right
    assert loaded.play.entry("gradient").rung == 1
    assert loaded.play.entry("gradient").misses == 1
    assert loaded.finished_at is None
    assert plays.act(name, "ada", answered(RIGHT), NOW + 2) is not None
    assert plays.load(name, "ada").finished_at == NOW + 2  # type: ignore[union-attr]


@on_every_database
def test_the_question_is_kept_to_the_last_bit(plays: Plays) -> None:
    loaded = plays.load(begun(plays), "ada")
    assert loaded is not None
    assert loaded.play.question.derivation == QUESTION.derivation
    assert loaded.play.question.values.tolist() == QUESTION.values.tolist()
    assert (loaded.play.question.low.tolist(), loaded.ref) == (QUESTION.low.tolist(), REF)


def test_the_limits_that_a_question_was_certified_with_are_kept() -> None:
    wide = replace(QUESTION, certificate={"limits": {"answer": 0.03, "elsewhere": 0.2}})
    limits = limits_of(solved(kept_text(wide)).certificate)
    assert (limits.answer, limits.elsewhere) == (0.03, 0.2)
    drawn = limits_of(QUESTION.certificate)
    limits = limits_of(solved(kept_text(QUESTION)).certificate)
    assert (limits.answer, limits.elsewhere) == (drawn.answer, drawn.elsewhere)


def test_a_question_that_was_kept_without_limits_is_read_as_before() -> None:
    table = json.loads(kept_text(QUESTION))
    table.pop("certificate")
    old = solved(json.dumps(table))
    assert (old.certificate, old.values.tolist()) == (None, QUESTION.values.tolist())


@on_every_database
def test_the_same_question_again_is_the_same_play(plays: Plays) -> None:
    assert begun(plays) == begun(plays)
    assert plays.play_of("ada", REF) == begun(plays)


@on_every_database
def test_nobody_sees_somebody_elses_play(plays: Plays) -> None:
    plays.meet("ben", NOW, pseudonym="Amber Fox")
    name = begun(plays)
    assert plays.load(name, "ben") is None
    assert plays.act(name, "ben", answered(RIGHT), NOW) is None
    assert plays.load("nothing", "ada") is None


@on_every_database
def test_outcomes_become_standings(plays: Plays) -> None:
    name = begun(plays)
    plays.act(name, "ada", answered(RIGHT), NOW)
    evidence = plays.evidence("ada")
    assert {one.at for one in evidence} == {NOW}
    # The step that both columns share is one outcome: 13 slots are 12 different steps.
    assert len(evidence) == len({slot.step for slot in QUESTION.slots})
    assert standings(evidence)["product"].rate > 0
    plays.act(name, "ada", lambda play: reveal(play), NOW + 5)
    assert plays.evidence("ada") == evidence


@on_every_database
def test_my_data_can_be_taken_along_and_deleted(plays: Plays) -> None:
    name = begun(plays)
    plays.act(name, "ada", answered({**RIGHT, "gradient": "0.5"}), NOW)
    held = plays.everything("ada")
    assert held["learner"]["pseudonym"] == "Quiet Heron"
    assert {row["verdict"] for row in held["answers"]} == {"correct", "wrong"}
    assert held["questions"][0]["question"]["network"]
    plays.forget("ada")
    assert not any(plays.everything("ada").values())
    assert plays.load(name, "ada") is None


@on_every_database
def test_writers_at_the_same_time_lose_nothing(plays: Plays) -> None:
    """Twelve tabs each write their own slot of one play."""
    name = begun(plays)
    slots = list(RIGHT)[:12]
    failures: list[BaseException] = []

    def work(slot: str) -> None:
        try:
            plays.act(name, "ada", answered({slot: RIGHT[slot]}), NOW)
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=work, args=(slot,)) for slot in slots]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    loaded = plays.load(name, "ada")
    assert not failures
    assert loaded is not None
    assert [slot for slot in slots if not loaded.play.entry(slot).right] == []


@on_every_database
def test_nobody_waits_for_what_is_computed(plays: Plays, database: Database) -> None:
    """While an action is computed, others write; if they wrote to the same play, it is computed once more."""
    name = begun(plays)
    seen = []

    def slow(play: Play) -> Play:
        seen.append(dict(play.responses))
        if len(seen) == 1:
            other = Plays(database).act(name, "ada", lambda play: write(play, {"gradient": "1"}), NOW)
            assert other is not None
        return write(play, {"path_1.product": "2"})

    plays.act(name, "ada", slow, NOW)
    assert seen == [{}, {"gradient": "1"}]
    assert plays.load(name, "ada").play.responses == {"gradient": "1", "path_1.product": "2"}  # type: ignore[union-attr]


@on_every_database
def test_somebody_who_always_comes_between_is_waited_out(plays: Plays, database: Database) -> None:
    name = begun(plays)
    number = 0

    def slow(play: Play) -> Play:
        nonlocal number
        number += 1
        if number <= 3:
            Plays(database).act(name, "ada", lambda play: write(play, {"gradient": str(number)}), NOW)
        return write(play, {"path_1.product": "2"})

    plays.act(name, "ada", slow, NOW)
    assert number == 4
    assert plays.load(name, "ada").play.responses == {"gradient": "3", "path_1.product": "2"}  # type: ignore[union-attr]


def test_a_hundred_writers_on_sqlite_are_all_served(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Even where nobody waits in SQLite itself: they wait for their turn before they come to it."""
    monkeypatch.setattr("grader.practice.storage.database._BUSY_SECONDS", 0)
    database = open_database(f"sqlite:///{tmp_path / 'a.db'}")
    plays = Plays(database)
    failures: list[BaseException] = []

    def work(number: int) -> None:
        try:
            plays.meet(f"s{number}", NOW, pseudonym="x")
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(100)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failures
    assert all(plays.learner(f"s{number}") is not None for number in range(100))
    database.close()


def test_nobody_else_can_read_the_database(tmp_path: Path) -> None:
    """It holds the secret that cookies are signed with: so do the files beside it, and the folder made for it."""
    old = os.umask(0)
    try:
        file = tmp_path / "made" / "practice.db"
        database = open_database(f"sqlite:///{file}")
        assert database.secret
        names = {path.name: path.stat().st_mode & 0o777 for path in file.parent.iterdir()}
        assert names == {"practice.db": 0o600, "practice.db-wal": 0o600, "practice.db-shm": 0o600}
        assert file.parent.stat().st_mode & 0o777 == 0o700
        database.close()
        file.chmod(0o644)
        tmp_path.chmod(0o755)
        open_database(f"sqlite:///{file}").close()
        assert file.stat().st_mode & 0o777 == 0o600
        open_database(f"sqlite:///{tmp_path / 'here.db'}").close()
        # A folder that others may share is not closed to them.
        assert tmp_path.stat().st_mode & 0o777 == 0o755
    finally:
        os.umask(old)


@on_every_database
def test_a_failing_action_keeps_nothing(plays: Plays) -> None:
    def fail(play: Play) -> Play:
        raise RuntimeError("in the middle")

    name = begun(plays)
    with pytest.raises(RuntimeError):
        plays.act(name, "ada", fail, NOW)
    assert plays.load(name, "ada").play.entries == {}  # type: ignore[union-attr]


@on_every_database
def test_the_secret_is_made_once(url: str) -> None:
    first, second = open_database(url), open_database(url)
    assert first.secret == second.secret
    assert len(first.secret) >= 32
    first.close()
    second.close()


@on_every_database
def test_migrations_make_the_tables_that_the_code_means(url: str) -> None:
    open_database(url).close()
    engine = create_engine(url.replace("postgresql://", "postgresql+psycopg://"))
    with engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), Base.metadata) == []
    engine.dispose()


@on_every_database
def test_what_an_earlier_version_kept_is_there_after_the_migrations(url: str) -> None:
    """A database as the first version left it, with an answer in it: brought up to date, down, and up again."""
    engine = create_engine(url.replace("postgresql://", "postgresql+psycopg://"))
    with engine.begin() as connection:
        command.upgrade(configuration(connection), "0001")
        for statement in (
            "INSERT INTO learners (id, pseudonym, created_at, seen_at) VALUES ('ada', 'Quiet Heron', 1, 1)",
            """INSERT INTO plays (id, learner_id, question_id, lesson, recipe, parameter, quantity, seed, asked,
            edition, question, created_at)
            VALUES ('p', 'ada', 'x', 'l', 'r', 'w', 'gradient', 's', 'all', '1', '{}', 1)""",
            """INSERT INTO answers (play_id, slot, step, skill, response, checked, verdict, reason, followed, causes,
            misses, rung) VALUES ('p', 'gradient', 'gradient', 'sum', '0.5', '0.5', 1, 'why', 0.25, 'a b', 1, 2)""",
        ):
            connection.execute(text(statement))
    open_database(url).close()
    kept = select(Answer.slot, Answer.response, Answer.reason, Answer.causes, Answer.misses, Answer.rung)
    with engine.begin() as connection:
        assert connection.execute(kept).all() == [("gradient", "0.5", "why", "a b", 1, 2)]
        assert "followed" not in {column["name"] for column in inspect(connection).get_columns("answers")}
        command.downgrade(configuration(connection), "0001")
        command.upgrade(configuration(connection), "head")
        assert connection.execute(kept).one().response == "0.5"
    engine.dispose()


@on_every_database
def test_a_database_of_a_later_version_is_left_alone(url: str) -> None:
    open_database(url).close()
    engine = create_engine(url.replace("postgresql://", "postgresql+psycopg://"))
    with engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(NewerDatabase, match=r"later version.*nothing was changed"):
        open_database(url)
    with engine.connect() as connection:
        assert connection.scalar(text("SELECT version_num FROM alembic_version")) == "9999"
    engine.dispose()


def test_a_locked_database_is_said_to_be(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("grader.practice.storage.database._BUSY_SECONDS", 0)
    database = open_database(f"sqlite:///{tmp_path / 'a.db'}")
    other = sqlite3.connect(tmp_path / "a.db")
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(Busy, match="held by somebody else"):
        Plays(database).meet("ada", NOW, pseudonym="x")
    other.rollback()
    other.close()
    Plays(database).meet("ada", NOW, pseudonym="x")
    database.close()


def test_a_full_database_is_said_to_be_and_loses_nothing(tmp_path: Path) -> None:
    database = open_database(f"sqlite:///{tmp_path / 'a.db'}")
    plays = Plays(database)
    plays.meet("ada", NOW, pseudonym="x")
    name = plays.start("ada", "local", REF, kept_text(QUESTION), NOW)
    plays.act(name, "ada", answered(RIGHT), NOW)
    with database.writing() as connection:
        pages = connection.exec_driver_sql("PRAGMA page_count").scalar_one()
        connection.exec_driver_sql(f"PRAGMA max_page_count = {pages}")

    def start_many() -> None:
        for number in range(200):
            plays.start("ada", "local", new_ref("first", str(number)), kept_text(QUESTION), NOW)

    with pytest.raises(Full, match="no room left"):
        start_many()
    assert plays.load(name, "ada").play.done  # type: ignore[union-attr]
    database.close()


@pytest.mark.parametrize(
    "address",
    ["mysql://x/y", "practice.db", "postgresql://nobody@127.0.0.1:1/none", "sqlite:///", "sqlite:///:memory:"],
)
def test_an_address_that_leads_nowhere(address: str) -> None:
    with pytest.raises((InputError, Busy)):
        open_database(address)


def test_a_name_in_an_address_is_private_however_it_is_written(tmp_path: Path) -> None:
    open_database(f"sqlite:///{tmp_path}/a%20b.db?timeout=3").close()
    assert [(path.name, path.stat().st_mode & 0o777) for path in tmp_path.iterdir()] == [("a b.db", 0o600)]


def test_what_is_no_file_is_left_as_it_is(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe, 0o644)
    pipe.chmod(0o644)
    for path in (pipe, tmp_path):
        before = path.stat().st_mode
        with pytest.raises(InputError, match="no file"):
            open_database(f"sqlite:///{path}")
        assert path.stat().st_mode == before
