"""Opening the database: SQLite in the user's data folder by default, PostgreSQL by URL; its schema brought up to date.

Reading transactions see one state; writing ones take the write lock at once, so that two of them never wait for each
other in a circle. A commit is on the disk before it returns. SQLite's file is its owner's alone: it holds the secret.
"""

from __future__ import annotations

import contextlib
import errno
import os
import secrets
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url, select, text
from sqlalchemy.exc import ArgumentError, DBAPIError, DisconnectionError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from grader.practice.storage.errors import Busy, Full, NewerDatabase, StorageError
from grader.practice.storage.models import Setting
from question_bank.errors import InputError

if TYPE_CHECKING:
    from alembic.config import Config

_MIGRATIONS = Path(__file__).parent / "migrations"
_BUSY_SECONDS = 5
_WRITE_SECONDS = 30.0
"""How long a writer waits in the queue of its own process: two hundred commits of a slow disk."""
_POOL = 12
_LOCK = 0x67726164  # any number that is ours: PostgreSQL's advisory locks are numbered
_OUT_OF_DISK = ("53100", "53200")
_TRY_ANEW = ("readonly", "disk I/O", "malformed", "not a database")
"""What SQLite says on a connection that may stay so for good, though the file was put right."""


def data_folder() -> Path:
    """The user's own folder for this program's data."""
    if sys.platform == "darwin":
        base = Path.home() / "Library" / "Application Support"
    elif os.name == "nt":
        base = Path(os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local")
    else:
        base = Path(os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share")
    return base / "gradpath"


def default_url() -> str:
    """The database of a person who practises alone."""
    return f"sqlite:///{data_folder() / 'practice.db'}"


class Database:
    """An open database; `secret` signs whatever leaves the server and comes back."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self.dialect = engine.dialect.name
        self._secret: str | None = None
        # SQLite has one writer at a time, and whoever waits for it looks now and then: most of a crowd looks too late.
        self._turn = threading.Lock() if self.dialect == "sqlite" else None

    @contextlib.contextmanager
    def reading(self) -> Iterator[Connection]:
        """A connection that only reads."""
        with _in_words(), self._engine.connect() as connection:
            yield connection

    @contextlib.contextmanager
    def writing(self) -> Iterator[Connection]:
        """A transaction: all of it is committed when the block ends well, and nothing of it otherwise."""
        opened = self._engine.connect
        with (
            self._queued(),
            _in_words(),
            opened().execution_options(gradpath_writes=True) as connection,
            connection.begin(),
        ):
            yield connection

    @contextlib.contextmanager
    def _queued(self) -> Iterator[None]:
        """One's turn to write, where there is one writer at a time; before a connection is taken from the others."""
        if self._turn is None:
            yield
            return
        if not self._turn.acquire(timeout=_WRITE_SECONDS):
            raise Busy("too many people write at once; try again in a moment")
        try:
            yield
        finally:
            self._turn.release()

    def insert(self, table: Any) -> Any:
        """An insertion that can say what to do `on_conflict`: both databases know it, each in its own dialect."""
        if self.dialect == "postgresql":
            from sqlalchemy.dialects import postgresql

            return postgresql.insert(table)
        from sqlalchemy.dialects import sqlite

        return sqlite.insert(table)

    @property
    def secret(self) -> str:
        """The secret of this installation; made once, kept in the database, the same for every worker."""
        if self._secret is None:
            self._secret = self.setting("secret") or self._make_secret()
        return self._secret

    def _make_secret(self) -> str:
        with self.writing() as connection:
            row = {"name": "secret", "value": secrets.token_urlsafe(32)}
            connection.execute(self.insert(Setting).values(row).on_conflict_do_nothing())
        made = self.setting("secret")
        assert made is not None  # ours, or that of whoever was quicker
        return made

    def setting(self, name: str) -> str | None:
        """A setting, None if it was never made."""
        with self.reading() as connection:
            return connection.scalar(select(Setting.value).where(Setting.name == name))

    def set(self, name: str, value: str) -> None:
        """Make or change a setting."""
        with self.writing() as connection:
            made = self.insert(Setting).values(name=name, value=value)
            connection.execute(made.on_conflict_do_update(index_elements=["name"], set_={"value": value}))

    def close(self) -> None:
        """Let go of all connections."""
        self._engine.dispose()


def open_database(url: str | None = None, *, upgrade: bool = True) -> Database:
    """Open a database and bring its schema up to date.

    Raises InputError for a URL that cannot be used, NewerDatabase, or another StorageError if it does not answer.
    """
    engine = _engine(url or default_url())
    try:
        with _in_words():
            _migrate(engine, upgrade=upgrade)
    except BaseException:
        engine.dispose()
        raise
    return Database(engine)


def _engine(url: str) -> Engine:
    if url.startswith(("postgresql://", "postgres://")):
        url = "postgresql+psycopg://" + url.partition("://")[2]
    if not url.startswith(("sqlite:///", "postgresql+psycopg://")):
        raise InputError(
            f"the database {url.partition('://')[0]!r}…",
            place="--database",
            expected="sqlite:///FILE or postgresql://…",
        )
    options: dict[str, Any] = {"pool_size": _POOL, "max_overflow": _POOL, "pool_timeout": _BUSY_SECONDS}
    try:
        address = make_url(url)
        if address.get_backend_name() == "sqlite":
            # As SQLAlchemy takes the address apart: a name may be written with %20.
            _make_private(_file_of(address))
            options["connect_args"] = {"timeout": _BUSY_SECONDS, "check_same_thread": False}
        else:
            options["connect_args"] = {"connect_timeout": _BUSY_SECONDS}
            options["pool_pre_ping"] = True
        engine = create_engine(address, **options)
    except (ArgumentError, ValueError) as error:
        raise InputError(f"the database's address cannot be read: {error}", place="--database") from error
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _set_up_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
        event.listen(engine, "handle_error", _give_up_broken)
        _watch_file(engine, _file_of(engine.url))
    return engine


def _file_of(address: URL) -> Path:
    """The file of an address of SQLite's; raises InputError where it names none, or a database in memory."""
    name = address.database or ""
    if not name or name == ":memory:":
        raise InputError("no file for the database", place="--database", expected="such as sqlite:///practice.db")
    return Path(name)


def _make_private(file: Path) -> None:
    """See to it that nobody else reads the file, nor those that SQLite puts beside it, which get the file's own mode.

    A folder that is made here is the owner's alone; one that was there is left as it is, but for our own data folder.
    """
    folder = file.parent
    missing = not folder.exists()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if missing or folder == data_folder():
            folder.chmod(0o700)
        # A link leads to the file that SQLite keeps, and names what it puts beside it.
        file = Path(os.path.realpath(file))
        if file.exists() and not file.is_file():
            # Whatever it is, such as /dev/null, it is not ours to keep from others.
            raise FileExistsError(errno.EEXIST, "no file")
        if file.name:
            # One that is there is not opened: to close it again would let go of the locks that this process has on it.
            with contextlib.suppress(FileExistsError):
                os.close(os.open(file, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600))
            if not os.access(file, os.R_OK | os.W_OK):
                raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
            for path in (file, *(file.with_name(file.name + end) for end in ("-wal", "-shm", "-journal"))):
                with contextlib.suppress(FileNotFoundError):
                    if path.stat().st_mode & 0o077:
                        path.chmod(0o600)
    except OSError as error:
        raise InputError(
            f"the database {file} cannot be kept ({error.strerror})",
            place="--database",
            expected="a file that you own, in a folder that you can write to",
        ) from error


def _set_up_sqlite(connection: Any, _: object) -> None:
    # Python's driver would begin transactions late and by itself; `_begin_sqlite` does it instead.
    connection.isolation_level = None
    for pragma in (
        "journal_mode = WAL",
        "synchronous = FULL",
        "foreign_keys = ON",
        f"busy_timeout = {_BUSY_SECONDS}000",
    ):
        connection.execute(f"PRAGMA {pragma}")


def _give_up_broken(context: Any) -> None:
    """Let all connections go where one is broken: a file that could not be written is opened for reading for good."""
    if any(said in str(context.original_exception) for said in _TRY_ANEW):
        context.is_disconnect = True
        if context.connection is not None:
            # One that is only closed goes on holding what it has locked, as long as anything refers to its cursors.
            with contextlib.suppress(Exception):
                context.connection.connection.rollback()


def _watch_file(engine: Engine, file: Path) -> None:
    """Use no connection to a file that was deleted or replaced since: what is written there nobody finds again."""

    def identity() -> tuple[int, int] | None:
        try:
            found = os.stat(file)
        except OSError:
            return None
        return found.st_dev, found.st_ino

    def connected(_: object, record: Any) -> None:
        record.info["file"] = identity()

    def taken(_: object, record: Any, __: object) -> None:
        if record.info["file"] != identity():
            raise DisconnectionError(f"{file} was replaced")

    event.listen(engine, "connect", connected)
    event.listen(engine, "checkout", taken)


def _begin_sqlite(connection: Connection) -> None:
    writes = connection.get_execution_options().get("gradpath_writes", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


@contextlib.contextmanager
def _in_words() -> Iterator[None]:
    """The driver's errors as ours."""
    try:
        yield
    except PoolTimeout as error:
        raise Busy("too many people write at once; try again in a moment") from error
    except DBAPIError as error:
        said = str(error.orig).strip().partition("\n")[0]
        state = getattr(error.orig, "sqlstate", None) or ""
        if "disk is full" in said or state in _OUT_OF_DISK:
            raise Full(f"the database has no room left ({said}); make room, nothing that was saved is lost") from error
        if "locked" in said or "busy" in said or state.startswith(("55", "57", "40")):
            raise Busy(f"the database is held by somebody else ({said}); try again in a moment") from error
        if error.connection_invalidated or type(error).__name__ == "OperationalError":
            raise Busy(f"the database does not answer ({said}); try again in a moment") from error
        raise StorageError(f"the database refuses: {said}") from error


def configuration(connection: Connection) -> Config:
    """Alembic's configuration for a connection."""
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    return config


def _migrate(engine: Engine, *, upgrade: bool) -> None:
    from alembic import command
    from alembic.runtime.migration import MigrationContext
    from alembic.script import ScriptDirectory

    with engine.connect().execution_options(gradpath_writes=upgrade) as connection, connection.begin():
        if upgrade and engine.dialect.name == "postgresql":
            connection.execute(text(f"SELECT pg_advisory_xact_lock({_LOCK})"))
        config = configuration(connection)
        script = ScriptDirectory.from_config(config)
        found = set(MigrationContext.configure(connection).get_current_heads())
        known = {revision.revision for revision in script.walk_revisions()}
        if found - known:
            raise NewerDatabase(
                f"the database has the schema {', '.join(sorted(found - known))}, which this version of gradpath does "
                "not know: it was used with a later version. Update gradpath, or name another --database; nothing "
                "was changed"
            )
        if found == set(script.get_heads()):
            return
        if not upgrade:
            raise StorageError("the database's schema is not up to date; start `gradpath practice` on it once")
        command.upgrade(config, "head")
