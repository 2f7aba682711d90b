"""Uploads whose head and body are sent when a test says so, each on a connection of its own."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from http.client import HTTPResponse
from typing import Any
from urllib.parse import urlsplit

import httpx

from tests.service import photos


def form(image: bytes | None = None) -> dict[str, Any]:
    """What httpx sends to have a photo edited."""
    files = {"image": ("a.jpg", image or photos.jpeg())}
    return {"data": {"attributes": '{"Smiling": true}', "aligned": "true"}, "files": files}


class Upload:
    """A photo to be edited."""

    def __init__(self, url: str, connection: socket.socket, image: bytes | None = None) -> None:
        request = httpx.Request("POST", f"{url}/v1/faces/translate", **form(image))
        self._body = request.read()
        lines = ["POST /v1/faces/translate HTTP/1.1", *(f"{name}: {value}" for name, value in request.headers.items())]
        self._head = ("\r\n".join(lines) + "\r\n\r\n").encode()
        self._connection = connection

    def send_head(self) -> None:
        """All but the body."""
        self._connection.sendall(self._head)

    def send_body(self) -> None:
        """The rest."""
        self._connection.sendall(self._body)

    def answer(self) -> tuple[int, dict[str, str], bytes]:
        """Status, headers by their names in lower case, and body of the next answer."""
        response = HTTPResponse(self._connection)
        response.begin()
        return response.status, {name.lower(): value for name, value in response.getheaders()}, response.read()


@contextmanager
def upload(url: str, image: bytes | None = None) -> Iterator[Upload]:
    """An upload to the service at `url`; leaving the block hangs up."""
    address = urlsplit(url)
    assert address.hostname
    assert address.port
    with socket.create_connection((address.hostname, address.port), timeout=120) as connection:
        try:
            yield Upload(url, connection, image)
        finally:
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)  # even if a failed answer still holds it
