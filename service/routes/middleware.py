"""Around every request: an id, headers that keep browsers from doing harm, a cap on the body, and no stack traces."""

import asyncio
import re
import uuid
from collections.abc import Callable
from contextlib import suppress

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
_READ_ON, _READ_ON_SECONDS = 2**24, 5.0  # how much of a body is still read once its answer is known
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

    A client that is cut off while it sends often never reads the answer, and a server that answers early goes on
    reading for ever. So some of what is left of a body is still read before an answer, then the connection is closed.

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
        headers = Headers(scope=scope)
        announced = headers.get("content-length", "0")
        whole = announced == "0" and "transfer-encoding" not in headers
        received = 0

        async def receive_counted() -> Message:
            nonlocal received, whole
            message = await receive()
            received += len(message.get("body", b""))
            whole = not message.get("more_body", False)
            return message

        async def receive_within() -> Message:
            message = await receive_counted()
            if received > most:
                raise Refused(error)
            return message

        async def send_at_the_end(message: Message) -> None:
            if message["type"] == "http.response.start" and not whole:
                await read_rest()
                if not whole:
                    MutableHeaders(scope=message)["Connection"] = "close"
            await send(message)

        async def read_rest() -> None:
            enough = received + _READ_ON
            with suppress(TimeoutError):
                async with asyncio.timeout(_READ_ON_SECONDS):
                    while not whole and received < enough:
                        await receive_counted()

        if not announced.isdecimal() or int(announced) > most:
            response = error_response(error, scope["state"]["request_id"])
            return await response(scope, receive, send_at_the_end)
        await self._app(scope, receive_within, send_at_the_end)
