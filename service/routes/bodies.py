"""A cap on what requests bring along, and answers that do not wait for it."""

import asyncio
import math
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from service.errors import ServiceError
from service.routes.problems import Refused, error_response

_READ_ON, _READ_ON_SECONDS = 2**24, 5.0  # how much of a body is still read once it has been answered
_SLOWEST = 2**16  # bytes a second that lengthen the time which a body has


@dataclass(frozen=True)
class Cap:
    """What a body may be.

    Attributes:
        most: bytes.
        error: that is answered if it has more.
        seconds: that it may take, and one more for every 64 KiB that have come.
    """

    most: int
    error: ServiceError
    seconds: float


class BodyLimit:
    """Refuses a body that is announced, or that grows, beyond what its path may take, and one that trickles.

    No answer waits for the rest of a body. If that is moderate, it is thrown away as it arrives and the connection is
    kept. Otherwise the connection is closed; but a client that is cut off while it sends often never reads the answer,
    so some of the body is read before.

    Args:
        app: what is protected.
        limit: path to what its bodies may be.
    """

    def __init__(self, app: ASGIApp, limit: Callable[[str], Cap]) -> None:
        self._app, self._limit = app, limit

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return await self._app(scope, receive, send)
        cap = self._limit(scope["path"])
        announced = announced_bytes(scope["headers"])
        body = _Body(receive, send, announced, cap)
        if announced > cap.most and announced != math.inf:
            return await error_response(cap.error, scope["state"]["request_id"])(scope, receive, body.send)
        await self._app(scope, body.receive, body.send)


class _Body:
    """A request's body, as far as it has been read, and the response to it."""

    def __init__(self, receive: Receive, send: Send, announced: float, cap: Cap) -> None:
        self._receive, self._send, self._most, self._error = receive, send, cap.most, cap.error
        self._due = asyncio.get_running_loop().time() + cap.seconds
        self._left = announced  # bytes
        self._received = 0
        self._whole = announced == 0
        self._closing = False

    async def receive(self) -> Message:
        if self._whole:  # what is waited for now is that the client hangs up
            return await self._count()
        try:
            async with asyncio.timeout_at(self._due + self._received / _SLOWEST):
                message = await self._count()
        except TimeoutError:
            self._left = math.inf
            raise Refused(ServiceError("body_too_slow")) from None
        if self._received > self._most:
            raise Refused(self._error)
        return message

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start" and not self._whole:
            headers = MutableHeaders(scope=message)
            self._closing = headers.get("connection") == "close" or self._left > _READ_ON
            if self._closing:
                headers["Connection"] = "close"
        elif self._closing and not message.get("more_body", False):
            await self._send({**message, "more_body": True})
            await self._read_on()
            message = {"type": "http.response.body"}
        await self._send(message)

    async def _count(self) -> Message:
        message = await self._receive()
        size = len(message.get("body", b""))
        self._received += size
        self._left -= size
        self._whole = not message.get("more_body", False)
        return message

    async def _read_on(self) -> None:
        enough = self._received + _READ_ON
        with suppress(TimeoutError):
            async with asyncio.timeout(_READ_ON_SECONDS):
                while not self._whole and self._received < enough:
                    await self._count()


def announced_bytes(sent: Iterable[tuple[bytes, bytes]]) -> float:
    """How long a request's body is going to be by its headers; infinity where they do not say."""
    headers = dict(sent)
    announced = headers.get(b"content-length", b"0")
    if b"transfer-encoding" in headers or not announced.isdigit():
        return math.inf
    return int(announced)
