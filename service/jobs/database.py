"""The database of the jobs: sessions, and bringing its tables up to date. SQLite in WAL mode unless set otherwise."""

import errno
import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, create_engine, event, text
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session
from sqlalchemy.pool import ConnectionPoolEntry

_BUSY_MILLISECONDS = 15_000
_DISK_FULL = "53100"  # as PostgreSQL has it; SQLite says it in words


class Database:
    """Opens sessions; connects when first used."""

    def __init__(self, url: str) -> None:
        self._engine = create_engine(url, pool_pre_ping=True)
        if self._engine.dialect.name == "sqlite":
            event.listen(self._engine, "connect", _configure)
            event.listen(self._engine, "begin", _begin)
        self._writer = self._engine.execution_options(writes=True)

    @contextmanager
    def read(self) -> Iterator[Session]:
        """A session for reading; its objects stay usable afterwards."""
        with Session(self._engine, expire_on_commit=False) as session:
            yield session

    @contextmanager
    def write(self) -> Iterator[Session]:
        """A transaction, committed at the end unless an exception leaves it. Raises OSError where the disk is full."""
        try:
            with Session(self._writer, expire_on_commit=False) as session, session.begin():
                yield session
        except OperationalError as error:
            if _is_full(error):
                raise OSError(errno.ENOSPC, "The disk of the database is full") from error
            raise

    def migrate(self, revision: str = "head") -> None:
        """Brings the tables up to date, or to a revision; safe to be called by several processes at once."""
        sqlite = self._engine.dialect.name == "sqlite"
        if sqlite and (file := self._engine.url.database):
            Path(file).parent.mkdir(parents=True, exist_ok=True)
        config = Config()
        config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
        with self._writer.begin() as connection:  # the write lock: a second process waits, then finds nothing to do
            if not sqlite:
                connection.execute(text("SELECT pg_advisory_xact_lock(8474)"))
            config.attributes["connection"] = connection
            command.upgrade(config, revision)

    def check(self) -> None:
        """Raises SQLAlchemyError where the database does not answer."""
        with self._engine.connect() as connection:
            connection.execute(text("SELECT 1 FROM jobs LIMIT 1"))

    def erase(self) -> None:
        """Leaves nothing in files of what was deleted: SQLite's log of changes may still have it, and is emptied.

        Not while another reads; the next time will do. PostgreSQL sees to that by itself (autovacuum).
        """
        if self._engine.dialect.name == "sqlite":
            connection = self._engine.raw_connection()
            try:
                connection.cursor().execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
            finally:
                connection.close()

    def close(self) -> None:
        """Closes idle connections."""
        self._engine.dispose()


def _is_full(error: OperationalError) -> bool:
    return getattr(error.orig, "sqlstate", None) == _DISK_FULL or "disk is full" in str(error.orig)


def _configure(connection: sqlite3.Connection, _: ConnectionPoolEntry) -> None:
    connection.isolation_level = None  # the driver must not begin transactions of its own: _begin does
    connection.execute(f"PRAGMA busy_timeout={_BUSY_MILLISECONDS}")
    _log_ahead(connection)
    connection.execute("PRAGMA synchronous=NORMAL")
    connection.execute("PRAGMA foreign_keys=ON")
    connection.execute("PRAGMA secure_delete=ON")  # what is deleted is overwritten, not only forgotten


def _log_ahead(connection: sqlite3.Connection) -> None:
    """Turns WAL mode on. While another is about to write, as one is that turns it on, SQLite itself does not wait."""
    deadline = time.monotonic() + _BUSY_MILLISECONDS / 1000
    while True:
        try:
            connection.execute("PRAGMA journal_mode=WAL")
            return
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode != sqlite3.SQLITE_BUSY or time.monotonic() > deadline:
                raise
            time.sleep(0.001)


def _begin(connection: Connection) -> None:
    # A transaction that first reads and then writes fails at once, whatever the timeout, if another wrote meanwhile;
    # one that takes the write lock at its begin waits for its turn.
    writes = connection.get_execution_options().get("writes", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")
