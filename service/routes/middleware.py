"""Around every request: an id, headers that keep browsers from doing harm, a line in the log, and no stack traces."""

import asyncio
import logging
import re
import time
import uuid
from collections.abc import Iterable
from typing import Any

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from service import logs
from service.engine.admission import RETURN_SECONDS
from service.errors import ServiceError
from service.metrics import Metrics
from service.routes.admission import PROBES
from service.routes.problems import as_service_error, error_response

CLIENT_GONE = 499  # counted for a request whose client did not wait for the answer; nobody is sent it

SAFE_HEADERS = [
    (name.lower().encode(), value.encode())
    for name, value in {
        "Content-Security-Policy": (
            "default-src 'self'; img-src 'self' blob: data:; connect-src 'self' blob:; object-src 'none'; "
            "base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
        ),
        "X-Content-Type-Options": "nosniff",
        "X-Frame-Options": "DENY",
        "Referrer-Policy": "no-referrer",
        "Cross-Origin-Opener-Policy": "same-origin",
        "Cross-Origin-Resource-Policy": "same-origin",
        "Permissions-Policy": "camera=(self), microphone=(), geolocation=()",
    }.items()
]
_REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")
_TIMING = re.compile(rb"(\w+);dur=([0-9.]+)")

log = logging.getLogger(logs.ACCESS)


def request_id(headers: Iterable[tuple[bytes, bytes]]) -> str:
    """The id that a request brings in its headers, if it is a plain one, or else a new one."""
    sent = next((value.decode("latin-1") for name, value in headers if name == b"x-request-id"), "")
    return sent if _REQUEST_ID.fullmatch(sent) else uuid.uuid4().hex


class Envelope:
    """Gives a request its id (the caller's own, if it sent a plain one), its response the headers above, and logs it.

    The log has the route, not the address, and nothing that the caller wrote but the id.
    """

    def __init__(self, app: ASGIApp, metrics: Metrics) -> None:
        self._app, self._metrics = app, metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return await self._app(scope, receive, send)
        exchange = _Exchange(scope, receive, send)
        logs.request_id.set(exchange.request_id)  # for good: the server has a task for each request
        try:
            await self._app(scope, exchange.receive, exchange.send)
        except Exception as error:
            if exchange.status is not None:  # too late for another answer: the server cuts the connection
                raise
            await exchange.fail(as_service_error(error))
        except asyncio.CancelledError:  # the server ends and waits no longer
            if exchange.status is not None:
                raise
            await exchange.fail(ServiceError("shutting_down", retry_after=RETURN_SECONDS))
        finally:
            exchange.record(self._metrics)


class _Exchange:
    """A request and its response, as far as they are: what of them goes into the log."""

    def __init__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self._scope, self._receive, self._send = scope, receive, send
        self._began = time.perf_counter()
        self._said: dict[str, Any] = {}
        self.status: int | None = None
        self._bytes_in = self._bytes_out = 0
        self.request_id = request_id(scope["headers"])
        scope.setdefault("state", {})["request_id"] = self.request_id

    async def receive(self) -> Message:
        message = await self._receive()
        self._bytes_in += len(message.get("body", b""))
        return message

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status, headers = message["status"], list(message.get("headers", ()))
            self._said = _read(dict(headers))
            present = {name for name, _ in headers}
            headers += [header for header in SAFE_HEADERS if header[0] not in present]
            headers.append((b"x-request-id", self.request_id.encode()))
            message = {**message, "headers": headers}
        else:
            self._bytes_out += len(message.get("body", b""))
        await self._send(message)

    async def fail(self, error: ServiceError) -> None:
        """Answers with an error."""
        self._scope["state"]["error"] = error.problem.code
        await error_response(error, self.request_id)(self._scope, self._receive, self.send)

    def record(self, metrics: Metrics) -> None:
        seconds, status = time.perf_counter() - self._began, self.status or CLIENT_GONE
        # Of a folder of files, such as the page's, where it is mounted.
        route: str | None = getattr(self._scope.get("route"), "path", self._scope.get("root_path")) or None
        metrics.request(self._scope["method"], route, status, seconds)
        level = logging.DEBUG if (route or "").startswith(PROBES) else logging.INFO
        if not log.isEnabledFor(level):
            return
        domain = (self._scope.get("path_params") or {}).get("domain")
        fields = {
            "method": self._scope["method"],
            "route": route,
            "status": status,
            "ms": round(1000 * seconds, 1),
            "bytes_in": self._bytes_in,
            "bytes_out": self._bytes_out,
            "error": self._scope["state"].get("error"),
            "domain": domain and metrics.known(domain),
            **self._said,
        }
        words = (fields["method"], route or "-", status, f"{fields['ms']:.0f} ms", fields["error"] or "")
        log.log(level, " ".join(map(str, words)).rstrip(), extra=fields)


def _read(headers: dict[bytes, bytes]) -> dict[str, Any]:
    # What a route says of its work to the caller is said to the log as well.
    found: dict[str, Any] = {}
    for name, field in ((b"x-release", "release"), (b"x-runtime", "runtime")):
        if name in headers:
            found[field] = headers[name].decode("latin-1")
    if timing := headers.get(b"server-timing"):
        found["stages"] = {stage.decode(): float(ms) for stage, ms in _TIMING.findall(timing)}
    return found
