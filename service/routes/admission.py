"""Who may come in: decided from a request's first lines, before its body is read, so that a refusal costs little.

What has been let in is answered. When the service stops, nobody else is let in, and it waits until all of them are out.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from service.engine.admission import RETURN_SECONDS
from service.errors import ServiceError
from service.metrics import OTHER, Metrics
from service.routes.bodies import announced_bytes
from service.routes.problems import error_response

PROBES = ("/health/", "/metrics")  # asked by those who watch over the service; always answered

_PHOTO = re.compile(r"/v1/([^/]+)/(?:translate|attributes|faces|grid)/?")


@dataclass
class Entrance:
    """How many are inside. To be used from one event loop.

    Attributes:
        engine_refusal: why the engine would not let another photo in; None if it would.
        most_uploads: bodies that are being sent at once.
        most_requests: requests of all kinds, probes apart.
        draining: whether nobody is let in any more.
        requests: how many are inside.
        uploads: those that still send their body.
    """

    engine_refusal: Callable[[], ServiceError | None]
    most_uploads: int
    most_requests: int
    draining: bool = False
    requests: int = 0
    uploads: int = 0

    def refusal(self, photo: bool, upload: bool) -> ServiceError | None:
        """Why a request is not let in, be it with a photo for the engine or another upload; None if it is."""
        if self.draining:
            return ServiceError("shutting_down", retry_after=RETURN_SECONDS)
        if self.requests >= self.most_requests or (upload and self.uploads >= self.most_uploads):
            return ServiceError("too_busy", retry_after=1)
        return self.engine_refusal() if photo else None


class Admission:
    """Lets requests in at the entrance, and counts them there."""

    def __init__(self, app: ASGIApp, entrance: Entrance, metrics: Metrics) -> None:
        self._app, self._entrance, self._metrics = app, entrance, metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"].startswith(PROBES):
            return await self._app(scope, receive, send)
        photo = _PHOTO.fullmatch(scope["path"]) if scope["method"] == "POST" else None
        visit = _Visit(self._entrance, announced_bytes(scope) > 0, receive, send)
        if error := self._entrance.refusal(photo is not None, visit.uploading):
            self._metrics.rejected(photo[1] if photo else OTHER, error.problem.code)
            scope["state"]["error"] = error.problem.code
            return await error_response(error, scope["state"]["request_id"])(scope, receive, visit.send)
        self._entrance.requests += 1
        self._entrance.uploads += visit.uploading
        try:
            await self._app(scope, visit.receive, visit.send)
        finally:
            self._entrance.requests -= 1
            self._entrance.uploads -= visit.uploading


class _Visit:
    """One request inside."""

    def __init__(self, entrance: Entrance, uploading: bool, receive: Receive, send: Send) -> None:
        self._entrance, self.uploading, self._receive, self._send = entrance, uploading, receive, send

    async def receive(self) -> Message:
        message = await self._receive()
        if self.uploading and not message.get("more_body", False):
            self.uploading = False
            self._entrance.uploads -= 1
        return message

    async def send(self, message: Message) -> None:
        # Kept connections would bring more requests, so they end with what is answered now.
        if self._entrance.draining and message["type"] == "http.response.start":
            MutableHeaders(scope=message)["Connection"] = "close"
        await self._send(message)
