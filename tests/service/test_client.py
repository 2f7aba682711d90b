"""The clients, sync and async alike, against the served application and against a server that misbehaves as told."""

import asyncio
import io
import json
import subprocess
import sys
import threading
import time
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.utils import formatdate
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, cast, get_type_hints

import httpx
import numpy as np
import pytest
from PIL import Image

from service import client, schemas
from service.client import ApiError, AsyncClient, Client, NoAnswer, answers, calls
from service.client.calls import Call
from service.client.failures import retry_after
from service.client.retries import Retries, attempts, until_ended
from service.faces import Face
from service.jobs import schemas as jobs
from service.up import free_port
from tests.service import photos
from tests.service.releases import tiny_release
from tests.service.serving import Served, serve
from tests.service.test_jobs import work

BUSY = {"error": {"code": "too_busy", "message": "Too many photos are waiting.", "request_id": "r1"}}
TYPES = {
    client.Attribute: schemas.AttributeView, client.Domain: schemas.DomainView, client.Face: schemas.FaceView,
    client.Faces: schemas.FaceList, client.Item: jobs.ItemView, answers.Items: jobs.ItemList, client.Job: jobs.JobView,
    client.JobDetail: jobs.JobDetail, client.Release: schemas.ReleaseView,
    client.ReleaseDetail: schemas.ReleaseDetail, client.Shown: schemas.PhotoAttributes,
    client.WebhookCall: jobs.WebhookCall,
}  # fmt: skip


FACE = Face(
    (60.0, 70.0, 120.0, 150.0), ((74.0, 98.0), (104.0, 98.0), (89.0, 115.0), (77.0, 130.0), (101.0, 130.0)), 1.0
)


class OneFace:
    """Finds the same face in every photo."""

    def find(self, photo: Image.Image) -> list[Face]:
        """The face."""
        return [FACE]


class Awaited:
    """An AsyncClient whose methods are called as those of a Client are."""

    def __init__(self, url: str, **options: Any) -> None:
        self._runner = asyncio.Runner()
        self._client = AsyncClient(url, **options)

    def __getattr__(self, name: str) -> Any:
        method = getattr(self._client, name)
        return lambda *args, **options: self._runner.run(method(*args, **options))

    def __enter__(self) -> "Awaited":
        return self

    def __exit__(self, *_: object) -> None:
        self._runner.run(self._client.close())
        self._runner.close()


@pytest.fixture(params=[Client, Awaited], ids=["sync", "async"])
def make(request: pytest.FixtureRequest) -> type[Client]:
    """Makes a client; both kinds have to pass the same tests."""
    return cast(type[Client], request.param)


@pytest.fixture(scope="module")
def served(releases: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """The application, one for all of these tests."""
    with serve(releases, tmp_path_factory.mktemp("served"), finder=OneFace()) as served:
        yield served


@pytest.fixture
def studio(make: type[Client], served: Served) -> Iterator[Client]:
    """A client of the served application."""
    with make(str(served.client.base_url)) as client:
        yield client


@dataclass
class Scripted:
    """A server that gives answers (status, headers, body) one after the other; None cuts the connection."""

    url: str
    answers: list[tuple[int, dict[str, str], bytes] | None]
    bodies: list[bytes] = field(default_factory=list)
    keys: list[str | None] = field(default_factory=list)


@contextmanager
def scripted(*answers: tuple[int, dict[str, str], bytes] | None) -> Iterator[Scripted]:
    """Serves what is told until the block is left."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            script.bodies.append(self.rfile.read(int(self.headers.get("Content-Length", 0))))
            script.keys.append(self.headers.get("Idempotency-Key"))
            answer = script.answers.pop(0)
            if answer is not None:
                status, headers, body = answer
                self.send_response(status)
                for name, value in {"Content-Length": str(len(body)), **headers}.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(body)

        do_GET = do_POST

        def log_message(self, *_: object) -> None:
            """Keeps quiet."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        script = Scripted(f"http://127.0.0.1:{server.server_port}", list(answers))
        threading.Thread(target=server.serve_forever, args=(0.01,)).start()
        try:
            yield script
        finally:
            server.shutdown()


def answer(status: int, body: object, **headers: str) -> tuple[int, dict[str, str], bytes]:
    """An answer of JSON; `Retry_After` as a name stands for Retry-After."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return status, {"Content-Type": "application/json", **named}, json.dumps(body).encode()


def answered(status: int, **headers: str) -> httpx.Response:
    """The same as httpx gives it."""
    code, named, body = answer(status, BUSY, **headers)
    return httpx.Response(code, headers=named, content=body, request=httpx.Request("GET", "http://studio/v1/domains"))


def broken(error: type[httpx.RequestError]) -> httpx.RequestError:
    """What httpx raises."""
    return error("it broke", request=httpx.Request("GET", "http://studio/v1/domains"))


def test_importing_the_client_imports_neither_torch_nor_the_service() -> None:
    program = "import sys, service.client; print(*sorted({name.partition('.')[0] for name in sys.modules}))"
    output = subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, text=True).stdout
    assert "httpx" in output.split()
    heavy = {"torch", "numpy", "PIL", "training", "fastapi", "starlette", "pydantic", "pydantic_settings", "celery"}
    assert heavy.isdisjoint(output.split())


@pytest.mark.parametrize(("ours", "theirs"), TYPES.items(), ids=lambda kind: kind.__name__)
def test_its_types_are_those_of_the_api(ours: type, theirs: type[schemas.Schema]) -> None:
    assert set(get_type_hints(ours)) == set(theirs.model_fields)


def test_both_clients_have_the_same_methods() -> None:
    plain, awaited = (
        {name: method.__annotations__ for name, method in vars(kind).items() if not name.startswith("_")}
        for kind in (Client, AsyncClient)
    )
    assert plain == awaited


def test_domains_and_what_a_photo_shows(studio: Client) -> None:
    faces, *others = studio.domains()
    assert (faces["name"], faces["ready"]) == ("faces", True)
    assert [(other["name"], other["ready"]) for other in others] == [("seasons", False), ("edges", False)]
    shown = studio.attributes("faces", photos.jpeg(), aligned=True)
    assert set(shown["attributes"]) == {attribute["name"] for attribute in faces["attributes"]}
    assert shown["release"] == faces["release"]


def test_an_edit_with_all_that_is_known_of_it(studio: Client, tmp_path: Path) -> None:
    result = studio.translate("faces", photos.jpeg(), {"Smiling": True}, aligned=True, format="png")
    assert result.media_type == "image/png"
    assert result.release["name"] == "tiny"
    assert len(result.release["digest"]) == 12
    assert (result.runtime, result.faces) == ("torch-cpu-fp32", 0)
    assert {"decode", "forward", "encode"} <= set(result.timings)
    assert len(result.request_id) == 32
    saved = result.save(tmp_path / "smiling.png")
    assert Image.open(io.BytesIO(saved.read_bytes())).size == (photos.WIDTH, photos.HEIGHT)
    assert list(tmp_path.iterdir()) == [saved]


def test_a_photo_may_be_a_path_bytes_or_a_file(studio: Client, tmp_path: Path) -> None:
    path = tmp_path / "me.jpg"
    path.write_bytes(photos.jpeg())
    with path.open("rb") as file:
        given = (path, str(path), path.read_bytes(), file, io.BytesIO(path.read_bytes()))
        results = {studio.translate("faces", photo, {"Smiling": True}, aligned=True).data for photo in given}
    assert len(results) == 1


def test_options_reach_the_model(studio: Client) -> None:
    photo, change = photos.encoded(photos.portrait(), "PNG"), {"Smiling": True}
    weak, plain = (studio.translate("faces", photo, change, strength=each, aligned=True) for each in (0.0, 1.0))
    pin = plain.release["digest"]
    same = studio.translate("faces", photo, change, face="all", aligned=True, priority="bulk", release=pin)
    assert np.array_equal(np.asarray(Image.open(io.BytesIO(weak.data))), np.asarray(photos.portrait()))
    assert weak.data != plain.data == same.data
    none = studio.translate("faces", photo, change, strengths={"Smiling": 0}, aligned=True)
    assert none.data == weak.data
    with pytest.raises(ApiError) as caught:
        studio.attributes("faces", photo, aligned=True, release="0" * 12)
    assert caught.value.code == "unknown_release"


def test_the_faces_of_a_photo(studio: Client) -> None:
    found = studio.faces("faces", photos.jpeg())
    assert (found["width"], found["height"]) == (photos.WIDTH, photos.HEIGHT)
    assert [face["box"] for face in found["faces"]] == [list(FACE.box)]
    shown = studio.attributes("faces", photos.jpeg(), face=0)
    assert shown["face"] == found["faces"][0]
    assert studio.translate("faces", photos.jpeg(), {"Smiling": True}, face=0).faces == 1
    with pytest.raises(ApiError) as caught:
        studio.translate("faces", photos.jpeg(), {"Smiling": True}, face=1)
    assert caught.value.code == "unknown_face"


def test_grids_as_a_picture_and_as_files(studio: Client) -> None:
    every = studio.grid("faces", photos.jpeg(), aligned=True, format="png")
    assert (every.media_type, every.release["name"]) == ("image/png", "tiny")
    stronger = studio.grid("faces", photos.jpeg(), {"Smiling": True}, strengths=[0.5, 1.5], aligned=True, zip=True)
    changes = [{"Smiling": True}, {"Young": False}, {"Male": True}]
    several = studio.grid("faces", photos.jpeg(), changes, aligned=True, zip=True)
    names = [zipfile.ZipFile(io.BytesIO(grid.data)).namelist() for grid in (stronger, several)]
    assert [len(each) for each in names] == [1 + 2 + 1, 1 + 3 + 1]


def test_a_release_is_promoted_and_rolled_back(make: type[Client], tmp_path: Path) -> None:
    tiny_release(tmp_path / "releases")
    other = tiny_release(tmp_path / "releases", "other", seed=1, promote=False)
    with serve(tmp_path / "releases", tmp_path) as served, make(str(served.client.base_url)) as studio:
        assert [(each["name"], each["promoted"]) for each in studio.releases("faces")] == [
            ("other", False), ("tiny", True),
        ]  # fmt: skip
        assert studio.promote("faces", "other")["release"] == {"name": "other", "digest": other.digest}
        assert studio.translate("faces", photos.jpeg(), {"Smiling": True}, aligned=True).release["name"] == "other"
        back = studio.rollback("faces")["release"]
        assert back
        assert back["name"] == "tiny"
        with pytest.raises(ApiError) as caught:
            studio.promote("faces", "third")
        assert caught.value.code == "unknown_release"


def test_an_error_has_its_code_message_status_and_request_id(studio: Client) -> None:
    with pytest.raises(ApiError, match="not an image") as caught:
        studio.translate("faces", b"not a photo", {"Smiling": True})
    error = caught.value
    assert (error.code, error.status, len(error.request_id)) == ("not_an_image", 415, 32)
    with pytest.raises(ApiError, match="'Hat' is not an attribute") as caught:
        studio.translate("faces", photos.jpeg(), {"Hat": True})
    assert caught.value.code == "unknown_attribute"
    with pytest.raises(ApiError, match="There is no domain 'no such'"):
        studio.translate("no such", photos.jpeg(), {"Hat": True})


def test_a_job_from_photos_to_a_zip_on_disk(studio: Client, served: Served, tmp_path: Path) -> None:
    (tmp_path / "ada.jpg").write_bytes(photos.jpeg())
    half = {"Smiling": 0.5}
    sent: list[client.Photo] = [tmp_path / "ada.jpg", b"not a photo"]
    job = studio.create_job(sent, {"Smiling": True}, aligned=True, format="png", strengths=half)
    assert (job["state"], job["total"], job["domain"], job["aligned"]) == ("queued", 2, "faces", True)
    assert job["options"]["strengths"] == half
    with pytest.raises(TimeoutError, match="still queued"):
        studio.wait(job["id"], every=0.01, timeout=0.05)
    with pytest.raises(ApiError) as caught:
        studio.result(job["id"], tmp_path / "edited.zip")
    assert caught.value.code == "job_not_finished"
    assert not (tmp_path / "edited.zip").exists()

    work(served, job["id"])
    ended = studio.wait(job["id"])
    assert (ended["state"], ended["eta_seconds"]) == ("succeeded", None)
    items = studio.items(job["id"])
    assert [(item["filename"], item["state"]) for item in items] == [("ada.jpg", "done"), ("photo", "failed")]
    archive = zipfile.ZipFile(studio.result(job["id"], tmp_path / "edited.zip"))
    assert archive.namelist() == ["0001-ada.png", "manifest.json"]


def test_a_job_is_cancelled(studio: Client) -> None:
    job = studio.create_job([photos.jpeg()], {"Smiling": True})
    assert studio.cancel(job["id"])["state"] == "cancelled"
    assert studio.job(job["id"])["state"] == "cancelled"


def test_a_busy_service_is_asked_again_with_the_whole_photo(make: type[Client], tmp_path: Path) -> None:
    (tmp_path / "me.jpg").write_bytes(b"pixels")
    done = (200, {"Content-Type": "image/jpeg"}, b"edited")
    answers = answer(503, BUSY, Retry_After="0"), answer(429, BUSY), done
    with scripted(*answers) as server, make(server.url) as client, (tmp_path / "me.jpg").open("rb") as file:
        assert client.translate("faces", file, {"Smiling": True}).data == b"edited"
    assert len(server.bodies) == 3
    assert all(b"pixels" in body for body in server.bodies)


def test_a_connection_that_breaks_is_made_again(make: type[Client]) -> None:
    with scripted(None, answer(200, {"domains": []})) as server, make(server.url) as client:
        assert client.domains() == []


def test_a_job_whose_answer_is_lost_is_sent_again_and_is_still_one(make: type[Client], served: Served) -> None:
    made = answer(202, {"id": "j"})
    with scripted(None, made) as server, make(server.url) as client:
        assert client.create_job([b"pixels"], {"Smiling": True})["id"] == "j"
    first, second = server.keys
    assert first == second
    assert first


def test_a_job_that_failed_is_tried_again_and_removed(studio: Client, served: Served) -> None:
    job = studio.create_job([b"no photo", photos.jpeg()], {"Smiling": True}, priority="high", aligned=True)
    assert job["priority"] == 1
    studio.cancel(job["id"])
    assert studio.retry(job["id"])["state"] == "queued"
    work(served, job["id"])
    assert studio.wait(job["id"])["done"] == 1
    studio.delete(job["id"])
    with pytest.raises(ApiError, match="no such job"):
        studio.job(job["id"])


def test_a_result_that_breaks_off_leaves_no_file_and_is_fetched_again(make: type[Client], tmp_path: Path) -> None:
    half = (200, {"Content-Length": "8"}, b"half")
    with scripted(half, (200, {}, b"complete")) as server, make(server.url) as client:
        client.result("j", tmp_path / "edited.zip")
    assert [path.read_bytes() for path in tmp_path.iterdir()] == [b"complete"]
    with scripted(half) as server, make(server.url, tries=1) as client, pytest.raises(NoAnswer):
        client.result("j", tmp_path / "again.zip")
    assert [path.name for path in tmp_path.iterdir()] == ["edited.zip"]


def test_nobody_listening_is_told_with_the_address_and_what_to_do(make: type[Client]) -> None:
    url = f"http://127.0.0.1:{free_port()}"
    with make(url, tries=2) as client, pytest.raises(NoAnswer, match=f"{url}.*make run"):
        client.domains()


def test_a_silent_service_is_given_up_after_the_timeout_and_not_asked_again(make: type[Client], served: Served) -> None:
    served.model.open.clear()
    try:
        with make(str(served.client.base_url), timeout=0.5) as client, pytest.raises(NoAnswer):
            client.translate("faces", photos.jpeg(), {"Smiling": True})
    finally:
        served.model.open.set()


def test_another_server_at_the_address_is_told(make: type[Client]) -> None:
    page = (200, {"Content-Type": "text/html"}, b"<html>")
    with scripted((502, {}, b"<html>"), page) as server, make(server.url) as client:
        for status in (502, 200):
            with pytest.raises(ApiError, match="is it the address of the service") as caught:
                client.domains()
            assert (caught.value.status, caught.value.code) == (status, f"http_{status}")


@pytest.mark.parametrize("url", ["127.0.0.1:8000", "studio", "ftp://studio", "http://"])
def test_what_is_no_address_is_told_at_once(make: type[Client], url: str) -> None:
    with pytest.raises(ValueError, match="write it like http://"):
        make(url)


def test_the_wait_is_no_shorter_than_asked_and_grows() -> None:
    flow = attempts(calls.domains(), Retries(tries=9, seconds=1000))
    assert isinstance(next(flow), Call)
    first = flow.send(answered(503, Retry_After="30"))
    assert isinstance(first, float)
    assert first >= 30
    waits = []
    for _ in range(5):
        assert isinstance(next(flow), Call)
        wait = flow.throw(broken(httpx.ConnectError))
        assert isinstance(wait, float)
        waits.append(wait)
    assert waits == sorted(waits)
    assert max(waits) <= 12


@pytest.mark.parametrize("retries", [Retries(tries=1), Retries(seconds=29)], ids=["tries", "seconds"])
def test_tries_and_time_are_bounded(retries: Retries) -> None:
    flow = attempts(calls.domains(), retries)
    next(flow)
    with pytest.raises(ApiError) as caught:
        flow.send(answered(503, Retry_After="30"))
    assert (caught.value.code, caught.value.retry_after) == ("too_busy", 30)


@pytest.mark.parametrize("status", [400, 404, 409, 413, 415, 422, 500])
def test_other_errors_are_final(status: int) -> None:
    flow = attempts(calls.domains(), Retries())
    next(flow)
    with pytest.raises(ApiError):
        flow.send(answered(status))


@pytest.mark.parametrize(
    ("error", "repeatable", "again"),
    [
        (httpx.ConnectError, False, True), (httpx.ConnectTimeout, False, True), (httpx.ReadError, False, False),
        (httpx.ReadError, True, True), (httpx.RemoteProtocolError, True, True), (httpx.ReadTimeout, True, False),
    ],
)  # fmt: skip
def test_which_failures_of_the_connection_are_tried_again(
    error: type[httpx.RequestError], repeatable: bool, again: bool
) -> None:
    flow = attempts(Call("/", httpx.Response.json, repeatable=repeatable), Retries())
    next(flow)
    if again:
        assert isinstance(flow.throw(broken(error)), float)
    else:
        with pytest.raises(NoAnswer):
            flow.throw(broken(error))


def test_a_job_is_asked_for_until_it_has_ended() -> None:
    flow = until_ended("j", 2.5, None, Retries())
    next(flow)
    request = httpx.Request("GET", "http://studio/v1/jobs/j")
    assert flow.send(httpx.Response(200, json={"state": "running"}, request=request)) == 2.5
    next(flow)
    with pytest.raises(StopIteration) as end:
        flow.send(httpx.Response(200, json={"state": "failed"}, request=request))
    assert end.value.value == {"state": "failed"}


def test_retry_after_is_read_in_both_its_forms() -> None:
    assert retry_after("7") == 7
    assert 50 < (retry_after(formatdate(time.time() + 60, usegmt=True)) or 0) <= 60
    assert retry_after(formatdate(0, usegmt=True)) == 0
    assert retry_after(None) is retry_after("soon") is None
