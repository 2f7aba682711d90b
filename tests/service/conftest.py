"""What the tests of the service share."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from service.jobs.database import Database
from service.jobs.store import JobStore
from service.storage import BlobStore
from tests.service.releases import tiny_release
from tests.service.serving import Served, serve


@pytest.fixture(scope="session")
def releases(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A registry with one promoted release, not to be changed."""
    root = tmp_path_factory.mktemp("releases")
    tiny_release(root)
    return root


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    """An empty database, its tables made by the migrations."""
    database = Database(f"sqlite:///{tmp_path / 'studio.db'}")
    database.migrate()
    yield database
    database.close()


@pytest.fixture
def store(database: Database) -> JobStore:
    """Jobs in an empty database."""
    return JobStore(database)


@pytest.fixture
def blobs(tmp_path: Path) -> BlobStore:
    """An empty blob store."""
    return BlobStore(tmp_path / "blobs")


@pytest.fixture
def served(releases: Path, tmp_path: Path) -> Iterator[Served]:
    """The application, ready, with small limits."""
    with serve(releases, tmp_path) as served:
        yield served
