"""What the tests of the service share."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from service.jobs.database import Database
from service.jobs.store import JobStore
from service.storage import BlobStore
from tests.service.backends import Backends, Servers, local, servers
from tests.service.releases import tiny_release
from tests.service.serving import Served, serve


@pytest.fixture(scope="session")
def releases(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A registry with one promoted release, not to be changed."""
    root = tmp_path_factory.mktemp("releases")
    tiny_release(root)
    return root


@pytest.fixture(scope="session")
def remote_servers() -> Iterator[Servers]:
    """PostgreSQL and S3, started for who asks first."""
    with servers() as found:
        yield found


@pytest.fixture(params=["local", "remote"])
def backends(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Backends]:
    """Both sets, one after the other: empty, the tables made by the migrations."""
    if request.param == "local":
        found = local(tmp_path)
        found.database.migrate()
        yield found
        found.database.close()
        return
    with request.getfixturevalue("remote_servers").empty() as found:
        found.database.migrate()
        yield found


@pytest.fixture
def database(backends: Backends) -> Database:
    """An empty database."""
    return backends.database


@pytest.fixture
def store(database: Database) -> JobStore:
    """Jobs in an empty database."""
    return JobStore(database)


@pytest.fixture
def blobs(backends: Backends) -> BlobStore:
    """An empty blob store."""
    return backends.blobs


@pytest.fixture
def served(releases: Path, tmp_path: Path) -> Iterator[Served]:
    """The application, ready, with small limits."""
    with serve(releases, tmp_path) as served:
        yield served
