"""Trainings as they are asked for over HTTP: what is refused before anything is queued, and how a job looks."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.service.serving import Served, serve
from tests.service.test_faces import error_code
from tests.training.datasets import write_celeba, write_folders

DRAWN = {"domain": "synthetic", "preset": "synthetic/init"}


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folders that trainings may read."""
    root = tmp_path_factory.mktemp("data")
    write_celeba(root / "celeba")
    write_folders(root / "seasons", {"trainA": 8, "trainB": 8, "testA": 2, "testB": 2})
    (root / "empty").mkdir()
    (root / "way-out").symlink_to("/")
    return root


@pytest.fixture
def served(releases: Path, data: Path, tmp_path: Path) -> Iterator[Served]:
    """The application; folders below `data` are allowed."""
    with serve(releases, tmp_path, training_data=str(data), training_photos=30, training_devices="cpu") as served:
        yield served


def order(served: Served, key: str | None = None, **fields: object) -> httpx.Response:
    """Asks for a training."""
    headers = {"Idempotency-Key": key} if key else None
    return served.client.post("/v1/jobs/trainings", json=fields, headers=headers)


def test_a_training_is_queued_with_what_the_doctor_found(served: Served, data: Path) -> None:
    overrides = {"steps": 3, "options.hops": 2, "size": [32, 24]}
    response = order(served, preset="debug/init", data=str(data / "celeba"), overrides=overrides, priority="high")
    job = response.json()
    assert (response.status_code, response.headers["Location"]) == (202, f"/v1/jobs/{job['id']}"), response.text
    assert (job["kind"], job["state"], job["domain"], job["priority"]) == ("training", "queued", "faces", 1)
    options = job["options"]
    assert (options["steps"], options["size"], options["division"]) == (3, [32, 24], "test")
    assert options["overrides"] == overrides
    assert options["release"] == f"debug-init-{job['id'][:8]}"
    assert {"code", "severity", "message"} <= set(options["findings"][0])
    assert served.enqueued == [job["id"]]
    for kind, ids in (("training", [job["id"]]), ("translation", [])):
        listed = served.client.get(f"/v1/jobs?kind={kind}").json()
        assert ([each["id"] for each in listed["jobs"]], listed["total"]) == (ids, len(ids))


def test_a_name_of_one_s_own_takes_the_folders_as_attributes(served: Served, data: Path) -> None:
    response = order(served, domain="meadows", preset="debug/cyclegan", data=str(data / "seasons"))
    assert response.status_code == 202, response.text
    assert response.json()["options"]["embedding"] is False


def test_sent_twice_with_its_key_it_is_one_job(served: Served) -> None:
    first, again = (order(served, key="k1", **DRAWN) for _ in range(2))
    assert first.json()["id"] == again.json()["id"]
    assert served.enqueued == [first.json()["id"]]
    other = order(served, key="k1", **DRAWN, overrides={"steps": 5})
    assert (other.status_code, error_code(other)) == (409, "idempotency_conflict")


FACES: dict[str, Any] = {"preset": "debug/init", "data": "celeba"}


@pytest.mark.parametrize(
    ("fields", "code", "sentence"),
    [
        ({**FACES, "preset": "faces/none"}, "invalid_training", "There is no preset 'faces/none'; there are: faces/"),
        (
            {**FACES, "overrides": {"steps": "many"}},
            "invalid_training",
            "overrides: steps: Input should be a valid int",
        ),
        (
            {**FACES, "overrides": {"options.hops": 0}},
            "invalid_training",
            "overrides: options.hops: Input should be",
        ),
        ({**FACES, "overrides": {"size": [33, 32]}}, "invalid_training", "[32, 32] in place of [33, 32]"),
        ({**FACES, "overrides": {"size": [0, 8]}}, "invalid_training", "16 or more: [16, 16] in place of [0, 8]"),
        ({**FACES, "overrides": {"step": 3}}, "invalid_training", "no field 'step'"),
        ({**FACES, "overrides": {"steps.x": 3}}, "invalid_training", "no field 'steps.x'"),
        ({**FACES, "overrides": {"domain.name": "../x"}}, "invalid_training", "domain.name is the preset's"),
        ({**FACES, "overrides": {"method": "stgan"}}, "invalid_training", "method is the preset's"),
        ({**FACES, "overrides": {"batch": 100}}, "invalid_training", "it takes 100 photos at once"),
        ({**FACES, "overrides": [1]}, "invalid_request", "overrides: Input should be a valid dict"),
        ({**FACES, "preset": "debug/cyclegan", "domain": "seasons"}, "invalid_training", "it is for unpaired folders"),
        ({**FACES, "domain": "seasons"}, "invalid_training", "seasons does not go with a preset of faces"),
        ({**FACES, "domain": "../x"}, "invalid_request", "domain: String should match pattern"),
        ({**FACES, "release": "../x"}, "invalid_request", "release: String should match pattern"),
        ({**FACES, "release": "tiny"}, "invalid_training", "faces has a release 'tiny' already"),
        ({**FACES, "data": "empty"}, "invalid_training", "no photos in a layout that is known"),
        ({**FACES, "data": "absent"}, "folder_not_found", "There is no folder"),
        ({**FACES, "data": "celeba/../../"}, "folder_not_allowed", "INIT_TRAINING_DATA"),
        ({**FACES, "data": "way-out/etc"}, "folder_not_allowed", "INIT_TRAINING_DATA"),
        ({**FACES, "data": "celeba\0"}, "folder_not_allowed", "INIT_TRAINING_DATA"),
        ({"preset": "faces/init"}, "invalid_training", "Send data"),
        ({**FACES, "colour": "red"}, "invalid_request", "colour: Extra inputs are not permitted"),
    ],
)
def test_what_cannot_be_trained_is_refused_and_leaves_nothing(
    served: Served, data: Path, tmp_path: Path, fields: dict[str, Any], code: str, sentence: str
) -> None:
    place = {"data": str(data / fields["data"])} if "data" in fields else {}
    response = order(served, **{**fields, **place})
    assert (response.status_code, error_code(response)) == (422, code), response.text
    assert sentence in response.json()["error"]["message"]
    assert served.client.get("/v1/jobs").json()["total"] == 0
    assert served.enqueued == []
    assert not (tmp_path / "runs").exists()


def test_a_number_that_is_none_is_refused(served: Served) -> None:
    body = json.dumps({**DRAWN, "overrides": {"learning_rate": float("nan")}})
    response = served.client.post("/v1/jobs/trainings", content=body, headers={"Content-Type": "application/json"})
    assert (response.status_code, error_code(response)) == (422, "invalid_training")


def test_more_photos_than_are_examined_are_refused(served: Served, data: Path, tmp_path: Path) -> None:
    many = write_folders(data / f"many-{tmp_path.name}", {"trainA": 31})
    response = order(served, domain="seasons", preset="debug/cyclegan", data=str(many))
    assert (response.status_code, error_code(response)) == (422, "invalid_training")
    assert "more than 30 photos" in response.json()["error"]["message"]


def test_artifacts_are_those_of_the_run_alone(served: Served, tmp_path: Path) -> None:
    job_id = order(served, **DRAWN).json()["id"]
    samples = tmp_path / "runs" / job_id / "run" / "samples"
    samples.mkdir(parents=True)
    (samples / "0000002.jpg").write_bytes(b"picture")
    (samples.parent / "checkpoint.safetensors").write_bytes(b"secret")
    found = served.client.get(f"/v1/jobs/{job_id}/artifacts/samples-0000002.jpg")
    assert (found.status_code, found.content, found.headers["Content-Type"]) == (200, b"picture", "image/jpeg")
    for name in ("samples-0000001.jpg", "grid.jpg", "mined-0000002-most.json"):
        assert error_code(served.client.get(f"/v1/jobs/{job_id}/artifacts/{name}")) == "unknown_artifact"
    for name in ("checkpoint.safetensors", "..%2f..%2fstudio.db", "%2e%2e"):
        assert served.client.get(f"/v1/jobs/{job_id}/artifacts/{name}").status_code in (404, 422)


def test_a_cancelled_training_is_tried_again_and_removed_with_its_run(served: Served, tmp_path: Path) -> None:
    job_id = order(served, **DRAWN).json()["id"]
    run = tmp_path / "runs" / job_id
    run.mkdir(parents=True)
    url = f"/v1/jobs/{job_id}"
    assert served.client.post(f"{url}/cancel").json()["state"] == "cancelled"
    assert served.client.post(f"{url}/retry").json()["state"] == "queued"
    assert served.enqueued == [job_id, job_id]
    served.client.post(f"{url}/cancel")
    assert served.client.delete(url).status_code == 204
    assert not run.exists()
