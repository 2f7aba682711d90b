"""The routes of /v1/jobs over real HTTP; a test plays the worker."""

import io
import json
import zipfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import pytest

from service.engine.orders import Edit
from service.jobs.models import Item, Job
from service.jobs.translation import photo_order, run_slice
from tests.service import photos
from tests.service.backends import Backends
from tests.service.serving import MAX_BYTES, MAX_JOB_BYTES, Served, serve
from tests.service.test_faces import BAD_CHANGES, error_code

SMILING = '{"Smiling": true}'


@pytest.fixture
def served(releases: Path, tmp_path: Path, backends: Backends) -> Iterator[Served]:
    """The application on either set of backends."""
    with serve(releases, tmp_path, backends=backends) as served:
        yield served


def create(
    served: Served, *images: bytes, attributes: str = '{"Smiling": true}', key: str | None = None, **fields: str
) -> httpx.Response:
    """Sends photos named 0.jpg, 1.jpg, ..."""
    headers = {"Idempotency-Key": key} if key else None
    files = [("images", (f"{index}.jpg", image)) for index, image in enumerate(images)]
    return served.client.post(
        "/v1/jobs/translations", headers=headers, files=files, data={"attributes": attributes, **fields}
    )


def items(served: Served, job_id: str, **query: str | int) -> list[dict[str, Any]]:
    """The photos of a job."""
    found: list[dict[str, Any]] = served.client.get(f"/v1/jobs/{job_id}/items", params=query).json()["items"]
    return found


def groups(served: Served) -> list[str]:
    """Of whose files any are kept."""
    return [group for group, _ in served.studio.blobs.groups()]


def work(served: Served, job_id: str) -> None:
    """What a worker does, with the real engine."""
    studio = served.studio

    def translate(job: Job, item: Item, photo: bytes) -> Edit:
        order = photo_order(item.attributes or job.attributes, job.options, format=job.format)
        return studio.engine.translate(job.domain, photo, order)

    run_slice(studio.jobs, studio.files, translate, job_id, 60, 60)


def test_a_job_from_upload_to_zip(served: Served) -> None:
    response = create(served, photos.jpeg(), b"not a photo", photos.jpeg(1), format="png")
    job = response.json()
    assert (response.status_code, response.headers["Location"]) == (202, f"/v1/jobs/{job['id']}")
    assert (job["state"], job["total"], job["result_url"]) == ("queued", 3, None)
    assert served.enqueued == [job["id"]]
    work(served, job["id"])

    ended = served.client.get(response.headers["Location"]).json()
    assert (ended["state"], ended["done"], ended["failed"]) == ("succeeded", 2, 1)
    photos_of = items(served, job["id"])
    assert [item["state"] for item in photos_of] == ["done", "failed", "done"]
    assert photos_of[1]["error"].startswith("The file is not an image")
    assert ended["release"]["name"] == "tiny"

    result = served.client.get(ended["result_url"])
    assert result.headers["Content-Type"] == "application/zip"
    archive = zipfile.ZipFile(io.BytesIO(result.content))
    assert archive.namelist() == ["0001-0.png", "0003-2.png", "manifest.json"]
    single = served.client.post(
        "/v1/faces/translate",
        files={"image": ("0.jpg", photos.jpeg())},
        data={"attributes": '{"Smiling": true}', "format": "png"},
    )
    assert archive.read("0001-0.png") == single.content == served.client.get(photos_of[0]["result_url"]).content
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


def test_jobs_are_listed_by_state_domain_and_kind(served: Served) -> None:
    first, second = (create(served, photos.jpeg()).json()["id"] for _ in range(2))
    served.client.post(f"/v1/jobs/{first}/cancel")

    def listed(**query: str | list[str]) -> list[str]:
        return [job["id"] for job in served.client.get("/v1/jobs", params=query).json()["jobs"]]

    assert listed(state="queued") == [second]
    assert listed(state=["queued", "cancelled"]) == [second, first]
    assert listed(domain="seasons") == []
    assert (listed(kind="translation"), listed(kind="training")) == ([second, first], [])
    assert served.client.get("/v1/jobs", params={"state": "asleep"}).status_code == 422


def test_a_request_that_is_sent_twice_with_its_key_is_one_job(served: Served, tmp_path: Path) -> None:
    first, again = (create(served, photos.jpeg(), key="k1") for _ in range(2))
    assert (first.json()["id"], again.status_code) == (again.json()["id"], 202)
    assert served.enqueued == [first.json()["id"]]
    assert len(groups(served)) == 1
    other = create(served, photos.jpeg(), key="k1", format="png")
    assert (other.status_code, error_code(other)) == (409, "idempotency_conflict")
    assert create(served, photos.jpeg(), key="k2").json()["id"] != first.json()["id"]


def test_requests_with_the_same_key_at_the_same_time_are_one_job(served: Served, tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: create(served, photos.jpeg(), key="k1"), range(8)))
    assert {answer.status_code for answer in answers} == {202}
    assert len({answer.json()["id"] for answer in answers}) == 1
    assert served.client.get("/v1/jobs").json()["total"] == len(groups(served)) == 1


def test_where_a_job_stands(served: Served) -> None:
    first, second, urgent = (create(served, photos.jpeg(), priority=name) for name in ("normal", "normal", "high"))
    ahead = [served.client.get(answer.headers["Location"]).json()["ahead"] for answer in (first, second, urgent)]
    assert ahead == [1, 2, 0]
    work(served, create(served, *[photos.jpeg()] * 4, priority="high").json()["id"])
    job = served.client.get(second.headers["Location"]).json()
    assert 0 < job["eta_seconds"] < 60
    served.client.post(f"{second.headers['Location']}/cancel")
    ended = served.client.get(second.headers["Location"]).json()
    assert (ended["ahead"], ended["eta_seconds"]) == (None, None)


def test_photos_are_listed_in_parts_and_by_state(served: Served) -> None:
    job_id = create(served, photos.jpeg(), b"no photo", photos.jpeg(1)).json()["id"]
    work(served, job_id)
    part = served.client.get(f"/v1/jobs/{job_id}/items", params={"limit": 2}).json()
    assert ([item["index"] for item in part["items"]], part["next"]) == ([0, 1], 1)
    rest = served.client.get(f"/v1/jobs/{job_id}/items", params={"after": 1, "limit": 2}).json()
    assert ([item["index"] for item in rest["items"]], rest["next"]) == ([2], None)
    assert [item["index"] for item in items(served, job_id, state="failed")] == [1]
    failed, none = (served.client.get(f"/v1/jobs/{job_id}/items/{index}/result") for index in (1, 3))
    assert (failed.status_code, error_code(failed)) == (409, "photo_without_result")
    assert (none.status_code, error_code(none)) == (404, "unknown_photo")


def test_a_job_is_tried_again_with_what_is_left(served: Served) -> None:
    url = create(served, photos.jpeg(), b"no photo").headers["Location"]
    refused = served.client.post(f"{url}/retry")
    assert (refused.status_code, error_code(refused)) == (409, "job_not_finished")
    job_id = url.rpartition("/")[2]
    work(served, job_id)
    before = items(served, job_id)
    assert served.client.post(f"{url}/retry").json()["state"] == "queued"
    assert served.enqueued == [job_id, job_id]
    work(served, job_id)
    assert items(served, job_id) == before
    whole = create(served, photos.jpeg()).headers["Location"]
    work(served, whole.rpartition("/")[2])
    nothing = served.client.post(f"{whole}/retry")
    assert (nothing.status_code, error_code(nothing)) == (409, "nothing_to_retry")
    assert served.client.get(whole).json()["state"] == "succeeded"


def test_an_ended_job_is_removed_with_its_files(served: Served, tmp_path: Path) -> None:
    url = create(served, photos.jpeg()).headers["Location"]
    refused = served.client.delete(url)
    assert (refused.status_code, error_code(refused)) == (409, "job_not_finished")
    served.client.post(f"{url}/cancel")
    assert served.client.delete(url).status_code == 204
    assert groups(served) == []
    assert served.client.get(url).status_code == served.client.delete(url).status_code == 404


def test_a_webhook_that_may_not_be_called_is_refused_and_of_others_it_is_told_how_far_they_are(
    releases: Path, tmp_path: Path
) -> None:
    with serve(releases, tmp_path, webhook_secret="s3cret") as served:
        asked = {"/v1/jobs/trainings": {"domain": "synthetic", "preset": "synthetic/init"}}
        asked["/v1/jobs/evaluations"] = {"domain": "faces"}
        answers = [
            served.client.post(path, json=body | {"webhook": "http://10.0.0.1/"}) for path, body in asked.items()
        ]
        for answer in (create(served, photos.jpeg(), webhook="http://10.0.0.1/"), *answers):
            assert (answer.status_code, error_code(answer)) == (422, "webhook_not_allowed")
        url = create(served, photos.jpeg(), webhook="https://1.1.1.1/done").headers["Location"]
        assert served.client.get(url).json()["webhook"] is None
        served.client.post(f"{url}/cancel")
        assert served.client.get(url).json()["webhook"] == {"state": "due", "attempts": 0, "error": None}


def zip_of(*photos: tuple[str, bytes]) -> bytes:
    """A zip of photos."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for name, data in photos:
            archive.writestr(name, data)
    return file.getvalue()


def test_a_zip_with_a_table_gives_each_photo_its_own_change(served: Served) -> None:
    files = {
        "archive": (
            "photos.zip",
            zip_of(("x/a.jpg", photos.jpeg()), ("b.jpg", photos.jpeg()), ("c.jpg", photos.jpeg())),
        ),
        "targets": ("t.csv", b"filename,Smiling,Eyeglasses\na.jpg,true,\nb.jpg,false,true\n"),
    }
    strength = {"strength": "0.7", "strengths": '{"Smiling": 0.5}'}
    job = served.client.post("/v1/jobs/translations", files=files, data={"format": "png", **strength}).json()
    work(served, job["id"])
    found = items(served, job["id"])
    assert [(item["filename"], item["state"]) for item in found] == [
        ("x/a.jpg", "done"), ("b.jpg", "done"), ("c.jpg", "failed"),
    ]  # fmt: skip
    assert "no line for this photo" in found[2]["error"]
    for item, change in zip(found, ({"Smiling": True}, {"Smiling": False, "Eyeglasses": True}), strict=False):
        single = served.client.post(
            "/v1/faces/translate",
            files={"image": ("a.jpg", photos.jpeg())},
            data={"attributes": json.dumps(change), "format": "png", **strength},
        )
        assert served.client.get(item["result_url"]).content == single.content
    manifest = json.loads(
        zipfile.ZipFile(io.BytesIO(served.client.get(f"/v1/jobs/{job['id']}/result").content)).read("manifest.json")
    )
    assert manifest["photos"][1]["attributes"] == {"Smiling": False, "Eyeglasses": True}
    assert (manifest["strength"], manifest["strengths"]) == (0.7, {"Smiling": 0.5})


def test_a_folder_is_edited_into_another(releases: Path, tmp_path: Path) -> None:
    for name in ("in/x", "out"):
        (tmp_path / name).mkdir(parents=True)
    (tmp_path / "in" / "x" / "a.jpg").write_bytes(photos.jpeg())
    (tmp_path / "in" / "b.jpg").write_bytes(b"no photo")
    fields = {"attributes": '{"Smiling": true}', "folder": str(tmp_path / "in"), "into": str(tmp_path / "out")}
    with serve(releases, tmp_path / "data", folders=f"{tmp_path / 'in'},{tmp_path / 'out'}") as served:
        answer = served.client.post("/v1/jobs/translations", data=fields)
        assert answer.status_code == 202, answer.text
        work(served, answer.json()["id"])
        assert [item["state"] for item in items(served, answer.json()["id"])] == ["failed", "done"]
        assert [path.relative_to(tmp_path / "out").as_posix() for path in (tmp_path / "out").rglob("*.*")] == [
            "x/a.jpg"
        ]
        elsewhere = served.client.post("/v1/jobs/translations", data=fields | {"folder": str(tmp_path)})
        assert (elsewhere.status_code, error_code(elsewhere)) == (422, "folder_not_allowed")
        for into in ("in", "in/x"):
            replacing = served.client.post("/v1/jobs/translations", data=fields | {"into": str(tmp_path / into)})
            assert (replacing.status_code, error_code(replacing)) == (422, "folder_not_allowed")
            assert "would replace photos" in replacing.text
        assert groups(served) == []


def test_photos_of_one_name_have_a_result_each_and_one_that_was_taken_away_is_told(
    releases: Path, tmp_path: Path
) -> None:
    (out := tmp_path / "out").mkdir()
    same = [("images", ("a.jpg", photos.jpeg(seed))) for seed in (0, 1)]
    with serve(releases, tmp_path / "data", folders=str(out)) as served:
        fields = {"attributes": SMILING, "into": str(out)}
        job = served.client.post("/v1/jobs/translations", files=same, data=fields).json()["id"]
        work(served, job)
        assert sorted(path.name for path in out.iterdir()) == ["a-2.jpg", "a.jpg"]
        results = [served.client.get(f"/v1/jobs/{job}/items/{index}/result").content for index in (0, 1)]
        assert results == [(out / name).read_bytes() for name in ("a.jpg", "a-2.jpg")]
        assert results[0] != results[1]
        (out / "a.jpg").unlink()
        gone = served.client.get(f"/v1/jobs/{job}/items/0/result")
        assert (gone.status_code, error_code(gone)) == (409, "photo_without_result")
        assert "no longer where it was put" in gone.text


@pytest.mark.parametrize(
    ("files", "data", "code"),
    [
        ({}, {"attributes": SMILING}, "invalid_request"),
        ({"images": ("a.jpg", b"x")}, {}, "invalid_request"),
        ({"images": ("a.jpg", b"x"), "archive": ("a.zip", b"x")}, {"attributes": SMILING}, "invalid_request"),
        ({"archive": ("a.zip", b"no zip")}, {"attributes": SMILING}, "invalid_archive"),
        ({"archive": ("a.zip", zip_of())}, {"attributes": SMILING}, "invalid_archive"),
        ({"images": ("a.jpg", b"x"), "targets": ("t.csv", b"no table")}, {}, "invalid_targets"),
        (
            {"images": ("a.jpg", b"x"), "targets": ("t.csv", b"filename,Black_Hair,Blond_Hair\na.jpg,1,1\n")}, {},
            "contradictory_attributes",
        ),
        ({}, {"attributes": SMILING, "folder": "/etc"}, "folder_not_allowed"),
        ({"images": ("a.jpg", b"x")}, {"attributes": SMILING, "into": "/tmp"}, "folder_not_allowed"),
        ({"images": ("a.jpg", b"x")}, {"attributes": SMILING, "strength": "3"}, "invalid_strength"),
        ({"images": ("a.jpg", b"x")}, {"attributes": SMILING, "strengths": '{"Young": 1}'}, "invalid_strength"),
        ({"images": ("a.jpg", b"x")}, {"attributes": SMILING, "webhook": "https://1.1.1.1/"}, "webhook_not_allowed"),
    ],
)  # fmt: skip
def test_of_what_cannot_be_a_job_nothing_is_kept(
    served: Served, tmp_path: Path, files: dict[str, tuple[str, bytes]], data: dict[str, str], code: str
) -> None:
    answer = served.client.post("/v1/jobs/translations", files=files, data=data)
    assert (answer.status_code, error_code(answer)) == (422, code)
    assert served.client.get("/v1/jobs").json()["total"] == 0
    assert groups(served) == []


def test_a_photo_that_is_too_large_fails_alone_and_is_not_kept(served: Served, tmp_path: Path) -> None:
    url = create(served, photos.jpeg() + bytes(MAX_BYTES), photos.jpeg()).headers["Location"]
    job = served.client.get(url).json()
    first = items(served, job["id"])[0]
    assert (job["failed"], first["state"]) == (1, "failed")
    assert "larger than" in first["error"]
    kept = [item.source is not None for item in served.studio.jobs.photos.list(job["id"], -1, 9)]
    assert kept == [False, True]


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
    assert groups(served) == []
    assert served.enqueued == []


@pytest.mark.parametrize("case", BAD_CHANGES)
def test_a_change_that_cannot_be_is_refused(served: Served, case: str) -> None:
    attributes, code = BAD_CHANGES[case]
    answer = create(served, photos.jpeg(), attributes=attributes)
    assert (answer.status_code, error_code(answer)) == (422, code)
