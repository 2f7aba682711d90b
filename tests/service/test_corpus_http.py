"""The corpus over HTTP: every file as a photo, every body that is no good form, bodies that trickle; at flat memory."""

import gc
import io
import socket
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from http.client import HTTPResponse
from pathlib import Path
from threading import Event

import httpx
import pytest
from PIL import Image

from service.errors import PROBLEMS
from tests.processes import until
from tests.service.corpus import requests
from tests.service.corpus.case import Case, Seen
from tests.service.corpus.requests import CHANGE, GOOD, MULTIPART, Sent
from tests.service.serving import Served, serve
from tests.service.test_corpus import CASES, allowed, memory

ROUTE = "/v1/faces/translate"
FIELDS = {"attributes": '{"Smiling": true}', "format": "png"}
# What a client says of a file is never believed.
LIES = (
    ("me.jpg", "image/jpeg"), ("page.html", "text/html"), ("../../etc/passwd", "application/json"),
    ("a\0b\r\nX: y.png", "multipart/mixed"), ("Grüße.svg", "image/svg+xml"), ("x" * 300, ""),
)  # fmt: skip


@pytest.fixture(scope="module")
def corpus_served(releases: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """One service for all of them: each must leave it as it was."""
    with serve(releases, tmp_path_factory.mktemp("corpus"), max_bytes=2**20) as served:
        yield served


def send(served: Served, case: Case, number: int) -> httpx.Response:
    """The file as a photo, under a name and a type that change from file to file."""
    name, kind = LIES[number % len(LIES)]
    return served.client.post(ROUTE, files={"image": (name, case.data, kind)}, data=FIELDS)


def told(response: httpx.Response) -> str:
    """The code of an error, its body checked."""
    error = response.json()["error"]
    assert response.status_code == PROBLEMS[error["code"]].status
    assert error["request_id"] == response.headers["X-Request-ID"]
    assert "Traceback" not in response.text
    return str(error["code"])


@pytest.mark.parametrize(("number", "case"), list(enumerate(CASES)), ids=[case.name for case in CASES])
def test_a_file_gets_its_own_error_or_is_edited_in_its_own_size(corpus_served: Served, number: int, case: Case) -> None:
    response = send(corpus_served, case, number)
    sizes = [each.size for each in allowed(case) if isinstance(each, Seen)]
    if response.status_code == 200:
        assert Image.open(io.BytesIO(response.content)).size in sizes
    else:
        assert told(response) in allowed(case)


def test_the_corpus_leaves_memory_as_it_was(corpus_served: Served) -> None:
    def once() -> int:
        for number, case in enumerate(CASES):
            send(corpus_served, case, number)
        gc.collect()
        return memory("VmRSS")

    before = once()
    assert once() - before < 24 * 2**20


@pytest.mark.parametrize("sent", requests.cases(), ids=lambda sent: sent.name)
def test_a_form_gets_its_own_error_or_its_photo_edited(corpus_served: Served, sent: Sent) -> None:
    response = corpus_served.client.post(ROUTE, content=sent.content(), headers=sent.headers)
    assert (None if response.status_code == 200 else told(response)) == sent.expected
    again = corpus_served.client.post(ROUTE, content=GOOD, headers=MULTIPART)
    assert again.status_code == 200


def test_a_job_s_form_is_read_as_strictly(corpus_served: Served) -> None:
    kind = {"Content-Type": "multipart/form-data; boundary=b; charset=punycode"}
    assert told(corpus_served.client.post("/v1/jobs/translations", content=GOOD, headers=kind)) == "malformed_request"
    assert (
        told(corpus_served.client.post("/v1/jobs/translations", content=GOOD[:-9], headers=MULTIPART))
        == "malformed_request"
    )


def test_a_job_holds_nothing_that_a_database_cannot(corpus_served: Served) -> None:
    form = requests.form(requests.image(name=b'name="images"', filename=b'filename="a\0b.png"'), requests.text(CHANGE))
    job = corpus_served.client.post("/v1/jobs/translations", content=form, headers=MULTIPART).json()
    shown = corpus_served.client.get(f"/v1/jobs/{job['id']}/items").json()
    assert [item["filename"] for item in shown["items"]] == ["ab.png"]


@pytest.mark.parametrize(
    "path", ["/v1/jobs/%00", "/v1/jobs/a%00/result", f"/v1/jobs?offset={2**63}", f"/v1/jobs?offset={10**400}"]
)
def test_an_address_that_a_database_cannot_look_up_is_refused(corpus_served: Served, path: str) -> None:
    assert told(corpus_served.client.get(path)) == "invalid_request"


@contextmanager
def connected(served: Served) -> Iterator[socket.socket]:
    """A connection of one's own."""
    url = served.client.base_url
    with socket.create_connection((url.host, url.port or 80), timeout=60) as connection:
        yield connection


def head(more: str) -> bytes:
    """A request's head, as for GOOD."""
    lines = [f"POST {ROUTE} HTTP/1.1", "Host: localhost", f"Content-Type: {MULTIPART['Content-Type']}", more]
    return "\r\n".join([*lines, "", ""]).encode()


def answer(connection: socket.socket) -> tuple[int, str, bytes]:
    """Status, whether the connection is kept, and the body."""
    response = HTTPResponse(connection)
    response.begin()
    return response.status, response.headers.get("connection", ""), response.read()


@pytest.mark.parametrize("announced", [True, False])
def test_a_body_that_trickles_is_not_waited_for_and_its_connection_is_closed(
    releases: Path, tmp_path: Path, announced: bool
) -> None:
    line = f"Content-Length: {len(GOOD)}" if announced else "Transfer-Encoding: chunked"
    with serve(releases, tmp_path, body_seconds=0.5) as served, connected(served) as connection:
        connection.sendall(head(line))
        until(lambda: served.studio.entrance.uploads == 1, "the upload")
        answered = Event()

        def trickle() -> None:
            with suppress(OSError):  # nobody takes the rest any more
                for byte in GOOD:
                    connection.sendall(bytes((byte,)) if announced else b"1\r\n%c\r\n" % byte)
                    if answered.wait(0.05):
                        return

        with ThreadPoolExecutor(1) as pool:
            pool.submit(trickle)
            status, kept, body = answer(connection)
            answered.set()
        assert (status, kept) == (408, "close")
        assert b'"body_too_slow"' in body
        connection.close()  # the service would read on for some seconds
        until(lambda: served.studio.entrance.uploads == 0, "its end")
        assert served.client.post(ROUTE, content=GOOD, headers=MULTIPART).status_code == 200


def test_a_body_that_comes_late_but_in_time_is_read(corpus_served: Served) -> None:
    with connected(corpus_served) as connection:
        connection.sendall(head(f"Content-Length: {len(GOOD)}"))
        for piece in (GOOD[:99], GOOD[99:200], GOOD[200:]):
            time.sleep(0.1)
            connection.sendall(piece)
        assert answer(connection)[0] == 200


@pytest.mark.parametrize(
    ("lines", "body"),
    [
        ("Content-Length: -1", GOOD),
        ("Content-Length: 1e3", GOOD),
        ("Content-Length: 10\r\nContent-Length: 20", GOOD),
        ("Transfer-Encoding: chunked\r\nContent-Length: 10", b"zz\r\n"),
        ("Transfer-Encoding: chunked", b"zz\r\n" + GOOD),
        ("Transfer-Encoding: chunked", b"ffffffffffffffffff\r\n" + GOOD),
        ("X: " + "y" * 200_000, GOOD),
        ("\0: y\r\nContent-Length: 1", GOOD),
    ],
    ids=["negative", "a float", "two", "two kinds", "no number", "too large a chunk", "a long header", "a NUL"],
)
def test_a_head_that_is_no_http_is_refused_and_the_next_request_works(
    corpus_served: Served, lines: str, body: bytes
) -> None:
    with connected(corpus_served) as connection, suppress(ConnectionError):
        connection.sendall(head(lines) + body)
        assert answer(connection)[0] in (400, 431)
    assert corpus_served.client.post(ROUTE, content=GOOD, headers=MULTIPART).status_code == 200
