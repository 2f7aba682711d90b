"""More than one machine: jobs that are asked for on one are done on the other, and a training runs on both.

The other is a network namespace, which reaches nothing of this machine but what listens for it.
"""

import io
import os
import signal
import subprocess
import sys
import warnings
import zipfile
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import boto3
import httpx
import pytest
from moto.server import ThreadedMotoServer

from service.access.keys import Keys
from service.jobs.database import Database
from service.up import free_port, valkey_server
from tests.chaos.hosts import Host, two_hosts
from tests.service import photos
from tests.service.releases import tiny_release
from tests.service.running import wait_for
from tests.service.test_worker import PATIENCE
from tests.training.conftest import state
from tests.training.datasets import write_celeba
from tools.chaos import Postgres

pytestmark = pytest.mark.timeout(600)
ANYBODY = {"AWS_ACCESS_KEY_ID": "x", "AWS_SECRET_ACCESS_KEY": "x", "AWS_DEFAULT_REGION": "us-east-1"}


@pytest.fixture
def hosts() -> Iterator[tuple[Host, Host]]:
    """This machine and another."""
    with two_hosts() as hosts:
        yield hosts


def end(process: "subprocess.Popen[bytes]") -> None:
    """Kills a process with all that it started."""
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def test_a_job_is_asked_for_on_one_and_done_on_the_other(
    hosts: tuple[Host, Host], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    here, there = hosts
    for name, value in ANYBODY.items():
        monkeypatch.setenv(name, value)
    tiny_release(tmp_path / "releases")
    port, broker = free_port(), free_port()
    with ExitStack() as stack:
        stack.enter_context(warnings.catch_warnings())
        warnings.simplefilter("ignore")  # of the packages that bring PostgreSQL and S3
        postgres = stack.enter_context(Postgres(here.address))
        s3 = ThreadedMotoServer(here.address, 0, verbose=False)
        s3.start()
        stack.callback(s3.stop)
        endpoint = f"http://{here.address}:{s3.get_host_and_port()[1]}"
        boto3.client("s3", endpoint_url=endpoint).create_bucket(Bucket="studio")
        shared = {
            "REDIS_URL": f"redis://{here.address}:{broker}/0", "INIT_DATABASE_URL": postgres.address,
            "INIT_STORAGE_URL": f"s3://studio/jobs?endpoint={endpoint}", "INIT_RECONCILE_SECONDS": "1",
            "INIT_RELEASES_DIR": str(tmp_path / "releases"), "INIT_RUNTIME": "torch",
            "INIT_WORKER_NICENESS": "0",
        }  # fmt: skip

        def start(host: Host, name: str, *command: str, **own: str) -> None:
            (tmp_path / name).mkdir()
            log = stack.enter_context((tmp_path / f"{name}.log").open("wb"))
            process = host.start(command, {**shared, "INIT_DATA_DIR": str(tmp_path / name), **own}, log)
            stack.callback(end, process)

        def logs() -> str:
            return "\n".join(f"== {path.name}\n{path.read_text()[-2000:]}" for path in tmp_path.glob("*.log"))

        valkey = ["--port", str(broker), "--bind", here.address, "--protected-mode", "no", "--save", ""]
        start(here, "valkey", valkey_server(), *valkey)
        start(here, "api", sys.executable, "-m", "service", "api", INIT_HOST=here.address, INIT_PORT=str(port))
        start(here, "beat", sys.executable, "-m", "service", "beat")
        start(there, "worker", sys.executable, "-m", "service", "worker")
        client = stack.enter_context(
            httpx.Client(base_url=f"http://{here.address}:{port}", timeout=60, trust_env=False)
        )

        def ready() -> bool:
            try:
                answer = client.get("/health/ready")
            except httpx.TransportError:
                return False
            return answer.status_code == 200 and bool(answer.json()["checks"]["worker"]["ok"])

        wait_for(ready, PATIENCE, logs)
        database = Database(postgres.address)
        stack.callback(database.close)
        # Whoever is not on the same machine needs a key.
        client.headers["X-API-Key"] = Keys(database).create("tester", ["jobs", "translate"])[1]
        fields = {"attributes": '{"Smiling": true}', "aligned": "true"}
        sent = [("images", (f"{number}.jpg", photos.jpeg(number))) for number in range(5)]
        url = client.post("/v1/jobs/translations", files=sent, data=fields).headers["Location"]
        job: dict[str, Any] = {}

        def ended() -> bool:
            job.update(client.get(url).json())
            return job["state"] in ("succeeded", "failed")

        wait_for(ended, PATIENCE, lambda: f"{job}\n{logs()}")
        assert (job["state"], job["done"]) == ("succeeded", 5)
        archive = zipfile.ZipFile(io.BytesIO(client.get(f"{url}/result").content))
        alone = client.post("/v1/faces/translate", files={"image": ("0.jpg", photos.jpeg(0))}, data=fields)
        assert archive.read("0001-0.jpg") == alone.content
        assert not (tmp_path / "api" / "blobs").exists()


def test_a_training_on_two_hosts_is_that_of_one(hosts: tuple[Host, Host], tmp_path: Path) -> None:
    data, port = write_celeba(tmp_path / "celeba"), free_port()

    def train(host: Host, name: str, *launching: str) -> "subprocess.Popen[bytes]":
        launcher = [sys.executable, "-m", "torch.distributed.run", *launching, "-m", "--", "training", "train"]
        words = ["debug/init", "--data", str(data), "--cache", str(tmp_path / f"cache-{name}-{host.interface}")]
        words += ["--run", str(tmp_path / name), "--set", "steps=6", "--set", "options.aiw=false"]
        quiet = {"OMP_NUM_THREADS": "1", "GLOO_SOCKET_IFNAME": host.interface}
        with (tmp_path / f"{name}-{host.interface}.log").open("wb") as log:
            return host.start([*launcher, *words, "--deterministic"], quiet, log)

    def logs() -> str:
        return "\n".join(f"== {path.name}\n{path.read_text()[-3000:]}" for path in tmp_path.glob("*.log"))

    meeting = ["--nnodes", "2", "--nproc-per-node", "1", "--rdzv-backend", "static"]
    meeting += ["--rdzv-endpoint", f"{hosts[0].address}:{port}"]
    both = [
        train(host, "both", *meeting, "--node-rank", str(rank), "--local-addr", host.address)
        for rank, host in enumerate(hosts)
    ]
    try:
        assert [process.wait(PATIENCE) for process in both] == [0, 0], logs()
    finally:
        for process in both:
            end(process)
    alone = train(hosts[0], "one", "--standalone", "--nproc-per-node", "2")
    try:
        assert alone.wait(PATIENCE) == 0, logs()
    finally:
        end(alone)
    assert state(tmp_path / "both") == state(tmp_path / "one")
    assert (tmp_path / "both" / "log.jsonl").read_bytes() == (tmp_path / "one" / "log.jsonl").read_bytes()
