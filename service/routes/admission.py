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
from service.routes.problems import Refused, error_response

PROBES = ("/health/", "/metrics")  # asked by those who watch over the service; always answered

_PHOTO = re.compile(r"/v1/([^/]+)/(?:translate|attributes|faces|grid)/?")
_FORMS = ("/v1/jobs/translations", "/v1/studies")


def photo_domain(method: str, path: str) -> str | None:
    """The domain of a request that brings a photo for the engine; None of any other."""
    found = _PHOTO.fullmatch(path) if method == "POST" else None
    return found[1] if found else None


def brings_files(path: str) -> bool:
    """Whether a request to `path` brings photos, for the engine or for a job; all others are some words."""
    return photo_domain("POST", path) is not None or path.rstrip("/") in _FORMS


@dataclass
class Entrance:
    """How many are inside. To be used from one event loop.

    Attributes:
        engine_refusal: why the engine would not let another photo in, given how many have arrived; None if it would.
        most_uploads: bodies with photos that are being sent at once.
        most_requests: requests of all kinds, probes apart.
        most_words: other bodies at once, a part of all requests: who has no key may send some, and take their time.
        draining: whether nobody is let in any more.
        requests: how many are inside.
        uploads: those that still send their photos.
        words: those that still send a body of another kind.
        photos: those for the engine that have sent it and are not yet answered.
    """

    engine_refusal: Callable[[int], ServiceError | None]
    most_uploads: int
    most_requests: int
    draining: bool = False
    requests: int = 0
    uploads: int = 0
    words: int = 0
    photos: int = 0

    @property
    def most_words(self) -> int:
        return max(1, self.most_requests // 8)

    def refusal(self, photo: bool, upload: bool, words: bool = False) -> ServiceError | None:
        """Why a request is not let in, be it with a photo for the engine, another upload or words; None if it is."""
        if self.draining:
            return ServiceError("shutting_down", retry_after=RETURN_SECONDS)
        no_room = (upload and self.uploads >= self.most_uploads) or (words and self.words >= self.most_words)
        if no_room or self.requests >= self.most_requests:
            return ServiceError("too_busy", retry_after=1)
        return self.engine_refusal(self.photos) if photo else None


class Admission:
    """Lets requests in at the entrance, and counts them there.

    A photo for the engine is let in twice: before it is sent, and, because many may be sent at once, when it is there,
    but before anything has been done with it.
    """

    def __init__(self, app: ASGIApp, entrance: Entrance, metrics: Metrics) -> None:
        self._app, self._entrance, self._metrics = app, entrance, metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"].startswith(PROBES):
            return await self._app(scope, receive, send)
        domain = photo_domain(scope["method"], scope["path"])
        sends, files = announced_bytes(scope["headers"]) > 0, brings_files(scope["path"])
        visit = _Visit(self._entrance, domain is not None, files, sends, receive, send)
        error = self._entrance.refusal(visit.photo, sends and files, sends and not files)
        if error is None:
            error = await self._let_in(scope, visit)
        if error is not None:
            self._metrics.rejected(domain or OTHER, error.problem.code)
            scope["state"]["error"] = error.problem.code
            await error_response(error, scope["state"]["request_id"])(scope, receive, visit.send)

    async def _let_in(self, scope: Scope, visit: "_Visit") -> ServiceError | None:
        visit.enter()
        try:
            if visit.photo and visit.uploading and (error := await visit.arrive()):
                return error
            await self._app(scope, visit.receive, visit.send)
        finally:
            visit.leave()
        return None


class _Visit:
    """One request inside."""

    def __init__(
        self, entrance: Entrance, photo: bool, files: bool, uploading: bool, receive: Receive, send: Send
    ) -> None:
        self._entrance, self._receive, self._send, self._files = entrance, receive, send, files
        self.photo, self.uploading = photo, uploading
        self._first: Message | None = None
        self._in_work = False

    def enter(self) -> None:
        self._entrance.requests += 1
        self._sending(self.uploading)

    def leave(self) -> None:
        self._entrance.requests -= 1
        self._sending(-self.uploading)
        self._answered()

    def _sending(self, more: int) -> None:
        if self._files:
            self._entrance.uploads += more
        else:
            self._entrance.words += more

    async def arrive(self) -> ServiceError | None:
        """Waits for the beginning of the body; why the request is not let in after all, if that was all of it."""
        self._first = await self._count()
        return None if self.uploading else self._begin()

    async def receive(self) -> Message:
        if self._first is not None:
            message, self._first = self._first, None
            return message
        uploading, message = self.uploading, await self._count()
        if self.photo and uploading and not self.uploading and (error := self._begin()):
            raise Refused(error)
        return message

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self._answered()
            if self._entrance.draining:
                # Kept connections would bring more requests, so they end with what is answered now.
                MutableHeaders(scope=message)["Connection"] = "close"
        await self._send(message)

    async def _count(self) -> Message:
        message = await self._receive()
        if self.uploading and not message.get("more_body", False):
            self.uploading = False
            self._sending(-1)
        return message

    def _begin(self) -> ServiceError | None:
        # One that was let in before the service began to stop is finished, so that is not asked again.
        if error := self._entrance.engine_refusal(self._entrance.photos):
            return error
        self._entrance.photos += 1
        self._in_work = True
        return None

    def _answered(self) -> None:
        self._entrance.photos -= self._in_work
        self._in_work = False
