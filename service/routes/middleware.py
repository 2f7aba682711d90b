"""Around every request: an id, headers that keep browsers from doing harm, a cap on the body, and no stack traces."""

import re
import uuid
from collections.abc import Callable

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from service.errors import ServiceError
from service.routes.problems import Refused, as_service_error, error_response

_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'self'; img-src 'self' blob: data:; connect-src 'self' blob:; object-src 'none'; base-uri 'none'; "
        "form-action 'self'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
}
_DRAINED = 2**24  # bytes of a refused body that are still read
_REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")


class Envelope:
    """Gives a request its id (the caller's own, if it sent a plain one) and its response the headers above."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return await self._app(scope, receive, send)
        sent = Headers(scope=scope).get("x-request-id", "")
        request_id = sent if _REQUEST_ID.fullmatch(sent) else uuid.uuid4().hex
        scope.setdefault("state", {})["request_id"] = request_id
        begun = False

        async def send_with_headers(message: Message) -> None:
            nonlocal begun
            if message["type"] == "http.response.start":
                begun = True
                headers = MutableHeaders(scope=message)
                headers["X-Request-ID"] = request_id
                for name, value in _HEADERS.items():
                    headers.setdefault(name, value)
            await send(message)

        try:
            await self._app(scope, receive, send_with_headers)
        except Exception as error:
            if begun:  # too late for another answer: the server cuts the connection, so the caller notices
                raise
            response = error_response(as_service_error(error), request_id)
            await response(scope, receive, send_with_headers)


class BodyLimit:
    """Refuses a body that is announced, or that grows, beyond what its path may take.

    Args:
        app: what is protected.
        limit: path to the most bytes and the error that says so.
    """

    def __init__(self, app: ASGIApp, limit: Callable[[str], tuple[int, ServiceError]]) -> None:
        self._app, self._limit = app, limit

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return await self._app(scope, receive, send)
        most, error = self._limit(scope["path"])
        announced = Headers(scope=scope).get("content-length", "0")
        if not announced.isdecimal() or int(announced) > most:
            await _drain(receive)
            raise error
        received = 0

        async def receive_within() -> Message:
            nonlocal received
            message = await receive()
            received += len(message.get("body", b""))
            if received > most:
                await _drain(receive)
                raise Refused(error)
            return message

        await self._app(scope, receive_within, send)


async def _drain(receive: Receive) -> None:
    """Throws away some more of a body: a client that is cut off while it sends often never reads the answer."""
    dropped = 0
    while dropped < _DRAINED:
        message = await receive()
        dropped += len(message.get("body", b""))
        if not message.get("more_body", False):
            return
