"""Turns photos away at the least cost while too many are inside: under overload it is what is done most.

It is asked where a request's first lines have just been read (service.protocol), before anything is made for it.
"""

import logging
import time
from collections.abc import Sequence

from service.errors import ServiceError
from service.metrics import Metrics
from service.routes.admission import Entrance, photo_domain
from service.routes.bodies import announced_bytes
from service.routes.middleware import SAFE_HEADERS, request_id
from service.routes.problems import error_body

# A body no larger is here soon, so nothing has to be done about what is not read of it: the server throws it away.
_MOST_BYTES = 2**18
_TELL_SECONDS = 1.0
_STATUS = b"HTTP/1.1 503 Service Unavailable\r\n"

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
        self._head = _STATUS + as_lines(headers)

    def refusal(self, method: str, path: str, headers: Headers) -> tuple[bytes, bytes] | None:
        """The first lines of the answer and its body for who is turned away, None for who may come in."""
        domain = photo_domain(method, path)
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
