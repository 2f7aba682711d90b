"""Turns photos away at the least cost while too many are inside: under overload it is what is done most."""

import logging
import time

from starlette.types import ASGIApp, Receive, Scope, Send

from service.metrics import Metrics
from service.routes.admission import Entrance, photo_domain
from service.routes.bodies import announced_bytes
from service.routes.middleware import SAFE_HEADERS, request_id
from service.routes.problems import error_body

# A body no larger is here soon, so nothing has to be done about what is not read of it: the server throws it away.
_MOST_BYTES = 2**18
_TELL_SECONDS = 1.0

log = logging.getLogger(__name__)


class Door:
    """Outside of all else; who is not turned away here, because the body is large or comes in chunks, is further in.

    The log has one line a second of those who were, not one for each.
    """

    def __init__(self, app: ASGIApp, entrance: Entrance, metrics: Metrics) -> None:
        self._app, self._entrance, self._metrics = app, entrance, metrics
        self._refused, self._told = 0, -_TELL_SECONDS

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        domain = photo_domain(scope)
        if domain is None or not 0 < announced_bytes(scope) <= _MOST_BYTES:
            return await self._app(scope, receive, send)
        error = self._entrance.refusal(photo=True, upload=True)
        if error is None or error.problem.code != "too_busy":
            return await self._app(scope, receive, send)
        self._count(domain)
        id = request_id(scope)
        body = error_body(error, id)
        headers = [
            (b"content-type", b"application/json"),
            (b"content-length", str(len(body)).encode()),
            (b"retry-after", str(error.retry_after).encode()),
            (b"x-request-id", id.encode()),
            *SAFE_HEADERS,
        ]
        await send({"type": "http.response.start", "status": error.problem.status, "headers": headers})
        await send({"type": "http.response.body", "body": body})

    def _count(self, domain: str) -> None:
        self._metrics.rejected(domain, "too_busy")
        self._refused += 1
        if (now := time.monotonic()) - self._told >= _TELL_SECONDS:
            log.warning("Too busy: %d photos turned away", self._refused)
            self._refused, self._told = 0, now
