"""Jobs as server-sent events, over real HTTP; a test plays the worker."""

import json
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.processes import until
from tests.service import photos
from tests.service.backends import Backends
from tests.service.serving import Served, serve
from tests.service.test_jobs import create, work

Event = tuple[str, int | None, dict[str, Any]]


@pytest.fixture
def served(releases: Path, tmp_path: Path, backends: Backends) -> Iterator[Served]:
    """The application on either set of backends."""
    with serve(releases, tmp_path, backends=backends) as served:
        yield served


def events(response: httpx.Response) -> Iterator[Event]:
    """Name, id and data of what is told, until the connection ends."""
    fields: dict[str, str] = {}
    for line in response.iter_lines():
        if line:
            name, _, value = line.partition(": ")
            fields[name] = value
        elif "event" in fields:
            yield fields["event"], int(fields["id"]) if "id" in fields else None, json.loads(fields["data"])
            fields = {}


def told(served: Served, job_id: str, after: int | None = None) -> list[Event]:
    """All that is told of a job until it has ended."""
    headers = {} if after is None else {"Last-Event-ID": str(after)}
    with served.client.stream("GET", f"/v1/jobs/{job_id}/events", headers=headers) as response:
        assert response.headers["Content-Type"].startswith("text/event-stream")
        return list(events(response))


def test_a_job_is_told_of_from_its_begin_to_its_end(served: Served) -> None:
    job_id = create(served, photos.jpeg(), b"no photo", photos.jpeg(1), aligned="true").json()["id"]
    with served.client.stream("GET", f"/v1/jobs/{job_id}/events") as response:
        stream = events(response)
        name, _, job = next(stream)
        assert (name, job["state"]) == ("job", "queued")
        working = threading.Thread(target=work, args=(served, job_id))
        working.start()
        rest = list(stream)
        working.join()
    assert [(id, photo["index"], photo["state"]) for name, id, photo in rest if name == "photo"] == [
        (1, 0, "done"), (2, 1, "failed"), (3, 2, "done"),
    ]  # fmt: skip
    name, _, job = rest[-1]
    assert (name, job["state"], job["done"]) == ("job", "succeeded", 2)


def test_who_was_cut_off_misses_nothing_and_hears_nothing_twice(served: Served) -> None:
    job_id = create(served, *[photos.jpeg()] * 4).json()["id"]
    work(served, job_id)
    assert [id for name, id, _ in told(served, job_id) if name == "photo"] == [1, 2, 3, 4]
    assert [id for name, id, _ in told(served, job_id, after=2) if name == "photo"] == [3, 4]
    done = served.client.get(f"/v1/jobs/{job_id}/events", headers={"Last-Event-ID": "4"})
    assert (done.status_code, done.content) == (204, b"")


def test_many_who_watch_all_hear_everything(served: Served) -> None:
    job_id = create(served, *[photos.jpeg()] * 3).json()["id"]
    heard: list[list[Event]] = []
    threads = [threading.Thread(target=lambda: heard.append(told(served, job_id))) for _ in range(20)]
    for thread in threads:
        thread.start()
    until(lambda: served.studio.entrance.requests == 20, "all to watch")
    work(served, job_id)
    for thread in threads:
        thread.join(60)
    assert [[id for name, id, _ in each if name == "photo"] for each in heard] == [[1, 2, 3]] * 20


def test_nobody_is_watched_for_once_the_service_stops_or_the_job_is_gone(served: Served) -> None:
    job_id = create(served, photos.jpeg()).json()["id"]
    with served.client.stream("GET", f"/v1/jobs/{job_id}/events") as response:
        stream = events(response)
        next(stream)
        served.client.post(f"/v1/jobs/{job_id}/cancel")
        served.client.delete(f"/v1/jobs/{job_id}")
        assert [event[2]["state"] for event in stream] in ([], ["cancelled"])
    other = create(served, photos.jpeg()).json()["id"]
    with served.client.stream("GET", f"/v1/jobs/{other}/events") as response:
        stream = events(response)
        next(stream)
        served.studio.entrance.draining = True
        assert list(stream) == []


def test_what_is_not_a_number_of_an_event_is_refused(served: Served) -> None:
    job_id = create(served, photos.jpeg()).json()["id"]
    for number in ("x", "-1", str(2**40)):
        refused = served.client.get(f"/v1/jobs/{job_id}/events", headers={"Last-Event-ID": number})
        assert refused.status_code == 422
