"""The corpus over HTTP: every file as a photo, every body that is no good form, bodies that trickle; at flat memory."""

import gc
import io
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from PIL import Image

from service.errors import PROBLEMS
from tests.service.corpus import requests
from tests.service.corpus.case import Case, Seen
from tests.service.corpus.requests import GOOD, MULTIPART, Sent
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
    with serve(releases, tmp_path_factory.mktemp("corpus"), max_bytes=2**20, body_seconds=2) as served:
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

    once()
    assert once() - once() > -24 * 2**20


@pytest.mark.parametrize("sent", requests.cases(), ids=lambda sent: sent.name)
def test_a_form_gets_its_own_error_or_its_photo_edited(corpus_served: Served, sent: Sent) -> None:
    response = corpus_served.client.post(ROUTE, content=sent.content(), headers=sent.headers)
    assert (None if response.status_code == 200 else told(response)) == sent.expected
    again = corpus_served.client.post(ROUTE, content=GOOD, headers=MULTIPART)
    assert again.status_code == 200
