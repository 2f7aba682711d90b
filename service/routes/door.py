"""Turns photos away at the least cost while too many are inside: under overload it is what is done most.

It is done where a request's first lines have just been read, before the server makes a task and anything else for it.
"""

import asyncio
import logging
import time
from collections.abc import Sequence

from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol, RequestResponseCycle

from service.errors import ServiceError
from service.metrics import Metrics
from service.routes.admission import Entrance, photo_domain
from service.routes.bodies import announced_bytes
from service.routes.middleware import SAFE_HEADERS, request_id
from service.routes.problems import error_body

# A body no larger is here soon, so nothing has to be done about what is not read of it: the server throws it away.
_MOST_BYTES = 2**18
_TELL_SECONDS = 1.0

Headers = Sequence[tuple[bytes, bytes]]

log = logging.getLogger(__name__)


class Door:
    """Says who is turned away; who is not, because the body is large or comes in chunks, may be further in.

    The log has one line a second of those who were, not one for each.

    Args:
        foreign: whether pages of other origins may ask. Their requests are let pass, as what they are told depends on
            which page asks.
    """

    def __init__(self, entrance: Entrance, metrics: Metrics, foreign: bool = False) -> None:
        self._entrance, self._metrics, self._foreign = entrance, metrics, foreign
        self._refused, self._told = 0, -_TELL_SECONDS
        error = ServiceError("too_busy")
        # What differs between refusals is filled in: %b for the id, %d for seconds.
        self._body = error_body(error, "\0").replace(b"%", b"%%").replace(b"\\u0000", b"%b")
        headers = [
            (b"content-type", b"application/json"),
            (b"content-length", b"%d"),
            (b"retry-after", b"%d"),
            (b"x-request-id", b"%b"),
            *((name, value.replace(b"%", b"%%")) for name, value in SAFE_HEADERS),
        ]
        self._head = STATUS_LINE[error.problem.status] + as_lines(headers) + b"\r\n"

    def refusal(self, path: str, headers: Headers) -> tuple[bytes, bytes] | None:
        """The head of the answer and its body for a POST that is turned away, None for one that may come in."""
        domain = photo_domain("POST", path)
        if domain is None or not 0 < announced_bytes(headers) <= _MOST_BYTES:
            return None
        if self._foreign and any(name == b"origin" for name, _ in headers):
            return None
        error = self._entrance.refusal(photo=True, upload=True)
        if error is None or error.problem.code != "too_busy":
            return None
        self._count(domain)
        id = request_id(headers).encode()
        body = self._body % id
        return self._head % (len(body), error.retry_after, id), body

    def _count(self, domain: str) -> None:
        self._metrics.rejected(domain, "too_busy")
        self._refused += 1
        if (now := time.monotonic()) - self._told >= _TELL_SECONDS:
            log.warning("Too busy: %d photos turned away", self._refused)
            self._refused, self._told = 0, now


def as_lines(headers: Headers) -> bytes:
    """Headers as they go over the wire."""
    return b"".join(b"%b: %b\r\n" % header for header in headers)


def behind(door: Door) -> type[asyncio.Protocol]:
    """uvicorn's protocol of HTTP, with that door before what it serves; for uvicorn.Config's `http`."""

    class Protocol(_Protocol):
        _door = door

    return Protocol


class _Answered(RequestResponseCycle):
    """A request that was answered before anything was made for it; of uvicorn's own it has what is still asked."""

    def __init__(self) -> None:
        self.response_complete, self.message_event = True, asyncio.Event()


_ANSWERED = _Answered()


class _Protocol(HttpToolsProtocol):
    _door: Door

    def on_headers_complete(self) -> None:
        if self._plain() and (refusal := self._door.refusal(self._path(), self.headers)):
            head, body = refusal
            self.transport.write(head[:-2] + as_lines(self.server_state.default_headers) + b"\r\n" + body)
            self.cycle = _ANSWERED
            self.on_response_complete()
        else:
            super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        super().on_body(body)
        # What comes after the answer has stopped the clock that ends a connection on which nothing comes.
        if isinstance(self.cycle, _Answered) and self.timeout_keep_alive_task is None:
            self.timeout_keep_alive_task = self.loop.call_later(
                self.timeout_keep_alive, self.timeout_keep_alive_handler
            )

    def _plain(self) -> bool:
        """Whether a request is one that uvicorn would begin at once and keep the connection after."""
        free = self.cycle is None or self.cycle.response_complete
        return free and self.parser.get_method() == b"POST" and self._keeps() and not self.expect_100_continue

    def _keeps(self) -> bool:
        parser = self.parser
        return parser.get_http_version() == "1.1" and parser.should_keep_alive() and not parser.should_upgrade()

    def _path(self) -> str:
        return self.url.decode("latin-1").partition("?")[0]
