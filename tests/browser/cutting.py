"""A way to the service that can be cut in the middle of an upload, as a service that dies cuts it."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from urllib.parse import urlsplit

_CHUNK = 2**16


@dataclass
class Way:
    """An address that leads to the service.

    Attributes:
        limit: bytes from the page after which a connection is cut, if any.
        cuts: how many were.
    """

    url: str
    limit: int | None = None
    cuts: int = 0

    def lead(self, page: socket.socket, service: socket.socket) -> None:
        """Hands on what the page sends."""
        sent = 0
        with page, service, suppress(OSError):
            while data := page.recv(_CHUNK):
                sent += len(data)
                if self.limit is not None and sent > self.limit:
                    self.cuts += 1
                    page.shutdown(socket.SHUT_RDWR)
                    return
                service.sendall(data)
            service.shutdown(socket.SHUT_WR)


@contextmanager
def way_to(address: str) -> Iterator[Way]:
    """Such a way, as long as the block lasts."""
    to = urlsplit(address)
    with socket.create_server(("127.0.0.1", 0)) as server:
        way = Way(f"http://127.0.0.1:{server.getsockname()[1]}")

        def serve() -> None:
            with suppress(OSError):
                while True:
                    page, _ = server.accept()
                    service = socket.create_connection((to.hostname or "", to.port or 80))
                    threading.Thread(target=way.lead, args=(page, service), daemon=True).start()
                    threading.Thread(target=_answer, args=(service, page), daemon=True).start()

        threading.Thread(target=serve, daemon=True).start()
        try:
            yield way
        finally:
            server.shutdown(socket.SHUT_RDWR)  # to close it does not wake who waits for the next


def _answer(service: socket.socket, page: socket.socket) -> None:
    with suppress(OSError):
        while data := service.recv(_CHUNK):
            page.sendall(data)
        page.shutdown(socket.SHUT_WR)
