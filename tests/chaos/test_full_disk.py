"""A disk that is really full: a small one of memory (tmpfs) that has what the service keeps, database and all."""

import errno
import io
import subprocess
import zipfile
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.service import photos
from tests.service.running import Running, running_service, wait_for
from tests.service.test_faces import error_code
from tests.service.test_worker import PATIENCE, create, wait_until

pytestmark = pytest.mark.timeout(600)
SIZE = 64  # MiB


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """An empty disk."""
    place = tmp_path / "disk"
    place.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", f"size={SIZE}m", "tmpfs", str(place)]
    made = subprocess.run(mount, capture_output=True, text=True, check=False)
    if made.returncode:
        pytest.skip(f"A disk cannot be mounted here, so none can be filled: {made.stderr.strip()}")
    yield place
    subprocess.run(["umount", "--lazy", str(place)], check=True)


@pytest.fixture
def running(disk: Path, tmp_path: Path) -> Iterator[Running]:
    """The service, its worker not begun yet."""
    settings = {
        "INIT_DATA_DIR": str(disk / "data"), "INIT_LEASE_SECONDS": "3", "INIT_RECONCILE_SECONDS": "1",
        "INIT_RUNTIME": "torch",
    }  # fmt: skip
    (tmp_path / "service").mkdir()
    with running_service(tmp_path / "service", parts=("api",), environment=settings) as running:
        yield running
        for part in ("worker", "beat"):
            running.stop(part)


def fill(disk: Path) -> list[Path]:
    """Files of a MiB, until not a byte is left."""
    files: list[Path] = []
    while True:
        files.append(disk / f"ballast-{len(files)}")
        with files[-1].open("wb", buffering=0) as file:
            try:
                for _ in range(2**20 // 4096):
                    file.write(bytes(4096))
            except OSError as error:
                if error.errno != errno.ENOSPC:
                    raise
                return files


def test_the_job_fails_with_a_sentence_the_service_lives_and_it_goes_on_when_there_is_room(
    running: Running, disk: Path
) -> None:
    with httpx.Client(base_url=running.url, timeout=60, trust_env=False) as client:
        url = create(client, *[photos.jpeg(seed) for seed in range(20)])
        ballast = fill(disk)
        running.start("worker")
        running.start("beat")
        sent = {"image": ("a.jpg", photos.jpeg())}, {"attributes": '{"Smiling": true}', "aligned": "true"}
        wait_for(lambda: bool(client.get("/health/ready").json()["checks"]["worker"]["ok"]), PATIENCE, running.logs)
        assert client.post("/v1/faces/translate", files=sent[0], data=sent[1]).status_code == 200
        refused = client.post("/v1/jobs/translations", files={"images": sent[0]["image"]}, data=sent[1])
        assert (refused.status_code, error_code(refused)) == (507, "no_room"), refused.text
        assert client.get(url).json()["done"] == 0

        for file in ballast[:8]:  # enough to say so, and not for more photos
            file.unlink()
        job = wait_until(running, client, url, "failed", "succeeded")
        assert job["state"] == "failed"
        assert "no room left on the disk" in job["error"]
        refused = client.post("/v1/jobs/translations", files={"images": sent[0]["image"]}, data=sent[1])
        assert (refused.status_code, error_code(refused)) == (507, "no_room"), refused.text

        for file in ballast[8:]:
            file.unlink()
        assert client.post(f"{url}/retry").status_code == 202
        job = wait_until(running, client, url, "failed", "succeeded")
        assert (job["state"], job["done"]) == ("succeeded", 20)
        archive = zipfile.ZipFile(io.BytesIO(client.get(job["result_url"]).content))
        assert len(archive.namelist()) == 21
        assert list(disk.glob("data/blobs/*/*.part")) == []
    assert all(process.poll() is None for process in running.processes.values())
