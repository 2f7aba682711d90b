"""Clients that hang up: their photo is not edited, and how a photo's form is read."""

import socket
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tests.service import photos
from tests.service.running import wait_for
from tests.service.serving import Served, serve
from tests.service.test_faces import translate

BOUNDARY = b"6f1c0b7e5d8c"


@pytest.fixture
def served(releases: Path, tmp_path: Path) -> Iterator[Served]:
    """The application, which reads one photo at a time."""
    with serve(releases, tmp_path, codec_threads=1) as served:
        yield served


def request_bytes(path: str, **fields: bytes) -> bytes:
    """A request as it goes over the wire; the field `image` is a file."""
    parts = b"".join(
        b'--%s\r\nContent-Disposition: form-data; name="%s"%s\r\n\r\n%s\r\n'
        % (BOUNDARY, name.encode(), b'; filename="me.jpg"' if name == "image" else b"", value)
        for name, value in fields.items()
    )
    body = parts + b"--%s--\r\n" % BOUNDARY
    kind = b"multipart/form-data; boundary=%s" % BOUNDARY
    head = b"POST %s HTTP/1.1\r\nHost: localhost\r\nContent-Type: %s\r\nContent-Length: %d\r\n\r\n"
    return head % (path.encode(), kind, len(body)) + body


def waiting(served: Served) -> int:
    """Requests that the engine holds."""
    return served.studio.engine.inside


@pytest.mark.parametrize("path", ["translate", "attributes"])
def test_a_photo_whose_sender_hung_up_leaves_the_queue_and_is_not_edited(served: Served, path: str) -> None:
    served.model.open.clear()
    served.model.entered.clear()
    served.model.asked = 0
    with ThreadPoolExecutor(1) as pool:
        first = pool.submit(translate, served)
        assert served.model.entered.wait(60)
        address = (served.client.base_url.host, served.client.base_url.port)
        with socket.create_connection(address) as client:
            client.sendall(request_bytes(f"/v1/faces/{path}", image=photos.jpeg(1), attributes=b'{"Smiling": true}'))
            wait_for(lambda: waiting(served) == 2, 60)
        wait_for(lambda: waiting(served) == 1, 60)
        served.model.open.set()
        assert first.result().status_code == 200
    assert translate(served).status_code == 200
    assert served.model.asked == 2, "the model ran for those alone who waited"


def test_a_sender_who_hangs_up_within_the_photo_harms_nobody(served: Served) -> None:
    whole = request_bytes("/v1/faces/translate", attributes=b'{"Smiling": true}', image=photos.jpeg())
    with socket.create_connection((served.client.base_url.host, served.client.base_url.port)) as client:
        client.sendall(whole[: len(whole) // 2])
    assert translate(served).status_code == 200
    assert waiting(served) == 0


def test_a_photo_is_read_without_a_file_on_disk(
    releases: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delattr(tempfile.SpooledTemporaryFile, "rollover")
    with serve(releases, tmp_path, max_bytes=2**23) as served:
        noise = np.random.default_rng(0).integers(0, 256, (800, 1000, 3), dtype=np.uint8)
        large = photos.encoded(Image.fromarray(noise), "PNG")
        assert len(large) > 2**21
        assert translate(served, large).status_code == 200
