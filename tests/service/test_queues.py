"""Which worker does what: photos do not wait for an evaluation, nor an evaluation for who may not make it."""

import io
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import SimpleNamespace

import httpx
import pytest
from pydantic import ValidationError

from service import worker
from service.engine.orders import Edit
from service.jobs import evaluation
from service.jobs.files import Files
from service.jobs.store import JobStore
from service.jobs.wanted import Upload, Wanted
from service.settings import Settings
from service.up import services
from service.worker import celery
from tests.service import photos
from tests.service.backends import Backends, local
from tests.service.running import running_service
from tests.service.test_worker import create, wait_until
from tests.training.datasets import write_celeba
from training.domains import FACES
from training.release import Release


@pytest.mark.timeout(600)
def test_an_evaluation_waits_for_the_evaluator_and_photos_do_not_wait_for_it(tmp_path: Path) -> None:
    settings = {
        "INIT_QUEUES": "translation, upkeep", "INIT_RUNTIME": "torch", "INIT_RECONCILE_SECONDS": "1",
        "INIT_REFERENCES": json.dumps({"faces": str(write_celeba(tmp_path / "reference", 100))}),
    }  # fmt: skip
    (tmp_path / "service").mkdir()
    with (
        running_service(tmp_path / "service", environment=settings) as running,
        httpx.Client(base_url=running.url, timeout=60, trust_env=False) as client,
    ):
        evaluation = client.post("/v1/jobs/evaluations", json={"domain": "faces"}).headers["Location"]
        assert wait_until(running, client, create(client, photos.jpeg()), "succeeded", "failed")["done"] == 1
        assert client.get(evaluation).json()["state"] == "queued"
        running.start("evaluator")
        try:
            job = wait_until(running, client, evaluation, "succeeded", "failed")
        finally:
            running.stop("evaluator")
        assert (job["state"], job["error"]) == ("succeeded", None)


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Backends]:
    """Tables, and a folder for files."""
    place = local(tmp_path)
    place.database.migrate()
    yield place
    place.database.close()


def test_an_evaluation_of_a_higher_priority_goes_first_whatever_the_message_says(
    place: Backends, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun = list[str]()
    store = JobStore(place.database)
    for job_id, priority in (("e1", 0), ("e2", 1)):
        store.create(job_id, Wanted("faces", priority=priority, kind="evaluation"), [])
    monkeypatch.setattr(worker, "tools", lambda: worker.Tools(Settings(), store, Files(place.blobs)))
    monkeypatch.setattr(evaluation, "run_evaluation", lambda store, book, score, job_id, lease: begun.append(job_id))
    worker.run_evaluation("e1")
    assert begun == ["e2"]


def test_who_finds_a_job_taken_works_on_the_next(place: Backends, monkeypatch: pytest.MonkeyPatch) -> None:
    edited = list[str]()
    store = JobStore(place.database)
    for job_id, kind in (("a1", "translation"), ("s1", "study")):
        place.blobs.write(f"{job_id}/0", io.BytesIO(b"photo"))
        store.create(job_id, Wanted("faces", {}, kind=kind), [Upload("a.jpg", f"{job_id}/0")])
    take = store.take

    def slow_to_take(job_id: str, seconds: float) -> str | None:
        if job_id == "a1":
            take(job_id, seconds)  # another worker's, between the look and the taking
        return take(job_id, seconds)

    def translate(domain: str, photo: bytes, order: str) -> Edit:
        edited.append(order)
        return Edit(photo, "png", Release(Path(), FACES, "tiny", "d" * 64, (8, 8)), "none")

    monkeypatch.setattr(store, "take", slow_to_take)
    monkeypatch.setattr(worker, "tools", lambda: worker.Tools(Settings(), store, Files(place.blobs)))
    statuses = {"faces": SimpleNamespace(release="tiny")}
    pool = SimpleNamespace(statuses=lambda: statuses)
    engine = SimpleNamespace(pool=pool, translate=translate, at_once=lambda _: 1)
    monkeypatch.setattr(worker, "engine", lambda: engine)
    monkeypatch.setattr(worker, "_order", lambda job, _: job.id)
    worker.run_job("a1")
    assert edited == ["s1"]
    assert [store.get(job_id).state for job_id in ("a1", "s1")] == ["running", "succeeded"]


@pytest.mark.parametrize("said", ["", ",", "training", "translation evaluation"])
def test_queues_that_there_are_not_are_refused(said: str) -> None:
    with pytest.raises(ValidationError, match="write some of translation, evaluation, upkeep"):
        Settings(queues=said)


def test_what_each_task_waits_in_is_served_by_somebody() -> None:
    routes: Mapping[str, Mapping[str, str]] = celery.conf.task_routes
    served = {*Settings().worker_queues, "training"}  # which the trainer serves
    assert {route["queue"] for route in routes.values()} | {celery.conf.task_default_queue} == served
    assert {queue.name for queue in celery.conf.task_queues} == served
    assert set(routes) <= set(celery.tasks)


def test_all_at_once_an_evaluation_has_a_worker_of_its_own_unless_it_is_said_otherwise(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("INIT_QUEUES", raising=False)
    parts = {program.name: program.environment for program in services("redis://x")}
    assert parts["worker"]["INIT_QUEUES"] == "translation,upkeep"
    assert "evaluator" in parts
    monkeypatch.setenv("INIT_QUEUES", "translation")
    assert services("redis://x")[1].environment["INIT_QUEUES"] == "translation"
