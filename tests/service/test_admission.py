"""Who is let in: a service that is full, or stopping, says so before it has been sent a photo."""

import json
import socket
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace
from urllib.parse import urlsplit

import pytest

from service.routes import door
from tests.processes import until
from tests.service import photos
from tests.service.serving import Served, serve
from tests.service.test_faces import error_code
from tests.service.uploads import form, upload


def url(served: Served) -> str:
    return str(served.client.base_url).rstrip("/")


@contextmanager
def busy(served: Served) -> Iterator[None]:
    """While the one photo that may wait is in the model."""
    served.model.open.clear()
    served.model.entered.clear()
    with ThreadPoolExecutor(1) as pool:
        first = pool.submit(served.client.post, "/v1/faces/translate", **form())
        assert served.model.entered.wait(60)
        try:
            yield
        finally:
            served.model.open.set()
        assert first.result().status_code == 200


@pytest.fixture
def narrow(releases: Path, tmp_path: Path) -> Iterator[Served]:
    """A service that takes one photo at a time."""
    with serve(releases, tmp_path, max_waiting=1) as served:
        yield served


def test_a_full_service_says_so_before_the_photo_is_sent_and_keeps_the_connection(narrow: Served) -> None:
    with upload(url(narrow)) as refused:
        with busy(narrow):
            refused.send_head()
            status, headers, body = refused.answer()
            assert (status, json.loads(body)["error"]["code"]) == (503, "too_busy")
            assert int(headers["retry-after"]) >= 1
        refused.send_body()
        refused.send_head()
        refused.send_body()
        assert refused.answer()[0] == 200


@pytest.mark.parametrize("padding", [0, 2**19], ids=["small", "large"])
def test_who_is_turned_away_is_told_as_of_any_error(
    narrow: Served, padding: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[object] = []
    monkeypatch.setattr(door, "time", SimpleNamespace(monotonic=lambda: 100.0))  # all within the second
    monkeypatch.setattr(door.log, "warning", lambda *words: told.append(words))
    large_or_not = form(photos.jpeg() + b"\0" * padding)
    with busy(narrow):
        answers = [
            narrow.client.post("/v1/faces/translate", headers={"X-Request-ID": f"mine-{i}"}, **large_or_not)
            for i in range(5)
        ]
    for i, answer in enumerate(answers):
        assert (answer.status_code, answer.json()["error"]["code"]) == (503, "too_busy")
        assert answer.json()["error"]["request_id"] == answer.headers["X-Request-ID"] == f"mine-{i}"
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert int(answer.headers["Retry-After"]) >= 1
    counted = 'init_rejections_total{domain="faces",reason="too_busy"} 5.0'
    assert counted in narrow.client.get("/metrics").text
    if not padding:  # so many come at once that a line for each would be the most of the work
        assert len(told) == 1


def test_no_more_photos_are_sent_at_once_than_may_wait(narrow: Served) -> None:
    with upload(url(narrow)) as slow, upload(url(narrow)) as second:
        slow.send_head()
        until(lambda: narrow.studio.entrance.uploads, "the first upload to be let in")
        second.send_head()
        assert second.answer()[0] == 503
        slow.send_body()
        assert slow.answer()[0] == 200
    until(lambda: not narrow.studio.entrance.requests, "both to be over")


def test_who_only_sends_words_takes_no_photo_s_place_and_may_not_send_many(narrow: Served) -> None:
    address = urlsplit(url(narrow))
    lines = (b"POST /v1/ballots/x/votes HTTP/1.1", b"Host: 127.0.0.1", b"Content-Type: application/json")
    with socket.create_connection((str(address.hostname), address.port or 0)) as silent:
        silent.sendall(b"\r\n".join((*lines, b"Content-Length: 9", b"", b"")))  # and nothing after that; without a key
        until(lambda: narrow.studio.entrance.requests, "it to be inside")
        assert (narrow.studio.entrance.uploads, narrow.studio.entrance.words) == (0, 1)
        assert narrow.client.post("/v1/faces/translate", **form()).status_code == 200
    assert narrow.studio.entrance.most_words < narrow.studio.entrance.most_requests // 2
    narrow.studio.entrance.words = narrow.studio.entrance.most_words
    refused = narrow.client.post("/v1/faces/promote", json={"name": "x"})
    assert (refused.status_code, error_code(refused)) == (503, "too_busy")
    assert narrow.client.post("/v1/faces/translate", **form()).status_code == 200
    narrow.studio.entrance.words = 0
    many = b"[" + b"[]," * 30_000 + b"[]]"  # which takes a while to parse
    refused = narrow.client.post("/v1/ballots/x/votes", content=many, headers={"Content-Type": "application/json"})
    assert (refused.status_code, error_code(refused)) == (413, "upload_too_large")


def test_a_client_that_hangs_up_while_it_sends_makes_room(narrow: Served) -> None:
    with upload(url(narrow)) as gone:
        gone.send_head()
        until(lambda: narrow.studio.entrance.uploads, "the upload to be let in")
    until(lambda: not narrow.studio.entrance.requests, "it to be noticed")
    assert narrow.client.post("/v1/faces/translate", **form()).status_code == 200


def test_of_photos_that_were_sent_at_once_no_more_are_read_than_may_wait(releases: Path, tmp_path: Path) -> None:
    with serve(releases, tmp_path, max_waiting=2) as served:
        with upload(url(served)) as second, upload(url(served)) as third:
            with busy(served):
                second.send_head()
                third.send_head()
                until(lambda: served.studio.entrance.uploads == 2, "both to be let in")
                second.send_body()
                until(lambda: served.studio.entrance.photos == 2, "the second to have arrived")
                third.send_body()
                assert third.answer()[0] == 503
            assert second.answer()[0] == 200
        assert served.studio.entrance.photos == 0


def test_an_upload_that_was_answered_before_it_was_read_makes_room(narrow: Served) -> None:
    assert narrow.client.post("/v1/nowhere", content=b"x" * 10).status_code == 404
    assert narrow.client.post("/v1/faces/translate", **form()).status_code == 200


def test_what_needs_no_model_is_answered_by_a_full_service(narrow: Served) -> None:
    with busy(narrow):
        assert narrow.client.get("/v1/domains").status_code == 200
        assert narrow.client.get("/health/ready").json()["checks"]["domains"]["faces"]["ok"]


def test_a_service_that_stops_refuses_in_the_one_shape_and_hangs_up(served: Served) -> None:
    served.studio.entrance.draining = True
    refused = [
        served.client.post("/v1/faces/translate", **form()),
        served.client.get("/v1/domains"),
    ]
    for answer in refused:
        assert (answer.status_code, answer.json()["error"]["code"]) == (503, "shutting_down")
        assert int(answer.headers["Retry-After"]) >= 1
        assert answer.headers["Connection"] == "close"
    assert 'reason="shutting_down"' in served.client.get("/metrics").text


def test_a_service_that_stops_is_alive_and_not_ready(served: Served) -> None:
    served.studio.entrance.draining = True
    assert served.client.get("/health/live").status_code == 200
    ready = served.client.get("/health/ready")
    assert (ready.status_code, ready.json()["status"]) == (503, "draining")


def test_too_many_requests_of_any_kind_are_refused_but_not_those_who_watch(releases: Path, tmp_path: Path) -> None:
    with serve(releases, tmp_path, max_requests=1) as served, busy(served):
        answer = served.client.get("/v1/domains")
        assert (answer.status_code, answer.json()["error"]["code"]) == (503, "too_busy")
        assert served.client.get("/health/live").status_code == 200
        assert "init_in_flight 1.0" in served.client.get("/metrics").text
