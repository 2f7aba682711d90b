"""Who may come in: decided from a request's first lines, before its body is read, so that a refusal costs little.

What has been let in is answered. When the service stops, nobody else is let in, and it waits until all of them are out.
"""

import math
import re
import time
from dataclasses import dataclass

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from service.errors import ServiceError
from service.metrics import OTHER, Metrics
from service.routes.bodies import announced_bytes
from service.routes.problems import error_response

PROBES = ("/health/", "/metrics")  # asked by those who watch over the service; always answered
RETURN_SECONDS = 5  # until a service that stops is there again, or another one in its place

_PHOTO = re.compile(r"/v1/([^/]+)/(?:translate|attributes|faces|grid)/?")


@dataclass
class Gate:
    """How many are inside. To be used from one event loop.

    Attributes:
        most_photos: requests that have sent a photo for the engine; as many more may be sending theirs.
        most_requests: of all kinds, probes apart.
        draining: whether nobody is let in any more.
    """

    most_photos: int
    most_requests: int
    draining: bool = False
    requests: int = 0
    uploads: int = 0
    photos: int = 0
    _seconds: float = 0.5  # that a photo took of late, divided by those that were before it

    def refusal(self, photo: bool, upload: bool) -> ServiceError | None:
        """Why a request is not let in; None if it is."""
        if self.draining:
            return ServiceError("shutting_down", retry_after=RETURN_SECONDS)
        if photo and self.photos >= self.most_photos:
            return ServiceError("too_busy", retry_after=max(1, math.ceil(self._seconds * self.photos / 2)))
        if self.requests >= self.most_requests or (upload and self.uploads >= self.most_photos):
            return ServiceError("too_busy", retry_after=1)
        return None

    def learn(self, seconds: float, ahead: int) -> None:
        """A photo took so long, with so many in the engine when it came."""
        self._seconds += 0.1 * (seconds / ahead - self._seconds)


class Admission:
    """Lets requests in through the gate, and keeps its counts."""

    def __init__(self, app: ASGIApp, gate: Gate, metrics: Metrics) -> None:
        self._app, self._gate, self._metrics = app, gate, metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"].startswith(PROBES):
            return await self._app(scope, receive, send)
        photo = _PHOTO.fullmatch(scope["path"]) if scope["method"] == "POST" else None
        visit = _Visit(self._gate, bool(photo), announced_bytes(scope) > 0, receive, send)
        if error := self._gate.refusal(visit.photo, visit.uploading):
            self._metrics.rejected(photo[1] if photo else OTHER, error.problem.code)
            scope["state"]["error"] = error.problem.code
            return await error_response(error, scope["state"]["request_id"])(scope, receive, visit.send)
        visit.enter()
        try:
            await self._app(scope, visit.receive, visit.send)
        finally:
            visit.leave()


class _Visit:
    """One request inside: while it sends its body it counts as an upload, then, if it is for the engine, as a photo."""

    def __init__(self, gate: Gate, photo: bool, uploading: bool, receive: Receive, send: Send) -> None:
        self._gate, self.photo, self.uploading = gate, photo, uploading
        self._receive, self._send = receive, send
        self._since, self._ahead = 0.0, 0

    def enter(self) -> None:
        self._gate.requests += 1
        if self.uploading:
            self._gate.uploads += 1
        else:
            self._begin()

    def leave(self) -> None:
        self._gate.requests -= 1
        if self.uploading:
            self._gate.uploads -= 1
        elif self.photo:
            self._gate.photos -= 1
            self._gate.learn(time.monotonic() - self._since, self._ahead)

    async def receive(self) -> Message:
        message = await self._receive()
        if self.uploading and not message.get("more_body", False):
            self.uploading = False
            self._gate.uploads -= 1
            self._begin()
        return message

    async def send(self, message: Message) -> None:
        # Kept connections would bring more requests, so they end with what is answered now.
        if self._gate.draining and message["type"] == "http.response.start":
            MutableHeaders(scope=message)["Connection"] = "close"
        await self._send(message)

    def _begin(self) -> None:
        if self.photo:
            self._gate.photos += 1
            self._since, self._ahead = time.monotonic(), self._gate.photos
