"""The routes of /v1/jobs over real HTTP; a test plays the worker."""

import io
import json
import zipfile
from pathlib import Path

import httpx
import pytest

from service.engine.orders import Order
from service.jobs.translation import run_slice
from tests.service import photos
from tests.service.serving import MAX_BYTES, MAX_JOB_BYTES, Served
from tests.service.test_faces import BAD_CHANGES, error_code


def create(served: Served, *images: bytes, attributes: str = '{"Smiling": true}', **fields: str) -> httpx.Response:
    """Sends photos named 0.jpg, 1.jpg, ..."""
    files = [("images", (f"{index}.jpg", image)) for index, image in enumerate(images)]
    return served.client.post("/v1/jobs", files=files, data={"attributes": attributes, **fields})


def work(served: Served, job_id: str) -> None:
    """What a worker does, with the real engine."""
    studio = served.studio
    run_slice(
        studio.jobs,
        studio.blobs,
        lambda job, photo: studio.engine.translate(job.domain, photo, Order(job.attributes, format=job.format)),
        job_id,
        60,
        60,
    )


def test_a_job_from_upload_to_zip(served: Served) -> None:
    response = create(served, photos.jpeg(), b"not a photo", photos.jpeg(1), format="png")
    job = response.json()
    assert (response.status_code, response.headers["Location"]) == (202, f"/v1/jobs/{job['id']}")
    assert (job["state"], job["total"], job["result_url"]) == ("queued", 3, None)
    assert served.enqueued == [job["id"]]
    work(served, job["id"])

    ended = served.client.get(response.headers["Location"]).json()
    assert (ended["state"], ended["done"], ended["failed"]) == ("succeeded", 2, 1)
    assert [item["state"] for item in ended["items"]] == ["done", "failed", "done"]
    assert ended["items"][1]["error"].startswith("The file is not an image")
    assert ended["release"]["name"] == "tiny"

    result = served.client.get(ended["result_url"])
    assert result.headers["Content-Type"] == "application/zip"
    archive = zipfile.ZipFile(io.BytesIO(result.content))
    assert archive.namelist() == ["manifest.json", "0001-0.png", "0003-2.png"]
    single = served.client.post(
        "/v1/faces/translate",
        files={"image": ("0.jpg", photos.jpeg())},
        data={"attributes": '{"Smiling": true}', "format": "png"},
    )
    assert archive.read("0001-0.png") == single.content
    manifest = json.loads(archive.read("manifest.json"))
    assert [photo["file"] for photo in manifest["photos"]] == ["0001-0.png", None, "0003-2.png"]
    assert manifest["attributes"] == {"Smiling": True}


def test_jobs_are_listed_from_the_newest(served: Served) -> None:
    ids = [create(served, photos.jpeg()).json()["id"] for _ in range(3)]
    listed = served.client.get("/v1/jobs", params={"limit": 2}).json()
    assert ([job["id"] for job in listed["jobs"]], listed["total"]) == ([ids[2], ids[1]], 3)
    rest = served.client.get("/v1/jobs", params={"limit": 2, "offset": 2}).json()
    assert [job["id"] for job in rest["jobs"]] == [ids[0]]
    assert "items" not in listed["jobs"][0]
    refused = served.client.get("/v1/jobs", params={"limit": 0})
    assert (refused.status_code, error_code(refused)) == (422, "invalid_request")


def test_cancelling(served: Served) -> None:
    url = create(served, photos.jpeg()).headers["Location"]
    cancelled = served.client.post(f"{url}/cancel")
    assert (cancelled.status_code, cancelled.json()["state"]) == (202, "cancelled")
    again, result = served.client.post(f"{url}/cancel"), served.client.get(f"{url}/result")
    assert (again.status_code, error_code(again)) == (409, "job_finished")
    assert (result.status_code, error_code(result)) == (409, "job_without_result")


def test_a_result_is_refused_before_the_end(served: Served) -> None:
    url = create(served, photos.jpeg()).headers["Location"]
    result = served.client.get(f"{url}/result")
    assert (result.status_code, error_code(result)) == (409, "job_not_finished")


@pytest.mark.parametrize(
    ("job_id", "error"),
    [
        ("0" * 32, (404, "unknown_job")),
        ("nothing", (404, "unknown_job")),
        ("%2e%2e", (422, "invalid_request")),
        ("' OR 1=1", (422, "invalid_request")),
        ("%00", (422, "invalid_request")),
    ],
)
def test_an_unknown_job(served: Served, job_id: str, error: tuple[int, str]) -> None:
    for answer in (
        served.client.get(f"/v1/jobs/{job_id}"),
        served.client.get(f"/v1/jobs/{job_id}/result"),
        served.client.post(f"/v1/jobs/{job_id}/cancel"),
    ):
        assert (answer.status_code, error_code(answer)) == error


def test_a_photo_that_is_too_large_fails_alone_and_is_not_kept(served: Served, tmp_path: Path) -> None:
    url = create(served, photos.jpeg() + bytes(MAX_BYTES), photos.jpeg()).headers["Location"]
    job = served.client.get(url).json()
    assert (job["failed"], job["items"][0]["state"]) == (1, "failed")
    assert "larger than" in job["items"][0]["error"]
    assert len(list((tmp_path / "blobs" / job["id"]).iterdir())) == 1


def test_what_a_job_cannot_take_is_refused_and_nothing_is_kept(served: Served, tmp_path: Path) -> None:
    refused = {
        "too_many_images": create(served, *[b"x"] * 6),
        "malformed_request": create(served, *[b"x"] * 11),
        "upload_too_large": create(served, bytes(MAX_JOB_BYTES + 2**21)),
        "unknown_domain": create(served, photos.jpeg(), domain="cats"),
        "invalid_request": create(served),
    }
    codes = {name: (answer.status_code, error_code(answer)) for name, answer in refused.items()}
    statuses = (413, 400, 413, 404, 422)
    assert codes == {name: (status, name) for name, status in zip(refused, statuses, strict=True)}
    assert served.client.get("/v1/jobs").json() == {"jobs": [], "total": 0}
    assert not (tmp_path / "blobs").exists()
    assert served.enqueued == []


@pytest.mark.parametrize("case", BAD_CHANGES)
def test_a_change_that_cannot_be_is_refused(served: Served, case: str) -> None:
    attributes, code = BAD_CHANGES[case]
    answer = create(served, photos.jpeg(), attributes=attributes)
    assert (answer.status_code, error_code(answer)) == (422, code)
