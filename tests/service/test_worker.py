"""Celery's worker and beat as processes on a real Valkey: bulk jobs from end to end, and through a worker's death."""

import io
import json
import os
import signal
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.service import photos
from tests.service.releases import tiny_release
from tests.service.running import ROOT, Running, running_service, wait_for
from tests.training.datasets import write_celeba
from training.registry import Registry

pytestmark = pytest.mark.timeout(600)
PATIENCE = 240.0  # a bound against hanging, not a measure
MANY = 24  # photos that take some seconds, so that a job is met half done


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """The whole service, quick to notice that a worker is gone, and with slices short enough to need several."""
    quick = {
        "INIT_LEASE_SECONDS": "3",
        "INIT_RECONCILE_SECONDS": "1",
        "INIT_SLICE_SECONDS": "1",
        "INIT_RUNTIME": "torch",
    }
    reference = write_celeba(tmp_path_factory.mktemp("reference"), 100)  # of which 20 are for tests
    quick["INIT_REFERENCES"] = json.dumps({"faces": str(reference)})
    with running_service(tmp_path_factory.mktemp("service"), environment=quick) as running:
        yield running


@pytest.fixture
def client(running: Running) -> Iterator[httpx.Client]:
    """Speaks to the service."""
    with httpx.Client(base_url=running.url, timeout=60, trust_env=False) as client:
        yield client


def create(client: httpx.Client, *images: bytes, **fields: str) -> str:
    """Starts a job; its address."""
    files = [("images", (f"{index}.jpg", image)) for index, image in enumerate(images)]
    response = client.post(
        "/v1/jobs/translations", files=files, data={"attributes": '{"Smiling": true}', "aligned": "true", **fields}
    )
    assert response.status_code == 202, response.text
    return response.headers["Location"]


def wait_until(running: Running, client: httpx.Client, url: str, *states: str, done: int = 0) -> dict[str, Any]:
    """The job, once it is in one of the states with at least so many photos done."""
    job: dict[str, Any] = {}

    def reached() -> bool:
        job.update(client.get(url).json())
        return job["state"] in states and job["done"] >= done

    wait_for(reached, PATIENCE, lambda: f"{job}\n{running.logs()}")
    return job


def test_the_pictures_of_a_study_are_made_by_each_candidate(running: Running, client: httpx.Client) -> None:
    candidates = (tiny_release(running.releases, "blind", seed=9, promote=False).name, "tiny")
    form = {"name": "Blind", "candidates": json.dumps(candidates), "edits": '[{"Smiling": true}]', "aligned": "true"}
    made = client.post("/v1/studies", data=form, files={"images": ("0.jpg", photos.jpeg())}).json()
    wait_until(running, client, f"/v1/jobs/{made['id']}", "succeeded")
    pictures = [client.get(f"/v1/jobs/{made['id']}/items/{index}/result") for index in range(2)]
    assert [each.headers["X-Release"].partition("@")[0] for each in pictures] == list(candidates)
    assert pictures[0].content != pictures[1].content


def worker_children(running: Running) -> list[int]:
    """Process ids of the worker's pool, found by their parent."""
    parent = running.processes["worker"].pid
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                fields = (entry / "stat").read_text().rpartition(")")[2].split()
                command = (entry / "cmdline").read_text()
            except OSError:
                continue  # it ended meanwhile
            if int(fields[1]) == parent and "spawn_main" in command:
                found.append(int(entry.name))
    return found


def test_a_job_with_a_bad_photo_runs_to_its_end(running: Running, client: httpx.Client) -> None:
    url = create(client, photos.jpeg(), b"not a photo", photos.jpeg(1))
    job = wait_until(running, client, url, "succeeded", "failed")
    assert (job["state"], job["done"], job["failed"]) == ("succeeded", 2, 1)
    archive = zipfile.ZipFile(io.BytesIO(client.get(job["result_url"]).content))
    single = client.post(
        "/v1/faces/translate",
        files={"image": ("0.jpg", photos.jpeg())},
        data={"attributes": '{"Smiling": true}', "aligned": "true"},
    )
    assert archive.read("0001-0.jpg") == single.content


def test_of_a_job_that_looks_for_faces_a_photo_without_one_fails_alone(running: Running, client: httpx.Client) -> None:
    portrait = (ROOT / "service" / "samples" / "collins.jpg").read_bytes()
    url = create(client, photos.jpeg(), portrait, aligned="false")
    job = wait_until(running, client, url, "succeeded", "failed")
    items = client.get(f"/v1/jobs/{job['id']}/items").json()["items"]
    assert [item["state"] for item in items] == ["failed", "done"]
    assert "aligned" in items[0]["error"]


def test_a_job_of_another_domain_runs_to_its_end(running: Running, client: httpx.Client) -> None:
    url = create(client, photos.jpeg(), domain="seasons", attributes='{"Winter": true}')
    job = wait_until(running, client, url, "succeeded", "failed")
    archive = zipfile.ZipFile(io.BytesIO(client.get(job["result_url"]).content))
    single = client.post(
        "/v1/seasons/translate", files={"image": ("0.jpg", photos.jpeg())}, data={"attributes": '{"Winter": true}'}
    )
    assert archive.read("0001-0.jpg") == single.content


def test_an_evaluation_runs_to_its_end(running: Running, client: httpx.Client) -> None:
    response = client.post("/v1/jobs/evaluations", json={"domain": "faces"})
    assert response.status_code == 202, response.text
    job = wait_until(running, client, response.headers["Location"], "succeeded", "failed")
    assert (job["state"], job["error"]) == ("succeeded", None)
    (score,) = client.get("/v1/faces/scores").json()["scores"]
    assert (score["job"], score["metrics"]) == (job["id"], job["outcome"]["metrics"])
    assert "init_score{" in client.get("/metrics").text


def test_a_running_job_is_cancelled(running: Running, client: httpx.Client) -> None:
    url = create(client, *[photos.encoded(photos.portrait(0, (1780, 2180)), "PNG")] * MANY)
    wait_until(running, client, url, "running", done=1)
    assert client.post(f"{url}/cancel").json()["state"] == "cancelling"
    job = wait_until(running, client, url, "cancelled")
    assert 1 <= job["done"] < MANY
    assert len(zipfile.ZipFile(io.BytesIO(client.get(job["result_url"]).content)).namelist()) == job["done"] + 1


def test_a_job_survives_the_death_of_its_worker(running: Running, client: httpx.Client) -> None:
    url = create(client, *[photos.encoded(photos.portrait(seed, (890, 1090)), "PNG") for seed in range(MANY)])
    wait_until(running, client, url, "running", done=1)
    (child,) = worker_children(running)
    os.kill(child, signal.SIGKILL)
    job = wait_until(running, client, url, "succeeded", "failed", "cancelled")
    assert (job["state"], job["done"], job["failed"]) == ("succeeded", MANY, 0)
    names = zipfile.ZipFile(io.BytesIO(client.get(job["result_url"]).content)).namelist()
    assert names == [*(f"{index + 1:04d}-{index}.png" for index in range(MANY)), "manifest.json"]


def test_a_job_survives_the_death_of_the_whole_worker(running: Running, client: httpx.Client) -> None:
    url = create(client, *[photos.encoded(photos.portrait(seed, (890, 1090)), "PNG") for seed in range(MANY)])
    wait_until(running, client, url, "running", done=1)
    os.killpg(running.processes["worker"].pid, signal.SIGKILL)
    running.processes.pop("worker").wait()
    running.start("worker")
    job = wait_until(running, client, url, "succeeded", "failed", "cancelled")
    assert (job["state"], job["done"], job["failed"]) == ("succeeded", MANY, 0)


def test_the_worker_takes_up_a_promotion(running: Running, client: httpx.Client) -> None:
    tiny_release(running.releases, "second", seed=1)
    try:
        job = wait_until(running, client, create(client, photos.jpeg()), "succeeded")
        assert job["release"]["name"] == "second"
    finally:
        Registry(running.releases).roll_back("faces")


def test_all_parts_are_reported_ready(client: httpx.Client) -> None:
    answer = client.get("/health/ready")
    assert (answer.status_code, answer.json()["status"]) == (200, "ready")
    checks = answer.json()["checks"]
    assert all(checks[part]["ok"] for part in ("database", "broker", "worker"))
